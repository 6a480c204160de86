"""Header blocks, encoded words, ids and parameters."""

from __future__ import annotations

import pytest

from parsers import citations, mimefield, words
from parsers.fields import read_block
from parsers.parse import parse
from parsers.peek import peek

DECODED = (
    ("plain", b"Hello", "Hello"),
    ("folded", b"Hello\r\n world", "Hello world"),
    ("folded over a line of blanks, no CR", b"Hello\n   \n\tworld", "Hello world"),
    ("folded with blanks round it, a CR alone", b"Hello \r\n \t world\r!", "Hello world !"),
    ("base64", b"=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"),
    ("quoted-printable", b"=?iso-8859-1?Q?Gr=FC=DFe_aus_K=F6ln?=", "Grüße aus Köln"),
    ("two words", b"=?utf-8?q?Gr=C3=BC?= =?utf-8?q?=C3=9Fe?=", "Grüße"),
    ("two words split in a character", b"=?utf-8?q?Gr=C3?=\r\n =?utf-8?q?=BC=C3=9Fe?=", "Grüße"),
    ("words of two charsets", b"=?utf-8?q?=C3=BC?= =?iso-8859-1?q?=FC?=", "üü"),
    ("a word beside text", b"Re: =?utf-8?q?=C3=BC?= now", "Re: ü now"),
    ("blanks in a word", b"=?utf-8?q?a b?=", "a b"),
    ("no blank after a word", b"=?utf-8?q?a?=b", "ab"),
    ("a language", b"=?utf-8*en?q?a?=", "a"),
    ("windows characters as Latin-1", b"=?iso-8859-1?q?=93x=94?=", "“x”"),
    ("GBK as GB2312", b"=?gb2312?b?" + b"xOO6ww==" + b"?=", "你好"),
    ("Japanese with vendor characters", b"=?iso-2022-jp?B?GyRCLSEbKEI=?=", "①"),
    ("an unknown charset", b"=?undefined?q?abc?=", "abc"),
    ("no end", b"=?utf-8?q?abc", "=?utf-8?q?abc"),
    ("raw UTF-8", "Grüße".encode(), "Grüße"),
    ("raw Latin-1", b"Gr\xfc\xdfe", "Grüße"),
    ("a NUL", b"a\0b", "a\ufffdb"),
    ("base64 without padding", b"=?utf-8?B?R3LDvA?=", "Grü"),
)


@pytest.mark.parametrize(("what", "value", "wanted"), DECODED, ids=[one[0] for one in DECODED])
def test_a_header_value_is_decoded(what: str, value: bytes, wanted: str) -> None:
    assert words.decoded(value) == wanted


def test_a_hundred_encoded_words_are_decoded_and_the_rest_stays() -> None:
    text = words.decoded(b" ".join([b"=?utf-8?q?a?="] * 300))
    assert text.startswith("a" * 100) and text.count("=?utf-8?q?a?=") == 200


IDS = (
    ("<a@b> <c@d>", ("a@b", "c@d")),
    ("<a@b><c@d>", ("a@b", "c@d")),
    ("a@b c@d", ("a@b", "c@d")),
    ("<a@\r\n b>", ("a@b",)),
    ("Your message of Monday <a@b>", ("a@b",)),
    ("", ()),
    ("<>", ()),
    ("no id at all", ()),
)


@pytest.mark.parametrize(("value", "wanted"), IDS)
def test_ids_are_found_even_when_the_field_is_broken(value: str, wanted: tuple[str, ...]) -> None:
    assert citations.ids(value) == wanted


def test_of_many_ids_the_first_two_and_the_last_forty_eight_count() -> None:
    found = citations.ids(" ".join(f"<{number}@x>" for number in range(400)))
    assert found == ("0@x", "1@x", *(f"{number}@x" for number in range(352, 400)))


def test_the_nearest_id_comes_first() -> None:
    assert citations.citations(("parent@x",), ("root@x", "middle@x", "parent@x")).message_ids == (
        "parent@x",
        "middle@x",
        "root@x",
    )


