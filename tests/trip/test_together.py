"""The same mail by every door at the same moment, with several daemons filing: one ticket, one acknowledgement."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.imap import PASSWORD
from tests.trip.together import all_at_once

REPETITIONS = 5


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_the_same_mail_by_all_doors_at_once_is_one_ticket_and_one_acknowledgement(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_IMAP_PASSWORD", PASSWORD)
    tally = all_at_once(tmp_path, REPETITIONS, seed=1, postgres=database == "postgres")
    assert tally.wrong == []
    assert tally.copies == 5 * REPETITIONS
