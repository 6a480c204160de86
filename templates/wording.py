"""What a rendered text must be like, as checks that tests and `deskgate check` share (design: turnaround, Wording).

`problems` looks at our own words only, not at a mail that is passed on nor at what a staff member wrote.
Subjects, names and topics are values: they may hold what our own sentences may not.
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
from templates.plain import COLUMNS, one_line

LONGEST_SENTENCE = 20
SECTIONS = {
    "acknowledgement": (
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
"""Template to the beginnings of its lines that must all be there, in this order."""

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
_OF_TIMES = re.compile(rf"(?:{_DAY_NAMES}|{_MONTH_NAMES}|day|am|pm|noon|midnight|\d|[\s,.:;!?()/-])+", re.IGNORECASE)
"""A value made of these (a person called April) is left where it is: it must not hide half of a date or sentence."""


class Rendered(Protocol):
    """What the renderer gives."""

    @property
    def subject(self) -> str: ...
    @property
    def ours(self) -> str: ...
    @property
    def template(self) -> str: ...


def problems(words: Rendered, context: Context) -> tuple[str, ...]:
    """What is wrong with a rendered text, in words for who wrote the template; empty when nothing is."""
    text = words.ours
    plain = _without_values(text, context)
    found = [
        *_dates(plain, context),
        *_clocks(plain),
        *_zone(text, context),
        *_words(plain),
        *_lines(text),
        *_sentences(text, context),
        *_sections(text, words.template),
        *_promises(text, context),
    ]
    if context.ticket.ref not in words.subject:
        found.append(f"the subject does not name {context.ticket.ref}")
    return tuple(dict.fromkeys(found))


def _values(context: Context) -> Iterator[str]:
    """Texts of others that stand inside our sentences, the longest first."""
    team, ticket = context.team, context.ticket
    people = [context.person, ticket.requester, context.actor, context.recipient, context.mail and context.mail.author]
    found = [ticket.subject, ticket.ref, ticket.related_ref, ticket.team_name, ticket.assignee_name, context.reason]
    found += [team.name, context.site.name, team.next_opening_after, context.from_team, context.site.tag]
    found += [text for person in people if person for text in (person.name, person.address)]
    found += [text for other in team.not_here for text in (other.topic, other.team_name, other.address)]
    found += [day.name for day in team.closed_days]
    found += context.mail.attachments if context.mail else ()
    shown = {" ".join(one_line(text).split()) for text in found}
    usable = [text for text in shown if text and not _OF_TIMES.fullmatch(text)]
    yield from sorted(usable, key=len, reverse=True)


def _without_values(text: str, context: Context) -> str:
    """A line for each paragraph, with an x in place of every value and no links."""
    joined = "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
    for value in _values(context):
        joined = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "x", joined)
    return _LINK.sub("", joined)


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


def _zone(text: str, context: Context) -> Iterator[str]:
    """Named where times are, and not twice in one paragraph."""
    place = times.zone_in_words(context.team.zone)
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
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


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if len(line) > COLUMNS and " " in line and not line.startswith((">", "- ", "* ")):
            yield f"a line longer than {COLUMNS} columns: {line[:40]}..."
        if "://" in line and len(line.split()) > 1:
            yield f"a link that does not stand alone on its line: {line[:60]}"


def _sentences(text: str, context: Context) -> Iterator[str]:
    """A line that ends without a full stop (a heading, a list line) ends what was said, and so does a colon."""
    for paragraph in text.split("\n\n"):
        for sentence in _SENTENCE_END.split(_without_values(_with_stops(paragraph), context)):
            words = [word for word in sentence.split() if any(map(str.isalnum, word))]
            if len(words) > LONGEST_SENTENCE:
                yield f"a sentence of {len(words)} words: {' '.join(words[:6])} ..."


def _with_stops(paragraph: str) -> str:
    """Headings, list lines and links are ended, so that the words after them are not counted with them."""
    lines = paragraph.split("\n")
    ended = [
        line + "." if line.startswith("- ") or "://" in line or (number == 0 and len(line) < COLUMNS // 2) else line
        for number, line in enumerate(lines)
    ]
    return "\n".join(ended)


def _sections(text: str, template: str) -> Iterator[str]:
    lines = iter(text.split("\n"))
    for section in SECTIONS.get(template, ()):
        if not any(line.startswith(section) for line in lines):
            yield f"a section is missing or out of order: {section}"


def _promises(text: str, context: Context) -> Iterator[str]:
    """A stated time is the stored one, and not before the exact one."""
    joined = " ".join(text.split())
    for promise in context.promises:
        if promise.shown < promise.due:
            yield f"a time is shown that is earlier than the promise: {promise.shown.isoformat()}"
    first = context.promise("first_reply")
    stated = re.search(r"answer by ([^.]*?(?:[ap]m|noon|midnight at the end of [^.,(]*))", joined)
    if first and "answer by" in joined:
        shown = _shown(first.shown, context)
        if f"answer by {shown}" not in joined:
            yield f"the stated time is not the stored one: {shown}"
    elif stated:
        yield f"a time is stated that nobody promised: {stated[1]}"


def _shown(moment: datetime, context: Context) -> str:
    return times.in_words(moment, context.team.zone, context.moment, context.language)
