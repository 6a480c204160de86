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

import structlog

from gateway.actions.base import Workplace
from gateway.performing import perform
from gateway.reading import Pending, Readers, Unread, Unreadable
from gateway.worker import Nudge
from parsers.message import Envelope
from routing.answering import Answer, counters, over_limit, refusal
from routing.plan import AddHelper, Audience, Candidate, Case, Notify, Outcome, Plan, Step, joining_teams, plan
from routing.reading import Reading
from store.crashpoints import point
from store.database import Tx
from store.errors import ClaimLost, Corrupt, StoreUnavailable
from store.inbox import ClaimedRow, InboxRow
from store.tickets import Ticket

log = structlog.get_logger("filing")

CLAIM_MAILS = 16
CLAIM_BYTES = 32 * 1024 * 1024
BATCHES_AHEAD = 3
LEASE = timedelta(minutes=5)
FEW = 8
GATHER_SECONDS = 0.015
MOST_TRIES = 3
MOST_CANDIDATES = 3
MOST_CITED = 10
PARENT_PAUSE = timedelta(seconds=1)
DUPLICATE_WINDOW = timedelta(days=30)
DUPLICATE_WINDOW_WITHOUT_ID = timedelta(hours=24)


class Filer:
    """Files whatever waits in the inbox, in order.  One thread; the readers work ahead of it."""

    def __init__(
        self, place: Callable[[], Workplace], readers: Readers, clock: Callable[[], datetime], outbox_nudge: Nudge
    ) -> None:
        self._place, self._readers, self._clock, self._outbox_nudge = place, readers, clock, outbox_nudge
        self._ahead: deque[tuple[list[ClaimedRow], Pending]] = deque()

    def step(self) -> bool:
        """Claim and hand out what waits, then file the oldest batch that was read.  False when there was nothing."""
        while len(self._ahead) < BATCHES_AHEAD and (items := self._claim()):
            point("w1.leased")
            self._ahead.append((items, self._readers.submit([_unread(item) for item in items])))
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
                store.inbox.hold(tx, item.row.id, _token(item.row), reason, "", "")
            else:
                store.inbox.postpone(tx, item.row.id, _token(item.row), store.now(tx) + _pause(item.row.tries), reason)


def _pause(tries: int) -> timedelta:
    """2, 10, 50 seconds: the first failure is often not the mail's own (a reader that was killed beside it)."""
    return timedelta(seconds=2 * 5 ** (min(tries, 5) - 1))


def _unread(item: ClaimedRow) -> Unread:
    return Unread(item.raw, envelope_of(item.row))


def envelope_of(row: InboxRow) -> Envelope:
    """The envelope as it was at the door."""
    return Envelope(row.sender, row.recipients, row.peer, row.source, row.received_at)


def file_one(tx: Tx, item: ClaimedRow, reading: Reading | Unreadable, place: Workplace, now: datetime) -> str:
    """File one mail.  Returns what became of it, in words for the log; raises ClaimLost when it is no longer ours."""
    inbox, row = place.store.inbox, item.row
    inbox.confirm(tx, row.id, _token(row))
    if isinstance(reading, Unreadable):
        return _unreadable(tx, item, reading, place, now)
    message = reading.message
    cited = message.citations.message_ids
    if cited and inbox.parent_still_waiting(tx, row.id, cited, now):
        inbox.postpone(tx, row.id, _token(row), now + PARENT_PAUSE, "waits for the mail it answers", give_back_try=True)
        return "waits for the mail it answers"
    window = DUPLICATE_WINDOW if message.message_id else DUPLICATE_WINDOW_WITHOUT_ID
    earlier = inbox.find_duplicate(tx, message.content_key, now - window, row.id)
    if earlier is not None and not row.released:
        return _duplicate(tx, item, earlier, reading, place, now)
    tickets = find_tickets(tx, reading, place)
    case = Case(
        reading=reading,
        envelope=envelope_of(row),
        candidates=tuple(candidate for candidate, _ in tickets),
        answer=_answer(tx, reading, envelope_of(row), place, now),
        desk=place.desk,
        now=now,
        released=row.released,
    )
    decided = plan(case)
    known = {ticket.id: ticket for _, ticket in tickets}
    ticket = perform(tx, decided, case, item, place, known[decided.ticket.id] if decided.ticket else None)
    return _settle(tx, item, decided, ticket, reading, case.answer, place)


def _token(row: InboxRow) -> str:
    if row.claim_token is None:
        raise ClaimLost(row.id)
    return row.claim_token


