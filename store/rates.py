"""Counters in fixed windows of time, in the database, so that all nodes count together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from store.columns import as_key
from store.database import Tx
from store.schema import rates
from store.statement import Among, Statement

_NAMES = ("counter", "window_start", "window_end", "hits")
_ONE_MORE = {"hits": rates.c.hits + 1}
_HIT = Statement(
    sqlite.insert(rates).on_conflict_do_update(index_elements=_NAMES[:2], set_=_ONE_MORE),
    *_NAMES,
    postgresql=postgresql.insert(rates).on_conflict_do_update(index_elements=_NAMES[:2], set_=_ONE_MORE),
)
_READ = Statement(
    select(rates.c.counter, rates.c.window_start, rates.c.hits).where(
        Among(rates.c.counter, "counters"), rates.c.window_end > bindparam("now")
    )
)
_FORGET = Statement(delete(rates).where(rates.c.window_end <= bindparam("now")))


class Rates:
    """How often something happened in the present window.

    A counter is (what, seconds): the window of an hour is the hour of the clock (UTC), so up to twice the limit fits
    round its edge.
    """

    def hit(self, tx: Tx, counters: Sequence[tuple[str, int]], now: datetime) -> None:
        """Count one more for each."""
        windows = sorted({_window(what, seconds, now) for what, seconds in counters})  # one order for all: no deadlock
        if windows:
            rows = [{"counter": c, "window_start": start, "window_end": end, "hits": 1} for c, start, end in windows]
            _HIT.run_each(tx, rows)

    def read(self, tx: Tx, counters: Sequence[tuple[str, int]], now: datetime) -> tuple[int, ...]:
        """The present count of each, in order; one query."""
        if not counters:
            return ()
        windows = [_window(what, seconds, now) for what, seconds in counters]
        question = {"counters": list({counter for counter, _start, _end in windows}), "now": int(now.timestamp())}
        found = {(counter, start): hits for counter, start, hits in _READ.rows(tx, question)}
        return tuple(found.get((counter, start), 0) for counter, start, _end in windows)

    def forget_old(self, tx: Tx, now: datetime) -> int:
        """Drop windows that are over; how many."""
        return _FORGET.run(tx, {"now": int(now.timestamp())})


def _window(what: str, seconds: int, now: datetime) -> tuple[str, int, int]:
    start = int(now.timestamp()) // seconds * seconds
    return as_key(f"{seconds}:{what}"), start, start + seconds
