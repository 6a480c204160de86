"""Calendar parts (RFC 5545, 5546) told in words: what it is about, when, where, and what is asked or answered.

Only the first few events are told; times are given as the calendar writes them, with weekday and zone, because a
wall time without its zone definition must not be turned into another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from parsers.limits import BOUNDS

_LINE: Final = re.compile(r"([A-Za-z-]{1,40})((?:;[^:\"]*+(?:\"[^\"]*+\"[^:\"]*+)*)?):(.*)", re.DOTALL)
_WHEN: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?", re.ASCII)
_LASTS: Final = re.compile(
    r"P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:\d{1,6}S)?)?", re.ASCII
)
_PARAMETER: Final = re.compile(r";([A-Za-z-]{1,40})=(?:\"([^\"]*+)\"|([^;:\"]*+))")
_WANTED: Final = frozenset(
    {"SUMMARY", "DTSTART", "DTEND", "DURATION", "LOCATION", "ORGANIZER", "ATTENDEE", "STATUS", "METHOD", "COMMENT", "RRULE",
     "DESCRIPTION"}
)  # fmt: skip
_EVERY: Final = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_EVENTS: Final = 5
"""So many events are told: a journey has some, a timetable too many."""
_LONGEST: Final = 4000
"""Characters of a line that are looked at; a description of more is cut."""

_DAYS: Final = {
    "MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday", "SA": "Saturday", "SU": "Sunday",
}  # fmt: skip
_WEEKDAYS: Final = tuple(_DAYS.values())
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_ESCAPED: Final = re.compile(r"\\([nN,;\\])")

HEADLINES: Final[Mapping[str, str]] = {
    "REQUEST": "Invitation",
    "CANCEL": "Cancelled",
    "COUNTER": "New time proposed",
    "PUBLISH": "Calendar entry",
    "ADD": "Invitation",
    "REFRESH": "Calendar request",
    "DECLINECOUNTER": "Proposed time declined",
}
ANSWERS: Final[Mapping[str, str]] = {
    "ACCEPTED": "Accepted",
    "DECLINED": "Declined",
    "TENTATIVE": "Tentatively accepted",
    "DELEGATED": "Delegated",
}


def in_words(text: str, method: str = "", whole: bool = True) -> str:
    """A few lines of plain words; "" when there is no event in `text`.  `whole`: with the event's description."""
    told = (_told(one, method, whole) for one in _events(text))
    return "\n\n".join(dict.fromkeys(one for one in told if one))


def _told(found: dict[str, tuple[str, str]], method: str, whole: bool) -> str:
    if "DTSTART" not in found and "SUMMARY" not in found:
        return ""
    method = (method or found.get("METHOD", ("", ""))[1]).upper().strip()
    headline = HEADLINES.get(method, "Calendar entry")
    if method == "REPLY":
        parameters, attendee = found.get("ATTENDEE", ("", ""))
        answer = ANSWERS.get(_parameter(parameters, "PARTSTAT").upper(), "Answered")
        headline = f"{answer} by {_person(parameters, attendee)}" if attendee else answer
    lines = [f"{headline}: {_plain(found.get('SUMMARY', ('', ''))[1])}".rstrip(": ")]
    when = _period(found)
    lines += [f"When: {when}"] if when else []
    repeats = _repeats(found.get("RRULE", ("", ""))[1])
    lines += [f"Repeats: {repeats}"] if repeats else []
    for name, label in (("LOCATION", "Where"), ("COMMENT", "Comment")):
        value = _plain(found.get(name, ("", ""))[1])
        lines += [f"{label}: {value}"] if value else []
    if "ORGANIZER" in found and method != "REPLY":
        lines.append(f"Organiser: {_person(*found['ORGANIZER'])}")
    told = _unescaped(found.get("DESCRIPTION", ("", ""))[1], "\n").strip() if whole else ""
    return "\n".join([*lines, "", told] if told and method != "REPLY" else lines)


def _events(text: str) -> Iterator[dict[str, tuple[str, str]]]:
    """Name to (parameters, value) of each of the first events, with the calendar's METHOD."""
    method: dict[str, tuple[str, str]] = {}
    found: dict[str, tuple[str, str]] = {}
    inside = deeper = False
    told = 0
    unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    for line in unfolded.split("\n")[: BOUNDS.calendar_lines]:
        upper = line[:20].upper().strip()
        if upper in ("BEGIN:VEVENT", "BEGIN:VTODO"):
            inside, deeper, found = True, False, dict(method)
        elif upper in ("END:VEVENT", "END:VTODO") and inside:
            inside, told = False, told + 1
            yield found
            if told == _EVENTS:
                return
        elif upper == "BEGIN:VALARM":
            deeper = True
        elif upper == "END:VALARM":
            deeper = False
        match = None if deeper else _LINE.match(line[:_LONGEST])
        if match and match[1].upper() in _WANTED and (inside or match[1].upper() == "METHOD"):
            (found if inside else method).setdefault(match[1].upper(), (match[2], match[3].strip()))
    if inside:
        yield found  # cut short


