"""Files that scripts put into the text itself (uuencode): cut out of the words, named, and found again."""

from __future__ import annotations

import base64
import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import attachments
from parsers.parse import parse
from parsers.uublocks import parted

HEAD = b"From: Cron <root@mill.example>\r\nTo: it@example.com\r\nSubject: report\r\n\r\n"


def block(content: bytes, name: str = "report.csv", end: str = "`", stripped: bool = False) -> bytes:
    """What ``uuencode`` writes."""
    lines = [binascii.b2a_uu(content[at : at + 45], backtick=end == "`") for at in range(0, len(content), 45)]
    if stripped:
        lines = [line.rstrip() + b"\n" for line in lines]
    return b"begin 644 %s\n%s%s\nend\n" % (name.encode(), b"".join(lines), end.encode())


@given(st.binary(max_size=500), st.sampled_from(["`", " "]), st.booleans())
def test_a_file_comes_out_as_it_went_in(content: bytes, end: str, crlf: bool) -> None:
    text = b"Tonight's figures.\n" + block(content, end=end) + b"Regards, the script\n"
    raw = HEAD + (text.replace(b"\n", b"\r\n") if crlf else text)
    message = parse(raw)
    assert message.text.split("\n")[:2] == ["Tonight's figures.", "Regards, the script"]
    assert [one.filename for one in message.attachments] == ["report.csv"]
    assert attachments.content(raw, 0) == content


def test_blanks_that_a_gateway_took_away_are_zeros() -> None:
    content = b"column\0\0\0\0\0\0\0\0\0" * 9
    words, files = parted(b"\n" + block(content, end=" ", stripped=True))
    assert (words, [one.content for one in files]) == (b"\n", [content])


def test_the_form_in_base64() -> None:
    content = bytes(range(256))
    raw = HEAD + b"Here.\nbegin-base64 644 table.xls\n" + base64.encodebytes(content) + b"====\n"
    assert parse(raw).text.strip() == "Here."
    assert attachments.content(raw, 0) == content


def test_several_files_stand_behind_all_others_in_their_order() -> None:
    body = (
        b"Content-Type: text/plain\r\n\r\none:\r\n" + block(b"1", "one.txt") + b"two:\r\n" + block(b"2", "../two.txt")
    )
    raw = (
        b"From: ann@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + body
        + b'\r\n--b\r\nContent-Type: application/pdf; name="plan.pdf"\r\n\r\n%PDF\r\n--b--\r\n'
    )  # fmt: skip
    message = parse(raw)
    assert message.text.split() == ["one:", "two:"]
    assert [(one.index, one.filename) for one in message.attachments] == [
        (0, "plan.pdf"),
        (1, "one.txt"),
        (2, "two.txt"),
    ]
    assert attachments.contents(raw, [1, 2]) == (b"1", b"2")


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 in the morning\nand do not stop until the\nend\n",
        "begin 755 x\nHELLO\nend\n",
        "begin 644 x\nend\n",
        "> begin 644 x\n> `\n> end\n",
        "begin 644 x\nM" + "A" * 60 + "\n",
        "begin 644 x\nM" + "A" * 90 + "\nend\n",
        "begin-base64 644 x\nnot this one\n====\n",
        "The words begin 644 x\n`\nend\n",
    ],
)
def test_what_only_looks_like_a_file_stays(text: str) -> None:
    assert parted(text.encode()) == (text.encode(), ())
    assert parse(HEAD + text.encode()).attachments == ()
