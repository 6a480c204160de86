"""What is known of every mailbox folder that is read by IMAP: how far it is read, by whom, and what is still to be done.

Promises: how far a folder is read (`advance`) changes only together with the mails themselves, in the caller's
transaction, and only for the holder of the lease's newest fence number: a node that was paused and comes back can store
nothing (mail-safety 4.4).  A mail whose handling in the mailbox is not finished has a row of its own until it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from store.columns import EPOCH, Moment
from store.database import Tx
from store.errors import ClaimLost
from store.schema import inbox, mailbox_uids, mailboxes, raws
from store.statement import Among, Statement

NEVER = EPOCH + timedelta(days=200 * 365)
"""When a mail is looked at again that stays as it is."""

STORED = "stored"
"""On our disk; the mailbox does not know it yet."""
FLAGGED = "flagged"
"""Marked in the mailbox; to be moved or deleted when its time comes."""
COPIED = "copied"
"""Copied to where it shall be; the original is to be removed."""
AGAIN = "again"
"""Could not be fetched; to be tried again."""
STAYS = "stays"
"""Left in the mailbox for good, for a reason."""


@dataclass(frozen=True, slots=True)
class Place:
    """One folder of one mailbox, by the names of the configuration."""

    mailbox: str
    folder: str

    def __str__(self) -> str:
        return f"imap:{self.mailbox}/{self.folder}"


@dataclass(frozen=True, slots=True)
class FolderState:
    """A folder as it is remembered.  `uidvalidity` is None before it was first read; moments are UTC."""

    place: Place
    uidvalidity: int | None
    last_uid: int
    """Every mail up to here is on our disk, or was left, or has a row of its own."""
    rescan_to: int
    """Mails up to here may be on our disk already: the folder was numbered anew after they were taken."""
    started_at: datetime | None
    """What the server received before is old and was left; None: old mail was to be taken, too."""
    left: int
    """How many old mails were left."""
    taken: int
    last_read_at: datetime | None
    """When it was last known that nothing waits in it, or when the last mail was taken."""
    last_mail_at: datetime | None
    error: str | None
    """Why it cannot be read, or what could not be done."""
    told_at: datetime | None
    """When the site's operator was told that it is not read; None: all is well, or they do not know yet."""
    lease_owner: str | None
    fence: int


@dataclass(frozen=True, slots=True)
class Uid:
    """A mail in the mailbox with which we are not finished; `inbox_id` is None while it is not on our disk."""

    uid: int
    state: str
    not_before: datetime
    inbox_id: int | None = None
    tries: int = 0
    reason: str = ""
    """What could not be done with it; empty: nothing is wrong."""


_C, _U = mailboxes.c, mailbox_uids.c
_HERE = and_(_C.mailbox == bindparam("in_mailbox"), _C.folder == bindparam("in_folder"))
_MINE = and_(_HERE, _C.fence == bindparam("my_fence"))
_ROW = and_(_U.mailbox == bindparam("in_mailbox"), _U.folder == bindparam("in_folder"))
_FIELDS = (
    _C.mailbox, _C.folder, _C.uidvalidity, _C.last_uid, _C.rescan_to, _C.started_at, _C.left, _C.taken,
    _C.last_read_at, _C.last_mail_at, _C.error, _C.told_at, _C.lease_owner, _C.fence,
)  # fmt: skip
"""Place, then the order of FolderState's fields."""


def _is_free(owner: str, now: str) -> ColumnElement[bool]:
    mine = _C.lease_owner == bindparam(owner)
    return or_(_C.lease_owner.is_(None), mine, _C.lease_until <= bindparam(now, type_=Moment()))


