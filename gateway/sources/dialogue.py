"""One SMTP conversation: aiosmtpd's protocol with the gaps closed that stand between it and a public port.

aiosmtpd knows the commands; here are the limits, the replies and the promise.  The promise: 250 after the final dot is
said only when the mail is committed to the durable inbox; everything that fails on our side is a 4xx, so that the
sender keeps the mail.  When the client goes away between the dot and the reply, the row stays, and its repetition is
recognised as a duplicate when it is filed.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, AnyStr, cast

import structlog
from aiosmtpd.smtp import MISSING, Session, syntax
from aiosmtpd.smtp import Envelope as Transaction

from gateway.sources import replies
from gateway.sources.address import NULL_SENDER, split_path
from gateway.sources.base import Accepted, Intake, ListenSettings, NoRoom, Recipients, TemporarilyUnavailable, Verdict
from gateway.sources.data import BlockReader, Collector, Fault
from gateway.sources.limits import Connections, Memory, Room, host_of, lies_in
from parsers.message import Envelope
from store.crashpoints import point
from store.errors import StoreUnavailable
from store.groupcommit import QueueFull

log = structlog.get_logger("receive")

MAX_ERRORS = 10
MAX_CHATTER = 10_000
"""Replies in one conversation without a mail."""
FAIR = 32
LINGER_SECONDS = 2.0
"""How long the last words may take to arrive; closing at once would let unread input destroy them on their way."""
STORE_SECONDS = 60.0
COMMAND_LIMIT = 2048
"""Octets of a command line.  RFC 5321 4.5.3.1.4 says 512 and more with extensions; addresses may be UTF-8."""
_BLAMED = ("500", "501", "502", "503", "550", "553", "555")


@dataclass(slots=True)
class House:
    """What all conversations of a listener share.  `recipients` is swapped at a reload."""

    settings: ListenSettings
    intake: Intake
    recipients: Recipients
    connections: Connections
    memory: Memory
    room: Room
    clock: Callable[[], datetime]
    tls: ssl.SSLContext | None
    present: set[Dialogue]


class _SameForAll(dict[str, int]):
    """One length limit for every command.  aiosmtpd keeps these in one dictionary for all connections and adds to it at
    every EHLO; this one does not change."""

    def __missing__(self, _command: str) -> int:
        return COMMAND_LIMIT

    def __setitem__(self, _command: str, _limit: int) -> None:
        return


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


class Dialogue(BlockReader):
    """The conversation with one client."""

    line_length_limit = 8192  # of the command reader; the lines of DATA do not pass it
    greeting = "ESMTP"
    hello = "HELO"

    def __init__(self, house: House, loop: asyncio.AbstractEventLoop) -> None:
        settings = house.settings
        self.house = house
        self.peer = ""
        self.command_size_limits = _SameForAll()
        self._errors = self._said = 0
        self._entered = self._leaving = self._in_data = False
        self._ends_at = float("inf")
        super().__init__(
            Hooks(),
            data_size_limit=settings.max_size,
            enable_SMTPUTF8=True,
            hostname=settings.hostname,
            ident=self.greeting,
            tls_context=house.tls,
            timeout=settings.command_timeout,
            loop=loop,
        )
        self._smtp_methods.pop("AUTH", None)
        self._smtp_methods = _Commands(self._smtp_methods, self._not_known)

    # --- connecting and leaving

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come (or comes again as the inside of TLS)."""
        if not self._entered:
            self.peer = host_of(transport.get_extra_info("peername"))
            refusal = self._door(self.peer)
            if refusal is not None:
                self.deaf = True
                cast(asyncio.Transport, transport).write(f"{refusal}\r\n".encode())
                transport.close()
                return
            self._entered = True
            self._ends_at = self.loop.time() + self.house.settings.session_timeout
            self.house.present.add(self)
        super().connection_made(transport)

    def _door(self, peer: str) -> str | None:
        if self.house.recipients.barred(peer):
            return replies.BARRED
        full = self.house.connections.enter(peer)
        if full is not None:
            log.warning("connection refused", peer=peer, reason=full)
            return replies.TOO_MANY_CONNECTIONS.format(full)
        return None

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone.  aiosmtpd may call this twice when a TLS handshake fails."""
        if not self._entered:
            return
        if self in self.house.present:
            self.house.present.discard(self)
            self.house.connections.leave(self.peer)
        if self.transport is not None:
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """The client has said its last word."""
        return super().eof_received() if self._entered else False

    def leave(self) -> None:
        """The daemon stops: a mail that is being sent may end, all others are asked to come again."""
        self._leaving = True
        if not self._in_data:
            self._say_and_close(replies.CLOSING)

    def abort(self) -> None:
        """Close at once; nothing was promised."""
        if self.transport is not None:
            cast(asyncio.Transport, self.transport).abort()

    def _say_and_close(self, reply: str) -> None:
        transport = cast(asyncio.Transport | None, self.transport)
        if self.deaf or transport is None or transport.is_closing():
            return  # the last word has been spoken already
        self.deaf = True
        if transport.get_write_buffer_size() == 0:
            transport.write(f"{reply}\r\n".encode())
        transport.close()
        self.loop.call_later(LINGER_SECONDS, transport.abort)  # who does not read is not waited for

    async def hang_up(self, reply: str) -> None:
        """Say the last word, give it time to arrive, close.  Does not return."""
        self.deaf = True
        self._reset_timeout(LINGER_SECONDS)
        await super().push(reply)
        if self._writer.can_write_eof():
            self._writer.write_eof()
        if self.transport is not None:
            cast(asyncio.Transport, self.transport).resume_reading()  # else the client's own end would not be seen
        await self.loop.create_future()  # ended by the client's own end, or by the timer

    # --- time

    def _reset_timeout(self, duration: float | None = None) -> None:
        if duration is None:
            left = self._ends_at - self.loop.time()
            duration = max(0.001, min(self._timeout_duration, left))
        super()._reset_timeout(duration)

    def _timeout_cb(self) -> None:
        if self.deaf:
            self.abort()
        else:
            log.info("timed out", peer=self.peer)
            self._say_and_close(replies.TIMEOUT)

    # --- replies

    async def push(self, status: AnyStr) -> None:
        """Send one reply; after too many errors send 421 instead and hang up."""
        if isinstance(status, str):
            status = replies.with_code(status)
            self._errors += status[:3] in _BLAMED and not self._excused(status)
            self._said += 1
            if self._errors > MAX_ERRORS or self._said > MAX_CHATTER:
                await self.hang_up(replies.TOO_MANY_ERRORS)
            if self._said % FAIR == 0:
                await asyncio.sleep(0)  # a client that pipelines thousands of commands must not keep the others waiting
        await super().push(status)

    def _excused(self, reply: str) -> bool:
        return reply.startswith("550") and lies_in(self.peer, self.house.settings.exempt)

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours is temporary, and nobody outside learns what it was."""
        log.error("conversation failed", peer=self.peer, exc_info=error)
        return replies.FAULT

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
            stored = asyncio.wrap_future(self.house.intake.put(accepted), loop=self.loop)
            # shielded: a client that goes away must not take back what the writer already has in hand
            async with asyncio.timeout(STORE_SECONDS):
                number = await asyncio.shield(stored)
            point("p3.before_reply")
        except (TemporarilyUnavailable, StoreUnavailable) as problem:
            log.warning("mail refused for now", peer=self.peer, reason=str(problem))
            return replies.NO_ROOM if isinstance(problem, NoRoom | QueueFull) else replies.FAULT
        except Exception:
            log.exception("mail could not be stored", peer=self.peer)
            return replies.FAULT
        log.debug("mail accepted", peer=self.peer, inbox_id=number, size=len(raw))
        return f"250 2.0.0 {number} stored"

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
