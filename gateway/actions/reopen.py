"""Reopen: the matter is not settled after all."""

from __future__ import annotations

from gateway.actions.base import Action, Request, Workplace, record
from store.database import Tx


def run(tx: Tx, place: Workplace, request: Request) -> str:
    """Open a closed or waiting ticket again; nobody is mailed."""
    ticket = request.ticket
    if ticket.status == "open":
        return f"{ticket.ref}: open already"
    place.store.tickets.change(
        tx, ticket.id, status="open", closed_at=None, merged_into=None, reopened=int(ticket.status == "closed")
    )
    alone = "; it is no longer merged" if ticket.merged_into is not None else ""
    record(tx, place, request, f"{request.by.address} opened it again{alone}")
    return f"{ticket.ref}: open again"


ACTION = Action("reopen", "Open the ticket again.", run)
