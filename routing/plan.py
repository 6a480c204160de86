"""Everything that shall happen because of one mail, as a list of small values that can be tested without any I/O.

`plan` is the decision table of mail-safety 3.2 and 3.4 in code: which ticket, may this sender touch it, who is told.  It
reads the mail (a Reading), the tickets the mail points to (Candidates, best first) and the clock it is given; it changes
nothing.  The gateway performs the steps in order, in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from parsers.message import Envelope, Kind, comparable
from routing.answering import Answer
from routing.commanding import REPLAYED, asked_by, commanded, refused, wished
from routing.copies import asked_before, by_copy
from routing.history import is_quiet
from routing.holding import TOO_COMPLEX
from routing.identity import Proof, Purpose
from routing.machines import holder, is_over, machine, pointed_to, quarantine, report
from routing.opening import NO_FROM, opened
from routing.ownwords import own_words
from routing.participants import Standing, standing_of
from routing.reopening import added, new_instead, thanks
from routing.several import united
from routing.steps import (
    AddEntry,
    AddHelper,
    Audience,
    Candidate,
    Case,
    KnownTicket,
    Notify,
    Outcome,
    Plan,
    StaffReply,
    Step,
)
from routing.teams import Desk


def plan(case: Case) -> Plan:
    """Decide: what shall happen because of this mail."""
    if case.released:
        case = replace(case, answer=Answer(False, "it was released from quarantine"))
    decided = _decide(case)
    if case.released and decided.outcome is Outcome.QUARANTINE:
        return _let_through(case, decided)
    return decided


def _decide(case: Case) -> Plan:
    """First whether the sender is blocked, then by what sort of mail it is, then by whose ticket it points to."""
    message = case.reading.message
    blocked = case.desk.block.reason(message, case.envelope.sender)
    if blocked is not None and not case.released and not is_quiet(case.envelope.source):
        return quarantine(None, blocked)
    candidate = next(iter(pointed_to(case)), None)
    kind = message.kind
    if kind in (Kind.OWN, Kind.LOOP):
        return quarantine(candidate, f"{kind}: {message.kind_reason}")
    if not message.complete:
        return quarantine(candidate, f"{TOO_COMPLEX}: " + "; ".join(message.defects[:3]))
    if kind in (Kind.BOUNCE, Kind.RECEIPT, Kind.COMPLAINT):
        return report(case)
    if message.identity is None and not _named_by_envelope(case):
        return quarantine(candidate, "the sender is not clear: From must be exactly one address")
    if kind in (Kind.AUTO_REPLY, Kind.AUTO_GENERATED, Kind.NULL, Kind.ROLE):
        return machine(case)
    return _conversation(case)


def _named_by_envelope(case: Case) -> bool:
    """From names nobody, so nothing in it can deceive: the envelope sender asks, with the rights of a stranger."""
    return case.reading.message.anonymous and bool(case.envelope.sender)


def _let_through(case: Case, held: Plan) -> Plan:
    """A released mail goes on where it stopped; never answered automatically.

    Whoever let it pass vouches for its sender, as a border would, and for nothing else: where it was held for another
    reason, it goes to its ticket for staff to see, or into a new one.
    """
    note = f"released from quarantine ({held.reason})"
    vouched = _decide(replace(case, reading=replace(case.reading, proof=Proof.PROVEN)))
    if vouched.outcome is Outcome.ATTACH:
        return replace(vouched, reason=f"{vouched.reason}; {note}")
    if held.ticket is not None:
        told = Notify(Audience.OWNER, "notice_reply")
        return Plan(Outcome.ATTACH, note, held.ticket, (AddEntry("staff", note), told))
    return opened(case, None, note)


def _conversation(case: Case) -> Plan:
    """A person (or a list a person writes through): 3.4, in order of strength."""
    if (by_wish := wished(case)) is not None:
        return by_wish
    if named := [_by_token(case, candidate) for candidate in case.candidates if candidate.how == "token"]:
        return united(named)
    for candidate in case.candidates:
        decided = _BY[candidate.how](case, candidate)
        if decided is not None:
            return decided
    strangers = [c for c in case.candidates if c.how == "citation"]
    related = strangers[0].ticket.id if strangers else None
    return _mentioning(opened(case, related, "new request"), case)


def _mentioning(decided: Plan, case: Case) -> Plan:
    """With a word for staff about requests that the mail names and its sender may not touch."""
    refs = ", ".join(dict.fromkeys(c.ticket.ref for c in case.candidates if c.how in ("citation", "tag")))
    if not refs:
        return decided
    hint = f"the mail mentions {refs}, but may not be added there: its sender takes no part in it, or is not proven"
    steps: list[Step] = []
    for step in decided.steps:
        steps.append(replace(step, note=f"{step.note}\n{hint}".strip()) if isinstance(step, AddEntry) else step)
    return replace(decided, steps=tuple(steps))


def _by_token(case: Case, candidate: Candidate) -> Plan:
    token, ticket, message = candidate.token, candidate.ticket, case.reading.message
    assert token is not None, "a candidate by token has one"
    if token.purpose is Purpose.BOUNCE:
        return quarantine(candidate, "a person wrote to a return path")
    party, over = holder(candidate), is_over(case, candidate)
    if party is None:
        return quarantine(candidate, "the reply address was revoked")
    if token.purpose is Purpose.STAFF and party.key != message.identity:
        return quarantine(candidate, "a staff reply address used by somebody else")
    if token.purpose is Purpose.STAFF:
        return _staff_mail(case, candidate, signed=not over)
    if over:
        return opened(case, ticket.id, f"the reply address of {ticket.ref} has expired")
    return _append(case, candidate)


def _by_citation(case: Case, candidate: Candidate) -> Plan | None:
    identity, ticket = case.reading.message.identity, candidate.ticket
    standing = standing_of(identity, ticket, case.desk)
    if standing is Standing.STRANGER:
        return None
    if standing is Standing.STAFF:
        addressee = next((p for p in ticket.parties if p.number == candidate.party), None)
        signed = case.desk.site.reply_addresses == "none" and addressee is not None and addressee.key == identity
        return _staff_mail(case, candidate, signed=signed)
    return _append(case, candidate)


def _by_tag(case: Case, candidate: Candidate) -> Plan | None:
    """A number names, it does not permit: only a participant, and proven where our border can prove (3.4, step 3)."""
    if standing_of(case.reading.message.identity, candidate.ticket, case.desk) is not Standing.PARTICIPANT:
        return None
    if case.reading.proof is Proof.FALSE:
        return quarantine(candidate, "unproven message waiting: the sender is proven false")
    if case.desk.trust.can_prove and case.reading.proof is not Proof.PROVEN:
        return None
    return _append(case, candidate)


def _by_answer(case: Case, candidate: Candidate) -> Plan | None:
    """The answer to this mail came before it and opened a ticket: they belong together."""
    return _append(case, candidate) if asked_before(case, candidate) else None


_BY = {"copy": by_copy, "citation": _by_citation, "tag": _by_tag, "answer": _by_answer}
"""How a mail that came to no reply address finds its ticket."""


def _staff_mail(case: Case, candidate: Candidate, *, signed: bool) -> Plan:
    """A staff member's reply needs all of it: their own address, their own token, and proof where a border can give it.

    `signed`: it came to their own reply address, or to the mail of ours to them where there are no reply addresses.
    """
    proof, ticket = case.reading.proof, candidate.ticket
    if proof is Proof.FALSE:
        return quarantine(candidate, "unproven message waiting: the sender is proven false")
    identity = case.reading.message.identity
    if standing_of(identity, ticket, case.desk) is not Standing.STAFF:
        if identity not in case.desk.staff:
            return quarantine(candidate, "the sender is no longer on the team")
        signed = False  # a colleague of another team, which had the request before
    if case.desk.trust.can_prove and proof is not Proof.PROVEN:
        return quarantine(candidate, "unproven message waiting: our border does not vouch for this colleague")
    if not signed and any(asked_by(case)):
        return refused(case, candidate, "commands are taken only in a reply to your own notice of this request")
    if not signed:
        note = "a colleague wrote without their own reply address: kept as an internal note, not sent on"
        return Plan(Outcome.ATTACH, note, ticket, (AddEntry("staff", note), Notify(Audience.OWNER, "notice_reply")))
    if (by_command := commanded(case, candidate)) is not None:
        return by_command
    words, has_files = own_words(case.reading), bool(case.reading.message.attachments)
    if not words and not has_files:
        return quarantine(candidate, "the reply has no words of its own: nothing was sent to the requester")
    return Plan(Outcome.ATTACH, "staff reply", ticket, (StaffReply(case.sender, words),))


def _append(case: Case, candidate: Candidate) -> Plan:
    """A participant's or an outsider's mail to a ticket it may add to."""
    ticket, message = candidate.ticket, case.reading.message
    standing = standing_of(message.identity, ticket, case.desk)
    if case.reading.proof is Proof.FALSE and standing is not Standing.STRANGER:
        return quarantine(candidate, "unproven message waiting: the sender is proven false")
    if standing is Standing.STAFF and any(asked_by(case)):
        return quarantine(candidate, f"{REPLAYED}: commands of a colleague to a reply address that is not their own")
    if standing is not Standing.PARTICIPANT:
        note = f"{case.sender.address} takes no part in this conversation; only staff see this"
        note = NO_FROM.format(case.sender.address) if message.anonymous else note
        told = Notify(Audience.OWNER, "notice_reply")
        return Plan(
            Outcome.ATTACH, "outsider with a reply address", ticket, (AddEntry("staff", note, outsider=True), told)
        )
    if (why_new := new_instead(case, ticket)) is not None:
        return opened(case, ticket.id, why_new)
    why = "nothing but thanks" if thanks(case, ticket) else f"reply by {candidate.how}"
    joining = joining_teams(ticket, case.envelope, case.desk)
    steps: list[Step] = [*added(case, ticket), *(AddHelper(key) for key in joining)]
    if joining:
        steps.append(Notify(Audience.TEAM, "notice_new", joining))
    return Plan(Outcome.ATTACH, why, ticket, tuple(steps))


def joining_teams(ticket: KnownTicket, envelope: Envelope, desk: Desk) -> tuple[str, ...]:
    """Teams this mail was delivered to and which do not take part yet: they help from now on."""
    return tuple(key for key in teams_reached(envelope.recipients, desk) if key not in (ticket.team, *ticket.helpers))


def teams_reached(recipients: Iterable[str], desk: Desk) -> tuple[str, ...]:
    """Teams whose plain alias is among the recipients.  A reply address names its ticket, so it brings nobody in."""
    found = (desk.alias_index.get(comparable(recipient)) for recipient in recipients)
    return tuple(dict.fromkeys(key for key in found if key))
