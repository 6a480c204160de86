"""What a text may say: the values a template sees, frozen and plain.

Every field is described in docs/templates.md with an example (a test fails when one is missing).  Moments are aware
datetimes in any zone; they are shown in the zone of the team.  Names, subjects and texts come from strangers: the
renderer cleans them, a template need not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from templates.names import greeting_name
from templates.plain import one_line

Shifts = tuple[tuple[int, int], ...]
"""Opening times of one day: minutes of the wall clock, ``end <= start`` runs over midnight, 1440 is 24:00."""


@dataclass(frozen=True, slots=True)
class SiteWords:
    """The organisation."""

    name: str
    tag: str
    """Prefix of references: ``ACME`` in ``[ACME-1042]``."""
    zone: str
    """IANA zone of the site; times are shown in the zone of the team."""
    web_url: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A topic that another team handles, and where to write for it."""

    topic: str
    team_name: str
    address: str


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day with hours of its own: closed when `shifts` is empty; `name` (of the holiday) may be empty."""

    date: date
    name: str
    shifts: Shifts


@dataclass(frozen=True, slots=True)
class TeamWords:
    """The team that answers, and the statements it makes about itself."""

    key: str
    name: str
    address: str
    helps_with: str
    meet: str
    urgent: str
    zone: str
    """IANA zone in which every time of the mail is shown."""
    week: Mapping[int, Shifts]
    """Opening times by weekday, 0 is Monday; days without a key are closed."""
    closed_days: tuple[ClosedDay, ...] = ()
    """Exceptions of the next 14 days, in order."""
    open_now: bool = True
    next_opening: datetime | None = None
    """When it opens again; None while open, or when it never does."""
    next_opening_after: str = ""
    """Name of the holiday that the next opening follows, or empty."""
    not_here: tuple[Neighbour, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonWords:
    """A person by address; `name` is what they call themselves and may be anything, also empty."""

    name: str
    address: str

    @property
    def hello(self) -> str:
        """A first name that is safe to greet with, or empty."""
        return greeting_name(self.name)

    @property
    def shown(self) -> str:
        """The name, or the address where there is none."""
        return one_line(self.name) or self.address

    @property
    def full(self) -> str:
        """Name and address: ``Sam Field <sam@example.org>``."""
        name = one_line(self.name)
        return f"{name} <{self.address}>" if name else self.address


@dataclass(frozen=True, slots=True)
class TicketWords:
    """The matter itself."""

    ref: str
    """``ACME-1042``, without brackets."""
    subject: str
    status: str
    """``open``, ``waiting`` or ``closed``."""
    team_name: str
    assignee_name: str
    related_ref: str
    """Reference of another matter it is connected with: for staff only, never shown to a requester."""
    opened_at: datetime
    requester: PersonWords | None = None
    priority: str = "normal"


@dataclass(frozen=True, slots=True)
class PromiseWords:
    """One declared promise: ``first_reply`` or ``resolve``, the exact moment and the one that is stated."""

    kind: str
    due: datetime
    shown: datetime
    """Never before `due` (see `templates.times.to_the_minute`)."""


@dataclass(frozen=True, slots=True)
class MailWords:
    """The mail that the text is about."""

    text: str
    author: PersonWords
    received_at: datetime
    attachments: tuple[str, ...] = ()
    """File names."""
    kind: str = "person"
    participant: bool = True
    """False: the writer has no part in this matter (somebody used a forwarded reply address)."""


@dataclass(frozen=True, slots=True)
class SourceWords:
    """A mailbox that Deskgate reads, in a mail to the site's operators."""

    name: str
    host: str
    since: datetime
    """When it was last read."""
    advice: str = ""
    """What to do, in a sentence or two, or empty."""


@dataclass(frozen=True, slots=True)
class HeldMailWords:
    """A mail in quarantine that waits for somebody to decide.  Of a confidential team only number and sender are told."""

    number: int
    """Its number in the inbox."""
    sender: str
    """The address it names as its author, which may be forged."""
    received_at: datetime
    subject: str = ""
    reason: str = ""
    """Why it is held, in a short phrase."""
    request: str = ""
    """The reference of the request it points to, or empty."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a template may use.  `person` is who reads the mail."""

    site: SiteWords
    team: TeamWords
    ticket: TicketWords
    person: PersonWords
    mail: MailWords | None = None
    promises: tuple[PromiseWords, ...] = ()
    measured: None = None
    """Reserved for the measured statement (8 of 10); nothing is measured yet, so nothing is said."""
    note: str = ""
    """Words a staff member wrote to be passed on."""
    reason: str = ""
    """Why it happened, in a short phrase: why a mail came back, why a request moved."""
    language: str = "en"
    actor: PersonWords | None = None
    """Who did it: moved, assigned, closed; None when Deskgate did."""
    recipient: PersonWords | None = None
    """Whom a mail of ours did not reach."""
    from_team: str = ""
    """Name of the team that had the request before."""
    source: SourceWords | None = None
    """The mailbox that a mail to the site's operators is about."""
    held: tuple[HeldMailWords, ...] = ()
    """Mails in quarantine that the team has not heard of, oldest first."""
    held_more: int = 0
    """How many more than these."""
    now: datetime | None = field(default=None)
    """When the words are written; None: when the mail came, or the request was opened."""

    @property
    def moment(self) -> datetime:
        """When the words are written."""
        return self.now or (self.mail.received_at if self.mail else self.ticket.opened_at)

    def promise(self, kind: str) -> PromiseWords | None:
        """The first promise of this kind, or None."""
        return next((promise for promise in self.promises if promise.kind == kind), None)
