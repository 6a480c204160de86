"""A plan, carried out: each step becomes rows, all in the transaction of the caller.

The mails a plan causes are rendered here, to the byte, and enter the outbox with the ticket they speak of: either all of
it exists after a crash or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from gateway.actions.base import HIDDEN, READ_THERE, Workplace, is_confidential, members, owners, staff_party
from gateway.backstops import counted
from gateway.commanding import ByMail, carry_out, joins, stored_all, told_why
from gateway.letters import About, mail_words, parts_of
from gateway.undelivered import came_back
from parsers.message import Kind, Party, comparable
from routing.answering import counters
from routing.commands import Task
from routing.history import is_import, is_quiet
from routing.identity import Proof
from routing.steps import (
    Acknowledge,
    AddEntry,
    AddHelper,
    Audience,
    CameBack,
    Case,
    Close,
    Joins,
    Notify,
    OpenTicket,
    Outcome,
    Plan,
    Reopen,
    StaffReply,
    StaffTasks,
    StatePromise,
    Step,
    TellWriter,
)
from store.database import Tx
from store.inbox import ClaimedRow
from store.outbox import NewMail
from store.promises import NewPromise
from store.tickets import NewEntry, NewParty, NewTicket, Ticket
from templates.context import PromiseWords
from templates.mail import Part, UnsafeMail
from templates.times import in_words

log = structlog.get_logger("filing")

MOST_MESSAGE_IDS = 10
MOST_AWAITED = 3


@dataclass(slots=True)
class Performance:
    """One plan being carried out: the ticket as it becomes, and the mails that go out at the end."""

    tx: Tx
    case: Case
    item: ClaimedRow
    place: Workplace
    ticket: Ticket | None
    elsewhere: bool = False
    """The mail counts in another ticket; this one only keeps a record of it."""
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
    show = _performed(Performance(tx, case, item, place, ticket), plan)
    if plan.outcome in (Outcome.TICKET, Outcome.ATTACH):
        _lives(show)
    return show.ticket


def record_elsewhere(
    tx: Tx, plan: Plan, case: Case, item: ClaimedRow, place: Workplace, tickets: Mapping[int, Ticket]
) -> None:
    """Carry out what other tickets (by number) keep of a mail that came to their reply addresses too."""
    for other in plan.also:
        assert other.ticket is not None, "a record is about a ticket that is there"
        _performed(Performance(tx, case, item, place, tickets[other.ticket.id], elsewhere=True), other)


def _performed(show: Performance, plan: Plan) -> Performance:
    for step in plan.steps:
        _step(show, step)
    if show.mails:
        show.place.store.outbox.add(show.tx, show.mails)
    return show


def _step(show: Performance, step: Step) -> None:
    match step:
        case OpenTicket():
            _open(show, step)
        case AddEntry():
            _add_entry(show, step)
        case Reopen():
            _reopen(show)
        case Close():
            _close(show)
        case AddHelper():
            _add_helper(show, step.team)
        case StatePromise():
            _state_promise(show, step)
        case Acknowledge():
            _acknowledge(show, step)
        case Notify():
            _notify(show, step)
        case StaffReply() | StaffTasks():
            _staff_mail(show, step)
        case TellWriter():
            show.mails += told_why(_by_mail(show, step.to), show.entry_id, step.why)
        case Joins():
            show.ticket = joins(_by_mail(show, step.party), step.role)
        case CameBack():
            _came_back(show, step)


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
            direction=step.direction,
            visibility=step.visibility,
            author_name=sender.name,
            author_address=sender.address,
            text=message.shown(whole=show.opened),
            message_id=message.message_id or "",
            attachments=stored_all(message),
            inbox_id=None if show.elsewhere else row.id,
            data={"mail": str(row.id)} if show.elsewhere else {},
        ),
    )
    if step.direction == "out" and ticket.first_reply_at is None:
        tickets.change(show.tx, ticket.id, first_reply_at=show.case.now)
    if message.message_id:
        tickets.remember_ids(show.tx, ticket.id, show.entry_id, [message.message_id])
        if show.opened:  # what it answers is not here yet, and joins it when it comes
            awaited = [cited for cited in message.citations.message_ids if cited != message.message_id][:MOST_AWAITED]
            tickets.remember_ids(show.tx, ticket.id, show.entry_id, awaited, awaited=True)
        if not show.opened and step.visibility == "public":
            ids = (*ticket.last_message_ids, message.message_id)[-MOST_MESSAGE_IDS:]
            tickets.change(show.tx, ticket.id, last_message_ids=ids)
            show.ticket = replace(ticket, last_message_ids=ids)


def _reopen(show: Performance) -> None:
    ticket = show.known
    again = int(ticket.status == "closed")
    show.place.store.tickets.change(show.tx, ticket.id, status="open", closed_at=None, reopened=again)
    show.ticket = replace(ticket, status="open", closed_at=None, reopened=ticket.reopened + again)


def _close(show: Performance) -> None:
    ticket = show.known
    show.place.store.tickets.change(show.tx, ticket.id, status="closed", closed_at=show.case.now)
    show.ticket = replace(ticket, status="closed", closed_at=show.case.now)


def _add_helper(show: Performance, team: str) -> None:
    ticket, tickets = show.known, show.place.store.tickets
    words = f"the same mail came through an address of {team}"
    if team not in (ticket.team, *ticket.helpers):
        helpers = (*ticket.helpers, team)
        tickets.change(show.tx, ticket.id, helpers=helpers)
        show.ticket = replace(ticket, helpers=helpers)
        words += f": {team} helps from now on"
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
    signed = replace(message, from_=show.case.sender)
    if show.parts is None:
        show.parts = parts_of(message, show.item.raw, row.raw_sha256, show.place.desk.reading)
    confidential = is_confidential(show.place.desk, show.known)
    return About(
        ticket=replace(show.known, subject=HIDDEN) if confidential else show.known,
        entry_id=show.entry_id,
        now=show.case.now,
        mail=None if confidential else mail_words(signed, received_at, text, participant=show.participant),
        parts=() if confidential else show.parts,
        promises=tuple(show.promises),
        note=f"{show.note}\n{READ_THERE} {show.known.ref}".strip() if confidential else show.note,
    )


def _acknowledge(show: Performance, step: Acknowledge) -> None:
    ticket, message = show.known, show.case.reading.message
    requester = next(party for party in ticket.parties if party.role == "requester")
    about = About(ticket, show.entry_id, show.case.now, promises=tuple(show.promises), in_reply_to=message.message_id)
    try:
        mail = show.place.letters.acknowledgement(about, requester, step.to)
    except UnsafeMail as problem:
        _not_written(show, step.to, problem)
        return
    # mail-safety 2.3: an import neither meets the limits nor uses them up
    if is_import(show.item.row.source) or counted(show.tx, show.place, counters(step.to), show.case.now):
        show.mails.append(mail)


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
    about = _about(show, message.shown(whole=step.template == "notice_new"), show.item.row.received_at)
    try:
        show.mails.extend(
            show.place.letters.notices(about, step.template, [p for p in parties if p.role != "requester"])
        )
    except UnsafeMail as problem:
        _not_written(show, "the team", problem)


def _by_mail(show: Performance, by: Party) -> ByMail:
    return ByMail(show.tx, show.place, show.item, show.case.reading.message, show.known, by, show.case.now)


def _staff_mail(show: Performance, step: StaffReply | StaffTasks) -> None:
    tasks, written = (
        (step.tasks, step.written)
        if isinstance(step, StaffTasks)
        else ((Task("reply", text=step.text, public=True),), step.text)
    )
    show.mails += carry_out(_by_mail(show, step.by), tasks, written)


def _came_back(show: Performance, step: CameBack) -> None:
    """A delivery report that can be believed: recorded, the address marked, whoever wrote is told."""
    came_back(show.tx, show.place, show.known, show.entry_id, step, show.case.origin, show.case.now)


def _lives(show: Performance) -> None:
    """Mail from a person shows that their address lives, whatever came back from it before."""
    reading, row = show.case.reading, show.item.row
    identity = reading.message.identity
    if identity is None or reading.message.kind is not Kind.PERSON:
        return
    if reading.proof is not Proof.FALSE and not is_quiet(row.source):
        show.place.store.tickets.clear_bouncing(show.tx, identity)
