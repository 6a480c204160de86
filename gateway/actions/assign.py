"""Assign: another member of the team has the ticket from now on, and is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from gateway.actions.base import Action, Refused, Request, Workplace, briefing, members, record, staff_party, with_note
from parsers.message import comparable
from store.database import Tx


def run(tx: Tx, place: Workplace, request: Request) -> str:
    """Hand the ticket to a member of its team or of a helping team."""
    ticket = request.ticket
    allowed = {comparable(a): a for a in members(place.desk, (ticket.team, *ticket.helpers))}
    wanted = _meant(comparable(request.argument), allowed)
    if wanted not in allowed:
        raise Refused(f"{request.argument} is not on the team; {ticket.ref} can go to: {', '.join(allowed.values())}")
    place.store.tickets.change(tx, ticket.id, assignee=wanted)
    entry_id = record(tx, place, request, with_note(f"{request.by.address} gave it to {wanted}", request.text))
    if wanted != comparable(request.by.address):
        party = staff_party(tx, place, ticket, allowed[wanted])
        about = briefing(tx, place, replace(ticket, assignee=wanted), request, entry_id)
        place.store.outbox.add(tx, place.letters.notices(about, "notice_assigned", [party]))
    return f"{ticket.ref}: {wanted} has it now"


def _meant(name: str, allowed: Collection[str]) -> str:
    """The address that is meant by ``otto`` alone, when there is just one such."""
    found = [address for address in allowed if address.partition("@")[0] == name]
    return found[0] if len(found) == 1 else name


ACTION = Action(
    "assign", "Give the ticket to a member of the team.", run, argument="ADDRESS", text="optional", internal=True
)
