"""Transfer encodings (RFC 2045 6) undone, tolerant of what gateways do to them.

Base64 is read over line noise and over several padded blocks in a row; an unknown encoding leaves the bytes as they
are.  Linear; never raises; what was wrong is told as a defect.
"""

from __future__ import annotations

import binascii
import re
from typing import Final

_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]+")
_UU_BEGIN: Final = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} [^\r\n]{0,255}\r?\n", re.MULTILINE)
_BLOCKS: Final = 50_000
"""Padded blocks that are read one by one; what follows is garbage, and is read as one."""
PLAIN: Final = frozenset({"", "7bit", "8bit", "binary", "7-bit", "8-bit", "none", "7bits", "8bits", "utf-8"})


def cleaned(encoding: str) -> str:
    """The name of an encoding without comments and noise, in lower case."""
    return encoding.split("(", 1)[0].split(";", 1)[0].strip().strip("\"'").lower()[:40]


def undo(data: bytes, encoding: str) -> tuple[bytes, str]:
    """The content of an encoded body, and a defect ("" if there is none)."""
    if encoding in PLAIN:
        return data, ""
    if encoding == "base64":
        return base64(data)
    if encoding == "quoted-printable":
        return quoted_printable(data), ""
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return uuencoded(data)
    return data, f"encoding: {encoding} is not known"


def quoted_printable(data: bytes) -> bytes:
    """RFC 2045 6.7; what is no valid escape stays as it is."""
    return binascii.a2b_qp(data)


def base64(data: bytes) -> tuple[bytes, str]:
    """All of the base64 in `data`: padding in the middle starts a new block, other characters are skipped."""
    end = data.rfind(b"=")
    tail = data[end + 1 :].strip() if end >= 0 else b""
    if not tail and (end < 0 or data.find(b"=") >= end - 1):
        try:
            return binascii.a2b_base64(data), ""
        except binascii.Error:
            return _block(data), "base64: cut short"
    content, start = bytearray(), 0
    for _ in range(_BLOCKS):
        stop = data.find(b"=", start)
        if stop < 0:
            break
        if stop > start:
            content += _block(data[start:stop])
        start = stop + 1
    content += _block(data[start:])
    return bytes(content), "" if not tail else "base64: more after the end"


def _block(data: bytes) -> bytes:
    """One block with its padding taken off; a single left-over character means nothing."""
    clean = _NOT_BASE64.sub(b"", data)
    clean = clean[: len(clean) - (len(clean) % 4 == 1)]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def uuencoded(data: bytes) -> tuple[bytes, str]:
    """The first uuencoded file in `data`."""
    begin = _UU_BEGIN.search(data)
    if begin is None:
        return data, "uuencode: no begin line"
    out = bytearray()
    for line in data[begin.end() :].splitlines():
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:  # some encoders count short; the length byte says how much is meant
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out += binascii.a2b_uu(line[:wanted])
            except binascii.Error:
                return bytes(out), "uuencode: a broken line"
    return bytes(out), ""
