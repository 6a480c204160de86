"""One SMTP conversation: what is answered to each command, and what becomes of a mail.

The promise: 250 after the final dot is said only when the mail is committed to the durable inbox; everything that fails
on our side is a 4xx, so that the sender keeps the mail.  When the client goes away between the dot and the reply, the
row stays, and its repetition is recognised as a duplicate when it is filed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import structlog
from aiosmtpd.smtp import MISSING, Session, syntax
from aiosmtpd.smtp import Envelope as Transaction

from gateway.sources import replies
from gateway.sources.address import NULL_SENDER, split_path
from gateway.sources.base import Accepted, NoRoom, TemporarilyUnavailable, Verdict
from gateway.sources.connection import Connection, House
from gateway.sources.data import Collector, Fault
from parsers.message import Envelope
from store.crashpoints import point
from store.errors import StoreUnavailable
from store.groupcommit import QueueFull

log = structlog.get_logger("receive")

STORE_SECONDS = 60.0


class _Commands(dict[str, Any]):
    """The commands by name, with an answer for those that do not exist."""

    def __init__(self, known: dict[str, Any], otherwise: Callable[[str | None], Any]) -> None:
        super().__init__(known)
        self._otherwise = otherwise

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name, default) or self._otherwise


class Hooks:
    """aiosmtpd's hooks: what is decided about one command.  MISSING lets aiosmtpd go on."""

    async def handle_HELO(self, server: Dialogue, session: Session, _: Transaction, host: str) -> bytes:
        session.host_name = host
        return f"250 {server.hostname}".encode()

    async def handle_EHLO(
        self, server: Dialogue, session: Session, _: Transaction, host: str, _lines: list[str]
    ) -> list[bytes]:
        session.host_name = host
        return [server.extensions()]

    async def handle_MAIL(self, server: Dialogue, _s: Session, _t: Transaction, _a: str, options: list[str]) -> object:
        return server.not_now(options) or MISSING

    async def handle_RCPT(self, server: Dialogue, _s: Session, _t: Transaction, address: str, _o: list[str]) -> object:
        return server.refusal(address) or MISSING


