"""`deskgate deliver`: one mail on standard input, one exit code for the mail server."""

from __future__ import annotations

import io
from concurrent.futures import Future

import pytest

from gateway.sources.base import TemporarilyUnavailable
from gateway.sources.pipe import Delivered, Exit, as_from_smtp, deliver
from store.errors import StoreUnavailable
from tests.contract.talk import MAIL, NOW, OURS, Shelf

UNIX = MAIL.replace(b"\r\n", b"\n")


@pytest.fixture
def shelf():
    return Shelf()


def run(
    shelf: Shelf, mail: bytes, *recipients: str, sender: str | None = "ann@cust.test", size: int = 10_000
) -> Delivered:
    return deliver(
        recipients or ("it@desk.test",),
        sender,
        io.BytesIO(mail),
        accepts=OURS.accepts,
        intake=shelf,
        max_size=size,
        now=NOW,
        seconds=0.2,
    )


def test_a_mail_with_unix_line_ends_is_stored_as_smtp_would_have_brought_it(shelf):
    assert run(shelf, UNIX, "it@desk.test", "hr@desk.test", "it@desk.test") == Delivered(
        Exit.OK, "stored as inbox 1", 1
    )
    (mail,) = shelf.mails
    assert mail.raw == MAIL
    assert mail.source == "pipe"
    assert mail.envelope.recipients == ("it@desk.test", "hr@desk.test")
    assert mail.envelope.received_at == NOW


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (b"A: b\r\n\r\nc\r\n", b"A: b\r\n\r\nc\r\n"),
        (b"A: b\n\nc", b"A: b\r\n\r\nc\r\n"),
        (b"A: b\r\n\nc\n", b"A: b\r\n\r\nc\r\n"),
        (b"A: b\n\nc\rd\n", b"A: b\r\n\r\nc\rd\r\n"),
        (b"A: b\n\n>From here\n.\n", b"A: b\r\n\r\n>From here\r\n.\r\n"),
        (b"A: b\n\nFrom here\n", b"A: b\r\n\r\nFrom here\r\n"),
    ],
)
def test_line_ends_become_crlf_and_nothing_else_changes(given, stored):
    assert as_from_smtp(given) == (None, stored)


@pytest.mark.parametrize(
    ("line", "sender"),
    [
        (b"From ann@cust.test Fri Nov 20 10:00:00 2026\n", "ann@cust.test"),
        (b"From MAILER-DAEMON Fri Nov 20 10:00:00 2026\n", ""),
        (b"From ann@cust.test Fri Nov 20 10:00:00 2026\r\n", "ann@cust.test"),
    ],
)
def test_the_mbox_line_is_taken_off_and_names_the_sender(shelf, line, sender):
    assert run(shelf, line + UNIX, sender=None).code == Exit.OK
    assert shelf.raws == [MAIL]
    assert shelf.mails[0].envelope.sender == sender


@pytest.mark.parametrize(
    ("before", "said", "sender"),
    [
        (b"", "bob@cust.test", "bob@cust.test"),
        (b"", "", ""),
        (b"Return-Path: <carl@cust.test>\n", None, "carl@cust.test"),
        (b"Return-Path: <>\n", None, ""),
        (b"Return-Path: <carl@cust.test>\n", "", ""),
        (b"", None, "ann@cust.test"),
    ],
)
def test_the_sender_is_the_one_given_else_the_return_path_else_the_from(shelf, before, said, sender):
    assert run(shelf, before + UNIX, sender=said).code == Exit.OK
    assert shelf.mails[0].envelope.sender == sender


def test_an_unknown_alias_refuses_the_whole_mail(shelf):
    ended = run(shelf, UNIX, "it@desk.test", "nobody@desk.test")
    assert ended.code == Exit.NO_USER
    assert "nobody@desk.test" in ended.words
    assert shelf.mails == []


@pytest.mark.parametrize("mail", [b"", b"\n\n", b"just words\n", b"\x00\xff" * 50])
def test_what_has_no_header_is_not_a_mail(shelf, mail):
    assert run(shelf, mail).code == Exit.DATA
    assert shelf.mails == []


@pytest.mark.parametrize("mail", [b"\xef\xbb\xbfSubject: x\n\ny\n", b" folded\nSubject: x\n\n", b"Subject : x\n"])
def test_a_damaged_header_is_still_a_mail(shelf, mail):
    assert run(shelf, mail).code == Exit.OK


def test_the_size_limit_counts_what_would_be_stored(shelf):
    assert run(shelf, UNIX, size=len(MAIL)).code == Exit.OK
    assert run(shelf, UNIX, size=len(MAIL) - 1).code == Exit.DATA
    assert len(shelf.mails) == 1


def test_no_more_is_read_than_may_be_stored(shelf):
    stdin = io.BytesIO(UNIX + b"x" * 5_000_000)
    ended = deliver(["it@desk.test"], "", stdin, accepts=OURS.accepts, intake=shelf, max_size=1000, now=NOW)
    assert ended.code == Exit.DATA
    assert stdin.tell() <= 1001


def test_a_mail_that_goes_in_circles_is_refused(shelf):
    assert run(shelf, b"Received: x\n" * 101 + UNIX).code == Exit.DATA


@pytest.mark.parametrize(
    "problem", [TemporarilyUnavailable("busy"), StoreUnavailable("locked"), PermissionError("no"), RuntimeError("?")]
)
def test_whatever_fails_on_our_side_makes_the_mail_server_keep_the_mail(shelf, problem):
    shelf.fail_with(problem)
    assert run(shelf, UNIX).code == Exit.TEMPORARY


def test_a_database_that_does_not_answer_makes_the_mail_server_keep_the_mail(shelf):
    shelf.answer = lambda _accepted: Future()
    assert run(shelf, UNIX).code == Exit.TEMPORARY


def test_an_input_that_cannot_be_read_makes_the_mail_server_keep_the_mail(shelf):
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("input/output error")

    ended = deliver(["it@desk.test"], "", Broken(), accepts=OURS.accepts, intake=shelf, max_size=10, now=NOW)
    assert ended.code == Exit.TEMPORARY


def test_exit_codes_are_those_of_sysexits():
    assert {code.name: int(code) for code in Exit} == {
        "OK": 0,
        "DATA": 65,
        "NO_USER": 67,
        "UNAVAILABLE": 69,
        "TEMPORARY": 75,
        "NO_PERMISSION": 77,
        "CONFIG": 78,
    }
