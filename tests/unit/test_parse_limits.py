"""The limits of one mail can be set: one of structure stops the reading, one of a field cuts and says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import pytest

from parsers import prescan, tree
from parsers.attachments import content
from parsers.limits import LIMITS, Limits
from parsers.message import Message
from parsers.parse import parse

HEAD = b"From: Ann <ann@example.org>\r\nSubject: Lamp\r\n"


def levels(depth: int) -> bytes:
    """Multiparts in one another, text at the core."""
    opened = b"".join(b'Content-Type: multipart/mixed; boundary="%d."\r\n\r\n--%d.\r\n' % (n, n) for n in range(depth))
    return HEAD + opened + b"\r\nhello\r\n" + b"".join(b"--%d.--\r\n" % n for n in reversed(range(depth)))


def parts(count: int) -> bytes:
    """A multipart with so many attachments beside its text."""
    one = b"--b\r\nContent-Type: application/pdf\r\n\r\nx\r\n"
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n" + one * count + b"--b--\r\n"


STRUCTURE = (
    (HEAD + b"X-A: " + b"a" * 300 + b"\r\n\r\nhello\r\n", {"header_bytes": 200}, "header of more than 200 bytes"),
    (HEAD + b"X-A: a\r\nX-B: b\r\n\r\nhello\r\n", {"fields": 3}, "more than 3 fields"),
    (levels(4), {"depth": 3}, "more than 3 levels"),
    (parts(4), {"parts": 4}, "more than 4 parts"),
)


@pytest.mark.parametrize(("raw", "limit", "why"), STRUCTURE, ids=[next(iter(one[1])) for one in STRUCTURE])
def test_a_structure_limit_stops_the_reading(raw: bytes, limit: dict[str, int], why: str) -> None:
    message = parse(raw, limits=Limits(**limit))
    assert not message.complete
    assert any(why in one for one in message.defects)
    assert message.identity == "ann@example.org"
    assert parse(raw).complete


FIELD: tuple[tuple[bytes, dict[str, int], str, Callable[[Message], bool]], ...] = (
    (
        HEAD + b"X-A: " + b"a" * 300 + b"\r\n\r\nhello\r\n",
        {"field_bytes": 100},
        "field X-A cut at 100 bytes",
        lambda m: len(m.header("x-a")[0]) == 100,
    ),
    (
        HEAD + b"To: " + b"bob@example.org, " * 5 + b"cat@example.org\r\n\r\nhello\r\n",
        {"address_field_bytes": 40},
        "field To cut at 40 bytes",
        lambda m: 0 < len(m.to) < 4,
    ),
    (
        HEAD + b"Cc: a@example.org, b@example.org, c@example.org\r\n\r\nhello\r\n",
        {"addresses": 2},
        "field Cc: more than 2 addresses",
        lambda m: len(m.cc) == 2,
    ),
    (
        HEAD + b"Comments: =?utf-8?q?a?= =?utf-8?q?b?= =?utf-8?q?c?=\r\n\r\nhello\r\n",
        {"encoded_words": 2},
        "field Comments: more than 2 encoded words",
        lambda m: m.header("comments")[0].startswith("ab") and "=?utf-8?q?c?=" in m.header("comments")[0],
    ),
    (
        HEAD + b"References: <1@x> <2@x> <3@x> <4@x> <5@x>\r\n\r\nhello\r\n",
        {"citations": 3},
        "more than 3 references",
        lambda m: set(m.citations.message_ids) == {"1@x", "2@x", "5@x"},
    ),
    (HEAD + b"\r\n" + b"lamp " * 40, {"text_chars": 100}, "text cut at 100 characters", lambda m: len(m.text) == 100),
    (
        HEAD + b"\r\n" + b"dark lamp\r\n" * 9 + b"> old\r\n",
        {"strip_chars": 50},
        "quotes are looked for",
        lambda m: "> old" in m.reply or m.reply.startswith("dark"),
    ),
    (
        HEAD + b"\r\n" + b"dark lamp\r\n" * 9 + b"> old\r\n",
        {"strip_lines": 5},
        "quotes are looked for",
        lambda m: m.reply.startswith("dark"),
    ),
    (parts(4), {"attachments": 2}, "2 more attachments", lambda m: len(m.attachments) == 2),
)


@pytest.mark.parametrize(("raw", "limit", "why", "holds"), FIELD, ids=[next(iter(one[1])) for one in FIELD])
def test_a_field_limit_cuts_and_says_so(
    raw: bytes, limit: dict[str, int], why: str, holds: Callable[[Message], bool]
) -> None:
    message = parse(raw, limits=Limits(**limit))
    assert message.complete
    assert any(why in one for one in message.defects), message.defects
    assert holds(message)
    assert parse(raw).defects == ()


def test_every_limit_is_tried_here() -> None:
    assert {name for _, limit, *_ in STRUCTURE for name in limit} | {
        name for _, limit, *_ in FIELD for name in limit
    } == {one.name for one in fields(LIMITS)}


def test_an_attachment_is_found_again_under_the_same_limits() -> None:
    raw, limits = parts(600), Limits(parts=700, attachments=700)
    assert len(parse(raw, limits=limits).attachments) == 600
    assert content(raw, 599, limits) == b"x"


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "漢\r\n" * 600),
        ("utf-8", "я" * 1500),
        ("utf-8", "a" + "я" * 1500),
        ("windows-1251", "a" + "я" * 1500),
        ("windows-1251", "x" * 3000),
        ("utf-8", "漢字" * 2000),
    ],
)
def test_a_long_text_is_shown_up_to_the_limit_whatever_its_characters_take(charset: str, text: str) -> None:
    head = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode()
    message = parse(HEAD + head + text.encode(), limits=Limits(text_chars=1000))
    assert message.text == text.replace("\r\n", "\n")[:1000]
    assert "text cut at 1000 characters" in message.defects
    assert not any("does not fit" in one for one in message.defects)


def test_what_mail_parser_sees_of_a_mail_is_short_however_its_types_are_written() -> None:
    one = b"--b\r\ncontent-type: a/" + b"b" * 16000 + b"\r\n" + b"content-type:\r\n" * 400 + b"\r\nx\r\n"
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + one * 20 + b"--b--\r\n"
    assert len(tree._skeleton(prescan.scan(raw))) < len(raw) // 2