def _settle(
    tx: Tx, item: ClaimedRow, decided: Plan, ticket: Ticket | None, reading: Reading, answer: Answer, place: Workplace
) -> str:
    row, kind, key = item.row, str(reading.message.kind), reading.message.content_key
    ticket_id = ticket.id if ticket else None
    if decided.outcome is Outcome.QUARANTINE:
        place.store.inbox.hold(tx, row.id, _token(row), decided.reason, kind, key, ticket_id=ticket_id)
        return f"held: {decided.reason}"
    reason = decided.reason
    if decided.outcome is Outcome.TICKET and not answer.send and not row.released:
        reason += f"; not acknowledged: {answer.reason}"
    place.store.inbox.settle(tx, row.id, _token(row), str(decided.outcome), ticket_id, kind, reason, key)
    return f"{decided.outcome} {ticket.ref if ticket else ''}: {reason}"


def _unreadable(tx: Tx, item: ClaimedRow, reading: Unreadable, place: Workplace, now: datetime) -> str:
    inbox, row = place.store.inbox, item.row
    if reading.final or row.tries >= MOST_TRIES:
        inbox.hold(tx, row.id, _token(row), reading.reason, "", "")
        return f"held: {reading.reason}"
    inbox.postpone(tx, row.id, _token(row), now + _pause(row.tries), reading.reason)
    return f"later again: {reading.reason}"


def _duplicate(tx: Tx, item: ClaimedRow, earlier: InboxRow, reading: Reading, place: Workplace, now: datetime) -> str:
    """The same mail again.  If it came through the alias of another team, that team joins the ticket as a helper."""
    row = item.row
    ticket = place.store.tickets.get(tx, earlier.ticket_id, lock=True) if earlier.ticket_id else None
    reason = f"the same mail as number {earlier.id}"
    joining = joining_teams(ticket, envelope_of(row), place.desk) if ticket else ()
    if ticket and joining and earlier.outcome in (Outcome.TICKET, Outcome.ATTACH):
        case = Case(reading, envelope_of(row), (), Answer(False, reason), place.desk, now)
        steps: tuple[Step, ...] = (*(AddHelper(team) for team in joining), Notify(Audience.TEAM, "notice_new", joining))
        perform(tx, Plan(Outcome.DUPLICATE, reason, ticket, steps), case, item, place, ticket)
        reason += f"; helping from now on: {', '.join(joining)}"
    kind, key = str(reading.message.kind), reading.message.content_key
    place.store.inbox.settle(tx, row.id, _token(row), str(Outcome.DUPLICATE), earlier.ticket_id, kind, reason, key)
    return f"duplicate: {reason}"


def _answer(tx: Tx, reading: Reading, envelope: Envelope, place: Workplace, now: datetime) -> Answer:
    """Whether an acknowledgement may go out, asked of the mail first and of the counters only then."""
    refused = refusal(reading, envelope, place.desk)
    if refused is None:
        counts = place.store.rates.read(tx, counters(envelope.sender), now)
        refused = over_limit(counts, envelope.sender, reading, place.desk)
    return Answer(refused is None, refused or "a person wrote to us")


def find_tickets(tx: Tx, reading: Reading, place: Workplace) -> list[tuple[Candidate, Ticket]]:
    """The tickets a mail points to, best first: signed address, then citations nearest first, then the subject tag."""
    tickets, found = place.store.tickets, list[tuple[Candidate, Ticket]]()
    for token in reading.tokens[:MOST_CANDIDATES]:
        if (ticket := tickets.get(tx, token.ticket, lock=True)) is not None:
            found.append((Candidate("token", ticket, token=token), ticket))
    own, cited = dict(reading.own_ids), reading.message.citations.message_ids
    foreign = [message_id for message_id in cited if message_id not in own]
    known: dict[str, list[int]] = {}
    for message_id, ticket_id in tickets.find_cited(tx, foreign) if foreign else ():
        known.setdefault(message_id, []).append(ticket_id)
    ids = dict.fromkeys(
        (ticket_id, own[message_id].party if message_id in own else None)
        for message_id in dict.fromkeys((*cited, *own))
        for ticket_id in ([own[message_id].ticket] if message_id in own else known.get(message_id, []))
    )
    found += _cited(tx, list(ids)[:MOST_CITED], reading.message.identity, place)
    for ref in reading.tags[:MOST_CANDIDATES]:
        if (ticket := tickets.by_ref(tx, ref)) is not None:
            found.append((Candidate("tag", ticket), ticket))
    return found


def _cited(
    tx: Tx, ids: Sequence[tuple[int, int | None]], identity: str | None, place: Workplace
) -> list[tuple[Candidate, Ticket]]:
    """Cited tickets, nearest first, those in which the sender takes part before the others: a Message-ID that a stranger
    used again must not lead people away from their own ticket.
    """
    found: dict[int, tuple[Candidate, Ticket]] = {}
    for ticket_id, party in ids:
        if ticket_id not in found and (ticket := place.store.tickets.get(tx, ticket_id, lock=True)) is not None:
            found[ticket_id] = (Candidate("citation", ticket, party=party), ticket)
    own_first = sorted(found.values(), key=lambda pair: all(party.key != identity for party in pair[1].parties))
    return own_first[:MOST_CANDIDATES]
