"""Moments and opening hours in words: what people read must be the time that was meant, and no other."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.openings import closed_day_in_words, week_in_words
from templates.times import (
    clock_in_words,
    day_in_words,
    in_words,
    on_words,
    rounded_up,
    to_the_minute,
    zone_in_words,
)

LONDON = "Europe/London"
NOW = datetime(2026, 11, 23, 10, 12, tzinfo=UTC)

ZONES = [LONDON, "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "UTC",
         "America/Havana", "Pacific/Chatham", "America/St_Johns"]  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "zone", "words"),
    [
        ("2026-11-24T14:00+00:00", LONDON, "Tuesday 24 November, 2 pm"),
        ("2026-11-24T16:30+00:00", LONDON, "Tuesday 24 November, 4:30 pm"),
        ("2026-11-24T09:05+00:00", LONDON, "Tuesday 24 November, 9:05 am"),
        ("2026-11-24T12:00+00:00", LONDON, "Tuesday 24 November, noon"),
        ("2026-11-24T12:30+00:00", LONDON, "Tuesday 24 November, 12:30 pm"),
        ("2026-11-24T00:30+00:00", LONDON, "Tuesday 24 November, 12:30 am"),
        ("2026-11-28T00:00+00:00", LONDON, "midnight at the end of Friday 27 November"),
        ("2027-01-01T00:00+00:00", LONDON, "midnight at the end of Thursday 31 December"),
        ("2027-07-01T13:00+00:00", LONDON, "Thursday 1 July, 2 pm"),  # summer time
        ("2026-11-24T14:00+00:00", "Asia/Kathmandu", "Tuesday 24 November, 7:45 pm"),
        ("2026-11-24T20:00+00:00", "Pacific/Auckland", "Wednesday 25 November, 9 am"),
        # seconds are rounded up, also over the border of a day
        ("2026-11-24T13:59:01+00:00", LONDON, "Tuesday 24 November, 2 pm"),
        ("2026-11-24T23:59:30+00:00", LONDON, "midnight at the end of Tuesday 24 November"),
        # the year where somebody might take another one
        ("2027-01-04T09:00+00:00", LONDON, "Monday 4 January, 9 am"),
        ("2027-11-24T14:00+00:00", LONDON, "Wednesday 24 November 2027, 2 pm"),
        ("2025-12-24T14:00+00:00", LONDON, "Wednesday 24 December 2025, 2 pm"),
        ("2026-11-20T14:00+00:00", LONDON, "Friday 20 November, 2 pm"),
        ("2026-02-20T14:00+00:00", LONDON, "Friday 20 February 2026, 2 pm"),
        # the hour that the clock shows twice
        ("2026-10-25T00:30+00:00", LONDON, "Sunday 25 October, 1:30 am, before the clocks go back"),
        ("2026-10-25T01:30+00:00", LONDON, "Sunday 25 October, 1:30 am, after the clocks go back"),
        ("2026-10-25T02:30+00:00", LONDON, "Sunday 25 October, 2:30 am"),
        ("2026-11-01T05:00+00:00", "America/Havana",
         "midnight at the end of Saturday 31 October, after the clocks go back"),
    ],
)  # fmt: skip
def test_a_moment_is_said_with_weekday_date_and_clock(moment: str, zone: str, words: str) -> None:
    assert in_words(datetime.fromisoformat(moment), zone, NOW) == words


def test_a_moment_has_the_right_preposition() -> None:
    assert on_words(datetime(2026, 11, 24, 14, tzinfo=UTC), LONDON, NOW) == "on Tuesday 24 November, 2 pm"
    midnight = datetime(2026, 11, 28, tzinfo=UTC)
    assert on_words(midnight, LONDON, NOW) == "at midnight at the end of Friday 27 November"


def test_a_moment_given_in_another_zone_is_the_same_moment() -> None:
    moment = datetime(2026, 11, 24, 15, tzinfo=ZoneInfo("Europe/Rome"))
    assert in_words(moment, LONDON, NOW) == "Tuesday 24 November, 2 pm"


def test_a_language_without_words_of_its_own_shows_english() -> None:
    assert in_words(datetime(2026, 11, 24, 14, tzinfo=UTC), LONDON, NOW, "tlh") == "Tuesday 24 November, 2 pm"
    assert in_words(datetime(2026, 11, 24, 14, tzinfo=UTC), LONDON, NOW, "en-GB") == "Tuesday 24 November, 2 pm"


MOMENTS = st.integers(1_577_836_800, 2_051_222_400).map(lambda at: datetime.fromtimestamp(at, UTC))
SHOWN = re.compile(
    r"(?:midnight at the end of )?(?P<weekday>\w+day) (?P<day>\d{1,2}) (?P<month>\w+)(?: (?P<year>\d{4}))?"
    r"(?:, (?P<clock>noon|\d{1,2}(?::\d\d)? [ap]m))?(?P<again>, (?:before|after) the clocks go back)?"
)


@given(MOMENTS, MOMENTS, st.sampled_from(ZONES))
def test_whoever_reads_the_words_finds_the_moment_again(moment: datetime, now: datetime, zone: str) -> None:
    words = in_words(moment, zone, now)
    found = SHOWN.fullmatch(words)
    assert found, words
    place = ZoneInfo(zone)
    today = now.astimezone(place).date()
    years = [int(found["year"])] if found["year"] else [today.year - 1, today.year, today.year + 1]
    dates = [datetime.strptime(f"{found['day']} {found['month']} {year}", "%d %B %Y").date()  # noqa: DTZ007
             for year in years if not (found["day"] == "29" and found["month"] == "February" and year % 4)]  # fmt: skip
    # without a year, a reader takes the date that is near: coming, or not long ago
    [day] = [day for day in dates if found["year"] or timedelta(days=-61) <= day - today <= timedelta(days=300)]
    assert day.strftime("%A") == found["weekday"]
    clock = found["clock"]
    if words.startswith("midnight"):
        wall = datetime(day.year, day.month, day.day) + timedelta(days=1)  # noqa: DTZ001
    elif clock == "noon":
        wall = datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001
    else:
        hour, minute = f"{clock.split()[0]}:0".split(":")[:2]
        hours = int(hour) % 12 + (12 if clock.endswith("pm") else 0)
        wall = datetime(day.year, day.month, day.day, hours, int(minute))  # noqa: DTZ001
    again = (found["again"] or "").startswith(", after")
    read = wall.replace(tzinfo=place, fold=int(again)).astimezone(UTC)
    assert timedelta() <= read - moment < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("minute", "words"),
    [(0, "midnight"), (1440, "midnight"), (720, "noon"), (540, "9 am"), (750, "12:30 pm"), (5, "12:05 am"),
     (1439, "11:59 pm"), (780, "1 pm")],
)  # fmt: skip
def test_a_clock_time_is_said_as_people_say_it(minute: int, words: str) -> None:
    assert clock_in_words(minute) == words


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        (LONDON, "(London time)"),
        ("America/Argentina/Buenos_Aires", "(Buenos Aires time)"),
        ("America/Port_of_Spain", "(Port of Spain time)"),
        ("UTC", "(UTC)"),
        ("Etc/UTC", "(UTC)"),
        ("GMT", "(UTC)"),
        ("Etc/GMT+5", "(UTC-5)"),
        ("Etc/GMT-14", "(UTC+14)"),
        ("Etc/GMT0", "(UTC)"),
    ],
)
def test_a_zone_is_named_by_its_place(zone: str, words: str) -> None:
    assert zone_in_words(zone) == words


def test_every_zone_of_the_tz_database_has_a_place() -> None:
    from zoneinfo import available_timezones

    for zone in available_timezones():
        assert re.fullmatch(r"\([A-Za-z0-9 +-]+\)", zone_in_words(zone)), zone


def test_a_declared_time_is_shown_exactly_and_never_too_early() -> None:
    exact = datetime(2026, 11, 24, 14, 7, tzinfo=UTC)
    assert to_the_minute(exact) == exact
    assert to_the_minute(exact + timedelta(microseconds=1)) == exact + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("ahead", "zone", "shown"),
    [
        (timedelta(hours=1, minutes=1), LONDON, "11:15"),
        (timedelta(hours=1, minutes=3), LONDON, "11:15"),
        (timedelta(hours=5), LONDON, "15:30"),
        (timedelta(hours=13), LONDON, "00:00"),
        (timedelta(hours=13), "Asia/Kolkata", "23:30"),  # whole hours of that clock
        (timedelta(hours=4), LONDON, "14:30"),
    ],
)
def test_a_measured_time_is_rounded_up_to_what_anybody_can_know(ahead: timedelta, zone: str, shown: str) -> None:
    assert rounded_up(NOW + ahead, NOW, zone).strftime("%H:%M") == shown


def test_a_measured_time_beyond_three_days_is_the_close_of_business() -> None:
    due, closing = NOW + timedelta(days=4), NOW.replace(hour=17, minute=30) + timedelta(days=4)
    assert rounded_up(due, NOW, LONDON, closing) == closing
    assert rounded_up(due, NOW, LONDON, due - timedelta(hours=1)) > due, "a closing before the due time does not count"


@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=10)), st.sampled_from(ZONES))
def test_rounding_never_shows_an_earlier_time(now: datetime, ahead: timedelta, zone: str) -> None:
    due = now + ahead
    assert timedelta() <= rounded_up(due, now, zone) - due < timedelta(hours=1, minutes=1)
    assert timedelta() <= to_the_minute(due) - due < timedelta(minutes=1)


MORNING, SPLIT = (540, 720), ((540, 750), (810, 1050))


@pytest.mark.parametrize(
    ("week", "lines"),
    [
        (dict.fromkeys(range(5), SPLIT),
         ["Monday to Friday, 9 am to 12:30 pm and 1:30 pm to 5:30 pm (London time)."]),
        (dict.fromkeys(range(7), ((480, 1200),)), ["Every day, 8 am to 8 pm (London time)."]),
        (dict.fromkeys(range(7), ((0, 1440),)), ["Every day, all day (London time)."]),
        ({0: (MORNING,), 2: (MORNING,), 4: (MORNING,)},
         ["Monday, Wednesday and Friday, 9 am to noon (London time)."]),
        ({0: (MORNING,), 1: (MORNING,), 2: ((780, 1020),), 3: (MORNING,)},
         ["Monday, Tuesday and Thursday, 9 am to noon (London time).", "Wednesday, 1 pm to 5 pm."]),
        ({0: (MORNING,), 1: (MORNING,), 2: (MORNING,), 4: (MORNING,), 5: ((600, 720),)},
         ["Monday to Wednesday and Friday, 9 am to noon (London time).", "Saturday, 10 am to noon."]),
        ({4: ((1320, 360),)}, ["Friday, 10 pm to 6 am the next day (London time)."]),
        ({4: ((1080, 1440),)}, ["Friday, 6 pm to midnight (London time)."]),
        ({4: ((0, 480),)}, ["Friday, midnight to 8 am (London time)."]),
        ({1: ((720, 1020), (540, 800))}, ["Tuesday, 9 am to 5 pm (London time)."]),  # overlapping, unsorted
        ({1: ((540, 600), (660, 720), (780, 840))},
         ["Tuesday, 9 am to 10 am and 11 am to noon (London time). Also 1 pm to 2 pm."]),
        ({1: ()}, []),
        ({}, []),
    ],
)  # fmt: skip
def test_opening_hours_are_said_for_days_that_are_alike(
    week: dict[int, tuple[tuple[int, int], ...]], lines: list[str]
) -> None:
    assert list(week_in_words(week, "en", LONDON)) == lines


SHIFTS = st.lists(st.tuples(st.integers(0, 1439), st.integers(0, 1440)), max_size=4).map(tuple)


@given(st.dictionaries(st.integers(0, 6), SHIFTS), st.sampled_from([LONDON, "America/Port_of_Spain"]))
def test_no_sentence_about_hours_is_too_long_and_the_zone_is_named_once(
    week: dict[int, tuple[tuple[int, int], ...]], zone: str
) -> None:
    lines = week_in_words(week, "en", zone)
    assert bool(lines) == any(week.values())
    for line in lines:
        assert line.endswith(".")
        assert all(len(sentence.split()) <= 20 for sentence in line.split(". "))
    assert " ".join(lines).count(zone_in_words(zone)) == bool(lines)


def test_a_day_with_hours_of_its_own_is_said_with_its_holiday() -> None:
    day, today = date(2026, 12, 25), date(2026, 12, 20)
    assert closed_day_in_words(day, "Christmas Day", (), today) == "Closed Friday 25 December (Christmas Day)."
    assert closed_day_in_words(day, "", (), today) == "Closed Friday 25 December."
    assert closed_day_in_words(day, "", (MORNING,), today) == "Friday 25 December: open 9 am to noon."
    assert day_in_words(date(2028, 2, 29), today) == "Tuesday 29 February 2028"
    four = tuple((hour * 60, hour * 60 + 30) for hour in (8, 10, 12, 14))
    assert closed_day_in_words(day, "", four, today) == (
        "Friday 25 December: open 8 am to 8:30 am and 10 am to 10:30 am. Also noon to 12:30 pm and 2 pm to 2:30 pm."
    )
