"""A staff member's mail, carried out: their words to the requester, their commands, or the reason why nothing was done.

All tasks of one mail happen or none (a savepoint).  What is refused is kept for staff to see, and its writer is told:
no word of a colleague's disappears, and none goes where it should not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from gateway.actions import ACTIONS, reply
from gateway.actions.base import (
    Refused,
    Request,
    Source,
    Workplace,
    authorise,
    has_part,
    is_confidential,
    party_of,
    staff_party,
)
from gateway.letters import About, parts_of
from gateway.wording import person, whole_minute
from parsers.message import Attachment, Message, Party, comparable
from routing.commands import Task
from store.database import Tx
from store.inbox import ClaimedRow
from store.outbox import NewMail
from store.tickets import NewEntry, StoredAttachment, Ticket
from templates.context import MailWords
from templates.mail import UnsafeMail
from templates.times import in_words

log = structlog.get_logger("commands")

HOUR = 3600
MOST_TOLD = 20
"""Notices of this sort to one person in an hour: a robot that answers them must not go on for ever."""
NOTICE = "notice_command"


@dataclass(frozen=True, slots=True)
class ByMail:
    """One mail of a staff member about one ticket."""

    tx: Tx
    place: Workplace
    item: ClaimedRow
    message: Message
    ticket: Ticket
    by: Party
    now: datetime


def carry_out(mail: ByMail, tasks: Sequence[Task], written: str) -> list[NewMail]:
    """Do all of it, or nothing and tell the writer why.  What is still to be sent.  `written`: the mail's own words."""
    store = mail.place.store
    try:
        with store.savepoint(mail.tx):
            said = _all(mail, tasks, written)
    except (Refused, UnsafeMail) as refused:
        log.info("commands refused", inbox_id=mail.item.row.id, ticket=mail.ticket.ref, reason=str(refused))
        entry_id = _kept(mail, "mail", written, f"nothing was done: {refused}")
        return told_why(mail, entry_id, str(refused))
    log.info("commands run", inbox_id=mail.item.row.id, ticket=mail.ticket.ref, said=said)
    return _warnings(mail) if any(task.public for task in tasks) else []


def _all(mail: ByMail, tasks: Sequence[Task], written: str) -> list[str]:
    """Each task on the ticket as the one before left it; who may act was the same for all of them."""
    tx, tickets, said = mail.tx, mail.place.store.tickets, list[str]()
    authorise(mail.place.desk, mail.by, mail.ticket)
    bare = Source(message_id=mail.message.message_id or "")
    whole = _source(mail)
    for task in tasks:
        now = tickets.get(tx, mail.ticket.id, lock=True)
        assert now is not None, "tickets are never deleted"
        source = whole if task.text.strip() or task.public else bare
        source = source if task.public else replace(source, parts=())
        action = next(one for one in ACTIONS if one.name == task.name)
        said.append(action.run(tx, mail.place, Request(now, mail.by, mail.now, task.argument, task.text, source)))
    if tickets.entry_of_inbox(tx, mail.item.row.id) is None:
        _kept(mail, "note", written)
    return said


def _source(mail: ByMail) -> Source:
    message, row = mail.message, mail.item.row
    return Source(
        message_id=message.message_id or "",
        inbox_id=row.id,
        attachments=stored_all(message),
        parts=parts_of(message, mail.item.raw, row.raw_sha256, mail.place.desk.reading),
    )


def stored_all(message: Message) -> tuple[StoredAttachment, ...]:
    """A mail's attachments as an entry remembers them."""
    return tuple(stored(a) for a in message.attachments)


def stored(attachment: Attachment) -> StoredAttachment:
    """An attachment as an entry remembers it; the content stays in the raw mail."""
    return StoredAttachment(
        filename=attachment.filename,
        content_type=attachment.content_type,
        size=attachment.size,
        sha256=attachment.sha256,
        inline=attachment.inline,
        index=attachment.index,
        content_id=attachment.content_id,
    )


