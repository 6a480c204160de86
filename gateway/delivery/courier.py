"""The courier: takes mails out of the outbox, hands them to the transport, writes down what came of them.

Promises (mail-safety 4.6): every mail is sent at least once or ends as failed with somebody told; a repetition has
the same bytes and Message-ID.  The only window for a second sending is between the other side's 250 and our COMMIT.  No
transaction is open while the network is spoken to.  A mail is claimed only when there is a place to send it at once,
so that its lease (15 minutes) always outlives its sending (12 minutes).

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
from gateway.delivery.schedule import AFTER_UNKNOWN, GIVE_UP_AFTER, Chance, next_attempt
from store.crashpoints import point
from store.database import Tx
from store.errors import ClaimLost, Corrupt, StoreError, StoreUnavailable
from store.outbox import ClaimedMail, OutboxRow
from store.store import Store

log = structlog.get_logger("deliver")

LEASE = timedelta(minutes=15)
GLANCE_SECONDS = 0.25
"""How long a step waits for mails under way before it looks for new ones."""
AFTER_TROUBLE = timedelta(minutes=5)
UNKNOWN_MARK = "may have arrived: "

OnFailed = Callable[[Tx, OutboxRow, Result], None]
"""What happens when a mail has failed for good, in the transaction that says so: somebody is told."""


@dataclass(frozen=True, slots=True)
class CourierSettings:
    """How patient the courier is."""

    lease: timedelta = LEASE
    give_up_after: timedelta = GIVE_UP_AFTER


class Courier:
    """Everything but `close` is called by one thread."""

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
        self._unwritten += [(self._under_way.pop(task), _result(task)) for task in ended]
        self._write_down()
        return True

    # --- taking up

    def _take_up(self) -> None:
        """Claim as many mails as there are places, and start them.  One short transaction."""
        places = self._transport.width - len(self._under_way)
        if places <= 0 or self._unwritten:
            return
        token = self._new_token()
        with self._store.transaction() as tx:
            claimed = self._outbox.claim(tx, token, self._store.now(tx), self._settings.lease, places)
        if claimed:
            point("o1.leased")
        loop = asyncio.get_running_loop()
        for mail in claimed:
            row = replace(mail.row, claim_token=token)
            self._under_way[loop.create_task(self._transport.send(_outgoing(mail)))] = row

    # --- writing down

    def _write_down(self) -> None:
        """Write what has ended, all in one short transaction; kept for the next step when the database is away."""
        if not self._unwritten:
            return
        with self._store.transaction() as tx:
            now = self._store.now(tx)
            for row, result in self._unwritten:
                try:
                    self._write_one(tx, row, result, now)
                except ClaimLost:
                    log.warning("somebody else has taken this mail meanwhile", outbox_id=row.id, result=result.kind)
        point("o3.after_commit")
        self._unwritten = []

    def _write_one(self, tx: Tx, row: OutboxRow, result: Result, now: datetime) -> None:
        token = row.claim_token or ""
        if result.kind == "sent":
            self._outbox.settle(tx, row.id, token, result.reply, now)
            log.info("sent", outbox_id=row.id, kind=row.kind, ticket=row.ticket_ref, message_id=row.message_id)
            return
        log.warning("not sent", outbox_id=row.id, message_id=row.message_id, kind=result.kind, reply=result.reply)
        until = self._again_at(row, result, now)
        reply = UNKNOWN_MARK + result.reply if result.kind == "unknown" else result.reply
        if until is not None:
            self._outbox.postpone(tx, row.id, token, until, reply)
        else:
            self._fail(tx, row, Result("failed", _last_words(result, reply)), now)

    def _again_at(self, row: OutboxRow, result: Result, now: datetime) -> datetime | None:
        """When to try again; None: never."""
        if result.kind == "failed":
            return None
        if result.kind == "unknown":
            # once and not at once: whoever loses two replies in a row has probably taken the mail twice
            repeated = (row.last_reply or "").startswith(UNKNOWN_MARK)
            return None if repeated else now + AFTER_UNKNOWN
        return next_attempt(row.attempts, row.created_at, now, self._chance, self._settings.give_up_after)

    def _fail(self, tx: Tx, row: OutboxRow, result: Result, now: datetime) -> None:
        """Set the mail aside and have somebody told, both or neither."""
        token = row.claim_token or ""
        try:
            with self._store.savepoint(tx):
                self._outbox.hold(tx, row.id, token, result.reply)
                self._on_failed(tx, row, result)
        except (ClaimLost, StoreUnavailable, Corrupt):
            raise
        except Exception:
            log.exception("telling about a failed mail failed; it is tried again", outbox_id=row.id)
            self._outbox.postpone(tx, row.id, token, now + AFTER_TROUBLE, result.reply)


def _last_words(result: Result, reply: str) -> str:
    return one_line(f"given up; {reply}") if result.kind != "failed" else reply


def _result(task: asyncio.Task[Result]) -> Result:
    """What the task came to.  A transport does not raise; if one does, the mail must not be lost for it."""
    problem = task.exception()
    if problem is None:
        return task.result()
    log.error("the transport failed", exc_info=problem)
    return Result("retry", one_line(f"{type(problem).__name__}: {problem}"))


def _outgoing(mail: ClaimedMail) -> OutgoingMail:
    row = mail.row
    return OutgoingMail(row.id, row.envelope_from, row.recipient, mail.raw, row.message_id, row.created_at)
