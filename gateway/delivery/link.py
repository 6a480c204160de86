"""One connection to the smarthost: opened with TLS and AUTH as configured, used for several mails one after another.

aiosmtplib speaks; here are the steps, because what a failure means depends on the step it happened at, and above all
on whether the final dot had been sent.  Certificates are verified.  What the server says in clear text behind its
answer to STARTTLS is an error (RFC 3207 section 6): somebody in between may have written it.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import Literal, cast

import aiosmtplib

from gateway.delivery.base import OutgoingMail, Result, wire
from gateway.delivery.replies import Step, blames_the_sender, judge, lost
from store.crashpoints import point


@dataclass(frozen=True, slots=True)
class SmarthostSettings:
    """The server that takes our outgoing mail.  Times are seconds.

    `ca_file` replaces the system's authorities; `verify` false accepts any certificate (for a test only).
    """

    host: str
    port: int
    tls: Literal["none", "starttls", "tls"] = "starttls"
    user: str | None = None
    password: str = field(default="", repr=False)
    ca_file: str | None = None
    verify: bool = True
    hostname: str = "localhost"
    connections: int = 4
    mails_per_connection: int = 100
    idle_timeout: float = 60.0
    command_timeout: float = 120.0
    data_timeout: float = 600.0
    total_timeout: float = 720.0


FLUSH_POLL_SECONDS = 0.005

Refusal = tuple[Step, int, str]
"""A reply that was not the wanted one: at which step, the code, the text."""


class Stale(Exception):
    """A connection kept from before turned out to be closed; the mail has not been offered on it."""


class Refused(Exception):
    """The mail cannot be sent now over this connection, or the connection cannot be had."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.reply)
        self.result = result


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


