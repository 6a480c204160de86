"""What the configuration comes to: frozen values, read once, handed to whoever needs them.

`gateway.config.load` builds a Settings; nothing else does.  All paths in it are absolute, all sizes are bytes, all
times seconds, every name has been looked up and every password fetched, so that nobody who holds one has to check it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from gateway.config.problems import Problem
from gateway.config.secrets import Secret
from routing.teams import Desk

Protocol = Literal["smtp", "lmtp"]
Tls = Literal["none", "starttls", "tls"]


@dataclass(frozen=True, slots=True)
class Listener:
    """An address on which mail is taken.  Port 0 means any free one."""

    protocol: Protocol
    host: str
    port: int
    tls_cert: Path | None = None
    """Certificate chain; with it STARTTLS is offered."""
    tls_key: Path | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.protocol} {host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Store:
    """Where everything is remembered.  `url` is for SQLAlchemy, a SQLite path in it is absolute; never print it."""

    url: str = field(repr=False)
    shown: str
    """The same without a password, for people."""
    unsafe_async: bool = False
    """Accept a PostgreSQL that says COMMIT before the data is on disk."""


@dataclass(frozen=True, slots=True)
class Smarthost:
    """The mail server that takes our outgoing mail."""

    host: str
    port: int
    tls: Tls
    user: str | None
    password: Secret | None
    max_connections: int
    ca_file: Path | None


@dataclass(frozen=True, slots=True)
class Send:
    """Where outgoing mail goes: into a Maildir or to a smarthost; exactly one of the two is set."""

    maildir: Path | None
    smtp: Smarthost | None
    ack_envelope: Literal["null", "signed"]
    """Envelope sender of acknowledgements: the null sender, or a signed bounce address (RFC 3834 3.3)."""
    give_up_after: timedelta
    """How long a temporary refusal is answered by trying again (RFC 5321 4.5.4.1)."""


@dataclass(frozen=True, slots=True)
class ReceiveLimits:
    """What one connection, one mail and one message line may take; bytes and seconds."""

    message_bytes: int
    line_bytes: int
    recipients: int
    connections: int
    connections_per_address: int
    command_seconds: float
    data_seconds: float
    session_seconds: float
    min_free_bytes: int
    """Free space on the database's disk under which mail is refused for now (452 4.3.1)."""


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """What one mail may cost: address space in bytes, CPU seconds, and wall seconds (plus one per 5 MB)."""

    memory: int = 512 * 1024 * 1024
    cpu_seconds: int = 10
    wall_seconds: float = 3.0

    def wall(self, size: int) -> float:
        """Seconds a mail of `size` bytes may take."""
        return self.wall_seconds + size / (5 * 1024 * 1024)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the configuration says."""

    file: Path
    """The main file, absolute."""
    files: tuple[Path, ...]
    """All files read, the main one first, then the included ones in name order."""
    revision: str
    """SHA-256 over the names and bytes of `files`: equal revisions mean equal configurations."""
    desk: Desk
    store: Store
    receive: tuple[Listener, ...]
    send: Send
    keys_file: Path
    templates_folder: Path | None
    limits: ReceiveLimits
    reader: ReaderLimits
    readers: int | None
    """Reader processes; None: one fewer than there are processors."""
    warnings: tuple[Problem, ...] = ()
    """What is allowed but deserves a look."""
