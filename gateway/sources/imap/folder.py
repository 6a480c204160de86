"""The life of one folder: lease, connect, look, wait; and again, whatever happens.

Promise: no mail is marked, moved or removed before it is committed; every mail that arrives is taken, left for a reason
that is shown, or still in the mailbox to be taken by the next look.  Whatever fails is tried again after a pause that
doubles up to five minutes; the server is asked at least every `poll_seconds`, whatever IDLE says.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass
from datetime import timedelta

import structlog

from gateway.config.settings import Mailbox
from gateway.sources.imap.connection import Connection
from gateway.sources.imap.errors import CommandRefused, LoginRefused, LoginUnavailable, MailboxError, Stopped
from gateway.sources.imap.session import Session, Surroundings, open_folder
from gateway.sources.imap.taking import Progress, Taker
from store.errors import ClaimLost, StoreError
from store.mailboxes import Place

log = structlog.get_logger("imap")

LEASE = timedelta(seconds=60)
"""Life of a lease that is not renewed (mail-safety 4.4)."""
LONGEST_PAUSE = 300.0
FIRST_REFUSED_PAUSE = 60.0
REFUSED_PAUSE = 900.0
"""Seconds between logins that are refused: more of them would only get the account locked."""
ELSEWHERE_PAUSE = 5.0
RENEW_IDLE = 25 * 60.0
"""Seconds; a server may end an IDLE after 30 minutes (RFC 2177)."""
SLICE = 1.0
"""Seconds between two looks at whether to stop."""


@dataclass(frozen=True, slots=True)
class Report:
    """How a folder is.  `read_age` is seconds since all was well, None before that; `fence` None: it is not ours."""

    place: Place
    state: str
    fence: int | None
    read_age: float | None
    error: str | None
    waiting: int
    fetched: int
    reconnects: int


class Folder:
    """Reads one folder of one mailbox.  `step` in a thread of its own; everything else from any thread."""

    def __init__(self, mailbox: Mailbox, folder: str, around: Surroundings) -> None:
        self.mailbox, self.place = mailbox, Place(mailbox.name, folder)
        self._around, self._store = around, around.store
        self._stop = threading.Event()
        self._progress = Progress()
        self._fence: int | None = None
        self._connection: Connection | None = None
        self._session: Session | None = None
        self._failures = self._connects = 0
        self._error: str | None = None

    # ------------------------------------------------------------------------------------------- from other threads

    def report(self) -> Report:
        """How it is."""
        progress = self._progress
        return Report(
            place=self.place,
            state=progress.state,
            fence=self._fence,
            read_age=None if progress.read_at is None else time.monotonic() - progress.read_at,
            error=self._error,
            waiting=progress.waiting,
            fetched=progress.fetched,
            reconnects=max(0, self._connects - 1),
        )

    def stop(self) -> None:
        """Come to an end within a second or so."""
        self._stop.set()

    def interrupt(self) -> None:
        """Come to an end now, whatever the server is doing."""
        self._stop.set()
        self._cut()

    def lose_lease(self, fence: int) -> None:
        """Another node reads this folder."""
        if self._fence == fence:
            self._fence = None
            self._cut()

    def _cut(self) -> None:
        if (connection := self._connection) is not None:
            connection.interrupt()

    # ------------------------------------------------------------------------------------------- one round

    def step(self) -> bool:
        """One round: until something fails, or the time has come to look again.  False: it is over."""
        try:
            self._round()
        except Stopped:
            pass  # whoever stops us is told by what this returns
        except ClaimLost:
            self._fence = None
            self._close(polite=False)
            log.info("another node reads this folder", source=str(self.place))
        except LoginRefused as problem:
            self._fail("refused", problem, REFUSED_PAUSE if self._error == str(problem) else FIRST_REFUSED_PAUSE)
        except LoginUnavailable as problem:
            self._fail("failed", problem, max(problem.retry_after, self._pause_length()))
        except (MailboxError, StoreError) as problem:
            self._fail("failed", problem, self._pause_length())
        except Exception:
            self._close(polite=False)  # a mistake of ours: the thread goes on, with a new connection
            raise
        if self._stop.is_set():
            self._end()
        return not self._stop.is_set()

    def _round(self) -> None:
        self._pause(0)
        fence = self._lease()
        if fence is None:
            self._progress.state = "elsewhere"
            self._pause(ELSEWHERE_PAUSE)
            return
        session = self._session or self._open(fence)
        self._error = Taker(session, self._around, self._progress, self._pause).look()
        self._failures = 0
        self._wait(session)

    def _lease(self) -> int | None:
        if self._fence is None:
            self._close(polite=False)
            with self._store.transaction() as tx:
                self._store.mailboxes.know(tx, self.place)
                now = self._store.now(tx)
                self._fence = self._store.mailboxes.lease(tx, self.place, self._around.owner, now, now + LEASE)
        return self._fence

    def _open(self, fence: int) -> Session:
        self._progress.state = "connecting"
        self._connects += 1
        self._connection = Connection(self.mailbox, self._around.largest)
        self._pause(0)
        self._session = open_folder(self._connection, self.mailbox, self.place, self._around, fence)
        return self._session

    def _wait(self, session: Session) -> None:
        """Until the server says that there is something, or it is time to ask."""
        self._progress.state = "waiting"
        until = time.monotonic() + min(self.mailbox.poll_seconds, RENEW_IDLE)
        if not (self.mailbox.idle and session.connection.has("IDLE")):
            self._pause(until - time.monotonic())
            return
        try:
            with session.connection.idling() as watch:
                while not self._stop.is_set() and self._fence is not None and (left := until - time.monotonic()) > 0:
                    if watch(min(SLICE, left)):
                        return
        except CommandRefused as refused:
            log.info("the server does not want to idle", source=str(self.place), words=refused.words)
            self._pause(until - time.monotonic())

    def _pause(self, seconds: float) -> None:
        """Wait so long; raises Stopped as soon as it is over."""
        if self._stop.wait(max(0.0, seconds)):
            raise Stopped

    # ------------------------------------------------------------------------------------------- trouble and end

    def _pause_length(self) -> float:
        """Doubling from one second to five minutes, with jitter so that many mailboxes do not come back at once."""
        longest: float = min(LONGEST_PAUSE, 2.0 ** min(self._failures, 10))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret

    def _fail(self, state: str, problem: Exception, pause: float) -> None:
        self._close(polite=False)
        if self._stop.is_set():
            return
        words = str(problem) or type(problem).__name__
        if words != self._error:  # told once, not at every try
            log.warning("the folder cannot be read", source=str(self.place), problem=words, next_try=round(pause, 1))
        self._error = words
        self._failures += 1
        self._progress.state = state
        if pause > ELSEWHERE_PAUSE:
            self._give_back()  # perhaps another node can reach the server
        self._stop.wait(pause)

    def _give_back(self) -> None:
        fence, self._fence = self._fence, None
        if fence is None:
            return
        try:
            with self._store.transaction() as tx:
                now = self._store.now(tx)
                self._store.mailboxes.renew(tx, self.place, fence, now, None, self._error)
                self._store.mailboxes.release(tx, self.place, fence)
        except StoreError as problem:
            log.warning("the lease could not be given back", source=str(self.place), problem=str(problem))

    def _close(self, polite: bool) -> None:
        connection, self._connection, self._session = self._connection, None, None
        if connection is not None:
            connection.close(polite)

    def _end(self) -> None:
        self._close(polite=self._session is not None)
        self._give_back()
        self._progress.state = "stopped"
