"""Watch: somebody hears of this ticket from now on.  Colleagues get its notices, others the answers to the requester.

By this, staff also accept whom a requester's mail, or a colleague's wish, only proposed.
"""

from __future__ import annotations

from gateway.actions.base import Action, Refused, Request, Workplace, has_part, party_of, record
from parsers.message import comparable
from routing.answering import is_address
from store.database import Tx


def run(tx: Tx, place: Workplace, request: Request) -> str:
    """Let the address take part, without one whoever asks."""
    ticket, who = request.ticket, request.argument or request.by.address
    if not is_address(who) or place.desk.team_of_alias(who) is not None:
        raise Refused(f"{who} is not the address of a person; nobody was added to {ticket.ref}")
    mine, role = party_of(ticket, who), "watcher" if comparable(who) in place.desk.staff else "cc"
    if mine is not None and mine.revoked:
        raise Refused(f"the reply address of {who} for {ticket.ref} was revoked; nobody was added")
    if mine is not None and mine.role in ("requester", "cc", role):
        return f"{ticket.ref}: {who} takes part already"
    has_part(tx, place, ticket, mine.name if mine else "", who, role)
    hears = "notices" if role == "watcher" else "answers"
    record(tx, place, request, f"{request.by.address} added {who}, who gets {hears} from now on")
    return f"{ticket.ref}: {who} gets {hears} from now on"


ACTION = Action("watch", "Let a person hear of the ticket: you, or ADDRESS.", run, argument="[ADDRESS]")
