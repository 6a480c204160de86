"""What this mail adds, apart from quoted history and signature; nothing is lost, what was cut can be shown.

Losing a sender's words is the worse error, so: answers written between quotes stay with the lines they answer, what a
forwarded mail forwards stays, a long "signature" is none, and when nothing would remain everything remains.  One pass
over at most 5,000 lines; what lies beyond is neither looked at nor lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from parsers import replykinds as kinds
from parsers.limits import LIMITS, Limits
from parsers.message import NOTHING_OWN, Cut
from parsers.replyadded import armour, banner, small_print
from parsers.replyfarewell import announced, closing
from parsers.replyheads import RULED
from parsers.replyinside import marked_inside, only_greets, says_inside
from parsers.replyintros import DATE
from parsers.replylines import classified
from parsers.replynamed import NOBODY, Signer, own_card
from parsers.replypage import Page
from parsers.replysigned import contact_block, signatures

WHY: Final[dict[str, str]] = {
    kinds.QUOTED: "quote",
    kinds.ATTRIBUTION: "attribution",
    kinds.HEADER: "header",
    kinds.ORIGINAL: "header",
    kinds.FORWARDED: "header",
    kinds.SIGNATURE: "signature",
    kinds.FOOTER: "footer",
    kinds.DIVIDER: "divider",
}

_BEGINS: Final = re.compile(f"[{kinds.HEADER}{kinds.ORIGINAL}{kinds.FORWARDED}{kinds.ATTRIBUTION}]")
"""What may begin an older mail."""

_OLDER: Final = frozenset({kinds.HEADER, kinds.ORIGINAL})

Mark = tuple[int, int, str]
"""First line, line after the last, and what the HTML says these lines hold."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a mail's header says that matters for its reply."""

    answers: bool = True
    """It answers another.  Then a forwarded mail under the sender's own words came along with the conversation, and a
    last quote without introduction is history; otherwise both are what this mail brings."""
    forwards: bool = False
    """Its subject says that it forwards.  Then the header of an older mail begins what is forwarded, even if no words above
    it say so (Outlook writes none)."""
    subject: str = ""
    """Its subject in lower case, without what a reply puts before it: the header of the older mail repeats it."""
    signer: Signer = NOBODY
    """Who wrote it: what stands under that name at the end is a signature, in any language."""


ANSWER: Final = Setting()


def reply_of(
    text: str, marks: Sequence[Mark] = (), setting: Setting = ANSWER, limits: Limits = LIMITS
) -> tuple[str, tuple[Cut, ...]]:
    """The reply, and what was cut with the reason, in order."""
    if not text.strip():
        return "", ()
    looked, rest = _bounded(text, limits)
    lines = looked.split("\n")
    written = list(lines)
    page = Page(lines, classified(lines, setting.subject))
    for at, (now, before) in enumerate(zip(lines, written, strict=True)):
        if now is not before:
            page.behind[at] = before.removeprefix(now)
    _by_marks(page, marks)
    if "-----BEGIN PGP SIGN" in looked:
        armour(page)
    end = _history(page, setting)
    _quotes(page, end, setting.answers)
    signatures(page, end)
    small_print(page, end)
    own_card(page, end, setting.signer)
    closing(page, end, setting.signer)
    if setting.answers:
        contact_block(page, end, setting.signer)
    banner(page)
    _ruled_off(page)
    if len(page.gone) == 0:
        return _tidy(text), ()
    kept = "\n".join(_kept(page))
    if rest and end == len(lines):
        kept += _unquoted(rest) if len(lines) - 1 in page.gone else rest
    reply = _tidy(kept)
    if not reply:
        return _tidy(text), (Cut(NOTHING_OWN, ""),)
    return reply, _cuts(page)


def _ruled_off(page: Page) -> None:
    """Cuts the rulers that stood above what was cut at the end: they close no words."""
    why = ""
    for index in range(len(page.lines) - 1, -1, -1):
        if index in page.gone:
            why = page.gone[index]
        elif why and page.codes[index] == kinds.DIVIDER:
            page.gone[index] = why
        elif page.codes[index] != kinds.BLANK:
            return


def _kept(page: Page) -> list[str]:
    """The lines that stay; where something was cut out between empty lines, one empty line is enough."""
    kept: list[str] = []
    last = -1
    for index, line in enumerate(page.lines):
        if index in page.gone or (not line.strip() and kept and index != last + 1 and not kept[-1].strip()):
            continue
        kept.append(line)
        last = index
    return kept


def _bounded(text: str, limits: Limits) -> tuple[str, str]:
    """The part in which quotes are looked for, cut at a line, and the rest."""
    limit = limits.strip_chars
    if len(text) <= limit and text.count("\n") < limits.strip_lines:
        return text, ""
    end = text.rfind("\n", 0, limit)
    end = end if end > 0 else min(limit, len(text))
    position = -1
    for _ in range(limits.strip_lines):
        following = text.find("\n", position + 1, end)
        if following < 0:
            position = end
            break
        position = following
    return text[:position], text[position:]


