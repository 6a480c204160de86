"""Opening hours in words: "Monday to Friday, 9 am to 12:30 pm and 1:30 pm to 5:30 pm (London time)."

Promises: days with equal hours are said together; overlapping shifts count once; no sentence has more than 20 words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from templates.times import clock_in_words, day_in_words, zone_in_words
from templates.tongues import Tongue, tongue

Shifts = tuple[tuple[int, int], ...]
"""Minutes of the wall clock; ``end <= start`` runs over midnight, 1440 is 24:00."""

_DAY = 1440
_SENTENCE_WORDS = 16
"""Four short of the 20 that a sentence may have: the zone, "(Port of Spain time)", may follow."""


def week_in_words(week: Mapping[int, Shifts], language: str = "en", zone: str = "") -> tuple[str, ...]:
    """A line for each group of days that are alike; the first names the zone.  Empty for a team that never opens."""
    return _week_in_words(tuple(week.get(day, ()) for day in range(7)), language, zone)


@lru_cache(maxsize=256)  # a team's week is said in every acknowledgement and hardly ever changes
def _week_in_words(week: tuple[Shifts, ...], language: str, zone: str) -> tuple[str, ...]:
    words = tongue(language)
    groups: dict[Shifts, list[int]] = {}
    for day, wanted in enumerate(week):
        if shifts := _tidy(wanted):
            groups.setdefault(shifts, []).append(day)
    place = f" {zone_in_words(zone, language)}" if zone else ""
    lines: list[str] = []
    for shifts, days in groups.items():
        named = words.every_day if len(days) == 7 else _days(days, words)
        said = [_shift(*shift, language) for shift in shifts]
        lines.append(_sentences(words.group, named, said, words, "" if lines else place))
    return tuple(lines)


def closed_day_in_words(day: date, name: str, shifts: Shifts, today: date, language: str = "en") -> str:
    """About a day with hours of its own: ``Closed Friday 25 December (Christmas Day).``"""
    words = tongue(language)
    title = day_in_words(day, today, language) + (f" ({name})" if name else "")
    open_again = [_shift(*shift, language) for shift in _tidy(shifts)]
    return _sentences(words.special, title, open_again, words) if open_again else f"{words.closed.format(day=title)}."


def _listed(items: Sequence[str], words: Tongue) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words.conjunction.join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _tidy(shifts: Shifts) -> Shifts:
    """Sorted, overlaps and touching ends joined: they count once."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted((start, end if end > start else end + _DAY) for start, end in shifts):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def _shift(start: int, end: int, language: str) -> str:
    words = tongue(language)
    if (start, end) == (0, _DAY):
        return words.all_day
    phrase = words.night_shift if end > _DAY else words.shift
    return phrase.format(start=clock_in_words(start, language), end=clock_in_words(end, language))


def _sentences(first: str, days: str, shifts: Sequence[str], words: Tongue, place: str = "") -> str:
    """Two shifts to a sentence at most, fewer where it would get long; the others follow in sentences of their own."""
    sentences: list[str] = []
    waiting: list[str] = []
    for shift in [*shifts, ""]:
        phrase = words.also if sentences else first
        longer = phrase.format(day=days, hours=_listed([*waiting, shift], words))
        if waiting and (not shift or len(waiting) == 2 or len(longer.split()) > _SENTENCE_WORDS):
            sentences.append(phrase.format(day=days, hours=_listed(waiting, words)))
            waiting = []
        waiting.append(shift)
    sentences[0] += place
    return " ".join(f"{sentence}." for sentence in sentences)


def _days(days: Sequence[int], words: Tongue) -> str:
    """Runs of three and more by their ends, others one by one."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    named: list[str] = []
    for run in runs:
        if len(run) > 2:
            named.append(words.day_range.format(first=words.days[run[0]], last=words.days[run[-1]]))
        else:
            named += [words.days[day] for day in run]
    return _listed(named, words)
