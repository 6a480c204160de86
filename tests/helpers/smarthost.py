"""A recording smarthost: keeps every mail it said 250 to, and sometimes drops the line before or after saying so."""

from __future__ import annotations

import asyncio
import random
import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Taken:
    """A mail it took: envelope, bytes, and whether its 250 was sent."""

    sender: str
    recipient: str
    raw: bytes
    confirmed: bool


class RecordingSmarthost:
    """Runs in a thread of its own on 127.0.0.1.  `drop` is the share of mails at which the line is cut."""

    def __init__(self, seed: int = 0, drop: float = 0.0) -> None:
        self._random = random.Random(seed)
        self._drop = drop
        self.taken: list[Taken] = []
        self.dropped = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self.port = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10), "the smarthost did not start"

    def stop(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, limit=64 * 1024 * 1024)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._dialogue(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _dialogue(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender = recipient = ""
        writer.write(b"220 recorder\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                writer.write(b"250-recorder\r\n250 8BITMIME\r\n")
            elif verb == b"MAIL":
                sender = line.partition(b"<")[2].partition(b">")[0].decode()
                writer.write(b"250 ok\r\n")
            elif verb == b"RCPT":
                recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                writer.write(b"250 ok\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go\r\n")
                await writer.drain()
                data = await reader.readuntil(b"\r\n.\r\n")
                raw = data[:-3].replace(b"\r\n..", b"\r\n.")
                cut = self._random.random() < self._drop
                if cut and self._random.random() < 0.5:
                    self.dropped += 1
                    return
                self.taken.append(Taken(sender, recipient, raw, not cut))
                if cut:
                    self.dropped += 1
                    return
                writer.write(b"250 taken\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                writer.write(b"250 ok\r\n")
            await writer.drain()
