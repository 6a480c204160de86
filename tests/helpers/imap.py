"""A mail server with mailboxes for tests, and what a person or another program does in them beside Deskgate."""

from __future__ import annotations

import contextlib
import email.policy
import imaplib
import re
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from gateway.config.secrets import Secret
from gateway.config.settings import After, Mailbox
from gateway.sources.imap.mailboxes import Mailboxes
from gateway.worker import Nudge
from store.database import Database, Tx
from store.store import Store
from tests.helpers.desk import wait_for
from tests.helpers.servers import Server, server
from tests.helpers.world import desk

USER, PASSWORD = "helpdesk", "secret-h"


@dataclass(frozen=True)
class MailServer:
    """A real IMAP server, and a second way in for tests."""

    server: Server

    @property
    def port(self) -> int:
        """Where it speaks IMAP without TLS."""
        return self.server.number("imap")

    @contextlib.contextmanager
    def session(self, folder: str | None = "INBOX", readonly: bool = False) -> Iterator[imaplib.IMAP4]:
        """Within: another client is logged in as the mailbox's owner."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        try:
            client.login(USER, PASSWORD)
            if folder is not None:
                kind, said = client.select(f'"{folder}"', readonly)
                assert kind == "OK", said
            yield client
        finally:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                client.logout()

    def put(
        self, *mails: EmailMessage | bytes, folder: str = "INBOX", at: float | None = None, flags: str = ""
    ) -> None:
        """Put mails into a folder, as a delivery would; `at`: when the server got them, seconds since 1970."""
        when = imaplib.Time2Internaldate(time.time() if at is None else at)
        with self.session(None) as client:
            for mail in mails:
                raw = mail.as_bytes(policy=email.policy.SMTP) if isinstance(mail, EmailMessage) else mail
                kind, said = client.append(f'"{folder}"', flags, when, raw)
                assert kind == "OK", said

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        """The flags of each mail in a folder, in order."""
        with self.session(folder, readonly=True) as client:
            _, lines = client.fetch("1:*", "(FLAGS)") if self._count(client) else ("OK", [])
        found = []
        for line in lines:
            if isinstance(line, bytes) and (flags := re.search(rb"FLAGS \(([^)]*)\)", line)):
                found.append({flag.decode() for flag in flags[1].split()} - {"\\Recent"})
        return found

    def count(self, folder: str = "INBOX") -> int:
        """How many mails lie in a folder; 0 when there is no such folder."""
        with self.session(None) as client:
            kind, said = client.status(f'"{folder}"', "(MESSAGES)")
        found = re.search(rb"MESSAGES ([0-9]+)", said[0] or b"") if kind == "OK" else None
        return int(found[1]) if found else 0

    def raws(self, folder: str = "INBOX") -> list[bytes]:
        """The bytes of each mail in a folder."""
        with self.session(folder, readonly=True) as client:
            _, parts = client.fetch("1:*", "(BODY.PEEK[])") if self._count(client) else ("OK", [])
        return [part[1] for part in parts if isinstance(part, tuple)]

    def empty(self, folder: str) -> None:
        """Remove every mail of a folder, if there is such a folder."""
        if self.count(folder):
            with self.session(folder) as client:
                client.store("1:*", "+FLAGS", "(\\Deleted)")
                client.expunge()

    def _count(self, client: imaplib.IMAP4) -> int:
        _, said = client.response("EXISTS")
        return int(said[0] or 0) if said else 0


@contextlib.contextmanager
def mail_server(name: str = "dovecot", *options: str) -> Iterator[MailServer]:
    """Within: a real server (dovecot or cyrus) with the mailbox of helpdesk."""
    with server(name, *options) as running:
        yield MailServer(running)


def mailbox(port: int, **changes: object) -> Mailbox:
    """The mailbox of helpdesk as the configuration gives it; plain, with short times."""
    values: dict[str, object] = {
        "name": "helpdesk",
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "ca_file": None,
        "user": USER,
        "password": Secret(PASSWORD),
        "oauth": None,
        "folders": ("INBOX",),
        "aliases": (),
        "recipient_header": None,
        "after": After("flag"),
        "old_mail": "take",
        "idle": True,
        "poll_seconds": 30.0,
        "connect_seconds": 5.0,
        "read_seconds": 5.0,
    }
    return Mailbox(**{**values, **changes})  # type: ignore[arg-type]


class Watcher:
    """An operator who writes down what they are told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def on_trouble(self, tx: Tx, mailbox: Mailbox, since: datetime, error: str) -> None:
        """See gateway.sources.imap.mailboxes.Operator."""
        self.told.append(f"trouble: {error}")

    def on_well(self, tx: Tx, mailbox: Mailbox, told_at: datetime) -> None:
        """See Operator."""
        self.told.append("well")

    def on_left(self, tx: Tx, mailbox: Mailbox, folder: str, reason: str) -> None:
        """See Operator."""
        self.told.append(f"left: {reason}")


