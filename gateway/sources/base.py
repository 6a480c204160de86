"""What every source of mail shares: the accepted mail, the way into the durable inbox, and who is accepted for.

A source turns one protocol into `Accepted` and calls `Intake.put`.  It tells its peer "taken" only after the returned
future is done, for only then the mail is on disk (mail-safety 0.1).
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal, Protocol

from parsers.message import Envelope, comparable

Network = IPv4Network | IPv6Network

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@dataclass(frozen=True, slots=True)
class Accepted:
    """A mail that a source has taken over the wire but not yet promised: `raw` has CRLF line ends, dots unstuffed."""

    source: str
    envelope: Envelope
    raw: bytes


class Intake(Protocol):
    """The way into the durable inbox.  `put` may be called from any thread and never blocks for long."""

    def put(self, accepted: Accepted) -> Future[int]:
        """The future gives the inbox id once the mail is committed, or TemporarilyUnavailable (or another exception).

        Whoever cancels the future does not take the mail back: it may be stored all the same.
        """
        ...


class TemporarilyUnavailable(Exception):
    """The mail cannot be stored now; the sender shall keep it and try again (SMTP 451, exit code 75)."""


class NoRoom(TemporarilyUnavailable):
    """The mail cannot be stored now because a disk or a queue is full (SMTP 452, exit code 75)."""


Accepts = Callable[[str], bool]
"""Whether mail to this address (as written by the sender) is taken: aliases, their subaddresses, reply and bounce
addresses.  Good and bad tokens must get the same answer here (mail-safety 2.1)."""


class Verdict(enum.Enum):
    """What is said to one recipient."""

    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    """Nobody of that name at a domain of ours."""
    ELSEWHERE = "elsewhere"
    """A domain that is not ours: taking it would be relaying."""


def _nobody(_peer: str) -> bool:
    return False


def _uncounted(_reason: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Recipients:
    """For whom mail is taken.  A reload builds a new one and swaps it in; conversations under way see it at once.

    `domains` are those in which an alias or a reply address of ours lies, in the form of `comparable` (lower case,
    A-labels).  `barred` tells whether a client address may not speak to us for now (guessed too many tokens), `blocked`
    whether an envelope sender stands on a list of those who are refused; `refused` counts either, by its name.
    """

    accepts: Accepts
    domains: frozenset[str]
    barred: Callable[[str], bool] = _nobody
    blocked: Callable[[str], bool] = _nobody
    refused: Callable[[str], None] = _uncounted

    def verdict(self, address: str) -> Verdict:
        """What to answer to RCPT TO with this address (without angle brackets)."""
        if self.accepts(address):
            return Verdict.ACCEPTED
        _, at, domain = comparable(address).rpartition("@")
        # an address without a domain (RFC 5321 4.5.1 allows <postmaster>) can only mean us
        return Verdict.UNKNOWN if not at or domain in self.domains else Verdict.ELSEWHERE


@dataclass(frozen=True, slots=True)
class ListenSettings:
    """One listening socket.  Sizes are bytes, times seconds; port 0 takes any free one.

    `exempt` networks (trusted relays, loopback) are not limited per address and are not blamed for the unknown
    recipients that they pass on.  `max_data` bounds the mail held in memory by all conversations of this listener.
    """

    host: str
    port: int
    kind: Literal["smtp", "lmtp"] = "smtp"
    tls_cert: str | None = None
    tls_key: str | None = None
    hostname: str = "localhost"
    max_size: int = 25_000_000
    max_line: int = 64 * 1024
    max_recipients: int = 100
    max_connections: int = 500
    max_per_address: int = 20
    max_data: int = 128 * 1024 * 1024
    exempt: tuple[Network, ...] = LOOPBACK
    command_timeout: float = 300.0
    data_timeout: float = 600.0
    session_timeout: float = 1800.0
