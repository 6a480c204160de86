"""Giants among pages: HTML of a wanted size in the worst shapes."""

from __future__ import annotations

import random
from typing import Final

from bench.fuzz import markup
from bench.fuzz.fields import block
from bench.fuzz.words import chance

OPENED: Final = (
    '<a x="', "<a href='", "<!--", "<![CDATA[", "</p", "<p", "&#", "&lt", "<style>", "<title>", "<select><option>",
    "<table><td>", "<b><i>", "<font><a>",
)  # fmt: skip


def times(piece: bytes | str, size: int) -> bytes:
    """`piece` repeated to about `size` bytes."""
    raw = piece.encode("utf-8", "replace") if isinstance(piece, str) else piece
    return raw * max(1, size // max(1, len(raw)))


def whole(rng: random.Random, fields: list[tuple[str, str]], body: bytes) -> bytes:
    return b"\r\n".join(block(rng, fields)) + b"\r\n\r\n" + body


def html_nest(rng: random.Random, size: int) -> bytes:
    return _html(
        rng,
        times(f"<{rng.choice(markup.TAGS)}{rng.choice(('', ' ' + rng.choice(markup.ATTRIBUTES)))}>", size) + b"core",
    )


def html_pairs(rng: random.Random, size: int) -> bytes:
    first, second = rng.sample(markup.TAGS, 2)
    return _html(rng, times(f"<{first}><{second}>x</{first}>{rng.choice(('', f'</{second}>', '<p>'))}", size))


def html_loose(rng: random.Random, size: int) -> bytes:
    return _html(
        rng, b"<p>hello</p>" + times("".join(rng.choice(markup.LOOSE) for _ in range(rng.randint(1, 4))), size)
    )


def html_attributes(rng: random.Random, size: int) -> bytes:
    return _html(
        rng,
        b"<p " + times(rng.choice(markup.ATTRIBUTES) + rng.choice((" ", "", "\n")), size) + rng.choice((b">x", b"")),
    )


def html_letters(rng: random.Random, size: int) -> bytes:
    return _html(rng, times(markup.document(rng), size))


def html_unclosed(rng: random.Random, size: int) -> bytes:
    return _html(
        rng,
        times(
            rng.choice(OPENED),
            size,
        ),
    )


def _html(rng: random.Random, body: bytes) -> bytes:
    return whole(rng, [("Content-Type", "text/html; charset=utf-8")], body)


def html_formats(rng: random.Random, size: int) -> bytes:
    """Formatting that the grammar opens again in each block."""
    element = rng.choice(("font", "b", "a", "code", "nobr", "i"))
    most = rng.choice((3, 20, 190))
    opened = "".join(f"<{element} {rng.choice(('color', 'class'))}={at}>" for at in range(most))
    block = rng.choice(("<p>x", "<li>x", "<div>x</div>", "<td>x", "<p>x</p>"))
    if chance(rng, 0.3):
        return _html(rng, times(f"<p>{opened}" + block * 40, size))
    return _html(rng, f"<p>{opened}".encode() + times(block, size))


def html_parts(rng: random.Random, size: int) -> bytes:
    piece = rng.choice(("<p>x", "<li>x", "x<br>", "&amp;", "<b>x"))
    count = rng.choice((5, 40, 400))
    part = b"--g\r\nContent-Type: text/html\r\n\r\n" + times(piece, size // count) + b"\r\n"
    return whole(rng, [("Content-Type", "multipart/mixed; boundary=g")], part * count + b"--g--\r\n")


def html_marks(rng: random.Random, size: int) -> bytes:
    """Containers that programs name, below a quote that is long."""
    containers = ("<div class=signature></div>", "<div class=gmail_quote>", "<div id=divRplyFwdMsg></div>")
    mark = rng.choice((*containers, "<p class=gmail_attr>"))
    return _html(rng, b"<blockquote type=cite>" + b"a<br>" * 4900 + b"</blockquote>" + times(mark, size))
