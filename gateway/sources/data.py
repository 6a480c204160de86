"""DATA read in blocks instead of lines: the end is found by a search over the bytes, every rule is kept.

`Collector` is the rules, without a socket.  `BlockReader` puts it between aiosmtpd's protocol and the wire: while DATA
is read, what arrives goes straight into the collector, and whatever follows the final dot goes back to where commands
are read.  Everything is linear in C, so that cost follows the megabytes at memory speed.

Smuggling (mail-safety 1.7): the only end of data is CRLF . CRLF.  A bare CR or LF ends the conversation with 554, at
once and not at some end that may never come, and nothing of the mail is kept.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP

from gateway.sources.limits import Memory

END = b"\r\n.\r\n"
DOT = b"\r\n."
HEADER_SCAN = 256 * 1024
"""Bytes of the header block in which Received fields are counted; a longer block is over the header limit anyway."""
MAX_RECEIVED = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a mail is not taken: the reply, and whether the conversation ends with it."""

    reply: str
    closes: bool = False


TOO_BIG = Fault("552 5.3.4 The mail is larger than we accept")
FAR_TOO_BIG = Fault(TOO_BIG.reply, closes=True)
LONG_LINE = Fault("500 5.5.2 A line of the mail is too long")
BARE = Fault("554 5.5.2 Lines must end with CR LF; a bare CR or LF is not accepted", closes=True)
LOOP = Fault("554 5.4.6 Too many Received fields: this mail is going in circles")
BUSY = Fault("452 4.3.1 Too much mail at once, please try again later")


class Collector:
    """Takes the stream behind 354 block by block.  Holds at most four thirds of `max_size`, and only what `memory`
    gives.
    """

    def __init__(self, max_size: int, max_line: int, memory: Memory) -> None:
        self._max_size = max_size
        self._max_line = max_line
        self._memory = memory
        # the CRLF of the DATA command begins the end of an empty mail and makes the first line like the others
        self._buffer = bytearray(b"\r\n")
        self._stop = 0
        self._taken = 0
        self._received = 0
        self._returns = self._feeds = self._pairs = 0
        self._dotted = False
        self._fault: Fault | None = None

    def feed(self, block: bytes) -> bytes | None:
        """Take the next block.  None: more is to come; else it is over and these bytes came after the end."""
        buffer = self._buffer
        old = len(buffer)
        buffer += block
        self._received += len(block)
        end = self._find_end(max(0, old - len(END) + 1))
        if self._has_bare(old, len(buffer) if end < 0 else end + len(END)):
            self._fault = BARE
            return b""
        if end >= 0:
            self._stop = end + 2
            return bytes(memoryview(buffer)[end + len(END) :])
        return self._go_on(len(block))

    def _find_end(self, start: int) -> int:
        """Where `END` begins, or -1.  As long as no line begins with a dot, one search looks for both."""
        if not self._dotted:
            dot = self._buffer.find(DOT, start)
            if dot < 0 or self._buffer.startswith(END, dot):
                return dot
            # a dot at the very end of the buffer may be the end's or not: the next block is searched again from before it
            self._dotted = len(self._buffer) - dot >= len(END)
            start = dot
        return self._buffer.find(END, start)

    def _has_bare(self, old: int, stop: int) -> bool:
        """Whether a CR without LF or an LF without CR lies before `stop`; bytes before `old` have been looked at."""
        buffer = self._buffer
        joint = old - 1 if buffer[old - 1] == 0x0D else old
        self._pairs += buffer.count(b"\r\n", joint, stop)
        self._returns += buffer.count(b"\r", old, stop)
        self._feeds += buffer.count(b"\n", old, stop)
        waiting = 1 if buffer[stop - 1] == 0x0D else 0  # a CR at the very end may still get its LF
        return self._feeds != self._pairs or self._returns != self._pairs + waiting

    def _go_on(self, size: int) -> bytes | None:
        # at most every fourth byte of a stream is a stuffed dot, which does not count (RFC 1870 section 3)
        if self._received > self._max_size + self._max_size // 3 + 3:
            self._fault = self._fault or TOO_BIG
        elif self._fault is None and not self._memory.take(size):
            self._fault = BUSY
        elif self._fault is None:
            self._taken += size
        if self._fault is not None:
            del self._buffer[: -len(END)]
            self.release()
        if self._received > 3 * self._max_size + HEADER_SCAN:
            self._fault = FAR_TOO_BIG
            return b""
        return None

    @property
    def closes(self) -> bool:
        """Whether nothing more may be read from this client."""
        return self._fault is not None and self._fault.closes

    def result(self) -> bytes | Fault:
        """The mail with its dots unstuffed (RFC 5321 4.5.2), or why it is not taken.  To be called once, at the end."""
        if self._fault is not None:
            return self._fault
        buffer, stop = self._buffer, self._stop
        if self._dotted:
            raw = bytes(memoryview(buffer)[:stop]).replace(DOT, b"\r\n")[2:]
        else:
            raw = bytes(memoryview(buffer)[2:stop])
        self._buffer = bytearray()
        if len(raw) > self._max_size:
            return TOO_BIG
        if has_long_line(raw, self._max_line):
            return LONG_LINE
        return LOOP if received_fields(raw) > MAX_RECEIVED else raw

    def release(self) -> None:
        """Give the memory back; may be called again."""
        self._memory.give_back(self._taken)
        self._taken = 0


