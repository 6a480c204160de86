"""The daemon with a clock that a test moves: ``MOVED_CLOCK=FILE python -m tests.helpers.moved_clock run …``.

The file holds seconds to add to the machine's time.  The daemon is the real one in every other respect.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.helpers.desk import Desk

ROOT = Path(__file__).resolve().parent.parent.parent


class MovedClock:
    """The other end of it: moves the clock of a daemon that `start` starts."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.seconds = 0.0
        self.move(0.0)

    def move(self, seconds: float) -> None:
        """Forward, or back, by so much."""
        self.seconds += seconds
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(self.seconds))
        fresh.replace(self._file)

    def start(self, desk: Desk) -> None:
        """Start the desk's daemon with this clock."""
        desk.module = "tests.helpers.moved_clock"
        desk.start(MOVED_CLOCK=str(self._file), PYTHONPATH=str(ROOT))


def main() -> None:
    """Run the command line with the moved clock."""
    from gateway import service
    from gateway.cli import main as command_line

    file = Path(os.environ["MOVED_CLOCK"])
    service.utc_now = lambda: datetime.now(UTC) + timedelta(seconds=float(file.read_text()))
    command_line()


if __name__ == "__main__":
    main()
