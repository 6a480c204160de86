"""For whom a mail in a mailbox is: the delivery header, what the mailbox is bound to, To and Cc; and no rights by To."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.sources.imap.envelope import EnvelopeReader
from parsers.message import Envelope
from routing.identity import Purpose, reply_address
from routing.reading import Reader
from tests.helpers.imap import mailbox
from tests.helpers.world import NOW, RING, address, desk

TOKEN = address(Purpose.REQUESTER, 1)
BOUNCE = address(Purpose.BOUNCE, 1)


def read(header: str, **settings: object) -> Envelope:
    """The envelope of a mail with these header lines."""
    raw = (header.strip() + "\nFrom: Sam <sam@cust.example>\nSubject: x\n\nhello\n").replace("\n", "\r\n").encode()
    return EnvelopeReader(mailbox(1, **settings), desk(), "imap:helpdesk/INBOX").read(raw, NOW)


DELIVERED: dict[str, object] = {"recipient_header": "Delivered-To"}
RECIPIENTS: dict[str, tuple[str, dict[str, object], tuple[str, ...]]] = {
    "the topmost delivery header": ("Delivered-To: it@acme.example\nDelivered-To: hr@acme.example", DELIVERED,
                                    ("it@acme.example",)),
    "in brackets and folded": ("Delivered-To:\n <IT@Acme.Example>", DELIVERED, ("IT@Acme.Example",)),
    "another header": ("X-Original-To: hr@acme.example\nTo: it@acme.example", {"recipient_header": "X-Original-To"},
                       ("hr@acme.example",)),
    "a header that is not configured": ("Delivered-To: hr@acme.example\nTo: it@acme.example", {},
                                        ("it@acme.example",)),
    "a header that names no alias": ("Delivered-To: helpdesk@store.acme.example\nTo: it@acme.example", DELIVERED,
                                     ("it@acme.example",)),
    "a reply address in the delivery header": (f"Delivered-To: {TOKEN}\nTo: {TOKEN}", DELIVERED, (TOKEN,)),
    "a reply address in To only": (f"To: {TOKEN}", DELIVERED, ("it@acme.example",)),
    "To and Cc": ("To: x@y.example, it@acme.example\nCc: HR <hr@acme.example>", {},
                  ("it@acme.example", "hr@acme.example")),
    "nobody of ours": ("To: x@y.example", {}, ()),
    "bound to an alias": ("To: x@y.example", {"aliases": ("hr@acme.example",)}, ("hr@acme.example",)),
    "bound, whoever else is named": ("To: it@acme.example", {"aliases": ("hr@acme.example",)}, ("hr@acme.example",)),
    "bound to two, one is named": ("To: it@acme.example", {"aliases": ("hr@acme.example", "it@acme.example")},
                                   ("it@acme.example",)),
    "bound, and a reply address in the delivery header": (
        f"Delivered-To: {TOKEN}", {"aliases": ("hr@acme.example",), **DELIVERED}, (TOKEN,)),
    "bound, and an alias in the delivery header": (
        "Delivered-To: it@acme.example", {"aliases": ("hr@acme.example",), **DELIVERED}, ("hr@acme.example",)),
    "bound, and a reply address in To only": (f"To: {TOKEN}", {"aliases": ("it@acme.example",)}, ("it@acme.example",)),
    "garbage": ("Delivered-To: \x00<<>>,;\nTo: (((((", DELIVERED, ()),
}  # fmt: skip


@pytest.mark.parametrize(("header", "settings", "expected"), RECIPIENTS.values(), ids=RECIPIENTS.keys())
def test_recipients_come_from(header: str, settings: dict[str, object], expected: tuple[str, ...]) -> None:
    assert read(header, **settings).recipients == expected


SENDERS = {
    "what the server noted": ("Return-Path: <bounce@cust.example>", "bounce@cust.example"),
    "the topmost note": ("Return-Path: <a@cust.example>\nReturn-Path: <b@cust.example>", "a@cust.example"),
    "the null sender": ("Return-Path: <>", ""),
    "without brackets": ("Return-Path: a@cust.example", "a@cust.example"),
    "no note: the author": ("To: it@acme.example", "sam@cust.example"),
    "nonsense: the author": ("Return-Path: what is this", "sam@cust.example"),
}


@pytest.mark.parametrize(("header", "expected"), SENDERS.values(), ids=SENDERS.keys())
def test_the_sender_is(header: str, expected: str) -> None:
    assert read(header).sender == expected


def test_the_envelope_says_where_the_mail_came_from() -> None:
    envelope = read("To: it@acme.example")
    assert (envelope.source, envelope.peer, envelope.received_at) == ("imap:helpdesk/INBOX", "127.0.0.1", NOW)


def test_a_reply_address_in_To_is_a_citation_and_no_right() -> None:
    raw = f"To: {TOKEN}\r\nCc: {BOUNCE}\r\nFrom: sam@cust.example\r\nSubject: x\r\n\r\nhello\r\n".encode()
    envelope = EnvelopeReader(mailbox(1, **DELIVERED), desk(), "imap:helpdesk/INBOX").read(raw, NOW)
    reader = Reader(desk(), RING, "instance-1")
    reading = reader.read(raw, envelope)
    assert reading.tokens == ()
    assert [(mine.ticket, mine.party) for _, mine in reading.own_ids] == [(1001, 1)]
    by_smtp = reader.read(raw, replace(envelope, source="smtp"))
    assert by_smtp.own_ids == ()


def test_a_reply_address_on_a_domain_of_its_own_is_taken_from_the_delivery_header_only() -> None:
    site = replace(desk().site, reply_addresses="reply.acme.example")
    own_domain = replace(desk(), site=site)
    made = reply_address(site, RING, "it@acme.example", (Purpose.REQUESTER, 1001, 1, NOW.date()))
    assert made is not None
    header = f"Delivered-To: {made}\r\nTo: {made}\r\nFrom: sam@cust.example\r\n\r\nx\r\n".encode()
    for settings, expected in ((DELIVERED, (made,)), ({}, ())):
        reader = EnvelopeReader(mailbox(1, **settings), own_domain, "imap:helpdesk/INBOX")
        assert reader.read(header, NOW).recipients == expected
