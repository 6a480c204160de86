"""Split: a mail in this ticket is about something else.  It becomes a ticket of its own, and its sender asked for it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.actions.base import Action, Refused, Request, Workplace, members, record
from parsers.message import comparable
from routing.promise import falls_due
from store.database import Tx
from store.promises import NewPromise
from store.tickets import Entry, NewEntry, NewParty, NewTicket, Ticket
from templates.times import in_words

_ENTRY = re.compile(r"#?([0-9]{1,18})(-?)")


def run(tx: Tx, place: Workplace, request: Request) -> str:
    """Move one mail, or all from one on (``17-``), into a new ticket; without a number the newest that came in."""
    ticket, tickets = request.ticket, place.store.tickets
    moved = _chosen(tickets.entries(tx, ticket.id), request)
    fresh = tickets.open(tx, _draft(place, ticket, moved))
    author = comparable(moved[0].author_address)
    shown = [one.id for one in moved if one.direction == "in" and comparable(one.author_address) == author]
    tickets.move_entries(tx, [one.id for one in moved], fresh.id, shown)
    answers = [one.at for one in moved if one.direction == "out"]
    tickets.change(
        tx,
        fresh.id,
        assignee=ticket.assignee or comparable(request.by.address),
        first_reply_at=min(answers) if answers else None,
    )
    if not answers:
        _promise(tx, place, fresh, request)
    what = "a mail" if len(moved) == 1 else f"{len(moved)} entries"
    record(tx, place, request, f"{request.by.address} split {what} by {moved[0].author_address} off: {fresh.ref}")
    words = f"{request.by.address} split it off {ticket.ref}"
    tickets.add_entry(
        tx, NewEntry(fresh.id, request.now, "change", "internal", "staff", request.by.name, request.by.address, words)
    )
    return f"{ticket.ref}: {what} by {moved[0].author_address} split off, now {fresh.ref}"


def _chosen(history: Sequence[Entry], request: Request) -> list[Entry]:
    """What shall move: the first is a mail that came in."""
    came = [one for one in history if (one.kind, one.direction) == ("mail", "in") and "@" in one.author_address]
    wanted = _ENTRY.fullmatch(request.argument.strip())
    if request.argument.strip() and wanted is None:
        raise Refused(f"{request.argument!r} is no number of an entry; see: deskgate tickets show {request.ticket.ref}")
    number = int(wanted[1]) if wanted else (came[-1].id if came else 0)
    first = next((one for one in came if one.id == number), None)
    if first is None:
        raise Refused(f"{request.ticket.ref} has no mail with the number {number} that came in; nothing was split")
    if first is came[0]:
        raise Refused(f"the first mail of {request.ticket.ref} is what it is about; split a later one off")
    if wanted is None or not wanted[2]:
        return [first]
    return [one for one in history if one.id >= first.id and one.kind in ("mail", "note")]


def _draft(place: Workplace, ticket: Ticket, moved: Sequence[Entry]) -> NewTicket:
    """A ticket like the old one, of whoever wrote the first mail; others who wrote take part."""
    desk, first = place.desk, moved[0]
    wrote = [one for one in moved if one.direction == "in" and "@" in one.author_address]
    people = [NewParty(first.author_name, first.author_address, comparable(first.author_address), "requester")]
    part = {party.key: party.role for party in ticket.parties}
    for one in wrote:
        key = comparable(one.author_address)
        role = part.get(key, "outsider")
        people.append(NewParty(one.author_name, one.author_address, key, "cc" if role == "requester" else role))
    staff = members(desk, (ticket.team, *ticket.helpers))
    people += [NewParty("", address, comparable(address), "staff") for address in staff]
    ids = tuple(one.message_id for one in moved if one.message_id and one.visibility == "public")
    return NewTicket(
        tag=desk.site.tag,
        team=ticket.team,
        helpers=ticket.helpers,
        priority=ticket.priority,
        subject=ticket.subject,
        alias=ticket.alias,
        tags=ticket.tags,
        language=ticket.language,
        opened_at=first.at,
        related_to=ticket.id,
        parties=tuple(people),
        last_message_ids=ids or tuple(one.message_id for one in moved[:1] if one.message_id),
    )


def _promise(tx: Tx, place: Workplace, ticket: Ticket, request: Request) -> None:
    """Somebody waits for an answer, from now on by the team's own measure; they are not told of it."""
    team = place.desk.teams.get(ticket.team)
    declared = team.turnaround.first_reply if team else {}
    duration = declared.get(ticket.priority) or declared.get("normal")
    due = falls_due(team.hours, request.now, duration) if team and duration else None
    if team and due:
        shown = in_words(due, team.hours.zone, request.now)
        place.store.promises.state(
            tx, NewPromise(ticket.id, "first_reply", "declared", None, due, shown, request.now, stated_to="")
        )


ACTION = Action(
    "split", "Make a ticket of its own of one mail: number 17, or 17- for all from there on.", run, argument="[ENTRY]"
)
