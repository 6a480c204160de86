"""A smarthost for the tests that answers as it is told: reply codes at every step, TLS, AUTH, lost replies."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Self

from tests.contract.talk import Loop

CUT = "cut"
"""Instead of a reply: close the connection."""
HANG = "hang"
"""Instead of a reply: say nothing."""


@dataclass
class Taken:
    """A mail that was taken: what stood behind MAIL and RCPT, and the bytes between DATA and the dot, unstuffed."""

    sender: str
    recipient: str
    raw: bytes


@dataclass
class Stub:
    """`replies`: by verb (``banner``, ``EHLO``, ``MAIL`` …, ``dot``) a reply, CUT or HANG, or a function of the line.

    What was refused at MAIL or RCPT is refused at DATA too, unless `replies` say otherwise.
    """

    always: ClassVar[tuple[str, ...]] = ()
    """Extensions that every stub announces."""

    replies: Mapping[str, str | Callable[[str], str]] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("SIZE 1000000",)
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    auth: Callable[[list[str]], str] | None = None
    """The answer to AUTH and to each line that follows a 334, given all lines so far."""
    taken: list[Taken] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    at_once: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self._loop = Loop()
        self._server = self._loop.run(self._start())
        self.port = self._server.sockets[0].getsockname()[1]

    async def _start(self) -> asyncio.Server:
        context = self.tls if self.implicit_tls else None
        return await asyncio.start_server(self._session, "127.0.0.1", 0, ssl=context, limit=2**20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.loop.call_soon_threadsafe(self._server.close)
        self._loop.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self._talk(reader, writer)
        except (ConnectionError, EOFError, ssl.SSLError):
            pass  # the client left, as it may
        finally:
            self.at_once -= 1
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say(writer, "banner", "", "220 stub")
        sender = recipient = ""
        refused = False
        while line := (await reader.readline()).decode():
            line = line.rstrip("\r\n")
            verb = line.partition(" ")[0].upper()
            self.commands.append(line)
            if verb == "STARTTLS":
                await self._say(writer, verb, line, "220 go")
                assert self.tls is not None
                await writer.start_tls(self.tls)
                continue
            if verb == "AUTH" and self.auth is not None:
                await self._log_in(reader, writer, line)
                continue
            usual = "503 5.5.1 nobody to send it to" if verb == "DATA" and refused else self._usual(verb)
            said = await self._say(writer, verb, line, usual)
            refused = (refused and verb != "MAIL") or (verb in ("MAIL", "RCPT") and not said.startswith("2"))
            if verb == "MAIL":
                sender = line.partition("<")[2].partition(">")[0]
            elif verb == "RCPT":
                recipient = line.partition("<")[2].partition(">")[0]
            elif verb == "QUIT":
                return
            elif verb == "DATA" and said.startswith("354"):
                raw = await self._mail(reader)
                if (await self._say(writer, "dot", recipient, "250 2.0.0 queued")).startswith("250"):
                    self.taken.append(Taken(sender, recipient, raw))

    async def _log_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: str) -> None:
        assert self.auth is not None
        lines = [line]
        while (said := self.auth(lines)).startswith("334"):
            writer.write(said.encode() + b"\r\n")
            lines.append((await reader.readline()).decode().rstrip("\r\n"))
        if said == CUT:
            raise EOFError
        writer.write(said.encode() + b"\r\n")

    async def _mail(self, reader: asyncio.StreamReader) -> bytes:
        lines = []
        while (line := await reader.readline()) != b".\r\n":
            if not line:
                raise EOFError
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _usual(self, verb: str) -> str:
        if verb in ("EHLO", "HELO"):
            extensions = (*self.extensions, *self.always)
            if self.tls and not self.implicit_tls:
                extensions = (*extensions, "STARTTLS")
            return "\r\n".join([*(f"250-{name}" for name in ("stub", *extensions)), "250 HELP"])
        return {"DATA": "354 go", "QUIT": "221 bye", "AUTH": "235 welcome"}.get(verb, "250 ok")

    async def _say(self, writer: asyncio.StreamWriter, step: str, line: str, usual: str) -> str:
        chosen = self.replies.get(step, usual)
        said = chosen if isinstance(chosen, str) else chosen(line) or usual
        if said == HANG:
            await asyncio.sleep(3600)
        if said == CUT:
            raise EOFError
        writer.write(said.encode() + b"\r\n")
        await writer.drain()
        return said
