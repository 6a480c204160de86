"""What a listener may use up: connections, memory for mail on its way in, and disk.

Every limit answers "not now" (4xx), never "no": the sender keeps the mail and comes again.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from time import monotonic

from gateway.sources.base import Network

ROOM_CACHE_SECONDS = 1.0


def host_of(peername: object) -> str:
    """The address out of a socket's peer name, without port and zone; empty for a Unix socket."""
    if not isinstance(peername, tuple) or not peername:
        return ""
    return str(peername[0]).partition("%")[0]


def lies_in(peer: str, networks: tuple[Network, ...]) -> bool:
    """Whether the address is in one of the networks; an IPv4 address written as IPv6 counts as itself."""
    try:
        address = ip_address(peer)
    except ValueError:
        return not peer  # a Unix socket: only the own machine can be there
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address.version == network.version and address in network for network in networks)


class Connections:
    """Counts connections in all and per client address.  Used from one event loop; may be shared by its listeners."""

    def __init__(self, total: int, per_address: int, exempt: tuple[Network, ...]) -> None:
        self._total = total
        self._per_address = per_address
        self._exempt = exempt
        self._open: Counter[str] = Counter()

    def enter(self, peer: str) -> str | None:
        """Count a new connection, or say why it is one too many (and do not count it)."""
        if self._open.total() >= self._total:
            return "too many connections"
        if self._open[peer] >= self._per_address and not lies_in(peer, self._exempt):
            return "too many connections from your address"
        self._open[peer] += 1
        return None

    def leave(self, peer: str) -> None:
        """A connection that had entered is gone."""
        self._open[peer] -= 1
        if self._open[peer] <= 0:
            del self._open[peer]


class Memory:
    """Bytes of mail that all conversations together may hold.  Used from one event loop."""

    def __init__(self, total: int) -> None:
        self._free = total

    def take(self, size: int) -> bool:
        """Take `size` bytes if they are free."""
        if size > self._free:
            return False
        self._free -= size
        return True

    def give_back(self, size: int) -> None:
        """Return bytes that were taken."""
        self._free += size


class Room:
    """Free disk space where the inbox lies, asked at most once a second.

    There is room while more than `least` bytes are free, or more than 1 % on a disk so small that 1 % is less.  Without
    a path (the database is on another machine) there is always room: the commit itself will tell.
    """

    def __init__(self, path: Path | None, least: int, clock: Callable[[], float] = monotonic) -> None:
        self._path = path
        self._least = least
        self._clock = clock
        self._asked_at = float("-inf")
        self._spare = 0

    def enough_for(self, size: int) -> bool:
        """Whether a mail of `size` bytes (0: not known) may come."""
        if self._path is None:
            return True
        if self._clock() - self._asked_at >= ROOM_CACHE_SECONDS:
            self._asked_at = self._clock()
            self._spare = self._measure(self._path)
        return self._spare > size

    def _measure(self, path: Path) -> int:
        try:
            usage = shutil.disk_usage(path)
        except OSError:
            return 0  # a disk that cannot be asked cannot be written to
        return usage.free - min(self._least, usage.total // 100)