PARAMETERS = (
    (b'text/plain; charset="utf-8"', "text/plain", {"charset": "utf-8"}),
    (b"TEXT/Plain; CHARSET=UTF-8 (comment)", "text/plain", {"charset": "UTF-8"}),
    (b"attachment; filename*=utf-8''%C3%A4.txt", "attachment", {"filename": "ä.txt"}),
    (b"attachment; filename*0=a; filename*1=b.txt", "attachment", {"filename": "ab.txt"}),
    (b"attachment; filename*1*=%A4.txt; filename*0*=utf-8'en'%C3", "attachment", {"filename": "ä.txt"}),
    (b'attachment; filename="=?utf-8?q?=C3=A4.txt?="', "attachment", {"filename": "ä.txt"}),
    (b"attachment; filename=my file.txt", "attachment", {"filename": "my file.txt"}),
    (b'attachment; filename="a;b.txt"', "attachment", {"filename": "a;b.txt"}),
    (b'attachment; filename="a\\"b.txt"', "attachment", {"filename": 'a"b.txt'}),
    (b'attachment; filename="unclosed.txt', "attachment", {"filename": "unclosed.txt"}),
    (b"text/plain charset=utf-8", "text/plain", {"charset": "utf-8"}),
    (b"multipart/mixed;\r\n\tboundary=\"a b\"", "multipart/mixed", {"boundary": "a b"}),
)  # fmt: skip


@pytest.mark.parametrize(("value", "wanted", "parameters"), PARAMETERS)
def test_parameters_are_read_as_meant(value: bytes, wanted: str, parameters: dict[str, str]) -> None:
    typed = mimefield.read(value)
    assert (typed.value, dict(typed.parameters)) == (wanted, parameters)


BLOCKS = (
    ("a usual header", b"A: 1\r\nB: 2\r\n 3\r\n\r\nbody", [("A", b"1"), ("B", b"2\r\n 3")], b"body"),
    ("line feeds alone", b"A: 1\nB: 2\n\nbody", [("A", b"1"), ("B", b"2")], b"body"),
    ("no header at all", b"\r\nbody", [], b"body"),
    ("no body", b"A: 1\r\n", [("A", b"1")], b""),
    ("no empty line", b"A: 1\r\nbody text\r\nmore", [("A", b"1")], b"body text\r\nmore"),
    ("a stray line among fields", b"A: 1\r\nstray\r\nBee: 2\r\n\r\nbody", [("A", b"1"), ("Bee", b"2")], b"body"),
    ("an mbox line", b"From ann Mon Nov  2\r\nA: 1\r\n\r\nbody", [("A", b"1")], b"body"),
    ("a blank before the colon", b"A : 1\r\n\r\nbody", [("A", b"1")], b"body"),
    ("a byte order mark", b"\xef\xbb\xbfA: 1\r\n\r\nbody", [("A", b"1")], b"body"),
)


@pytest.mark.parametrize(("what", "raw", "fields", "body"), BLOCKS, ids=[one[0] for one in BLOCKS])
def test_a_header_block_is_cut_into_fields(what: str, raw: bytes, fields: list[tuple[str, bytes]], body: bytes) -> None:
    block = read_block(raw)
    assert [(one.name, one.value) for one in block.fields] == fields
    assert raw[block.body :] == body


def test_peek_reads_the_header_only() -> None:
    raw = (
        b"Received: a\r\nReceived: b\r\nFrom: =?utf-8?q?J=C3=BC?= <j@example.org>\r\nSubject: =?utf-8?q?=C3=BC?=\r\n x\r\n"
        b"Message-Id:\r\n <1@example.org>\r\n\r\nSubject: body\r\n"
    )
    seen = peek(raw)
    assert (seen.message_id, seen.subject, seen.from_address, seen.received_count) == (
        "1@example.org",
        "ü x",
        "j@example.org",
        2,
    )


@pytest.mark.parametrize("change", [(b"\r\n", b"\n"), (b"\r\n", b"\r"), (b"From", b"\xef\xbb\xbfFrom")])
def test_peek_reads_what_parse_reads(change: tuple[bytes, bytes]) -> None:
    raw = b"From: Ann <ann@example.org>\r\nSubject: Hello\r\n there\r\nMessage-ID: <1@x>\r\n\r\nhello\r\n".replace(
        *change, 1
    )
    raw = raw.replace(*change) if change[0] == b"\r\n" else raw
    seen, message = peek(raw), parse(raw)
    assert message.from_ is not None
    assert (seen.message_id, seen.subject, seen.from_address) == ("1@x", message.subject, message.from_.address)


@pytest.mark.parametrize("raw", [b"", b"\0", b"\xff" * 100, b"From", b"From:", b"Subject: " + b"=?" * 50_000])
def test_peek_never_fails(raw: bytes) -> None:
    assert peek(raw).received_count == 0
