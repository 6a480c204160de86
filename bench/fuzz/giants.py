"""Mails of a wanted size whose shape is the worst that somebody could think of, from some kilobytes to 25 MB.

Each shape repeats something on which a reader might spend quadratic time or a multiple of the memory.  The repeated pieces
are drawn, so that two giants of one shape are not the same.
"""

from __future__ import annotations

import base64
import math
import random
from collections.abc import Callable
from typing import Final

from bench.fuzz import writing
from bench.fuzz.fields import block, message_id
from bench.fuzz.giantpages import (
    html_attributes,
    html_formats,
    html_letters,
    html_loose,
    html_marks,
    html_nest,
    html_pairs,
    html_parts,
    html_unclosed,
    times,
    whole,
)
from bench.fuzz.winmail import winmail
from bench.fuzz.words import chance, few, prose, token

LARGEST: Final = 25_000_000
"""Bytes; what the doors accept."""
Shape = Callable[[random.Random, int], bytes]

INTRODUCTIONS: Final = (
    "On Mon, 2 Mar 2026 at 10:00, Someone <a@b.example>", "Am 02.03.2026 um 10:00", "On Mon,", "Le lun. 2 mars",
    "From: a", "Von: a\r\nGesendet: b", "2026年3月2日",
)  # fmt: skip
UNBROKEN: Final = (
    "a", "word ", "https://example.org/", "-", "=", "_", ">", "@", "a@b.c ", "日本", "e\u0301", "<", ":", "wrote:",
    "On ", "*", "|",
)  # fmt: skip
HEADS: Final = (
    b"", b"Content-Type: image/png\r\n", b"Content-Type: text/html\r\n", b"Content-Type: message/rfc822\r\n",
    b"Content-Disposition: attachment; filename=x\r\n",
)  # fmt: skip
KINDS: Final = (
    "application/octet-stream", "text/plain", "text/html", "application/ms-tnef", "text/calendar", "message/rfc822",
)  # fmt: skip
CHARSETS: Final = (
    "utf-16", "utf-32", "iso-2022-jp", "gb18030", "punycode", "utf-7", "shift_jis", "euc-kr", "windows-1252",
    "unknown", "hz-gb-2312", "iso-2022-kr",
)  # fmt: skip
BYTES: Final = (
    b"\x1b$B", b"\x1b(B\x1b$B!!", b"\xff\xfe", b"\xe3\x81\x82", b"\x80", b"a-b", b"+AGEA-", b"~{", b"\x0e\x0f",
    b"\x1b$B\xff\x1b", b"\x1b$(Dab", b"\x1b$Ba\x1b(Bb\r\n", b"\x1b(Ia", b"\x1b",
    b"\0a", b"\xf0\x9f\x91\x8d", b"\xfe\x07\xc3\x91\x1b\x00\xd8",
)  # fmt: skip
NAMES: Final = (
    "Subject", "From", "To", "Cc", "References", "Content-Type", "Content-Disposition", "Date", "X-Any",
    "Authentication-Results", "Received", "Message-ID", "Reply-To",
)  # fmt: skip
VALUES: Final = (
    "(", ")", ";", ",", "<", '"', "\\", "a", "=?utf-8?q?=E2=82=AC?= ", "=?", "a@b.example, ", "\r\n ", "\r\n \r\n ",
    "; x*0=a", '; x="', "Re: ", "=?utf-8?b?", "<a@b> ", "@", ":", "[", "(a ", "?=", " ", "dmarc=pass;", "Re: AW: ",
)  # fmt: skip
FIELDS: Final = (
    b"X-Pad: v\r\n", b"a:\r\n", b"Received: x\r\n", b"Subject: s\r\n", b"From: a@b.example\r\n", b"no colon\r\n",
    b" \r\n", b":\r\n", b"References: <a@b>\r\n",
)  # fmt: skip


