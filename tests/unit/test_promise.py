"""Declared turnarounds: reading them, when they fall due, and the way to it in words."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.hours import Hours
from routing.promise import Duration, due, first_instant

NINE, HALF_PAST_TWELVE, HALF_PAST_ONE, HALF_PAST_FIVE = 540, 750, 810, 1050
LONDON = Hours(
    "Europe/London",
    dict.fromkeys(range(5), ((NINE, HALF_PAST_TWELVE), (HALF_PAST_ONE, HALF_PAST_FIVE))),
    {date(2026, 12, 24): ((NINE, 720),), date(2026, 12, 25): (), date(2026, 12, 28): ()},
    {date(2026, 12, 25): "Christmas Day", date(2026, 12, 28): "Boxing Day"},
)
NIGHTS = Hours("America/New_York", dict.fromkeys(range(5), ((1320, 360),)))
ALWAYS = Hours("Europe/London", dict.fromkeys(range(7), ((0, 1440),)))


def at(text: str) -> datetime:
    """An instant from ISO 8601 with an offset."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("8h", Duration(open_minutes=480)),
        ("30m", Duration(open_minutes=30)),
        ("90m", Duration(open_minutes=90)),
        ("1h30m", Duration(open_minutes=90)),
        ("0m", Duration()),
        ("0h", Duration()),
        ("3d", Duration(days=3)),
        (" 1H 30M ", Duration(open_minutes=90)),
    ],
)
def test_a_turnaround_is_read(text: str, duration: Duration) -> None:
    assert Duration.parse(text) == duration


