"""Note: words that only staff see."""

from __future__ import annotations

from gateway.actions.base import Action, Refused, Request, Workplace
from store.database import Tx
from store.tickets import NewEntry


def run(tx: Tx, place: Workplace, request: Request) -> str:
    """Write the words into the history, visible to staff; nobody is mailed."""
    if not request.text.strip():
        raise Refused("the note has no text; nothing was written")
    place.store.tickets.add_entry(
        tx,
        NewEntry(
            ticket_id=request.ticket.id,
            at=request.now,
            kind="note",
            direction="internal",
            visibility="staff",
            author_name=request.by.name,
            author_address=request.by.address,
            text=request.text,
            message_id=request.source.message_id,
            attachments=request.source.attachments,
            inbox_id=request.source.inbox_id,
        ),
    )
    return f"{request.ticket.ref}: noted"


ACTION = Action("note", "Write a note that only staff see.", run, text="required", internal=True)
