"""A small organisation as values, for tests of the pure rooms: two teams, their people, a key ring, and tickets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from parsers.message import Envelope
from routing.hours import Hours
from routing.identity import Key, KeyRing, Purpose, reply_address
from routing.promise import Duration
from routing.reading import Reader, Reading
from routing.teams import Desk, Site, Team, Trust, Turnaround

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
WEEK = dict.fromkeys(range(5), ((540, 1050),))
RING = KeyRing((Key("a", bytes(range(32)), date(2026, 1, 1)), Key("b", bytes(range(1, 33)), date(2025, 1, 1))))


def desk(**trust: object) -> Desk:
    """IT (Maria, Otto) and HR (Petra); `trust` are fields of Trust."""
    hours = Hours("Europe/London", WEEK)

    def team(key: str, name: str, aliases: tuple[str, ...], members: tuple[str, ...], first: str) -> Team:
        return Team(
            key=key,
            name=name,
            aliases=aliases,
            hours=hours,
            helps_with="things",
            meet="Reply with two times.",
            turnaround=Turnaround({"normal": Duration.parse(first)}),
            members=members,
        )

    return Desk(
        site=Site("Acme", "Europe/London", "ACME", "desk.acme.example", ("root@acme.example",)),
        teams={
            "it": team(
                "it", "IT", ("it@acme.example", "help@acme.example"), ("maria@acme.example", "otto@acme.example"), "4h"
            ),
            "hr": team("hr", "HR", ("hr@acme.example",), ("petra@acme.example",), "2d"),
        },
        trust=Trust(**trust),  # type: ignore[arg-type]
    )


@dataclass(frozen=True)
class PartyOf:
    """A party of a ticket."""

    number: int
    key: str
    role: str
    revoked: bool = False


@dataclass(frozen=True)
class TicketOf:
    """A ticket as the plan sees it: Sam asked, Carol is copied, Maria and Otto are staff."""

    id: int = 1001
    team: str = "it"
    helpers: tuple[str, ...] = ()
    status: str = "open"
    priority: str = "normal"
    closed_at: datetime | None = None
    token_epoch_day: int = 0
    parties: tuple[PartyOf, ...] = (
        PartyOf(1, "sam@cust.example", "requester"),
        PartyOf(2, "carol@cust.example", "cc"),
        PartyOf(3, "maria@acme.example", "staff"),
        PartyOf(4, "otto@acme.example", "staff"),
    )

    @property
    def ref(self) -> str:
        """Its reference."""
        return f"ACME-{self.id}"


def address(
    purpose: Purpose,
    party: int,
    ticket: int = 1001,
    issued: date = NOW.date(),
    alias: str = "it@acme.example",
    ring: KeyRing = RING,
) -> str:
    """A genuine reply address."""
    made = reply_address(desk().site, ring, alias, (purpose, ticket, party, issued))
    assert made is not None
    return made


def read(raw: str, sender: str, to: str | tuple[str, ...] = "it@acme.example", **trust: object) -> Reading:
    """What the desk understands of a mail, written with plain line ends."""
    recipients = (to,) if isinstance(to, str) else to
    reader = Reader(desk(**trust), RING, "instance-1")
    return reader.read(raw.replace("\n", "\r\n").encode(), Envelope(sender, recipients, received_at=NOW))