def _plain(rng: random.Random, body: bytes) -> bytes:
    return whole(rng, [("Content-Type", "text/plain; charset=utf-8")], body)


def _wrote_chain(rng: random.Random, size: int) -> bytes:
    lead = rng.choice(INTRODUCTIONS)
    return _plain(rng, b"Thanks.\r\n" + times(lead + "\r\n" * rng.randint(0, 2), size))


def _quote_ladder(rng: random.Random, size: int) -> bytes:
    width = rng.choice((2, 20, 60, 900))
    step = "".join(
        ">" * (1 + at % width) + rng.choice((" ", "")) + "On Mon, A wrote: line\r\n" for at in range(max(40, width))
    )
    return _plain(rng, b"No.\r\n\r\n" + times(step, size))


def _answers(rng: random.Random, size: int) -> bytes:
    return _plain(
        rng,
        times((writing.quoted(rng, prose(rng, 3)) + "\nno\n" + writing.letter(rng) + "\n").replace("\n", "\r\n"), size),
    )


def _signatures(rng: random.Random, size: int) -> bytes:
    return _plain(
        rng, b"x\r\n" + times(rng.choice(writing.CLOSINGS + writing.ARMOUR).replace("\n", "\r\n") + "\r\n", size)
    )


def _blanks(rng: random.Random, size: int) -> bytes:
    run = rng.choice(
        (" " * 900 + "\r\n", "\r\n", "\t", " ", "\u00a0" * 50, "\u200b", "\x0b\x0c", " \r\n> ", "\u3000\r\n")
    )
    return _plain(rng, b"Hello\r\n" + times(run, size) + b"end\r\n")


def _long_line(rng: random.Random, size: int) -> bytes:
    return _plain(
        rng,
        times(
            rng.choice(UNBROKEN),
            size,
        ),
    )


def _many_parts(rng: random.Random, size: int) -> bytes:
    kind = rng.choice(HEADS)
    fill = b"x" * rng.choice((0, 10, 500, 60_000))
    return whole(
        rng,
        [("Content-Type", f"multipart/{rng.choice(('mixed', 'alternative', 'digest', 'related'))}; boundary=p")],
        times(b"--p\r\n" + kind + b"\r\n" + fill + b"\r\n", size) + b"--p--\r\n",
    )


