"""Inbox row to ticket: claim, have it read, decide, and write everything in one transaction.

What survives a crash: before the COMMIT, the row, still waiting (its claim lapses); after it, the ticket, the entry, the
promise, the outgoing mails and the settled row together.  A mail that cannot be read or filed is tried three times and then
held with the reason; it never stops another.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from gateway.acknowledging import answer_to
from gateway.actions import VERBS
from gateway.actions.base import Workplace
from gateway.backstops import check, notice, remember
from gateway.held import announce, with_sender_told
from gateway.performing import perform, record_elsewhere
from gateway.pointing import find_tickets
from gateway.reading import Pending, Readers, Unread, Unreadable
from gateway.worker import Nudge
from parsers.message import Envelope, comparable
from routing.answering import Answer
from routing.history import is_import, is_quiet
from routing.oldmail import needs_nobody, plan_of_old_mail
from routing.plan import plan, teams_reached
from routing.reading import Reading
from routing.returns import Origin
from routing.steps import (
    AddHelper,
    Audience,
    Case,
    Notify,
    Outcome,
    Plan,
    Step,
)
from store.crashpoints import point
from store.database import Tx
from store.errors import ClaimLost, Corrupt, StoreUnavailable
from store.inbox import PARENT_PATIENCE, ClaimedRow, InboxRow, SenderSeen
from store.tickets import Ticket

log = structlog.get_logger("filing")

CLAIM_MAILS = 16
CLAIM_BYTES = 32 * 1024 * 1024
BATCHES_AHEAD = 3
LEASE = timedelta(minutes=5)
FEW = 8
GATHER_SECONDS = 0.015
MOST_TRIES = 3
PARENT_PAUSE = timedelta(seconds=1)
SENDER_PAUSE = timedelta(seconds=1)
PATIENCE_OF_IMPORTS = timedelta(days=100_000)
DUPLICATE_WINDOW = timedelta(days=30)
DUPLICATE_WINDOW_WITHOUT_ID = timedelta(hours=24)


class Evidence(Protocol):
    """What is known about the senders of claimed mails (`gateway.evidence`), where we check them ourselves."""

    def gathered(self, items: Sequence[ClaimedRow]) -> list[Unread | None]:
        """Each mail with what is known; None where the DNS has not answered yet.  Takes a second at most."""
        ...


class Filer:
    """Files whatever waits in the inbox, in order.  One thread; the readers work ahead of it."""

    def __init__(
        self,
        place: Callable[[], Workplace],
        readers: Readers,
        clock: Callable[[], datetime],
        outbox_nudge: Nudge,
        evidence: Evidence | None = None,
    ) -> None:
        self._place, self._readers, self._clock, self._outbox_nudge = place, readers, clock, outbox_nudge
        self._evidence = evidence
        self._ahead: deque[tuple[list[ClaimedRow], Pending]] = deque()

    def step(self) -> bool:
        """Claim and hand out what waits, then file the oldest batch that was read.  False when there was nothing."""
        while len(self._ahead) < BATCHES_AHEAD and (items := self._claim()):
            point("w1.leased")
            if not self._hand_out(items):
                break  # the DNS is slow: file what has been read meanwhile
        if not self._ahead:
            return False
        items, pending = self._ahead[0]
        readings = pending.result()
        point("w2.parsed")
        self.file(items, readings)
        self._ahead.popleft()  # only now: should the database be away for a while, the same batch is filed again
        self._outbox_nudge.set()
        if len(items) < FEW and not self._ahead:
            time.sleep(GATHER_SECONDS)  # mail comes in drops: let some gather, so that one COMMIT serves several
        return True

    def _hand_out(self, items: list[ClaimedRow]) -> bool:
        """Give a batch to the readers.  False when senders of some are still being asked about: those come later."""
        if self._evidence is None:
            unread: list[Unread | None] = [_unread(item) for item in items]
        else:
            unread = list(self._evidence.gathered(items))
        ready = [(item, mail) for item, mail in zip(items, unread, strict=True) if mail is not None]
        if ready:
            self._ahead.append(([item for item, _ in ready], self._readers.submit([mail for _, mail in ready])))
        late = [item.row for item, mail in zip(items, unread, strict=True) if mail is None]
        if late:
            store = self._place().store
            with store.transaction() as tx:
                until = store.now(tx) + SENDER_PAUSE
                for row in late:
                    with contextlib.suppress(ClaimLost):
                        store.inbox.postpone(tx, row.id, _token(row), until, "its sender is checked", True, row.checked)
        return not late

    def _claim(self) -> list[ClaimedRow]:
        store, token = self._place().store, uuid.uuid4().hex  # a token a claim: what lapsed must not look like ours
        with store.transaction() as tx:
            return store.inbox.claim(tx, token, store.now(tx), LEASE, CLAIM_MAILS, CLAIM_BYTES)

    def file(self, items: Sequence[ClaimedRow], readings: Sequence[Reading | Unreadable]) -> None:
        """File a batch under one COMMIT.  Should one of them fail, each gets a transaction of its own."""
        place, pairs = self._place(), list(zip(items, readings, strict=True))
        try:
            with place.store.transaction() as tx:
                told = [file_one(tx, item, reading, place, self._clock()) for item, reading in pairs]
                point("w3.before_commit")
        except (StoreUnavailable, Corrupt):
            raise
        except Exception as problem:  # noqa: BLE001 - one mail must never stop another
            if len(pairs) > 1:
                for item, reading in pairs:
                    self.file([item], [reading])
                return
            self._failed(items[0], problem)
            return
        point("w3.after_commit")
        for item, words in zip(items, told, strict=True):
            log.info("filed", inbox_id=item.row.id, message_id=item.row.message_id, result=words)

    def _failed(self, item: ClaimedRow, problem: Exception) -> None:
        """This one mail could not be filed: later again, or held for a person after three tries."""
        if isinstance(problem, ClaimLost):
            log.warning("the claim ran out; somebody else files it", inbox_id=item.row.id)
            return
        log.error("filing failed", inbox_id=item.row.id, tries=item.row.tries, exc_info=problem)
        store = self._place().store
        reason = "filing failed: a fault in Deskgate, see the log"
        with contextlib.suppress(ClaimLost), store.transaction() as tx:
            if item.row.tries >= MOST_TRIES:
                store.inbox.hold(tx, item.row.id, _token(item.row), reason, "", "", sender=_seen_before(item.row))
                announce(tx, self._place(), item.row, None, None, self._clock())
            else:
                until = store.now(tx) + _pause(item.row.tries)
                store.inbox.postpone(tx, item.row.id, _token(item.row), until, reason, checked=item.row.checked)


def _pause(tries: int) -> timedelta:
    """2, 10, 50 seconds: the first failure is often not the mail's own (a reader that was killed beside it)."""
    return timedelta(seconds=2 * 5 ** (min(tries, 5) - 1))


