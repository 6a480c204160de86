"""The outline of a mail: right offsets, the same tree as the library's, limits told, nothing superlinear."""

from __future__ import annotations

import email

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from parsers import prescan
from parsers.attachments import content
from parsers.parse import parse

HEAD = b"From: a@example.org\r\nSubject: x\r\n"


def multipart(*parts: bytes, boundary: bytes = b"b", kind: bytes = b"mixed") -> bytes:
    """The bytes of a multipart, its own header first."""
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return (
        b"Content-Type: multipart/"
        + kind
        + b'; boundary="'
        + boundary
        + b'"\r\n\r\n'
        + body
        + b"--"
        + boundary
        + b"--\r\n"
    )


def bodies(raw: bytes) -> list[bytes]:
    """The bodies of the leaves, cut out by offset."""
    return [raw[leaf.start : leaf.end] for leaf in prescan.scan(raw).leaves]


STRUCTURES = (
    ("one part", HEAD + b"\r\nhello\r\n", [b"hello\r\n"]),
    ("two parts", HEAD + multipart(b"\r\none", b"Content-Type: text/html\r\n\r\ntwo"), [b"one", b"two"]),
    (
        "nested",
        HEAD + multipart(multipart(b"\r\none", b"\r\ntwo", boundary=b"i"), b"\r\nthree"),
        [b"one", b"two", b"three"],
    ),
    ("an inner boundary that begins with the outer", HEAD + multipart(multipart(b"\r\none", boundary=b"bb")), [b"one"]),
    ("the same boundary twice", HEAD + multipart(multipart(b"\r\none", boundary=b"b")), [b"one"]),
    ("never closed", HEAD + multipart(b"\r\none")[: -len(b"--b--\r\n")], [b"one\r\n"]),
    (
        "an inner one never closed",
        HEAD + multipart(multipart(b"\r\none", boundary=b"i")[: -len(b"--i--\r\n")], b"\r\ntwo"),
        [b"one\r\n", b"two"],
    ),
    (
        "a boundary that never comes",
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\nhello\r\n",
        [b"hello\r\n"],
    ),
    ("no boundary at all", HEAD + b"Content-Type: multipart/mixed\r\n\r\nhello\r\n", [b"hello\r\n"]),
    (
        "an attached mail is a leaf",
        HEAD + multipart(b"Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nx"),
        [b"Subject: in\r\n\r\nx"],
    ),
    ("text after the end", HEAD + multipart(b"\r\none") + b"epilogue\r\n", [b"one"]),
    ("line feeds alone", (HEAD + multipart(b"\r\none", b"\r\ntwo")).replace(b"\r\n", b"\n"), [b"one", b"two"]),
    ("blanks after the delimiter", HEAD + multipart(b"\r\none").replace(b"--b\r\n", b"--b  \r\n"), [b"one"]),
    ("an empty part", HEAD + multipart(b"\r\n", b"\r\ntwo"), [b"", b"two"]),
)


@pytest.mark.parametrize(("what", "raw", "wanted"), STRUCTURES, ids=[one[0] for one in STRUCTURES])
def test_the_parts_of_a_mail_are_found(what: str, raw: bytes, wanted: list[bytes]) -> None:
    assert bodies(raw) == wanted


LIMITS = (
    (
        "31 levels",
        HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(31)),
        "levels",
    ),
    ("501 parts", HEAD + multipart(*[b"\r\nx"] * 501), "parts"),
    ("501 fields", b"X: 1\r\n" * 501 + b"\r\n", "fields"),
    ("a long header", b"".join(b"X-%d: %s\r\n" % (n, b"a" * 2000) for n in range(200)) + b"\r\n", "header"),
)


@pytest.mark.parametrize(("what", "raw", "word"), LIMITS, ids=[one[0] for one in LIMITS])
def test_a_mail_over_a_structure_limit_is_read_no_further(what: str, raw: bytes, word: str) -> None:
    message = parse(raw)
    assert not message.complete
    assert any(one.startswith("limit: ") and word in one for one in message.defects)


def test_thirty_levels_are_read() -> None:
    part = b"\r\ncore text"
    for number in range(30):
        part = multipart(part, boundary=b"b%d" % number)
    assert parse(HEAD + part).text == "core text"


ODDLY_WRITTEN = (b"'b9'", b"'b9 '", b'"b9', b"b9 (a comment)", b'"b9"; charset=utf-8', b'  "b9"  ;', b"b9; b9=x")


@pytest.mark.parametrize("written", ODDLY_WRITTEN, ids=[one.decode() for one in ODDLY_WRITTEN])
def test_the_parts_of_a_mail_are_read_however_its_boundary_is_written(written: bytes) -> None:
    html = b"Content-Type: text/html\r\n\r\n<p>hello <b>there</b></p>"
    whole = multipart(b"\r\nhello", html, boundary=b"b9")
    message = parse(HEAD + whole.replace(b'"b9"', written, 1))
    assert (message.text.strip(), message.html) == ("hello\nhello there", "<pre>hello</pre><p>hello <b>there</b></p>")
    assert not any("structure" in one for one in message.defects)


def test_quotes_round_a_boundary_belong_to_it_where_the_delimiters_have_them_too() -> None:
    raw = HEAD + b"Content-Type: multipart/mixed; boundary='b9'\r\n\r\n--'b9'\r\n\r\nhello\r\n--'b9'--\r\n"
    assert (parse(raw).text, parse(raw).defects) == ("hello", ())


CONTENTS = some.text(alphabet="ab \u00e4:<>=", max_size=40).map(lambda one: b"\r\n" + one.encode())


def nested(parts: list[bytes]) -> bytes:
    """A multipart whose boundary is no prefix of what it holds."""
    return multipart(*parts, boundary=b"n%d" % sum(map(len, parts)))


@given(some.recursive(CONTENTS, lambda inner: some.lists(inner, min_size=1, max_size=4).map(nested), max_leaves=12))
@settings(max_examples=150, deadline=None)
def test_the_outline_agrees_with_the_standard_library_on_well_formed_mail(part: bytes) -> None:
    raw = HEAD + part
    entities = [one for one in email.message_from_bytes(raw).walk() if not one.is_multipart()]
    assert bodies(raw) == [one.get_payload(decode=True) for one in entities]


@given(some.binary(max_size=2000), some.integers(0, 3))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_without_an_exception(data: bytes, shape: int) -> None:
    raw = (data, HEAD + data, HEAD + multipart(data, data), HEAD + b"Content-Type: text/html\r\n\r\n" + data)[shape]
    message = parse(raw)
    assert not any(one.startswith("limit: internal") for one in message.defects)
    assert bool(message.reply.strip()) == bool(message.text.strip())
    for one in message.attachments:
        found = content(raw, one.index)
        assert found is not None and len(found) == one.size