def _unquoted(rest: str) -> str:
    """What follows the part that was looked at, without the quote that reaches into it."""
    lines = rest.split("\n")
    first = next(
        (index for index, line in enumerate(lines) if line.strip() and not line.lstrip().startswith(">")), len(lines)
    )
    return "\n" + "\n".join(lines[first:])


def _tidy(text: str) -> str:
    """Without empty lines around; indentation of the first line stays out, as it did for its readers."""
    return text.strip().strip("\u200b\ufeff").strip()


def _by_marks(page: Page, marks: Sequence[Mark]) -> None:
    """What the HTML named: programs write these containers, people do not."""
    words = -1
    for start, marked_end, what in sorted(marks, key=lambda one: one[2] == "signature"):  # history bounds signatures
        end = min(marked_end, len(page.lines))
        if what == "signature":
            words = page.first_text() if words < 0 else words
            dashed = kinds.SIGNATURE in page.codes[start : start + 3]
            if _last_words(page, end) and (dashed or words < start):
                page.cut(start, end, "signature")
        elif what == "attribution":
            page.codes[start:end] = [kinds.ATTRIBUTION if one == kinds.TEXT else one for one in page.codes[start:end]]
        elif what == "header" and start < len(page.codes):
            _mark_history(page, start)
        elif what == "quote":
            _mark_quote(page, start, end)


def _mark_history(page: Page, start: int) -> None:
    for index in range(start, len(page.codes)):
        if page.codes[index] != kinds.BLANK:
            page.codes[index] = kinds.ORIGINAL
            return


def _mark_quote(page: Page, start: int, end: int) -> None:
    """Gmail's container: attribution, then quoted lines; answers after the first quoted line are answers."""
    first = next((index for index in range(start, end) if page.codes[index] == kinds.QUOTED), -1)
    if first < 0:
        page.codes[start:end] = [kinds.QUOTED if one == kinds.TEXT else one for one in page.codes[start:end]]
        return
    page.codes[start:first] = [kinds.ATTRIBUTION if one == kinds.TEXT else one for one in page.codes[start:first]]


def _last_words(page: Page, end: int) -> bool:
    """Whether no text of the sender follows: only then is a marked signature one."""
    following = page.codes[end : end + 40]
    stop = next(
        (
            i
            for i, one in enumerate(following)
            if one in (kinds.ATTRIBUTION, kinds.HEADER, kinds.ORIGINAL, kinds.QUOTED)
        ),
        len(following),
    )
    return kinds.TEXT not in following[:stop]


def _history(page: Page, setting: Setting) -> int:
    """Where unquoted history begins (an original mail's header, or an attribution without quote marks); cuts it."""
    codes = page.codes
    if not setting.answers and not setting.forwards:
        words = page.first_text()
        for found in list(_BEGINS.finditer("".join(codes))):
            at = found.start()
            if _as_brought(page, at, words):
                codes[at] = kinds.TEXT
    first, begins = page.first_text(), _BEGINS.search("".join(codes))
    while begins is not None:
        index = begins.start()
        code = codes[index]
        if (code == kinds.FORWARDED and not setting.answers) or (code in _OLDER and setting.forwards):
            return index
        end = None
        if code != kinds.ATTRIBUTION or not _quoted_below(codes, index):
            end = _begin_history(page, index, first)
        if end is not None:
            return end
        begins = _BEGINS.search("".join(codes), _after_run(codes, index))
    return len(codes)


def _as_brought(page: Page, index: int, words: int) -> bool:
    """Whether a line of a mail that answers none is what its sender shows or says: a header or an introduction, unless a
    program's own ruler tells of an older mail, or a quote stands below what names a day or an address, or begins it all.
    What the sender announces ("Ann told me this:") is shown, whatever it is."""
    code, line = page.codes[index], page.lines[index]
    if code == kinds.ATTRIBUTION:
        told = words < index and (announced(page, index) or not (DATE.search(line) or "@" in line))
        return told or not _quoted_below(page.codes, index)
    return code == kinds.HEADER or (code == kinds.ORIGINAL and (not RULED.match(line) or announced(page, index)))


def _quoted_below(codes: list[str], index: int) -> bool:
    after = _after_run(codes, index)
    return next((one for one in codes[after : after + 6] if one != kinds.BLANK), "") == kinds.QUOTED


def _after_run(codes: list[str], index: int) -> int:
    code = codes[index]
    while index < len(codes) and codes[index] == code:
        index += 1
    return index


