"""What many small pieces of a mail may cost together: no page grows beyond measure, no limit holds for each piece only."""

from __future__ import annotations

import pytest

from parsers.limits import BOUNDS, LIMITS
from parsers.parse import parse

HEAD = b"From: ann@example.org\r\nMIME-Version: 1.0\r\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"


@pytest.mark.parametrize("element", ["font", "b", "code", "a"])
@pytest.mark.parametrize("block", [b"<p>x", b"<li>x", b"<div>x</div>", b"<p>x</p>"])
def test_formatting_that_is_opened_again_in_each_block_does_not_blow_a_page_up(element: str, block: bytes) -> None:
    opened = b"".join(b"<%s class=%d>" % (element.encode(), at) for at in range(190))
    raw = HTML + b"<p>" + opened + block * 4000
    message = parse(raw)
    assert message.html is not None
    assert len(message.html) < 30 * len(raw)
    assert message.text.count("x") == 4000


def test_formatting_round_everything_stays() -> None:
    page = b"<font face=Arial><b>" + b"<p>A line of <i>words</i> and more.</p>" * 300 + b"</b></font>"
    message = parse(HTML + page)
    assert message.html is not None
    assert "<i>words</i>" in message.html


def test_the_tags_of_all_html_parts_count_together_and_later_parts_are_attachments() -> None:
    part = b"--b\r\nContent-Type: text/html\r\n\r\n" + b"<p>x" * 25_000 + b"\r\n"
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 10 + b"--b--\r\n"
    message = parse(raw)
    assert message.text.count("x") < 4 * 25_000
    assert len(message.attachments) >= 7


@pytest.mark.parametrize("value", [b"[" * 16_000, b"a@b.example, " * 1200, b"a:;" * 5000])
def test_the_limits_of_addresses_hold_for_all_fields_of_a_name(value: bytes) -> None:
    message = parse(HEAD + (b"To: " + value + b"\r\n") * 15 + b"To: last@example.org\r\n\r\nhi")
    assert len(message.to) <= LIMITS.addresses
    assert "last@example.org" not in [one.address for one in message.to]


def test_what_is_not_read_of_several_fields_together_is_told() -> None:
    value = b"a@b.example, " * 60
    assert not any("field" in one for one in parse(HEAD + b"To: " + value + b"\r\n\r\nhi").defects)
    twice = parse(HEAD + (b"To: " + value + b"\r\n") * 2 + b"\r\nhi")
    assert f"field To: more than {LIMITS.addresses} addresses" in twice.defects


def test_more_winmail_files_than_people_send_stay_unopened_and_are_told() -> None:
    part = b"--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\r\nx\r\n"
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * (BOUNDS.winmails + 1) + b"--b--\r\n"
    message = parse(raw)
    assert len(message.attachments) == BOUNDS.winmails + 1
    assert f"only {BOUNDS.winmails} winmail.dat are opened" in message.defects


def test_a_japanese_text_with_very_many_switches_is_read_to_its_end() -> None:
    text = "会議は三階です。\r\n" * BOUNDS.escapes + "おわり"
    raw = HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + text.encode("iso2022_jp")
    assert parse(raw).text.endswith("おわり")


def test_switches_without_sense_beyond_measure_are_read_as_ascii() -> None:
    raw = HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + b"\x1b$B\xff\x1b" * 200_000 + b"the end"
    assert parse(raw).text.endswith("the end")


def test_a_file_of_short_lines_stays_among_the_words() -> None:
    raw = HEAD + b"\r\nbegin 644 a\r\n" + b"#AAAA\r\n" * 20_000 + b"`\r\nend\r\n"
    message = parse(raw)
    assert message.attachments == ()
    assert message.text.startswith("begin 644 a")


def test_an_attached_file_of_short_lines_is_cut_with_a_defect() -> None:
    raw = HEAD + b"Content-Type: application/x\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n"
    message = parse(raw + b"!AAAA\r\n" * 20_000 + b"`\r\nend\r\n")
    assert "uuencode: too many short lines" in message.defects
