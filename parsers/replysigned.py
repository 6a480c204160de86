"""Signatures after dashes and rulers, cards with telephone and place, lines that devices and lists add.

What is cut here is no loss of words: a long "signature", an afterthought or a question under the dashes stays.
"""

from __future__ import annotations

import re
from typing import Final

from parsers import replyendings as data
from parsers import replykinds as kinds
from parsers.replycontacts import REACHED, contacts, is_person, is_prose, is_sentence, is_small_print, labelled
from parsers.replyfarewell import announced, is_farewell
from parsers.replynamed import NOBODY, Signer, announces
from parsers.replypage import Page

SIGNATURE_LINES: Final = 25
"""A signature after dashes may be this long; longer text after dashes is text."""
CANDIDATES: Final = 200
"""So many last lines that may begin a signature or a footer are looked at."""
_QUESTION: Final = re.compile(r"[^\W\d_]\?(?: [^\W\d_]|\Z)")
CARD_LINES: Final = 7
"""A signature above the quote that is answered has fewer lines."""
BLOCK_LINES: Final = 10
"""A name with what belongs to it, under no formula at all, has so many lines at most."""


def contact_block(page: Page, end: int, signer: Signer = NOBODY) -> None:
    """A name with telephone, place and company at the very end, though no formula stands above it.

    Where the sender's name is known, another's card is what the mail is about.
    """
    left = [index for index in range(end) if index not in page.gone and page.codes[index] != kinds.BLANK]
    for count in range(3, min(BLOCK_LINES, len(left) - 1) + 1):
        block = left[-count:]
        line = page.lines[block[0]].strip()
        if page.codes[block[0]] != kinds.TEXT or len(line) > 70 or is_sentence(line):
            return
        above = page.lines[left[-count - 1]].strip()
        set_apart = block[0] > 0 and not page.lines[block[0] - 1].strip()
        reached = contacts([page.lines[one] for one in block[1:]])
        own = not signer.full or signer.shares(line)
        if set_apart and own and not announces(above) and is_person(line) and reached > 1:
            page.cut(block[0], end, "signature")
            return


def signatures(page: Page, end: int) -> None:
    """Dashes and what follows, lines that devices add, footers of lists."""
    codes, first = page.codes, page.first_text()
    stops = _block_ends(codes, end)
    filled = [index for index in range(end) if codes[index] != kinds.BLANK]
    questions: dict[int, bool] = {}
    ends = (kinds.SIGNATURE, kinds.FOOTER, kinds.DIVIDER)
    for at in [at for at, index in enumerate(filled) if codes[index] in ends][-CANDIDATES:]:
        index, code = filled[at], codes[filled[at]]
        if index in page.gone:
            continue
        stop = stops[index]
        words = [one for one in filled[at + 1 : at + SIGNATURE_LINES + 2] if one < stop]
        if code == kinds.SIGNATURE:
            parts = _between_parts(page, filled[max(0, at - 20) : at + 20], index)
            said = parts or _goes_on_below(page, index, words) or _asks(page, words, questions)
            said = said or announced(page, index)
            if not said and len(words) <= SIGNATURE_LINES and (_closes(page, words, stop, end, first < index)):
                page.cut(index, stop, "signature")
        elif code == kinds.FOOTER:
            _device(page, index, stop, words, first < index or stop < end, filled[at - 1] if at else -1)
        elif _is_footer(page, _until_ruler(page, words, stop)):
            page.cut(index, stop, "footer")


def _closes(page: Page, words: list[int], stop: int, end: int, below_text: bool) -> bool:
    """Whether a signature under dashes stands where signatures do: below the text, or above a quote that is answered."""
    if below_text:
        return stop == end or bool(words)
    answered = any(page.codes[one] == kinds.TEXT and one not in page.gone for one in range(stop, end))
    return answered and 0 < len(words) < CARD_LINES and contacts([page.lines[one] for one in words]) > 0


def _device(page: Page, index: int, stop: int, words: list[int], beside_text: bool, above: int) -> None:
    """Cuts the line a device added, with what little belongs to it."""
    if announced(page, index):
        return
    if beside_text and _short(page, words):
        page.cut(_ruler_above(page, index), stop, "footer")
    elif len(page.lines[index].strip()) < 60 and not (above >= 0 and _goes_on(page, above, index)):
        apart = index + 1 < len(page.lines) and not page.lines[index + 1].strip()
        said = apart and any(page.codes[one] == kinds.TEXT for one in words)
        if beside_text or said:  # some programs put it above what people write
            page.cut(index, index + 1, "footer")