_KNOW = Statement(
    sqlite.insert(mailboxes).on_conflict_do_nothing(),
    "mailbox", "folder",
    postgresql=postgresql.insert(mailboxes).on_conflict_do_nothing(),
)  # fmt: skip
_GET = Statement(select(*_FIELDS).where(_HERE))
_OF_MAILBOX = Statement(
    select(*_FIELDS).where(_C.mailbox == bindparam("in_mailbox")).order_by(_C.folder).with_for_update()
)
_ALL = Statement(select(*_FIELDS).order_by(_C.mailbox, _C.folder))
_LEASE = Statement(
    update(mailboxes).where(_HERE, _is_free("who", "at")).values(fence=_C.fence + 1).returning(_C.fence),
    "lease_owner", "lease_until",
)  # fmt: skip
_READ_AT = func.coalesce(bindparam("read_at", type_=Moment()), _C.last_read_at)
_RENEW = Statement(update(mailboxes).where(_MINE).values(last_read_at=_READ_AT), "lease_until", "error")
_FREE = update(mailboxes).values(lease_owner=None, lease_until=EPOCH)
_RELEASE = Statement(_FREE.where(_MINE))
_RESET = Statement(_FREE)
_BEGIN = Statement(
    update(mailboxes).where(_MINE), "uidvalidity", "last_uid", "rescan_to", "started_at", "left"
)  # fmt: skip
_FORGET_UIDS = Statement(delete(mailbox_uids).where(_ROW))
_CONFIRM = Statement(update(mailboxes).where(_MINE), "fence")
_ADVANCE = Statement(
    update(mailboxes)
    .where(_MINE)
    .values(
        taken=_C.taken + bindparam("more"),
        left=_C.left + bindparam("more_left"),
        last_mail_at=func.coalesce(bindparam("mail_at", type_=Moment()), _C.last_mail_at),
    ),
    "last_uid", "last_read_at",
)  # fmt: skip
_TOLD = Statement(update(mailboxes).where(_C.mailbox == bindparam("in_mailbox")), "told_at")
_NOTE = Statement(
    mailbox_uids.insert(), "mailbox", "folder", "uid", "state", "not_before", "inbox_id", "tries", "reason"
)
_NOTED = Statement(
    select(_U.uid, _U.state, _U.not_before, _U.inbox_id, _U.tries, _U.reason)
    .where(_ROW, _U.not_before <= bindparam("at", type_=Moment()))
    .order_by(_U.not_before, _U.uid)
    .limit(bindparam("most"))
)
_FINISHED = Statement(delete(mailbox_uids).where(_ROW, Among(_U.uid, "uids")))
_TROUBLES = Statement(select(func.count(), func.min(_U.reason)).where(_ROW, _U.reason != ""))
_RAWS = Statement(select(raws.c.sha256).where(Among(raws.c.sha256, "shas")))
_KEYS = Statement(
    select(inbox.c.content_key).where(
        inbox.c.content_key.is_not(None), Among(inbox.c.content_key, "keys"), inbox.c.source == bindparam("from_here")
    )
)
_ROWS = Statement(
    select(inbox.c.raw_sha256).where(Among(inbox.c.raw_sha256, "shas"), inbox.c.source == bindparam("from_here"))
)


