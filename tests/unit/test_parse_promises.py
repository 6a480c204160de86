"""What `parse` promises for any mail: it never raises, keeps to the limits, loses nothing, and says what it guessed."""

from __future__ import annotations

import json

import pytest

from parsers import body, tree
from parsers.as_json import as_json
from parsers.attachments import content
from parsers.limits import LIMITS
from parsers.message import Kind
from parsers.parse import parse
from parsers.peek import peek

HEAD = b"From: Ann <ann@example.org>\r\nTo: it@example.com\r\nSubject: Printer\r\nMIME-Version: 1.0\r\n"


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"\r\n\r\n", b"hello", b":", b"\0", b"\xff\xfe", b"From:\r\n\r\n", b"\n" * 1000]
)
def test_the_smallest_and_strangest_mails_are_read(raw: bytes) -> None:
    message = parse(raw)
    assert message.complete
    assert message.size == len(raw)


def test_a_failure_inside_keeps_the_header_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(body, "read", fail)
    message = parse(HEAD + b"\r\nhello")
    assert not message.complete
    assert message.defects == ("limit: internal: RuntimeError",)
    assert (message.subject, message.from_ and message.from_.address) == ("Printer", "ann@example.org")


def test_a_failure_of_the_library_costs_nothing_but_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise AttributeError("as it does on an epilogue that is None")

    monkeypatch.setattr(tree._Parser, "parse", fail)
    message = parse(HEAD + b"Date: Mon, 2 Nov 2026 10:14:00 +0000\r\n\r\nhello")
    assert (message.text, message.complete) == ("hello", True)
    assert message.date is not None
    assert "mail-parser: AttributeError" in message.defects


def test_a_multipart_never_closed_round_one_whose_boundary_never_comes_is_read() -> None:
    raw = HEAD + (
        b"Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
        b"--outer\r\nContent-Type: multipart/mixed; boundary=inner\r\n\r\nno such line\r\n"
    )
    assert "hello" in parse(raw).text


def test_a_field_over_the_limit_is_cut_and_the_mail_handled() -> None:
    message = parse(HEAD + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\nhello")
    assert message.complete
    assert len(message.header("x-long")[0]) == LIMITS.field_bytes
    assert any(one.startswith("field X-Long cut") for one in message.defects)


def test_text_over_the_limit_is_cut_and_told() -> None:
    message = parse(HEAD + b"\r\n" + b"word " * 500_000)
    assert len(message.text) == LIMITS.text_chars
    assert any(one.startswith("text cut") for one in message.defects)


def test_more_attachments_than_the_limit_are_told_and_the_first_can_be_cut_out() -> None:
    part = b"--b\r\nContent-Type: application/pdf\r\n\r\nx\r\n"
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 300 + b"--b--\r\n"
    message = parse(raw)
    assert len(message.attachments) == LIMITS.attachments
    assert "100 more attachments" in message.defects
    assert content(raw, 0) == b"x"
    assert content(raw, 200) is None
    assert content(raw, -1) is None


def test_fields_that_only_we_write_are_not_believed() -> None:
    message = parse(HEAD + b"X-Deskgate-Team: hr\r\n\r\nhello")
    assert message.header("X-Deskgate-Team") == ()


def test_repeated_fields_are_all_kept_and_the_first_subject_counts() -> None:
    message = parse(
        HEAD + b"Subject: second\r\nTo: hr@example.com\r\nReferences: <a@x>\r\nReferences: <b@x>\r\n\r\nhello"
    )
    assert message.subject == "Printer"
    assert message.header("subject") == ("Printer", "second")
    assert [one.address for one in message.to] == ["it@example.com", "hr@example.com"]
    assert message.references == ("a@x", "b@x")


def test_two_from_fields_are_no_identity() -> None:
    assert parse(HEAD + b"From: bob@example.org\r\n\r\nhello").identity is None


def test_the_same_bytes_give_the_same_value() -> None:
    raw = (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--\r\n"
    )
    assert parse(raw) == parse(raw)


def test_the_json_has_the_promised_keys() -> None:
    found = as_json(parse(HEAD + b"\r\nhello"))
    promised = (
        "message_id in_reply_to references from to cc reply_to subject date text reply html attachments kind kind_reason"
        " bounce defects complete"
    )
    assert set(promised.split()) <= set(found)
    assert json.loads(json.dumps(found))["from"] == {"name": "Ann", "address": "ann@example.org"}


def test_a_long_message_id_is_cut_the_same_way_wherever_it_is_cited() -> None:
    long = b"a" * 5000 + b"@x"
    parent = parse(HEAD + b"Message-ID: <" + long[:4000] + b">\r\n\r\nhello")
    reply = parse(HEAD + b"In-Reply-To: <" + long[:4000] + b">\r\n\r\nhello")
    assert parent.message_id == reply.in_reply_to[0]


def test_text_in_an_attachment_over_the_text_limit_is_an_attachment() -> None:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\n" + b"word " * 150_000 + b"\r\n"
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 4 + b"--b--\r\n"
    message = parse(raw)
    assert [one.content_type for one in message.attachments] == ["text/plain"] * 2
    assert message.kind is Kind.PERSON


TORN = HEAD + b"MIME-Version: 1.0\r\r--=_level0\rContent-Type: image/png\r\r\r\n"
TORN += b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\n"
"""A field in which mail-parser sees a line that begins a part."""


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Type: text/plain; charset=undefined\n\nGr\xfc\xdfe",
        b"Content-Type: text/plain; charset=punycode\n\nGr\xfc\xdfe",
        b"Content-Type: message/rfc822\n\nX-Long: \xff\nContent-Type: multipart/mixed\n\n\xd0",
        b"Content-Type: message/rfc822\n\nX-Long: " + b"a, " * 3000 + b"\n\nx",
    ],
)
def test_what_no_codec_and_no_library_can_read_stops_nothing(part: bytes) -> None:
    message = parse(TORN + part + b"\n--b--\n")
    assert message.complete
    assert not any(one.startswith("limit: ") for one in message.defects)


