"""Killing the real process: 25 times at random here, 500 and more by ``bench/campaign crash``; once at each named point."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import crashpoints
from tests.crash.campaign import POINTS, kill_at_point, kill_at_random

NOT_YET = {"backup.mid"}
IN_A_MAILBOX = {"f3.after_commit", "f4.after_store", "f4.after_move"}
"""Passed by whoever reads mailboxes; killed at in tests/trip/test_imap.py."""


def test_every_named_point_is_exercised_or_belongs_to_a_part_that_does_not_exist_yet() -> None:
    assert set(POINTS) | IN_A_MAILBOX | NOT_YET == set(crashpoints.NAMES)


# The waits within have limits of their own, which say what did not happen; these leave a slow machine the time for that.


@pytest.mark.timeout(900)
def test_nothing_is_lost_or_doubled_by_25_kills_at_random_moments(tmp_path: Path) -> None:
    tally = kill_at_random(tmp_path, count=25, seed=20261121)
    assert tally.broken == []
    assert tally.letters > 50
    assert tally.confirmed == tally.letters


@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", POINTS)
def test_nothing_is_lost_or_doubled_by_a_kill_at(point: str, tmp_path: Path) -> None:
    passing = 1 if point == "migrate.each" else 3
    tally = kill_at_point(tmp_path, point, passing, seed=7)
    assert tally.broken == []
