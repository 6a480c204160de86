"""One client on the line: how it comes in, how long it may stay, how it is asked to leave, and how replies are sent.

aiosmtpd's protocol underneath knows the commands (`dialogue`); here are the limits that it does not have: connections,
time, errors.  The last word to a client is said so that it arrives: closing at once would let unread input destroy it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import AnyStr, cast

import structlog

from gateway.sources import replies
from gateway.sources.base import Intake, ListenSettings, Recipients
from gateway.sources.data import BlockReader
from gateway.sources.limits import Connections, Memory, Room, host_of, lies_in

log = structlog.get_logger("receive")

MAX_ERRORS = 10
MAX_CHATTER = 10_000
"""Replies in one conversation without a mail."""
FAIR = 32
"""Replies after which others get their turn."""
LINGER_SECONDS = 2.0
"""How long the last words may take to arrive."""
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
    present: set[Connection] = field(default_factory=set)


class _SameForAll(dict[str, int]):
    """One length limit for every command.  aiosmtpd keeps these in one dictionary for all connections and adds to it at
    every EHLO; this one does not change."""

    def __missing__(self, _command: str) -> int:
        return COMMAND_LIMIT

    def __setitem__(self, _command: str, _limit: int) -> None:
        return


class Connection(BlockReader):
    """A client that is connected, or was turned away at the door."""

    line_length_limit = 8192  # of the command reader; the lines of DATA do not pass it
    greeting = "ESMTP"

    def __init__(self, house: House, hooks: object, loop: asyncio.AbstractEventLoop) -> None:
        settings = house.settings
        self.house = house
        self.peer = ""
        self.command_size_limits = _SameForAll()
        self._errors = self._said = 0
        self._entered = self._leaving = self._in_data = False
        self._ends_at = self._patient_until = self._rings_at = float("inf")
        super().__init__(
            hooks,
            data_size_limit=settings.max_size,
            enable_SMTPUTF8=True,
            hostname=settings.hostname,
            ident=self.greeting,
            tls_context=house.tls,
            timeout=settings.command_timeout,
            loop=loop,
        )

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
            self.house.recipients.refused("barred")
            log.info("connection refused", peer=peer, reason="too many wrong addresses")
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
        """The client has said its last word, which is not to say that it does not listen any more.

        Exim sends the end of a mail, QUIT and the end of its side of the connection in one go.  aiosmtpd would drop the
        conversation, and with it the reply to a mail that is just being stored: Exim would send it again, and again.
        So what has been said is answered to the end, unless nothing is left to be answered.  (TLS has no half-closed
        connections.)
        """
        if not self._entered:
            return False
        if self.deaf or self._tls_protocol is not None or not self.busy:
            return super().eof_received()
        self.say_goodbye()
        return True

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
        """Set the time at which patience ends.  A timer that rings before it is left as it is: almost every command
        puts the end off, and then one comparison is cheaper than another timer.
        """
        now = self.loop.time()
        if duration is None:
            duration = max(0.001, min(self._timeout_duration, self._ends_at - now))
        self._patient_until = now + duration
        if self._timeout_handle is None or self._rings_at > self._patient_until:
            self._rings_at = self._patient_until
            super()._reset_timeout(duration)

    def _timeout_cb(self) -> None:
        left = self._patient_until - self.loop.time()
        if left > 0.001:
            self._rings_at = self._patient_until
            super()._reset_timeout(left)
        elif self.deaf:
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
            await asyncio.sleep(0)  # whoever pipelines thousands of commands must not keep the others waiting
        await super().push(status)

    def _excused(self, reply: str) -> bool:
        return reply.startswith("550") and lies_in(self.peer, self.house.settings.exempt)

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours is temporary, and nobody outside learns what it was."""
        log.error("conversation failed", peer=self.peer, exc_info=error)
        return replies.FAULT
