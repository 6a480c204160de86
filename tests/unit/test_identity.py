"""Signed addresses and Message-IDs: what they bind, what breaks them, and that guessing gives nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.message import comparable
from routing.identity import (
    LONGEST_MAILBOX,
    OwnId,
    Purpose,
    expired,
    looks_signed,
    make_message_id,
    make_token,
    read_message_id,
    read_token,
    reply_address,
    token_of,
)
from tests.helpers.world import NOW, RING, address, desk

SITE = desk().site


@given(
    purpose=st.sampled_from(Purpose),
    ticket=st.integers(0, 2**40 - 1),
    party=st.integers(0, 2**24 - 1),
    day=st.integers(0, 2**16 - 1),
)
def test_a_token_says_again_what_it_was_made_of(purpose: Purpose, ticket: int, party: int, day: int) -> None:
    issued = date(1970, 1, 1) + timedelta(days=day)
    token = make_token(RING, purpose, ticket, party, issued, "it@acme.example")
    assert len(token) == 38
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyz234567-")
    found = read_token(RING, token, "it@acme.example")
    assert found is not None
    assert (found.purpose, found.ticket, found.party, found.issued) == (purpose, ticket, party, issued)


def test_a_token_survives_a_mail_system_that_changes_case() -> None:
    made = address(Purpose.REQUESTER, 1)
    assert token_of(SITE, RING, made.upper()) == token_of(SITE, RING, made)


def test_changing_any_one_character_makes_a_token_worthless() -> None:
    token = make_token(RING, Purpose.REQUESTER, 1001, 1, NOW.date(), "it@acme.example")
    for place, was in enumerate(token):
        other = "b" if was == "a" else "a"
        assert read_token(RING, token[:place] + other + token[place + 1 :], "it@acme.example") is None


def test_a_token_belongs_to_one_mailbox() -> None:
    token = make_token(RING, Purpose.STAFF, 1001, 3, NOW.date(), "it@acme.example")
    assert read_token(RING, token, "hr@acme.example") is None


def test_a_bounce_token_is_signed_under_another_label_than_a_reply_token() -> None:
    reply = make_token(RING, Purpose.REQUESTER, 1001, 1, NOW.date(), "it@acme.example")
    bounce = make_token(RING, Purpose.BOUNCE, 1001, 1, NOW.date(), "it@acme.example")
    forged = bounce[:3] + reply[3:21] + bounce[21:]
    assert read_token(RING, forged, "it@acme.example") is None


def test_a_token_of_an_older_key_of_the_ring_still_works_and_one_of_a_retired_key_does_not() -> None:
    old = type(RING)((RING.keys[1],))
    token = make_token(old, Purpose.REQUESTER, 1001, 1, NOW.date(), "it@acme.example")
    assert read_token(RING, token, "it@acme.example") is not None
    assert read_token(type(RING)((RING.keys[0],)), token, "it@acme.example") is None


@given(st.text(max_size=60))
def test_no_text_is_taken_for_a_token_by_accident(text: str) -> None:
    assert read_token(RING, text, "it@acme.example") is None
    assert token_of(SITE, RING, f"it+{text}@acme.example") is None
    assert read_message_id(RING, SITE.domain, f"{text}@{SITE.domain}") is None


def test_a_reply_address_fits_into_a_local_part_of_64_octets() -> None:
    longest = "a" * LONGEST_MAILBOX + "@acme.example"
    made = reply_address(SITE, RING, longest, (Purpose.STAFF, 2**40 - 1, 2**24 - 1, NOW.date()))
    assert made is not None
    assert len(made.rpartition("@")[0]) <= 64


def test_good_and_bad_reply_addresses_look_the_same_at_the_door() -> None:
    good = address(Purpose.REQUESTER, 1)
    assert looks_signed(SITE, good)
    assert looks_signed(SITE, good.replace("+t", "+x"))


@given(ticket=st.integers(0, 2**40 - 1), party=st.integers(0, 2**24 - 1), nonce=st.integers(0, 2**40 - 1))
def test_a_message_id_of_ours_says_ticket_and_party(ticket: int, party: int, nonce: int) -> None:
    made = make_message_id(RING, SITE.domain, ticket, party, nonce)
    assert read_message_id(RING, SITE.domain, made) == OwnId(ticket, party)
    assert len(made) < 78


def test_a_message_id_with_a_wrong_mac_is_an_unknown_id() -> None:
    made = make_message_id(RING, SITE.domain, 1001, 1, 5)
    assert read_message_id(RING, SITE.domain, made.replace("dg.a", "dg.b")) is None
    assert read_message_id(RING, SITE.domain, made.replace(SITE.domain, "desk.evil.example")) is None


@pytest.mark.parametrize(
    ("issued_days_ago", "closed_days_ago", "over"),
    [(0, None, False), (400, None, False), (401, None, True), (10, 180, False), (10, 181, True)],
)
def test_a_reply_address_expires_400_days_after_issue_or_when_the_ticket_is_closed_for_good(
    issued_days_ago: int, closed_days_ago: int | None, over: bool
) -> None:
    token = read_token(
        RING,
        make_token(RING, Purpose.REQUESTER, 1, 1, NOW.date() - timedelta(days=issued_days_ago), "it@acme.example"),
        "it@acme.example",
    )
    assert token is not None
    closed = NOW - timedelta(days=closed_days_ago) if closed_days_ago is not None else None
    assert expired(token, NOW, closed, timedelta(days=180)) is over


def test_addresses_are_compared_without_case_and_with_domains_as_a_labels() -> None:
    assert comparable("Ann@Bücher.example") == comparable("ann@xn--bcher-kva.example")
