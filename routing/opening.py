"""Opening a ticket: the requester, who else takes part, the promise, the acknowledgement, the team's notice."""

from __future__ import annotations

from datetime import datetime

from parsers.message import Kind, Party, comparable
from routing.holding import NO_TEAM
from routing.identity import Proof
from routing.promise import falls_due
from routing.steps import (
    Acknowledge,
    AddEntry,
    Audience,
    Case,
    Notify,
    OpenTicket,
    Outcome,
    Plan,
    StatePromise,
    Step,
)
from routing.teams import Team

LONGEST_SUBJECT = 250
NO_FROM = "the mail names no author (no From): it is from {} by its envelope alone, which proves nothing"


def opened(case: Case, related: int | None, reason: str) -> Plan:
    """The plan of a new ticket, linked to the ticket `related` if there is one; held if no team owns the address."""
    decision, message = case.reading.decision, case.reading.message
    if decision is None:
        return Plan(Outcome.QUARANTINE, NO_TEAM)
    if decision.held_by is not None and not case.released:
        return Plan(Outcome.QUARANTINE, f'held by the rule "{decision.held_by}"')
    team = case.desk.teams[decision.team]
    joined, proposed = _copied(case, team)
    steps: list[Step] = [
        OpenTicket(
            team=team.key,
            helpers=decision.helpers,
            alias=decision.alias,
            subject=(message.subject.strip() or "(no subject)")[:LONGEST_SUBJECT],
            requester=case.sender,
            joined=joined,
            proposed=proposed,
            priority=decision.priority,
            tags=decision.tags,
            related_to=related,
        ),
        AddEntry("public", NO_FROM.format(case.sender.address) if message.anonymous else ""),
    ]
    if message.kind is Kind.PERSON and (when := first_reply_due(case, decision.priority)) is not None:
        steps.append(StatePromise("first_reply", when, told=case.answer.send))
        if (solved := resolve_due(case, decision.priority)) is not None:
            steps.append(StatePromise("resolve", solved, told=case.answer.send))
    if case.answer.send:
        steps.append(Acknowledge(case.envelope.sender))
    steps.append(Notify(Audience.TEAM, "notice_new"))
    return Plan(Outcome.TICKET, reason, None, tuple(steps))


def first_reply_due(case: Case, priority: str) -> datetime | None:
    """When the first reply is due (UTC): the slowest of the team's and its helpers' declared turnarounds."""
    decision = case.reading.decision
    assert decision is not None, "asked only for a mail that has a team"
    moments = []
    for key in (decision.team, *decision.helpers):
        team = case.desk.teams[key]
        declared = team.turnaround.first_reply
        duration = declared.get(priority) or declared.get("normal")
        if duration and (moment := falls_due(team.hours, case.now, duration)):
            moments.append(moment)
    return max(moments, default=None)


def resolve_due(case: Case, priority: str) -> datetime | None:
    """When the request shall be solved (UTC), where the team declares it; with helpers nobody can, so nothing is said."""
    decision = case.reading.decision
    assert decision is not None, "asked only for a mail that has a team"
    team = case.desk.teams[decision.team]
    duration = team.turnaround.resolve.get(priority) or team.turnaround.resolve.get("normal")
    return falls_due(team.hours, case.now, duration) if duration and not decision.helpers else None


def _copied(case: Case, team: Team) -> tuple[tuple[Party, ...], tuple[Party, ...]]:
    """Who was copied: they join only when the sender is proven; else they are proposed to staff (never mailed unasked)."""
    message, desk = case.reading.message, case.desk
    seen = {message.identity, *desk.alias_addresses}
    others: dict[str, Party] = {}
    for party in (*message.to, *message.cc):
        key = comparable(party.address)
        if "@" in key and key not in seen and desk.team_of_alias(party.address) is None:
            others.setdefault(key, party)
    kept = tuple(others.values())[:10]
    member_keys = {comparable(m) for m in team.members}
    kept = tuple(p for p in kept if comparable(p.address) not in member_keys)
    return (kept, ()) if case.reading.proof is Proof.PROVEN else ((), kept)
