"""A server of others, step by step: its name, a connection, its greeting, TLS and what its certificate says.

Only as much of SMTP and IMAP is spoken as STARTTLS needs (RFC 3207, RFC 9051 6.2.1); the real clients come afterwards, when
it is known that there is somebody to talk to.  Every wait ends.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from gateway.config.settings import Tls
from gateway.doctor.findings import Finding, failed, ok, warning

CONNECT_SECONDS = 5.0
READ_SECONDS = 8.0
LONGEST_ANSWER = 16 * 1024
EXPIRES_SOON_DAYS = 14


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, and how it is spoken to."""

    host: str
    port: int
    tls: Tls
    protocol: Literal["smtp", "imap"]
    ca_file: Path | None
    setting: str
    """What the configuration calls it, for advice: ``[send.smtp]``."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(slots=True)
class Reached:
    """How far it came: `well` when a client may try.  `greeting` and `offers` are the server's words."""

    well: bool = False
    greeting: str = ""
    offers: list[str] = field(default_factory=list)
    """What an SMTP server answered to EHLO, as far as it was asked."""


def reach(address: Address, hostname: str, reached: Reached, now: datetime) -> Iterator[Finding]:
    """Go there; what was found on the way is put into `reached`."""
    try:
        began = time.monotonic()
        infos = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError as problem:
        advice = (
            f"Check the host in {address.setting}, and the name servers of this machine (getent hosts {address.host})."
        )
        yield failed("name", f"{address.host} is not known: {problem.strerror or problem}", advice)
        return
    places = list(dict.fromkeys(str(info[4][0]) for info in infos))
    yield ok("name", f"{address.host} is {', '.join(places[:4])} ({time.monotonic() - began:.2f} s)")
    try:
        plain = socket.create_connection((address.host, address.port), CONNECT_SECONDS)
    except OSError as problem:
        yield failed("connection", _why(problem, address), _cure(problem, address))
        return
    with plain:
        plain.settimeout(READ_SECONDS)
        try:
            yield from _converse(_Talk(plain, address, hostname), reached, now)
        except ssl.SSLCertVerificationError as problem:
            yield failed(
                "TLS", f"the certificate is not to be trusted: {problem.verify_message}", _trust(problem, address)
            )
        except ssl.SSLError as problem:
            yield failed("TLS", f"no TLS came about: {problem.reason or problem}", _tls_cure(address))
        except TimeoutError:
            words = f"{address} takes the connection and says nothing for {READ_SECONDS:.0f} seconds"
            yield failed("connection", words, _tls_cure(address))
        except OSError as problem:
            yield failed("connection", f"it broke off: {problem.strerror or problem}", _tls_cure(address))


def _why(problem: OSError, address: Address) -> str:
    silent = isinstance(problem, TimeoutError)
    words = f"no answer within {CONNECT_SECONDS:.0f} seconds" if silent else problem.strerror or str(problem)
    return f"{address}: {words}"


def _cure(problem: OSError, address: Address) -> str:
    if isinstance(problem, ConnectionRefusedError):
        return f"Nothing listens on port {address.port} there: check host and port in {address.setting}."
    return f"A firewall may be in between: allow TCP to {address}, and check {address.setting}."


def _tls_cure(address: Address) -> str:
    usual = {"smtp": "587 starttls, 465 tls, 25 starttls or none", "imap": "993 tls, 143 starttls"}[address.protocol]
    return f'tls = "{address.tls}" and port {address.port} may not go together (usual: {usual}); see {address.setting}.'


def _trust(problem: ssl.SSLCertVerificationError, address: Address) -> str:
    if "expired" in problem.verify_message:
        return "Whoever runs that server has to renew it."
    if "match" in problem.verify_message:
        return f"Write into {address.setting} the name that the certificate carries."
    return f"If it is signed by an authority of your own, name its certificate as ca_file in {address.setting}."


class _Talk:
    """The few words before and behind TLS."""

    def __init__(self, plain: socket.socket, address: Address, hostname: str) -> None:
        self.address, self._hostname = address, hostname
        self._socket: socket.socket = plain

    def secure(self) -> ssl.SSLSocket:
        """TLS from here on.  Raises ssl.SSLError."""
        context = ssl.create_default_context(cafile=str(self.address.ca_file) if self.address.ca_file else None)
        secured = context.wrap_socket(self._socket, server_hostname=self.address.host)
        self._socket = secured
        return secured

    def line(self) -> str:
        """The next line, or what came of it.  Raises OSError."""
        data = bytearray()
        while not data.endswith(b"\n") and len(data) < LONGEST_ANSWER:
            byte = self._socket.recv(1)
            if not byte:
                raise ConnectionResetError("the server closed the connection")
            data += byte
        return data.decode("utf-8", "replace").strip()

    def ask(self, command: str) -> list[str]:
        """Say a command; the lines of the answer.  Raises OSError."""
        tag = "" if self.address.protocol == "smtp" else "dg1 "
        self._socket.sendall(f"{tag}{command}\r\n".encode())
        return self.answer(tag)

    def answer(self, tag: str = "") -> list[str]:
        """Lines up to the last one of an answer; a greeting has no tag."""
        lines: list[str] = []
        while sum(map(len, lines)) < LONGEST_ANSWER:
            lines.append(self.line())
            if lines[-1].startswith(tag) if tag else lines[-1][3:4] != "-":
                break
        return lines

    def hello(self) -> list[str]:
        """What an SMTP server offers."""
        return [line[4:] for line in self.ask(f"EHLO {self._hostname}")] if self.address.protocol == "smtp" else []


def _converse(talk: _Talk, reached: Reached, now: datetime) -> Iterator[Finding]:
    address = talk.address
    secured = talk.secure() if address.tls == "tls" else None
    reached.greeting = (talk.answer() if address.protocol == "smtp" else [talk.line()])[-1]
    if not reached.greeting.startswith(("220", "* OK", "* PREAUTH")):
        advice = f"Check host and port in {address.setting}; it may be full, or refuse this machine's address."
        yield failed("connection", f"{address} does not want us: {reached.greeting[:200]}", advice)
        return
    yield ok("connection", f"{address} says: {reached.greeting[:120]}")
    reached.offers = talk.hello()
    if address.tls == "starttls":
        answer = talk.ask("STARTTLS")[-1]
        if not answer.startswith(("220", "dg1 OK")):
            yield failed("TLS", f"it offers no STARTTLS: {answer[:200]}", _tls_cure(address))
            return
        secured = talk.secure()
        reached.offers = talk.hello() or reached.offers
    if secured is not None:
        yield _certificate(secured, now)
    elif not address.host.startswith("127.") and address.host not in ("localhost", "::1"):
        yield warning("TLS", f'{address} is spoken to in the clear (tls = "none")', f"Set tls in {address.setting}.")
    reached.well = True


def _certificate(secured: ssl.SSLSocket, now: datetime) -> Finding:
    found = secured.getpeercert() or {}
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found.get("notAfter"))), UTC)
    days = (ends - now).days
    words = f"{secured.version()}, the certificate is trusted and good for another {days} days"
    if days < EXPIRES_SOON_DAYS:
        return warning("TLS", words, "Whoever runs that server has to renew it before it ends.")
    return ok("TLS", words)
