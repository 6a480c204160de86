"""Move: another team answers from now on.  The reference stays, the hand-off is counted, the new team is told."""

from __future__ import annotations

from dataclasses import replace

from gateway.actions.base import Action, Refused, Request, Workplace, briefing, members, record, staff_party, with_note
from store.database import Tx


def run(tx: Tx, place: Workplace, request: Request) -> str:
    """Hand the ticket to another team; nobody has it there until somebody takes it."""
    ticket, wanted = request.ticket, request.argument.casefold()
    team = next((one for key, one in place.desk.teams.items() if key.casefold() == wanted), None)
    if team is None:
        raise Refused(f"there is no team {request.argument!r}; there are: {', '.join(place.desk.teams)}")
    if team.key == ticket.team:
        return f"{ticket.ref}: {team.name} has it already"
    known = place.desk.teams.get(ticket.team)
    before = known.name if known else ticket.team
    helpers = tuple(key for key in ticket.helpers if key != team.key)
    place.store.tickets.change(
        tx, ticket.id, team=team.key, helpers=helpers, assignee=None, alias=team.address, hand_offs=1
    )
    words = f"{request.by.address} moved it from {before} to {team.name}"
    entry_id = record(tx, place, request, with_note(words, request.text))
    moved = replace(ticket, team=team.key, helpers=helpers, assignee=None, alias=team.address)
    told = [staff_party(tx, place, moved, address) for address in members(place.desk, (team.key,))]
    about = replace(briefing(tx, place, moved, request, entry_id), from_team=before)
    place.store.outbox.add(tx, place.letters.notices(about, "notice_moved", told))
    return f"{ticket.ref}: {team.name} has it now and was told"


ACTION = Action(
    "move", "Hand the ticket to another team.", run, argument="TEAM", text="optional", internal=True, leaves=True
)
