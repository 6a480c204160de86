"""What every way out shares: the mail to send, what came of it, and the bytes that go over the wire.

A transport gets one mail for one recipient and says what happened, without an exception for anything that a server, a
network or a disk can do.  It knows nothing of the database: `courier` writes down what it says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

MAX_REPLY = 500
MAX_ADDRESS = 320


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail to one recipient.  The same row always gives the same bytes, Message-ID and file name.

    `envelope_from` is ``""`` for the null sender; `created_at` is aware.
    """

    outbox_id: int
    envelope_from: str
    recipient: str
    raw: bytes
    message_id: str
    created_at: datetime


Cause = Literal["mail", "recipient", "server", "access", "login", "address"]
"""Whose fault it is that a mail did not go.

mail: this mail's.  recipient: this address takes no mail.  server: the server's, in the middle of the conversation.
access: we could not even offer it, for want of a connection or of encryption; login: because we were not let in.
address: it is none, and nobody was asked.
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a try.

    sent: the other side has taken it over.  retry: not now.  failed: never.  unknown: the reply was lost after the
    final dot, so that it may have been taken or not.  `reply` is for people: one line, what the server said and where.
    """

    kind: Literal["sent", "retry", "failed", "unknown"]
    reply: str
    cause: Cause = "mail"


class Transport(Protocol):
    """A way out.  Its methods are called from one event loop."""

    @property
    def width(self) -> int:
        """How many mails it can take at once; the courier never has more under way."""
        ...

    async def send(self, mail: OutgoingMail) -> Result:
        """Try once.  Never raises for what goes wrong outside, and ends within 12 minutes (the lease is 15)."""
        ...

    async def rest(self) -> None:
        """Nothing is to be sent: let go of what is not needed.  Called about once a second."""
        ...

    async def close(self) -> None:
        """Nothing will be sent any more."""
        ...


def one_line(text: str) -> str:
    """A server's words on one line, without control characters, cut to a length that fits a table."""
    printable = text[: 4 * MAX_REPLY].encode("utf-8", "replace").decode("utf-8")  # bytes that were not UTF-8: "?"
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", printable).strip()[:MAX_REPLY]


_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


def wire(raw: bytes) -> bytes:
    """The bytes as they are sent: CRLF line ends only (RFC 5321 2.3.8), the last line ended.

    Mails built here are so already and come back as they are; a bare CR or LF would let a receiver see another mail's
    beginning (mail-safety 2.6), so it never leaves.
    """
    pairs = raw.count(b"\r\n")
    if raw.count(b"\n") != pairs or raw.count(b"\r") != pairs:
        raw = _BARE.sub(b"\r\n", raw)
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_ADDRESS = re.compile(
    rf"""(?P<local>{_ATOM}(?:\.{_ATOM})*|"(?:[\x20\x21\x23-\x3b=?-\x5b\x5d-\x7e]|\\[\x20-\x3b=?-\x7e])+")
    @(?P<domain>[A-Za-z0-9\u0080-\U0010ffff](?:[A-Za-z0-9\u0080-\U0010ffff.-]*[A-Za-z0-9\u0080-\U0010ffff])?
      |\[[0-9A-Za-z:.]+\])\Z""",
    re.VERBOSE,
)


def sendable(address: str) -> str | None:
    """The address as it may be written behind MAIL FROM or RCPT TO (the domain as A-labels), or None.

    A grammar of our own, stricter than RFC 5321 4.1.2: no angle bracket, blank outside quotes, control character or
    comment gets near a socket.  A local part outside ASCII stays and needs SMTPUTF8 (RFC 6531).
    """
    found = _ADDRESS.match(address) if len(address) <= MAX_ADDRESS else None
    if found is None:
        return None
    domain = found["domain"]
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    if ".." in domain or any("\ud800" <= c <= "\udfff" for c in found["local"]):
        return None
    return f"{found['local']}@{domain}"
