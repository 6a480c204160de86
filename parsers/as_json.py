"""A Message in the JSON form that the command line promises."""

from __future__ import annotations

from parsers.message import Attachment, Bounce, Message, Party


def as_json(message: Message) -> dict[str, object]:
    """The keys of ``deskgate parse --json`` for one mail, `file` excepted."""
    return {
        "message_id": message.message_id,
        "in_reply_to": list(message.in_reply_to),
        "references": list(message.references),
        "from": _party(message.from_) if message.from_ else None,
        "to": [_party(one) for one in message.to],
        "cc": [_party(one) for one in message.cc],
        "reply_to": [_party(one) for one in message.reply_to],
        "subject": message.subject,
        "date": message.date.isoformat() if message.date else None,
        "text": message.text,
        "reply": message.reply,
        "calendar": message.calendar or None,
        "html": message.html,
        "attachments": [_attachment(one) for one in message.attachments],
        "kind": message.kind.value,
        "kind_reason": message.kind_reason,
        "bounce": _bounce(message.bounce) if message.bounce else None,
        "identity": message.identity,
        "anonymous": message.anonymous,
        "cut": [{"why": one.why, "text": one.text} for one in message.cut],
        "content_key": message.content_key,
        "size": message.size,
        "defects": list(message.defects),
        "complete": message.complete,
    }


def _party(party: Party) -> dict[str, str]:
    return {"name": party.name, "address": party.address}


def _attachment(one: Attachment) -> dict[str, object]:
    return {
        "filename": one.filename,
        "content_type": one.content_type,
        "size": one.size,
        "sha256": one.sha256,
        "inline": one.inline,
        "content_id": one.content_id,
    }


def _bounce(bounce: Bounce) -> dict[str, object]:
    return {
        "recipients": list(bounce.recipients),
        "status": bounce.status,
        "reason": bounce.reason,
        "diagnostic": bounce.diagnostic,
        "original_message_id": bounce.original_message_id,
    }
