"""What a rendered text must be like, as checks that tests and `deskgate check` share (design: turnaround, Wording).

`problems` looks at our own words only: not at a mail that is passed on, not at what a staff member wrote, and not at
names, subjects and topics.  The renderer marks all of these.  Rules about words are those of English; other languages
are checked for what holds in all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from templates import times
from templates.context import Context
from templates.plain import COLUMNS, ENDED, GLUE, JOIN, KEEP, KEPT, VALUE

LONGEST_SENTENCE = 20
SECTIONS = {
    ("en", "acknowledgement"): (
        "Hello",
        "We have your request",
        "This is about our first answer",
        "What we can help with",
        "To arrange a meeting",
        "When we are open",
        "If it is urgent",
        "To add something",
        "This message was sent automatically",
    ),
}
"""Language and template to the beginnings of its lines that must all be there, in this order."""

WITHOUT_REQUEST = ("operator_", "notice_held", "held_sender")
"""Beginnings of the names of texts that are about no request."""

_DAY_NAMES = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_MONTH_NAMES = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(rf"\b({_DAY_NAMES}) (\d{{1,2}}) ({_MONTH_NAMES})(?: (\d{{4}}))?\b")
_LONE_DATE = re.compile(
    rf"(?<!day )\b\d{{1,2}} ({_MONTH_NAMES})\b|\b\d{{1,2}}/\d{{1,2}}\b|\b(?:Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun)\b"
)
_CLOCK = re.compile(r"\b\d{1,2}:\d{2}\b(?! (?:am|pm)\b)")
_TWELVE = re.compile(r"(?<![\d:])12 (?:am|pm)\b|\b0?0:\d\d\b", re.IGNORECASE)
_TIME = re.compile(r"\b\d{1,2}(?::\d{2})? (?:am|pm)\b|\bnoon\b|\bmidnight\b")
_VAGUE = re.compile(
    r"\b\d+ ?(?:h|hrs?|hours?|days?)\b|\bnext working day\b|\bas soon as possible\b|\bASAP\b", re.IGNORECASE
)
_JARGON = re.compile(r"\b(?:SLAs?|tickets?|queues?|backlogs?|ETA)\b", re.IGNORECASE)
_PERCENT = re.compile(r"\d ?%|\bper ?cent\b", re.IGNORECASE)
_IN_LINE = re.compile(r"\b\d+(?:st|nd|rd|th) in line\b", re.IGNORECASE)
_MEASURED = re.compile(r"\b[89] of 10\b|\bGoing by recent\b|\bhalf of\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?:])\s+")
_UPPER = re.compile(r"\b[A-Z]{6,}\b|\b[A-Z]{2,} [A-Z]{2,}\b")
_LINK = re.compile(r"\bhttps?://\S+", re.IGNORECASE)
_STATED = re.compile(r"\banswer by ([^\n]*)")
_KEPT = re.compile(f"{KEEP}([^{KEPT}]*){KEPT}")
_VALUE = re.compile(f"{VALUE}[^{ENDED}]*{ENDED}")


class Rendered(Protocol):
    """What the renderer gives."""

    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def marked(self) -> str: ...
    @property
    def template(self) -> str: ...
    @property
    def language(self) -> str: ...


def problems(words: Rendered, context: Context) -> tuple[str, ...]:
    """What is wrong with a rendered text, in words for who wrote the template; empty when nothing is."""
    paragraphs = own_paragraphs(words.marked)
    plain = "\n\n".join(paragraphs)
    found = [
        *_zone(paragraphs, context),
        *_lines(words),
        *_sections(words),
        *_too_early(context),
    ]
    if words.language == "en":
        found += [
            *_dates(plain, context),
            *_clocks(plain),
            *_words(plain),
            *_sentences(paragraphs),
            *_promises(plain, context),
        ]
    if context.ticket.ref not in words.subject and not words.template.startswith(WITHOUT_REQUEST):
        found.append(f"the subject does not name {context.ticket.ref}")
    return tuple(dict.fromkeys(found))


def own_paragraphs(marked: str) -> list[str]:
    """Our own words, a paragraph each: kept texts left out, an x for every value, no links, headings with a stop."""
    text = _KEPT.sub("", marked)
    text = _VALUE.sub("x", text).replace(GLUE, " ").replace(f" {JOIN}\n", " ").replace(f"{JOIN}\n", " ")
    return [" ".join(_LINK.sub(".", _with_stops(paragraph)).split()) for paragraph in re.split(r"\n\s*\n", text)]


def _with_stops(paragraph: str) -> str:
    """A heading and a list line end what they say, although no full stop stands there."""
    lines = paragraph.strip("\n").split("\n")
    ended = [
        f"{line}." if line.startswith("- ") or (number == 0 and len(line) < COLUMNS // 2) else line
        for number, line in enumerate(lines)
    ]
    return "\n".join(ended)


def _dates(text: str, context: Context) -> Iterator[str]:
    zone = ZoneInfo(context.team.zone)
    today = context.moment.astimezone(zone).date()
    for found in _DATE.finditer(text):
        name, day, month, year = found.groups()
        number = _MONTH_NAMES.split("|").index(month) + 1
        years = [int(year)] if year else [today.year - 1, today.year, today.year + 1]
        dates = [when for when in (_date(this, number, int(day)) for this in years) if when]
        meant = dates if year else [when for when in dates if _near(when, today)]
        if not meant:
            yield f"without its year this date may be mistaken: {found[0]}"
        elif _DAY_NAMES.split("|")[meant[0].weekday()] != name:
            yield f"the weekday does not belong to the date: {found[0]}"


def _near(day: date, today: date) -> bool:
    return timedelta(days=-61) <= day - today <= timedelta(days=301)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _clocks(plain: str) -> Iterator[str]:
    for rule, meaning in (
        (_CLOCK, "a time without am or pm"),
        (_TWELVE, "12 am and 12 pm are read differently: write noon or midnight"),
        (_LONE_DATE, "a date needs its whole weekday and month"),
        (_VAGUE, "say a date and time, not a number of hours or days"),
    ):
        for found in rule.finditer(plain):
            yield f"{meaning}: {found[0]}"


def _zone(paragraphs: list[str], context: Context) -> Iterator[str]:
    """Named where times are, and not twice in one paragraph."""
    place = times.zone_in_words(context.team.zone, context.language)
    if any(_TIME.search(paragraph) for paragraph in paragraphs) and place not in " ".join(paragraphs):
        yield f"times are shown, but not in which zone: {place}"
    if any(paragraph.count(place) > 1 for paragraph in paragraphs):
        yield f"the zone is named twice in one paragraph: {place}"


def _words(plain: str) -> Iterator[str]:
    for rule, meaning in (
        (_PERCENT, "say how many of 10, not a share of 100"),
        (_IN_LINE, "nobody knows a place in line"),
        (_JARGON, "a word for insiders"),
        (_UPPER, "a word in capitals"),
        (_MEASURED, "nothing was measured"),
    ):
        for found in rule.finditer(plain):
            yield f"{meaning}: {found[0]}"
    for character in set(plain):
        if unicodedata.category(character) in {"So", "Sk"} or "\u2500" <= character <= "\u259f":
            yield f"a sign that is not plain text: {character}"


def _lines(words: Rendered) -> Iterator[str]:
    passed_on = {line for body in _KEPT.findall(words.marked) for line in body.split("\n")}
    for line in words.text.split("\n"):
        if line in passed_on or line.startswith((">", "- ", "* ")):
            continue
        if len(line) > COLUMNS and " " in line:
            yield f"a line longer than {COLUMNS} columns: {line[:40]}..."
        if "://" in line and len(line.split()) > 1 and "://" in _VALUE.sub("", words.marked):
            yield f"a link that does not stand alone on its line: {line[:60]}"


def _sentences(paragraphs: list[str]) -> Iterator[str]:
    for paragraph in paragraphs:
        for sentence in _SENTENCE_END.split(paragraph):
            words = [word for word in sentence.split() if any(map(str.isalnum, word))]
            if len(words) > LONGEST_SENTENCE:
                yield f"a sentence of {len(words)} words: {' '.join(words[:6])} ..."


def _sections(words: Rendered) -> Iterator[str]:
    lines = iter(_VALUE.sub("x", _KEPT.sub("", words.marked)).split("\n"))
    for section in SECTIONS.get((words.language, words.template), ()):
        if not any(line.startswith(section) for line in lines):
            yield f"a section is missing or out of order: {section}"


def _too_early(context: Context) -> Iterator[str]:
    for promise in context.promises:
        if promise.shown < promise.due:
            yield f"a time is shown that is earlier than the promise: {promise.shown.isoformat()}"


def _promises(plain: str, context: Context) -> Iterator[str]:
    """A stated time is the stored one."""
    first = context.promise("first_reply")
    shown = _shown(first.shown, context) if first else None
    for stated in _STATED.finditer(plain):
        if shown is None:
            yield f"a time is stated that nobody promised: {stated[1][:60]}"
        elif not stated[1].startswith(shown):
            yield f"the stated time is not the stored one: {shown}"


def _shown(moment: datetime, context: Context) -> str:
    return times.in_words(moment, context.team.zone, context.moment, context.language)
