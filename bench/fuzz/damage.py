"""Mails hurt in a few places: bytes changed, pieces taken out, moved, repeated, two mails crossed."""

from __future__ import annotations

import random
from typing import Final

SNIPPETS: Final[tuple[bytes, ...]] = (
    b"Content-Type: multipart/mixed; boundary=x\r\n", b"\r\n--x\r\n", b"\r\n--x--\r\n", b"--", b"\r\n\r\n", b"\r",
    b"\n", b"\0", b"Content-Type: text/html; charset=gb2312\r\n", b"Content-Type: message/rfc822\r\n",
    b"Content-Type: text/calendar\r\n", b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n", b"=?utf-8?b?", b"?=", b"=?",
    b"=?iso-2022-jp?B?GyRCJUYbKEI=?=", b"\x1b$B", b"\x1b(B", b"<!--", b"<div>", b"<blockquote>", b"</div>",
    b"<table><tr><td>", b"> ", b">>>> ", b"On Mon, 2 Nov 2026 at 10:14, A <a@b.example> wrote:\r\n", b"-- \r\n",
    b"From: a@b.example\r\n", b"References: <a@b> <c@d>\r\n", b"<", b">", b'"', b"(", b")", b";", b",", b":", b"@",
    b"\\", b"\xff\xfe", b"\xef\xbb\xbf", b"filename*0*=utf-8''%41", b"; filename=\"../../x\"",
    b"Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: x; a@b\r\n", b"Subject: =?undefined?q?x?=\r\n",
    b"begin 644 x\r\n", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261101T090000Z\r\n",
    b"Content-Type: text/plain; format=flowed; delsp=yes\r\n", b"&#0;&#xD800;&amp;", b" " * 200, b"\t\r\n" * 20,
    b"a" * 1000,
)  # fmt: skip


def damaged(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    """`raw` with up to twelve injuries; one in five is first crossed with `other`."""
    hurt = bytearray(raw)
    if hurt and other and rng.random() < 0.2:
        hurt[rng.randrange(len(hurt)) :] = other[rng.randrange(len(other)) :]
    for _ in range(rng.randint(0, 12)):
        injure(rng, hurt)
    return bytes(hurt)


def injure(rng: random.Random, raw: bytearray) -> None:
    """Changes `raw` in one place: bytes, a snippet, a piece taken out, repeated or moved."""
    at = rng.randrange(len(raw) + 1)
    sort = rng.random()
    if sort < 0.2:
        raw[at : at + rng.randint(0, 4)] = rng.randbytes(rng.randint(0, 4))
    elif sort < 0.25 and at < len(raw):
        raw[at] ^= 1 << rng.randrange(8)
    elif sort < 0.65:
        raw[at:at] = rng.choice(SNIPPETS) * (rng.randint(1, 40) if rng.random() < 0.15 else 1)
    elif sort < 0.78:
        del raw[at : at + rng.randint(1, 200)]
    elif sort < 0.8:
        _line_ends(rng, raw)
    elif sort < 0.9:
        piece = bytes(raw[at : at + rng.randint(1, 300)])
        raw[at:at] = piece * rng.randint(1, 20)
    else:
        piece = bytes(raw[at : at + rng.randint(1, 300)])
        to = rng.randrange(len(raw) + 1)
        raw[to:to] = piece


def _line_ends(rng: random.Random, raw: bytearray) -> None:
    """From somewhere on the lines end otherwise, as after a bad gateway."""
    at = rng.randrange(len(raw) + 1)
    raw[at:] = raw[at:].replace(b"\r\n", rng.choice((b"\n", b"\r", b"\r\r\n", b"")))