@dataclass
class Node:
    """A store, and what reads mailboxes into it; a clock that can be moved."""

    store: Store
    operator: Watcher = field(default_factory=Watcher)
    ahead: timedelta = timedelta()
    running: Mailboxes | None = None

    def now(self) -> datetime:
        """The time on this node."""
        return datetime.now(UTC) + self.ahead

    def start(self, *boxes: Mailbox) -> None:
        """Read these mailboxes."""
        self.running = Mailboxes(boxes, desk(), self.store, Nudge(), self.operator)
        self.running.start()

    def stop(self) -> None:
        """Stop reading."""
        if self.running is not None:
            self.running.stop()
        self.running = None

    @contextlib.contextmanager
    def reading(self, *boxes: Mailbox) -> Iterator[Mailboxes]:
        """Within: these mailboxes are read."""
        self.start(*boxes)
        assert self.running is not None
        try:
            yield self.running
        finally:
            self.stop()

    def raws(self) -> list[bytes]:
        """The bytes of each mail that was taken, in order."""
        with self.store.reading() as tx:
            rows = reversed(self.store.inbox.list(tx, limit=100_000))
            return [self.store.inbox.raw_by_sha(tx, row.raw_sha256) or b"" for row in rows]

    def ids(self) -> list[str]:
        """The Message-ID of each mail that was taken, in order."""
        with self.store.reading() as tx:
            return [row.message_id for row in reversed(self.store.inbox.list(tx, limit=100_000))]

    def wait_for(self, count: int, seconds: float = 20.0) -> list[str]:
        """Until so many mails were taken; their Message-IDs."""
        wait_for(lambda: len(self.ids()) >= count, seconds, f"taking {count} mails ({self.errors()})")
        return self.ids()

    def errors(self) -> list[str]:
        """What is wrong now."""
        return [source.error for source in self.running.sources() if source.error] if self.running else []

    def states(self) -> list[str]:
        """How each folder is."""
        return [source.state for source in self.running.sources()] if self.running else []

    def settled(self, seconds: float = 20.0) -> None:
        """Until every folder waits for mail."""
        wait_for(lambda: set(self.states()) == {"waiting"}, seconds, f"reading to the end ({self.errors()})")


@contextlib.contextmanager
def node(url: str) -> Iterator[Node]:
    """Within: a node with this database, which is made ready."""
    database = Database(url)
    database.prepare()
    made = Node(Store(database))
    made.store = Store(database, made.now)
    try:
        yield made
    finally:
        made.stop()
        database.close()


def section(port: int, **settings: str) -> str:
    """The section of a configuration for the mailbox of helpdesk; settings are TOML."""
    values = {
        "name": '"helpdesk"',
        "host": '"127.0.0.1"',
        "port": str(port),
        "tls": '"none"',
        "user": f'"{USER}"',
        "password_env": '"TEST_IMAP_PASSWORD"',
        "old_mail": '"take"',
        "read_timeout": '"5 seconds"',
        "connect_timeout": '"5 seconds"',
        **settings,
    }
    return "[[receive.imap]]\n" + "".join(f"{name} = {value}\n" for name, value in values.items())


def trusting(server: Server) -> ssl.SSLContext:
    """A context that trusts this server's own certificate authority."""
    return ssl.create_default_context(cafile=Path(server.text("ca")))