def _parameter(parameters: str, name: str) -> str:
    return next((one[2] or one[3] or "" for one in _PARAMETER.finditer(parameters) if one[1].upper() == name), "")


def _person(parameters: str, value: str) -> str:
    address = value[7:] if value[:7].lower() == "mailto:" else value
    name = _parameter(parameters, "CN")
    return f"{name} <{address}>" if name and name != address else address


def _plain(value: str) -> str:
    return " ".join(_unescaped(value, " ").split())[:500]


def _unescaped(value: str, line_end: str) -> str:
    """A TEXT value as meant (RFC 5545 3.3.11)."""
    return _ESCAPED.sub(lambda one: line_end if one[1] in "nN" else one[1], value)


def _repeats(rule: str) -> str:
    """A recurrence rule (RFC 5545 3.3.10) in words as far as they are simple, else as it stands."""
    parts = dict(one.partition("=")[::2] for one in rule.upper().replace(" ", "").split(";"))
    unit, number = _EVERY.get(parts.get("FREQ", ""), ""), parts.get("INTERVAL", "1")
    if not unit or parts.keys() - {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"} or not number.isdigit():
        return rule[:200]
    told = f"every {unit}" if number == "1" else f"every {number[:4]} {unit}s"
    days = [_DAYS.get(one, "") for one in parts.get("BYDAY", "").split(",")]
    told += f" on {', '.join(days)}" if all(days) else f" ({parts['BYDAY'][:60]})" if "BYDAY" in parts else ""
    told += f", {parts['COUNT'][:6]} times" if "COUNT" in parts else ""
    until = _moment(("", parts.get("UNTIL", "")))
    return f"{told}, until {_day(until)}" if until else told


def _period(found: dict[str, tuple[str, str]]) -> str:
    """From when to when, or "" where no start can be read."""
    start = _moment(found.get("DTSTART"))
    if start is None:
        return ""
    parameters, value = found["DTSTART"]
    timed, zone = "T" in value, _zone(parameters, value)
    end = _moment(found.get("DTEND")) or _after(start, found.get("DURATION", ("", ""))[1])
    if not timed:
        last = end - timedelta(days=1) if end is not None else start  # the day of DTEND is not part of it
        return _day(start) if last <= start else f"{_day(start)} to {_day(last)}"
    told = f"{_day(start)}, {start:%H:%M}"
    there = _zone(*found["DTEND"]) if "DTEND" in found else zone
    if end is not None and there != zone:
        return f"{told} {zone}".strip() + f" to {_day(end)}, {end:%H:%M} {there}".rstrip()
    if end is not None and end > start:
        told += f"-{end:%H:%M}" if end.date() == start.date() else f" to {_day(end)}, {end:%H:%M}"
    return f"{told} {zone}".strip()


def _moment(field: tuple[str, str] | None) -> datetime | None:
    """A DATE or DATE-TIME as its wall clock shows it (the zone is told apart); None where it is none."""
    match = _WHEN.match(field[1]) if field else None
    if match is None:
        return None
    try:
        day = int(match[1]), int(match[2]), int(match[3])
        return datetime(*day, int(match[4] or 0), int(match[5] or 0), tzinfo=UTC)
    except ValueError:
        return None


def _after(start: datetime, lasts: str) -> datetime | None:
    """The end by a DURATION (RFC 5545 3.3.6), None where there is none."""
    match = _LASTS.fullmatch(lasts.strip().lstrip("+"))
    if match is None or not any(match.groups()):
        return None
    weeks, days, hours, minutes = (int(one or 0) for one in match.groups())
    try:
        return start + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
    except OverflowError:
        return None


def _day(moment: datetime) -> str:
    return f"{_WEEKDAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def _zone(parameters: str, value: str) -> str:
    """The zone as its owner calls it; some programs write a path of their own before the name."""
    zone = "UTC" if value.endswith("Z") else _parameter(parameters, "TZID")
    return "/".join(zone.split("/")[-2:]) if zone.startswith("/") else zone
