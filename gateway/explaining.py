"""Why a mail goes where it goes: decided once more, in a transaction that only reads, and told with every reason.

A mail that was filed is told as it was decided then; what would be decided today stands beside it where that differs.
The counters of the backstops are looked at, not counted up, so an explanation changes nothing for the next mail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from gateway.acknowledging import answer_to
from gateway.actions import VERBS
from gateway.actions.base import Workplace
from gateway.backstops import Noticed
from gateway.filing import (
    DUPLICATE_WINDOW,
    DUPLICATE_WINDOW_WITHOUT_ID,
    envelope_of,
    newly_reached,
    origin_of,
    same_before,
)
from gateway.pointing import find_tickets
from parsers.message import Envelope, comparable
from parsers.peek import peek
from routing.backstops import as_machine
from routing.history import is_quiet
from routing.oldmail import plan_of_old_mail
from routing.plan import plan
from routing.reading import Reader, Reading
from routing.router import Tried
from routing.steps import Acknowledge, Case, OpenTicket, Outcome, Plan, StatePromise
from store.database import Tx
from store.inbox import ClaimedRow, InboxRow
from store.promises import Promise
from store.tickets import Ticket
from templates.times import in_words

ACKNOWLEDGEMENT = "acknowledgement"
NOT_ACKNOWLEDGED = "; not acknowledged: "
"""Stands in the books between why a ticket was opened and why nothing was answered (`gateway.filing`)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Whether an acknowledgement goes (went) out, with which template, and why (not)."""

    send: bool
    template: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Promised:
    """A time that was, or would be, stated."""

    kind: str
    shown: str
    due: datetime | None
    told: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that was decided about one mail.  `ticket` None: a new one, or none."""

    outcome: str | None
    reason: str
    kind: str
    kind_reason: str
    proof: str
    proof_reason: str
    duplicate_of: int | None
    ticket: str | None
    ticket_reason: str
    team: str | None
    helpers: tuple[str, ...]
    rules: tuple[Tried, ...]
    winner: str | None
    runner_up: str | None
    answer: Answered
    promises: tuple[Promised, ...]
    inbox_id: int | None = None
    now: Explanation | None = None
    """Of a filed mail: what would be decided today, if that differs."""


def stranger(raw: bytes, envelope: Envelope, at: datetime) -> InboxRow:
    """A row for a mail that is in no book."""
    seen = peek(raw)
    return InboxRow(
        0, envelope.source, envelope.sender, envelope.recipients, envelope.peer, at, "", len(raw), seen.message_id,
        seen.subject, seen.from_address, "waiting", None, None, None, None, None, 0, None, None, False,
    )  # fmt: skip


def explained(tx: Tx, place: Workplace, reader: Reader, row: InboxRow, raw: bytes, now: datetime) -> Explanation:
    """As it would be decided now; a mail that was filed also as it was decided then."""
    reading = reader.read(raw, envelope_of(row), row.checked or "")
    today = _decided_now(tx, place, row, raw, reading, now)
    if row.outcome is None:
        return today
    then = _decided_then(tx, place, row, today)
    return replace(then, now=today if _differs(tx, place, row, then, today) else None)


def _decided_now(tx: Tx, place: Workplace, row: InboxRow, raw: bytes, reading: Reading, now: datetime) -> Explanation:
    window = DUPLICATE_WINDOW if reading.message.message_id else DUPLICATE_WINDOW_WITHOUT_ID
    moment = row.received_at if is_quiet(row.source) else now
    since = (row.received_at if row.id else moment) - window
    earlier = same_before(tx, ClaimedRow(row, raw), reading, place, since)
    if earlier is not None and (not row.id or earlier.id < row.id) and not row.released:
        unanswered = Answered(False, None, _unanswered("duplicate"))
        return _told(
            tx, place, row, reading, _copy_of(tx, place, row, reading, earlier, now), unanswered, earlier.id, now
        )
    reading = _as_machine(tx, place, row, reading, now)
    envelope = envelope_of(row)
    pointed = find_tickets(tx, reading, place, lock=False, itself=row.id)
    found = [(candidate, ticket) for candidate, ticket in pointed if not _is_itself(tx, place, row, ticket)]
    case = Case(
        reading=reading,
        envelope=envelope,
        candidates=tuple(candidate for candidate, _ in found),
        answer=answer_to(tx, Noticed(reading), envelope, place, now),
        desk=place.desk,
        now=moment,
        released=row.released,
        origin=origin_of(tx, reading, place),
        verbs=VERBS,
    )
    decided = (plan_of_old_mail if is_quiet(row.source) else plan)(case)
    return _told(tx, place, row, reading, decided, _answered(decided, case), None, now)


def _is_itself(tx: Tx, place: Workplace, row: InboxRow, ticket: Ticket) -> bool:
    """Whether the ticket exists only because of this very mail, which must not be led to what it opened."""
    if row.outcome != Outcome.TICKET or ticket.id != row.ticket_id:
        return False
    entry = place.store.tickets.entry_of_inbox(tx, row.id)
    return entry is not None and entry.at == ticket.opened_at


def _as_machine(tx: Tx, place: Workplace, row: InboxRow, reading: Reading, now: datetime) -> Reading:
    """The reading of somebody who is taken for a machine at present (`gateway.backstops`)."""
    sender = reading.message.identity or comparable(row.sender)
    until = place.store.backstops.habit(tx, sender).machine_until if sender else None
    return as_machine(reading) if until is not None and until > now and not row.released else reading


