"""Take: the staff member who asks has the ticket from now on."""

from __future__ import annotations

from gateway.actions.base import Action, Request, Workplace, record
from parsers.message import comparable
from store.database import Tx


def run(tx: Tx, place: Workplace, request: Request) -> str:
    """Make the asker the assignee; say who had it before."""
    before, mine = request.ticket.assignee, comparable(request.by.address)
    if before == mine:
        return f"{request.ticket.ref}: you have it already"
    place.store.tickets.change(tx, request.ticket.id, assignee=mine)
    had = f" from {before}" if before else ""
    record(tx, place, request, f"{request.by.address} took it{had}")
    return f"{request.ticket.ref}: you have it now{had}"


ACTION = Action("take", "Take the ticket: news of it comes to you.", run)
