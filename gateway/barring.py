"""Clients that guess reply addresses are turned away, and what was refused at the door is counted.

The filer counts guesses in the database, where all nodes see them; the doors, which know no database, are told who is to
be turned away and until when, and tell what they refused.  A crash loses at most a few seconds of that tally.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from gateway.backstops import BAD_TOKENS
from store.store import Store

MOST_BARRED = 10_000
EVERY_SECONDS = 5.0


class Bars:
    """In the process with the doors: who may not come in.  Used from the event loop's thread only."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def set(self, peer: str, until: float) -> None:
        """Turn this client away until then (seconds since 1970)."""
        if len(self._until) >= MOST_BARRED:
            now = self._clock()
            self._until = {one: end for one, end in self._until.items() if end > now}
        if len(self._until) < MOST_BARRED:
            self._until[peer] = until

    def __call__(self, peer: str) -> bool:
        """Whether this client is turned away now."""
        return bool(self._until) and self._until.get(peer, 0.0) > self._clock()


class Door(Protocol):
    """What is asked of the receiver."""

    def bar(self, barred: Mapping[str, float]) -> None:
        """Turn these clients away, each until its moment (seconds since 1970)."""
        ...

    def take_refused(self) -> Counter[str]:
        """What was refused since the last time, by reason."""
        ...


class Doorkeeper:
    """In the daemon: one step carries what either side must know to the other."""

    every = EVERY_SECONDS

    def __init__(self, store: Store, door: Door, most: int, now: Callable[[], datetime]) -> None:
        self._store, self._door, self._most, self._now = store, door, most, now

    def step(self) -> bool:
        """Tell the doors whom to turn away; write down what they refused."""
        with self._store.reading() as tx:
            over = self._store.backstops.over(tx, BAD_TOKENS, self._most, self._now())
        self._door.bar({peer: until.timestamp() for peer, until in over.items()})
        self.flush()
        return False

    def flush(self) -> None:
        """Write down what was refused."""
        refused = self._door.take_refused()
        if not refused:
            return
        with self._store.transaction() as tx:
            for name, hits in sorted(refused.items()):
                self._store.backstops.tally(tx, name, hits)
