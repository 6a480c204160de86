"""The questions to the DNS that checking a sender takes: with a deadline, a limit, and a memory of its own.

An answer is a list, empty where the name or the record does not exist.  Anything else (no server, a refusal, too late,
too many questions) is DnsTrouble: the verdict is then "temperror", never a reason to believe or to disbelieve anybody.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import dns.exception
import dns.name
import dns.resolver

from gateway.auth.answers import DnsTrouble

__all__ = ["DnsTrouble", "Resolver", "new_cache"]

MOST_QUESTIONS = 60
"""For one mail: ten of SPF's mechanisms with ten hosts each would be a hundred; honest mail takes under twenty."""
MOST_ANSWERS = 50
LONGEST_TEXT = 16 * 1024
MOST_REMEMBERED = 2000
LONGEST_WAIT = 4.0
"""Seconds, for one question."""


class Resolver:
    """The machine's resolver, or the `servers` named (``host`` or ``host:port``).  One for each mail: it counts."""

    def __init__(
        self, servers: Sequence[str] = (), seconds: float = 8.0, cache: dns.resolver.LRUCache | None = None
    ) -> None:
        self._resolver = dns.resolver.Resolver(configure=not servers)
        if servers:
            self._resolver.nameservers = [dns.nameserver.Do53Nameserver(*_place(server)) for server in servers]
        self._resolver.cache = cache
        self._until = time.monotonic() + seconds
        self._asked = 0

    def records(self, name: str, kind: str) -> Sequence[str | bytes]:
        """Ask once, over TCP where the answer is long."""
        self._asked += 1
        left = self._until - time.monotonic()
        if self._asked > MOST_QUESTIONS or left <= 0:
            raise DnsTrouble("too many questions" if left > 0 else "it took too long")
        try:
            found = self._resolver.resolve(name, kind, lifetime=min(left, LONGEST_WAIT), search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (
            dns.name.LabelTooLong,
            dns.name.NameTooLong,
            dns.name.EmptyLabel,
            dns.exception.SyntaxError,
            UnicodeError,
        ):
            return []  # no such name can exist
        except (dns.exception.DNSException, OSError, ValueError) as problem:
            raise DnsTrouble(type(problem).__name__) from problem
        return [_value(record, kind) for record in list(found)[:MOST_ANSWERS]]


def new_cache() -> dns.resolver.LRUCache:
    """A memory for answers that several mails may share."""
    return dns.resolver.LRUCache(MOST_REMEMBERED)


def _value(record: object, kind: str) -> str | bytes:
    if kind == "TXT":
        return b"".join(record.strings)[:LONGEST_TEXT]  # type: ignore[attr-defined]  # what the library gives for TXT
    return str(record)


def _place(server: str) -> tuple[str, int]:
    host, colon, port = server.rpartition(":")
    whole = not host.count(":") or host.startswith("[")  # else the colon is one of an IPv6 address
    return (host.strip("[]"), int(port)) if colon and port.isdigit() and whole else (server.strip("[]"), 53)
