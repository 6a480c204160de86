"""What shall happen because of one old mail that was imported quietly: history is written, and nobody hears of it.

Other than with new mail, a conversation stays together: whoever cites a mail of it is filed with it (for staff to see, if
they took no part), however long it was silent; what the team wrote then stands in it as the team's answer.  Rights do not
come from that: nobody becomes a participant by being in an archive, except who asked.
"""

from __future__ import annotations

from dataclasses import replace

from parsers.message import Kind, Party, comparable
from routing.history import ends_closed
from routing.identity import Proof
from routing.participants import TAKES_PART, Standing, standing_of
from routing.plan import plan
from routing.steps import (
    AddEntry,
    AddHelper,
    Candidate,
    Case,
    Close,
    KnownTicket,
    OpenTicket,
    Outcome,
    Plan,
    Step,
)

_WRITTEN_BY_PEOPLE = (Kind.PERSON, Kind.LIST, Kind.BULK)
_QUIET_STEPS = (OpenTicket, AddEntry, AddHelper)


def plan_of_old_mail(case: Case) -> Plan:
    """Decide; the plan mails nobody, promises nothing and opens nothing again.  `case.now` is when the mail came."""
    decided = _decide(case)
    steps: list[Step] = [step for step in decided.steps if isinstance(step, _QUIET_STEPS)]
    if ends_closed(case.envelope.source) and _closes(case, decided):
        steps.append(Close())
    return replace(decided, steps=tuple(steps))


def needs_nobody(case: Case) -> bool:
    """Whether this mail, put into quarantine, may rest there undecided: an archive is full of absence notes and reports."""
    return case.reading.message.kind not in _WRITTEN_BY_PEOPLE


def _closes(case: Case, decided: Plan) -> bool:
    """A new ticket ends closed; one that this archive has closed stays so until its last mail; others are left alone."""
    if decided.outcome is Outcome.TICKET:
        return True
    ticket = decided.ticket
    if decided.outcome is not Outcome.ATTACH or ticket is None or ticket.closed_at is None:
        return False
    return ticket.status == "closed" and ticket.closed_at < case.now


def _decide(case: Case) -> Plan:
    message = case.reading.message
    if message.kind not in _WRITTEN_BY_PEOPLE or not message.complete or case.reading.proof is Proof.FALSE:
        return plan(case)
    cited = [candidate for candidate in case.candidates if candidate.how == "citation"]
    ours = _written_by_us(case)
    if cited and message.identity is not None:
        return _our_answer(case, cited[0].ticket) if ours else _their_mail(case, cited[0])
    decided = plan(case)
    asker = _outsider(case) if ours else None
    return _begun_by_us(decided, asker) if asker and decided.outcome is Outcome.TICKET else decided


def _written_by_us(case: Case) -> bool:
    """A member of a team, or the team's address itself: that is how shared mailboxes answer."""
    identity = case.reading.message.identity
    return identity in case.desk.staff or identity in case.desk.alias_addresses


def _our_answer(case: Case, ticket: KnownTicket) -> Plan:
    """To somebody who takes part it was an answer; among colleagues it stays among them."""
    message, identity = case.reading.message, case.reading.message.identity
    if standing_of(identity, ticket, case.desk) is Standing.PARTICIPANT:
        return Plan(Outcome.ATTACH, "old mail: the requester's own", ticket, (AddEntry("public"),))
    asked = {party.key for party in ticket.parties if party.role in TAKES_PART}
    if any(comparable(party.address) in asked for party in (*message.to, *message.cc)):
        return Plan(Outcome.ATTACH, "old mail: an answer of ours", ticket, (AddEntry("public", direction="out"),))
    note = "written among colleagues"
    return Plan(Outcome.ATTACH, f"old mail: {note}", ticket, (AddEntry("staff", note),))


def _their_mail(case: Case, candidate: Candidate) -> Plan:
    ticket = candidate.ticket
    if standing_of(case.reading.message.identity, ticket, case.desk) is Standing.PARTICIPANT:
        return Plan(Outcome.ATTACH, "old mail: reply by citation", ticket, (AddEntry("public"),))
    note = f"{case.sender.address} takes no part in this conversation; only staff see this"
    entry = AddEntry("staff", note, outsider=True)
    return Plan(Outcome.ATTACH, "old mail: somebody else in this conversation", ticket, (entry,))


def _outsider(case: Case) -> Party | None:
    """The first person outside whom we wrote to, if the mail was not meant for a team of ours as well."""
    message, desk = case.reading.message, case.desk
    everybody = (*message.to, *message.cc)
    if any(desk.team_of_alias(party.address) for party in everybody):
        return None
    outside = (p for p in everybody if "@" in p.address and comparable(p.address) not in desk.staff)
    return next(outside, None)


def _begun_by_us(decided: Plan, asker: Party) -> Plan:
    """A conversation that begins with a mail of ours: it belongs to whom we wrote to, so that the answers find it."""
    steps: list[Step] = []
    for step in decided.steps:
        if isinstance(step, OpenTicket):
            others = tuple(p for p in step.proposed if comparable(p.address) != comparable(asker.address))
            steps.append(replace(step, requester=asker, joined=(), proposed=others))
        elif isinstance(step, AddEntry):
            steps.append(replace(step, direction="out"))
        else:
            steps.append(step)
    return replace(decided, reason="old mail: a conversation we began", steps=tuple(steps))
