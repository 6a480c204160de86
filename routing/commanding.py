"""Who may command by mail, and what becomes of a mail that asks for something it may not (mail-safety 2.2).

A command is run when all of this holds: the writer is an active member of staff of that ticket, by their own reply
address for it and their own From address, proven where anybody proves (`routing.plan` has seen to these); a person wrote
the mail, within the last days; its text and its HTML ask for the same.  Whatever fails, nothing of the mail reaches the
requester: it is kept for staff, and the writer hears why.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from parsers.message import Kind
from routing.commands import Asked, asked, tasks
from routing.identity import Proof, Purpose
from routing.ownwords import own_words
from routing.participants import Standing, standing_of
from routing.steps import (
    AddEntry,
    Audience,
    Candidate,
    Case,
    Joins,
    Notify,
    Outcome,
    Plan,
    StaffTasks,
    Step,
    TellWriter,
)

FRESH = timedelta(days=7)
"""How far the Date of a mail with commands may be from now: a captured one must not be worth anything later."""
REPLAYED = "cmd.replay"
LONGEST_NAME = 4
"""Lines of a bare signature."""
WISHES = frozenset({"watch", "unwatch"})
"""What a colleague who is no staff of the ticket may ask for."""


def asked_by(case: Case) -> tuple[Asked, Asked]:
    """What the text asks for, and what the HTML does: the same where there is no HTML."""
    text = asked(own_words(case.reading), case.verbs)
    return text, text if case.reading.look is None else asked(case.reading.look, case.verbs)


def commanded(case: Case, candidate: Candidate) -> Plan | None:
    """The plan of a staff member's own mail that begins with commands; None when it is an answer like any other."""
    text, look = asked_by(case)
    if not text and not look:
        return None
    message, ticket = case.reading.message, candidate.ticket
    if not text.same_as(look):
        return refused(case, candidate, "the text and the HTML part do not ask for the same", alarming=True)
    if message.kind is not Kind.PERSON:
        return refused(case, candidate, f"no person wrote it ({message.kind})")
    if (late := _stale(message.date, case.now)) is not None:
        return refused(case, candidate, f"{REPLAYED}: {late}", alarming=True)
    if candidate.token is None and case.reading.proof is not Proof.PROVEN:
        return refused(case, candidate, "nobody vouches for the sender, and it did not come to a signed address")
    if candidate.followed:
        return refused(
            case, candidate, f"{candidate.followed} was merged into {ticket.ref}, so it is not clear which is meant"
        )
    text = replace(text, words="") if _is_name(text.words, case.sender.name) else text
    todo, wrong = tasks(text, case.verbs)
    if wrong:
        return refused(case, candidate, wrong)
    names = ", ".join(f"#{command.name}" for command in text.commands)
    written = own_words(case.reading)
    return Plan(Outcome.ATTACH, f"commands of staff: {names}", ticket, (StaffTasks(case.sender, todo, written),))


def _is_name(words: str, name: str) -> bool:
    """Whether all that stands below the commands is the writer's name, with a line or two of what they are.

    Signatures that any program or habit marks are gone before; this is the bare one, which is no word to a requester.
    """
    lines = [line.strip(" \t,.-").casefold() for line in words.splitlines() if line.strip()]
    full = " ".join(name.casefold().replace(",", " ").split())
    return bool(lines and full) and len(lines) <= LONGEST_NAME and lines[0] in (full, *full.split())


def refused(case: Case, candidate: Candidate, why: str, *, alarming: bool = False) -> Plan:
    """Nothing is done and nothing is sent: kept for staff, the writer hears why; if it is `alarming`, so do the others."""
    note = f"commands were not run, and nothing was sent: {why}"
    steps: list[Step] = [AddEntry("staff", note)]
    if alarming:
        steps.append(Notify(Audience.TEAM, "notice_reply"))
    return Plan(Outcome.ATTACH, note, candidate.ticket, (*steps, TellWriter(case.sender, why)))


def _stale(date: datetime | None, now: datetime) -> str | None:
    """What is wrong with the time at which the mail says it was written."""
    if date is None:
        return "the mail does not say when it was written"
    return None if abs(now - date) <= FRESH else f"the mail says it was written on {date:%Y-%m-%d}"


def wished(case: Case) -> Plan | None:
    """A verified colleague asks to watch a ticket, or no longer to; None when nobody does.

    A number suffices to name the ticket: a colleague is proven, by a domain of `trust.domains`.  A confidential team
    has to agree first.
    """
    identity, message = case.reading.message.identity, case.reading.message
    colleague = identity is not None and identity.rpartition("@")[2] in case.desk.trust.domains
    if identity is None or not colleague or case.reading.proof is not Proof.PROVEN or message.kind is not Kind.PERSON:
        return None
    text, look = asked_by(case)
    wish = text.commands[0] if len(text.commands) == 1 else None
    if wish is None or wish.name not in WISHES or wish.argument or text.wrong or not text.same_as(look):
        return None
    candidate = next((one for one in case.candidates if _may_be_watched(case, one)), None)
    if candidate is None or _stale(message.date, case.now) is not None:
        return None
    ticket, desk = candidate.ticket, case.desk
    if wish.name == "unwatch":
        role, said = "outsider", "no longer wants to hear of this"
    elif any(desk.teams[key].confidential for key in (ticket.team, *ticket.helpers) if key in desk.teams):
        role, said = "proposed", f"asks to hear of this, which is confidential. To agree: #watch {identity}"
    else:
        role, said = "watcher" if identity in desk.staff else "cc", "asked to hear of this, and does from now on"
    note = f"{case.sender.address} {said}"
    steps = (AddEntry("staff", note), Joins(case.sender, role), Notify(Audience.OWNER, "notice_reply"))
    return Plan(Outcome.ATTACH, f"#{wish.name} by a colleague", ticket, steps)


def _may_be_watched(case: Case, candidate: Candidate) -> bool:
    """Whether the colleague is neither staff nor requester of it, and came by no address that was somebody else's."""
    identity, ticket = case.reading.message.identity, candidate.ticket
    if candidate.how not in ("token", "citation", "tag") or standing_of(identity, ticket, case.desk) is Standing.STAFF:
        return False
    mine = next((party for party in ticket.parties if party.key == identity), None)
    if mine is not None and (mine.revoked or mine.role == "requester"):
        return False
    if candidate.token is None or candidate.token.purpose in (Purpose.REQUESTER, Purpose.PARTICIPANT):
        return True
    return mine is not None and mine.number == candidate.token.party and candidate.token.purpose is Purpose.STAFF
