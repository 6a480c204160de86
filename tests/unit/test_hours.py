"""Business time: the wall-clock rule, held against times worked out by hand and against a walk minute by minute."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from routing.hours import Hours, Shift, holiday_dates

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("DESKGATE_SHARED", ROOT.parent / "shared"))
VECTORS = SHARED / "business-time-vectors.json"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def minutes(clock: str) -> int:
    """``09:30`` as minutes of the day."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def shifts(text: str) -> tuple[Shift, ...]:
    """``09:00-12:00 13:00-17:00`` as shifts."""
    return tuple((minutes(start), minutes(end)) for start, end in (part.split("-") for part in text.split()))


def daily(text: str) -> dict[int, tuple[Shift, ...]]:
    """The same shifts on all seven days."""
    return dict.fromkeys(range(7), shifts(text))


def at(text: str) -> datetime:
    """An instant from ISO 8601 with an offset."""
    return datetime.fromisoformat(text)


OFFICE = {**dict.fromkeys(range(4), shifts("08:30-12:00 13:00-16:30")), 4: shifts("08:30-12:00")}
PARIS = Hours(
    "Europe/Paris", OFFICE, {date(2027, 1, 1): (), date(2027, 5, 6): (), date(2027, 5, 7): shifts("10:00-11:00")}
)
ALWAYS = Hours("America/Chicago", daily("00:00-24:00"))
NIGHTS = Hours("America/Chicago", daily("21:00-05:00"), {date(2027, 6, 10): ()})


def chicago(text: str) -> Hours:
    """The same hours every day in Chicago, whose clocks jump at 2 am on 14 March and go back on 7 November 2027."""
    return Hours("America/Chicago", daily(text))


