"""All mailboxes of this node: a thread for each folder, their leases, and a word to the operator when one is not read.

Promise: a mailbox that was not read for 15 minutes is told of once, and once more when it is read again; across restarts
and nodes, since what was told is remembered in the transaction that tells it.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from gateway.config.settings import Mailbox
from gateway.oauth.wiring import token_source
from gateway.sources.imap.folder import LEASE, Folder, Report
from gateway.sources.imap.keeping import Keeper
from gateway.sources.imap.session import Surroundings
from gateway.sources.imap.sourcestate import SourceState
from gateway.worker import Nudge, Worker
from routing.teams import Desk
from store.database import Tx
from store.errors import StoreError
from store.mailboxes import FolderState, Place
from store.store import Store

log = structlog.get_logger("imap")

TEND_SECONDS = 10.0
UNREAD_FOR = timedelta(minutes=15)
"""A mailbox not read for so long is in trouble."""
SMALLEST_LARGEST = 64 * 1024 * 1024
GRACE_SECONDS = 1.5
"""A folder that has not ended by then is cut off; what it was fetching is fetched again."""


class Operator(Protocol):
    """Who is told about mailboxes; called once for each thing, in the transaction that remembers it."""

    def on_trouble(self, tx: Tx, mailbox: Mailbox, since: datetime, error: str) -> None:
        """Not read since then, and why."""
        ...

    def on_well(self, tx: Tx, mailbox: Mailbox, told_at: datetime) -> None:
        """Read again; the trouble was told at that time."""
        ...

    def on_left(self, tx: Tx, mailbox: Mailbox, folder: str, reason: str) -> None:
        """A mail stays in the mailbox."""
        ...


class OnlyLog:
    """Nobody is told but the log."""

    def on_trouble(self, tx: Tx, mailbox: Mailbox, since: datetime, error: str) -> None:  # noqa: ARG002
        """See Operator."""
        log.error("the mailbox is not read", mailbox=mailbox.name, since=since.isoformat(), problem=error)

    def on_well(self, tx: Tx, mailbox: Mailbox, told_at: datetime) -> None:  # noqa: ARG002
        """See Operator."""
        log.info("the mailbox is read again", mailbox=mailbox.name)

    def on_left(self, tx: Tx, mailbox: Mailbox, folder: str, reason: str) -> None:
        """See Operator.  Said in the log already."""


class Mailboxes:
    """Reads them all.  `start`, `stop`; `sources` from any thread."""

    def __init__(
        self, mailboxes: Sequence[Mailbox], desk: Desk, store: Store, inbox_nudge: Nudge, operator: Operator,
        largest: int = 0,
    ) -> None:  # fmt: skip
        self._mailboxes, self._store, self._operator = mailboxes, store, operator
        self._owner = uuid.uuid4().hex
        self._folders: list[Folder] = []
        self._workers: list[Worker] = []
        self._since: datetime | None = None
        self._tended_at: datetime | None = None
        self._known: dict[Place, FolderState] = {}
        for mailbox in mailboxes:
            tokens = token_source(mailbox.oauth, mailbox.user, mailbox.name) if mailbox.oauth else None
            for name in mailbox.folders:
                keeper = Keeper(store, mailbox, Place(mailbox.name, name), desk, operator.on_left)
                limit = max(largest, SMALLEST_LARGEST)
                around = Surroundings(store, keeper, tokens, self._owner, limit, inbox_nudge.set)
                self._folders.append(Folder(mailbox, name, around))
        self._tender = Worker("mailboxes", self._tend, Nudge(), idle=TEND_SECONDS)

    def start(self) -> None:
        """Start reading."""
        for folder in self._folders:
            worker = Worker(str(folder.place), folder.step, Nudge())
            self._workers.append(worker)
            worker.start()
        self._tender.start()

    def stop(self) -> None:
        """End all of them, within some seconds; what is not finished is finished after the next start."""
        self._tender.stop(GRACE_SECONDS)
        for folder in self._folders:
            folder.stop()
        until = time.monotonic() + GRACE_SECONDS
        stopped = [worker.stop(max(0.0, until - time.monotonic())) for worker in self._workers]
        for folder, worker, done in zip(self._folders, self._workers, stopped, strict=True):
            if not done:
                folder.interrupt()
                worker.stop(GRACE_SECONDS)

    def sources(self) -> list[SourceState]:
        """How each folder is."""
        with contextlib.suppress(StoreError), self._store.reading() as tx:
            self._known = {state.place: state for state in self._store.mailboxes.all(tx)}
        return [self._source(folder.report()) for folder in self._folders]

    def _source(self, report: Report) -> SourceState:
        known, place = self._known.get(report.place), report.place
        return SourceState(
            name=str(place),
            mailbox=place.mailbox,
            folder=place.folder,
            state=report.state,
            healthy=self._tended_at is None or not self._is_unread(report, self._tended_at, known),
            last_mail_at=known.last_mail_at if known else None,
            last_read_at=known.last_read_at if known else None,
            error=report.error,
            taken=known.taken if known else 0,
            left=known.left if known else 0,
            waiting=report.waiting,
            fetched=report.fetched,
            reconnects=report.reconnects,
        )

    # ------------------------------------------------------------------------------------------- tending

    def _tend(self) -> bool:
        """Renew leases, remember how reading goes, tell the operator what they should know."""
        reports = {folder.place: folder.report() for folder in self._folders}
        with self._store.transaction() as tx:
            now = self._store.now(tx)
            lost = [report for report in reports.values() if not self._renew(tx, report, now)]
            self._known = {state.place: state for state in self._store.mailboxes.all(tx)}
        self._since, self._tended_at = self._since or now, now
        for folder in self._folders:
            for report in lost:
                if report.place == folder.place and report.fence is not None:
                    folder.lose_lease(report.fence)
        for mailbox in self._mailboxes:
            self._judge(mailbox, reports, now)
        return False

    def _renew(self, tx: Tx, report: Report, now: datetime) -> bool:
        if report.fence is None:
            return True
        read_at = None if report.read_age is None else now - timedelta(seconds=report.read_age)
        return self._store.mailboxes.renew(tx, report.place, report.fence, now + LEASE, read_at, report.error)

    def _judge(self, mailbox: Mailbox, reports: dict[Place, Report], now: datetime) -> None:
        """Tell the operator once when a folder is not read, and once when all of them are again."""
        mine = [reports[Place(mailbox.name, name)] for name in mailbox.folders]
        unread = [report for report in mine if self._is_unread(report, now, self._known.get(report.place))]
        told = any(self._known[report.place].told_at for report in mine if report.place in self._known)
        if bool(unread) == told:
            return
        with self._store.transaction() as tx:
            rows = [row for row in self._store.mailboxes.lock(tx, mailbox.name) if row.place in reports]
            told_at = max((row.told_at for row in rows if row.told_at), default=None)
            if unread and told_at is None and rows:
                self._store.mailboxes.told(tx, mailbox.name, now)
                since, error = self._words(unread[0], now)
                self._operator.on_trouble(tx, mailbox, since, error)
            elif not unread and told_at and all(row.last_read_at and row.last_read_at > told_at for row in rows):
                self._store.mailboxes.told(tx, mailbox.name, None)
                self._operator.on_well(tx, mailbox, told_at)

    def _is_unread(self, report: Report, now: datetime, known: FolderState | None) -> bool:
        """By this process's own clock where it reads the folder itself, else by what is remembered of it."""
        if report.fence is not None and report.read_age is not None:
            return report.read_age > UNREAD_FOR.total_seconds()
        last = known.last_read_at if known else None
        since = self._since or now
        return now - max(last or since, since) > UNREAD_FOR

    def _words(self, report: Report, now: datetime) -> tuple[datetime, str]:
        known = self._known.get(report.place)
        since = (known.last_read_at if known else None) or self._since or now
        error = report.error or (known.error if known else None) or "it is not known why"
        return since, f'folder "{report.place.folder}": {error}'