def _unread(item: ClaimedRow) -> Unread:
    return Unread(item.raw, envelope_of(item.row), checked=item.row.checked or "")


def envelope_of(row: InboxRow) -> Envelope:
    """The envelope as it was at the door."""
    return Envelope(row.sender, row.recipients, row.peer, row.source, row.received_at)


def _seen(reading: Reading) -> SenderSeen:
    return SenderSeen(str(reading.proof), reading.proof_reason, reading.checked or None)


def _seen_before(row: InboxRow) -> SenderSeen:
    """Of a mail that could not be read this time."""
    return SenderSeen(row.proof, row.proof_reason, row.checked)


def file_one(tx: Tx, item: ClaimedRow, reading: Reading | Unreadable, place: Workplace, now: datetime) -> str:
    """File one mail.  Returns what became of it, in words for the log; raises ClaimLost when it is no longer ours."""
    inbox, row = place.store.inbox, item.row
    inbox.confirm(tx, row.id, _token(row))
    if isinstance(reading, Unreadable):
        return _unreadable(tx, item, reading, place, now)
    message = reading.message
    cited = message.citations.message_ids
    if cited and inbox.parent_still_waiting(tx, row.id, cited, now, _patience(row)):
        why, checked = "waits for the mail it answers", reading.checked or None
        inbox.postpone(tx, row.id, _token(row), now + PARENT_PAUSE, why, give_back_try=True, checked=checked)
        return why
    window = DUPLICATE_WINDOW if message.message_id else DUPLICATE_WINDOW_WITHOUT_ID
    moment = row.received_at if is_quiet(row.source) else now  # history happens at its own time
    earlier = same_before(tx, item, reading, place, moment - window)
    if earlier is not None and not row.released:
        return _duplicate(tx, item, earlier, reading, place, now)
    noticed = notice(tx, place, row, reading, now)
    reading = noticed.reading
    tickets = find_tickets(tx, reading, place)
    case = Case(
        reading=reading,
        envelope=envelope_of(row),
        candidates=tuple(candidate for candidate, _ in tickets),
        answer=answer_to(tx, noticed, envelope_of(row), place, now),
        desk=place.desk,
        now=moment,
        released=row.released,
        origin=origin_of(tx, reading, place),
        verbs=VERBS,
    )
    bounded = check(tx, place, row, noticed, case, (plan_of_old_mail if is_quiet(row.source) else plan)(case))
    decided, known = bounded.plan, {ticket.id: ticket for _, ticket in tickets}
    about = bounded.ticket or (known[decided.ticket.id] if decided.ticket else None)
    ticket = perform(tx, decided, case, item, place, about)
    record_elsewhere(tx, decided, case, item, place, known)
    remember(tx, place, row, bounded, ticket, now)
    return _settle(tx, item, decided, ticket, case, place, now)


def same_before(tx: Tx, item: ClaimedRow, reading: Reading, place: Workplace, since: datetime) -> InboxRow | None:
    """The earlier mail of which this is a copy, or None.

    A signed address leads to one ticket.  A copy that comes to one which the earlier mail did not come to is not the same
    mail arriving twice: somebody addressed two tickets, or plays a captured mail again where it was not meant to go.
    """
    inbox, row, key = place.store.inbox, item.row, reading.message.content_key
    first = inbox.find_duplicate(tx, key, since, row.id)
    if first is None or not reading.tokens:
        return first
    tickets, mine = {token.ticket for token in reading.tokens}, set(map(comparable, row.recipients))
    copies = inbox.same_content(tx, key, since, row.id)
    return next((c for c in copies if c.ticket_id in tickets or mine & set(map(comparable, c.recipients))), None)


