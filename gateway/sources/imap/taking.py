"""Taking what lies in an open folder: first what was begun before, then what is new, a few mails at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from gateway.sources.imap.after import AT_ONCE
from gateway.sources.imap.connection import Listed
from gateway.sources.imap.errors import ConnectionLost
from gateway.sources.imap.fetching import LISTED_AT_ONCE, Brought, batches, bring, listing
from gateway.sources.imap.keeping import Batch
from gateway.sources.imap.session import Session, Surroundings
from store.mailboxes import AGAIN, FolderState, Uid

log = structlog.get_logger("imap")

MOST_LISTED = 10_000
"""Numbers that are worked through before the server is asked anew what there is."""
MOST_DUE = 500
MOST_ROUNDS = 1_000
"""Half a million unfinished mails; what is left is done at the next look."""
MOST_WAITING = 5_000
"""Mails in the inbox above which none is fetched, until they are filed."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""By how much the server's clock may be behind ours: mail so little older than the first start counts as new."""
PROGRESS_SECONDS = 10.0
ROOM_SECONDS = 1.0
NOOP_SECONDS = 60.0
ALONE_TRIES = 3
"""How often a mail may end the connection before it is left for later."""


@dataclass(slots=True)
class Progress:
    """How a folder's reading goes, since this daemon started; other threads look at it."""

    state: str = "starting"
    waiting: int = 0
    """Mails in the folder that are still to be fetched."""
    fetched: int = 0
    read_at: float | None = None
    """When all was well last, by the monotonic clock."""
    breaks: dict[int, int] = field(default_factory=dict)
    """Mails that were being sent when the connection broke, and how often when they were alone."""
    told_at: float = 0.0


