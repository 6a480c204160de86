"""The way into the durable inbox: what a source has accepted becomes a committed row, or the sender keeps it.

Two ways, one promise (nothing is done before the COMMIT): the doors hand over to the daemon's writer (`receiving`); a pipe
alias, which may run without the daemon, writes its own transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from gateway.sources.base import Accepted, Recipients, TemporarilyUnavailable
from parsers.message import comparable
from parsers.peek import peek
from routing.identity import looks_signed
from routing.teams import Desk
from store.errors import StoreUnavailable
from store.inbox import Arrival
from store.store import Store


def arrival(accepted: Accepted) -> Arrival:
    """The inbox row of an accepted mail; only its header block is looked at, and nothing in it can fail."""
    envelope, seen = accepted.envelope, peek(accepted.raw)
    assert envelope.received_at is not None, "every source says when"
    return Arrival(
        source=accepted.source,
        sender=envelope.sender,
        recipients=envelope.recipients,
        peer=envelope.peer,
        received_at=envelope.received_at,
        raw=accepted.raw,
        message_id=seen.message_id,
        subject=seen.subject,
        from_address=seen.from_address,
    )


class DirectIntake:
    """For a pipe alias: one transaction of its own, beside a running daemon or without one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, accepted: Accepted) -> Future[int]:
        """Stores at once; the future is done when this returns."""
        future: Future[int] = Future()
        try:
            with self._store.transaction() as tx:
                (row_id,) = self._store.inbox.add(tx, [arrival(accepted)])
            future.set_result(row_id)
        except StoreUnavailable as problem:
            future.set_exception(TemporarilyUnavailable(str(problem)))
        return future


def recipients(
    desk: Desk,
    barred: Callable[[str], bool] = lambda _peer: False,
    refused: Callable[[str], None] = lambda _reason: None,
) -> Recipients:
    """For whom mail is taken: every alias, its subaddresses, and whatever looks like a reply address of ours.

    `barred` and `refused` as in Recipients.
    """
    domains = {alias.rpartition("@")[2] for alias in desk.alias_addresses}
    if desk.site.reply_addresses not in ("subaddress", "none"):
        domains.add(desk.site.reply_addresses)
    return Recipients(_accepts(desk), frozenset(domains), barred, desk.block.refuses, refused)


def _accepts(desk: Desk) -> Callable[[str], bool]:
    own_domain = desk.site.reply_addresses not in ("subaddress", "none")

    def accepts(address: str) -> bool:
        if desk.team_of_alias(address) is not None:
            return True
        return own_domain and looks_signed(desk.site, comparable(address))

    return accepts
