"""A smarthost that can be away in several ways and come back on the same port; it keeps what it took, in order."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from dataclasses import dataclass, field

MODES = ("closed", "421", "drop", "451")
"""Ways of being away: nobody listens; a greeting that says no; a greeting and the line breaks; every mail refused."""
LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True)
class Arrived:
    """A mail it took: when (monotonic seconds), to whom, the bytes, whether its 250 was sent."""

    at: float
    sender: str
    recipient: str
    raw: bytes
    confirmed: bool

    @property
    def message_id(self) -> str:
        """Without angle brackets."""
        return self.raw.partition(b"\r\nMessage-ID: <")[2].partition(b">")[0].decode()


@dataclass
class FaultyHost:
    """Runs in a thread of its own on 127.0.0.1.  `lose`: of which mails, counted from 0, the final reply is swallowed."""

    mode: str = "well"
    lose: frozenset[int] = frozenset()
    arrived: list[Arrived] = field(default_factory=list)
    asked: int = 0
    """Connections made while it was away."""
    at_once: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.become("well")

    def become(self, mode: str) -> None:
        """Change how it is."""
        asyncio.run_coroutine_threadsafe(self._become(mode), self._loop).result(10)

    async def _become(self, mode: str) -> None:
        self.mode = mode
        for writer in self._open:
            writer.transport.abort()
        if mode == "closed" and self._server is not None:
            self._server.close()
            self._server = None
        elif mode != "closed" and self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=LIMIT)
            self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """End it."""
        self.become("closed")
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _end(self) -> None:
        talks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked += self.mode != "well"
        self._open.add(writer)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.mode == "421":
                writer.write(b"421 4.3.2 not now\r\n")
            elif self.mode == "drop":
                writer.write(b"220 faulty\r\n")
                await reader.readline()
                writer.transport.abort()
            else:
                await self._dialogue(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            self.at_once -= 1
            self._open.discard(writer)
            with contextlib.suppress(OSError):
                writer.close()

    async def _dialogue(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender = recipient = ""
        writer.write(b"220 faulty\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                writer.write(b"250-faulty\r\n250-8BITMIME\r\n250 PIPELINING\r\n")
            elif verb == b"MAIL" and self.mode != "well":
                writer.write(b"451 4.3.0 queue file write error\r\n")
                sender = "refused"
            elif verb == b"MAIL":
                sender = line.partition(b"<")[2].partition(b">")[0].decode()
                writer.write(b"250 ok\r\n")
            elif sender == "refused" and verb in (b"RCPT", b"DATA"):
                writer.write(b"503 5.5.1 no\r\n")
            elif verb == b"RCPT":
                recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                writer.write(b"250 ok\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go\r\n")
                if not await self._mail(reader, writer, sender, recipient):
                    return
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                sender = ""
                writer.write(b"250 ok\r\n")
            await writer.drain()

    async def _mail(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sender: str, recipient: str
    ) -> bool:
        raw = (await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
        lost = len(self.arrived) in self.lose
        self.arrived.append(Arrived(time.monotonic(), sender, recipient, raw, not lost))
        if lost:
            writer.transport.abort()
            return False
        writer.write(b"250 2.0.0 taken\r\n")
        return True
