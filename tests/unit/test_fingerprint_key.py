"""The content key: the same for the same mail by another way, another for another mail."""

from __future__ import annotations

import pytest

from parsers.fingerprint import content_key
from parsers.lineends import is_crlf
from parsers.parse import parse

MAIL = (
    b"From: a@example.org\r\nTo: it@example.com\r\nSubject: Printer\r\nMessage-ID: <1@x>\r\n"
    b"Date: Mon, 2 Nov 2026 10:14:00 +0000\r\n\r\nHello\r\n"
)

SAME = (
    ("a Received field", b"Received: by mx.example.com; now\r\n" + MAIL),
    (
        "trace of a relay above",
        b"X-Scanned-By: relay\r\nReturn-Path: <a@example.org>\r\nDelivered-To: it@example.com\r\n" + MAIL,
    ),
    (
        "authentication results",
        b"Authentication-Results: mx; spf=pass\r\nARC-Seal: i=1\r\nDKIM-Signature: v=1\r\n" + MAIL,
    ),
    ("a spam verdict below", MAIL.replace(b"\r\n\r\n", b"\r\nX-Spam-Status: No\r\n\r\n", 1)),
    ("other folding", MAIL.replace(b"Subject: Printer", b"Subject:\r\n Printer")),
    ("field names in capitals", MAIL.replace(b"Subject:", b"SUBJECT:")),
    ("line feeds alone", MAIL.replace(b"\r\n", b"\n")),
    ("empty lines at the end", MAIL + b"\r\n\r\n"),
)


@pytest.mark.parametrize(("what", "raw"), SAME, ids=[one[0] for one in SAME])
def test_the_way_of_a_mail_does_not_change_its_key(what: str, raw: bytes) -> None:
    assert content_key(raw) == content_key(MAIL)


OTHER = (
    ("other words", MAIL.replace(b"Hello", b"Hallo")),
    ("another subject", MAIL.replace(b"Printer", b"Screen")),
    ("another Message-ID", MAIL.replace(b"<1@x>", b"<2@x>")),
    ("another recipient", MAIL.replace(b"it@", b"hr@")),
    ("an empty line inside", MAIL.replace(b"Hello", b"Hel\r\n\r\nlo")),
)


@pytest.mark.parametrize(("what", "raw"), OTHER, ids=[one[0] for one in OTHER])
def test_another_mail_has_another_key_though_its_message_id_be_the_same(what: str, raw: bytes) -> None:
    assert content_key(raw) != content_key(MAIL)


@pytest.mark.parametrize("raw", [MAIL, MAIL.replace(b"\r\n", b"\n"), b"", b"\r\n", b"no header"])
def test_the_reading_gives_the_same_key(raw: bytes) -> None:
    assert parse(raw).content_key == content_key(raw)


LINES = (
    (b"", True),
    (b"a\r\nb\r\n", True),
    (b"a\nb", False),
    (b"a\r\nb\n", False),
    (b"a\rb\n", False),
    (b"\n\r", False),
    (b"QUJD" * 19 + b"\r\n", True),
)


@pytest.mark.parametrize(("line", "wanted"), LINES)
@pytest.mark.parametrize("times", [1, 5000])
def test_line_ends_are_judged_in_small_and_large_mails(line: bytes, wanted: bool, times: int) -> None:
    assert is_crlf(line * times) is wanted
    assert is_crlf(b"x" * 70_000 + b"\r\n" + line * times + b"end") is wanted
