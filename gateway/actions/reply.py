"""Reply: a staff member's words go to the requester and the participants, and keep the promise of a first answer."""

from __future__ import annotations

from gateway.actions.base import Action, Refused, Request, Workplace
from gateway.letters import About
from parsers.message import comparable
from store.database import Tx
from store.tickets import NewEntry, Ticket, TicketParty
from templates.mail import UnsafeMail


def run(tx: Tx, place: Workplace, request: Request) -> str:
    """Send the words, note who has the ticket now, settle the first-reply promise."""
    return send(tx, place, request, "reply")


def send(tx: Tx, place: Workplace, request: Request, template: str) -> str:
    """The same with another template round the words: ``closed`` says that the request is closed."""
    if not request.text.strip() and not request.source.parts:
        raise Refused("the reply has no text; nothing was sent")
    ticket = request.ticket
    to = audience(ticket)
    entry_id = place.store.tickets.add_entry(
        tx,
        NewEntry(
            ticket_id=ticket.id,
            at=request.now,
            kind="mail",
            direction="out",
            visibility="public",
            author_name=request.by.name,
            author_address=request.by.address,
            text=request.text,
            message_id=request.source.message_id,
            attachments=request.source.attachments,
            inbox_id=request.source.inbox_id,
        ),
    )
    about = About(ticket, entry_id, request.now, parts=request.source.parts, note=request.text)
    try:
        mails = place.letters.answers(about, template, request.by, to)
    except UnsafeMail as problem:
        raise Refused(f"the reply cannot be written safely ({problem}); nothing was sent") from problem
    place.store.outbox.add(tx, mails)
    own = (request.source.message_id,) if request.source.message_id else ()
    if own:
        place.store.tickets.remember_ids(tx, ticket.id, entry_id, own)
    after_reply(tx, place, request, (*own, mails[0].message_id))
    return f"{ticket.ref}: sent to {', '.join(party.address for party in to)}{_bounced_before(tx, place, to)}"


def _bounced_before(tx: Tx, place: Workplace, to: list[TicketParty]) -> str:
    """A word of warning about addresses that did not take our last mail."""
    marked = [(party.address, place.store.tickets.bouncing(tx, party.key)) for party in to]
    lines = [
        f"{address} may not get it: mail came back on {b.since:%Y-%m-%d} ({b.reason})" for address, b in marked if b
    ]
    return "".join(f"\n{line}" for line in lines)


def audience(ticket: Ticket) -> list[TicketParty]:
    """The requester first, then whoever else takes part; staff have their own notices."""
    requester = [party for party in ticket.parties if party.role == "requester" and not party.revoked]
    others = [party for party in ticket.parties if party.role == "cc" and not party.revoked]
    if not requester:
        raise Refused(f"{ticket.ref} has no requester who can be written to")
    return requester + others


def after_reply(tx: Tx, place: Workplace, request: Request, message_ids: tuple[str, ...]) -> None:
    """Whoever answers has it, if nobody had; the promise of a first reply is kept or missed now."""
    ticket, tickets = request.ticket, place.store.tickets
    team = place.desk.teams.get(ticket.team)
    place.store.promises.settle(tx, ticket.id, "first_reply", request.now)
    tickets.change(
        tx,
        ticket.id,
        assignee=ticket.assignee or comparable(request.by.address),
        status=team.after_reply if team and ticket.status != "closed" else ticket.status,
        first_reply_at=ticket.first_reply_at or request.now,
        last_message_ids=(*ticket.last_message_ids, *message_ids)[-10:],
    )


ACTION = Action("reply", "Answer the requester and everybody who takes part.", run, text="required")
