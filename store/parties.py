"""Who takes part in a ticket: persons by address, numbered within the ticket, since reply tokens name the number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, literal, null, select, update
from sqlalchemy.dialects import postgresql, sqlite

from store.database import Tx
from store.schema import ticket_parties
from store.statement import Among, Statement


@dataclass(frozen=True, slots=True)
class NewParty:
    """To be added.  `key`: the address in comparable form.  `role`: requester, cc, watcher, staff, outsider."""

    name: str
    address: str
    key: str
    role: str


@dataclass(frozen=True, slots=True)
class TicketParty:
    """A person taking part.  `number` counts from 1 within the ticket; `revoked`: this party's tokens are void.

    `bouncing_since`: a mail to this address did not arrive for good then, and nothing has come from it since.
    """

    number: int
    name: str
    address: str
    key: str
    role: str
    revoked: bool
    bouncing_since: datetime | None = None
    bounce_reason: str | None = None


_COLUMNS = (
    ticket_parties.c.number, ticket_parties.c.name, ticket_parties.c.address, ticket_parties.c.address_key,
    ticket_parties.c.role, ticket_parties.c.revoked, ticket_parties.c.bouncing_since, ticket_parties.c.bounce_reason,
)  # fmt: skip
"""In the order of TicketParty's fields."""
_NAMES = ("ticket_id", "number", "name", "address", "address_key", "role")
_ADD = Statement(ticket_parties.insert(), *_NAMES)
_OF_ONE = Statement(
    select(*_COLUMNS).where(ticket_parties.c.ticket_id == bindparam("ticket")).order_by(ticket_parties.c.number)
)
_OF_MANY = Statement(
    select(ticket_parties.c.ticket_id, *_COLUMNS)
    .where(Among(ticket_parties.c.ticket_id, "tickets"))
    .order_by(ticket_parties.c.ticket_id, ticket_parties.c.number)
)
_BY_KEY = Statement(
    select(*_COLUMNS)
    .where(ticket_parties.c.ticket_id == bindparam("ticket"))
    .where(ticket_parties.c.address_key == bindparam("key"))
)
_NEXT = select(
    bindparam("ticket", type_=ticket_parties.c.ticket_id.type),
    func.coalesce(func.max(ticket_parties.c.number), 0) + literal(1),
    bindparam("name", type_=ticket_parties.c.name.type),
    bindparam("address", type_=ticket_parties.c.address.type),
    bindparam("key", type_=ticket_parties.c.address_key.type),
    bindparam("role", type_=ticket_parties.c.role.type),
).where(ticket_parties.c.ticket_id == bindparam("ticket"))
_JOIN = Statement(
    sqlite.insert(ticket_parties).from_select(_NAMES, _NEXT).on_conflict_do_nothing(),
    postgresql=postgresql.insert(ticket_parties).from_select(_NAMES, _NEXT).on_conflict_do_nothing(),
)
_OF_TICKET = ticket_parties.c.ticket_id == bindparam("ticket")
_CHANGE = (
    update(ticket_parties)
    .where(ticket_parties.c.ticket_id == bindparam("ticket"))
    .where(ticket_parties.c.number == bindparam("party"))
)
_SET_ROLE = Statement(_CHANGE, "role")
_SET_REVOKED = Statement(_CHANGE, "revoked")
_IS_BOUNCING = ticket_parties.c.bouncing_since.is_not(None)
_SET_BOUNCING = Statement(
    update(ticket_parties).where(ticket_parties.c.address_key == bindparam("key"), _OF_TICKET),
    "bouncing_since",
    "bounce_reason",
)
_CLEAR_BOUNCING = Statement(
    update(ticket_parties)
    .where(ticket_parties.c.address_key == bindparam("key"), _IS_BOUNCING)
    .values(bouncing_since=null(), bounce_reason=null())
)
_BOUNCING = Statement(
    select(ticket_parties.c.bouncing_since, ticket_parties.c.bounce_reason)
    .where(ticket_parties.c.address_key == bindparam("key"), _IS_BOUNCING)
    .order_by(ticket_parties.c.bouncing_since.desc())
    .limit(1)
)
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Bouncing:
    """Since when an address does not take mail, and what its server said."""

    since: datetime
    reason: str


