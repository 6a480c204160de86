"""What an SMTP client is told, and what of it is stored."""

from __future__ import annotations

import asyncio
import smtplib
import threading
from concurrent.futures import Future

import pytest
import uvloop

from gateway.sources.base import Accepted, NoRoom, Recipients, TemporarilyUnavailable
from store.database import Database
from store.errors import StoreUnavailable
from store.groupcommit import GroupCommit, QueueFull
from store.inbox import Arrival
from store.store import Store
from tests.contract.talk import MAIL, NOW, OURS, Serving, Talk

LOOPS = [pytest.param(asyncio.new_event_loop, id="asyncio"), pytest.param(uvloop.new_event_loop, id="uvloop")]


@pytest.mark.parametrize("factory", LOOPS)
def test_a_mail_is_stored_with_its_envelope_and_confirmed_with_its_inbox_id(factory):
    with Serving(factory=factory) as server, Talk(server.port) as client:
        client.start("it@desk.test", "hr@desk.test")
        assert client.send() == "250 2.0.0 1 stored"
        (mail,) = server.shelf.mails
    assert mail.raw == MAIL
    assert mail.source == "smtp"
    assert mail.envelope.sender == "ann@cust.test"
    assert mail.envelope.recipients == ("it@desk.test", "hr@desk.test")
    assert mail.envelope.peer == "127.0.0.1"
    assert mail.envelope.received_at == NOW


@pytest.mark.parametrize("factory", LOOPS)
def test_the_standard_librarys_client_sends_several_mails_over_one_connection(factory):
    with Serving(factory=factory) as server, smtplib.SMTP("127.0.0.1", server.port) as client:
        for number in range(5):
            client.sendmail("ann@cust.test", ["it@desk.test"], MAIL + b"%d\r\n" % number)
        assert server.shelf.raws == [MAIL + b"%d\r\n" % number for number in range(5)]


def test_no_confirmation_is_said_before_the_mail_is_committed():
    waiting: Future[int] = Future()
    with Serving() as server, Talk(server.port) as client:
        server.shelf.answer = lambda _accepted: waiting
        client.start().say(MAIL + b".\r\n")
        client.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.line()
        client.socket.settimeout(10)
        waiting.set_result(77)
        assert client.reply() == "250 2.0.0 77 stored"


def test_a_client_that_goes_away_behind_the_dot_does_not_take_the_mail_back():
    waiting: Future[int] = Future()
    asked = threading.Event()

    def wait(_accepted: Accepted) -> Future[int]:
        asked.set()
        return waiting

    with Serving() as server:
        server.shelf.answer = wait
        with Talk(server.port) as client:
            client.start().say(MAIL + b".\r\n")
            assert asked.wait(10)
        server.stop()  # all conversations have ended
        assert not waiting.cancelled()
        assert waiting.set_running_or_notify_cancel()


@pytest.mark.parametrize(
    ("problem", "reply"),
    [
        (TemporarilyUnavailable("busy"), "451 4.3.0"),
        (StoreUnavailable("locked"), "451 4.3.0"),
        (NoRoom("full"), "452 4.3.1"),
        (QueueFull("full"), "452 4.3.1"),
        (RuntimeError("secret password"), "451 4.3.0"),
    ],
)
def test_a_fault_on_our_side_is_temporary_and_tells_nothing(problem, reply):
    with Serving() as server, Talk(server.port) as client:
        server.shelf.fail_with(problem)
        said = client.start().send()
        assert said.startswith(reply)
        assert "secret" not in said
        server.shelf.answer = server.shelf._stored
        client.start("it@desk.test")  # the conversation goes on
        assert client.send().startswith("250")


def test_an_intake_that_raises_at_once_is_a_temporary_fault_too():
    def broken(_accepted: Accepted) -> Future[int]:
        raise RuntimeError("secret password")

    with Serving() as server, Talk(server.port) as client:
        server.shelf.answer = broken
        assert client.start().send().startswith("451 4.3.0")


