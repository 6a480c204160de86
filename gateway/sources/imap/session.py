"""An open folder: connected, logged in, and sure that the numbers of its mails mean what they meant.

When the server numbers a folder anew (UIDVALIDITY changes, or numbers go back after a restore), it is looked through from
the beginning.  What is on our disk is recognised; what was left as old at the first start stays left, by the time at
which the server got it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from gateway.config.settings import Mailbox
from gateway.oauth.base import TokenSource
from gateway.sources.imap.after import Afterwards
from gateway.sources.imap.connection import Connection, Selected
from gateway.sources.imap.errors import FolderMissing
from gateway.sources.imap.keeping import Keeper
from gateway.sources.imap.login import log_in
from store.mailboxes import FolderState, Place
from store.store import Store

log = structlog.get_logger("imap")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a folder needs of the daemon."""

    store: Store
    keeper: Keeper
    tokens: TokenSource | None
    owner: str
    """This node's name in leases."""
    largest: int
    """Bytes; a mail above it is left in the mailbox."""
    on_mail: Callable[[], None]
    """Called when mails were stored."""


@dataclass(slots=True)
class Session:
    """What is open, and how far the folder is read."""

    place: Place
    connection: Connection
    selected: Selected
    state: FolderState
    fence: int
    after: Afterwards


def open_folder(connection: Connection, mailbox: Mailbox, place: Place, around: Surroundings, fence: int) -> Session:
    """Log in and open the folder.  Raises a MailboxError, ClaimLost or StoreError."""
    log_in(connection, mailbox, around.tokens)
    selected = _select(connection, place.folder)
    state = _agree(connection, mailbox, place, around.store, selected, fence)
    after = Afterwards(around.store, place, mailbox.after, connection, selected)
    log.info("reading the folder", source=str(place), mails=selected.exists)
    return Session(place, connection, selected, state, fence, after)


def _select(connection: Connection, folder: str) -> Selected:
    try:
        return connection.select(folder)
    except FolderMissing:
        found = connection.find_folder(folder)
        if found is None or found == folder:
            raise
        return connection.select(found)


def _agree(
    connection: Connection, mailbox: Mailbox, place: Place, store: Store, selected: Selected, fence: int
) -> FolderState:
    """What is remembered of the folder, begun anew where its numbers are new."""
    boxes = store.mailboxes
    with store.transaction() as tx:
        state, now = boxes.know(tx, place), store.now(tx)
    last = selected.uidnext - 1 if selected.uidnext is not None else max(connection.uids_from(1), default=0)
    # numbers never go back, except after a restore by an administrator who did not know that UIDVALIDITY must change
    if state.uidvalidity == selected.uidvalidity and state.last_uid <= last:
        return state
    leave, left, first, rescan_to = mailbox.old_mail == "leave", 0, 0, 0
    started_at = state.started_at if leave else None
    if state.uidvalidity is None:
        if leave:
            started_at, left, first = now, selected.exists, last
        log.info("the folder is read for the first time", source=str(place), left=left, to_take=selected.exists - left)
    else:
        rescan_to = last
        words = "the folder was numbered anew; it is looked through from the beginning, and nothing is taken twice"
        log.warning(words, source=str(place), before=state.uidvalidity, now=selected.uidvalidity)
    with store.transaction() as tx:
        boxes.begin(tx, place, fence, selected.uidvalidity, first, rescan_to, started_at, left)
        return boxes.know(tx, place)
