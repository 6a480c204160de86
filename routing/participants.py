"""Who takes part in a ticket, and as what.  Rights come from here and from tokens, never from a number in a subject."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from typing import Protocol

from parsers.message import comparable
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
    if any(party.role in TAKES_PART for party in (*mine, *_in_whose_name(identity, ticket, desk))):
        return Standing.PARTICIPANT
    return Standing.STRANGER


def _in_whose_name(identity: str, ticket: HasParties, desk: Desk) -> list[Member]:
    """Teams that take part, having asked as a team, and to which somebody belongs; admins belong to none by that alone."""
    teams = [party for party in ticket.parties if party.key in desk.alias_index and not party.revoked]
    return [
        party
        for party in teams
        if any(comparable(member) == identity for member in desk.teams[desk.alias_index[party.key]].members)
    ]


def may_see(identity: str | None, teams: Iterable[str], desk: Desk) -> bool:
    """Whether somebody (a comparable address; None: nobody in particular) may see what these teams have.

    What no confidential team is part of, everybody on the staff may see; the rest is for members of these teams and for
    admins.  A team that left the configuration counts as confidential, since nobody can say that it was not.
    """
    keys = set(teams)
    if not any(key not in desk.teams or desk.teams[key].confidential for key in keys):
        return True
    return bool(desk.staff.get(identity or "", frozenset()) & keys) or identity in desk.admins


def may_watch(identity: str | None, ticket: HasParties, desk: Desk, *, proven: bool) -> bool:
    """Whether somebody may watch a ticket without asking.

    Its own staff always; a colleague (of `trust.domains`, and proven) unless a team that has it is confidential: then a
    member of that team must agree, by adding them.
    """
    if identity is None:
        return False
    keys = {ticket.team, *ticket.helpers}
    if desk.staff.get(identity, frozenset()) & keys or identity in desk.admins:
        return True
    return proven and identity.rpartition("@")[2] in desk.trust.domains and may_see(None, keys, desk)
