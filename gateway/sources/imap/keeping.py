"""Mails onto disk (mail-safety 4.4, F3): bytes, inbox rows, what is still to be done, and how far the folder is read.

One transaction: all of it or nothing.  Until it is committed the mailbox is as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

import structlog

from gateway.config.settings import Mailbox
from gateway.intake import arrival
from gateway.sources.base import Accepted
from gateway.sources.imap.envelope import EnvelopeReader
from parsers.fingerprint import content_key
from parsers.peek import peek
from routing.teams import Desk
from store.crashpoints import point
from store.database import Tx
from store.errors import ClaimLost, Corrupt, StoreError, StoreUnavailable
from store.inbox import Arrival
from store.mailboxes import AGAIN, NEVER, STAYS, STORED, FolderState, Place, Uid
from store.store import Store

log = structlog.get_logger("imap")

PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=6))
"""After which something that failed with one mail is tried again; the last one from then on."""
TELL_AFTER_TRIES = 3

OnLeft = Callable[[Tx, Mailbox, str, str], None]
"""Told once, in the transaction that remembers it: mailbox, folder, and what is wrong with a mail that stays there."""


def later(now: datetime, tries: int) -> datetime:
    """When something that failed `tries` times is tried again."""
    return now + PAUSES[min(max(tries, 1), len(PAUSES)) - 1]


@dataclass(frozen=True, slots=True)
class Batch:
    """Mails that were brought over, why others were not, and up to which number the folder is dealt with by them."""

    mails: Mapping[int, bytes]
    problems: Mapping[int, str]
    too_large: Mapping[int, int]
    """Numbers with their sizes in bytes."""
    upto: int
    left: int = 0
    """How many were left because they are old."""
    gone: Collection[int] = ()
    """Numbers with a row of their own that are no longer there."""


class Keeper:
    """Stores what one folder brings."""

    def __init__(self, store: Store, mailbox: Mailbox, place: Place, desk: Desk, on_left: OnLeft) -> None:
        self._store, self._mailbox, self._place, self._on_left = store, mailbox, place, on_left
        self._envelopes = EnvelopeReader(mailbox, desk, str(place))

    def keep(self, batch: Batch, state: FolderState, fence: int, tries: Mapping[int, int]) -> list[Uid]:
        """Store it; what is to be done in the mailbox now.  `tries` are those of mails that failed before.

        Raises ClaimLost (somebody else reads this folder by now) and StoreError; nothing was stored then.
        """
        try:
            todo = self._keep(batch, state, fence, tries)
        except (StoreUnavailable, Corrupt, ClaimLost):
            raise
        except StoreError as refused:
            if len(batch.mails) > 1:
                return self._one_by_one(batch, state, fence, tries)
            problems = {**batch.problems, **dict.fromkeys(batch.mails, f"it cannot be stored: {refused}")}
            todo = self._keep(replace(batch, mails={}, problems=problems), state, fence, tries)
        point("f3.after_commit")
        return todo

    def _one_by_one(self, batch: Batch, state: FolderState, fence: int, tries: Mapping[int, int]) -> list[Uid]:
        """One of them cannot be stored; the others must not suffer for it."""
        before = max(state.last_uid, min(batch.mails) - 1)
        todo = []
        for uid, raw in sorted(batch.mails.items()):
            todo += self.keep(Batch({uid: raw}, {}, {}, before), state, fence, tries)
        return todo + self.keep(replace(batch, mails={}), state, fence, tries)

    def _keep(self, batch: Batch, state: FolderState, fence: int, tries: Mapping[int, int]) -> list[Uid]:
        boxes = self._store.mailboxes
        with self._store.transaction() as tx:
            boxes.confirm(tx, self._place, fence)
            now = self._store.now(tx)
            fresh = self._fresh(tx, batch.mails, state)
            arrivals = [self._arrival(batch.mails[uid], now) for uid in fresh]
            ids = dict(zip(fresh, self._store.inbox.add(tx, arrivals, list(fresh.values())), strict=True))
            boxes.finish(tx, self._place, [*batch.gone, *(uid for uid in batch.mails if uid in tries)])
            todo = [Uid(uid, STORED, now, ids.get(uid)) for uid in sorted(batch.mails)]
            if self._mailbox.after.kind == "leave":
                todo = []
            boxes.note(tx, self._place, todo)
            self._note_problems(tx, batch, tries, now)
            upto = max(batch.upto, state.last_uid)
            boxes.advance(tx, self._place, fence, upto, now, taken=len(fresh), left=batch.left)
        return todo

    def _fresh(self, tx: Tx, mails: Mapping[int, bytes], state: FolderState) -> dict[int, str]:
        """Those that are not on our disk already, with the hash of their bytes.

        After the folder was numbered anew, mails that were taken long ago come once more.  The filer's window for
        duplicates (30 days) is too short for that, so they are recognised here, by their bytes or by their content.
        """
        hashes = {uid: sha256(raw).hexdigest() for uid, raw in sorted(mails.items())}
        again = [uid for uid in hashes if uid <= state.rescan_to]
        marks = {uid: (hashes[uid], content_key(mails[uid]) if peek(mails[uid]).message_id else None) for uid in again}
        known = self._store.mailboxes.known(tx, self._place, marks) if marks else frozenset()
        return {uid: digest for uid, digest in hashes.items() if uid not in known}

    def _arrival(self, raw: bytes, now: datetime) -> Arrival:
        envelope = self._envelopes.read(raw, now)
        return arrival(Accepted(str(self._place), envelope, raw))

    def _note_problems(self, tx: Tx, batch: Batch, tries: Mapping[int, int], now: datetime) -> None:
        found = []
        for uid, reason in batch.problems.items():
            count = tries.get(uid, 0) + 1
            found.append(Uid(uid, AGAIN, later(now, count), None, count, f"mail {uid} cannot be fetched: {reason}"))
            if count == TELL_AFTER_TRIES:
                self._on_left(tx, self._mailbox, self._place.folder, found[-1].reason)
        for uid, size in batch.too_large.items():
            words = f"mail {uid} is too large to be taken ({size / 1e6:.0f} MB) and stays in the mailbox"
            found.append(Uid(uid, STAYS, NEVER, None, 1, words))
            self._on_left(tx, self._mailbox, self._place.folder, words)
        for one in found:
            log.warning("a mail stays in the mailbox", source=str(self._place), uid=one.uid, reason=one.reason)
        self._store.mailboxes.note(tx, self._place, found)
