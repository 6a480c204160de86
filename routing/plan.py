"""Everything that shall happen because of one mail, as a list of small values that can be tested without any I/O.

`plan` is the decision table of mail-safety 3.2 and 3.4 in code: which ticket, may this sender touch it, who is told.  It
reads the mail (a Reading), the tickets the mail points to (Candidates, best first) and the clock it is given; it changes
nothing.  The gateway performs the steps in order, in one transaction.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from parsers.message import Envelope, Kind, Party, comparable
from routing.answering import Answer
from routing.identity import Proof, Purpose, Token, expired
from routing.ownwords import own_words
from routing.participants import Member, Standing, standing_of
from routing.promise import falls_due
from routing.reading import Reading
from routing.teams import Desk, Team

LONGEST_SUBJECT = 250


class Outcome(enum.StrEnum):
    """The one end of an accepted mail."""

    TICKET = "ticket"
    ATTACH = "attach"
    QUARANTINE = "quarantine"
    BOUNCE_RECORD = "bounce-record"
    DUPLICATE = "duplicate"


class Audience(enum.StrEnum):
    """Who is told about an entry."""

    TEAM = "team"
    OWNER = "owner"
    """The assignee and the watchers; the whole team while nobody has it."""
    NOBODY = "nobody"


class KnownTicket(Protocol):
    """What the plan reads of a stored ticket."""

    @property
    def id(self) -> int: ...
    @property
    def ref(self) -> str: ...
    @property
    def team(self) -> str: ...
    @property
    def helpers(self) -> tuple[str, ...]: ...
    @property
    def status(self) -> str: ...
    @property
    def closed_at(self) -> datetime | None: ...
    @property
    def token_epoch_day(self) -> int: ...
    @property
    def parties(self) -> Sequence[Member]: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket this mail points to, and by what: ``token``, ``citation`` or ``tag``."""

    how: str
    ticket: KnownTicket
    token: Token | None = None
    party: int | None = None
    """The party the cited mail of ours went to (citations of our own Message-IDs)."""


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A new ticket; everything that follows in the plan is about it."""

    team: str
    helpers: tuple[str, ...]
    alias: str
    subject: str
    requester: Party
    joined: tuple[Party, ...]
    proposed: tuple[Party, ...]
    priority: str
    tags: tuple[str, ...]
    related_to: int | None


@dataclass(frozen=True, slots=True)
class AddEntry:
    """The mail becomes a line of the ticket's history; ``staff`` visibility hides it from everybody else."""

    visibility: str
    note: str = ""
    """Why it is shown with a warning, in words for staff."""
    outsider: bool = False
    """The writer takes no part in the ticket."""


@dataclass(frozen=True, slots=True)
class Reopen:
    """The ticket is open again because a participant wrote."""


@dataclass(frozen=True, slots=True)
class AddHelper:
    """Another team helps from now on and sees the ticket."""

    team: str


@dataclass(frozen=True, slots=True)
class StatePromise:
    """A time told to a person: when the first reply is due, and whether the requester is told."""

    kind: str
    due: datetime
    told: bool


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """The acknowledgement, to the envelope sender and nobody else."""

    to: str


@dataclass(frozen=True, slots=True)
class Notify:
    """Staff are told of the mail with a template."""

    audience: Audience
    template: str
    teams: tuple[str, ...] = ()
    """When given, only members of these teams."""


@dataclass(frozen=True, slots=True)
class StaffReply:
    """The mail is a staff member's answer: its own words and its attachments go to the requester and participants."""

    by: Party
    text: str


Step = OpenTicket | AddEntry | Reopen | AddHelper | StatePromise | Acknowledge | Notify | StaffReply


@dataclass(frozen=True, slots=True)
class Plan:
    """The outcome of one mail, the ticket it belongs to (None: a new one, or none) and the steps in order."""

    outcome: Outcome
    reason: str
    ticket: KnownTicket | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """All that a plan depends on."""

    reading: Reading
    envelope: Envelope
    candidates: tuple[Candidate, ...]
    answer: Answer
    desk: Desk
    now: datetime
    released: bool = False
    """A person looked at this mail in quarantine and let it through."""

    @property
    def sender(self) -> Party:
        """The author as staff and the books see it."""
        return self.reading.message.from_ or Party("", self.envelope.sender)


def plan(case: Case) -> Plan:
    """Decide: what shall happen because of this mail."""
    decided = _decide(case)
    if case.released and decided.outcome is Outcome.QUARANTINE:
        return _let_through(case, decided)
    return decided