BY_HAND = {
    "inside an opening": (PARIS, "2027-03-01T09:00+01:00", 60, "2027-03-01T10:00+01:00"),
    "over lunch": (PARIS, "2027-03-01T11:30+01:00", 60, "2027-03-01T13:30+01:00"),
    "used up exactly when lunch begins": (PARIS, "2027-03-01T11:00+01:00", 60, "2027-03-01T12:00+01:00"),
    "opened exactly at closing is closed": (PARIS, "2027-03-01T12:00+01:00", 60, "2027-03-01T14:00+01:00"),
    "nothing to wait for, opened at opening": (PARIS, "2027-03-01T13:00+01:00", 0, "2027-03-01T13:00+01:00"),
    "nothing to wait for, in the break": (PARIS, "2027-03-01T12:20+01:00", 0, "2027-03-01T13:00+01:00"),
    "over night": (PARIS, "2027-03-04T16:00+01:00", 60, "2027-03-05T09:00+01:00"),
    "over a weekend that begins on Friday noon": (PARIS, "2027-03-05T11:00+01:00", 120, "2027-03-08T09:30+01:00"),
    "over a weekend in which clocks change": (PARIS, "2027-03-26T11:30+01:00", 60, "2027-03-29T09:00+02:00"),
    "over a holiday and a short day": (PARIS, "2027-05-05T16:00+02:00", 120, "2027-05-10T09:00+02:00"),
    "opened on a holiday": (PARIS, "2027-05-06T10:00+02:00", 0, "2027-05-07T10:00+02:00"),
    "seconds are kept": (PARIS, "2027-03-01T16:29:30+01:00", 1, "2027-03-02T08:30:30+01:00"),
    "a whole week": (PARIS, "2027-03-01T08:30+01:00", 1890, "2027-03-05T12:00+01:00"),
    "a whole week and a minute": (PARIS, "2027-03-01T08:30+01:00", 1891, "2027-03-08T08:31+01:00"),
    "over New Year": (PARIS, "2026-12-31T16:00+01:00", 60, "2027-01-04T09:00+01:00"),
    "to a leap day": (PARIS, "2028-02-28T16:00+01:00", 60, "2028-02-29T09:00+01:00"),
    "opened as told by another zone": (PARIS, "2027-03-01T03:00-05:00", 30, "2027-03-01T09:30+01:00"),
    "day and night over a lost hour": (ALWAYS, "2027-03-13T12:00-06:00", 1440, "2027-03-14T13:00-05:00"),
    "day and night over a gained hour": (ALWAYS, "2027-11-06T12:00-05:00", 1440, "2027-11-07T11:00-06:00"),
    "day and night over New Year (UTC)": (ALWAYS, "2027-12-31T12:00-06:00", 1440, "2028-01-01T12:00-06:00"),
    "a night of seven hours": (NIGHTS, "2027-03-13T21:00-06:00", 420, "2027-03-14T05:00-05:00"),
    "a night of seven hours and a minute": (NIGHTS, "2027-03-13T21:00-06:00", 421, "2027-03-14T21:01-05:00"),
    "a night of nine hours": (NIGHTS, "2027-11-06T21:00-05:00", 540, "2027-11-07T05:00-06:00"),
    "last night's shift runs into a closed day": (NIGHTS, "2027-06-10T03:00-05:00", 180, "2027-06-11T22:00-05:00"),
    "a shift inside the lost hour": (chicago("02:10-02:50"), "2027-03-13T12:00-06:00", 10, "2027-03-15T02:20-05:00"),
    "a shift from the lost hour on": (chicago("02:30-04:00"), "2027-03-14T00:00-06:00", 30, "2027-03-14T03:30-05:00"),
    "a shift up to the lost hour": (chicago("00:30-02:30"), "2027-03-14T00:00-06:00", 90, "2027-03-14T03:00-05:00"),
    "the lost hour is not made up": (chicago("00:30-02:30"), "2027-03-14T00:00-06:00", 91, "2027-03-15T00:31-05:00"),
    "a shift that is shown twice": (chicago("01:15-01:45"), "2027-11-07T00:00-05:00", 45, "2027-11-07T01:30-06:00"),
    "half an hour is lost on Lord Howe": (
        Hours("Australia/Lord_Howe", daily("01:45-03:00")),
        "2027-10-03T00:00+10:30",
        30,
        "2027-10-03T02:45+11:00",
    ),
    "midnight is skipped in Havana": (
        Hours("America/Havana", daily("00:00-02:00")),
        "2027-03-13T12:00-05:00",
        60,
        "2027-03-14T02:00-04:00",
    ),
    "midnight comes twice in Havana": (
        Hours("America/Havana", daily("00:00-02:00")),
        "2027-11-06T12:00-04:00",
        170,
        "2027-11-07T01:50-05:00",
    ),
    "a night shift over a skipped midnight in Cairo": (
        Hours("Africa/Cairo", daily("22:00-02:00")),
        "2027-04-29T22:00+02:00",
        180,
        "2027-04-30T02:00+03:00",
    ),
    "a zone of quarter hours": (
        Hours("Asia/Kathmandu", {6: shifts("10:00-16:00")}),
        "2027-03-06T08:00+00:00",
        90,
        "2027-03-07T11:30+05:45",
    ),
    "clocks go back at a quarter to in Chatham": (
        Hours("Pacific/Chatham", daily("03:00-04:00")),
        "2027-04-04T00:00+13:45",
        60,
        "2027-04-04T03:15+12:45",
    ),
    "a date that never was in Apia": (
        Hours("Pacific/Apia", daily("08:00-09:00")),
        "2011-12-29T08:30-10:00",
        60,
        "2011-12-31T08:30+14:00",
    ),
    "shifts that overlap count once": (
        Hours("Europe/Paris", {0: shifts("11:00-15:00 09:00-12:00")}),
        "2027-03-01T09:00+01:00",
        360,
        "2027-03-01T15:00+01:00",
    ),
    "shifts that meet at midnight": (
        Hours("Europe/Paris", {0: shifts("22:00-24:00"), 1: shifts("00:00-01:00")}),
        "2027-03-01T23:30+01:00",
        60,
        "2027-03-02T00:30+01:00",
    ),
    "the same start and end is a whole day": (
        Hours("Europe/Paris", {4: shifts("09:00-09:00")}),
        "2027-03-05T08:00+01:00",
        1440,
        "2027-03-06T09:00+01:00",
    ),
    "open on one day, 399 days away": (
        Hours("Europe/Paris", {}, {date(2028, 4, 3): shifts("09:00-10:00")}),
        "2027-03-01T09:00+01:00",
        30,
        "2028-04-03T09:30+02:00",
    ),
    "open on one day, 401 days away": (
        Hours("Europe/Paris", {}, {date(2028, 4, 5): shifts("09:00-10:00")}),
        "2027-03-01T09:00+01:00",
        30,
        None,
    ),
    "never open": (Hours("Europe/Paris", {}), "2027-03-01T09:00+01:00", 0, None),
    "not open for long enough": (
        Hours("Europe/Paris", {}, {date(2027, 3, 2): shifts("09:00-10:00")}),
        "2027-03-01T09:00+01:00",
        61,
        None,
    ),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_a_deadline_is_what_was_worked_out_by_hand(case: str) -> None:
    hours, opened, turnaround, expected = BY_HAND[case]
    assert hours.due(at(opened), turnaround * 60) == (at(expected) if expected else None)


@pytest.mark.skipif(not VECTORS.exists(), reason=f"no {VECTORS}")
def test_every_shared_vector_is_exact_to_the_second() -> None:
    wrong = {}
    for vector in json.loads(VECTORS.read_text("utf-8"))["vectors"]:
        team = vector["team"]
        week = {WEEKDAYS.index(day): _pairs(pairs) for day, pairs in team["week"].items()}
        exceptions = {date.fromisoformat(day): _pairs(pairs) for day, pairs in team["exceptions"].items()}
        found = Hours(team["zone"], week, exceptions).due(at(vector["opened"]), vector["turnaround_minutes"] * 60)
        if found != (at(vector["due"]) if vector["due"] else None):
            wrong[vector["id"]] = found
    assert not wrong


def _pairs(pairs: list[list[str]]) -> tuple[Shift, ...]:
    return tuple((minutes(start), minutes(end)) for start, end in pairs)


# Zones and stretches of time in which something unusual happens to the clock.
ODD = (
    ("Europe/London", "2027-03-26T00:00+00:00"),
    ("Europe/Dublin", "2027-10-29T00:00+00:00"),
    ("America/New_York", "2027-03-12T00:00+00:00"),
    ("Australia/Lord_Howe", "2027-04-02T00:00+00:00"),
    ("Australia/Lord_Howe", "2027-10-01T00:00+00:00"),
    ("America/Havana", "2027-03-12T00:00+00:00"),
    ("America/Havana", "2027-11-05T00:00+00:00"),
    ("Africa/Cairo", "2027-10-27T00:00+00:00"),
    ("Asia/Beirut", "2027-03-26T00:00+00:00"),
    ("Africa/Casablanca", "2027-02-06T00:00+00:00"),
    ("Pacific/Chatham", "2027-09-24T00:00+00:00"),
    ("Pacific/Apia", "2011-12-28T00:00+00:00"),
    ("Pacific/Kwajalein", "1993-08-19T00:00+00:00"),
    ("Asia/Pyongyang", "2018-05-03T00:00+00:00"),
    ("America/Caracas", "2016-04-30T00:00+00:00"),
    ("Antarctica/Troll", "2027-03-26T00:00+00:00"),
    ("Europe/Paris", "2026-12-30T00:00+00:00"),
)
DAYS_WALKED = 4

clock_minutes = st.integers(0, 95).map(lambda quarter: quarter * 15)
some_shifts = st.lists(st.tuples(clock_minutes, clock_minutes.map(lambda end: end or 1440)), max_size=3).map(tuple)
some_weeks = st.dictionaries(st.integers(0, 6), some_shifts)


@st.composite
def odd_hours(draw: st.DrawFn) -> tuple[Hours, datetime]:
    """Random hours in a zone with an odd change of the clock, and the day before it happens."""
    zone, start = draw(st.sampled_from(ODD))
    near = at(start).date()
    exceptions = draw(st.dictionaries(st.integers(-1, 5).map(lambda day: near + timedelta(days=day)), some_shifts))
    return Hours(zone, draw(some_weeks), exceptions), at(start)


def clock_reads_open(hours: Hours, instant: datetime) -> bool:
    """The rule itself: look at the clock on the wall, then at the shifts of today and of last night."""
    wall = instant.astimezone(ZoneInfo(hours.zone))
    now = wall.hour * 60 + wall.minute
    today: Mapping[date, tuple[Shift, ...]] = hours.exceptions
    return any(
        (start <= now < end) if end > start else now >= start
        for start, end in today.get(wall.date(), hours.week.get(wall.weekday(), ()))
    ) or any(
        end <= start and now < end
        for start, end in today.get(
            wall.date() - timedelta(days=1), hours.week.get((wall.date() - timedelta(days=1)).weekday(), ())
        )
    )


@settings(max_examples=60, deadline=None)
@given(odd_hours())
@example((Hours("Pacific/Apia", daily("22:00-06:00")), at("2011-12-28T00:00+00:00")))
@example((Hours("America/Havana", daily("23:00-01:00")), at("2027-11-05T00:00+00:00")))
def test_open_time_is_what_a_walk_minute_by_minute_finds(case: tuple[Hours, datetime]) -> None:
    hours, start = case
    walked = 0
    for minute in range(DAYS_WALKED * 1440):
        instant = start + timedelta(minutes=minute)
        is_open = clock_reads_open(hours, instant)
        assert hours.is_open(instant) is is_open, instant
        walked += is_open
        if is_open and walked % 97 == 1:
            assert hours.due(start, walked * 60) == instant + timedelta(minutes=1)
    assert hours.open_seconds(start, start + timedelta(days=DAYS_WALKED)) == walked * 60


seconds_later = st.integers(0, 5 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


@settings(max_examples=150, deadline=None)
@given(odd_hours(), seconds_later, st.integers(1, 200_000))
def test_open_time_up_to_a_deadline_is_the_turnaround(
    case: tuple[Hours, datetime], later: timedelta, turnaround: int
) -> None:
    hours, start = case
    due = hours.due(start + later, turnaround)
    if due is not None:
        assert hours.open_seconds(start + later, due) == turnaround
        assert hours.open_seconds(start + later, due - timedelta(seconds=1)) == turnaround - 1


@settings(max_examples=150, deadline=None)
@given(odd_hours(), seconds_later, seconds_later, st.integers(0, 100_000), st.integers(1, 10_000))
def test_who_comes_later_or_waits_longer_is_never_due_earlier(
    case: tuple[Hours, datetime], one: timedelta, other: timedelta, turnaround: int, more: int
) -> None:
    hours, start = case
    first, second = sorted((start + one, start + other))
    due = hours.due(first, turnaround)
    for later in (hours.due(second, turnaround), hours.due(first, turnaround + more)):
        assert later is None or (due is not None and due <= later)


@settings(max_examples=100, deadline=None)
@given(odd_hours(), seconds_later)
def test_a_team_opens_at_its_next_opening_and_is_shut_at_its_closing(
    case: tuple[Hours, datetime], later: timedelta
) -> None:
    hours, start = case
    opening, closing = hours.next_opening(start + later), hours.closing_after(start + later)
    if opening is not None and closing is not None:
        assert start + later <= opening < closing
        assert hours.is_open(opening)
        assert not hours.is_open(closing)
        assert hours.open_seconds(start + later, closing) == (closing - opening).total_seconds()


def test_an_opening_over_new_year_is_one_opening() -> None:
    closing = NIGHTS.closing_after(at("2027-12-31T17:30-06:00"))
    assert closing == at("2028-01-01T05:00-06:00")


def test_a_team_that_is_always_open_never_closes() -> None:
    assert ALWAYS.closing_after(at("2027-03-01T09:00+01:00")) is None


def test_a_day_gives_what_really_happens_of_its_shifts() -> None:
    twice = chicago("01:15-01:45").openings_on(date(2027, 11, 7))
    assert twice == (
        (at("2027-11-07T01:15-05:00"), at("2027-11-07T01:45-05:00")),
        (at("2027-11-07T01:15-06:00"), at("2027-11-07T01:45-06:00")),
    )
    assert chicago("02:10-02:50").openings_on(date(2027, 3, 14)) == ()
    assert NIGHTS.openings_on(date(2027, 6, 9)) == ((at("2027-06-09T21:00-05:00"), at("2027-06-10T05:00-05:00")),)
    assert NIGHTS.openings_on(date(2027, 6, 10)) == ()


def test_open_time_backwards_is_none() -> None:
    assert PARIS.open_seconds(at("2027-03-01T10:00+01:00"), at("2027-03-01T09:00+01:00")) == 0


def test_open_time_is_counted_over_many_years_without_keeping_them_all() -> None:
    hours = Hours("Europe/Paris", {0: shifts("09:00-10:00")})
    mondays = 2609  # in fifty years from Monday 3 January 2000 on
    end = at("2000-01-03T00:00+01:00") + timedelta(weeks=mondays)
    assert hours.open_seconds(at("2000-01-03T00:00+01:00"), end) == mondays * 3600
    assert len(hours._years) <= 12


def test_times_at_the_end_of_the_calendar_are_closed_not_an_error() -> None:
    assert PARIS.due(datetime.max.replace(tzinfo=UTC), 60) is None
    assert not PARIS.is_open(datetime.min.replace(tzinfo=UTC))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        PARIS.due(datetime(2027, 3, 1, 9), 60)  # noqa: DTZ001 - that is the point


def test_hours_are_equal_by_value_whatever_was_asked_of_them() -> None:
    one, other = (
        Hours("Europe/Paris", {4: shifts("08:30-12:00"), 0: shifts("13:00-16:30 08:30-12:00"), 6: ()}),
        Hours("Europe/Paris", {0: shifts("08:30-12:00 13:00-16:30"), 4: shifts("08:30-12:00")}),
    )
    one.due(at("2027-03-01T09:00+01:00"), 3600)
    assert one == other
    assert hash(one) == hash(other)


def test_hours_survive_pickling_and_then_count_the_same() -> None:
    opened = at("2027-05-05T16:00+02:00")
    before = PARIS.due(opened, 7200)
    copy = pickle.loads(pickle.dumps(PARIS))
    assert copy == PARIS
    assert copy.due(opened, 7200) == before


@pytest.mark.parametrize(
    ("zone", "week", "message"),
    [
        ("Europe/Pariss", {}, "no time zone called 'Europe/Pariss'"),
        ("../etc/passwd", {}, "no time zone called"),
        ("Europe/Paris", {7: shifts("09:00-10:00")}, "weekdays run from 0"),
        ("Europe/Paris", {0: ((1440, 1440),)}, "a shift starts at 0 to 1439"),
        ("Europe/Paris", {0: ((540, 1441),)}, "ends at 0 to 1440"),
    ],
)
def test_impossible_hours_are_refused(zone: str, week: dict[int, tuple[Shift, ...]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Hours(zone, week)


def test_holidays_of_a_part_of_a_country_have_dates_and_names() -> None:
    england, scotland = holiday_dates("GB-ENG", [2026]), holiday_dates("gb-sct", [2026])
    assert england[date(2026, 12, 25)] == "Christmas Day"
    assert date(2026, 4, 6) in england  # Easter Monday
    assert date(2026, 4, 6) not in scotland
    assert {day.year for day in england} == {2026}


@pytest.mark.parametrize(
    ("code", "hint"),
    [("GB-ENGL", "'GB-ENG'"), ("DEU2", "'DE'"), ("England", "written like"), ("", "written like")],
)
def test_a_wrong_holiday_code_is_answered_with_what_could_be_meant(code: str, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        holiday_dates(code, [2026])


def test_the_holiday_library_is_loaded_only_when_asked_for() -> None:
    code = "import sys, routing.hours; sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
