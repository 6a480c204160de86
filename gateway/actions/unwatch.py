"""Unwatch: somebody hears no longer of this ticket, or was only proposed and is declined."""

from __future__ import annotations

from gateway.actions.base import Action, Refused, Request, Workplace, has_part, party_of, record
from parsers.message import comparable
from store.database import Tx


def run(tx: Tx, place: Workplace, request: Request) -> str:
    """Let the address no longer take part, without one whoever asks."""
    ticket, who = request.ticket, request.argument or request.by.address
    mine = party_of(ticket, who)
    if mine is not None and mine.role == "requester":
        raise Refused(f"{who} is the requester of {ticket.ref}: it cannot be theirs without them")
    if mine is None or mine.role not in ("cc", "watcher", "proposed"):
        return f"{ticket.ref}: {who} does not watch it"
    teams = place.desk.staff.get(comparable(who), frozenset())
    role = "staff" if teams & {ticket.team, *ticket.helpers} else "outsider"
    has_part(tx, place, ticket, mine.name, mine.address, role)
    record(tx, place, request, f"{request.by.address} removed {who}, who hears no more of it")
    return f"{ticket.ref}: {who} hears no more of it"


ACTION = Action("unwatch", "Let a person hear no more of the ticket: you, or ADDRESS.", run, argument="[ADDRESS]")
