"""The way to a deadline in plain sentences, for `deskgate due` and for whoever doubts a promise.

Every sentence can be checked with the opening hours, a calendar and the clock on the team's wall.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from routing.hours import Hours

MOST_PIECES = 30
"""Openings that are told one by one; the rest is told in one sentence."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day_words(day: date) -> str:
    """``Friday 20 November``."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def clock_words(at: datetime) -> str:
    """``9 am``, ``4:30 pm``, ``noon``, ``midnight``; seconds only where there are any."""
    if (at.minute, at.second) == (0, 0) and at.hour in (0, 12):
        return "noon" if at.hour else "midnight"
    minutes = f":{at.minute:02}" if at.minute or at.second else ""
    seconds = f":{at.second:02}" if at.second else ""
    return f"{(at.hour - 1) % 12 + 1}{minutes}{seconds} {'am' if at.hour < 12 else 'pm'}"


def moment_words(at: datetime, zone: str) -> str:
    """``Friday 20 November, 4:30 pm`` on the wall clock of the zone; midnight belongs to the day that it ends."""
    local = at.astimezone(ZoneInfo(zone))
    clock = clock_words(local)
    if clock == "midnight":
        return f"midnight at the end of {day_words(local.date() - timedelta(days=1))}"
    return f"{day_words(local.date())}, {clock}"


def span_words(seconds: float) -> str:
    """``7 h``, ``1 h 30 min``, ``30 s``: an amount of time."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{amount:,} {unit}" for amount, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if amount]
    return " ".join(parts) or "no time"


def zone_words(zone: str) -> str:
    """``London time`` for Europe/London."""
    return zone.rpartition("/")[2].replace("_", " ") + " time"


def counted_words(hours: Hours, opened: datetime, open_seconds: float) -> Iterator[str]:
    """How open time runs from `opened` until `open_seconds` are used up, opening by opening."""
    at, left, told = opened, float(open_seconds), 0
    start = f"Opened {moment_words(at, hours.zone)}"
    while told < MOST_PIECES:
        opening = hours.next_opening(at)
        if opening is None:
            yield f"{start}: closed for the next 400 days."
            return
        if opening > at:
            if not told:
                yield f"{start}: closed until {moment_words(opening, hours.zone)}."
            yield from closed_words(hours, at, opening)
            start = moment_words(opening, hours.zone)
        closing = hours.closing_after(opening)
        length = left if closing is None else hours.open_seconds(opening, closing)
        if closing is None or length >= left:
            if left:
                end = hours.due(opening, left)
                yield f"{start}: open, {span_words(left)} counted by {_until(opening, end or opening, hours.zone)}."
            elif opening == opened:
                yield f"{start}: open, so it is due at once."
            return
        left -= length
        until = _until(opening, closing, hours.zone)
        yield f"{start}: open until {until}, {span_words(length)} counted, {span_words(left)} left."
        at, told = closing, told + 1
    yield f"The {span_words(left)} left are counted in the same way."


def closed_words(hours: Hours, start: datetime, end: datetime) -> Iterator[str]:
    """The days that explain why the team is closed from `start` to `end`: holidays and other exceptions."""
    zone = ZoneInfo(hours.zone)
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    return closed_dates_words(hours, first - timedelta(days=1), last + timedelta(days=1))


def closed_dates_words(hours: Hours, after: date, before: date) -> Iterator[str]:
    """Of the days between two, those on which the team would be open in other weeks, with the name of the holiday."""
    for later in range(1, (before - after).days):
        day = after + timedelta(days=later)
        if hours.week.get(day.weekday()) and not hours.shifts_on(day):
            name = hours.closed_names.get(day)
            yield f"Closed {day_words(day)}{f': {name}' if name else ''}."


def _until(opening: datetime, end: datetime, zone: str) -> str:
    """The end of an opening: the clock time, with the day only where it is another."""
    first, last = opening.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    if last.date() == first.date() or (clock_words(last) == "midnight" and last - first <= timedelta(days=1)):
        return clock_words(last)
    return moment_words(end, zone)
