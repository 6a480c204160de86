"""Which mail is answered automatically: every reason not to (mail-safety 3.3), and the limits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parsers.message import Envelope
from routing.answering import counters, over_limit, refusal
from tests.helpers.world import NOW, desk, read

PLAIN = (
    "From: Sam <sam@cust.example>\nTo: it@acme.example\nSubject: Hello\nMessage-ID: <m@cust.example>\n{fields}\nHello\n"
)


def refused(
    fields: str = "", sender: str = "sam@cust.example", to: str = "it@acme.example", **trust: object
) -> str | None:
    """The reason, for a plain mail with more fields."""
    reading = read(PLAIN.format(fields=fields), sender, to, **trust)
    return refusal(reading, Envelope(sender, (to,), received_at=NOW), desk(**trust))


def test_a_plain_mail_of_a_person_is_answered() -> None:
    assert refused() is None


@pytest.mark.parametrize(
    "fields",
    [
        "Auto-Submitted: auto-replied\n",
        "AUTO-SUBMITTED: Auto-Generated\n",
        "Precedence: bulk\n",
        "List-Id: <list.example>\n",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply\n",
        "X-Auto-Response-Suppress: All\n",
        "Reply-To: hr@acme.example\n",
    ],
)
def test_a_mail_that_asks_for_no_answer_or_is_a_machines_gets_none(fields: str) -> None:
    assert refused(fields) is not None


@pytest.mark.parametrize(
    "fields", ["Auto-Submitted: no\n", "X-Auto-Response-Suppress: DR, RN, NRN\n", "Reply-To: a@b.example\n"]
)
def test_fields_that_do_not_matter_do_not_silence_us(fields: str) -> None:
    assert refused(fields) is None


@pytest.mark.parametrize(
    "sender",
    ["", "noreply@shop.example", "mailer-daemon@x.example", "it@acme.example", "x y@z", "owner-list@x.example"],
)
def test_null_senders_machines_and_our_own_addresses_get_no_answer(sender: str) -> None:
    assert refused(sender=sender) is not None


def test_a_blind_copy_gets_no_answer() -> None:
    raw = PLAIN.format(fields="").replace("To: it@acme.example", "To: friends@cust.example")
    reading = read(raw, "sam@cust.example")
    assert refusal(reading, Envelope("sam@cust.example", ("it@acme.example",)), desk()) is not None


def test_a_resent_mail_that_names_us_is_answered() -> None:
    raw = PLAIN.format(fields="Resent-To: it@acme.example\n").replace(
        "To: it@acme.example", "To: friends@cust.example", 1
    )
    reading = read(raw, "sam@cust.example")
    assert refusal(reading, Envelope("sam@cust.example", ("it@acme.example",)), desk()) is None


def test_a_team_may_switch_acknowledgements_off() -> None:
    here = desk()
    quiet = replace(here, teams={**here.teams, "it": replace(here.teams["it"], acknowledge=False)})
    reading = read(PLAIN.format(fields=""), "sam@cust.example")
    assert refusal(reading, Envelope("sam@cust.example", ("it@acme.example",)), quiet) is not None


@pytest.mark.parametrize(
    ("counts", "allowed"),
    [
        ((0, 0, 0, 0), True),
        ((2, 9, 99, 599), True),
        ((3, 3, 3, 3), False),
        ((0, 10, 10, 10), False),
        ((0, 0, 100, 100), False),
        ((0, 0, 0, 600), False),
    ],
)
def test_the_limits_on_acknowledgements(counts: tuple[int, ...], allowed: bool) -> None:
    reading = read(PLAIN.format(fields=""), "sam@cust.example")
    assert (over_limit(counts, "sam@cust.example", reading, desk()) is None) is allowed


def test_a_proven_colleague_is_free_of_the_domain_and_site_limits_but_not_of_their_own() -> None:
    raw = "Authentication-Results: mx.acme.example; dmarc=pass header.from=cust.example\n" + PLAIN.format(fields="")
    trust = {"authserv_id": "mx.acme.example", "domains": frozenset({"cust.example"})}
    reading = read(raw, "sam@cust.example", **trust)
    assert over_limit((0, 0, 500, 5000), "sam@cust.example", reading, desk(**trust)) is None
    assert over_limit((3, 3, 500, 5000), "sam@cust.example", reading, desk(**trust)) is not None


def test_counters_are_by_address_whatever_its_case() -> None:
    assert counters("Sam@Cust.example") == counters("sam@cust.EXAMPLE")