def test_an_exception_in_a_command_is_answered_451_without_its_text():
    def broken(_address: str) -> bool:
        raise RuntimeError("secret password")

    with Serving(recipients=Recipients(broken, frozenset())) as server, Talk(server.port) as client:
        client.ask("EHLO c.test")
        client.ask("MAIL FROM:<a@b.test>")
        said = client.ask("RCPT TO:<it@desk.test>")
        assert said.startswith("451 4.3.0") and "secret" not in said
        assert client.ask("NOOP").startswith("250")


@pytest.mark.parametrize(
    ("address", "reply"),
    [
        ("it@desk.test", "250"),
        ("IT@desk.test", "250"),
        ("nobody@desk.test", "550 5.1.1"),
        ("nobody@DESK.test", "550 5.1.1"),
        ("postmaster", "550 5.1.1"),
        ("root@elsewhere.test", "550 5.7.1"),
        ("it@desk.test.elsewhere.test", "550 5.7.1"),
        ("@relay.test:it@desk.test", "250"),
        ('"it"@desk.test', "550 5.1.1"),
        ("it@[127.0.0.1]", "550 5.7.1"),
        ("it@desk.test@elsewhere.test", "553 5.1.3"),
        ("it @desk.test", "553 5.1.3"),
        ("", "550 5.1.1"),
    ],
)
def test_a_recipient_is_taken_only_at_an_address_of_ours(address, reply):
    with Serving() as server, Talk(server.port) as client:
        client.ask("EHLO c.test")
        client.ask("MAIL FROM:<a@b.test>")
        assert client.ask(f"RCPT TO:<{address}>").startswith(reply)


def test_addresses_taken_are_swapped_under_a_conversation_that_goes_on():
    with Serving() as server, Talk(server.port) as client:
        client.ask("EHLO c.test")
        client.ask("MAIL FROM:<a@b.test>")
        assert client.ask("RCPT TO:<new@desk.test>").startswith("550 5.1.1")
        server.listener.swap(Recipients(lambda address: address == "new@desk.test", OURS.domains))
        assert client.ask("RCPT TO:<new@desk.test>").startswith("250")
        assert client.ask("RCPT TO:<it@desk.test>").startswith("550 5.1.1")


@pytest.mark.parametrize("command", ["MAIL FROM:<>", "MAIL FROM: <>", "mail from:<> SIZE=100"])
def test_the_null_sender_is_an_empty_string(command):
    with Serving() as server, Talk(server.port) as client:
        client.ask("EHLO c.test")
        assert client.ask(command).startswith("250")
        client.ask("RCPT TO:<it@desk.test>")
        client.ask("DATA")
        client.send()
        assert server.shelf.mails[0].envelope.sender == ""


def test_an_address_outside_ascii_passes():
    with Serving() as server, Talk(server.port) as client:
        client.ask("EHLO c.test")
        assert client.ask("MAIL FROM:<jörg@bücher.test> SMTPUTF8").startswith("250")
        client.ask("RCPT TO:<it@desk.test>")
        client.ask("DATA")
        client.send()
        assert server.shelf.mails[0].envelope.sender == "jörg@bücher.test"


def test_bytes_that_are_not_utf8_are_no_address():
    with Serving() as server, Talk(server.port) as client:
        client.ask("EHLO c.test")
        assert client.ask(b"MAIL FROM:<j\xf6rg@b.test>").startswith("553 5.1.3")


def test_the_greeting_names_the_host_and_no_program_version():
    with Serving() as server, Talk(server.port) as client:
        assert client.greeting == "220 mx.desk.test ESMTP"


