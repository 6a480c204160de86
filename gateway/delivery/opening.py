"""How a connection to the smarthost comes about: greeting, encryption, login, and what the server can do.

Certificates are verified.  What the server says in clear text behind its answer to STARTTLS is an error (RFC 3207
section 6): somebody in between may have written it.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import Literal, cast

import aiosmtplib

from gateway.delivery.auth import Login, NotLetIn, log_in
from gateway.delivery.base import Result
from gateway.delivery.dialogue import Dialogue
from gateway.delivery.replies import Step, judge, lost
from store.crashpoints import point


@dataclass(frozen=True, slots=True)
class SmarthostSettings:
    """The server that takes our outgoing mail.  Times are seconds.

    `ca_file` replaces the system's authorities; `verify` false accepts any certificate (for a test only).
    """

    host: str
    port: int
    tls: Literal["none", "starttls", "tls"] = "starttls"
    login: Login | None = None
    ca_file: str | None = None
    verify: bool = True
    hostname: str = "localhost"
    connections: int = 4
    mails_per_connection: int = 100
    idle_timeout: float = 60.0
    command_timeout: float = 120.0
    data_timeout: float = 600.0
    total_timeout: float = 720.0


class Refused(Exception):
    """The mail cannot be sent now over this connection, or the connection cannot be had."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.reply)
        self.result = result


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection that may be used, and what the server on it says it can do (RFC 5321 2.2)."""

    dialogue: Dialogue
    size: bool
    pipelining: bool
    smtputf8: bool
    eight_bit: bool


class _Watch(asyncio.Protocol):
    """Stands before aiosmtplib's protocol while STARTTLS is asked for, to see every byte of the answer."""

    def __init__(self, inner: asyncio.Protocol) -> None:
        self._inner = inner
        self.seen = bytearray()

    def data_received(self, data: bytes) -> None:
        self.seen += data[: 1024 - len(self.seen)]
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._inner.connection_lost(exc)

    def said_more(self) -> bool:
        """Whether anything stands behind the last line of the first reply."""
        lines = bytes(self.seen).split(b"\n")
        last = next((n for n, line in enumerate(lines) if line[3:4] != b"-"), 0)
        return any(lines[last + 1 :])


class Opening:
    """One attempt to get a connection.  `step` is how far it came."""

    def __init__(self, settings: SmarthostSettings, context: ssl.SSLContext | None) -> None:
        self._settings = settings
        self._client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            local_hostname=settings.hostname,
            use_tls=settings.tls == "tls",
            start_tls=False,
            tls_context=context,
            timeout=settings.command_timeout,
        )
        self.step = Step.CONNECT

    async def open(self) -> Opened:
        """Connect, encrypt, log in.  Raises Refused; whatever is raised, nothing is left open."""
        try:
            opened = await self._open()
        except NotLetIn as problem:
            raise Refused(problem.result) from problem
        except aiosmtplib.SMTPResponseException as problem:
            raise Refused(judge(self.step, problem.code, problem.message)) from problem
        except (aiosmtplib.SMTPException, OSError, ValueError) as problem:
            raise Refused(lost(self.step, str(problem) or type(problem).__name__)) from problem
        except BaseException:
            self._client.close()
            raise
        finally:
            if self.step is not Step.MAIL:
                self._client.close()
        point("o2.after_connect")
        return opened

    async def _open(self) -> Opened:
        settings, client = self._settings, self._client
        await client.connect()
        await self._hello()
        if settings.tls == "starttls":
            self.step = Step.TLS
            await self._start_tls()
            await self._hello()
        if settings.login is not None:
            self.step = Step.AUTH
            await log_in(client, settings.login, settings.host, settings.port)
        names = frozenset(client.esmtp_extensions)
        transport = client.transport
        if transport is None:
            raise aiosmtplib.SMTPServerDisconnected("connection lost")
        dialogue = Dialogue()
        dialogue.take_over(cast(asyncio.Transport, transport))
        self.step = Step.MAIL
        return Opened(dialogue, "size" in names, "pipelining" in names, "smtputf8" in names, "8bitmime" in names)

    async def _hello(self) -> None:
        self.step = Step.HELLO
        try:
            await self._client.ehlo()
        except aiosmtplib.SMTPHeloError as problem:
            if not 500 <= problem.code <= 599 or not self._client.is_connected:
                raise
            await self._client.helo()  # a server older than RFC 1869

    async def _start_tls(self) -> None:
        inner, transport = self._client.protocol, self._client.transport
        assert inner is not None and transport is not None, "connect() comes first"
        watch = _Watch(cast(asyncio.Protocol, inner))
        cast(asyncio.Transport, transport).set_protocol(watch)
        await self._client.starttls()
        if watch.said_more():
            raise aiosmtplib.SMTPException("the server's answer to STARTTLS was followed by unencrypted text")
