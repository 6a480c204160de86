"""A participant's reply: what it does to a ticket that waits or is closed, by its team's policy.

A reopening is counted on the ticket and changes nothing that is settled: promises that were kept, missed or withdrawn stay
so, the time to the first reply stays.  The team gets a new moment by which to answer, which is told to nobody and therefore
counts as no promise to anybody.
"""

from __future__ import annotations

from parsers.message import Kind
from routing.promise import falls_due
from routing.steps import AddEntry, Audience, Case, KnownTicket, Notify, Reopen, StatePromise, Step
from routing.thanks import is_only_thanks

ALWAYS_NEW = "new"
"""Of `Team.reply_to_closed`: a reply to a closed ticket always becomes a new one that refers to it."""


def new_instead(case: Case, ticket: KnownTicket) -> str | None:
    """Why a reply to this ticket becomes a new one, or None: it is added."""
    team = case.desk.teams.get(ticket.team)
    if ticket.closed_at is None or team is None:
        return None
    if case.now - ticket.closed_at > team.reopen_within:
        return f"{ticket.ref} was closed too long ago to open again"
    if team.reply_to_closed == ALWAYS_NEW and not thanks(case, ticket):
        return f"{ticket.ref} is closed, and its team wants a new request for each reply to a closed one"
    return None


def thanks(case: Case, ticket: KnownTicket) -> bool:
    """Whether the requester says thank you and nothing else, to a ticket that is not open."""
    asker = next((party for party in ticket.parties if party.role == "requester"), None)
    if ticket.status == "open" or asker is None or asker.key != case.reading.message.identity:
        return False
    names = (*(party.key for party in ticket.parties), *(team.name for team in case.desk.teams.values()))
    return is_only_thanks(case.reading.message, names)


def added(case: Case, ticket: KnownTicket) -> tuple[Step, ...]:
    """The steps by which a participant's mail is added: only a person's opens the ticket again, and mere thanks do not."""
    entry, told = AddEntry("public"), Notify(Audience.OWNER, "notice_reply")
    if thanks(case, ticket):
        return (entry,) if ticket.status == "closed" else (entry, told)
    if ticket.status == "open" or case.reading.message.kind is not Kind.PERSON:
        return (entry, told)
    return (entry, Reopen(), *(_answer_due(case, ticket) if ticket.status == "closed" else ()), told)


def _answer_due(case: Case, ticket: KnownTicket) -> tuple[Step, ...]:
    team = case.desk.teams.get(ticket.team)
    declared = team.turnaround.first_reply if team else {}
    duration = declared.get(ticket.priority) or declared.get("normal")
    when = falls_due(team.hours, case.now, duration) if team and duration else None
    return (StatePromise("first_reply", when, told=False),) if when else ()
