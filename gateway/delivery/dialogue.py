"""Commands and replies over a connection that is open and logged in, several commands at a time where the server allows.

aiosmtplib opens the connection; it reads one reply to one command and drops what else comes, so for mail itself this
reader takes its place: replies are queued as they come, and who writes three commands takes three replies.  A server
that sends a line without end, or talks without being asked, is cut off.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import NamedTuple

MOST_LINE = 8192
MOST_REPLY = 32 * 1024
MOST_AHEAD = 20
"""Replies that nobody has asked for yet."""
_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)


class Reply(NamedTuple):
    """A code and its text, the lines joined by line ends."""

    code: int
    text: str


class Broken(Exception):
    """The connection is gone, or what came over it is no SMTP; the message is for people."""


class Dialogue(asyncio.Protocol):
    """The protocol of an open transport from `take_over` on.  Belongs to one event loop and one task."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._lines: list[str] = []
        self._size = 0
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._end: str | None = None

    def take_over(self, transport: asyncio.Transport) -> None:
        """Become the transport's protocol; nothing is under way on it."""
        self._transport = transport
        transport.set_protocol(self)
        transport.set_write_buffer_limits(high=1, low=0)  # under TLS 0 would mean: never ready to write
        if transport.is_closing():
            self._over("connection lost")

    # --- for whoever talks

    @property
    def alive(self) -> bool:
        """Whether there is a connection, and nothing was said on it that nobody waits for."""
        return self._end is None and self._transport is not None and not self._replies

    @property
    def answered(self) -> bool:
        """Whether a reply has come, or never will."""
        return bool(self._replies) or self._end is not None

    def say(self, *commands: bytes) -> None:
        """Write these lines, all at once.  Raises Broken."""
        for command in commands:
            if b"\r" in command or b"\n" in command:
                raise ValueError("a command is one line")
        self.write(b"".join(command + b"\r\n" for command in commands))

    def write(self, data: bytes) -> None:
        """Write bytes as they are.  Raises Broken."""
        if self._end is not None or self._transport is None:
            raise Broken(self._end or "not connected")
        self._transport.write(data)

    async def reply(self, seconds: float) -> Reply:
        """The next reply.  Raises Broken, or TimeoutError."""
        async with asyncio.timeout(seconds):
            while not self._replies:
                if self._end is not None:
                    raise Broken(self._end)
                await self._news()
        return self._replies.popleft()

    async def flushed(self, seconds: float) -> bool:
        """Wait until what was written has left, or the server has something to say; whether it has left.

        Raises TimeoutError.
        """
        async with asyncio.timeout(seconds):
            while not self._writable.is_set() and not self.answered:
                await self._news()
        return self._writable.is_set() and not self.answered

    def close(self) -> None:
        """Cut it off."""
        self._over("closed")
        if self._transport is not None:
            self._transport.abort()

    async def _news(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _tell(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # --- for the transport

    def data_received(self, data: bytes) -> None:
        """Cut into lines, and lines into replies (RFC 5321 4.2.1)."""
        if self._end is not None:
            return
        self._buffer += data
        *lines, rest = bytes(self._buffer).split(b"\n")
        self._buffer = bytearray(rest)
        for line in lines:
            self._line(line.rstrip(b"\r"))
        if len(self._buffer) > MOST_LINE or self._size > MOST_REPLY or len(self._replies) > MOST_AHEAD:
            self._no_sense("a reply without end")
        self._tell()

    def _line(self, line: bytes) -> None:
        found = _LINE.fullmatch(line)
        if found is None:
            self._no_sense(f"this is no SMTP reply: {line[:200].decode('utf-8', 'replace')!r}")
            return
        self._size += len(line)
        self._lines.append((found[3] or b"").decode("utf-8", "surrogateescape").strip())
        if found[2] != b"-":
            self._replies.append(Reply(int(found[1]), "\n".join(self._lines)))
            self._lines, self._size = [], 0

    def _no_sense(self, why: str) -> None:
        self._over(why)
        if self._transport is not None:
            self._transport.abort()

    def eof_received(self) -> bool:
        """The other side has said its last word."""
        self._over("connection lost")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._over(f"connection lost: {exc}" if exc else "connection lost")

    def pause_writing(self) -> None:
        """What is written waits."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """All of it has left."""
        self._writable.set()
        self._tell()

    def _over(self, why: str) -> None:
        if self._end is None:
            self._end = why
        self._tell()
