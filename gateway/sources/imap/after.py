"""What becomes of a mail in its mailbox once it is on our disk (mail-safety 4.4, F4).

Each step is noted in the database when it is done, so that a crash repeats at most the last one, which does no harm: a
flag is set twice, a mail that has been moved is not there to be moved again.  Only single mails are ever removed (UID
EXPUNGE); a server that cannot do that keeps them.  What is refused stays, is tried again, and is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from gateway.config.settings import After
from gateway.sources.imap.connection import DONE, SEEN, Connection, Selected
from gateway.sources.imap.errors import CommandRefused, FolderMissing
from gateway.sources.imap.keeping import later
from store.crashpoints import point
from store.mailboxes import COPIED, FLAGGED, NEVER, STAYS, STORED, Place, Uid
from store.store import Store

log = structlog.get_logger("imap")

AT_ONCE = 500
"""Mails in one command.  Where each mail is a file, a server needs a second for a MOVE in a folder of 10,000, however few
are moved by it; and a command line must stay below 8 KB (RFC 7162 4)."""
ENOUGH_REFUSALS = 3
"""So many mails refused in a row: it is not the mails."""
_FOR_ALL = frozenset({"OVERQUOTA", "NOPERM", "TRYCREATE", "NONEXISTENT", "CANNOT", "LIMIT", "UNAVAILABLE"})
"""Refusals that speak of the folder or the account, not of a mail."""


class Afterwards:
    """Does F4 in one open folder."""

    def __init__(self, store: Store, place: Place, after: After, connection: Connection, selected: Selected) -> None:
        self._store, self._place, self._after = store, place, after
        self._connection, self._selected = connection, selected
        self._target: str | None = None

    def finish(self, mails: Sequence[Uid]) -> None:
        """Do what is to be done with these; each of them is on our disk."""
        for start in range(0, len(mails), AT_ONCE):
            some = list(mails[start : start + AT_ONCE])
            if self._after.kind == "leave" or self._selected.read_only:
                self._done(some)
                continue
            self._flag([one for one in some if one.state == STORED])
            match self._after.kind:
                case "flag":
                    self._done(some)
                case "move":
                    self._move(some)
                case "delete":
                    self._delete(some)

    def _flag(self, some: Sequence[Uid]) -> None:
        """Flags are a courtesy to people who look into the mailbox; what is done is known by our database."""
        kept = self._selected.flags
        flags = [flag for flag in (SEEN, DONE) if flag.lower() in kept or (flag == DONE and "\\*" in kept)]
        if not some or not flags:
            return
        uids = [one.uid for one in some]
        try:
            self._connection.flag(uids, flags)
        except CommandRefused as refused:
            log.info("a flag was refused", source=str(self._place), words=refused.words)
            if len(flags) > 1:
                self._quietly(lambda: self._connection.flag(uids, flags[:1]))
        point("f4.after_store")

    def _quietly(self, action: Callable[[], None]) -> None:
        try:
            action()
        except CommandRefused as refused:
            log.info("a flag was refused", source=str(self._place), words=refused.words)

    # ------------------------------------------------------------------------------------------------ move

    def _move(self, some: Sequence[Uid]) -> None:
        copied = [one for one in some if one.state == COPIED]
        self._each(copied, self._remove_copied)
        rest = [one for one in some if one.state != COPIED]
        if self._connection.has("MOVE"):
            self._each(rest, self._move_at_once)
        elif self._connection.has("UIDPLUS"):
            self._each(rest, self._copy_and_remove)
        else:
            self._stay(rest, "the server can neither MOVE nor remove single mails (UIDPLUS)")

    def _move_at_once(self, some: Sequence[Uid]) -> None:
        self._into_target(lambda target: self._connection.move([one.uid for one in some], target))
        point("f4.after_move")
        self._done(some)

    def _copy_and_remove(self, some: Sequence[Uid]) -> None:
        self._into_target(lambda target: self._connection.copy([one.uid for one in some], target))
        self._note([replace(one, state=COPIED, reason="") for one in some])
        self._remove_copied(some)

    def _remove_copied(self, some: Sequence[Uid]) -> None:
        self._connection.remove([one.uid for one in some])
        point("f4.after_move")
        self._done(some)

    def _into_target(self, action: Callable[[str], None]) -> None:
        """Do it with the folder's name; make the folder if it is not there.  Raises CommandRefused."""
        for may_be_missing in (True, False):
            try:
                if self._target is None:
                    wanted = self._after.folder
                    self._target = self._connection.find_folder(wanted) or self._connection.make_folder(wanted)
                action(self._target)
            except FolderMissing as missing:
                raise CommandRefused("move", str(missing), "NONEXISTENT") from missing
            except CommandRefused as refused:
                self._target = None
                if may_be_missing and refused.code in ("TRYCREATE", "NONEXISTENT"):
                    continue  # somebody has removed it since
                raise
            return

    # ------------------------------------------------------------------------------------------------ delete

    def _delete(self, some: Sequence[Uid]) -> None:
        waits = timedelta(days=self._after.days)
        new = [one for one in some if one.state == STORED and waits]
        self._note([replace(one, state=FLAGGED, not_before=one.not_before + waits) for one in new])
        due = [one for one in some if one not in new]
        if self._connection.has("UIDPLUS"):
            self._each(due, self._remove_copied)
        else:
            self._stay(due, "the server cannot remove single mails (UIDPLUS)")

    # ------------------------------------------------------------------------------------------------ notes

    def _each(self, some: Sequence[Uid], action: Callable[[Sequence[Uid]], None]) -> None:
        """Do it with all of them together; if that is refused, with each alone, until it is clear that none can."""
        if not some:
            return
        try:
            action(some)
        except CommandRefused as refused:
            if len(some) == 1 or refused.code in _FOR_ALL:
                self._refused(some, refused)
                return
        else:
            return
        in_a_row = 0
        for number, one in enumerate(some):
            try:
                action([one])
                in_a_row = 0
            except CommandRefused as refused:
                in_a_row += 1
                hopeless = in_a_row == ENOUGH_REFUSALS
                self._refused(some[number:] if hopeless else [one], refused)
                if hopeless:
                    return

    def _refused(self, some: Sequence[Uid], refused: CommandRefused) -> None:
        there = self._connection.listed([one.uid for one in some])
        self._done([one for one in some if one.uid not in there])  # somebody else was quicker
        with self._store.transaction() as tx:
            now = self._store.now(tx)
            noted = [self._later(one, refused, now) for one in some if one.uid in there]
            self._store.mailboxes.note(tx, self._place, noted)
        if new := [one for one in noted if one.tries == 1]:
            log.warning("mails stay in the mailbox", source=str(self._place), count=len(new), reason=new[0].reason)

    def _later(self, one: Uid, refused: CommandRefused, now: datetime) -> Uid:
        reason = f"mails are stored, but the server refuses to {refused.command} them: {refused.words}"
        state, tries = FLAGGED if one.state == STORED else one.state, one.tries + 1
        return replace(one, state=state, not_before=later(now, tries), tries=tries, reason=reason)

    def _stay(self, some: Sequence[Uid], why: str) -> None:
        if some:
            log.warning("mails stay in the mailbox", source=str(self._place), count=len(some), reason=why)
        reason = f"mails are stored, but stay in the mailbox: {why}"
        self._note([replace(one, state=STAYS, not_before=NEVER, reason=reason) for one in some])

    def _note(self, some: Sequence[Uid]) -> None:
        if some:
            with self._store.transaction() as tx:
                self._store.mailboxes.note(tx, self._place, some)

    def _done(self, some: Sequence[Uid]) -> None:
        if some:
            with self._store.transaction() as tx:
                self._store.mailboxes.finish(tx, self._place, [one.uid for one in some])
