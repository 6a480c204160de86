"""Mail that machines write: reports, absence notes, monitors, role addresses (mail-safety 3.2).

None of it is answered, opens a ticket again or is shown to the requester; none of it is acted on by a number alone.
"""

from __future__ import annotations

from parsers.kind import BY_WORDS
from parsers.message import Kind
from routing.identity import Proof, Purpose, expired
from routing.opening import opened
from routing.participants import Member, Standing, standing_of
from routing.returns import judged
from routing.steps import AddEntry, Audience, CameBack, Candidate, Case, Notify, Outcome, Plan, Step


def quarantine(candidate: Candidate | None, reason: str) -> Plan:
    """Held for a person, on the ticket it pointed to."""
    return Plan(Outcome.QUARANTINE, reason, candidate.ticket if candidate else None)


def report(case: Case) -> Plan:
    """Delivery reports, read receipts and spam complaints: recorded, never answered, never shown to the requester."""
    message = case.reading.message
    candidate = next((c for c in pointed_to(case) if _is_about_ours(case, c)), None)
    if candidate is None and message.kind is Kind.BOUNCE:
        return Plan(Outcome.QUARANTINE, "a delivery report that names none of our mails")
    why = f"{message.kind}: {message.kind_reason}"
    steps: list[Step] = []
    if candidate is not None:
        steps.append(AddEntry("staff", why))
        if message.kind is Kind.COMPLAINT:
            steps.append(Notify(Audience.OWNER, "notice_reply"))
        if message.bounce is not None:
            found = judged(message.bounce, candidate.token, candidate.ticket.parties, case.origin, case.now)
            why = f"{why}; {found.words}"
            if found.address is not None:
                steps.append(CameBack(found.address, found.reason, found.mark, found.tell))
    return Plan(Outcome.BOUNCE_RECORD, why, candidate.ticket if candidate else None, tuple(steps))


def _is_about_ours(case: Case, candidate: Candidate) -> bool:
    """Whether a report names a mail of ours, or comes from somebody who takes part; others' ids can be had by anybody."""
    ours = candidate.token is not None or candidate.party is not None
    return ours or _standing(case, candidate) is not Standing.STRANGER


def machine(case: Case) -> Plan:
    """Absence notes, monitors, null senders and role addresses (3.2): never answered, never a reopening."""
    message, pointed = case.reading.message, pointed_to(case)
    why = f"{message.kind}: {message.kind_reason}"
    taken = next((c for c in pointed if c.how == "token" or _standing(case, c) is not Standing.STRANGER), None)
    if taken is not None and (case.reading.proof is Proof.FALSE or not _may_add(case, taken)):
        return quarantine(taken, f"{why}; the sender takes no part in {taken.ticket.ref}, or is not who it says")
    if taken is not None and not is_over(case, taken):
        told = () if message.kind is Kind.AUTO_REPLY else (Notify(Audience.OWNER, "notice_reply"),)
        return Plan(Outcome.ATTACH, why, taken.ticket, (AddEntry("staff", why), *told))
    related = next(iter(pointed), None)
    if message.kind is Kind.AUTO_REPLY and message.kind_reason != BY_WORDS:
        return quarantine(related, f"automatic: {message.kind_reason}")
    return opened(case, related.ticket.id if related else None, why)


def _may_add(case: Case, candidate: Candidate) -> bool:
    """Whether a machine's mail may be kept on the ticket: its sender takes part, and no address was used but its own."""
    token = candidate.token
    if token is None:
        return True
    party = holder(candidate)
    if party is None or (
        token.purpose in (Purpose.STAFF, Purpose.BOUNCE) and party.key != case.reading.message.identity
    ):
        return False
    return _standing(case, candidate) is not Standing.STRANGER


def holder(candidate: Candidate) -> Member | None:
    """Whom the reply address was made for; None if it was revoked."""
    token, ticket = candidate.token, candidate.ticket
    assert token is not None, "asked of candidates by token"
    party = next((p for p in ticket.parties if p.number == token.party), None)
    return None if party is None or party.revoked or token.issued_day < ticket.token_epoch_day else party


def is_over(case: Case, candidate: Candidate) -> bool:
    """Whether the reply address has expired; without one, nothing has."""
    team = case.desk.teams.get(candidate.ticket.team)
    if candidate.token is None or team is None:
        return False
    return expired(candidate.token, case.now, candidate.ticket.closed_at, team.reopen_within)


def _standing(case: Case, candidate: Candidate) -> Standing:
    return standing_of(case.reading.message.identity, candidate.ticket, case.desk)


def pointed_to(case: Case) -> tuple[Candidate, ...]:
    """Tickets that a machine's mail may point to; a number alone permits it nothing."""
    return tuple(c for c in case.candidates if c.how in ("token", "citation"))
