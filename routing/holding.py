"""Held mail: who hears that it waits, and when even its sender may be told.

Staff hear of what a person may have meant for them.  Absence notes, reports that name nothing of ours, mail that came
back to us and blocked senders make no noise: whoever can cause them could make us write at will.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from parsers.message import Envelope, Kind, comparable
from routing.answering import asks_for_silence, target_refusal
from routing.identity import Proof
from routing.steps import Case, Plan
from routing.teams import Desk

ADMINS = ""
"""In place of a team: the site's admins."""
_SILENT = frozenset({Kind.OWN, Kind.LOOP, Kind.BOUNCE, Kind.RECEIPT, Kind.COMPLAINT, Kind.AUTO_REPLY})
TOO_COMPLEX = "too complex to read safely"
NO_TEAM = "no team owns the address this was sent to"
_NOBODYS_FAULT = (TOO_COMPLEX, NO_TEAM)
"""Beginnings of reasons that say nothing against the sender."""


class Led(Protocol):
    """What is read of a ticket."""

    @property
    def team(self) -> str: ...


def is_noise(case: Case) -> bool:
    """Whether nobody is to be told that this mail is held."""
    message = case.reading.message
    return message.kind in _SILENT or case.desk.block.reason(message, case.envelope.sender) is not None


def team_to_tell(ticket: Led | None, envelope: Envelope, desk: Desk) -> str:
    """The key of the team that hears of a held mail: that of its ticket, else of its address, else the admins."""
    if ticket is not None and ticket.team in desk.teams:
        return ticket.team
    found = (desk.team_of_alias(recipient) for recipient in envelope.recipients)
    return next((team.key for team in found if team is not None), ADMINS)


def is_confidential(teams: Iterable[str], desk: Desk) -> bool:
    """Whether one of these teams keeps its requests to itself; teams that are gone count as such."""
    return any(key not in desk.teams or desk.teams[key].confidential for key in teams)


def nobodys_fault(held: Plan) -> bool:
    """Whether the reason says nothing against the sender."""
    return held.reason.startswith(_NOBODYS_FAULT)


def sender_refusal(case: Case) -> str | None:
    """Why the sender of a mail that is held through nobody's fault is not told that it waits, or None when that is safe.

    Only a person whom somebody vouches for hears it: then the note goes to whoever wrote, tells them nothing about any
    request, and cannot be had for somebody else.
    """
    message, target = case.reading.message, case.envelope.sender
    if message.kind is not Kind.PERSON or message.identity is None:
        return "no person wrote it"
    if case.reading.proof is not Proof.PROVEN:
        return "nobody vouches for the sender"
    if asks_for_silence(case.reading):
        return "the sender asks for no automatic answers (X-Auto-Response-Suppress)"
    if (wrong := target_refusal(target, case.desk)) is not None:
        return wrong
    if comparable(target) != message.identity:
        return "the envelope sender is not the author"
    ours = {comparable(address) for address in case.envelope.recipients}
    if not any(comparable(party.address) in ours for party in (*message.to, *message.cc)):
        return "none of our addresses stands in To or Cc"
    if any(case.desk.team_of_alias(party.address) for party in message.reply_to):
        return "Reply-To is an address of ours"
    return None