def test_parts_that_only_the_library_sees_are_told_and_change_nothing() -> None:
    raw = TORN + b"Content-Type: application/x-own; charset=iso-8859-1\n\nGr\xfc\xdfe\xff\n--b--\n"
    message = parse(raw)
    assert "structure: read in two ways" in message.defects
    assert (message.text, [one.content_type for one in message.attachments]) == ("hello", ["application/x-own"])
    assert content(raw, 0) == b"Gr\xfc\xdfe\xff"


def test_a_mail_of_bare_carriage_returns_is_read_as_it_was_peeked_at() -> None:
    raw = b"From: ann@example.org\rMessage-ID: <a@example.org>\rSubject: Printer\r\rIt is broken.\r\nReally.\n"
    message = parse(raw)
    assert peek(raw).message_id == message.message_id == "a@example.org"
    assert message.text.split("\n")[:2] == ["It is broken.", "Really."]


def test_no_byte_that_a_database_refuses_comes_out_in_a_defect() -> None:
    message = parse(HEAD + b"Content-Transfer-Encoding: \0\r\n\r\nhello")
    assert message.defects
    assert not any("\0" in one for one in message.defects)


def test_an_introduction_behind_the_words_of_a_reply_is_kept_among_what_was_cut() -> None:
    message = parse(
        HEAD
        + b"In-Reply-To: <a@b>\r\n\r\nYes. On Wed, Nov 4, 2026 at 3:59 PM, bob@example.com wrote:\r\n> Shall we?\r\n"
    )
    assert message.reply == "Yes."
    assert "bob@example.com wrote:" in "".join(one.text for one in message.cut)


@pytest.mark.parametrize(
    "style",
    [
        "color: url(https://t.example/x)",
        "background-color: IMAGE-SET('https://t.example/x' 1x)",
        "color: expression(x)",
    ],
)
def test_a_style_that_names_something_outside_is_left_out(style: str) -> None:
    message = parse(HEAD + f'Content-Type: text/html\r\n\r\n<p style="text-align: left; {style}">hello</p>'.encode())
    assert message.html == '<p style="text-align:left">hello</p>'


def test_no_value_holds_what_a_database_cannot_keep() -> None:
    part = b"\n\n--b\nContent-Type: image/png\nContent-ID: <a\0b@c>\n\nx\n--b--\n"
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=b" + part
    assert [one.content_id for one in parse(raw).attachments] == ["a\ufffdb@c"]


def test_the_text_of_an_invitation_has_the_line_ends_of_all_text() -> None:
    event = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:one\rtwo\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    message = parse(HEAD + b"Content-Type: text/calendar; method=REQUEST\r\n\r\n" + event)
    assert "one" in message.text and "\r" not in message.text


def test_a_charset_on_which_the_library_fails_hides_no_mail() -> None:
    """What it takes for the body, behind a bare CR in the field, it decodes by a charset with a NUL in its name."""
    raw = HEAD + b'Content-Type: multipart/mixed; charset="a\0b"\r\xe9 no field\n\nhello\n'
    message = parse(raw)
    assert not any("internal" in one for one in message.defects)
    assert message.text.strip() == "hello"
