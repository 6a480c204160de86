"""ISO-2022-JP as it is really sent: with the NEC and IBM characters and half-width katakana that the standard lacks.

Python's codecs stop at ``①`` or ``㈱`` (vendor extensions of row 13), which Outlook in Japan writes every day.  Here the
two-byte sets are turned into Shift JIS arithmetic and read as cp932, which has them.  Never raises; linear.
"""

from __future__ import annotations

import re
from io import StringIO
from itertools import islice
from typing import Final

from parsers.limits import BOUNDS

_ESCAPES: Final = re.compile(rb"\x1b(\$[@B]|\$\([DO]|\([BJIH])|([\x0e\x0f])")
_HIGH: Final = bytes(byte | 0x80 for byte in range(256))
_TWO_BYTES: Final = frozenset({b"$@", b"$B", b"$(O"})


def decode_iso2022_jp(data: bytes) -> str:
    """The text of ISO-2022-JP with extensions; what makes no sense becomes U+FFFD."""
    text = StringIO()
    mode, start = b"(B", 0
    for match in islice(_ESCAPES.finditer(data), BOUNDS.escapes):
        text.write(_run(data[start : match.start()], mode))
        mode = match[1] or (b"(I" if match[2] == b"\x0e" else b"(B")
        start = match.end()
    rest = data[start:]
    text.write(_rest(rest, mode) if _ESCAPES.search(rest) else _run(rest, mode))
    return text.getvalue()


def _rest(rest: bytes, mode: bytes) -> str:
    """What follows more switches than are looked at one by one: by Python's codec, or as ASCII where that stops."""
    try:
        return (b"\x1b" + mode + rest).decode("iso2022_jp_ext")
    except UnicodeDecodeError:
        return rest.replace(b"\x1b", b"").decode("ascii", "replace")


def _run(run: bytes, mode: bytes) -> str:
    if not run:
        return ""
    if mode in _TWO_BYTES:
        plain = _as_euc(run)
        if plain is not None:
            return plain
        return "".join(_pairs(line) + end for line, end in _lines(run))
    if mode == b"(I":
        return bytes(byte | 0x80 if 0x21 <= byte <= 0x5F else byte for byte in run).decode("cp932", "replace")
    if mode == b"$(D":  # JIS X 0212
        return b"".join(
            b"\x8f" + bytes((a | 0x80, b | 0x80)) for a, b in zip(run[::2], run[1::2], strict=False)
        ).decode("euc_jp", "replace")
    return run.decode("ascii", "replace") if run.isascii() else run.decode("cp932", "replace")


def _as_euc(run: bytes) -> str | None:
    """The fast way for what the standard has: the same pairs with their high bits set are EUC-JP."""
    if b"\n" in run or len(run) % 2:
        return None
    try:
        return run.translate(_HIGH).decode("euc_jp")
    except UnicodeDecodeError:
        return None


def _lines(run: bytes) -> list[tuple[bytes, str]]:
    """Lines with their ends: writers forget to switch back before the end of a line."""
    lines = run.split(b"\n")
    return [(line, "\n") for line in lines[:-1]] + [(lines[-1], "")]


def _pairs(run: bytes) -> str:
    """JIS X 0208 pairs as Shift JIS (the arithmetic of JIS X 0208 annex 1), read as cp932."""
    out = bytearray()
    for row, cell in zip(run[::2], run[1::2], strict=False):
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            out += bytes((row, cell))
            continue
        lead = ((row - 0x21) >> 1) + 0x81
        trail = cell + (0x1F if cell < 0x60 else 0x20) if row & 1 else cell + 0x7E
        out += bytes((lead if lead < 0xA0 else lead + 0x40, trail))
    if len(run) % 2:
        out.append(run[-1])
    return out.decode("cp932", "replace")
