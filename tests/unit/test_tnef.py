"""A winmail.dat gives its words and its files; a broken one gives what stands before the damage, and never an error."""

from __future__ import annotations

import base64
import random
import struct

import pytest

from parsers import tnef
from parsers.attachments import content
from parsers.parse import parse
from tests.helpers.tnef import (
    BINARY,
    FILE,
    MESSAGE,
    STRING,
    UNICODE,
    codepage,
    file,
    item,
    many_shorts,
    named,
    number,
    properties,
    text,
    variable,
    winmail,
)

PLAN = b"%PDF-1.4 plan"
WHOLE = winmail(
    codepage(1252),
    item(MESSAGE, 0x8008, b"IPM.Note\0"),
    item(
        MESSAGE,
        0x9003,
        properties(
            named(0x8005, "Keywords", 7),
            many_shorts(0x6001, 2, b"\1\0\0\0\2\0\0\0"),
            number(0x3FDE, 65001),
            variable(0x1000, UNICODE, text("The lamp is dark.\r\nPlease come.")),
        ),
    ),
    file(b"PLAN~1.PDF\0", PLAN, variable(0x3707, UNICODE, text("Plan für März.pdf"))),
    file(b"notes.txt\0", b"bring a ladder", variable(0x370E, STRING, b"text/plain\0")),
)


def carried(data: bytes, words: str = "") -> bytes:
    """A mail that carries a winmail.dat."""
    encoded = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return (
        b"From: Ann <ann@example.org>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
        + words.encode()
        + b'\r\n--b\r\nContent-Type: application/ms-tnef; name="winmail.dat"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + encoded
        + b"--b\r\nContent-Type: application/pdf\r\n\r\nlast\r\n--b--\r\n"
    )


def test_its_words_and_its_files_are_found() -> None:
    found = tnef.read(WHOLE)
    assert found.text == "The lamp is dark.\nPlease come."
    assert [(one.name, one.content_type, one.content) for one in found.files] == [
        ("Plan für März.pdf", "application/pdf", PLAN),
        ("notes.txt", "text/plain", b"bring a ladder"),
    ]


TEXTS = (
    (winmail(item(MESSAGE, 0x800C, b"plain words\0")), "plain words"),
    (winmail(codepage(1251), item(MESSAGE, 0x800C, "Лампа".encode("cp1251"))), "Лампа"),
    (winmail(item(MESSAGE, 0x9003, properties(number(0x3FDE, 65001), variable(0x1000, STRING, "Öl".encode())))), "Öl"),
    (
        winmail(
            item(MESSAGE, 0x9003, properties(variable(0x1013, BINARY, b"<p>rich <b>words</b></p><script>x</script>")))
        ),
        "rich words",
    ),
    (winmail(), ""),
)


@pytest.mark.parametrize(("data", "wanted"), TEXTS)
def test_the_words_are_read_in_the_code_page_they_are_in(data: bytes, wanted: str) -> None:
    assert tnef.read(data).text.strip() == wanted


def test_a_mail_without_other_words_says_what_its_winmail_says() -> None:
    assert parse(carried(WHOLE)).text.startswith("The lamp is dark.")
    assert parse(carried(WHOLE, "See the file.")).text.strip() == "See the file."


def test_the_files_are_attachments_behind_all_others_and_can_be_fetched() -> None:
    raw = carried(WHOLE)
    found = parse(raw).attachments
    assert [one.filename for one in found] == ["winmail.dat", "part-2.pdf", "Plan für März.pdf", "notes.txt"]
    assert [one.span is None for one in found[2:]] == [True, True]
    assert [content(raw, one.index) for one in found[1:]] == [b"last", PLAN, b"bring a ladder"]


def test_a_name_in_it_is_cleaned_like_any_other() -> None:
    hostile = winmail(file(b"x\0", b"x", variable(0x3707, UNICODE, text("..\\..\\con"))))
    assert parse(carried(hostile)).attachments[-1].filename == "_con"


@pytest.mark.parametrize("end", range(0, len(WHOLE), 3))
def test_a_cut_file_never_raises(end: int) -> None:
    found = tnef.read(WHOLE[:end])
    assert len(found.files) <= 2
    assert not any(one.startswith("limit") for one in parse(carried(WHOLE[:end])).defects)


def test_a_damaged_file_never_raises() -> None:
    chance = random.Random(7)
    for _ in range(3000):
        data = bytearray(WHOLE)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        tnef.read(bytes(data))


CLAIMS = (
    winmail(item(MESSAGE, 0x9003, struct.pack("<I", 0xFFFFFFFF))),
    winmail(item(MESSAGE, 0x9003, properties(many_shorts(0x6001, 0xFFFFFFFF)))),
    winmail(item(MESSAGE, 0x9003, properties(struct.pack("<HHI", 0x101E, 0x1000, 0xFFFFFFFF)))),
    winmail(item(MESSAGE, 0x9003, properties(struct.pack("<HHII", 0x1E, 0x1000, 1, 0xFFFFFFFF)))),
    winmail(item(MESSAGE, 0x9003, properties(struct.pack("<HH16xII", 3, 0x8001, 1, 0xFFFFFFFF)))),
    winmail(struct.pack("<BHHI", 1, 0x800C, 6, 0xFFFFFFFF) + b"x" * 1000),
    winmail(item(FILE, 0x9002, b"") * 200_000),
    winmail(*(item(MESSAGE, 0x9003, struct.pack("<I", 0xFFFFFFFF) + b"\0" * 400) for _ in range(2000))),
)


@pytest.mark.parametrize("data", CLAIMS)
def test_a_count_that_is_only_claimed_is_not_followed(data: bytes) -> None:
    assert tnef.read(data) == tnef.Winmail()
