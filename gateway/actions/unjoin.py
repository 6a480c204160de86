"""Unjoin: an address that was joined with others belongs to nobody else any more."""

from __future__ import annotations

from gateway.actions.base import Action, Request, Workplace, record
from parsers.message import comparable
from store.database import Tx


def run(tx: Tx, place: Workplace, request: Request) -> str:
    """Take `join` back."""
    ticket, key = request.ticket, comparable(request.argument)
    if not place.store.tickets.part_persons(tx, key):
        return f"{ticket.ref}: {key} was not joined with any other address"
    record(tx, place, request, f"{request.by.address} parted {key} from other addresses")
    return f"{ticket.ref}: {key} belongs to nobody else any more"


ACTION = Action("unjoin", "Say that ADDRESS belongs to nobody else: takes join back.", run, argument="ADDRESS")
