"""Delivery reports in the forms that mail programs write; every report is written for this test."""

from __future__ import annotations

import pytest

from parsers.bouncereason import Evidence, reason_of
from parsers.bouncestage import Stage
from parsers.message import Bounce, Kind
from parsers.parse import parse

DSN = """Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: it@example.com
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

Your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; ann@example.net
Action: failed
Status: 5.0.0
Diagnostic-Code: smtp; 550 5.1.1 <ann@example.net>:
 Recipient address rejected: User unknown

Final-Recipient: rfc822;<bob@example.net>
Action: delivered
Status: 2.0.0
--b
Content-Type: message/rfc822

Message-ID: <sent.1@example.com>
Subject: Hello

Hi
--b--
"""
QMAIL = """Return-Path: <>
From: MAILER-DAEMON@mx.example.org
To: it@example.com
Subject: failure notice

Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.

<ann@example.net>:
192.0.2.9 failed after I sent the message.
Remote host said: 552 5.2.2 Mailbox full

--- Below this line is a copy of the message.

Return-Path: <it@example.com>
Message-ID: <sent.2@example.com>
Subject: Hello
"""
EXIM = """Return-Path: <>
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
To: it@example.com
X-Failed-Recipients: ann@example.net
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

  ann@example.net
    Unrouteable address
"""
PLAIN_TEXT = """From: postmaster@mx.example.org
To: it@example.com
Subject: Delivery failure

Could not deliver the message to the following recipient:

Failed Recipient: ann@example.net
Reason: 550 5.7.1 Message rejected: blocked using bl.example.org
"""
DELAYED = DSN.replace("Action: failed\nStatus: 5.0.0", "Action: delayed\nStatus: 4.4.1").replace(
    "smtp; 550 5.1.1 <ann@example.net>:\n Recipient address rejected: User unknown", "smtp; connection timed out"
)

REPORTS = (
    ("RFC 3464", DSN, Bounce(("ann@example.net",), "5.1.1", "userunknown", "", "sent.1@example.com")),
    ("RFC 3464, a delay", DELAYED, Bounce(("ann@example.net",), "4.4.1", "expired", "", "sent.1@example.com")),
    ("qmail", QMAIL, Bounce(("ann@example.net",), "5.2.2", "mailboxfull", "", "sent.2@example.com")),
    ("Exim", EXIM, Bounce(("ann@example.net",), "5.1.2", "hostunknown", "", None)),
    ("a text of its own", PLAIN_TEXT, Bounce(("ann@example.net",), "5.7.1", "blocked", "", None)),
)


@pytest.mark.parametrize(("form", "raw", "wanted"), REPORTS, ids=[one[0] for one in REPORTS])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_a_report_names_recipient_status_reason_and_the_mail(
    form: str, raw: str, wanted: Bounce, line_end: str
) -> None:
    message = parse(raw.replace("\n", line_end).encode())
    assert message.kind is Kind.BOUNCE
    found = message.bounce
    assert found is not None
    assert (found.recipients, found.status, found.reason) == (wanted.recipients, wanted.status, wanted.reason)
    assert found.original_message_id == wanted.original_message_id


def test_what_a_server_said_is_kept_as_diagnostic() -> None:
    found = parse(DSN.encode()).bounce
    assert found is not None
    assert found.diagnostic == "550 5.1.1 <ann@example.net>: Recipient address rejected: User unknown"


REASONS = (
    ("5.1.1", "550 5.1.1 no such user", "userunknown"),
    ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", "userunknown"),
    ("", "550 User unknown", "userunknown"),
    ("5.2.2", "552 5.2.2 Over quota", "mailboxfull"),
    ("5.3.4", "552 5.3.4 Message too big", "mesgtoobig"),
    ("5.7.1", "554 5.7.1 Relay access denied", "norelaying"),
    ("5.7.1", "550 5.7.1 SPF record fails", "authfailure"),
    ("5.7.1", "554 5.7.1 your message looks like spam", "spamdetected"),
    ("4.4.7", "", "expired"),
    ("5.4.4", "Host or domain name not found", "hostunknown"),
    ("5.7.606", "550 5.7.606 Access denied, banned sending IP", "blocked"),
    ("", "", "undefined"),
)


@pytest.mark.parametrize(("status", "said", "wanted"), REASONS)
def test_a_reason_is_one_word(status: str, said: str, wanted: str) -> None:
    assert reason_of(Evidence(status=status, said=said, action="failed", stage=Stage.RCPT)) == wanted