class Taker:
    """Takes mail in one session.  `pause` waits so many seconds, or raises Stopped."""

    def __init__(
        self, session: Session, around: Surroundings, progress: Progress, pause: Callable[[float], None]
    ) -> None:
        self._session, self._around, self._progress, self._pause = session, around, progress, pause
        self._store, self._connection = around.store, session.connection
        self._todo: list[Uid] = []

    def look(self) -> str | None:
        """Finish what was begun, then take what is new, until nothing is left.  What could not be done, if anything."""
        self._progress.state = "reading"
        self._connection.noop()
        self._finish_due()
        while uids := self._connection.uids_from(self._session.state.last_uid + 1):
            self._progress.waiting = len(uids)
            for start in range(0, min(len(uids), MOST_LISTED), LISTED_AT_ONCE):
                self._take(uids[start : start + LISTED_AT_ONCE], {})
            self._finish()
        self._progress.waiting = 0
        self._progress.read_at = time.monotonic()
        return self._troubles()

    def _finish_due(self) -> None:
        session = self._session
        for _ in range(MOST_ROUNDS):
            with self._store.reading() as tx:
                due = self._store.mailboxes.noted(tx, session.place, self._store.now(tx), MOST_DUE)
            if not due:
                return
            again = {one.uid: one.tries for one in due if one.state == AGAIN}
            session.after.finish([one for one in due if one.uid not in again])
            for start in range(0, len(again), LISTED_AT_ONCE):
                self._take(sorted(again)[start : start + LISTED_AT_ONCE], again)
            self._finish()
            self._pause(0)

    def _troubles(self) -> str | None:
        with self._store.reading() as tx:
            count, reason = self._store.mailboxes.troubles(tx, self._session.place)
        if not count:
            return "the folder is read-only: its mails are taken, but not marked" if self._read_only else None
        return reason if count == 1 else f"{reason} ({count} mails)"

    @property
    def _read_only(self) -> bool:
        return self._session.selected.read_only

    # ------------------------------------------------------------------------------------------------ F1 to F4

    def _take(self, uids: Sequence[int], tries: Mapping[int, int]) -> None:
        """F1 to F4 for these, ascending; `tries` are those that failed before, how often."""
        state = self._session.state
        listed, problems = listing(self._connection, uids)
        new = {uid: one for uid, one in listed.items() if uid in tries or not _is_old(uid, one, state)}
        fit = {uid: one for uid, one in new.items() if one.size <= self._around.largest}
        groups = list(batches(fit, frozenset(self._progress.breaks)))
        for number, group in enumerate(groups):
            upto = groups[number + 1][0] - 1 if number + 1 < len(groups) else group[-1]
            self._make_room()
            brought = self._bring({uid: fit[uid] for uid in group})
            hidden = min(problems, default=upto + 1) - 1  # what could not be listed is noted with the rest
            self._keep(Batch(brought.mails, brought.problems, {}, 0 if tries else min(upto, hidden)), tries)
        rest = Batch(
            mails={},
            problems=problems,
            too_large={uid: one.size for uid, one in new.items() if uid not in fit},
            upto=0 if tries else uids[-1],
            left=len(listed) - len(new),
            gone=[uid for uid in uids if uid in tries and uid not in listed and uid not in problems],
        )
        if rest.problems or rest.too_large or rest.left or rest.gone or self._session.state.last_uid < rest.upto:
            self._keep(rest, tries)
        self._progress.waiting = max(0, self._progress.waiting - len(uids))
        self._tell()

    def _bring(self, listed: Mapping[int, Listed]) -> Brought:
        """Fetch; remember which mails were being sent when the connection broke, and fetch those alone next time."""
        first, breaks = next(iter(listed)), self._progress.breaks
        alone = len(listed) == 1
        if alone and breaks.get(first, 0) >= ALONE_TRIES:
            del breaks[first]
            return Brought({}, {first: "the connection ended each time the server was to send it"})
        try:
            brought = bring(self._connection, listed)
        except ConnectionLost:
            breaks.update({uid: breaks.get(uid, 0) + alone for uid in listed})
            raise
        for uid in listed:
            breaks.pop(uid, None)
        return brought

    def _keep(self, batch: Batch, tries: Mapping[int, int]) -> None:
        session, progress = self._session, self._progress
        self._todo += self._around.keeper.keep(batch, session.state, session.fence, tries)
        session.state = replace(session.state, last_uid=max(batch.upto, session.state.last_uid))
        progress.read_at = time.monotonic()
        if batch.mails:
            progress.fetched += len(batch.mails)
            self._around.on_mail()
        if len(self._todo) >= AT_ONCE:
            self._finish()
        self._pause(0)

    def _finish(self) -> None:
        """F4 for what was stored since; a crash before it leaves their notes for the next start."""
        todo, self._todo = self._todo, []
        self._session.after.finish(todo)

    # ------------------------------------------------------------------------------------------------ keeping pace

    def _make_room(self) -> None:
        """Wait while more mails are in the inbox than should be."""
        asked = time.monotonic()
        while self._inbox_is_full():
            self._finish()
            self._progress.state = "paused"
            self._progress.read_at = time.monotonic()
            self._pause(ROOM_SECONDS)
            if time.monotonic() - asked > NOOP_SECONDS:
                self._connection.noop()
                asked = time.monotonic()
        self._progress.state = "reading"

    def _inbox_is_full(self) -> bool:
        with self._store.reading() as tx:
            return self._store.inbox.counts(tx).waiting > MOST_WAITING

    def _tell(self) -> None:
        progress, now = self._progress, time.monotonic()
        if progress.waiting and now - progress.told_at > PROGRESS_SECONDS:
            progress.told_at = now
            log.info("reading", source=str(self._session.place), fetched=progress.fetched, waiting=progress.waiting)


def _is_old(uid: int, listed: Listed, state: FolderState) -> bool:
    """Whether this mail was there before the first start and was left then: it is known by when the server got it."""
    if state.started_at is None or uid > state.rescan_to or listed.received_at is None:
        return False
    return _aware(listed.received_at) < state.started_at - CLOCKS_DIFFER


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.astimezone()
