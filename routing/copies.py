"""Mails that belong together although none cites the other's ticket: a list's copy, and a question that comes late.

An equal Message-ID alone proves nothing: programs repeat them, and strangers can.  A second mail with one is taken for the
list's copy of the first only if the same author wrote it, a mailing list passed on one of the two, and the words of one
begin the other (lists put footers below).  It is never dropped.
"""

from __future__ import annotations

from parsers.message import Kind, Message, comparable
from routing.identity import Proof
from routing.opening import first_reply_due
from routing.participants import Standing, standing_of
from routing.steps import Acknowledge, AddEntry, Candidate, Case, Earlier, Outcome, Plan, StatePromise, Step

_LISTS = frozenset({str(Kind.LIST), str(Kind.BULK)})
LEAST = 20
"""Signs of text that must agree at least."""


def by_copy(case: Case, candidate: Candidate) -> Plan | None:
    """A list's copy joins the ticket of the mail it is a copy of, for staff only; nobody hears of it twice.

    Where the list's copy came first, nobody was acknowledged: the direct one is.
    """
    message, earlier = case.reading.message, candidate.earlier
    if earlier is None or not is_copy(message, earlier) or case.reading.proof is Proof.FALSE:
        return None
    note = "the same mail again, by way of a mailing list"
    steps: list[Step] = [AddEntry("staff", note)]
    if earlier.opened and earlier.kind in _LISTS and message.kind is Kind.PERSON and case.answer.send:
        if case.reading.decision is not None and (due := first_reply_due(case, candidate.ticket.priority)) is not None:
            steps.append(StatePromise("first_reply", due, told=True))
        steps.append(Acknowledge(case.envelope.sender))
    return Plan(Outcome.ATTACH, note, candidate.ticket, tuple(steps))


def is_copy(message: Message, earlier: Earlier) -> bool:
    """Whether both are one mail, of which a list passed on at least one."""
    if message.identity != earlier.author or not _LISTS & {str(message.kind), earlier.kind}:
        return False
    one, other = sorted(("".join(message.text.split()), "".join(earlier.text.split())), key=len)
    return len(one) >= LEAST and other.startswith(one)


def asked_before(case: Case, candidate: Candidate) -> bool:
    """Whether the ticket's first mail answers this one, which comes late, by the same or a copied person."""
    message, ticket = case.reading.message, candidate.ticket
    if message.citations.message_ids or case.reading.proof is Proof.FALSE:
        return False
    if standing_of(message.identity, ticket, case.desk) is not Standing.PARTICIPANT:
        return False
    reached = {message.identity, *(comparable(party.address) for party in (*message.to, *message.cc))}
    return any(party.role == "requester" and party.key in reached for party in ticket.parties)
