"""What can happen because of one mail, as small values: the outcome, the steps, and all that a decision depends on.

`plan` makes them, the gateway performs the steps in order, in one transaction.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from parsers.message import Envelope, Party
from routing.answering import Answer
from routing.commands import Task, Verb
from routing.identity import Token
from routing.participants import Member
from routing.reading import Reading
from routing.returns import Origin
from routing.teams import Desk


class Outcome(enum.StrEnum):
    """The one end of an accepted mail."""

    TICKET = "ticket"
    ATTACH = "attach"
    QUARANTINE = "quarantine"
    BOUNCE_RECORD = "bounce-record"
    DUPLICATE = "duplicate"


class Audience(enum.StrEnum):
    """Who is told about an entry."""

    TEAM = "team"
    OWNER = "owner"
    """The assignee and the watchers; the whole team while nobody has it."""
    NOBODY = "nobody"


class KnownTicket(Protocol):
    """What the plan reads of a stored ticket."""

    @property
    def id(self) -> int: ...
    @property
    def ref(self) -> str: ...
    @property
    def team(self) -> str: ...
    @property
    def helpers(self) -> tuple[str, ...]: ...
    @property
    def status(self) -> str: ...
    @property
    def priority(self) -> str: ...
    @property
    def closed_at(self) -> datetime | None: ...
    @property
    def token_epoch_day(self) -> int: ...
    @property
    def parties(self) -> Sequence[Member]: ...


@dataclass(frozen=True, slots=True)
class Earlier:
    """A mail with the same Message-ID that is on a ticket: who wrote it (comparable), what, of which kind."""

    author: str
    text: str
    kind: str
    opened: bool
    """The ticket was opened because of it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket this mail points to, and by what: ``token``, ``citation`` or ``tag``.

    Two more ways need more than that: ``copy``, a mail with the same Message-ID is on it (`earlier`); ``answer``, its first
    mail cites this one.
    """

    how: str
    ticket: KnownTicket
    token: Token | None = None
    party: int | None = None
    """The party the cited mail of ours went to (citations of our own Message-IDs)."""
    earlier: Earlier | None = None
    followed: str = ""
    """The reference of the ticket that was meant, when it was merged into this one since."""


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A new ticket; everything that follows in the plan is about it."""

    team: str
    helpers: tuple[str, ...]
    alias: str
    subject: str
    requester: Party
    joined: tuple[Party, ...]
    proposed: tuple[Party, ...]
    priority: str
    tags: tuple[str, ...]
    related_to: int | None


@dataclass(frozen=True, slots=True)
class AddEntry:
    """The mail becomes a line of the ticket's history; ``staff`` visibility hides it from everybody else."""

    visibility: str
    note: str = ""
    """Why it is shown with a warning, in words for staff."""
    outsider: bool = False
    """The writer takes no part in the ticket."""
    direction: str = "in"
    """``out`` for an answer of ours that an archive brought."""


@dataclass(frozen=True, slots=True)
class Reopen:
    """The ticket is open again because a participant wrote."""


@dataclass(frozen=True, slots=True)
class Close:
    """The ticket is closed, as of this mail's time, without a word (history that was imported as closed)."""


@dataclass(frozen=True, slots=True)
class AddHelper:
    """The mail came through this team's alias too: it helps from now on and sees the ticket, if it did not yet."""

    team: str


@dataclass(frozen=True, slots=True)
class StatePromise:
    """A time told to a person: when the first reply is due, and whether the requester is told."""

    kind: str
    due: datetime
    told: bool


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """The acknowledgement, to the envelope sender and nobody else."""

    to: str


@dataclass(frozen=True, slots=True)
class Notify:
    """Staff are told of the mail with a template."""

    audience: Audience
    template: str
    teams: tuple[str, ...] = ()
    """When given, only members of these teams."""


@dataclass(frozen=True, slots=True)
class StaffReply:
    """The mail is a staff member's answer: its own words and its attachments go to the requester and participants."""

    by: Party
    text: str


@dataclass(frozen=True, slots=True)
class StaffTasks:
    """The mail commands: these actions are done in order, all of them or none.  `written`: what the mail said."""

    by: Party
    tasks: tuple[Task, ...]
    written: str


@dataclass(frozen=True, slots=True)
class TellWriter:
    """A staff member hears why their mail was not acted on, and what they may write instead."""

    to: Party
    why: str


@dataclass(frozen=True, slots=True)
class Joins:
    """Somebody has this part in the ticket from now on: ``cc``, ``watcher``, ``proposed`` or ``outsider``."""

    party: Party
    role: str


@dataclass(frozen=True, slots=True)
class CameBack:
    """A mail of ours to this address (comparable) did not arrive, as a report that can be believed says."""

    address: str
    reason: str
    mark: bool
    """The address takes no mail, as far as anybody knows."""
    tell: bool
    """Whoever wrote the mail hears of it."""


Step = (
    OpenTicket | AddEntry | Reopen | Close | AddHelper | StatePromise | Acknowledge | Notify | StaffReply | StaffTasks
    | TellWriter | Joins | CameBack
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """The outcome of one mail, the ticket it belongs to (None: a new one, or none) and the steps in order."""

    outcome: Outcome
    reason: str
    ticket: KnownTicket | None = None
    steps: tuple[Step, ...] = ()
    also: tuple[Plan, ...] = ()
    """What other tickets keep of it whose reply addresses stand in the same envelope."""


@dataclass(frozen=True, slots=True)
class Case:
    """All that a plan depends on."""

    reading: Reading
    envelope: Envelope
    candidates: tuple[Candidate, ...]
    answer: Answer
    desk: Desk
    now: datetime
    released: bool = False
    """A person looked at this mail in quarantine and let it through."""
    origin: Origin | None = None
    """Of a delivery report: the mail of ours that came back, as the books have it."""
    verbs: tuple[Verb, ...] = ()
    """The commands that staff may write into their mails."""

    @property
    def sender(self) -> Party:
        """The author as staff and the books see it: who stands in From, or, if nobody does, whose envelope it came in."""
        message = self.reading.message
        return Party("", self.envelope.sender) if message.anonymous or not message.from_ else message.from_