def test_ehlo_offers_what_works_and_no_auth():
    with Serving(max_size=12345) as server, Talk(server.port) as client:
        said = client.ask("EHLO c.test").replace("250-", "250 ").splitlines()
        assert said == [
            "250 mx.desk.test",
            "250 PIPELINING",
            "250 SIZE 12345",
            "250 8BITMIME",
            "250 ENHANCEDSTATUSCODES",
            "250 SMTPUTF8",
        ]
        assert client.ask("AUTH PLAIN AGEAYg==").startswith("500 5.5.1")
        assert client.ask("STARTTLS").startswith("454")


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("VRFY it", "252 2.5.0"),
        ("VRFY", "252 2.5.0"),
        ("EXPN staff", "502 5.5.1"),
        ("HELP", "214 2.0.0"),
        ("NOOP", "250 2.0.0"),
        ("RSET", "250 2.0.0"),
        ("FOO", "500 5.5.1"),
        ("DATA", "503 5.5.1"),
        ("RCPT TO:<it@desk.test>", "503 5.5.1"),
        ("MAIL FROM <a@b.test>", "501 5.5.4"),
        ("MAIL FROM:<a@b.test> SIZE=99999999999", "552 5.3.4"),
        ("MAIL FROM:<a@b.test> NONSENSE=1", "555 5.5.4"),
        ("MAIL FROM:<a@b.test> SIZE=²", "553 5.1.3"),
        ("MAIL FROM:<a@b.test> SIZE=" + "9" * 500, "552 5.3.4"),
        ("MAIL FROM:<a@b.test> SIZE=-1", "501 5.5.4"),
        ("MAIL FROM:a@b.test", "250 2.0.0"),
        ("NOOP " + "x" * 3000, "500 5.5.2"),
        ("QUIT", "221 2.0.0"),
    ],
)
def test_every_reply_has_its_enhanced_status_code(command, reply):
    with Serving() as server, Talk(server.port) as client:
        client.ask("EHLO c.test")
        assert client.ask(command).startswith(reply)


def test_words_of_the_client_never_come_back():
    with Serving() as server, Talk(server.port) as client:
        for command in ("MARKER", "VRFY MARKER", "HELP MARKER", "EHLO MARKER", "MAIL FROM:<MARKER", "EXPN MARKER"):
            assert "MARKER" not in client.ask(command)


def test_a_repeated_ehlo_does_not_change_the_limits_of_other_conversations():
    with Serving() as server, Talk(server.port) as one, Talk(server.port) as other:
        for _ in range(50):
            one.ask("EHLO c.test")
        other.ask("EHLO c.test")
        with Talk(server.port):
            long = "MAIL FROM:<" + "a" * 400 + "@b.test>"
            assert other.ask(long).startswith("250")
        assert one.ask("NOOP " + "x" * 3000).startswith("500 5.5.2")


def test_good_and_bad_reply_addresses_get_the_same_answer():
    known = Recipients(lambda address: address.startswith("it+t"), OURS.domains)
    with Serving(recipients=known) as server, Talk(server.port) as client:
        client.ask("EHLO c.test")
        client.ask("MAIL FROM:<a@b.test>")
        assert client.ask("RCPT TO:<it+t1-good@desk.test>") == client.ask("RCPT TO:<it+t1-bad@desk.test>")


def test_what_a_mail_was_not_sent_for_is_not_stored_when_the_connection_breaks():
    with Serving() as server:
        with Talk(server.port) as client:
            client.start().say(MAIL)
        server.stop()
        assert server.shelf.mails == []


def test_what_was_confirmed_lies_in_the_store(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/deskgate.db")
    database.prepare()
    store = Store(database)
    writer = GroupCommit(database, store.inbox)
    writer.start()

    def put(accepted: Accepted) -> Future[int]:
        said = accepted.envelope
        assert said.received_at is not None
        return writer.put(
            Arrival("smtp", said.sender, said.recipients, said.peer, said.received_at, accepted.raw, "", "", "")
        )

    confirmed: dict[int, bytes] = {}

    def send(port: int, number: int) -> None:
        with Talk(port) as client:
            for turn in range(5):
                mail = MAIL + b"%d %d\r\n" % (number, turn)
                confirmed[int(client.start().send(mail).split()[2])] = mail

    with Serving() as server:
        server.shelf.answer = put
        clients = [threading.Thread(target=send, args=(server.port, number)) for number in range(10)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(20)
    writer.stop()
    with store.reading() as tx:
        assert len(confirmed) == 50
        assert {number: store.inbox.raw(tx, number) for number in confirmed} == confirmed
    database.close()
