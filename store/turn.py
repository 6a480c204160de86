"""The one queue in which the writers of this process stand (SQLite takes one writer at a time).

A writer that comes back at once may go on, since handing over to another thread costs more than a small transaction; but
nobody waits longer than PATIENCE for those who came later: then the turn is handed over, in the order of coming.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from store.errors import StoreError, StoreUnavailable

PATIENCE = 0.003
"""Seconds after which a waiting writer is served before one that comes later."""
LONGEST = 30.0
"""Seconds after which a waiting writer gives up."""


class _Waiter:
    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.since = time.monotonic()
        self.called = threading.Event()


class Turn:
    """Held by one thread at a time."""

    def __init__(self, longest: float = LONGEST) -> None:
        self._longest = longest
        self._mutex = threading.Lock()
        self._waiting: deque[_Waiter] = deque()
        self._holder: int | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Within: it is this thread's turn.  Raises StoreUnavailable after 30 s, StoreError when it is so already."""
        self._take()
        try:
            yield
        finally:
            self._pass_on()

    def _take(self) -> None:
        waiter = _Waiter()
        with self._mutex:
            if self._holder is None:
                self._holder = waiter.thread
                return
            if self._holder == waiter.thread:
                raise StoreError("a transaction inside a transaction: hand the outer one on instead")
            self._waiting.append(waiter)
        while not self._has_come(waiter):
            waiter.called.wait(max(0.0, waiter.since + self._longest - time.monotonic()))

    def _has_come(self, waiter: _Waiter) -> bool:
        with self._mutex:
            waiter.called.clear()
            if self._holder == waiter.thread:  # handed over, and no longer among the waiting
                return True
            if self._holder is not None and time.monotonic() - waiter.since < self._longest:
                return False
            self._waiting.remove(waiter)
            if self._holder is not None:
                raise StoreUnavailable(f"other writers kept the database for {self._longest:.0f} seconds")
            self._holder = waiter.thread
            return True

    def _pass_on(self) -> None:
        with self._mutex:
            self._holder = None
            if self._waiting:
                first = self._waiting[0]
                if time.monotonic() - first.since > PATIENCE:
                    self._waiting.popleft()
                    self._holder = first.thread
                first.called.set()
