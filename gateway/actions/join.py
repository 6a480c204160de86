"""Join: the requester has another address.  From it they may do what they may from the one that is known.

It counts on every ticket, and only for taking part: what is sent goes to the address that stands in the ticket.
"""

from __future__ import annotations

from gateway.actions.base import Action, Refused, Request, Workplace, record, requester_of
from parsers.message import comparable
from routing.answering import is_address
from store.database import Tx


def run(tx: Tx, place: Workplace, request: Request) -> str:
    """Note that ADDRESS is the requester's, too."""
    ticket, desk = request.ticket, place.desk
    requester, key = requester_of(ticket), comparable(request.argument)
    if not is_address(request.argument) or desk.team_of_alias(request.argument) is not None:
        raise Refused(f"{request.argument} is not the address of a person; nothing was joined")
    for one in (key, requester.key):
        if one in desk.staff:
            raise Refused(f"{one} is staff, whose rights hang on one address; nothing was joined")
    if not place.store.tickets.join_persons(tx, requester.key, key, request.by.address, request.now):
        return f"{ticket.ref}: {key} and {requester.key} are the same person already"
    record(tx, place, request, f"{request.by.address} joined {key} and {requester.key}: the same person")
    return f"{ticket.ref}: {key} and {requester.key} are the same person from now on"


ACTION = Action("join", "Say that ADDRESS belongs to the requester, too.", run, argument="ADDRESS")
