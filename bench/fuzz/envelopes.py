"""Signed S/MIME envelopes (CMS SignedData, RFC 5652) around a part, and some whose lengths and marks lie."""

from __future__ import annotations

import random
from typing import Final

from bench.fuzz.words import chance

_SIGNED: Final = bytes.fromhex("06092a864886f70d010702")
_DATA: Final = bytes.fromhex("06092a864886f70d010701")


def signed(rng: random.Random, inner: bytes) -> bytes:
    """The envelope, with definite lengths or streamed; the signature itself is left out, one in eight is hurt."""
    head = _definite(0x02, b"\x01") + _definite(0x31, b"")
    if chance(rng, 0.5):
        content = _definite(0x30, _DATA + _definite(0xA0, _definite(0x04, inner)))
        whole = _definite(0x30, _SIGNED + _definite(0xA0, _definite(0x30, head + content + _definite(0x31, b""))))
    else:
        step = rng.choice((1, 7, 100, 1000))
        pieces = [_definite(0x04, inner[at : at + step]) for at in range(0, len(inner), step)]
        wrapped = _streamed(0x30, _DATA, _streamed(0xA0, _streamed(0x24, *pieces)))
        whole = _streamed(0x30, _SIGNED, _streamed(0xA0, _streamed(0x30, head, wrapped, _definite(0x31, b""))))
    if chance(rng, 0.125):
        at = rng.randrange(len(whole))
        whole = whole[:at] + rng.choice((b"", b"\x84\xff\xff\xff\xff", b"\x30\x80" * 40, rng.randbytes(3))) + whole[at:]
    return whole if chance(rng, 0.95) else whole[: rng.randrange(len(whole))]


def _definite(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def _streamed(tag: int, *contents: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(contents) + b"\0\0"