def _until_ruler(page: Page, words: list[int], stop: int) -> list[int]:
    """What stands between a ruler and the next; nothing if the sender goes on below that one."""
    closing = next((one for one in words if page.codes[one] == kinds.DIVIDER), -1)
    if closing < 0:
        return words
    inside = [one for one in words if one < closing]
    after = [page.lines[one] for one in range(closing + 1, stop) if page.codes[one] == kinds.TEXT]
    return [] if after and not is_small_print(after) else inside


def _goes_on_below(page: Page, index: int, words: list[int]) -> bool:
    """Whether dashes other than "-- " stand between parts of a text: what follows them is a sentence, not a name."""
    if page.lines[index].startswith("-- ") or not words or page.codes[words[0]] != kinds.TEXT:
        return False
    line = page.lines[words[0]].strip()
    if line.startswith("--"):
        return True  # a language in which dashes begin a comment
    note = is_small_print([page.lines[one] for one in words]) or any(one in line.lower() for one in data.FOOTERS)
    return (len(line.split()) > 8 or is_prose(line)) and not note and not REACHED.search(line)


def _goes_on(page: Page, above: int, index: int) -> bool:
    """Whether the line above stops in the middle of a sentence ("It always says"): then a device's line is its words."""
    line = page.lines[above].strip() if page.codes[above] == kinds.TEXT else ""
    stops = line[-1:].isalnum() or line[-1:] in (":", "：")
    return stops and len(line.split()) > 2 and len(page.lines[index].split()) > 1 and not is_farewell(line)


def _asks(page: Page, words: list[int], known: dict[int, bool]) -> bool:
    """Whether under the dashes, set apart, somebody asks something: that is no signature."""
    for one in words[1:]:
        if one not in known:
            known[one] = _is_question(page.lines[one], page.lines[one - 1])
        if known[one]:
            return True
    return False


def _is_question(line: str, above: str) -> bool:
    whole = line.rstrip().endswith("?") and len(line.split()) > 3 and not above.strip()
    return whole or ("?" in line and _QUESTION.search(line[:200]) is not None)


def _between_parts(page: Page, around: list[int], index: int) -> bool:
    """Whether three dashes set parts of a text apart, as they do in some notations, since others do the same."""
    if page.lines[index].strip() != "---":
        return False
    return sum(page.lines[one].strip() == "---" and one not in page.gone for one in around) > 1


def _block_ends(codes: list[str], end: int) -> list[int]:
    """For each line, where the run of unquoted lines that it begins ends."""
    stops, stop = [end] * (end + 1), end
    for index in range(end - 1, -1, -1):
        stops[index] = stop
        if codes[index] in (kinds.QUOTED, kinds.ATTRIBUTION, kinds.HEADER, kinds.ORIGINAL):
            stop = index
    return stops


def _ruler_above(page: Page, index: int) -> int:
    """The first of the rulers and empty lines above a line."""
    start = index
    while start > 0 and page.codes[start - 1] in (kinds.BLANK, kinds.DIVIDER):
        start -= 1
    return start


def _short(page: Page, words: list[int]) -> bool:
    """Whether what follows a device's line is no text of its own: a link, a name."""
    lines = [page.lines[one].strip() for one in words]
    says = any(len(one.split()) > 3 and one.endswith((".", "!", "?")) and not REACHED.search(one) for one in lines)
    return len(lines) <= 4 and sum(map(len, lines)) < 200 and not says


def _below_quote(page: Page, index: int) -> bool:
    """Whether nothing but rulers stands between the quote and a line."""
    above = index - 1
    while above >= 0 and page.codes[above] in (kinds.BLANK, kinds.DIVIDER):
        above -= 1
    return above >= 0 and page.codes[above] == kinds.QUOTED


def _is_footer(page: Page, words: list[int]) -> bool:
    """Whether what stands under a ruler is the footer of a list, or how to reach the sender."""
    if not words or len(words) > 15:
        return False
    lines = [page.lines[one].strip() for one in words]
    said = " ".join(lines).lower()
    ruler = page.lines[words[0] - 1].strip() or page.lines[max(0, words[0] - 2)].strip()
    if ruler.startswith("_" * 30) and len(lines) <= 3 and _below_quote(page, words[0]) and REACHED.search(said):
        return True  # what a provider advertises
    if ruler.startswith("_____") and len(lines) <= 4 and max(map(len, lines)) <= 50 and is_person(lines[0]):
        return not said.endswith(("?", ".", ":"))
    if any(one in said for one in data.FOOTERS):
        return REACHED.search(said[:2000]) is not None
    return all(len(one) <= 70 for one in lines) and labelled(said[:2000])