def _decide(case: Case) -> Plan:
    """First by what sort of mail it is, then by whose ticket it points to."""
    message = case.reading.message
    candidate = next((c for c in case.candidates if c.how != "tag"), None)  # a number alone permits a machine nothing
    kind = message.kind
    if kind in (Kind.OWN, Kind.LOOP):
        return _quarantine(candidate, f"{kind}: {message.kind_reason}")
    if not message.complete:
        return _quarantine(candidate, "too complex to read safely: " + "; ".join(message.defects[:3]))
    if kind in (Kind.BOUNCE, Kind.RECEIPT, Kind.COMPLAINT):
        return _report(case, candidate)
    if message.identity is None:
        return _quarantine(candidate, "the sender is not clear: From must be exactly one address")
    if kind in (Kind.AUTO_REPLY, Kind.AUTO_GENERATED, Kind.NULL, Kind.ROLE):
        return _machine(case, candidate)
    return _conversation(case)


def _quarantine(candidate: Candidate | None, reason: str) -> Plan:
    return Plan(Outcome.QUARANTINE, reason, candidate.ticket if candidate else None)


def _let_through(case: Case, held: Plan) -> Plan:
    """A released mail goes where it would have gone: to its ticket for staff to see, or into a new one; never answered."""
    note = f"released from quarantine ({held.reason})"
    if held.ticket is not None:
        told = Notify(Audience.OWNER, "notice_reply")
        return Plan(Outcome.ATTACH, note, held.ticket, (AddEntry("staff", note), told))
    return _open(replace(case, answer=Answer(False, note)), None, note)


def _report(case: Case, candidate: Candidate | None) -> Plan:
    """Delivery reports, read receipts and spam complaints: recorded, never answered, never shown to the requester."""
    message = case.reading.message
    if candidate is None and message.kind is Kind.BOUNCE:
        return Plan(Outcome.QUARANTINE, "a delivery report that names none of our mails")
    steps: list[Step] = []
    if candidate is not None:
        steps.append(AddEntry("staff", f"{message.kind}: {message.kind_reason}"))
        if _tells_of_failure(case, candidate):
            steps.append(Notify(Audience.OWNER, "notice_undeliverable"))
    return Plan(
        Outcome.BOUNCE_RECORD,
        f"{message.kind}: {message.kind_reason}",
        candidate.ticket if candidate else None,
        tuple(steps),
    )


def _tells_of_failure(case: Case, candidate: Candidate) -> bool:
    """A hard failure that came to a signed return path; anything else could be forged and is only recorded."""
    bounce = case.reading.message.bounce
    token = candidate.token
    if bounce is None or token is None or token.purpose is not Purpose.BOUNCE or not bounce.status.startswith("5"):
        return False
    party = next((p for p in candidate.ticket.parties if p.number == token.party), None)
    if party is None or party.role == "staff" or expired(token, case.now, None, timedelta.max):
        return False  # a notice that cannot be delivered, told by mail, would come back as the next report, for ever
    return party.key in {comparable(recipient) for recipient in bounce.recipients}


def _machine(case: Case, candidate: Candidate | None) -> Plan:
    """Absence notes, monitors, null senders and role addresses (3.2): never answered, never a reopening."""
    message = case.reading.message
    why = f"{message.kind}: {message.kind_reason}"
    if candidate is not None:
        standing = standing_of(message.identity, candidate.ticket, case.desk)
        if standing is Standing.STRANGER or case.reading.proof is Proof.FALSE:
            return _quarantine(candidate, f"{why}; the sender takes no part in {candidate.ticket.ref}")
        told = () if message.kind is Kind.AUTO_REPLY else (Notify(Audience.OWNER, "notice_reply"),)
        return Plan(Outcome.ATTACH, why, candidate.ticket, (AddEntry("staff", why), *told))
    if message.kind is Kind.AUTO_REPLY:
        return _quarantine(None, f"automatic: {message.kind_reason}")
    return _open(case, None, why)


def _conversation(case: Case) -> Plan:
    """A person (or a list a person writes through): 3.4, in order of strength."""
    for candidate in case.candidates:
        decided = {"token": _by_token, "citation": _by_citation, "tag": _by_tag}[candidate.how](case, candidate)
        if decided is not None:
            return decided
    strangers = [c for c in case.candidates if c.how == "citation"]
    related = strangers[0].ticket.id if strangers else None
    return _open(case, related, "new request")


def _by_token(case: Case, candidate: Candidate) -> Plan | None:
    token, ticket, message = candidate.token, candidate.ticket, case.reading.message
    assert token is not None, "a candidate by token has one"
    if token.purpose is Purpose.BOUNCE:
        return _quarantine(candidate, "a person wrote to a return path")
    party = next((p for p in ticket.parties if p.number == token.party), None)
    if party is None or party.revoked or token.issued_day < ticket.token_epoch_day:
        return _quarantine(candidate, "the reply address was revoked")
    team = case.desk.teams.get(ticket.team)
    over = team is not None and expired(token, case.now, ticket.closed_at, team.reopen_within)
    if token.purpose is Purpose.STAFF:
        return _staff_mail(case, candidate, owner=party.key == message.identity, signed=not over)
    if over:
        return _open(case, ticket.id, f"the reply address of {ticket.ref} has expired")
    return _append(case, candidate)


