"""Keep time: rows with a due moment.  Today: promises that passed without an answer, held mail of which teams are to
hear, and counters nobody needs any more.

Runs on the database's rows, not on timers in memory: after a stop of any length it finds what came due meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from store.database import Tx
from store.store import Store

log = structlog.get_logger("clock")

MOST_AT_ONCE = 200
TIDY_EVERY = timedelta(hours=1)
HABITS_KEPT = timedelta(days=7)
Chore = Callable[[Tx, datetime], None]
"""What else is due, in the same transaction."""


class Clock:
    """One step looks at everything that is due now."""

    def __init__(self, store: Store, now: Callable[[], datetime], chores: Sequence[Chore] = ()) -> None:
        self._store, self._now, self._chores = store, now, chores
        self._tidy_at: datetime | None = None

    def step(self) -> bool:
        """Enter missed promises in the ledger; true when there may be more."""
        now = self._now()
        with self._store.transaction() as tx:
            missed = self._store.promises.mark_missed(tx, now, MOST_AT_ONCE)
            for chore in self._chores:
                chore(tx, now)
            if self._tidy_at is None or now >= self._tidy_at:
                self._store.rates.forget_old(tx, now)
                self._store.backstops.forget_old(tx, now, now - HABITS_KEPT)
                self._tidy_at = now + TIDY_EVERY
        for promise in missed:
            log.warning("promise missed", ticket_id=promise.ticket_id, kind=promise.kind, due=str(promise.due))
        return len(missed) == MOST_AT_ONCE
