"""The courier: takes mails out of the outbox, hands them to the transport, writes down what came of them.

Promises (mail-safety 4.6): every mail is sent at least once or ends as failed with somebody told; a repetition has
the same bytes and Message-ID.  The only window for a second sending is between the other side's 250 and our COMMIT; a
mail whose final reply was lost is sent once more, and if that reply is lost too it ends, and somebody is told that it
may have arrived.  No transaction is open while the network is spoken to.  A mail is claimed only when there is a place
to send it at once, so that its lease (15 minutes) always outlives its sending (12 minutes).

While the other side is away (`breaker`), one mail at a time asks whether it is back and the others wait with no try
counted; when it is back they go in their old order.

`step` is what `gateway.worker.Worker` repeats in a thread of its own; the event loop in which mails are under way
lives between the steps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from gateway.delivery.base import OutgoingMail, Result, Transport, one_line
from gateway.delivery.breaker import NOT_OFFERED, Breaker, Trouble
from gateway.delivery.schedule import AFTER_UNKNOWN, GIVE_UP_AFTER, Chance, next_attempt
from store.crashpoints import point
from store.database import Tx
from store.errors import ClaimLost, Corrupt, StoreError, StoreUnavailable
from store.outbox import ClaimedMail, OutboxRow, WaitsFor
from store.store import Store

log = structlog.get_logger("deliver")

LEASE = timedelta(minutes=15)
GLANCE_SECONDS = 0.25
"""How long a step waits for mails under way before it looks for new ones."""
AFTER_TROUBLE = timedelta(minutes=5)
UNKNOWN_MARK = "may have arrived: "
MOST_LOST_REPLIES = 2
"""Whoever loses so many final replies to one mail has probably taken it as often."""
AWAY_LONG = timedelta(hours=1)
"""How long the other side must have been away before mail that is too old is given up without having been offered."""
GIVE_UP_AT_ONCE = 50
BETWEEN_LOOKS = timedelta(minutes=1)

OnFailed = Callable[[Tx, OutboxRow, Result], None]
"""What happens when a mail has ended without having arrived for certain, in the transaction that says so: somebody is
told.  A Result of kind ``unknown``: it may have arrived."""


@dataclass(frozen=True, slots=True)
class CourierSettings:
    """How patient the courier is."""

    lease: timedelta = LEASE
    give_up_after: timedelta = GIVE_UP_AFTER


class Courier:
    """Everything but `close` and `trouble` is called by one thread."""

    def __init__(
        self,
        store: Store,
        transport: Transport,
        *,
        on_failed: OnFailed,
        chance: Chance,
        new_token: Callable[[], str],
        settings: CourierSettings = CourierSettings(),
    ) -> None:
        self._store = store
        self._outbox = store.outbox
        self._transport = transport
        self._on_failed = on_failed
        self._chance = chance
        self._new_token = new_token
        self._settings = settings
        self._runner = asyncio.Runner()
        self._under_way: dict[asyncio.Task[Result], OutboxRow] = {}
        self._unwritten: list[tuple[OutboxRow, Result]] = []
        self._breaker = Breaker(transport.width, chance)
        self._unheard: list[Result] = []
        self._to_wake = False
        self._overdue_at: datetime | None = None

    @property
    def trouble(self) -> Trouble | None:
        """Since when the other side is away and what it said, or None.  Any thread may ask."""
        return self._breaker.trouble

    def step(self) -> bool:
        """Take up what is due, wait a moment for what is under way, write down what has ended.  True: look again at
        once.

        Raises StoreError when the database is away and nothing else could be done meanwhile.
        """
        return self._runner.run(self._step(take=True))

    def close(self, seconds: float = 30.0) -> None:
        """Let mails under way end for at most `seconds`, write down what came of them, say goodbye to the other side.

        To be called when no thread calls `step` any more.  What has not ended is sent again when its lease is over.
        """
        try:
            self._runner.run(self._finish(seconds))
        finally:
            self._runner.close()

    async def _finish(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (self._under_way or self._unwritten) and loop.time() < until:
            try:
                await self._step(take=False)
            except StoreError:
                await asyncio.sleep(GLANCE_SECONDS)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._transport.close()

    async def _step(self, take: bool) -> bool:
        trouble: StoreError | None = None
        try:
            self._write_down()
            if take:
                self._take_up()
        except StoreError as problem:
            trouble = problem
        if not self._under_way:
            if trouble is not None:
                raise trouble
            await self._transport.rest()
            return False
        if trouble is not None:
            log.error("the outbox cannot be reached; mails under way go on", problem=str(trouble))
        ended, _ = await asyncio.wait(self._under_way, timeout=GLANCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        results = [(self._under_way.pop(task), _result(task)) for task in ended]
        self._unheard += [result for _row, result in results]
        self._unwritten += results
        self._write_down()
        return True

    # --- taking up

    def _take_up(self) -> None:
        """Claim as many mails as there are places, and start them.  One short transaction."""
        if self._unwritten or len(self._under_way) >= self._transport.width:
            return
        token = self._new_token()
        with self._store.transaction() as tx:
            now = self._store.now(tx)
            self._give_up_overdue(tx, now)
            places, in_order = self._breaker.places(len(self._under_way), now), self._breaker.in_order(now)
            lease = self._settings.lease
            claimed = self._outbox.claim(tx, token, now, lease, places, in_order=in_order) if places > 0 else []
        if claimed:
            point("o1.leased")
        loop = asyncio.get_running_loop()
        for mail in claimed:
            row = replace(mail.row, claim_token=token)
            self._under_way[loop.create_task(self._transport.send(_outgoing(mail)))] = row

    def _give_up_overdue(self, tx: Tx, now: datetime) -> None:
        """While the other side is away nothing is offered; what has waited too long must end all the same."""
        trouble = self._breaker.trouble
        if trouble is None or now - trouble.since < AWAY_LONG:
            return
        if self._overdue_at is not None and timedelta(0) <= now - self._overdue_at < BETWEEN_LOOKS:
            return
        token, before = self._new_token(), now - self._settings.give_up_after
        overdue = self._outbox.claim_overdue(tx, token, now, self._settings.lease, GIVE_UP_AT_ONCE, before)
        if len(overdue) < GIVE_UP_AT_ONCE:
            self._overdue_at = now
        for row in overdue:
            self._end(tx, replace(row, claim_token=token), Result("retry", trouble.reply, "access"), now)

    # --- writing down

    def _write_down(self) -> None:
        """Write what has ended, all in one short transaction; kept for the next step when the database is away."""
        if not (self._unwritten or self._to_wake):
            return
        with self._store.transaction() as tx:
            now = self._store.now(tx)
            self._take_note(now)
            for row, result in self._unwritten:
                try:
                    self._write_one(tx, row, result, now)
                except ClaimLost:
                    log.warning("somebody else has taken this mail meanwhile", outbox_id=row.id, result=result.kind)
            woken = self._outbox.wake(tx, now) if self._to_wake else 0
        point("o3.after_commit")
        self._unwritten, self._to_wake = [], False
        if woken:
            log.info("mail that waited for the server goes now", mails=woken)

    def _take_note(self, now: datetime) -> None:
        """What the results say about the other side; each is heard once, however often it has to be written."""
        while self._unheard:
            result = self._unheard.pop(0)
            change = self._breaker.heard(result, len(self._under_way), now)
            if change == "away":
                log.error("the mail server is away; mail waits", reply=result.reply)
            elif change == "back":
                self._to_wake = True
                log.info("the mail server is back")

    def _write_one(self, tx: Tx, row: OutboxRow, result: Result, now: datetime) -> None:
        token = row.claim_token or ""
        if result.kind == "sent":
            self._outbox.settle(tx, row.id, token, result.reply, now)
            log.info("sent", outbox_id=row.id, kind=row.kind, ticket=row.ticket_ref, message_id=row.message_id)
        elif result.kind == "retry" and result.cause in NOT_OFFERED:
            self._outbox.give_back(tx, row.id, token, result.reply, row.lost_replies)
        elif result.kind == "unknown":
            self._lost(tx, row, result, now)
        else:
            self._later_or_never(tx, row, result, now)

    def _lost(self, tx: Tx, row: OutboxRow, result: Result, now: datetime) -> None:
        """Its final reply was lost: once more and not at once, for it may well have arrived; then no more."""
        lost = row.lost_replies + 1
        log.warning("maybe_dup", outbox_id=row.id, message_id=row.message_id, lost=lost, reply=result.reply)
        if lost >= MOST_LOST_REPLIES:
            self._end(tx, replace(row, lost_replies=lost), result, now)
        else:
            reply = one_line(UNKNOWN_MARK + result.reply)
            self._outbox.postpone(tx, row.id, row.claim_token or "", now + AFTER_UNKNOWN, reply, "mail", lost)

    def _later_or_never(self, tx: Tx, row: OutboxRow, result: Result, now: datetime) -> None:
        log.warning("not sent", outbox_id=row.id, message_id=row.message_id, kind=result.kind, reply=result.reply)
        until = None
        if result.kind == "retry":
            until = next_attempt(row.attempts, row.created_at, now, self._chance, self._settings.give_up_after)
        if until is None:
            self._end(tx, row, result, now)
        else:
            why: WaitsFor = "server" if result.cause == "server" else "mail"
            self._outbox.postpone(tx, row.id, row.claim_token or "", until, result.reply, why, row.lost_replies)

    def _end(self, tx: Tx, row: OutboxRow, result: Result, now: datetime) -> None:
        """Set the mail aside and have somebody told, both or neither."""
        token, last = row.claim_token or "", _last_words(row, result)
        try:
            with self._store.savepoint(tx):
                self._outbox.hold(tx, row.id, token, last.reply, row.lost_replies)
                self._on_failed(tx, row, last)
        except (ClaimLost, StoreUnavailable, Corrupt):
            raise
        except Exception:
            log.exception("telling about a failed mail failed; it is tried again", outbox_id=row.id)
            self._outbox.postpone(tx, row.id, token, now + AFTER_TROUBLE, last.reply, "mail", row.lost_replies)


def _last_words(row: OutboxRow, result: Result) -> Result:
    """What is written down and told at the end: one lost reply, and it may have arrived, whatever was said later."""
    reply = f"given up; {result.reply}" if result.kind == "retry" else result.reply
    if row.lost_replies:
        return Result("unknown", one_line(UNKNOWN_MARK + reply), result.cause)
    return Result("failed", one_line(reply), result.cause)


def _result(task: asyncio.Task[Result]) -> Result:
    """What the task came to.  A transport does not raise; if one does, the mail must not be lost for it."""
    problem = task.exception()
    if problem is None:
        return task.result()
    log.error("the transport failed", exc_info=problem)
    return Result("retry", one_line(f"{type(problem).__name__}: {problem}"), "server")


def _outgoing(mail: ClaimedMail) -> OutgoingMail:
    row = mail.row
    return OutgoingMail(row.id, row.envelope_from, row.recipient, mail.raw, row.message_id, row.created_at)