class Link:
    """A connection.  `step` is where it is; `sent` how many mails it has carried."""

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
        self._used = self._unfinished = self._busy = False
        self.step = Step.CONNECT
        self.sent = 0
        self.idle_since = 0.0

    @property
    def usable(self) -> bool:
        """Whether another mail may be tried on it."""
        return not self._busy and self._client.is_connected and self.sent < self._settings.mails_per_connection

    # --- opening and closing

    async def open(self) -> None:
        """Connect, encrypt, authenticate.  Raises Refused."""
        try:
            await self._client.connect()
            await self._hello()
            if self._settings.tls == "starttls":
                self.step = Step.TLS
                await self._start_tls()
                await self._hello()
            if self._settings.user is not None:
                self.step = Step.AUTH
                await self._client.login(self._settings.user, self._settings.password)
        except aiosmtplib.SMTPResponseException as problem:
            raise Refused(judge(self.step, problem.code, problem.message)) from problem
        except (aiosmtplib.SMTPException, OSError, ValueError) as problem:
            raise Refused(lost(self.step, str(problem) or type(problem).__name__)) from problem
        point("o2.after_connect")

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

    def close(self) -> None:
        """Close without a word."""
        self._client.close()

    async def quit(self) -> None:
        """Say goodbye if the other side is still there; waits at most five seconds for its answer."""
        try:
            if self._client.is_connected:
                await self._client.execute_command(b"QUIT", timeout=5.0)
        except (aiosmtplib.SMTPException, OSError):
            pass  # whoever wants to go is gone
        finally:
            self.close()

    # --- one mail

    async def send(self, mail: OutgoingMail, sender: str, recipient: str, fallback: str | None) -> Result:
        """One transaction.  The addresses are `sendable` (`sender` may be empty: the null sender).

        `fallback` is the sender to use when the server refuses the null sender.  Raises Stale when a connection that
        has been used before turns out to be closed: the mail has not been offered then.
        """
        self._busy = True  # stays so when this is cancelled: the connection is then of no use to anybody
        result = await self._guarded(mail, sender, recipient, fallback)
        self._busy, self._used = False, True
        return result

    async def _guarded(self, mail: OutgoingMail, sender: str, recipient: str, fallback: str | None) -> Result:
        try:
            return await self._transaction(mail, sender, recipient, fallback)
        except aiosmtplib.SMTPTimeoutError:
            return self._broken("no reply in time")
        except (aiosmtplib.SMTPException, OSError) as problem:
            if self.step is Step.MAIL and self._used:
                raise Stale from problem
            return self._broken(getattr(problem, "message", "") or str(problem) or "connection lost")

    def _broken(self, why: str) -> Result:
        self.close()
        return lost(self.step, why)

    async def _transaction(self, mail: OutgoingMail, sender: str, recipient: str, fallback: str | None) -> Result:
        refusal = await self._envelope(mail, sender, recipient)
        if refusal is not None and sender == "" and fallback and blames_the_sender(*refusal):
            refusal = await self._envelope(mail, fallback, recipient)
        return await self._data(wire(mail.raw)) if refusal is None else judge(*refusal)

    async def _envelope(self, mail: OutgoingMail, sender: str, recipient: str) -> Refusal | None:
        """MAIL and RCPT; None when both were accepted."""
        self.step = Step.MAIL
        if self._unfinished:
            await self._reset()
        options = self._mail_options(mail, sender + recipient)
        if options is None:
            return Step.RCPT, 553, "5.6.7 The server does not take addresses outside ASCII"
        self._unfinished = True
        code, text = await self._client.execute_command(b"MAIL", f"FROM:<{sender}>".encode(), *options)
        if code == 421 and self._used:
            raise aiosmtplib.SMTPServerDisconnected(text)  # it has had enough of this connection, not of the mail
        if not 200 <= code <= 299:
            return Step.MAIL, code, text
        self.step = Step.RCPT
        code, text = await self._client.execute_command(b"RCPT", f"TO:<{recipient}>".encode())
        return None if 200 <= code <= 299 else (Step.RCPT, code, text)

    async def _reset(self) -> None:
        code, text = await self._client.execute_command(b"RSET")
        if code != 250:
            self.close()
            raise aiosmtplib.SMTPServerDisconnected(f"RSET was answered {code} {text}")
        self._unfinished = False

    def _mail_options(self, mail: OutgoingMail, addresses: str) -> list[bytes] | None:
        """Parameters of MAIL FROM, or None when the server cannot take such addresses."""
        options = []
        if self._client.supports_extension("size"):
            options.append(b"SIZE=%d" % len(mail.raw))
        if not addresses.isascii():
            if not self._client.supports_extension("smtputf8"):
                return None
            options.append(b"SMTPUTF8")
        return options

    async def _data(self, content: bytes) -> Result:
        self.step = Step.DATA
        code, text = await self._client.execute_command(b"DATA")
        if code != 354:
            return judge(Step.DATA, code, text)
        protocol, transport = self._client.protocol, self._client.transport
        if protocol is None or transport is None:
            return self._broken("connection lost")
        reply = asyncio.ensure_future(protocol.read_response(timeout=self._settings.data_timeout))
        try:
            await asyncio.sleep(0)  # from here on the reply is waited for: aiosmtplib drops what it does not wait for
            protocol.write(stuffed(content))
            while cast(asyncio.WriteTransport, transport).get_write_buffer_size() and not reply.done():
                await asyncio.sleep(FLUSH_POLL_SECONDS)
            if not reply.done():
                # only now can the server take the mail; a connection that broke before has sent nothing
                self.step = Step.DOT
                protocol.write(b".\r\n")
                point("o2.after_dot")
            code, text = await reply
        finally:
            reply.cancel()
            await asyncio.gather(reply, return_exceptions=True)
        self._unfinished = self.step is not Step.DOT
        if self._unfinished:
            self.close()  # it answered in the middle of the mail: nobody knows where it is reading now
        result = judge(self.step, code, text)
        if result.kind == "sent":
            point("o2.after_250")
            self.sent += 1
        elif code == 421:
            self.close()
        return result


def stuffed(content: bytes) -> bytes:
    """The mail with its leading dots doubled (RFC 5321 4.5.2)."""
    content = content.replace(b"\r\n.", b"\r\n..")
    return b"." + content if content.startswith(b".") else content