@pytest.mark.parametrize("text", ["8h", "30m", "90m", "1h30m", "3d", "0m"])
def test_a_turnaround_gives_back_what_was_written(text: str) -> None:
    assert str(Duration.parse(text)) == text


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (Duration(open_minutes=90), "1h30m"),
        (Duration(open_minutes=480), "8h"),
        (Duration(), "0m"),
        (Duration(days=3), "3d"),
    ],
)
def test_a_turnaround_that_was_never_written_has_a_shortest_form(duration: Duration, text: str) -> None:
    assert str(duration) == text
    assert Duration.parse(text) == duration


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1d4h", "mixes working days with opening time"),
        ("4h1d", "mixes working days with opening time"),
        ("90", "has no unit"),
        ("1.5h", "not in whole numbers"),
        ("2w", "a week of five working days is 5d"),
        ("", "is no turnaround"),
        ("-3h", "is no turnaround"),
        ("h", "is no turnaround"),
        ("30m1h", "is no turnaround"),
        ("٣h", "is no turnaround"),
        ("9" * 5000 + "h", "is no turnaround"),
    ],
)
def test_a_turnaround_that_cannot_be_read_is_answered_with_how_to_write_it(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        Duration.parse(text)
    assert "8h, 30m or 1h30m" in str(caught.value)
    assert "3d" in str(caught.value)


DEADLINES = {
    "hours run while the team is open": (LONDON, "2026-11-20T16:30+00:00", "8h", "2026-11-23T17:00+00:00"),
    "no time at all is due at once": (LONDON, "2026-11-20T16:30+00:00", "0m", "2026-11-20T16:30+00:00"),
    "no days at all is due at once": (LONDON, "2026-11-20T16:30+00:00", "0d", "2026-11-20T16:30+00:00"),
    "a day keeps the time of day": (LONDON, "2026-11-17T10:15+00:00", "1d", "2026-11-18T10:15+00:00"),
    "seconds are kept": (LONDON, "2026-11-17T10:15:20+00:00", "1d", "2026-11-18T10:15:20+00:00"),
    "days skip the weekend": (LONDON, "2026-11-20T16:30+00:00", "3d", "2026-11-25T16:30+00:00"),
    "before opening, days count from opening": (LONDON, "2026-11-17T06:00+00:00", "1d", "2026-11-18T09:00+00:00"),
    "in a break, from the next opening": (LONDON, "2026-11-17T13:00+00:00", "1d", "2026-11-18T13:30+00:00"),
    "after closing, from the next morning": (LONDON, "2026-11-17T20:00+00:00", "1d", "2026-11-19T09:00+00:00"),
    "at the weekend, from Monday": (LONDON, "2026-11-21T10:00+00:00", "3d", "2026-11-26T09:00+00:00"),
    "a short day ends the day": (LONDON, "2026-12-23T16:30+00:00", "1d", "2026-12-24T12:00+00:00"),
    "a short day in between changes nothing": (LONDON, "2026-12-23T16:30+00:00", "2d", "2026-12-29T16:30+00:00"),
    "holidays are no working days": (LONDON, "2026-12-24T10:00+00:00", "1d", "2026-12-29T10:00+00:00"),
    "the wall clock counts, not 24 hours": (LONDON, "2026-10-23T10:00+01:00", "1d", "2026-10-26T10:00+00:00"),
    "day and night, a day is a day": (ALWAYS, "2026-10-24T23:00+01:00", "1d", "2026-10-25T23:00+00:00"),
    "a time that comes twice counts when first shown": (
        ALWAYS,
        "2026-10-24T01:30+01:00",
        "1d",
        "2026-10-25T01:30+01:00",
    ),
    "a time that is skipped counts when the clock jumps": (
        ALWAYS,
        "2027-03-27T01:30+00:00",
        "1d",
        "2027-03-28T01:00+00:00",
    ),
    "a night shift belongs to the day it began": (
        NIGHTS,
        "2026-06-02T02:00-04:00",
        "3d",
        "2026-06-05T02:00-04:00",
    ),
    "Friday's night shift reaches into Saturday": (
        NIGHTS,
        "2026-06-06T02:00-04:00",
        "3d",
        "2026-06-11T02:00-04:00",
    ),
}


@pytest.mark.parametrize("case", DEADLINES)
def test_a_promise_falls_due(case: str) -> None:
    hours, opened, turnaround, expected = DEADLINES[case]
    found = due(hours, at(opened), Duration.parse(turnaround))
    assert found.at == at(expected)


def test_a_day_with_one_opening_less_is_still_a_working_day_unless_its_only_shift_falls_into_a_lost_hour() -> None:
    hours = Hours("America/New_York", {5: ((600, 660),), 6: ((130, 170),), 0: ((600, 660),)})
    # Sunday 14 March 2027 has only a shift from 2:10 to 2:50 am, when clocks jump from 2 to 3.
    assert due(hours, at("2027-03-13T10:30-05:00"), Duration(days=1)).at == at("2027-03-15T10:30-04:00")


@pytest.mark.parametrize("turnaround", ["0m", "8h", "3d"])
def test_a_team_that_never_opens_has_no_deadline_and_the_operator_is_told(turnaround: str) -> None:
    found = due(Hours("Europe/London", {}), at("2026-11-20T16:30+00:00"), Duration.parse(turnaround))
    assert found.at is None
    assert "the opening hours have to be corrected" in found.explanation[-1]


@pytest.mark.parametrize("turnaround", ["99999h", "99999d"])
def test_a_deadline_beyond_400_days_is_none_and_its_explanation_stays_short(turnaround: str) -> None:
    found = due(LONDON, at("2026-11-20T16:30+00:00"), Duration.parse(turnaround))
    assert found.at is None
    assert len(found.explanation) < 50


EXPLANATIONS = {
    "opening by opening": (
        LONDON,
        "2026-11-20T16:30+00:00",
        "8h",
        """
        Opened Friday 20 November, 4:30 pm: open until 5:30 pm, 1 h counted, 7 h left.
        Monday 23 November, 9 am: open until 12:30 pm, 3 h 30 min counted, 3 h 30 min left.
        Monday 23 November, 1:30 pm: open, 3 h 30 min counted by 5 pm.
        Due Monday 23 November, 5 pm (London time).
        """,
    ),
    "closed at first": (
        LONDON,
        "2026-11-21T00:00+00:00",
        "30m",
        """
        Opened midnight at the end of Friday 20 November: closed until Monday 23 November, 9 am.
        Monday 23 November, 9 am: open, 30 min counted by 9:30 am.
        Due Monday 23 November, 9:30 am (London time).
        """,
    ),
    "a holiday is named": (
        LONDON,
        "2026-12-24T11:00+00:00",
        "2h",
        """
        Opened Thursday 24 December, 11 am: open until noon, 1 h counted, 1 h left.
        Closed Friday 25 December: Christmas Day.
        Closed Monday 28 December: Boxing Day.
        Tuesday 29 December, 9 am: open, 1 h counted by 10 am.
        Due Tuesday 29 December, 10 am (London time).
        """,
    ),
    "at once": (
        LONDON,
        "2026-11-20T10:00:30+00:00",
        "0m",
        """
        Opened Friday 20 November, 10:00:30 am: open, so it is due at once.
        Due Friday 20 November, 10:00:30 am (London time).
        """,
    ),
    "over midnight": (
        NIGHTS,
        "2026-06-01T23:00-04:00",
        "8h",
        """
        Opened Monday 1 June, 11 pm: open until Tuesday 2 June, 6 am, 7 h counted, 1 h left.
        Tuesday 2 June, 10 pm: open, 1 h counted by 11 pm.
        Due Tuesday 2 June, 11 pm (New York time).
        """,
    ),
    "working days": (
        LONDON,
        "2026-12-23T16:30+00:00",
        "2d",
        """
        Opened Wednesday 23 December, 4:30 pm: open, the days count from here.
        Working day 1: Thursday 24 December.
        Closed Friday 25 December: Christmas Day.
        Closed Monday 28 December: Boxing Day.
        Working day 2: Tuesday 29 December.
        Due Tuesday 29 December, 4:30 pm (London time).
        """,
    ),
    "a working day that closes early": (
        LONDON,
        "2026-12-23T16:30+00:00",
        "1d",
        """
        Opened Wednesday 23 December, 4:30 pm: open, the days count from here.
        Working day 1: Thursday 24 December.
        The last closing of that day comes first: Thursday 24 December, noon.
        Due Thursday 24 December, noon (London time).
        """,
    ),
    "working days from the next opening": (
        LONDON,
        "2026-11-20T13:00+00:00",
        "1d",
        """
        Opened Friday 20 November, 1 pm: closed until Friday 20 November, 1:30 pm, the days count from there.
        Working day 1: Monday 23 November.
        Due Monday 23 November, 1:30 pm (London time).
        """,
    ),
    "working days from the middle of the night": (
        NIGHTS,
        "2026-06-02T02:00-04:00",
        "1d",
        """
        Opened Tuesday 2 June, 2 am: open, in the shift of Monday 1 June, the days count from that day.
        Working day 1: Tuesday 2 June.
        Due Wednesday 3 June, 2 am (New York time).
        """,
    ),
}


@pytest.mark.parametrize("case", EXPLANATIONS)
def test_the_way_to_a_deadline_is_told_in_plain_sentences(case: str) -> None:
    hours, opened, turnaround, expected = EXPLANATIONS[case]
    found = due(hours, at(opened), Duration.parse(turnaround))
    assert found.explanation == tuple(line.strip() for line in expected.strip().splitlines())


def seconds_in(words: str) -> int:
    """``1 h 30 min`` as seconds."""
    units = {"h": 3600, "min": 60, "s": 1}
    return sum(int(n.replace(",", "")) * units[u] for n, u in re.findall(r"([0-9,]+) (h|min|s)\b", words))


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([LONDON, NIGHTS, ALWAYS]),
    st.integers(0, 400 * 86_400).map(lambda seconds: at("2026-10-01T00:00+00:00") + timedelta(seconds=seconds)),
    st.integers(0, 100 * 60),
)
def test_what_an_explanation_counts_adds_up_to_the_turnaround(hours: Hours, opened: datetime, minutes: int) -> None:
    found = due(hours, opened, Duration(open_minutes=minutes))
    counted = sum(seconds_in(part) for line in found.explanation for part in re.findall(r", ([^,]*) counted", line))
    assert counted == minutes * 60
    assert found.at is not None


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([LONDON, NIGHTS, ALWAYS]),
    st.integers(0, 400 * 86_400).map(lambda seconds: at("2026-10-01T00:00+00:00") + timedelta(seconds=seconds)),
    st.integers(1, 9),
)
def test_one_working_day_more_is_due_later(hours: Hours, opened: datetime, days: int) -> None:
    sooner, later = (due(hours, opened, Duration(days=number)).at for number in (days, days + 1))
    assert sooner is not None
    assert later is not None
    assert opened < sooner < later


@pytest.mark.parametrize(
    ("zone", "wall", "instant"),
    [
        ("Europe/London", "2027-01-15T12:00", "2027-01-15T12:00+00:00"),
        ("America/New_York", "2027-03-14T02:30", "2027-03-14T03:00-04:00"),
        ("America/New_York", "2027-11-07T01:30", "2027-11-07T01:30-04:00"),
        ("Australia/Lord_Howe", "2027-10-03T02:10", "2027-10-03T02:30+11:00"),
        ("Pacific/Apia", "2011-12-30T09:00", "2011-12-31T00:00+14:00"),
    ],
)
def test_a_time_on_the_wall_is_the_first_instant_that_has_reached_it(zone: str, wall: str, instant: str) -> None:
    assert first_instant(at(wall), ZoneInfo(zone)) == at(instant)