def _kept(mail: ByMail, kind: str, text: str, remark: str = "") -> int:
    """The mail itself in the history, for staff, with a remark on what became of it."""
    tickets, message = mail.place.store.tickets, mail.message
    entry_id = tickets.add_entry(
        mail.tx,
        NewEntry(
            ticket_id=mail.ticket.id,
            at=mail.now,
            kind=kind,
            direction="in" if kind == "mail" else "internal",
            visibility="staff",
            author_name=mail.by.name,
            author_address=mail.by.address,
            text=f"{text}\n\n[{remark}]" if remark else text,
            message_id=message.message_id or "",
            attachments=stored_all(message),
            inbox_id=mail.item.row.id,
        ),
    )
    if message.message_id:
        tickets.remember_ids(mail.tx, mail.ticket.id, entry_id, [message.message_id])
    return entry_id


def told_why(mail: ByMail, entry_id: int, why: str) -> list[NewMail]:
    """The notice to the writer: why nothing was done, which commands there are, and their own words."""
    rates, counter = mail.place.store.rates, (f"told-why:{comparable(mail.by.address)}", HOUR)
    if rates.read(mail.tx, [counter], mail.now)[0] >= MOST_TOLD:
        log.warning("not told why", inbox_id=mail.item.row.id, reason=f"{MOST_TOLD} such notices within an hour")
        return []
    rates.hit(mail.tx, [counter], mail.now)
    hidden = is_confidential(mail.place.desk, mail.ticket)
    about = About(
        replace(mail.ticket, subject="(confidential)") if hidden else mail.ticket,
        entry_id,
        mail.now,
        reason=why,
        note="\n".join(f"{f'#{one.name} {one.argument}'.strip()}: {one.help}" for one in ACTIONS),
        mail=None
        if hidden
        else MailWords(
            text=mail.message.reply,
            author=person(mail.by.name, mail.by.address),
            received_at=whole_minute(mail.item.row.received_at),
            attachments=tuple(a.filename for a in mail.message.attachments),
        ),
    )
    me = staff_party(mail.tx, mail.place, mail.ticket, mail.by.address)
    try:
        return mail.place.letters.notices(about, NOTICE, [me])
    except UnsafeMail as problem:
        log.warning("mail not written", inbox_id=mail.item.row.id, ticket=mail.ticket.ref, reason=str(problem))
        return []


def _warnings(mail: ByMail) -> list[NewMail]:
    """Tell whoever answered by mail that an address they wrote to did not take our last mail."""
    tickets, ticket, desk = mail.place.store.tickets, mail.ticket, mail.place.desk
    entry = tickets.entry_of_inbox(mail.tx, mail.item.row.id)
    for party in reply.audience(ticket):
        bouncing = tickets.bouncing(mail.tx, party.key)
        if bouncing is None or entry is None:
            continue
        zone = desk.teams[ticket.team].hours.zone if ticket.team in desk.teams else desk.site.zone
        when = in_words(bouncing.since, zone, mail.now)
        about = About(
            replace(ticket, subject="(confidential)") if is_confidential(desk, ticket) else ticket,
            entry.id,
            mail.now,
            reason=f"{when}, {bouncing.reason}",
            recipient=person(party.name, party.address),
        )
        me = staff_party(mail.tx, mail.place, ticket, mail.by.address)
        return mail.place.letters.notices(about, "notice_bounced_before", [me])
    return []


def joins(mail: ByMail, role: str) -> Ticket:
    """The writer has this part in the ticket from now on, unless it is theirs; the ticket as it is then."""
    mine = party_of(mail.ticket, mail.by.address)
    if mine is None or mine.role != "requester":
        has_part(mail.tx, mail.place, mail.ticket, mail.by.name, mail.by.address, role)
    return mail.place.store.tickets.get(mail.tx, mail.ticket.id) or mail.ticket
