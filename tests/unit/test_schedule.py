"""The rhythm of retries: data, so the cases are a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.delivery.schedule import GIVE_UP_AFTER, next_attempt, pause_after

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def middle() -> float:
    return 0.5


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 30), (5, 60), (6, 60), (100, 60), (0, 60)]
)
def test_pauses_grow_and_then_stay_an_hour(attempts, minutes):
    assert pause_after(attempts, middle) == minutes * MINUTE


@pytest.mark.parametrize(("chance", "part"), [(0.0, 0.8), (0.5, 1.0), (1.0, 1.2)])
def test_a_pause_is_stretched_or_shortened_by_up_to_a_fifth(chance, part):
    assert pause_after(5, lambda: chance) == part * timedelta(hours=1)


def test_the_next_attempt_counts_from_now():
    assert next_attempt(2, NOW - MINUTE, NOW, middle) == NOW + 5 * MINUTE


def test_the_last_attempt_is_made_when_the_time_is_up():
    since = NOW - GIVE_UP_AFTER + 10 * MINUTE
    assert next_attempt(50, since, NOW, middle) == NOW + 10 * MINUTE


def test_after_five_days_it_is_given_up():
    assert next_attempt(124, NOW - GIVE_UP_AFTER, NOW, middle) is None
    assert next_attempt(124, NOW - GIVE_UP_AFTER + MINUTE, NOW, middle) is not None


def test_a_mail_that_could_not_be_tried_in_time_gets_the_short_pauses_all_the_same():
    since = NOW - timedelta(days=30)
    again = [next_attempt(attempts, since, NOW, middle) for attempts in range(1, 6)]
    assert again == [NOW + 1 * MINUTE, NOW + 5 * MINUTE, NOW + 15 * MINUTE, NOW + 30 * MINUTE, None]


def test_the_time_until_giving_up_is_a_setting():
    assert next_attempt(9, NOW - timedelta(hours=2), NOW, middle, timedelta(hours=1)) is None


def test_five_days_are_about_a_hundred_and_twenty_tries():
    now, tries = NOW, 0
    again: datetime | None = NOW
    while again is not None:
        now, tries = again, tries + 1
        again = next_attempt(tries, NOW, now, middle)
    assert now == NOW + GIVE_UP_AFTER
    assert 120 <= tries <= 126