def has_long_line(raw: bytes, limit: int) -> bool:
    """Whether a line (with its CRLF) is longer than `limit` bytes.  Looks at one line end per `limit` bytes."""
    start = 0
    while len(raw) - start > limit:
        found = raw.rfind(b"\n", start, start + limit)
        if found < 0:
            return True
        start = found + 1
    return False


def received_fields(raw: bytes) -> int:
    """How many Received fields the header block has (RFC 5321 6.3): the hops it has travelled."""
    end = raw.find(b"\r\n\r\n", 0, HEADER_SCAN)
    header = raw[: end if end >= 0 else HEADER_SCAN].lower()
    return header.count(b"\r\nreceived:") + header.startswith(b"received:")


class BlockReader(SMTP):
    """aiosmtpd's protocol with a side way for the bytes of DATA."""

    _collector: Collector | None = None
    _collected: asyncio.Future[None] | None = None
    deaf = False
    """What the client still says is thrown away: the last word has been spoken."""
    _last_said = False
    """The client says nothing more: a mail whose end has not come by now never ends."""

    @property
    def busy(self) -> bool:
        """Whether the client has said something that is not answered yet; a mail without its end is nothing."""
        reader = self._reader
        return self._collector is None and reader._waiter is None  # type: ignore[attr-defined]  # no public way

    def say_goodbye(self) -> None:
        """The client says nothing more: leave, in its name, behind what it has said."""
        self._last_said = True
        whole = self._reader._buffer.endswith(b"\n") or not self._reader._buffer  # type: ignore[attr-defined]
        super().data_received(b"QUIT\r\n" if whole else b"\r\nQUIT\r\n")

    def data_received(self, data: bytes) -> None:
        """Bytes from the wire (or out of TLS): to the collector while DATA is read, else to the command reader."""
        if self.deaf:
            return
        if self._collector is None:
            super().data_received(data)
        else:
            self._collect(self._collector, data)

    def _collect(self, collector: Collector, data: bytes) -> None:
        rest = collector.feed(data)
        if rest is None:
            return
        self._collector = None
        self.deaf = collector.closes
        if self._collected is not None and not self._collected.done():
            self._collected.set_result(None)
        if rest and not self.deaf:
            super().data_received(rest)  # pipelined commands behind the dot (RFC 2920)

    async def collect(self, collector: Collector) -> None:
        """Say 354 and wait until the collector has seen the end.  A lost connection cancels this."""
        early = b""
        if self._reader._buffer:  # type: ignore[attr-defined]  # no public way to ask without waiting
            early = await self._reader.read(2**20)  # does not wait: there is something
        self._collected = self.loop.create_future()
        self._collector = collector
        try:
            if early:
                self._collect(collector, early)
            if self._last_said and not self._collected.done() and self.transport is not None:
                self.transport.close()  # the client left in the middle of a mail; that ends this, too
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._collected
        finally:
            self._collector = self._collected = None
