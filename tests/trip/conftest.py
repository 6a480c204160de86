"""One daemon per module for tests that do not mind each other's tickets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.desk import Desk, running


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A running daemon that sends into a Maildir."""
    with running(Path(tmp_path_factory.mktemp("desk"))) as found:
        yield found