class Mailboxes:
    """The folders and their unfinished mails."""

    def know(self, tx: Tx, place: Place) -> FolderState:
        """The folder's state; a new one has never been read."""
        _KNOW.run(tx, {"mailbox": place.mailbox, "folder": place.folder})
        state = self.get(tx, place)
        assert state is not None, "just made, if it was not there"
        return state

    def get(self, tx: Tx, place: Place) -> FolderState | None:
        """The folder's state, or None for one that was never asked for."""
        row = _GET.row(tx, _here(place))
        return _state(row) if row else None

    def all(self, tx: Tx) -> list[FolderState]:
        """Every folder that was ever read, also those that the configuration no longer names."""
        return [_state(row) for row in _ALL.rows(tx)]

    def lock(self, tx: Tx, mailbox: str) -> list[FolderState]:
        """Every folder of a mailbox; nobody else changes them before this transaction ends."""
        return [_state(row) for row in _OF_MAILBOX.rows(tx, {"in_mailbox": mailbox})]

    def lease(self, tx: Tx, place: Place, owner: str, now: datetime, until: datetime) -> int | None:
        """The fence number of the lease that `owner` now has; None: somebody else reads this folder."""
        values = {**_here(place), "lease_owner": owner, "who": owner, "at": now, "lease_until": until}
        row = _LEASE.row(tx, values)
        return int(row[0]) if row else None

    def renew(
        self, tx: Tx, place: Place, fence: int, until: datetime, read_at: datetime | None, error: str | None
    ) -> bool:
        """Keep the lease, and say how reading goes (`read_at` None: nothing new).  False: somebody else has it."""
        values = {"lease_until": until, "read_at": read_at, "error": error}
        return _RENEW.run(tx, {**_mine(place, fence), **values}) == 1

    def release(self, tx: Tx, place: Place, fence: int) -> None:
        """Give the lease back, if it is still ours."""
        _RELEASE.run(tx, _mine(place, fence))

    def reset_leases(self, tx: Tx) -> None:
        """Free every lease.  Only at the start on SQLite, where nobody else can hold one."""
        _RESET.run(tx)

    def begin(
        self, tx: Tx, place: Place, fence: int, uidvalidity: int, last_uid: int, rescan_to: int,
        started_at: datetime | None, left: int,
    ) -> None:  # fmt: skip
        """The folder's mails have new numbers (or are seen for the first time): what was noted by number is void.

        Raises ClaimLost.
        """
        values = {
            "uidvalidity": uidvalidity, "last_uid": last_uid, "rescan_to": rescan_to, "started_at": started_at,
            "left": left,
        }  # fmt: skip
        _one(place, _BEGIN.run(tx, {**_mine(place, fence), **values}))
        _FORGET_UIDS.run(tx, _here(place))

    def confirm(self, tx: Tx, place: Place, fence: int) -> None:
        """Raise ClaimLost unless the fence is still ours; keeps others off until the transaction ends."""
        _one(place, _CONFIRM.run(tx, {**_mine(place, fence), "fence": fence}))

    def advance(
        self, tx: Tx, place: Place, fence: int, last_uid: int, now: datetime, taken: int = 0, left: int = 0
    ) -> None:
        """Everything up to `last_uid` is dealt with.  Raises ClaimLost."""
        values = {
            "last_uid": last_uid, "last_read_at": now, "more": taken, "more_left": left,
            "mail_at": now if taken else None,
        }  # fmt: skip
        _one(place, _ADVANCE.run(tx, {**_mine(place, fence), **values}))

    def told(self, tx: Tx, mailbox: str, at: datetime | None) -> None:
        """The operator was told that this mailbox is not read (`at`), or that it is read again (None)."""
        _TOLD.run(tx, {"in_mailbox": mailbox, "told_at": at})

    def note(self, tx: Tx, place: Place, found: Sequence[Uid]) -> None:
        """Remember these mails, in place of what was noted of them before."""
        if not found:
            return
        self.finish(tx, place, [one.uid for one in found])
        _NOTE.run_each(tx, [_columns(place, one) for one in found])

    def noted(self, tx: Tx, place: Place, at: datetime, limit: int) -> list[Uid]:
        """Mails whose time has come, those that wait longest first."""
        return [Uid(*row) for row in _NOTED.rows(tx, {**_here(place), "at": at, "most": limit})]

    def finish(self, tx: Tx, place: Place, uids: Collection[int]) -> None:
        """Nothing more is to be done with these."""
        if uids:
            _FINISHED.run(tx, {**_here(place), "uids": list(uids)})

    def troubles(self, tx: Tx, place: Place) -> tuple[int, str]:
        """With how many mails something could not be done, and what with one of them."""
        row = _TROUBLES.row(tx, _here(place))
        return (int(row[0]), row[1] or "") if row else (0, "")

    def known(self, tx: Tx, place: Place, mails: Mapping[int, tuple[str, str | None]]) -> frozenset[int]:
        """Which of these mails came from this folder before, however long ago.

        Each by its hash and its content key (None: bytes alone tell, as of a mail without Message-ID, which programs
        repeat).  What came another way is not meant: the same mail in another mailbox concerns another team.
        """
        here = str(place)
        keys = [key for _, key in mails.values() if key]
        contents = {row[0] for row in _KEYS.rows(tx, {"keys": keys, "from_here": here})} if keys else set()
        rest = {digest for digest, key in mails.values() if key not in contents}
        stored = [row[0] for row in _RAWS.rows(tx, {"shas": list(rest)})] if rest else []
        # seldom more than a few: this question reads the whole table
        same = {row[0] for row in _ROWS.rows(tx, {"shas": stored, "from_here": here})} if stored else set()
        return frozenset(uid for uid, (digest, key) in mails.items() if key in contents or digest in same)


def _here(place: Place) -> dict[str, object]:
    return {"in_mailbox": place.mailbox, "in_folder": place.folder}


def _mine(place: Place, fence: int) -> dict[str, object]:
    return {**_here(place), "my_fence": fence}


def _one(place: Place, rows: int) -> None:
    if rows != 1:
        raise ClaimLost(f"{place} is read by somebody else by now")


def _state(row: Sequence[object]) -> FolderState:
    mailbox, folder, *rest = row
    return FolderState(Place(str(mailbox), str(folder)), *rest)  # type: ignore[arg-type]  # in the order of _FIELDS


def _columns(place: Place, one: Uid) -> dict[str, object]:
    return {
        "mailbox": place.mailbox,
        "folder": place.folder,
        "uid": one.uid,
        "state": one.state,
        "not_before": one.not_before,
        "inbox_id": one.inbox_id,
        "tries": one.tries,
        "reason": one.reason,
    }
