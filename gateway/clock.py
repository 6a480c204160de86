"""Keep time: rows with a due moment.  Today: promises that passed without an answer, and counters nobody needs any more.

Runs on the database's rows, not on timers in memory: after a stop of any length it finds what came due meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from store.store import Store

log = structlog.get_logger("clock")

MOST_AT_ONCE = 200
TIDY_EVERY = timedelta(hours=1)


class Clock:
    """One step looks at everything that is due now."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now
        self._tidy_at: datetime | None = None

    def step(self) -> bool:
        """Enter missed promises in the ledger; true when there may be more."""
        now = self._now()
        with self._store.transaction() as tx:
            missed = self._store.promises.mark_missed(tx, now, MOST_AT_ONCE)
            if self._tidy_at is None or now >= self._tidy_at:
                self._store.rates.forget_old(tx, now)
                self._tidy_at = now + TIDY_EVERY
        for promise in missed:
            log.warning("promise missed", ticket_id=promise.ticket_id, kind=promise.kind, due=str(promise.due))
        return len(missed) == MOST_AT_ONCE
