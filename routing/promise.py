"""A declared turnaround, and when it falls due in a team's hours.

``8h`` and ``30m`` are opening time: the clock runs only while the team is open.  ``3d`` is a date: the same time on the
wall clock on the third working day after, or that day's last closing if that comes first.  Both count from the next
opening when the team is closed.  Every deadline comes with the way to it in plain sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from routing.explanation import closed_dates_words, closed_words, counted_words, day_words, moment_words, zone_words
from routing.hours import HORIZON, Hours

_FORM = re.compile(r"(?:(?P<days>[0-9]{1,5})d|(?:(?P<hours>[0-9]{1,5})h)?(?:(?P<minutes>[0-9]{1,7})m)?)")
_HOW = "write opening time as 8h, 30m or 1h30m, or working days as 3d"
_DAYS_TOLD = 10


@dataclass(frozen=True)
class Duration:
    """A turnaround: opening time in minutes, or working days; never both.  `text` is how it was written, to show."""

    open_minutes: int = 0
    days: int = 0
    text: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read ``8h``, ``30m``, ``1h30m``, ``3d`` or ``0m``.  Raises ValueError that says what is right."""
        written = "".join(text.lower().split())
        found = _FORM.fullmatch(written)
        if not found or not any(found.groups()):
            raise ValueError(_complaint(text))
        if found["days"]:
            return cls(days=int(found["days"]), text=written)
        return cls(open_minutes=int(found["hours"] or 0) * 60 + int(found["minutes"] or 0), text=written)

    def __str__(self) -> str:
        """As it was written, else in the shortest form."""
        if self.text:
            return self.text
        if self.days:
            return f"{self.days}d"
        hours, minutes = divmod(self.open_minutes, 60)
        return f"{f'{hours}h' if hours else ''}{f'{minutes}m' if minutes or not hours else ''}"


@dataclass(frozen=True)
class Due:
    """When (UTC; None: not within 400 days, a mistake in the opening hours) and the way to it, a sentence each."""

    at: datetime | None
    explanation: tuple[str, ...]


def _complaint(text: str) -> str:
    """What is wrong with a duration, and what to write."""
    squeezed = re.sub(r"\s+", "", text.lower())
    if re.fullmatch(r"[0-9]+", squeezed):
        return f"{text!r} has no unit; {_HOW}"
    if re.search(r"[0-9]d", squeezed) and re.search(r"[0-9][hm]", squeezed):
        return f"{text!r} mixes working days with opening time, which are counted differently; {_HOW}"
    if re.search(r"[0-9]w", squeezed):
        return f"{text!r} has weeks; a week of five working days is 5d; {_HOW}"
    if re.search(r"[0-9][.,][0-9]", squeezed):
        return f"{text!r} is not in whole numbers; {_HOW}"
    return f"{text!r} is no turnaround; {_HOW}"


def falls_due(hours: Hours, at: datetime, duration: Duration) -> datetime | None:
    """The moment alone (UTC), without telling the way there: what filing a mail asks."""
    return due(hours, at, duration).at if duration.days else hours.due(at, duration.open_minutes * 60)


def due(hours: Hours, at: datetime, duration: Duration) -> Due:
    """When a turnaround given at this instant (aware) falls due."""
    if duration.days:
        return _due_in_days(hours, at, duration.days)
    seconds = duration.open_minutes * 60
    end = hours.due(at, seconds)
    return Due(end, (*counted_words(hours, at, seconds), _last_words(hours, end)))


def _due_in_days(hours: Hours, at: datetime, days: int) -> Due:
    opened = f"Opened {moment_words(at, hours.zone)}"
    base = hours.next_opening(at)
    if base is None:
        return Due(None, (f"{opened}: closed for the next 400 days.", _last_words(hours, None)))
    start = _working_day(hours, base)
    words = [f"{opened}: {_base_words(hours, at, base, start)}."]
    if base > at:
        words += closed_words(hours, at, base)
    following = tuple(islice(_working_days_after(hours, start), days))
    words += _days_words(hours, start, following)
    if len(following) < days:
        return Due(None, (*words, _last_words(hours, None)))
    wanted = _same_time(hours, base, start, following[-1])
    closing = hours.openings_on(following[-1])[-1][1]
    if closing < wanted:
        words.append(f"The last closing of that day comes first: {moment_words(closing, hours.zone)}.")
    end = min(wanted, closing)
    return Due(end, (*words, _last_words(hours, end)))


def _working_day(hours: Hours, at: datetime) -> date:
    """The day whose shift is running at an open instant: in a night shift after midnight, the day before."""
    day = at.astimezone(ZoneInfo(hours.zone)).date()
    if any(start <= at < end for start, end in hours.openings_on(day)):
        return day
    return day - timedelta(days=1)


def _working_days_after(hours: Hours, day: date) -> Iterator[date]:
    """The days after this one on which the team opens, as far as a deadline may lie."""
    for later in range(1, HORIZON.days + 1):
        following = day + timedelta(days=later)
        if hours.openings_on(following):
            yield following


def _same_time(hours: Hours, base: datetime, start: date, day: date) -> datetime:
    """The instant that stands to `day` as `base` to its working day `start`: 26:00 if it was two in the night after."""
    zone = ZoneInfo(hours.zone)
    since_midnight = base.astimezone(zone).replace(tzinfo=None) - datetime.combine(start, time())
    return first_instant(datetime.combine(day, time()) + since_midnight, zone)


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant (UTC) at which the wall clock of the zone has reached this (naive) time.

    Shown twice, the first counts; skipped, the instant at which the clock jumps over it.
    """
    readings = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    for instant in readings:
        if instant.astimezone(zone).replace(tzinfo=None) == wall:
            return instant
    before, after = readings  # the jump lies between the two readings of a time that does not exist
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _base_words(hours: Hours, at: datetime, base: datetime, start: date) -> str:
    """From where the days count."""
    if base > at:
        return f"closed until {moment_words(base, hours.zone)}, the days count from there"
    if start != base.astimezone(ZoneInfo(hours.zone)).date():
        return f"open, in the shift of {day_words(start)}, the days count from that day"
    return "open, the days count from here"


def _days_words(hours: Hours, start: date, following: Sequence[date]) -> Iterator[str]:
    """Each working day in its turn, and the closed days between; of many only the last."""
    if len(following) > _DAYS_TOLD:
        yield f"Working day {len(following)}: {day_words(following[-1])}."
        return
    for number, day in enumerate(following, 1):
        yield from closed_dates_words(hours, start, day)
        yield f"Working day {number}: {day_words(day)}."
        start = day


def _last_words(hours: Hours, end: datetime | None) -> str:
    if end is None:
        return "Not open long enough within 400 days: the opening hours have to be corrected."
    return f"Due {moment_words(end, hours.zone)} ({zone_words(hours.zone)})."
