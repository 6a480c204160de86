"""Mail whose From names nobody: a ticket for the envelope sender, who gets no right and no automatic answer by it."""

from __future__ import annotations

import pytest

from parsers.message import Envelope
from routing.answering import Answer, refusal
from routing.identity import Purpose, make_message_id
from routing.plan import plan
from routing.steps import (
    AddEntry,
    Candidate,
    Case,
    Notify,
    OpenTicket,
    Outcome,
    Plan,
)
from tests.helpers.world import NOW, RING, TicketOf, address, desk, read

SAM = "sam@cust.example"
NOBODY = ("", "From: undisclosed:;\n", "From:\n", "From: <>\n")
AMBIGUOUS = ("From: a@cust.example\nFrom: b@cust.example\n", "From: a@cust.example, b@cust.example\n", "From: Sam\n")
PASS = "Authentication-Results: mx.acme.example; dmarc=pass header.from=cust.example\n"


def decided(from_: str, sender: str = SAM, to: str = "it@acme.example", fields: str = "") -> Plan:
    """What happens because of a mail with this From and envelope, to a ticket of Sam where it points to one."""
    trust = {"authserv_id": "mx.acme.example"}
    reading = read(
        f"{PASS}{from_}{fields}To: {to}\nSubject: Printer\nMessage-ID: <m1@x>\n\nHelp.\n", sender, to, **trust
    )
    envelope = Envelope(sender, (to,), received_at=NOW)
    candidates = [Candidate("token", TicketOf(), token=token) for token in reading.tokens]
    candidates += [Candidate("citation", TicketOf(), party=own.party) for _, own in reading.own_ids]
    answer = Answer((why := refusal(reading, envelope, desk(**trust))) is None, why or "")
    return plan(Case(reading, envelope, tuple(candidates), answer, desk(**trust), NOW))


@pytest.mark.parametrize("from_", NOBODY)
def test_the_envelope_sender_asks_and_is_not_answered_automatically(from_: str) -> None:
    made = decided(from_)
    assert made.outcome is Outcome.TICKET
    opened, entry, *_, told = made.steps
    assert isinstance(opened, OpenTicket)
    assert (opened.requester.name, opened.requester.address) == ("", SAM)
    assert isinstance(entry, AddEntry)
    assert "proves nothing" in entry.note
    assert isinstance(told, Notify)
    assert "Acknowledge" not in [type(step).__name__ for step in made.steps]


@pytest.mark.parametrize("from_", NOBODY)
def test_without_an_envelope_sender_it_is_held(from_: str) -> None:
    assert decided(from_, sender="").outcome is Outcome.QUARANTINE


@pytest.mark.parametrize("from_", AMBIGUOUS)
def test_an_ambiguous_from_is_held_whatever_the_envelope_says(from_: str) -> None:
    assert decided(from_).outcome is Outcome.QUARANTINE


def test_the_envelope_alone_opens_no_way_into_a_ticket() -> None:
    cited = make_message_id(RING, "desk.acme.example", 1001, 1, 9)
    made = decided("", fields=f"In-Reply-To: <{cited}>\n")
    assert (made.outcome, made.ticket) == (Outcome.TICKET, None)
    assert isinstance(made.steps[0], OpenTicket)
    assert made.steps[0].related_to == 1001


def test_a_reply_address_lets_it_add_for_staff_only() -> None:
    made = decided("", to=address(Purpose.REQUESTER, 1))
    (entry, _) = made.steps
    assert isinstance(entry, AddEntry)
    assert (made.outcome, entry.visibility, entry.outsider) == (Outcome.ATTACH, "staff", True)


def test_a_staff_reply_address_does_not_work() -> None:
    assert decided("", sender="maria@acme.example", to=address(Purpose.STAFF, 3)).outcome is Outcome.QUARANTINE
