"""Signatures: after dashes, under a formula of farewell, added by devices, lists and PGP.

What is cut here is no loss of words: a long "signature", an afterthought or a question under the farewell stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from parsers import replyendings as data
from parsers import replykinds as kinds
from parsers.replykinds import lowered
from parsers.replypage import Page

SIGNATURE_LINES: Final = 25
"""A signature after dashes may be this long; longer text after dashes is text."""
CANDIDATES: Final = 200
"""So many last lines that may begin a signature or a footer are looked at."""
CLOSING_LINES: Final = 25
"""So many lines may follow a formula of farewell, itself included."""
_CONTACT: Final = re.compile(
    r"(?:^|[\s|(,;/·•])(?:t[ée]l[ée]?|telefon|tele?foon|phone|fon|mobile?|mob|m[óo]vil|cel|cell|celular|port|gsm|t|f|m|p|d|w"
    r"|fax|direct|durchwahl|handy|tlf|puh|τηλ|κιν|тел|моб|факс|電話|电话|手机|手機|傳真|传真|직통|전화|휴대폰|팩스|โทร|đt)"
    r"\b[.: \u3000\uff1a]{0,3}\+?[\d(][\d ()./-]{5,}"
    r"|skype:|\bwww\.[\w-]"
)
"""A phone number with its label, or a web address: what signatures hold and sentences seldom."""
_SIGNED: Final = re.compile(r"(?://?|--?)[^\W\d_][\w.-]{0,30}(?: [^\W\d_][\w.-]{0,30}){0,2}")
"""A name after a slash (as Scandinavians sign) or a dash, at the very end."""
_ORNAMENT: Final = " \t,.!;:*_-–—~、。，！：،"
_PARTS: Final = re.compile(r"[,.!;|/、。，！،] ?| [-–—&+] | (?:and|und|et|y|e|en|og|och|ja|i|a|и|та|és|ve|şi|și|și) ")
_TOKEN: Final = re.compile(r"[^\s,.!;:*_\-–—~、。，！：،|/&+]+")
_FIRST_WORDS: Final = frozenset(_TOKEN.findall(one)[0] for one in data.VALEDICTIONS)
_THANKS: Final = re.compile(
    "thank|thx|dank|merci|gracias|obrigad|grazie|bedankt|tak|tack|takk|kiito|dzięk|děkuj|díky|ďakuj|kösz|mulțum|спасиб"
    "|благодар|дяку|хвала|hvala|ευχαρ|teşekkür|תודה|شكر|ممنون|धन्यवाद|ขอบคุณ|cảm ơn|terima|谢|謝|ありがと|감사|aitäh|tänan"
    "|paldies|ačiū|gràcies"
)
_FROM: Final = frozenset(
    {"aus", "from", "de", "da", "fra", "från", "van", "uit", "von", "vom", "z", "ze", "iz", "из", "з"}
)


REACHED: Final = re.compile(r"\w@\w|https?:|www\.")
_NUMBER: Final = re.compile(r"(?:^|[\s:.(/|])\+?\d[\d ()./\u2013-]{7,}\d")
_NUMBERED: Final = re.compile(r"\b\d{4,5}(?:-\d{3})? [^\W\d_]|\b[A-Z]{1,2}\d[\dA-Z]? \d[A-Z]{2}\b|^\d{1,4}[a-z]? [A-Z]")
"""A place with its code, or a house with its number."""
_QUESTION: Final = re.compile(r"[^\W\d_]\?(?: [^\W\d_]|\Z)")
BLOCK_LINES: Final = 10
"""A name with what belongs to it, under no formula at all, has so many lines at most."""


def contact_block(page: Page, end: int) -> None:
    """A name with telephone, place and company at the very end, though no formula stands above it."""
    left = [index for index in range(end) if index not in page.gone and page.codes[index] != kinds.BLANK]
    for count in range(3, min(BLOCK_LINES, len(left) - 1) + 1):
        block = left[-count:]
        line = page.lines[block[0]].strip()
        if page.codes[block[0]] != kinds.TEXT or len(line) > 70 or is_sentence(line, 1):
            return
        above = page.lines[left[-count - 1]].strip()
        set_apart = block[0] > 0 and not page.lines[block[0] - 1].strip()
        reached = contacts([page.lines[one] for one in block[1:]])
        if set_apart and not above.endswith((":", "：")) and is_person(line) and reached > 1:
            page.cut(block[0], end, "signature")
            return


def is_person(line: str) -> bool:
    """Whether a line could be a person's name and nothing else."""
    words = line.strip(_ORNAMENT).split()
    return 2 <= len(words) <= 4 and all(
        one[:1].isupper() and one.strip(".,").replace("-", "").isalpha() for one in words
    )


def contacts(lines: Sequence[str]) -> int:
    """How many of some lines tell where somebody can be reached."""
    heads = [one.strip()[:200] for one in lines]
    return sum(bool(REACHED.search(one) or _NUMBER.search(one) or _NUMBERED.search(one)) for one in heads)


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
        if code == kinds.SIGNATURE and (
            _between_parts(page, filled[max(0, at - 20) : at + 20], index) or _asks(page, words, questions)
        ):
            continue
        if code == kinds.SIGNATURE and len(words) <= SIGNATURE_LINES and (stop == end or words) and first < index:
            page.cut(index, stop, "signature")
        elif code == kinds.FOOTER and (first < index or stop < end):
            if _short(page, words):
                page.cut(_ruler_above(page, index), stop, "footer")
            elif len(page.lines[index].strip()) < 60 and not (at and _goes_on(page, filled[at - 1], index)):
                page.cut(index, index + 1, "footer")
        elif code == kinds.DIVIDER and _is_footer(page, words):
            page.cut(index, stop, "footer")


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


