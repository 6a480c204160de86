"""Close: the matter is settled.  With words, the requester gets them as a last reply."""

from __future__ import annotations

from gateway.actions import reply
from gateway.actions.base import Action, Refused, Request, Workplace, record
from store.database import Tx


def run(tx: Tx, place: Workplace, request: Request) -> str:
    """Close the ticket; promises that are still open are withdrawn, not kept."""
    ticket = request.ticket
    if ticket.status == "closed":
        if request.text.strip():
            raise Refused(f"{ticket.ref} is closed already, so your words were not sent; send them with reply")
        return f"{ticket.ref}: closed already"
    told = bool(request.text.strip())
    said = (
        reply.send(tx, place, request, "closed") + "; closed"
        if told
        else f"{ticket.ref}: closed; the requester was not told"
    )
    place.store.tickets.change(tx, ticket.id, status="closed", closed_at=request.now)
    if told or ticket.first_reply_at is not None:
        place.store.promises.settle(tx, ticket.id, "resolve", request.now)
    place.store.promises.withdraw(tx, ticket.id, request.now)
    record(tx, place, request, f"{request.by.address} closed it")
    return said


ACTION = Action("close", "Close the ticket, with a last word to the requester or without.", run, text="optional")
