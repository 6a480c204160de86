"""The daemon says how it is, every few seconds, in the database: `deskgate status` reads it there."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.config.settings import Settings
from store.errors import StoreError
from store.store import Store

EVERY_SECONDS = 5.0
SILENT_AFTER_SECONDS = 30.0
"""A daemon that said nothing for so long does not run, or hangs."""
FORGOTTEN_AFTER = timedelta(days=1)


class Heartbeat:
    """One step writes one row."""

    every = EVERY_SECONDS

    def __init__(self, store: Store, settings: Settings, roles: frozenset[str], now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now
        self._node = f"{socket.gethostname()}/{os.getpid()}"
        self._since = now()
        self._words: dict[str, object] = {
            "pid": os.getpid(),
            "since": self._since.isoformat(),
            "roles": sorted(roles),
            "revision": settings.revision,
            "file": str(settings.file),
            "listeners": [str(address) for address in settings.receive] if "receive" in roles else [],
        }

    def step(self) -> bool:
        """Say it."""
        with self._store.transaction() as tx:
            self._store.status.say(tx, self._node, self._words, self._now())
            self._store.status.forget_silent(tx, self._now() - FORGOTTEN_AFTER)
        return False

    def stop(self) -> None:
        """Say that it stopped in order."""
        with contextlib.suppress(StoreError), self._store.transaction() as tx:
            self._store.status.forget(tx, self._node)
