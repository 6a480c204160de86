"""LMTP (RFC 2033): a reply for every accepted recipient, whatever becomes of the mail."""

from __future__ import annotations

import pytest

from gateway.sources.base import TemporarilyUnavailable
from tests.contract.talk import MAIL, Serving, Talk

HELLO = "LHLO mx.test"


@pytest.fixture
def server():
    with Serving(kind="lmtp") as serving:
        yield serving


def test_every_accepted_recipient_gets_its_own_reply(server):
    with Talk(server.port) as client:
        client.ask(HELLO)
        client.ask("MAIL FROM:<a@b.test>")
        answers = [client.ask(f"RCPT TO:<{name}@desk.test>")[:3] for name in ("it", "nobody", "hr", "it")]
        assert answers == ["250", "550", "250", "250"]
        client.ask("DATA")
        client.say(MAIL + b".\r\nNOOP\r\n")
        assert [client.reply() for _ in range(4)] == ["250 2.0.0 1 stored"] * 3 + ["250 2.0.0 OK"]
    (mail,) = server.shelf.mails
    assert mail.source == "lmtp"
    assert mail.envelope.recipients == ("it@desk.test", "hr@desk.test")


@pytest.mark.parametrize(
    ("mail", "reply"),
    [
        (b"Subject: x\r\n\r\n" + b"x" * 70_000 + b"\r\n", "500 5.5.2"),
        (b"Subject: x\r\n\r\n" + (b"x" * 98 + b"\r\n") * 300_000, "552 5.3.4"),
        (b"Received: x\r\n" * 101 + b"\r\n", "554 5.4.6"),
    ],
    ids=["long line", "too large", "in circles"],
)
def test_a_refused_mail_is_refused_to_every_recipient(server, mail, reply):
    with Talk(server.port) as client:
        client.start("it@desk.test", "hr@desk.test", hello=HELLO).say(mail + b".\r\n")
        assert [client.reply()[:9] for _ in range(2)] == [reply] * 2
        assert client.ask("NOOP").startswith("250")


def test_a_fault_on_our_side_is_told_to_every_recipient(server):
    server.shelf.fail_with(TemporarilyUnavailable("busy"))
    with Talk(server.port) as client:
        client.start("it@desk.test", "hr@desk.test", hello=HELLO).say(MAIL + b".\r\n")
        assert [client.reply()[:9] for _ in range(2)] == ["451 4.3.0"] * 2


def test_a_bare_line_end_is_refused_to_every_recipient_and_ends_the_conversation(server):
    with Talk(server.port) as client:
        client.start("it@desk.test", "hr@desk.test", hello=HELLO).say(b"Subject: x\n\nbody\n.\n")
        assert [client.reply()[:9] for _ in range(2)] == ["554 5.5.2"] * 2
        assert client.closed


def test_lhlo_is_the_greeting_and_ehlo_is_not(server):
    with Talk(server.port) as client:
        assert client.greeting == "220 mx.desk.test LMTP"
        assert client.ask("EHLO c.test").startswith("500")
        assert client.ask("HELO c.test").startswith("500")
        assert client.ask("MAIL FROM:<a@b.test>").startswith("503")
        said = client.ask(HELLO)
        for extension in ("PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SIZE", "SMTPUTF8"):
            assert extension in said
        assert client.ask("MAIL FROM:<>").startswith("250")


def test_the_null_sender_is_an_empty_string(server):
    with Talk(server.port) as client:
        client.start(sender="", hello=HELLO)
        client.send()
    assert server.shelf.mails[0].envelope.sender == ""


def test_data_without_a_recipient_is_503(server):
    with Talk(server.port) as client:
        client.ask(HELLO)
        client.ask("MAIL FROM:<a@b.test>")
        assert client.ask("DATA").startswith("503 5.5.1")