def _by_citation(case: Case, candidate: Candidate) -> Plan | None:
    identity, ticket = case.reading.message.identity, candidate.ticket
    standing = standing_of(identity, ticket, case.desk)
    if standing is Standing.STRANGER:
        return None
    if standing is Standing.STAFF:
        addressee = next((p for p in ticket.parties if p.number == candidate.party), None)
        owner = case.desk.site.reply_addresses == "none" and addressee is not None and addressee.key == identity
        return _staff_mail(case, candidate, owner=owner, signed=owner)
    return _append(case, candidate)


def _by_tag(case: Case, candidate: Candidate) -> Plan | None:
    """A number names, it does not permit: only a participant, and proven where our border can prove (3.4, step 3)."""
    if standing_of(case.reading.message.identity, candidate.ticket, case.desk) is not Standing.PARTICIPANT:
        return None
    if case.reading.proof is Proof.FALSE:
        return _quarantine(candidate, "unproven message waiting: the sender is proven false")
    if case.desk.trust.authserv_id is not None and case.reading.proof is not Proof.PROVEN:
        return None
    return _append(case, candidate)


def _staff_mail(case: Case, candidate: Candidate, *, owner: bool, signed: bool = True) -> Plan:
    """A staff member's reply needs all of it: their own address, their own token, and proof where a border can give it."""
    proof, ticket = case.reading.proof, candidate.ticket
    if signed and not owner:
        return _quarantine(candidate, "a staff reply address used by somebody else")
    if proof is Proof.FALSE:
        return _quarantine(candidate, "unproven message waiting: the sender is proven false")
    identity = case.reading.message.identity
    if standing_of(identity, ticket, case.desk) is not Standing.STAFF:
        if identity not in case.desk.staff:
            return _quarantine(candidate, "the sender is no longer on the team")
        signed = False  # a colleague of another team, which had the request before
    if case.desk.trust.authserv_id is not None and proof is not Proof.PROVEN:
        return _quarantine(candidate, "unproven message waiting: our border does not vouch for this colleague")
    if not signed:
        note = "a colleague wrote without their own reply address: kept as an internal note, not sent on"
        return Plan(Outcome.ATTACH, note, ticket, (AddEntry("staff", note), Notify(Audience.OWNER, "notice_reply")))
    words, has_files = own_words(case.reading), bool(case.reading.message.attachments)
    if not words and not has_files:
        return _quarantine(candidate, "the reply has no words of its own: nothing was sent to the requester")
    return Plan(Outcome.ATTACH, "staff reply", ticket, (StaffReply(case.sender, words),))


def _append(case: Case, candidate: Candidate) -> Plan:
    """A participant's or an outsider's mail to a ticket it may add to."""
    ticket, message = candidate.ticket, case.reading.message
    standing = standing_of(message.identity, ticket, case.desk)
    if case.reading.proof is Proof.FALSE and standing is not Standing.STRANGER:
        return _quarantine(candidate, "unproven message waiting: the sender is proven false")
    if standing is not Standing.PARTICIPANT:
        note = f"{case.sender.address} takes no part in this conversation; only staff see this"
        told = Notify(Audience.OWNER, "notice_reply")
        return Plan(
            Outcome.ATTACH, "outsider with a reply address", ticket, (AddEntry("staff", note, outsider=True), told)
        )
    team = case.desk.teams.get(ticket.team)
    if ticket.closed_at is not None and team is not None and case.now - ticket.closed_at > team.reopen_within:
        return _open(case, ticket.id, f"{ticket.ref} was closed too long ago to open again")
    steps: list[Step] = [AddEntry("public")]
    joining = joining_teams(ticket, case.envelope, case.desk)
    if ticket.status != "open" and message.kind is Kind.PERSON:
        steps.append(Reopen())
    steps.append(Notify(Audience.OWNER, "notice_reply"))
    if joining:
        steps += [*(AddHelper(key) for key in joining), Notify(Audience.TEAM, "notice_new", joining)]
    return Plan(Outcome.ATTACH, f"reply by {candidate.how}", ticket, tuple(steps))


def joining_teams(ticket: KnownTicket, envelope: Envelope, desk: Desk) -> tuple[str, ...]:
    """Teams whose plain alias this mail was delivered to and which do not take part yet: they help from now on.

    A reply address names its ticket, not a team, so it brings nobody in.
    """
    found = (desk.alias_index.get(comparable(recipient)) for recipient in envelope.recipients)
    return tuple(dict.fromkeys(key for key in found if key and key not in (ticket.team, *ticket.helpers)))


def _open(case: Case, related: int | None, reason: str) -> Plan:
    """A new ticket: the requester, who else takes part, the promise, the acknowledgement, the team's notice."""
    decision, message = case.reading.decision, case.reading.message
    if decision is None:
        return Plan(Outcome.QUARANTINE, "no team owns the address this was sent to")
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
        AddEntry("public"),
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
