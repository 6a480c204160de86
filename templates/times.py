"""Moments in words: "Tuesday 24 November, 2 pm", in the zone of the team.

Promises: weekday, date and clock time always stand together; nothing is shown earlier than it is; midnight names the
day it ends; an hour that the clock shows twice says which one is meant.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from templates.tongues import Tongue, tongue

_FAR = timedelta(days=300)
_LONG_AGO = timedelta(days=60)
"""A reader takes a date without a year for the one within these: together less than a year, so it is the only one."""
_NO_PLACE = frozenset({"UTC", "GMT", "UCT", "ZULU", "UNIVERSAL", "GREENWICH", "GMT0", "GMT+0", "GMT-0"})


def in_words(moment: datetime, zone: str, now: datetime, language: str = "en") -> str:
    """The moment as the team's clock shows it: ``Tuesday 24 November, 2 pm``.  Seconds are rounded up to the minute.

    The year is named where a reader might take another one: more than 300 days after or 60 before `now`, or past and
    not of this year.
    """
    return _in_words(moment, zone, now, language)[0]


def on_words(moment: datetime, zone: str, now: datetime, language: str = "en") -> str:
    """With its preposition: ``on Tuesday 24 November, 2 pm``, ``at midnight at the end of Friday 27 November``."""
    words = tongue(language)
    shown, ends_a_day = _in_words(moment, zone, now, language)
    return (words.at_end_of_day if ends_a_day else words.on_moment).format(moment=shown)


def day_in_words(day: date, today: date, language: str = "en") -> str:
    """``Friday 25 December``, with the year where it might be mistaken."""
    return _day(day, today, tongue(language))


def clock_in_words(minute: int, language: str = "en") -> str:
    """A minute of the day (0 to 1440) as people say it: ``9 am``, ``12:30 pm``, ``noon``, ``midnight``."""
    words = tongue(language)
    hours, minutes = divmod(minute % 1440, 60)
    if not minutes and hours % 12 == 0:
        return words.noon if hours else words.midnight
    return words.clock(hours, minutes)


def zone_in_words(zone: str, language: str = "en") -> str:
    """The place of an IANA zone: ``(London time)``; ``(UTC)`` for the zones without a place."""
    words = tongue(language)
    place = zone.rpartition("/")[2].replace("_", " ")
    if place.upper() in _NO_PLACE:
        return words.no_place.format(place="UTC")
    if zone.startswith("Etc/GMT"):  # POSIX signs: Etc/GMT+5 lies five hours behind
        sign = "-" if place[3] == "+" else "+"
        return words.no_place.format(place=f"UTC{sign}{place[4:]}")
    return words.place.format(place=place)


def to_the_minute(due: datetime) -> datetime:
    """How a declared due time is shown: exact, a started minute counts as full."""
    whole = due.replace(second=0, microsecond=0)
    return whole if whole == due else whole + timedelta(minutes=1)


def rounded_up(due: datetime, now: datetime, zone: str = "UTC", closing: datetime | None = None) -> datetime:
    """How a *measured* time is shown: never earlier, and no finer than anybody can know.

    Quarter hours under 4 h from `now`, half hours under 12 h, full hours above, and `closing` (the end of business on
    that day, where given and not before `due`) beyond 3 days.  Steps are those of the wall clock in `zone`.
    """
    ahead = due - now
    if closing is not None and ahead > timedelta(days=3) and closing >= due:
        return closing
    step = 15 if ahead < timedelta(hours=4) else 30 if ahead < timedelta(hours=12) else 60
    exact = to_the_minute(due.astimezone(UTC))
    missing = -exact.astimezone(ZoneInfo(zone)).minute % step
    return (exact + timedelta(minutes=missing)).astimezone(due.tzinfo)


def _in_words(moment: datetime, zone: str, now: datetime, language: str) -> tuple[str, bool]:
    """The words, and whether the moment is the midnight that ends a day."""
    return _seen_on(now.astimezone(ZoneInfo(zone)).date(), moment.astimezone(UTC), zone, language)


@lru_cache(maxsize=256)  # the same due time stands in the ticket's books, its acknowledgement and its notice
def _seen_on(today: date, moment: datetime, zone: str, language: str) -> tuple[str, bool]:
    words = tongue(language)
    local = to_the_minute(moment).astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    if minute:
        clock = words.noon if minute == 720 else words.clock(local.hour, local.minute)
        shown = words.moment.format(day=_day(local.date(), today, words), clock=clock)
    else:
        shown = words.end_of_day.format(day=_day(local.date() - timedelta(days=1), today, words))
    return _which_of_two(local, shown, words), not minute


def _which_of_two(local: datetime, shown: str, words: Tongue) -> str:
    """An instant never falls into a skipped hour, so two offsets mean that the clock shows this hour twice."""
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return shown
    return (words.second_of_two if local.fold else words.first_of_two).format(moment=shown)


def _day(day: date, today: date, words: Tongue) -> str:
    mistakable = not today - _LONG_AGO <= day <= today + _FAR or (day < today and day.year != today.year)
    return (words.day_of_year if mistakable else words.day).format(
        weekday=words.days[day.weekday()], day=day.day, month=words.months[day.month - 1], year=day.year
    )
