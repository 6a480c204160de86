"""A plan, carried out: each step becomes rows, all in the transaction of the caller.

The mails a plan causes are rendered here, to the byte, and enter the outbox with the ticket they speak of: either all of
it exists after a crash or none.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from gateway.actions import reply
from gateway.actions.base import Request, Source, Workplace, members, owners, staff_party
from gateway.letters import About, mail_words, parts_of
from gateway.wording import person
from parsers.message import Attachment, Bounce, Party, comparable
from routing.answering import counters
from routing.plan import (
    Acknowledge,
    AddEntry,
    AddHelper,
    Audience,
    Case,
    Notify,
    OpenTicket,
    Plan,
    Reopen,
    StaffReply,
    StatePromise,
    Step,
)
from store.database import Tx
from store.inbox import ClaimedRow
from store.outbox import NewMail
from store.promises import NewPromise
from store.tickets import NewEntry, NewParty, NewTicket, StoredAttachment, Ticket
from templates.context import PromiseWords
from templates.mail import Part, UnsafeMail
from templates.times import in_words

log = structlog.get_logger("filing")

MOST_MESSAGE_IDS = 10
CONFIDENTIAL = (
    "This team keeps its requests confidential, so the text is not sent by mail. Read it with:\ndeskgate tickets show"
)


@dataclass(slots=True)
class Performance:
    """One plan being carried out: the ticket as it becomes, and the mails that go out at the end."""

    tx: Tx
    case: Case
    item: ClaimedRow
    place: Workplace
    ticket: Ticket | None
    opened: bool = False
    entry_id: int = 0
    note: str = ""
    participant: bool = True
    promises: list[PromiseWords] = field(default_factory=list)
    mails: list[NewMail] = field(default_factory=list)
    parts: tuple[Part, ...] | None = None

    @property
    def known(self) -> Ticket:
        """The ticket the plan is about; a plan opens one before it speaks of it."""
        assert self.ticket is not None, "a plan opens its ticket first"
        return self.ticket


def perform(tx: Tx, plan: Plan, case: Case, item: ClaimedRow, place: Workplace, ticket: Ticket | None) -> Ticket | None:
    """Carry out all steps in order; returns the ticket the mail ended in, if any."""
    show = Performance(tx, case, item, place, ticket)
    for step in plan.steps:
        _step(show, step)
    if show.mails:
        place.store.outbox.add(tx, show.mails)
    return show.ticket


def _step(show: Performance, step: Step) -> None:
    match step:
        case OpenTicket():
            _open(show, step)
        case AddEntry():
            _add_entry(show, step)
        case Reopen():
            _reopen(show)
        case AddHelper():
            _add_helper(show, step.team)
        case StatePromise():
            _state_promise(show, step)
        case Acknowledge():
            _acknowledge(show, step)
        case Notify():
            _notify(show, step)
        case StaffReply():
            _staff_reply(show, step)


def _open(show: Performance, step: OpenTicket) -> None:
    desk, message = show.place.desk, show.case.reading.message
    roles = [
        (step.requester, "requester"),
        *((p, "cc") for p in step.joined),
        *((p, "proposed") for p in step.proposed),
    ]
    staff = ((Party("", address), "staff") for address in members(desk, (step.team, *step.helpers)))
    parties: dict[str, NewParty] = {}
    for party, role in (*roles, *staff):
        key = comparable(party.address)
        parties.setdefault(key, NewParty(name=party.name, address=party.address, key=key, role=role))
    show.opened = True
    show.ticket = show.place.store.tickets.open(
        show.tx,
        NewTicket(
            tag=desk.site.tag,
            team=step.team,
            helpers=step.helpers,
            priority=step.priority,
            subject=step.subject,
            alias=step.alias,
            tags=step.tags,
            language=desk.teams[step.team].language,
            opened_at=show.case.now,
            related_to=step.related_to,
            parties=tuple(parties.values()),
            last_message_ids=(message.message_id,) if message.message_id else (),
        ),
    )


def _add_entry(show: Performance, step: AddEntry) -> None:
    message, sender, row = show.case.reading.message, show.case.sender, show.item.row
    ticket, tickets = show.known, show.place.store.tickets
    show.note = step.note
    show.participant = not step.outsider
    show.entry_id = tickets.add_entry(
        show.tx,
        NewEntry(
            ticket_id=ticket.id,
            at=show.case.now,
            kind="mail",
            direction="in",
            visibility=step.visibility,
            author_name=sender.name,
            author_address=sender.address,
            text=message.text if show.opened else message.reply,
            message_id=message.message_id or "",
            attachments=tuple(stored(a) for a in message.attachments),
            inbox_id=row.id,
        ),
    )
    if message.message_id:
        tickets.remember_ids(show.tx, ticket.id, show.entry_id, [message.message_id])
        if not show.opened and step.visibility == "public":
            ids = (*ticket.last_message_ids, message.message_id)[-MOST_MESSAGE_IDS:]
            tickets.change(show.tx, ticket.id, last_message_ids=ids)
            show.ticket = replace(ticket, last_message_ids=ids)


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


def _reopen(show: Performance) -> None:
    ticket = show.known
    again = int(ticket.status == "closed")
    show.place.store.tickets.change(show.tx, ticket.id, status="open", closed_at=None, reopened=again)
    show.ticket = replace(ticket, status="open", closed_at=None, reopened=ticket.reopened + again)


def _add_helper(show: Performance, team: str) -> None:
    ticket = show.known
    helpers = (*ticket.helpers, team)
    tickets = show.place.store.tickets
    tickets.change(show.tx, ticket.id, helpers=helpers)
    show.ticket = replace(ticket, helpers=helpers)
    words = f"the same mail came through an address of {team}: {team} helps from now on"
    show.entry_id = tickets.add_entry(show.tx, _change(show, words))


def _state_promise(show: Performance, step: StatePromise) -> None:
    ticket, now = show.known, show.case.now
    zone = show.place.desk.teams[ticket.team].hours.zone
    show.place.store.promises.state(
        show.tx,
        NewPromise(
            ticket_id=ticket.id,
            kind=step.kind,
            basis="declared",
            level=None,
            due=step.due,
            shown=in_words(step.due, zone, now),
            stated_at=now,
            stated_to=show.case.sender.address if step.told else "",
        ),
    )
    show.promises.append(PromiseWords(kind=step.kind, due=step.due, shown=step.due))


def _about(show: Performance, text: str, received_at: datetime) -> About:
    message, row = show.case.reading.message, show.item.row
    if show.parts is None:
        show.parts = parts_of(message, show.item.raw, row.raw_sha256)
    confidential = _confidential(show)
    return About(
        ticket=replace(show.known, subject="(confidential)") if confidential else show.known,
        entry_id=show.entry_id,
        now=show.case.now,
        mail=None if confidential else mail_words(message, received_at, text, participant=show.participant),
        parts=() if confidential else show.parts,
        promises=tuple(show.promises),
        note=f"{show.note}\n{CONFIDENTIAL} {show.known.ref}".strip() if confidential else show.note,
    )


def _undelivered(about: About, bounce: Bounce) -> About:
    """A delivery report told in our own words: who was not reached, and what their server said."""
    to = bounce.recipients[0] if bounce.recipients else ""
    words = f"{bounce.status} {bounce.diagnostic}".strip()[:500]
    recipient = person("", to) if to else None
    return replace(about, mail=None, parts=(), note="", reason=words, recipient=recipient)


def _confidential(show: Performance) -> bool:
    desk = show.place.desk
    return any(desk.teams[key].confidential for key in (show.known.team, *show.known.helpers) if key in desk.teams)


def _acknowledge(show: Performance, step: Acknowledge) -> None:
    ticket, message = show.known, show.case.reading.message
    requester = next(party for party in ticket.parties if party.role == "requester")
    about = About(ticket, show.entry_id, show.case.now, promises=tuple(show.promises), in_reply_to=message.message_id)
    try:
        show.mails.append(show.place.letters.acknowledgement(about, requester, step.to))
    except UnsafeMail as problem:
        _not_written(show, step.to, problem)
        return
    show.place.store.rates.hit(show.tx, counters(step.to), show.case.now)


def _not_written(show: Performance, to: str, problem: UnsafeMail) -> None:
    """A mail that cannot be written safely is not sent; staff find the reason in the ticket."""
    log.warning("mail not written", inbox_id=show.item.row.id, ticket=show.known.ref, reason=str(problem))
    show.place.store.tickets.add_entry(show.tx, _change(show, f"no mail was written to {to!r}: {problem}"[:500]))


def _change(show: Performance, text: str) -> NewEntry:
    return NewEntry(
        ticket_id=show.known.id,
        at=show.case.now,
        kind="change",
        direction="internal",
        visibility="staff",
        author_name="",
        author_address="",
        text=text,
    )


def _notify(show: Performance, step: Notify) -> None:
    ticket, desk, message = show.known, show.place.desk, show.case.reading.message
    if step.audience is Audience.OWNER:
        told = owners(desk, ticket)
    else:
        told = members(desk, step.teams or (ticket.team, *ticket.helpers))
    parties = [
        staff_party(show.tx, show.place, ticket, address) for address in told if comparable(address) != message.identity
    ]
    text = message.text if step.template == "notice_new" else message.reply
    about = _about(show, text, show.item.row.received_at)
    if step.template == "notice_undeliverable" and message.bounce is not None:
        about = _undelivered(about, message.bounce)
    try:
        show.mails.extend(
            show.place.letters.notices(about, step.template, [p for p in parties if p.role != "requester"])
        )
    except UnsafeMail as problem:
        _not_written(show, "the team", problem)


def _staff_reply(show: Performance, step: StaffReply) -> None:
    message, row = show.case.reading.message, show.item.row
    source = Source(
        message_id=message.message_id or "",
        inbox_id=row.id,
        attachments=tuple(stored(a) for a in message.attachments),
        parts=parts_of(message, show.item.raw, row.raw_sha256),
    )
    request = Request(show.known, step.by, show.case.now, text=step.text, source=source)
    reply.run(show.tx, show.place, request)
