"""The world in which every attack begins: two mailboxes, two members of staff, five tickets, a daemon to put it before.

It is made once by a running daemon, from mail and answers like any others; only the clock is helped, since two tickets
were closed days ago.  (The corpus also wants a rule with a pattern that takes for ever: a configuration with one is
refused.)  Each case then gets a copy of the folder, or the one before it if that left the tickets as they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.keys import Keys
from gateway.keys import read as read_keys
from store.database import Database
from store.inbox import InboxRow
from store.outbox import OutboxRow
from store.store import Store
from store.tickets import Entry, Ticket
from tests.attacks.talking import Client
from tests.helpers.desk import Desk, wait_for

CONFIG = """
[site]
name = "Example"
timezone = "Europe/London"
tag = "DESK"
domain = "id.desk.example"
reply_addresses = "subaddress"
admins = ["otto@staff.example"]

[store]
url = "sqlite:///var/deskgate.db"

[[receive.smtp]]
listen = "127.0.0.1:{smtp}"

[[receive.lmtp]]
listen = "127.0.0.1:{lmtp}"

[send]
maildir = "var/outgoing"

[trust]
authserv_id = "mx.desk.example"

[limits]
{limits}

[hours.always]
week = {{ mon-sun = ["00:00-24:00"] }}

[teams.support]
name = "Support"
aliases = ["support@desk.example"]
hours = "always"
helps_with = "printers"
meet = "Reply with two times."
members = ["maria@staff.example", "otto@staff.example"]
[teams.support.turnaround]
first_reply = {{ normal = "8h" }}

[teams.billing]
name = "Billing"
aliases = ["billing@desk.example"]
hours = "always"
helps_with = "invoices"
meet = "Reply with two times."
members = ["maria@staff.example"]
[teams.billing.turnaround]
first_reply = {{ normal = "8h" }}
"""
STAFF = ("maria@staff.example", "otto@staff.example")
RUNNING = "Deskgate is running"
MANY_ACKS = """
acks_per_address_hour = 100000
acks_per_address_day = 100000
acks_per_domain_hour = 1000000
acks_per_site_hour = 1000000
same_text_hour = 1000000
tickets_per_sender_hour = 1000000
mute_after = 1000000
machine_after = 1000000
held_notice_every = "0 seconds"
"""
"""For cases that follow each other before one daemon: the limits of a site count what all of them cause."""

SECRET = "the violet walrus of"
"""Words that stand in each ticket of the world, followed by its name: nobody else may see them."""

TICKETS = {
    "T1": ("alice@customer.example", None),
    "T2": ("alice@customer.example", timedelta(days=5)),
    "T3": ("mallory@attacker.example", None),
    "T4": ("alice@customer.example", timedelta(days=400)),
    "T5": ("bob@other.example", None),
}
"""Each ticket's requester, and how long ago it was closed."""


@dataclass(frozen=True)
class Seen:
    """Everything the daemon has in its books at one moment."""

    inbox: tuple[InboxRow, ...]
    tickets: dict[int, Ticket]
    entries: dict[int, tuple[Entry, ...]]
    outbox: tuple[OutboxRow, ...]


class World(Desk):
    """A daemon with the five tickets, and its books open for reading."""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(CONFIG.format(smtp=self.smtp, lmtp=self.lmtp, limits=self.limits))
        self.keys: Keys
        self.store: Store
        self.banner: frozenset[str] = frozenset()  # lines for people at the start; all others are JSON

    def begin(self) -> None:
        """Start the daemon, also after it was killed: what is left of the old one may hold the doors for a moment."""
        begun = self.log.count(RUNNING)
        self.start()
        wait_for(lambda: self.log.count(RUNNING) > begun, 30, "starting")

    @contextmanager
    def open(self) -> Iterator[World]:
        """Within: the daemon runs and its books can be read."""
        self.begin()
        database = Database(f"sqlite:///{self.folder}/var/deskgate.db")
        try:
            self.store = Store(database, lambda: datetime.now(UTC))
            self.banner = frozenset(line for line in self.log.splitlines() if not line.startswith("{"))
            self.keys = read_keys(next(self.folder.rglob("keys.toml")))
            yield self
        finally:
            database.close()
            self.stop()

    def seen(self) -> Seen:
        """The books as they are now."""
        with self.store.reading() as tx:
            tickets = {one.id: one for one in self.store.tickets.list(tx, limit=1000)}
            return Seen(
                inbox=tuple(sorted(self.store.inbox.list(tx, limit=10_000), key=lambda row: row.id)),
                tickets=tickets,
                entries={number: tuple(self.store.tickets.entries(tx, number)) for number in tickets},
                outbox=tuple(sorted(self.store.outbox.list(tx, limit=10_000), key=lambda row: row.id)),
            )

    def stored(self, row_id: int) -> bytes:
        """The raw bytes of an accepted mail."""
        with self.store.reading() as tx:
            return self.store.inbox.raw(tx, row_id) or b""

    def sent(self, row_id: int) -> bytes:
        """The bytes of a mail of ours."""
        with self.store.reading() as tx:
            return self.store.outbox.raw(tx, row_id) or b""

    def settled(self, seconds: float) -> None:
        """Wait until nothing waits to be filed or sent."""

        def quiet() -> bool:
            with self.store.reading() as tx:
                return not self.store.inbox.counts(tx).waiting and not self.store.outbox.counts(tx).waiting

        wait_for(quiet, seconds, "filing and sending everything")

    def client(self) -> Client:
        """A connection to the SMTP door."""
        return Client(self.smtp)

    def say(self, sender: str, to: str, subject: str, text: str, *fields: str) -> None:
        """A person, proven by the border, writes."""
        addressed = [f for f in fields if f.startswith("To:")] or [f"To: {to}"]
        head = (
            f"Authentication-Results: mx.desk.example; dmarc=pass header.from={sender.rpartition('@')[2]}",
            f"From: {sender}",
            f"Subject: {subject}",
            f"Message-ID: <{abs(hash((sender, to, subject, text)))}@{sender.rpartition('@')[2]}>",
            "X-Auto-Response-Suppress: OOF",
            *(f for f in fields if f not in addressed),
            *addressed,
        )
        raw = "\r\n".join((*head, "", text, ""))
        with self.client() as client:
            assert client.deliver(sender, (to,), raw.encode()) == "250"
        self.settled(30)
