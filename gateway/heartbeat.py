"""The daemon says how it is, every few seconds, in the database: `deskgate status` reads it there."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from gateway.config.settings import Settings
from gateway.delivery.breaker import Trouble
from gateway.sources.imap.sourcestate import Sources, describe
from store.errors import StoreError
from store.status import Said
from store.store import Store

EVERY_SECONDS = 5.0
SILENT_AFTER_SECONDS = 30.0
"""A daemon that said nothing for so long does not run, or hangs."""
FORGOTTEN_AFTER = timedelta(days=1)


def files_now(said: Sequence[Said], now: datetime) -> bool:
    """Whether one of these daemons spoke lately and files mail."""
    return any(speaks_now(one, now) and "file" in _roles(one) for one in said)


def speaks_now(one: Said, now: datetime) -> bool:
    """Whether this daemon spoke lately enough to be running."""
    return abs((now - one.at).total_seconds()) < SILENT_AFTER_SECONDS


def _roles(one: Said) -> list[object]:
    roles = one.words.get("roles")
    return list(roles) if isinstance(roles, list) else []


def nothing_wrong() -> None:
    """For a daemon that sends nothing: no smarthost can be away."""


class Heartbeat:
    """One step writes one row."""

    every = EVERY_SECONDS

    def __init__(
        self, store: Store, settings: Settings, roles: frozenset[str], now: Callable[[], datetime],
        sources: Sources = tuple, rules_off: Callable[[], tuple[str, ...]] = tuple,
        trouble: Callable[[], Trouble | None] = nothing_wrong,
    ) -> None:  # fmt: skip
        self._store, self._now, self._sources, self._rules_off = store, now, sources, rules_off
        self._trouble = trouble
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
        words = {**self._words, "sources": [describe(source) for source in self._sources()]}
        words["rules_off"] = list(self._rules_off())
        trouble = self._trouble()
        words["smarthost"] = {"since": trouble.since.isoformat(), "reply": trouble.reply} if trouble else None
        with self._store.transaction() as tx:
            self._store.status.say(tx, self._node, words, self._now())
            self._store.status.forget_silent(tx, self._now() - FORGOTTEN_AFTER)
        return False

    def stop(self) -> None:
        """Say that it stopped in order."""
        with contextlib.suppress(StoreError), self._store.transaction() as tx:
            self._store.status.forget(tx, self._node)
