"""The decision table: one mail for each row, and the order of the rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parsers.away import PHRASES, answers, says_away
from parsers.message import Circumstances, Kind
from parsers.parse import parse

PLAIN = (
    b"From: Ann <ann@example.org>\r\nTo: it@example.com\r\nSubject: Printer\r\nMessage-ID: <1@example.org>\r\n\r\n"
    b"It is broken.\r\n"
)
SITE = Circumstances(
    own_addresses=frozenset({"it@example.com"}),
    own_instance="deskgate-7",
    is_own_id=lambda one: one.endswith("@desk.example.com"),
)


def with_fields(*fields: str, body: str = "It is broken.\r\n", base: bytes = PLAIN) -> bytes:
    """The plain mail with these fields in place of its own of the same name."""
    names = {one.partition(":")[0].lower() for one in fields}
    head = base.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    kept = [one for one in head if one.partition(":")[0].lower() not in names]
    return "\r\n".join([*kept, *fields, "", body]).encode()


def report(kind: str) -> bytes:
    """A multipart/report about `kind`."""
    parts = (
        f"--b\r\n\r\nA report.\r\n--b\r\nContent-Type: message/{kind}\r\n\r\n"
        "Final-Recipient: rfc822; x@example.net\r\nStatus: 5.1.1\r\n--b--\r\n"
    )
    return with_fields(f"Content-Type: multipart/report; report-type={kind}; boundary=b", body=parts)


ROWS = (
    ("our own Message-ID", with_fields("Message-ID: <x@desk.example.com>"), SITE, Kind.OWN),
    ("our mark", with_fields("X-Loop: deskgate-7"), SITE, Kind.OWN),
    ("our alias as a mark", with_fields("X-Loop: IT@Example.com"), SITE, Kind.OWN),
    ("our mark among others", with_fields("X-Loop: other", "X-Loop: <it@example.com>"), SITE, Kind.OWN),
    ("somebody else's mark", with_fields("X-Loop: other"), SITE, Kind.PERSON),
    ("a mark that only begins like ours", with_fields("X-Loop: it@example.com.other.example"), SITE, Kind.PERSON),
    ("a hundred and one hops", with_fields(*(f"Received: by h{n}" for n in range(101))), SITE, Kind.LOOP),
    ("a hundred hops", with_fields(*(f"Received: by h{n}" for n in range(100))), SITE, Kind.PERSON),
    (
        "delivered here twice",
        with_fields("Delivered-To: it@example.com", "Delivered-To: IT@example.com"),
        SITE,
        Kind.OWN,
    ),
    ("from our alias, unproven", with_fields("From: it@example.com"), SITE, Kind.OWN),
    ("from our alias, proven", with_fields("From: it@example.com"), replace(SITE, proven=True), Kind.PERSON),
    ("envelope from our alias", PLAIN, replace(SITE, envelope_from="it@example.com"), Kind.OWN),
    ("a delivery report", report("delivery-status"), SITE, Kind.BOUNCE),
    ("to a signed return path", PLAIN, replace(SITE, to_return_path=True), Kind.BOUNCE),
    ("failed recipients", with_fields("X-Failed-Recipients: x@example.net"), SITE, Kind.BOUNCE),
    ("a receipt", report("disposition-notification"), SITE, Kind.RECEIPT),
    ("a complaint", report("feedback-report"), SITE, Kind.COMPLAINT),
    ("auto-replied", with_fields("Auto-Submitted: Auto-Replied (vacation)"), SITE, Kind.AUTO_REPLY),
    ("auto-generated", with_fields("Auto-Submitted: auto-generated"), SITE, Kind.AUTO_GENERATED),
    ("auto-notified", with_fields("Auto-Submitted: auto-notified; owner-email=a@b"), SITE, Kind.AUTO_GENERATED),
    ("not automatic", with_fields("Auto-Submitted: no"), SITE, Kind.PERSON),
    (
        "Exchange away, answering us",
        with_fields("Auto-Submitted: auto-generated"),
        replace(SITE, to_reply_address=True),
        Kind.AUTO_REPLY,
    ),
    (
        "Exchange away, citing us",
        with_fields("Auto-Submitted: auto-generated", "In-Reply-To: <1@desk.example.com>"),
        SITE,
        Kind.AUTO_REPLY,
    ),
    ("a vendor's field", with_fields("X-Autoreply: yes"), SITE, Kind.AUTO_REPLY),
    ("a vendor's field that says no", with_fields("X-Autoreply: no"), SITE, Kind.PERSON),
    ("precedence auto_reply", with_fields("Precedence: auto_reply"), SITE, Kind.AUTO_REPLY),
    (
        "away and null sender",
        with_fields("Subject: Out of office: back Monday"),
        replace(SITE, envelope_from=""),
        Kind.AUTO_REPLY,
    ),
    (
        "away and silence asked",
        with_fields("Subject: Abwesenheitsnotiz", "X-Auto-Response-Suppress: All"),
        SITE,
        Kind.AUTO_REPLY,
    ),
    ("an away subject alone", with_fields("Subject: Out of office keys are lost"), SITE, Kind.PERSON),
    ("silence asked alone", with_fields("X-Auto-Response-Suppress: All"), SITE, Kind.PERSON),
    ("a list", with_fields("List-Id: <l.example.org>", "Precedence: bulk"), SITE, Kind.LIST),
    ("precedence list", with_fields("Precedence: list"), SITE, Kind.LIST),
    ("bulk by unsubscribe", with_fields("List-Unsubscribe: <mailto:x@example.org>"), SITE, Kind.BULK),
    ("bulk by precedence", with_fields("Precedence: junk"), SITE, Kind.BULK),
    ("the null sender", PLAIN, replace(SITE, envelope_from=""), Kind.NULL),
    ("the null sender of a lone file", with_fields("Return-Path: <>"), SITE, Kind.NULL),
    ("a role", with_fields("From: no-reply@example.org"), SITE, Kind.ROLE),
    ("a role with a suffix", with_fields("From: noreply-77@example.org"), SITE, Kind.ROLE),
    ("a list's owner", with_fields("From: owner-list@example.org"), SITE, Kind.ROLE),
    ("a person", PLAIN, SITE, Kind.PERSON),
    ("a person whose name has a role in it", with_fields("From: bouncer.ann@example.org"), SITE, Kind.PERSON),
)


@pytest.mark.parametrize(("row", "raw", "seen", "wanted"), ROWS, ids=[one[0] for one in ROWS])
def test_a_mail_gets_the_kind_of_the_first_row_that_fits(
    row: str, raw: bytes, seen: Circumstances, wanted: Kind
) -> None:
    message = parse(raw, seen)
    assert message.kind is wanted
    assert message.kind_reason


@pytest.mark.parametrize("language", sorted(PHRASES))
def test_out_of_office_subjects_are_known_in_every_language(language: str) -> None:
    for phrase in PHRASES[language]:
        assert says_away(f"RE: {phrase[0].upper()}{phrase[1:]}: Ann")


def test_at_least_twenty_five_languages_are_known() -> None:
    assert len(PHRASES) >= 25


@pytest.mark.parametrize(
    "subject", ["Printer out of order", "Office chair", "Re: holiday plan", "Vacation request form", "", "Autobahn"]
)
def test_ordinary_subjects_are_not_out_of_office(subject: str) -> None:
    assert not says_away(subject)


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("Re: x", True),
        ("AW: x", True),
        ("回复：x", True),
        ("Fwd: x", False),
        ("WG: x", False),
        ("x", False),
        ("Re[2]: x", True),
    ],
)
def test_a_subject_says_whether_the_mail_answers(subject: str, wanted: bool) -> None:
    assert answers(subject) is wanted


def test_a_person_who_attaches_a_report_is_a_person() -> None:
    parts = (
        "--b\r\n\r\nWhat is this?\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Final-Recipient: rfc822; x@example.net\r\n--b--\r\n"
    )
    assert parse(with_fields("Content-Type: multipart/mixed; boundary=b", body=parts), SITE).kind is Kind.PERSON


HUMAN = (
    ("Re: Undelivered Mail Returned to Sender", "Why did I get this?\r\n\r\n> This is the mail system at host mx.\r\n"),
    ("Delivery failed again", "The parcel was not delivered to my office.\r\n"),
    ("Mailbox full", "My mailbox is full, what can I do?\r\n"),
    ("Returned mail from customer", "Hello,\r\nplease see the returned letter.\r\n"),
)


@pytest.mark.parametrize(("subject", "body"), HUMAN)
def test_a_person_who_writes_about_a_bounce_is_a_person(subject: str, body: str) -> None:
    assert parse(with_fields(f"Subject: {subject}", body=body), SITE).kind is Kind.PERSON
