"""winmail.dat (TNEF, MS-OXTNEF) as Outlook writes it, and with counts, lengths and types that lie."""

from __future__ import annotations

import random
import struct
from typing import Final

from bench.fuzz.words import chance, few, prose

_BODY, _CODEPAGE, _PROPERTIES, _BEGINS, _DATA, _TITLE, _FILE_PROPERTIES = (
    0x2800C, 0x69007, 0x69003, 0x69002, 0x6800F, 0x18010, 0x69005,
)  # fmt: skip
IDENTIFIERS: Final = (0x1000, 0x1013, 0x3FDE, 0x3707, 0x3704, 0x3001, 0x370E, 0x1009, 0x8001, 0xFFFF)
TYPES: Final = (0x02, 0x03, 0x0B, 0x05, 0x14, 0x40, 0x48, 0x1E, 0x1F, 0x102, 0x0D, 0x101F, 0x1102, 0x00, 0x77)
NAMES: Final = ("report.pdf\0", "../../x\0", "a\u202eb.txt", "", "con", "winmail.dat\0", "x" * 300)


def winmail(rng: random.Random) -> bytes:
    """A whole file, one in ten of them cut or hurt."""
    out = [struct.pack("<IH", 0x223E9F78, rng.getrandbits(16))]
    for _ in range(1 + few(rng, 12)):
        out.append(_object(rng))
    whole = b"".join(out)
    if chance(rng, 0.1):
        at = rng.randrange(len(whole))
        return whole[:at] + rng.choice((b"", rng.randbytes(3) + whole[at + 3 :], b"\xff\xff\xff\xff" + whole[at + 4 :]))
    return whole


def _object(rng: random.Random) -> bytes:
    sort = rng.choice((_BODY, _CODEPAGE, _PROPERTIES, _BEGINS, _DATA, _TITLE, _FILE_PROPERTIES, rng.getrandbits(32)))
    if sort in (_PROPERTIES, _FILE_PROPERTIES):
        data = _properties(rng)
    elif sort == _CODEPAGE:
        data = struct.pack("<II", rng.choice((1252, 65001, 932, 0, 2**31)), 0)
    elif sort == _TITLE:
        data = rng.choice(NAMES).encode("utf-8")
    elif sort == _BODY:
        data = prose(rng, few(rng, 6)).encode("utf-8", "replace") + b"\0"
    else:
        data = rng.randbytes(few(rng, 400))
    length = len(data) if chance(rng, 0.97) else rng.choice((0, 2**31, len(data) + 5, 2**32 - 1))
    return struct.pack("<BII", rng.choice((1, 2)), sort, length) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _properties(rng: random.Random) -> bytes:
    count = few(rng, 12)
    stated = count if chance(rng, 0.95) else rng.choice((0, 2**31, 2**32 - 1))
    return struct.pack("<I", stated) + b"".join(_property(rng) for _ in range(count))


def _property(rng: random.Random) -> bytes:
    sort = rng.choice(TYPES)
    head = struct.pack("<HH", sort, rng.choice(IDENTIFIERS))
    if sort in (0x02, 0x03, 0x0B):
        return head + struct.pack("<I", rng.getrandbits(32))
    if sort in (0x05, 0x14, 0x40):
        return head + rng.randbytes(8)
    if sort == 0x48:
        return head + rng.randbytes(16)
    words = rng.choice(NAMES) if chance(rng, 0.5) else prose(rng, few(rng, 4))
    value = words.encode("utf-16le" if sort in (0x1F, 0x101F) else "utf-8", "replace")
    length = len(value) if chance(rng, 0.95) else rng.choice((2**31, len(value) + 9, 0))
    return head + struct.pack("<II", rng.choice((1, 1, 1, 0, 2, 2**31)), length) + value + b"\0" * (-len(value) % 4)
