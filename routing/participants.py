"""Who takes part in a ticket, and as what.  Rights come from here and from tokens, never from a number in a subject."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Protocol

from routing.teams import Desk

TAKES_PART = frozenset({"requester", "cc", "watcher"})


class Standing(enum.StrEnum):
    """What somebody is to a ticket.  A staff member who is the requester counts as requester: staff ask for help too."""

    PARTICIPANT = "participant"
    STAFF = "staff"
    STRANGER = "stranger"


class Member(Protocol):
    """What is read of a stored party of a ticket."""

    @property
    def number(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def revoked(self) -> bool: ...


class HasParties(Protocol):
    """What is read of a stored ticket."""

    @property
    def team(self) -> str: ...
    @property
    def helpers(self) -> tuple[str, ...]: ...
    @property
    def parties(self) -> Sequence[Member]: ...


def standing_of(identity: str | None, ticket: HasParties, desk: Desk) -> Standing:
    """The standing of a comparable address on a ticket; None (no clear sender) is a stranger."""
    if identity is None:
        return Standing.STRANGER
    mine = [party for party in ticket.parties if party.key == identity and not party.revoked]
    if any(party.role == "requester" for party in mine):
        return Standing.PARTICIPANT
    if desk.staff.get(identity, frozenset()) & {ticket.team, *ticket.helpers}:
        return Standing.STAFF
    if any(party.role in TAKES_PART for party in mine):
        return Standing.PARTICIPANT
    return Standing.STRANGER