def origin_of(tx: Tx, reading: Reading, place: Workplace) -> Origin | None:
    """Of a delivery report: the mail of ours that came back, if it is one to the party whose return path was used."""
    bounce = reading.message.bounce
    message_id = bounce.original_message_id if bounce else None
    own = dict(reading.own_ids).get(message_id) if message_id else None
    bound = {(token.ticket, token.party) for token in reading.tokens[:1]}
    if message_id is None or own is None or (own.ticket, own.party) not in bound:
        return None
    return place.store.outbox.origin(tx, own.ticket, message_id)


def _patience(row: InboxRow) -> timedelta:
    """How long a reply waits for its parent.  An archive's mails all lie before the filer: its parents surely come."""
    return PATIENCE_OF_IMPORTS if is_import(row.source) else PARENT_PATIENCE


def _token(row: InboxRow) -> str:
    if row.claim_token is None:
        raise ClaimLost(row.id)
    return row.claim_token


def _settle(
    tx: Tx, item: ClaimedRow, decided: Plan, ticket: Ticket | None, case: Case, place: Workplace, now: datetime
) -> str:
    row, message, answer = item.row, case.reading.message, case.answer
    kind, key, quiet = str(message.kind), message.content_key, is_quiet(row.source)
    ticket_id = ticket.id if ticket else None
    if decided.outcome is Outcome.QUARANTINE and not (quiet and needs_nobody(case)):
        reason = decided.reason if quiet else with_sender_told(tx, place, row, case, decided, now)
        place.store.inbox.hold(tx, row.id, _token(row), reason, kind, key, ticket_id, _seen(case.reading))
        if not quiet:
            announce(tx, place, row, ticket, case, now)
        return f"held: {reason}"
    reason = decided.reason
    if decided.outcome is Outcome.TICKET and not (answer.send or row.released or quiet):
        reason += f"; not acknowledged: {answer.reason}"
    outcome, sender = str(decided.outcome), _seen(case.reading)
    place.store.inbox.settle(tx, row.id, _token(row), outcome, ticket_id, kind, reason, key, sender)
    return f"{decided.outcome} {ticket.ref if ticket else ''}: {reason}"


def _unreadable(tx: Tx, item: ClaimedRow, reading: Unreadable, place: Workplace, now: datetime) -> str:
    inbox, row = place.store.inbox, item.row
    if reading.final or row.tries >= MOST_TRIES:
        inbox.hold(tx, row.id, _token(row), reading.reason, "", "", sender=_seen_before(row))
        announce(tx, place, row, None, None, now)
        return f"held: {reading.reason}"
    inbox.postpone(tx, row.id, _token(row), now + _pause(row.tries), reading.reason, checked=row.checked)
    return f"later again: {reading.reason}"


def _duplicate(tx: Tx, item: ClaimedRow, earlier: InboxRow, reading: Reading, place: Workplace, now: datetime) -> str:
    """The same mail again.  If it came through the alias of another team, that team helps from now on, and is told."""
    row = item.row
    ticket = place.store.tickets.get(tx, earlier.ticket_id, lock=True) if earlier.ticket_id else None
    reason, outcome = f"the same mail as number {earlier.id}", Outcome.DUPLICATE
    reached = newly_reached(tx, row, reading, place, ticket, now) if ticket and not is_quiet(row.source) else ()
    if ticket and reached and earlier.outcome in (Outcome.TICKET, Outcome.ATTACH):
        case = Case(reading, envelope_of(row), (), Answer(False, reason), place.desk, now)
        steps: tuple[Step, ...] = (*(AddHelper(team) for team in reached), Notify(Audience.TEAM, "notice_new", reached))
        outcome = Outcome.ATTACH
        perform(tx, Plan(outcome, reason, ticket, steps), case, item, place, ticket)
        reason += f", through an address of {', '.join(reached)}, which was told"
    kind, key = str(reading.message.kind), reading.message.content_key
    place.store.inbox.settle(
        tx, row.id, _token(row), str(outcome), earlier.ticket_id, kind, reason, key, _seen(reading)
    )
    return f"{outcome}: {reason}"


def newly_reached(
    tx: Tx, row: InboxRow, reading: Reading, place: Workplace, ticket: Ticket, now: datetime
) -> tuple[str, ...]:
    """Teams to whose alias this copy was delivered and no copy before.

    The recipients of a mail out of a mailbox may only be what its header says, which whoever takes part knows already.
    """
    earlier = place.store.inbox.recipients_of_copies(tx, reading.message.content_key, now - DUPLICATE_WINDOW, row.id)
    known = {*teams_reached(earlier, place.desk)}
    if row.source.startswith("imap:"):
        known |= {ticket.team, *ticket.helpers}
    return tuple(team for team in teams_reached(row.recipients, place.desk) if team not in known)
