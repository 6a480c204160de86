"""Headers of older mails in the text: "From: … Sent: … To: … Subject: …", in the forms and languages of the programs.

People fill in forms with the same words, so a block must hold what only a mail's header does.  Every block looked at is
bounded, so the whole is linear.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from parsers import replyintros as intros
from parsers import replywords as data
from parsers.away import bare
from parsers.limits import BOUNDS
from parsers.replykinds import BLANK, DIVIDER, FORWARDED, HEADER, ORIGINAL, TEXT, lowered

_FIELD: Final = re.compile(
    r"[ \t]{0,8}\*{0,2}([^\s:*：][^:*：]{0,29}?)[ \t\u00a0]{0,3}\*{0,2}[ \t\u00a0]?[:：]\*{0,2}(.*)", re.DOTALL
)
_LABEL: Final = re.compile(r"[ \t]{0,8}\*{0,2}[^\W\d_][^:：<>@]{0,29}[:：]\*{0,2}(?=[ \u00a0\t])")
"""Any name of a field."""
_INNER_FIELD: Final = re.compile(r"(?:^|\s)([^\W\d_]{2,14})\*?[ \u00a0]?:")
_FAR: Final = 12
_RAW: Final = re.compile(
    r"[ \t]{0,8}(?:Received(?:-SPF)?|Return-Path|Delivered-To|DKIM-Signature|Authentication-Results|ARC-[A-Za-z-]{1,40}"
    r"|Message-ID|MIME-Version|X-[A-Za-z0-9-]{1,60})[ \t]?:",
    re.IGNORECASE,
)
"""Fields that no program shows above what it quotes."""
_RAW_LINES: Final = 60
RULED: Final = re.compile(
    r"[ \t]*(?:([-=_*~])\1{2,}|[\u2010-\u2015\u2500]{3,}).{2,80}[-=_*~\u2010-\u2015\u2500]{2,}:?[ \t]*\Z"
)
"""Words between two rulers."""
FIELD_SORTS: Final[dict[str, str]] = {
    **dict.fromkeys(data.SUBJECT, "subject"),
    **dict.fromkeys(data.TO, "to"),
    **dict.fromkeys(data.SENT, "sent"),
    **dict.fromkeys(data.DATE, "date"),
    **dict.fromkeys(data.FROM, "from"),
}


def mark(lines: list[str], codes: list[str], subject: str, whole: str) -> None:
    """Marks the headers of older mails; `subject` is this mail's, in lower case, without what a reply puts before it;
    `whole` is the text in lower case."""
    if " " * _FAR in whole:
        _columns(lines, codes)
    if len(subject) > 2 and subject in whole:
        _by_subject(lines, codes, subject)
    sorts, done, tries = _Sorts(), 0, 0
    for position, line in enumerate(lines):
        if position < done or (":" not in line[:44] and "：" not in line[:44]):
            continue
        if codes[position] == TEXT and sorts[line]:
            tries += 1
            done = _header_block(lines, codes, position, sorts)
            if tries == BOUNDS.guesses:
                return


def above_introduction(lines: list[str], codes: list[str], start: int) -> None:
    """Marks fields of the older mail between a ruler and the introduction that begins at `start`, as Yandex writes them."""
    index = start
    while index > max(0, start - 6) and codes[index - 1] in (TEXT, BLANK):
        index -= 1
        if codes[index] == TEXT and field_sort(lines[index]) not in ("to", "subject"):
            return
    if index < start and index > 0 and codes[index - 1] == DIVIDER:
        codes[index:start] = [HEADER if one == TEXT else one for one in codes[index:start]]


def _columns(lines: list[str], codes: list[str]) -> None:
    """Marks the header that Domino set in columns: names of the fields at the right, what they hold below."""
    found = [(index, word) for index, line in enumerate(lines) if (word := _column(line))]
    for (index, _), (last, second) in pairwise(found):
        sort = FIELD_SORTS.get(lowered(second), "")
        if sort != "subject" or last - index > 8:
            continue
        start = index
        while start > max(0, index - 6) and lines[start - 1].startswith("     ") and codes[start - 1] == TEXT:
            start -= 1
        end = last + 1
        while end < min(last + 3, len(lines)) and lines[end].startswith("     "):
            end += 1
        codes[start:end] = [HEADER] * (end - start)


def _column(line: str) -> str:
    """The last word of a line when it stands far to the right of everything else, else ""."""
    if " " * _FAR not in line[:200]:
        return ""
    word = line[:200].split()[-1:]
    return word[0] if word and line.rstrip().endswith(" " * _FAR + word[0]) else ""


def _by_subject(lines: list[str], codes: list[str], subject: str) -> None:
    """Marks headers whose fields have names in a language that is not known: one of them repeats the subject."""
    shown = [at for at, line in enumerate(lines) if codes[at] == TEXT and subject in line[:400].lower()]
    for index in shown[:20]:
        if _bare_value(lines[index]) != subject:
            continue
        start, end = index, index + 1
        while start > max(0, index - 8) and codes[start - 1] == TEXT and _LABEL.match(lines[start - 1]):
            start -= 1
        while end < min(len(lines), index + 4) and codes[end] == TEXT and _LABEL.match(lines[end]):
            end += 1
        joined = intros.visible(" ".join(lines[start:end])[:1000])
        when = intros.DATE.search(joined) and intros.TIME.search(joined)
        if end - start > 2 and when and intros.ADDRESS.search(joined):
            codes[start:end] = [HEADER] * (end - start)
            return


def _bare_value(line: str) -> str:
    """What stands behind the name of a field, as a subject is compared."""
    label = _LABEL.match(line)
    return bare(line[label.end() :].strip(" *\u00a0")) if label else ""


def field_sort(line: str) -> str:
    """``from``, ``sent``, ``date``, ``to`` or ``subject`` when the line begins like a field of a quoted mail, else ""."""
    if ":" not in line[:44] and "：" not in line[:44]:
        return ""
    match = _FIELD.match(intros.visible(line[:200]))
    return FIELD_SORTS.get(lowered(match[1].strip()), "") if match else ""


class _Sorts(dict[str, str]):
    """`field_sort` of each line that was asked for: near other fields a line is asked for up to fourteen times."""

    def __missing__(self, line: str) -> str:
        sort = self[line] = field_sort(line)
        return sort


def _header_block(lines: list[str], codes: list[str], start: int, known: _Sorts) -> int:
    """Marks a block of fields that begins at `start`; gives the line after it, or `start` when there is none."""
    first = known[lines[start]]
    if lines[start].lstrip(" \t*")[:1].islower():
        return start  # programs write "From:"; settings are called "from:"
    inner = _INNER_FIELD.findall(lines[start][:600]) if lines[start].count(":", 0, 600) > 2 else []
    sorts = {first, *(FIELD_SORTS.get(one.lower(), "") for one in inner)} - {""}
    if "from" in sorts and sorts & {"sent", "date"} and sorts & {"to", "subject"}:
        codes[start] = HEADER  # all fields on one line
        return start + 1
    sorts = {first}
    last = index = start
    misses = 0
    for index in range(start + 1, min(start + 14, len(lines))):
        sort = known[lines[index]] if codes[index] == TEXT else ""
        if sort:
            sorts.add(sort)
            last, misses = index, 0
        else:
            misses += 1
            if misses > (2 if codes[index] != BLANK else 1):
                break
    if len(sorts) < 2:
        return start
    joined = intros.visible(" ".join(lines[start : last + 1])[:1000])
    if not _is_header(sorts, first, joined) and not (
        first == "from" and len(sorts) > 2 and _ruled(lines, codes, start)
    ):
        above = _dated_above(lines, codes, start) if {"to", "subject"} <= sorts and first == "to" else start
        if above == start:
            return start
        start = above
    if _pasted(lines, codes, start):
        return start
    after = last + 1
    while after < len(lines) and codes[after] == TEXT and lines[after][:1] in " \t" and lines[last][:1] not in " \t":
        after += 1  # a folded last field
    codes[start:after] = [HEADER] * (after - start)
    return after


def _pasted(lines: list[str], codes: list[str], start: int) -> bool:
    """Whether fields that only servers read stand just above, without a ruler: somebody shows the raw header of a mail."""
    above, raw = start - 1, False
    while above >= max(0, start - _RAW_LINES) and codes[above] == TEXT:
        raw = raw or bool(_RAW.match(lines[above]))
        above -= 1
    return raw and not _ruled(lines, codes, above + 1)


def _dated_above(lines: list[str], codes: list[str], start: int) -> int:
    """The name above a date above the fields, as Domino writes them; `start` when they are not there."""
    index = start - 1
    while index > 0 and index > start - 3 and codes[index] == BLANK:
        index -= 1
    line = lines[index].strip() if index > 0 else ""
    if not line or len(line) > 50 or not (intros.DATE.search(line) and intros.TIME.search(line)):
        return start
    return index - 1 if codes[index - 1] == TEXT and len(lines[index - 1].strip()) < 80 else index


def _ruled(lines: list[str], codes: list[str], start: int) -> bool:
    """Whether a ruler, or words between two, stand just above."""
    above = start - 1
    while above >= 0 and above >= start - 2 and codes[above] == BLANK:
        above -= 1
    return above >= 0 and (codes[above] in (DIVIDER, ORIGINAL, FORWARDED) or bool(RULED.match(lines[above][:200])))


def _is_header(sorts: set[str], first: str, joined: str) -> bool:
    """Whether fields are those of a mail: a wish to travel from Paris to London on some date has similar ones."""
    address = "@" in joined and bool(intros.ADDRESS.search(joined))
    when = bool(sorts & {"sent", "date"})
    if "from" not in sorts:
        return first in ("sent", "date") and "to" in sorts and address and bool(intros.DATE.search(joined))
    if first != "from" and len(sorts) < 3:
        return False
    timed = address or bool(intros.TIME.search(joined))
    if "subject" in sorts:
        return (when and timed) or (address and len(sorts) > 2)
    return when and (address or ("sent" in sorts and timed))