def _copy_of(tx: Tx, place: Workplace, row: InboxRow, reading: Reading, earlier: InboxRow, now: datetime) -> Plan:
    """A copy is news only to a team whose alias no copy came through before; what was said of a stored one stands."""
    ticket = place.store.tickets.get(tx, earlier.ticket_id) if earlier.ticket_id else None
    is_news = row.outcome == Outcome.ATTACH
    if not row.id and ticket is not None and earlier.outcome in (Outcome.TICKET, Outcome.ATTACH):
        is_news = bool(newly_reached(tx, row, reading, place, ticket, now))
    return Plan(Outcome.ATTACH if is_news else Outcome.DUPLICATE, f"the same mail as number {earlier.id}", ticket)


def _answered(decided: Plan, case: Case) -> Answered:
    if any(isinstance(step, Acknowledge) for step in decided.steps):
        return Answered(True, ACKNOWLEDGEMENT, case.answer.reason)
    if decided.outcome is Outcome.TICKET:
        return Answered(False, None, case.answer.reason)
    return Answered(False, None, _unanswered(str(decided.outcome)))


def _unanswered(outcome: str) -> str:
    """Why a mail with this end is not acknowledged."""
    return {
        "attach": "only new requests are acknowledged",
        "quarantine": "what is held is not answered",
        "bounce-record": "reports are never answered (RFC 5321 6.1)",
        "duplicate": "a copy is not answered",
    }.get(outcome, "")


def _told(
    tx: Tx, place: Workplace, row: InboxRow, reading: Reading, decided: Plan, answer: Answered, copy_of: int | None,
    now: datetime,
) -> Explanation:  # fmt: skip
    opens = next((step for step in decided.steps if isinstance(step, OpenTicket)), None)
    known = place.store.tickets.get(tx, decided.ticket.id) if decided.ticket is not None else None
    route = reading.decision
    team = opens.team if opens else known.team if known else route.team if route else None
    helpers = opens.helpers if opens else known.helpers if known else route.helpers if route else ()
    ours = place.desk.teams.get(team) if team else None
    zone = ours.hours.zone if ours else place.desk.site.zone
    return Explanation(
        outcome=str(decided.outcome),
        reason=decided.reason,
        kind=str(reading.message.kind),
        kind_reason=reading.message.kind_reason,
        proof=str(reading.proof),
        proof_reason=reading.proof_reason,
        duplicate_of=copy_of,
        ticket=known.ref if known else None,
        ticket_reason=decided.reason,
        team=team,
        helpers=helpers,
        rules=route.trace if route else (),
        winner=route.winner if route else None,
        runner_up=route.runner_up if route else None,
        answer=answer,
        promises=tuple(
            Promised(step.kind, in_words(step.due, zone, now), step.due, step.told)
            for step in decided.steps
            if isinstance(step, StatePromise)
        ),
        inbox_id=row.id or None,
    )


def _decided_then(tx: Tx, place: Workplace, row: InboxRow, today: Explanation) -> Explanation:
    """What the books say, with the routing as it is tried today (it is not kept)."""
    ticket = place.store.tickets.get(tx, row.ticket_id) if row.ticket_id else None
    entry = place.store.tickets.entry_of_inbox(tx, row.id)
    why, _, unanswered = (row.reason or "").partition(NOT_ACKNOWLEDGED)
    stated = place.store.promises.for_ticket(tx, row.ticket_id) if row.ticket_id and entry else []
    sent = row.outcome == Outcome.TICKET and not (unanswered or row.released or is_quiet(row.source))
    reason = unanswered or (today.answer.reason if row.outcome == Outcome.TICKET else _unanswered(row.outcome or ""))
    return replace(
        today,
        outcome=row.outcome,
        reason=why,
        kind=row.kind or today.kind,
        proof=row.proof or today.proof,
        proof_reason=row.proof_reason or today.proof_reason,
        duplicate_of=_original(tx, place, row) if row.outcome == Outcome.DUPLICATE else today.duplicate_of,
        ticket=ticket.ref if ticket else None,
        ticket_reason=why,
        team=ticket.team if ticket else today.team,
        helpers=ticket.helpers if ticket else today.helpers,
        answer=Answered(sent, ACKNOWLEDGEMENT if sent else None, "a person wrote to us" if sent else reason),
        promises=tuple(_promised(one) for one in stated if entry is not None and one.stated_at == entry.at),
    )


def _original(tx: Tx, place: Workplace, row: InboxRow) -> int | None:
    """The mail that a duplicate is a copy of."""
    since = row.received_at - DUPLICATE_WINDOW
    first = place.store.inbox.find_duplicate(tx, row.content_key, since, row.id) if row.content_key else None
    return first.id if first else None


def _promised(promise: Promise) -> Promised:
    return Promised(promise.kind, promise.shown, promise.due, bool(promise.stated_to))


def _differs(tx: Tx, place: Workplace, row: InboxRow, then: Explanation, today: Explanation) -> bool:
    """Whether today's decision would be another.

    A new ticket then is the same as a new one today, whatever its number.  A ticket may have changed hands since, and got
    helpers: the books do not tell what its team was before, so that is no difference.
    """
    same = ("outcome", "kind", "proof", "duplicate_of")
    if any(getattr(then, name) != getattr(today, name) for name in same) or then.answer.send != today.answer.send:
        return True
    if then.outcome != Outcome.TICKET:
        return then.ticket != today.ticket
    ticket = place.store.tickets.get(tx, row.ticket_id) if row.ticket_id else None
    stayed = ticket is not None and not ticket.hand_offs
    return stayed and (then.team != today.team or not set(today.helpers) <= set(then.helpers))