def add_first_parties(tx: Tx, ticket_id: int, parties: Sequence[NewParty]) -> tuple[TicketParty, ...]:
    """The parties of a new ticket, numbered in order; a key that comes twice counts once."""
    fresh = {party.key: party for party in reversed(parties)}  # of two with one key the first is kept
    kept = [party for party in parties if fresh[party.key] is party]
    added = tuple(
        TicketParty(number, party.name, party.address, party.key, party.role, False)
        for number, party in enumerate(kept, start=1)
    )
    if added:
        _ADD.run_each(tx, [_row(ticket_id, party) for party in added])
    return added


def join(tx: Tx, ticket_id: int, party: NewParty) -> TicketParty:
    """Add a party with the next free number, or give the one that has this key already, as it is."""
    for _ in range(_ATTEMPTS):  # two at once may want the same number (PostgreSQL); then one of them asks again
        known = _BY_KEY.row(tx, {"ticket": ticket_id, "key": party.key})
        if known is not None:
            return TicketParty(*known)
        values = {"name": party.name, "address": party.address, "key": party.key, "role": party.role}
        _JOIN.run(tx, {"ticket": ticket_id, **values})
    raise AssertionError(f"no number for a party of ticket {ticket_id} after {_ATTEMPTS} attempts")


def of_ticket(tx: Tx, ticket_id: int) -> tuple[TicketParty, ...]:
    """In the order in which they joined."""
    return tuple(TicketParty(*values) for values in _OF_ONE.rows(tx, {"ticket": ticket_id}))


def of_tickets(tx: Tx, ticket_ids: Sequence[int]) -> Mapping[int, tuple[TicketParty, ...]]:
    """The parties of several tickets, in one query."""
    found: dict[int, list[TicketParty]] = {}
    if ticket_ids:
        for ticket_id, *values in _OF_MANY.rows(tx, {"tickets": ticket_ids}):
            found.setdefault(ticket_id, []).append(TicketParty(*values))
    return {ticket_id: tuple(parties) for ticket_id, parties in found.items()}


def change(tx: Tx, ticket_id: int, number: int, *, role: str | None = None, revoked: bool | None = None) -> bool:
    """Give a party another role, or make its tokens void or valid.  False: there is no such party."""
    which = {"ticket": ticket_id, "party": number}
    changed = 0
    if role is not None:
        changed = _SET_ROLE.run(tx, {**which, "role": role})
    if revoked is not None:
        changed = _SET_REVOKED.run(tx, {**which, "revoked": revoked})
    return changed == 1


def mark_bouncing(tx: Tx, ticket_id: int, key: str, since: datetime, reason: str) -> bool:
    """A mail to this address did not arrive for good.  False: nobody with it takes part in this ticket."""
    return (
        _SET_BOUNCING.run(tx, {"ticket": ticket_id, "key": key, "bouncing_since": since, "bounce_reason": reason}) > 0
    )


def clear_bouncing(tx: Tx, key: str) -> bool:
    """Mail came from this address: whatever was said of it, on every ticket, is over.  True: something was."""
    return _CLEAR_BOUNCING.run(tx, {"key": key}) > 0


def bouncing(tx: Tx, key: str) -> Bouncing | None:
    """What was last said of this address on any ticket, or None."""
    found = _BOUNCING.row(tx, {"key": key})
    return None if found is None else Bouncing(found[0], found[1] or "")


def _row(ticket_id: int, party: TicketParty) -> dict[str, object]:
    return {
        "ticket_id": ticket_id,
        "number": party.number,
        "name": party.name,
        "address": party.address,
        "address_key": party.key,
        "role": party.role,
    }
