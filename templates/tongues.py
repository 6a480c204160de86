"""The words of a language for times: names of days and months, and the phrases they stand in.

English so far.  Another language is one more `Tongue` in `TONGUES`; until then its texts show times in English.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Tongue:
    """Phrases with named places, as str.format takes them; only this room fills them in."""

    days: tuple[str, ...]
    months: tuple[str, ...]
    clock: Callable[[int, int], str]
    """Hours and minutes of a time that is neither noon nor midnight."""
    noon: str
    midnight: str
    all_day: str
    day: str
    day_of_year: str
    moment: str
    end_of_day: str
    on_moment: str
    at_end_of_day: str
    first_of_two: str
    second_of_two: str
    place: str
    no_place: str
    shift: str
    night_shift: str
    every_day: str
    day_range: str
    group: str
    also: str
    closed: str
    special: str
    conjunction: str


def _english_clock(hours: int, minutes: int) -> str:
    half = "am" if hours < 12 else "pm"
    return f"{hours % 12 or 12}:{minutes:02d} {half}" if minutes else f"{hours % 12 or 12} {half}"


_ENGLISH = Tongue(
    days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    clock=_english_clock,
    noon="noon",
    midnight="midnight",
    all_day="all day",
    day="{weekday} {day} {month}",
    day_of_year="{weekday} {day} {month} {year}",
    moment="{day}, {clock}",
    end_of_day="midnight at the end of {day}",
    on_moment="on {moment}",
    at_end_of_day="at {moment}",
    first_of_two="{moment}, before the clocks go back",
    second_of_two="{moment}, after the clocks go back",
    place="({place} time)",
    no_place="({place})",
    shift="{start} to {end}",
    night_shift="{start} to {end} the next day",
    every_day="Every day",
    day_range="{first} to {last}",
    group="{day}, {hours}",
    also="Also {hours}",
    closed="Closed {day}",
    special="{day}: open {hours}",
    conjunction=" and ",
)  # fmt: skip

TONGUES: Mapping[str, Tongue] = {"en": _ENGLISH}


def tongue(language: str) -> Tongue:
    """The words of a language (``en``, ``en-GB``), English where there are none yet."""
    return TONGUES.get(language) or TONGUES.get(language[:2], _ENGLISH)