def _is_footer(page: Page, words: list[int]) -> bool:
    """Whether what stands under a ruler is the footer of a list, or how to reach the sender."""
    if not words or len(words) > 15:
        return False
    lines = [page.lines[one].strip() for one in words]
    said = " ".join(lines).lower()
    ruler = page.lines[words[0] - 1].strip() or page.lines[max(0, words[0] - 2)].strip()
    if ruler.startswith("_____") and len(lines) <= 4 and max(map(len, lines)) <= 50 and is_person(lines[0]):
        return not said.endswith(("?", ".", ":"))
    if any(one in said for one in data.FOOTERS):
        return REACHED.search(said[:2000]) is not None
    return all(len(one) <= 70 for one in lines) and bool(_CONTACT.search(said[:2000]))


def closing(page: Page, end: int) -> None:
    """A farewell formula with the name under it, when it is the last of the sender's text."""
    end = page.words_end(end)
    left = [
        index
        for index in range(end)
        if index not in page.gone and page.codes[index] not in (kinds.BLANK, kinds.DIVIDER)
    ]
    for at in range(max(1, len(left) - CLOSING_LINES), len(left)):
        index = left[at]
        if page.codes[index] != kinds.TEXT:
            continue
        if (is_farewell(page.lines[index]) and not _listed(page, left, at)) or (
            at == len(left) - 1 and _signed(page, index)
        ):
            if _is_closing(page, left[at + 1 :]):
                page.cut(index, end, "signature")
            return


def _listed(page: Page, left: list[int], at: int) -> bool:
    """Whether a short word that may be a farewell ("BR", "best") stands among others, as in a list."""
    index = left[at]
    word = page.lines[index].strip()
    return len(word) <= 4 and bool(page.lines[index - 1].strip()) and left[at - 1] == index - 1


def is_farewell(line: str) -> bool:
    """Whether a line is a formula of farewell, alone, with another, after thanks, or with the name behind it."""
    line = line.strip()
    if len(line) > 80 or not line:
        return False
    core = line.strip(_ORNAMENT)
    lower = lowered(core)
    if lower in data.VALEDICTIONS or (not lower.isascii() and "".join(lower.split()) in data.VALEDICTIONS):
        return True
    words = core.split()
    if words and words[-1] in data.HUMBLE:
        return 1 < len(words) <= 4
    if _FIRST_WORDS.isdisjoint(_TOKEN.findall(lower)):
        return False
    parts = [one.strip(_ORNAMENT) for one in _PARTS.split(core) if one.strip(_ORNAMENT)]
    formula = [lowered(one) in data.VALEDICTIONS for one in parts]
    if any(formula) and len(parts) > 1:
        if formula[0]:
            return all(said or _is_name(one) for one, said in zip(parts[1:], formula[1:], strict=True))
        return formula[-1] and len(parts) == 2 and bool(_THANKS.search(parts[0].lower())) and len(parts[0].split()) <= 4
    return any(
        lowered(" ".join(words[:count])).strip(_ORNAMENT) in data.VALEDICTIONS and _is_name(" ".join(words[count:]))
        for count in range(1 if len(words) > 2 and words[1].lower() in _FROM else 2, min(len(words), 6))
    )


def _is_name(text: str) -> bool:
    """Whether words could be a person's or a place's name: few, and all in capitals or after "from"."""
    words = text.split()
    if words and words[0].lower() in _FROM:
        words = words[1:]
    return 0 < len(words) <= 4 and all(one[:1].isupper() or not one[:1].isalpha() for one in words)


def _is_closing(page: Page, below: list[int]) -> bool:
    """Whether the lines under a farewell are a name, an address, a disclaimer, and not an afterthought."""
    contact = False
    for at, index in enumerate(below):
        line = page.lines[index].strip()
        lower = lowered(line)
        if at and any(one in lower for one in data.DISCLAIMERS) and len(line) > 30:
            return True
        contact = contact or bool(_CONTACT.search(lower[:200]) or "@" in lower[:200])
        if not contact and (len(line) > 70 or is_sentence(line, at)):
            return False
        if line.endswith("?") or lower.startswith(data.AFTERTHOUGHTS):
            return False
    return True


def is_sentence(line: str, at: int) -> bool:
    """Whether a line under the name says something."""
    return at > 0 and line.endswith((".", "!", "。", "…", ":")) and len(line.split()) > 5 and "|" not in line


def _signed(page: Page, index: int) -> bool:
    """Whether a last line is a name after a dash or slash, not the last item of a list."""
    line = page.lines[index].strip()
    if not _SIGNED.fullmatch(line) or len(line.split()) > 3:
        return False
    above = [page.lines[one].strip() for one in range(max(0, index - 4), index) if page.codes[one] == kinds.TEXT]
    return line.lstrip("/–—-~ ")[:1].isupper() and not any(one.startswith(line[0]) for one in above)
