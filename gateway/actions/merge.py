"""Merge: this ticket is about the same as another one.  From now on everything that comes to it goes there.

Both histories stay where they are.  Whoever took part takes part there, so nobody who is merged is lost, and nobody is
mailed.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.actions.base import Action, Refused, Request, Workplace, authorise, has_part, record
from gateway.following import final
from store.database import Tx
from store.tickets import Ticket, TicketParty

PARTS = {"requester": "cc"}
"""What a party of the merged ticket becomes in the other one, where it is not the same."""


def run(tx: Tx, place: Workplace, request: Request) -> str:
    """Close this ticket and let everything that comes to it go to the other one."""
    ticket, tickets = request.ticket, place.store.tickets
    target = _target(tx, place, request)
    for party in ticket.parties:
        if not party.revoked:
            _bring(tx, place, target, party)
    tickets.change(tx, ticket.id, status="closed", closed_at=ticket.closed_at or request.now, merged_into=target.id)
    if target.status == "waiting" and ticket.status == "open":
        tickets.change(tx, target.id, status="open")
    place.store.promises.withdraw(tx, ticket.id, request.now)
    record(tx, place, request, f"{request.by.address} merged it into {target.ref}")
    record(tx, place, replace(request, ticket=target), f"{request.by.address} merged {ticket.ref} into it")
    return f"{ticket.ref}: merged into {target.ref}, where everything goes from now on"


def _target(tx: Tx, place: Workplace, request: Request) -> Ticket:
    """The other ticket, where it was merged itself the one it went to; locked, open, and one that they may act on."""
    ticket, tickets = request.ticket, place.store.tickets
    if ticket.merged_into is not None:
        raise Refused(f"{ticket.ref} was merged already; reopen it first")
    named = tickets.by_ref(tx, request.argument.strip("[]# "))
    if named is None:
        raise Refused(f"there is no ticket {request.argument}; nothing was merged")
    target = final(tx, tickets, named)
    if target.id == ticket.id:
        raise Refused(f"{named.ref} is, or was merged into, {ticket.ref} itself; nothing was merged")
    if target.status == "closed":
        raise Refused(f"{target.ref} is closed; reopen it first, or merge the other way round")
    authorise(place.desk, request.by, target)
    return target


def _bring(tx: Tx, place: Workplace, target: Ticket, party: TicketParty) -> None:
    """This party takes part in the target as well, at least as much as before."""
    has_part(tx, place, target, party.name, party.address, PARTS.get(party.role, party.role), at_least=True)


ACTION = Action(
    "merge", "Merge the ticket into another one, where everything goes from now on.", run, argument="REF", leaves=True
)
