"""The JSON forms of tickets and of the two books, exactly as the contract names their keys."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.cli.common import stamp
from store.inbox import InboxRow
from store.outbox import OutboxRow
from store.promises import Promise
from store.tickets import Entry, Ticket

TAKES_PART = ("cc", "watcher")


def ticket_json(ticket: Ticket, promises: Sequence[Promise]) -> dict[str, object]:
    """A ticket without its entries."""
    requester = next((p for p in ticket.parties if p.role == "requester"), None)
    return {
        "ref": ticket.ref,
        "team": ticket.team,
        "helpers": list(ticket.helpers),
        "status": ticket.status,
        "priority": ticket.priority,
        "subject": ticket.subject,
        "requester": {
            "name": requester.name if requester else "",
            "address": requester.address if requester else "",
        },
        "participants": [
            {"name": p.name, "address": p.address, "role": p.role} for p in ticket.parties if p.role in TAKES_PART
        ],
        "proposed": [{"name": p.name, "address": p.address} for p in ticket.parties if p.role == "proposed"],
        "bouncing": [
            {"address": p.address, "since": stamp(p.bouncing_since), "reason": p.bounce_reason or ""}
            for p in ticket.parties
            if p.bouncing_since is not None
        ],
        "assignee": ticket.assignee,
        "opened_at": stamp(ticket.opened_at),
        "closed_at": stamp(ticket.closed_at),
        "tags": list(ticket.tags),
        "hand_offs": ticket.hand_offs,
        "reopened": ticket.reopened,
        "related": ticket.related_to,
        "merged_into": ticket.merged_into,
        "promises": [promise_json(p) for p in promises],
    }


def promise_json(promise: Promise) -> dict[str, object]:
    """A line of the ledger."""
    return {
        "kind": promise.kind,
        "basis": promise.basis,
        "level": promise.level,
        "shown": promise.shown,
        "stated_at": stamp(promise.stated_at),
        "due": stamp(promise.due),
        "stated_to": promise.stated_to,
        "outcome": promise.outcome,
    }


def entry_json(entry: Entry, number: int) -> dict[str, object]:
    """A line of a ticket's history; `number` counts the ticket's attachments before this entry."""
    return {
        "id": entry.id,
        "at": stamp(entry.at),
        "kind": entry.kind,
        "direction": entry.direction,
        "visibility": entry.visibility,
        "author": {"name": entry.author_name, "address": entry.author_address},
        "text": entry.text,
        "message_id": entry.message_id,
        "attachments": [
            {
                "number": number + position,
                "filename": a.filename,
                "content_type": a.content_type,
                "size": a.size,
                "sha256": a.sha256,
                "inline": a.inline,
            }
            for position, a in enumerate(entry.attachments, start=1)
        ],
    }


def inbox_json(row: InboxRow) -> dict[str, object]:
    """A line of the incoming books."""
    return {
        "id": row.id,
        "received_at": stamp(row.received_at),
        "source": row.source,
        "envelope": {"from": row.sender, "to": list(row.recipients)},
        "message_id": row.message_id,
        "subject": row.subject,
        "state": row.state,
        "outcome": row.outcome,
        "ticket": row.ticket_ref,
        "reason": row.reason,
        "kind": row.kind,
        "proof": row.proof,
        "proof_reason": row.proof_reason,
        "size": row.size,
        "tries": row.tries,
        "decided_by": row.decided_by,
        "decided_at": stamp(row.decided_at),
    }


def outbox_json(row: OutboxRow) -> dict[str, object]:
    """A line of the outgoing books."""
    return {
        "id": row.id,
        "kind": row.kind,
        "to": row.recipient,
        "envelope_from": row.envelope_from,
        "message_id": row.message_id,
        "ticket": row.ticket_ref,
        "state": row.state,
        "attempts": row.attempts,
        "created_at": stamp(row.created_at),
        "next_attempt_at": stamp(row.next_attempt_at),
        "sent_at": stamp(row.sent_at),
        "last_reply": row.last_reply,
    }