def _begin_history(page: Page, index: int, first: int) -> int | None:
    """Cuts from `index` to the end when text of the sender stands above; else cuts only the introducing lines."""
    codes = page.codes
    if first < index:
        if codes[index] == kinds.HEADER and announced(page, index):
            end = _after_run(codes, index)
            codes[index:end] = [kinds.TEXT] * (end - index)
            return None
        if codes[index] != kinds.FORWARDED and _answers_inside(page, first, index):
            return index
        start = index
        while start and codes[start - 1] in (kinds.BLANK, kinds.DIVIDER):
            start -= 1
        page.cut(start, len(codes), WHY[codes[index]])
        return start
    if codes[index] == kinds.HEADER and not _introduced(codes, index):
        return None  # a form that somebody filled in: its fields are words
    page.cut(index, _after_run(codes, index), WHY[codes[index]])
    return None


def _answers_inside(page: Page, first: int, index: int) -> bool:
    """Whether the sender says, in few words, that the answers stand inside the older mail, or only greets above it."""
    own = [page.lines[at] for at in range(first, index) if page.codes[at] in (kinds.TEXT, kinds.BLANK)]
    words = "\n".join(own)
    return says_inside(words) or only_greets(own) or ("[" in words and marked_inside(words, page.lines[index:]))


def _introduced(codes: list[str], index: int) -> bool:
    """Whether a line such as "Forwarded message" stands just above."""
    return any(one in (kinds.FORWARDED, kinds.ORIGINAL) for one in codes[max(0, index - 5) : index])


def _quotes(page: Page, end: int, answers: bool) -> None:
    """Quotes: kept where answers stand under them, cut where they only repeat."""
    groups = _groups(page, end)
    for index in range(end):
        if page.codes[index] == kinds.ATTRIBUTION:
            page.cut(index, index + 1, "attribution")
    if not groups:
        return
    answered = [
        _answered(page, last, groups[at + 1][0] if at + 1 < len(groups) else end) for at, (_, last) in enumerate(groups)
    ]
    attributed = [_attributed(page, first) for first, _ in groups]
    interleaved = any(answered[:-1])  # an answer stands between two quotes
    introduced = max((at for at, one in enumerate(attributed) if one), default=-1)
    words = page.first_text()
    if not any(answered) and words < groups[0][0] and _answers_inside(page, words, groups[0][0]):
        return  # they were typed into the lines with marks
    for at, ((first, last), has_answer, has_attribution) in enumerate(zip(groups, answered, attributed, strict=True)):
        if not has_attribution and at < introduced and words < first:
            continue  # the sender's own quotation: the mail that is answered stands below, introduced
        if (has_answer or not answers) and (interleaved or not has_attribution):
            continue
        page.cut(first, last, "quote")


def _groups(page: Page, end: int) -> list[tuple[int, int]]:
    """Runs of quoted lines, empty lines inside included."""
    groups: list[tuple[int, int]] = []
    words = page.first_text()
    for index in range(end):
        if page.codes[index] != kinds.QUOTED or index in page.gone:
            continue
        between = page.codes[groups[-1][1] : index] if groups else []
        own = kinds.ATTRIBUTION in between and not _attributed(page, groups[-1][0]) and words < groups[-1][0]
        if groups and not own and all(one in (kinds.BLANK, kinds.ATTRIBUTION) for one in between):
            groups[-1] = (groups[-1][0], index + 1)
        else:
            groups.append((index, index + 1))
    return groups


def _answered(page: Page, start: int, end: int) -> bool:
    """Whether the sender's text follows before the next quote; a signature is no answer."""
    for index in range(start, end):
        code = page.codes[index]
        if code in (kinds.SIGNATURE, kinds.FOOTER, kinds.DIVIDER):
            return False
        if code == kinds.TEXT and index not in page.gone:
            return True
    return False


def _attributed(page: Page, first: int) -> bool:
    above = first - 1
    while above >= 0 and page.codes[above] == kinds.BLANK:
        above -= 1
    return above >= 0 and page.codes[above] in (kinds.ATTRIBUTION, kinds.ORIGINAL, kinds.HEADER)


def _cuts(page: Page) -> tuple[Cut, ...]:
    """What was cut, neighbours with the same reason together, without empty ones."""
    cuts: list[Cut] = []
    why, last = "", -2
    run: list[str] = []
    for index in sorted({*page.gone, *page.behind}):
        reason = page.gone.get(index, "attribution")
        if (reason != why or index != last + 1) and run:
            cuts.append(Cut(why, "\n".join(run)))
            run = []
        why, last = reason, index
        run.append((page.lines[index] if index in page.gone else "") + page.behind.get(index, ""))
    if run:
        cuts.append(Cut(why, "\n".join(run)))
    return tuple(one for one in cuts if one.text.strip())
