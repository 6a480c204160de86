"""A desk whose mail is filed in this process, by a clock that the test moves: for what takes hours."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import cast

from gateway.actions.base import Workplace
from gateway.clock import Clock
from gateway.config.load import load
from gateway.filing import Filer
from gateway.held import tell_all
from gateway.intake import arrival
from gateway.keys import load_or_create
from gateway.reading import Pending, Readers, Unread
from gateway.service import letters_of
from gateway.sources.base import Accepted
from gateway.worker import Nudge
from parsers.message import Envelope
from routing.reading import Reader, Reading
from store.database import Database
from store.inbox import InboxRow
from store.outbox import OutboxRow
from store.store import Store
from store.tickets import Ticket
from tests.helpers.desk import Desk

BEGIN = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@dataclass
class _Later:
    """Mails that are read when the result is asked for."""

    reader: Reader
    mails: Sequence[Unread]

    def result(self) -> list[Reading]:
        """Read now."""
        return [self.reader.read(one.raw, one.envelope) for one in self.mails]


@dataclass
class InlineReaders:
    """Reads in this process, when the result is asked for."""

    reader: Reader

    def submit(self, mails: Sequence[Unread]) -> Pending:
        """The mails, to be read."""
        return cast(Pending, _Later(self.reader, mails))


@dataclass
class Books:
    """A store with a desk; `now` is the time."""

    place: Workplace
    reader: Reader
    now: datetime = BEGIN
    _seen: int = field(default=0)

    def take(
        self,
        mail: EmailMessage | bytes,
        sender: str = "sam@cust.example",
        to: str | tuple[str, ...] = "it@acme.example",
        *,
        peer: str = "",
        source: str = "smtp",
    ) -> InboxRow:
        """A mail comes in and is filed, now; what the books say of it."""
        raw = mail if isinstance(mail, bytes) else mail.as_bytes(policy=email.policy.SMTP)
        recipients = (to,) if isinstance(to, str) else to
        envelope = Envelope(sender, recipients, peer, source, self.now)
        with self.place.store.transaction() as tx:
            (row_id,) = self.place.store.inbox.add(tx, [arrival(Accepted(source, envelope, raw))])
        self.file()
        return self.row(row_id)

    def file(self) -> None:
        """File whatever waits."""
        filer = Filer(lambda: self.place, cast(Readers, InlineReaders(self.reader)), lambda: self.now, Nudge())
        while filer.step():
            pass

    def pass_time(self, span: timedelta) -> None:
        """It is later, and the clock has been round."""
        self.now += span
        clock = Clock(self.place.store, lambda: self.now, (lambda tx, now: tell_all(tx, self.place, now),))
        while clock.step():
            pass

    def row(self, row_id: int) -> InboxRow:
        """What the books say of a mail."""
        with self.place.store.reading() as tx:
            found = self.place.store.inbox.get(tx, row_id)
        assert found is not None
        return found

    def ticket(self, row: InboxRow) -> Ticket:
        """The ticket a mail is on."""
        assert row.ticket_id is not None
        with self.place.store.reading() as tx:
            found = self.place.store.tickets.get(tx, row.ticket_id)
        assert found is not None
        return found

    def tickets(self) -> list[Ticket]:
        """All tickets, oldest first."""
        with self.place.store.reading() as tx:
            return list(reversed(self.place.store.tickets.list(tx, limit=1000)))

    def sent(self) -> list[OutboxRow]:
        """What was written since the last time, oldest first; from now on it counts as sent at once."""
        with self.place.store.transaction() as tx:
            rows = sorted(self.place.store.outbox.list(tx, limit=10_000), key=lambda row: row.id)
            fresh = [row for row in rows if row.id > self._seen]
            self._seen = max((row.id for row in rows), default=0)
        return fresh

    def letter(self, row: OutboxRow) -> EmailMessage:
        """A mail of ours, parsed."""
        with self.place.store.reading() as tx:
            raw = self.place.store.outbox.raw(tx, row.id) or b""
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return message

    def told(self, kind: str = "notice") -> list[str]:
        """Who got a mail of this kind since the last time."""
        return sorted(row.recipient for row in self.sent() if row.kind == kind)


@contextmanager
def books(folder: Path, limits: str = "", more: str = "", trust: str = "") -> Iterator[Books]:
    """Within: an empty desk with the usual two teams; `limits`, `more` and `trust` are lines of its configuration."""
    config = Desk(folder, limits=limits, more=more, trust=trust).config
    defaults = ("same_text_hour", "tickets_per_sender_hour", "acks_per_address_hour", "acks_per_address_day")
    lines = [line for line in config.read_text().splitlines() if not line.startswith(defaults) or line in limits]
    config.write_text("\n".join(lines))
    settings = load(config)
    database = Database(settings.store.url)
    database.prepare()
    try:
        keys = load_or_create(settings.keys_file, date(2026, 11, 1))
        store = Store(database, lambda: BEGIN + timedelta(days=1000))  # claims are never too early
        place = Workplace(store, settings.desk, letters_of(settings, keys))
        yield Books(place, Reader(settings.desk, keys.ring, keys.instance))
    finally:
        database.close()
