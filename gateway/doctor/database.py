"""The database: reachable, writable, of the right version, with room; and whether a daemon works on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.config.settings import Settings
from gateway.doctor.findings import Finding, Patient, failed, ok, warning
from gateway.heartbeat import speaks_now
from store.database import Database
from store.errors import Corrupt, SchemaTooNew, StoreError, UnsafeDatabase
from store.status import Said
from store.store import Store

TIGHT = 5
"""Times the free space at which mail is refused, under which it deserves a look."""
SMALL_ROOM = 1_000_000_000


@contextmanager
def opened(patient: Patient) -> Iterator[Store | None]:
    """Within: the store, or None when there is no database yet.  Raises StoreError."""
    settings = patient.settings
    database = Database(settings.store.url, allow_unsafe_commits=settings.store.unsafe_async)
    try:
        if database.file is not None and not database.file.exists():
            yield None
            return
        database.prepare()
        yield Store(database, patient.now)
    finally:
        database.close()


def daemons(store: Store, patient: Patient) -> list[Said]:
    """Those that spoke lately."""
    with store.reading() as tx:
        return [said for said in store.status.all(tx) if speaks_now(said, patient.now())]


def findings(patient: Patient) -> Iterator[Finding]:
    """Open it as the daemon does, write something, take it back."""
    settings = patient.settings
    try:
        with opened(patient) as store:
            if store is None:
                yield from _not_there_yet(settings)
                return
            with store.reading() as tx:
                yield ok("reached", f"{settings.store.shown} ({store.database.engine(tx)})")
            with store.transaction() as tx:
                store.status.say(tx, "doctor", {}, patient.now())
                store.status.forget(tx, "doctor")
            yield ok("written", "a row was written, committed and removed")
            yield from _books(store)
            yield from _daemon(store, patient)
            if store.database.file is not None:
                yield from _room(store.database.file.parent, settings)
    except StoreError as problem:
        yield failed("reached", f"{settings.store.shown}: {problem}", _advice(problem, settings))


def _advice(problem: StoreError, settings: Settings) -> str:
    match problem:
        case Corrupt():
            return "Stop the daemon and restore a copy (docs/operations.md)."
        case SchemaTooNew():
            return "Run the newer Deskgate that wrote it."
        case UnsafeDatabase():
            return "In postgresql.conf: synchronous_commit = on; then: systemctl reload postgresql"
    if settings.store.url.startswith("sqlite"):
        return "Run this as the user who runs Deskgate; the file and its folder must be theirs, and the disk not full."
    return (
        "Check that PostgreSQL runs and takes this user (psql with the same URL), pg_hba.conf, and the password file."
    )


def _not_there_yet(settings: Settings) -> Iterator[Finding]:
    folder = Path(settings.store.url.removeprefix("sqlite:///")).parent
    above = next(path for path in (folder, *folder.parents) if path.exists())
    if os.access(above, os.W_OK | os.X_OK):
        yield ok("reached", f"{settings.store.shown} is not there yet; the first start makes it")
        yield from _room(above, settings)
    else:
        yield failed(
            "reached", f"{settings.store.shown} cannot be made", f"Let the user who runs Deskgate write into {above}."
        )


def _books(store: Store) -> Iterator[Finding]:
    with store.reading() as tx:
        inbox, outbox = store.inbox.counts(tx), store.outbox.counts(tx)
        balanced = store.inbox.books(tx).balanced
    if not balanced:
        yield failed(
            "books", "they do not balance: a mail has no end, or two", "deskgate books --json; report it, please."
        )
    if outbox.failed:
        words = f"{outbox.failed} outgoing mails could not be delivered"
        yield warning("outbox", words, "deskgate outbox list --state failed")
    if inbox.held:
        yield ok("quarantine", f"{inbox.held} mails wait for somebody's decision (deskgate inbox list --state held)")


def _daemon(store: Store, patient: Patient) -> Iterator[Finding]:
    running = daemons(store, patient)
    if not running:
        yield warning("daemon", "none runs on this database", "deskgate run, or: systemctl start deskgate")
        return
    for said in running:
        yield ok("daemon", f"{said.node} runs since {said.words.get('since')}")
    if any(said.words.get("revision") != patient.settings.revision for said in running):
        words = "it runs with an older configuration than the files hold"
        yield warning("daemon", words, "systemctl restart deskgate")


def _room(folder: Path, settings: Settings) -> Iterator[Finding]:
    free, least = shutil.disk_usage(folder).free, settings.limits.min_free_bytes
    words = f"{free / 1e9:.1f} GB are free on the disk of {folder}"
    if free < least:
        yield failed("room", f"{words}: mail is refused below {least / 1e6:.0f} MB", "Make room, or move the database.")
    elif free < max(TIGHT * least, SMALL_ROOM):
        yield warning("room", words, "Make room before it runs out: nothing is deleted by itself.")
    else:
        yield ok("room", words)
