"""A case that has been carried out: what the books had before and after, and what that means."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from store.inbox import InboxRow
from store.outbox import OutboxRow
from store.tickets import Entry, TicketParty
from tests.attacks.cases import Case, Expect
from tests.attacks.marks import Marks
from tests.attacks.world import STAFF, Seen, World


@dataclass(frozen=True)
class Outcome:
    """A case that has been carried out."""

    world: World
    marks: Marks
    case: Case
    expect: Expect
    code: str
    sent: tuple[bytes, ...]
    before: Seen
    after: Seen

    @property
    def rows(self) -> tuple[InboxRow, ...]:
        """The mails that were accepted."""
        return self.after.inbox[len(self.before.inbox) :]

    @property
    def last(self) -> InboxRow | None:
        """The mail that is judged: the last one; of a dialogue that sends one twice, the one that has the wanted end."""
        fitting = [row for row in self.rows if self.case.dialogue and row.outcome == self.expect.outcome]
        return next(iter(fitting or reversed(self.rows)), None)

    @property
    def mails(self) -> tuple[OutboxRow, ...]:
        """The mails that we sent."""
        return self.after.outbox[len(self.before.outbox) :]

    @property
    def outside(self) -> tuple[OutboxRow, ...]:
        """Those of them that left the house."""
        return tuple(row for row in self.mails if row.recipient not in STAFF)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """New lines in the histories of tickets."""
        return tuple(e for n, some in self.after.entries.items() for e in some[len(self.before.entries.get(n, ())) :])

    @property
    def opened(self) -> tuple[int, ...]:
        """Tickets that are new."""
        return tuple(number for number in self.after.tickets if number not in self.before.tickets)

    @property
    def joined(self) -> tuple[TicketParty, ...]:
        """Who takes part in a ticket that was there before, and did not."""
        return tuple(
            party
            for number, ticket in self.after.tickets.items()
            for party in ticket.parties
            if party.role in ("requester", "cc", "watcher")
            and party.key not in {p.key for p in self._parties_before(number) if p.role != "proposed"}
        )

    def _parties_before(self, number: int) -> tuple[TicketParty, ...]:
        if number in self.before.tickets:
            return self.before.tickets[number].parties
        return tuple(p for p in self.after.tickets[number].parties if p.role == "requester")

    def letter(self, row: OutboxRow) -> EmailMessage:
        """A mail of ours, parsed."""
        message = message_from_bytes(self.world.sent(row.id), policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message
