"""Mails, tickets and entries for tests, with everything that a test does not care about filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from store.database import Tx
from store.inbox import Arrival, ClaimedRow
from store.outbox import NewMail
from store.store import Store
from store.tickets import NewEntry, NewParty, NewTicket, Ticket

NOW = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)
LEASE = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
_numbers = count(1)


def arrival(raw: bytes = b"Subject: x\r\n\r\nhello\r\n", *, message_id: str = "", at: datetime = NOW) -> Arrival:
    """A mail at the door; with no Message-ID given, one of its own."""
    return Arrival(
        source="smtp",
        sender="ann@example.org",
        recipients=("it@acme.example",),
        peer="192.0.2.1",
        received_at=at,
        raw=raw,
        message_id=message_id or f"{next(_numbers)}@example.org",
        subject="printer",
        from_address="ann@example.org",
    )


def accepted(store: Store, *arrivals: Arrival) -> list[int]:
    """Accept them, in one transaction."""
    with store.transaction() as tx:
        return store.inbox.add(tx, arrivals or [arrival()])


def claimed(store: Store, token: str = "worker", *, at: datetime = NOW, limit: int = 100) -> list[ClaimedRow]:
    """Claim what may be claimed."""
    with store.transaction() as tx:
        return store.inbox.claim(tx, token, at, LEASE, limit, 10_000_000)


def opened(store: Store, tx: Tx, *, subject: str = "printer", team: str = "it", tag: str = "ACME") -> Ticket:
    """A ticket with one requester."""
    requester = NewParty("Ann", "Ann@example.org", "ann@example.org", "requester")
    return store.tickets.open(
        tx,
        NewTicket(tag, team, (), "normal", subject, "it@acme.example", (), "en", NOW, None, [requester]),
    )


def entry(ticket_id: int, text: str = "hello", *, inbox_id: int | None = None, message_id: str = "") -> NewEntry:
    """A mail that came in."""
    return NewEntry(
        ticket_id, NOW, "mail", "in", "public", "Ann", "ann@example.org", text, message_id, inbox_id=inbox_id
    )


def filed(store: Store, item: ClaimedRow, token: str = "worker", *, outcome: str = "ticket", key: str = "") -> None:
    """File a claimed row with this outcome."""
    with store.transaction() as tx:
        ticket = opened(store, tx) if outcome in {"ticket", "attach"} else None
        ticket_id = ticket.id if ticket else None
        store.inbox.settle(tx, item.row.id, token, outcome, ticket_id, "person", "a test", key or f"key {item.row.id}")


def outgoing(
    *,
    to: str = "ann@example.org",
    ticket: int | None = None,
    entry_id: int | None = None,
    kind: str = "ack",
    literal: bytes = b"Subject: y\r\n\r\nthanks\r\n",
    splices: tuple[tuple[int, str, int, int], ...] = (),
    at: datetime = NOW,
    not_before: datetime | None = None,
) -> NewMail:
    """A mail to be sent."""
    return NewMail(ticket, entry_id, kind, to, "", f"dg.{next(_numbers)}@desk", literal, splices, at, not_before)
