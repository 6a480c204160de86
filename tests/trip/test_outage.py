"""A day without the smarthost: everything goes afterwards, once, in order, and gently."""

from __future__ import annotations

from pathlib import Path

from tests.crash.outage import CONNECTIONS, LOST_REPLIES, day_without_smarthost


def test_after_a_day_without_the_smarthost_everything_goes_once_and_in_order(tmp_path: Path) -> None:
    tally = day_without_smarthost(tmp_path, count=120, seed=1, seconds=60)
    assert tally.broken == []
    assert tally.waiting > 200
    assert tally.connections <= CONNECTIONS
    assert LOST_REPLIES <= tally.twice <= LOST_REPLIES + CONNECTIONS
    assert tally.probes <= 2 * 120