def _nested_parts(rng: random.Random, size: int) -> bytes:
    count = max(2, min(size // 70, rng.choice((5, 25, 31, 300, 10**6))))
    inside = b"".join(b"Content-Type: multipart/mixed; boundary=n%d\r\n\r\n--n%d\r\n" % (at, at) for at in range(count))
    rest = times("filler ", max(1, size - len(inside))) if chance(rng, 0.5) else b"core"
    return whole(
        rng, [("Content-Type", "multipart/mixed; boundary=r")], b"--r\r\n" + inside + b"\r\n" + rest + b"\r\n--r--\r\n"
    )


def _nested_mails(rng: random.Random, size: int) -> bytes:
    return whole(
        rng,
        [("Content-Type", "message/rfc822")],
        times(b"Content-Type: message/rfc822\r\nSubject: level\r\n\r\n", size) + b"core",
    )


def _almost(boundary: str) -> tuple[str, ...]:
    """Lines that are nearly delimiters."""
    begun = f"--{boundary}"
    far = begun + " " * 300 + "x\r\n"
    return (f"{begun}x\r\n", f"{begun[:-1]}\r\n", f"\r\n{begun} x\r\n", "--\r\n", "\r\n--", far)


def _boundary_prefixes(rng: random.Random, size: int) -> bytes:
    boundary = "b" * rng.choice((1, 20, 70, 190))
    almost = rng.choice(_almost(boundary))
    return whole(
        rng,
        [("Content-Type", f"multipart/mixed; boundary={boundary}")],
        f"--{boundary}\r\n\r\n".encode() + times(almost, size) + f"\r\n--{boundary}--".encode(),
    )


def _file(rng: random.Random, encoding: str, body: bytes) -> bytes:
    kind = rng.choice(KINDS)
    part = f"--q\r\n\r\nhello\r\n--q\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    return whole(rng, [("Content-Type", "multipart/mixed; boundary=q")], part + body + b"\r\n--q--\r\n")


def _base64(rng: random.Random, size: int) -> bytes:
    line = base64.b64encode(rng.randbytes(57)) + b"\r\n"
    return _file(rng, "base64", times(line * 500, size) + rng.choice((b"", b"=", b"====", b"A")))


def _base64_garbage(rng: random.Random, size: int) -> bytes:
    return _file(
        rng,
        "base64",
        times(
            rng.choice(
                (b"A" + b"!" * 59 + b"\r\n", b"QQ==", b"=", b"Q=\r\n", b"\0", b"!", b"QUJD\xff", b"QUI=\r\nQ", b"A=B")
            ),
            size,
        ),
    )


def _soft_breaks(rng: random.Random, size: int) -> bytes:
    return _file(
        rng,
        "quoted-printable",
        b"hello\r\n"
        + times(rng.choice(("=\r\n", "=", "=C3=BC", "==\n", "=20", "= ", " =\r\n", "=3D=\r\n", "=0D", "\t")), size),
    )


def _winmail(rng: random.Random, size: int) -> bytes:
    whole = winmail(rng)
    content = whole[:6] + times(whole[6:] or b"\0", size * 3 // 4)
    kind = "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return b"".join(block(rng, [])[:1]) + b"\r\n" + kind.encode() + base64.encodebytes(content)


def _uu(rng: random.Random, size: int) -> bytes:
    return _file(
        rng,
        "x-uuencode",
        rng.choice((b"", b"begin 644 a\r\n"))
        + times(rng.choice((b"begin 644 a\r\n", b"M" + b"a" * 60 + b"\r\n", b"~\r\n", b"#0V%T\r\n", b"M")), size),
    )


def _charset(rng: random.Random, size: int) -> bytes:
    charset = rng.choice(CHARSETS)
    piece = rng.choice(BYTES)
    return whole(
        rng, [("Content-Type", f"text/{rng.choice(('plain', 'html'))}; charset={charset}")], times(piece, size)
    )


def _calendar(rng: random.Random, size: int) -> bytes:
    piece = rng.choice((*writing.PROPERTIES, "BEGIN:VEVENT", " folded", 'ATTENDEE;CN="a')) + "\r\n"
    return whole(
        rng,
        [("Content-Type", "text/calendar; charset=utf-8; method=REQUEST")],
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + times(piece, size),
    )


def _report(rng: random.Random, size: int) -> bytes:
    told = writing.bounced(rng).replace("\n", "\r\n") + "\r\n"
    fields = writing.status(rng).replace("\n", "\r\n") + "\r\n"
    body = (
        b"--r\r\n\r\n"
        + times(told, size // 2)
        + b"\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\n"
        + times(fields, size // 2)
        + b"\r\n--r--\r\n"
    )
    return whole(
        rng,
        [("Content-Type", "multipart/report; report-type=delivery-status; boundary=r"), ("Return-Path", "<>")],
        body,
    )


def _told(rng: random.Random, size: int) -> bytes:
    return b"Return-Path: <>\r\nAuto-Submitted: auto-replied\r\n" + _plain(
        rng, times(rng.choice(writing.TOLD).replace("\n", "\r\n") + rng.choice(("\r\n", " ", "<")), size)
    )


def _field(rng: random.Random, size: int) -> bytes:
    name = rng.choice(NAMES)
    piece = rng.choice(VALUES)
    return f"{name}: x".encode() + times(piece, size) + b"\r\n" + _plain(rng, b"hello\r\n")


def _fields(rng: random.Random, size: int) -> bytes:
    piece = rng.choice(FIELDS)
    return times(piece, size) + _plain(rng, b"hello\r\n")


def _references(rng: random.Random, size: int) -> bytes:
    return (
        f"References: {message_id(rng)}".encode()
        + times(f"\r\n <{token(rng)}@x>", size)
        + b"\r\n"
        + _plain(rng, b"hi\r\n")
    )


def _pieces(rng: random.Random, size: int) -> bytes:
    name = "".join(
        f";\r\n {rng.choice(('filename', 'name'))}*{at}{rng.choice(('', '*'))}=%41b"
        for at in range(max(1, min(size, 2_000_000) // 18))
    )
    return whole(
        rng,
        [
            ("Content-Type", "application/pdf" + (name if chance(rng, 0.5) else "")),
            ("Content-Disposition", "attachment" + name),
        ],
        b"x" * 10,
    )


def _flowed(rng: random.Random, size: int) -> bytes:
    return whole(
        rng,
        [("Content-Type", "text/plain; format=flowed; delsp=yes")],
        times(rng.choice(("a \r\n", "> \r\n", ">> a \r\n", " \r\n", "-- \r\n", ">" * 500 + " \r\n", "a  \n")), size),
    )


def _noise(rng: random.Random, size: int) -> bytes:
    return rng.choice((b"", b"Subject: x\r\n\r\n", b"Content-Type: text/plain; charset=gbk\r\n\r\n")) + times(
        rng.randbytes(rng.randint(1, 4096)), size
    )


def _list_fields(rng: random.Random, size: int) -> bytes:
    """Many fields of addresses."""
    value = rng.choice(("[", "a@", ";", "a:;", "a@b.example, ", "(", '"', "<", "=?utf-8?q?a?= "))
    names = ("To", "Cc", "Reply-To", "From")
    fields = [(rng.choice(names), times(value, min(size, 2_000_000) // 15).decode()) for _ in range(15)]
    return whole(rng, fields, b"x")


def _short_uu(rng: random.Random, size: int) -> bytes:
    line = rng.choice((b"#AAAA\r\n", b"!AA\r\n", b" \r\n", b"M\r\n", b"begin 644 a\r\n"))
    body = b"begin 644 a\r\n" + times(line, size) + rng.choice((b"`\r\nend\r\n", b""))
    encoding = [("Content-Transfer-Encoding", "x-uuencode")] if chance(rng, 0.5) else []
    return whole(rng, [("Content-Type", rng.choice(("text/plain", "application/x"))), *encoding], body)


SHAPES: Final[tuple[Shape, ...]] = (
    _wrote_chain, _quote_ladder, _answers, _signatures, _blanks, _long_line, html_nest, html_pairs, html_loose,
    html_attributes, html_letters, html_unclosed, _many_parts, _nested_parts, _nested_mails, _boundary_prefixes,
    _base64, _base64_garbage, _soft_breaks, _winmail, _uu, _charset, _calendar, _report, _told, _field, _fields,
    _references, _pieces, _flowed, _noise, html_formats, html_parts, html_marks, _list_fields, _short_uu,
)  # fmt: skip


def giant(rng: random.Random, least: int, most: int) -> tuple[str, bytes]:
    """A shape's name and a mail of it between the sizes (bytes; small ones more often), now and then of two shapes."""
    size = round(math.exp(rng.uniform(math.log(least), math.log(most))))
    shape = rng.choice(SHAPES)
    if few(rng, 10) < 8:
        return shape.__name__.strip("_"), shape(rng, size)
    other = rng.choice(SHAPES)
    raw = f"Content-Type: multipart/{rng.choice(('mixed', 'alternative'))}; boundary=g-g\r\n".encode()
    raw += b"\r\n--g-g\r\n" + shape(rng, size // 2) + b"\r\n--g-g\r\n" + other(rng, size // 2) + b"\r\n--g-g--\r\n"
    return f"{shape.__name__.strip('_')} and {other.__name__.strip('_')}", raw