class Dialogue(Connection):
    """The conversation with one client."""

    hello = "HELO"

    def __init__(self, house: House, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(house, Hooks(), loop)
        self._smtp_methods.pop("AUTH", None)
        self._smtp_methods = _Commands(self._smtp_methods, self._not_known)

    async def _not_known(self, _argument: str | None) -> None:
        await self.push(replies.NOT_KNOWN)

    def extensions(self) -> bytes:
        """The answer to EHLO (RFC 5321 4.1.1.1)."""
        lines = [self.hostname, "PIPELINING", f"SIZE {self.data_size_limit}", "8BITMIME"]
        if self.tls_context is not None and self._tls_protocol is None:
            lines.append("STARTTLS")
        lines += ["ENHANCEDSTATUSCODES", "SMTPUTF8"]
        return "\r\n".join([f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]).encode()

    # --- commands

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        return split_path(arg) or (None, None)

    def not_now(self, options: list[str]) -> str | None:
        """Why no mail is taken now, or None."""
        declared = next((option[5:] for option in options if option.startswith("SIZE=")), "")
        if not self.house.room.enough_for(int(declared) if declared else 0):
            log.warning("mail refused: the disk is nearly full", peer=self.peer)
            return replies.NO_ROOM
        return None

    def refusal(self, address: str) -> str | None:
        """Why this recipient is not taken, or None."""
        assert self.envelope is not None
        if len(self.envelope.rcpt_tos) >= self.house.settings.max_recipients:
            return replies.TOO_MANY_RECIPIENTS
        if self.envelope.mail_from and self.house.recipients.blocked(self.envelope.mail_from):
            self.house.recipients.refused("blocked")
            log.info("recipient refused", peer=self.peer, recipient=address[:200], verdict="sender blocked")
            return replies.BLOCKED
        verdict = self.house.recipients.verdict(address)
        if verdict is Verdict.ACCEPTED:
            return None
        log.info("recipient refused", peer=self.peer, recipient=address[:200], verdict=verdict.value)
        return replies.UNKNOWN if verdict is Verdict.UNKNOWN else replies.RELAYING

    @syntax("VRFY <address>")
    async def smtp_VRFY(self, _argument: str | None) -> None:
        """Addresses are told to nobody (RFC 5321 7.3)."""
        await self.push(replies.CANNOT_VERIFY)

    @syntax("HELP")
    async def smtp_HELP(self, _argument: str | None) -> None:
        """There is a book about it."""
        await self.push(replies.HELP)

    async def smtp_EXPN(self, _argument: str | None) -> None:
        """There are no lists to expand."""
        await self.push(replies.NOT_OFFERED)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:
        """Take a mail and answer for it."""
        if await self.check_helo_needed(self.hello):
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 No valid recipients")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        settings = self.house.settings
        collector = Collector(settings.max_size, settings.max_line, self.house.memory)
        self._in_data = True
        try:
            self._reset_timeout(settings.data_timeout)
            await self.collect(collector)
            result = collector.result()
            reply = result.reply if isinstance(result, Fault) else await self._store(result)
        finally:
            self._in_data = False
            collector.release()
        transaction = self.envelope
        self.envelope = self._create_envelope()
        self._reset_timeout()
        await self._answer(reply, transaction, closes=isinstance(result, Fault) and result.closes)

    async def _answer(self, reply: str, transaction: Transaction, closes: bool) -> None:
        whole = self.final_reply(reply, transaction)
        if reply.startswith("250"):
            self._said = 0
        if closes:
            log.warning("conversation ended", peer=self.peer, reply=reply)
            await self.hang_up(whole)
        await super().push(whole)
        if self._leaving:
            await self.hang_up(replies.CLOSING)

    def final_reply(self, reply: str, _transaction: Transaction) -> str:
        """What is said after the final dot."""
        return reply

    async def _store(self, raw: bytes) -> str:
        """Put the mail into the durable inbox and wait until it is committed; the reply."""
        try:
            accepted = Accepted(self.house.settings.kind, self._envelope(), raw)
            async with asyncio.timeout(STORE_SECONDS):
                number = await self._committed(accepted)
            point("p3.before_reply")
        except (TemporarilyUnavailable, StoreUnavailable) as problem:
            log.warning("mail refused for now", peer=self.peer, reason=str(problem))
            return replies.NO_ROOM if isinstance(problem, NoRoom | QueueFull) else replies.FAULT
        except Exception:
            log.exception("mail could not be stored", peer=self.peer)
            return replies.FAULT
        log.debug("mail accepted", peer=self.peer, inbox_id=number, size=len(raw))
        return f"250 2.0.0 {number} stored"

    async def _committed(self, accepted: Accepted) -> int:
        """The number of the mail in the inbox, once it is there to stay.

        The event loop's future is not tied to the writer's, as `asyncio.wrap_future` would: a client that goes away must
        not take back what the writer already has in hand.
        """
        loop, told = self.loop, self.loop.create_future()

        def tell(stored: Future[int]) -> None:  # in the writer's thread
            if not loop.is_closed():
                loop.call_soon_threadsafe(_pass_on, stored, told)

        self.house.intake.put(accepted).add_done_callback(tell)
        number: int = await told
        return number

    def _envelope(self) -> Envelope:
        said = self.envelope
        assert said is not None and said.mail_from is not None
        return Envelope(
            sender="" if said.mail_from == NULL_SENDER else said.mail_from,
            recipients=tuple(dict.fromkeys(said.rcpt_tos)),
            peer=self.peer,
            source=self.house.settings.kind,
            received_at=self.house.clock(),
        )


def _pass_on(stored: Future[int], told: asyncio.Future[int]) -> None:
    if told.done():
        return  # nobody waits any more
    problem = stored.exception()
    if problem is None:
        told.set_result(stored.result())
    else:
        told.set_exception(problem)
