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


Provider = Literal["microsoft", "google", "other"]


@dataclass(frozen=True, slots=True)
class OAuth:
    """How access tokens are had (RFC 6749).  Which grant follows from what is there:

    `key_file` (Google): a service account acts for the user.  `grant` "application": client credentials.  "person":
    a refresh token, which `deskgate login` put into `login_file` (or which `refresh_token` gives).
    """

    provider: Provider
    grant: Literal["application", "person", "service account"]
    client_id: str
    secret: Secret | None
    tenant: str
    """Microsoft: the directory's id or domain."""
    key_file: Path | None
    """Google: the service account's key, JSON."""
    token_url: str | None
    """For "other", and instead of the provider's own."""
    device_url: str | None
    scopes: tuple[str, ...]
    """Empty: what the provider wants for IMAP and SMTP."""
    refresh_token: Secret | None
    login_file: Path
    """Where `deskgate login` keeps what it was given; readable by the owner only."""
    mechanism: Literal["xoauth2", "oauthbearer"] = "xoauth2"
    ca_file: Path | None = None
    """Certificates to trust for the token server instead of the system's."""


@dataclass(frozen=True, slots=True)
class After:
    """What is done with a mail in its mailbox once it is on our disk (mail-safety 4.4).

    move: into `folder`.  flag: marked \\Seen and $DeskgateDone.  delete: flagged, and removed `days` later.  leave: not
    touched at all.
    """

    kind: Literal["move", "flag", "delete", "leave"]
    folder: str = ""
    days: int = 0

    def __str__(self) -> str:
        return {"move": f"move:{self.folder}", "delete": f"delete:{self.days} days"}.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox that is read by IMAP; one thread and one connection for each of its folders.  Times are seconds."""

    name: str
    """For logs, `deskgate login NAME`, and as the key of its state: unique among the mailboxes."""
    host: str
    port: int
    tls: Tls
    ca_file: Path | None
    user: str
    """Who logs in, and whose mailbox it is."""
    password: Secret | None
    oauth: OAuth | None
    folders: tuple[str, ...]
    aliases: tuple[str, ...]
    """All its mail is for these; empty: the delivery header decides, else To and Cc."""
    recipient_header: str | None
    """The field in which the site's mail server writes the envelope recipient; the topmost one counts."""
    after: After
    old_mail: Literal["leave", "take"]
    """What was there before the first start."""
    idle: bool
    poll_seconds: float
    connect_seconds: float
    read_seconds: float


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
    oauth: OAuth | None = None
    """Instead of the password."""


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
    mailboxes: tuple[Mailbox, ...]
    send: Send
    keys_file: Path
    templates_folder: Path | None
    limits: ReceiveLimits
    reader: ReaderLimits
    readers: int | None
    """Reader processes; None: one fewer than there are processors."""
    metrics: tuple[str, int] | None = None
    """Host and port of the page with metrics; None: there is none."""
    nameservers: tuple[str, ...] = ()
    """Asked about senders instead of the machine's; ``host`` or ``host:port``."""
    warnings: tuple[Problem, ...] = ()
    """What is allowed but deserves a look."""
