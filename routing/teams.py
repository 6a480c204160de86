"""Who answers: the site, its teams, their aliases and what they state about themselves.

A Desk is the whole organisation as the configuration describes it, frozen; readers get a copy at start and a new one at
every reload.  Nothing here looks anything up outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from parsers.limits import LIMITS
from parsers.limits import Limits as ReadingLimits
from parsers.message import comparable
from routing.blocking import NOBODY, Block
from routing.hours import Hours
from routing.promise import Duration
from routing.rules import Rule


@dataclass(frozen=True)
class NotHere:
    """A topic this team does not handle, and the key of the team that does."""

    topic: str
    team: str


@dataclass(frozen=True)
class Turnaround:
    """The declared business time per priority: to the first reply by a person, and (optional) to the solution."""

    first_reply: Mapping[str, Duration]
    resolve: Mapping[str, Duration] = field(default_factory=dict)


@dataclass(frozen=True)
class Team:
    """Who answers.  The four statements every team makes: helps_with, hours, meet, turnaround."""

    key: str
    name: str
    aliases: tuple[str, ...]
    """Addresses that belong to the team; the first is the one it writes from."""
    hours: Hours
    helps_with: str
    meet: str
    turnaround: Turnaround
    members: tuple[str, ...]
    lead: str | None = None
    not_here: tuple[NotHere, ...] = ()
    urgent: str = ""
    confidential: bool = False
    acknowledge: bool = True
    after_reply: str = "open"
    """Ticket state after a staff reply: ``open`` or ``waiting``."""
    reply_to_closed: str = "reopen"
    """What a reply to a closed ticket does: ``reopen`` it within `reopen_within`, or always become a ``new`` one."""
    reopen_within: timedelta = timedelta(days=180)
    language: str = "en"
    reviewed: date | None = None

    @property
    def address(self) -> str:
        """The address the team writes from."""
        return self.aliases[0]


@dataclass(frozen=True)
class Site:
    """What all teams share."""

    name: str
    zone: str
    """IANA zone, for example ``Europe/London``."""
    tag: str
    """Prefix of references: ``ACME`` makes ``[ACME-1042]``."""
    domain: str
    """Right-hand side of our Message-IDs."""
    admins: tuple[str, ...]
    language: str = "en"
    reply_addresses: str = "subaddress"
    """``subaddress``, ``none``, or a domain of its own for reply addresses."""
    web_url: str = ""


@dataclass(frozen=True)
class Trust:
    """Whom to believe: domains of colleagues, relays of ours, and the authserv-id of our border (RFC 8601).

    `check_senders`: we check senders ourselves where no border did.  `arc_sealers`: domains whose ARC seals are believed.
    """

    domains: frozenset[str] = frozenset()
    relays: tuple[str, ...] = ()
    authserv_id: str | None = None
    check_senders: bool = False
    arc_sealers: frozenset[str] = frozenset()

    @property
    def can_prove(self) -> bool:
        """Whether anybody checks senders, so that a sender who is not proven means something."""
        return self.authserv_id is not None or self.check_senders


@dataclass(frozen=True)
class Limits:
    """How many acknowledgements at most (the ticket is made all the same), and how much of a kind is too much.

    See `routing.backstops` for the lower half.
    """

    acks_per_address_hour: int = 3
    acks_per_address_day: int = 10
    acks_per_domain_hour: int = 100
    acks_per_site_hour: int = 600
    mute_after: int = 5
    """Mails of one address on one ticket, within 10 minutes, that look automatic."""
    machine_after: int = 3
    """Answers within 3 seconds, without a break."""
    same_text_hour: int = 5
    tickets_per_sender_hour: int = 20
    auto_notices_per_sender_hour: int = 10
    bad_tokens_per_client_hour: int = 20
    held_notice_every: timedelta = timedelta(hours=1)
    """Between two notices to a team about held mail."""


@dataclass(frozen=True)
class Desk:
    """The organisation: site, teams by key, rules in order, trust, limits."""

    site: Site
    teams: Mapping[str, Team]
    rules: tuple[Rule, ...] = ()
    trust: Trust = Trust()
    limits: Limits = Limits()
    block: Block = NOBODY
    reading: ReadingLimits = LIMITS
    """How much of one mail is looked at."""

    @cached_property
    def alias_index(self) -> Mapping[str, str]:
        """Comparable alias address to team key."""
        return {comparable(alias): team.key for team in self.teams.values() for alias in team.aliases}

    @cached_property
    def alias_addresses(self) -> frozenset[str]:
        """Every alias, in comparable form."""
        return frozenset(self.alias_index)

    @cached_property
    def staff(self) -> Mapping[str, frozenset[str]]:
        """Comparable address of each staff member to the keys of their teams; admins belong to every team."""
        found: dict[str, set[str]] = {}
        for team in self.teams.values():
            for member in {*team.members, *([team.lead] if team.lead else [])}:
                found.setdefault(comparable(member), set()).add(team.key)
        for admin in self.site.admins:
            found.setdefault(comparable(admin), set()).update(self.teams)
        return {address: frozenset(keys) for address, keys in found.items()}

    @cached_property
    def admins(self) -> frozenset[str]:
        """Comparable addresses of the site's admins."""
        return frozenset(comparable(admin) for admin in self.site.admins)

    def team_of_alias(self, address: str) -> Team | None:
        """The team that owns this address, with or without a subaddress (``it+…@``), or None."""
        wanted = comparable(address)
        key = self.alias_index.get(wanted)
        if key is None and "+" in wanted:
            local, _, domain = wanted.rpartition("@")
            key = self.alias_index.get(f"{local.partition('+')[0]}@{domain}")
        return self.teams[key] if key else None
