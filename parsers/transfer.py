"""Transfer encodings (RFC 2045 6) undone, tolerant of what gateways do to them.

Base64 is read over line noise and over several padded blocks in a row; an unknown encoding leaves the bytes as they
are.  Linear; never raises; what was wrong is told as a defect.
"""

from __future__ import annotations

import binascii
import re
import string
from itertools import islice
from typing import Final

_NOT_BASE64: Final = bytes(set(range(256)) - set((string.ascii_letters + string.digits + "+/").encode()))
_UU_BEGIN: Final = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} [^\r\n]{0,255}\r?\n", re.MULTILINE)
_LINES: Final = re.compile(rb"([^\r\n]*+)(?:\r\n|\r|\n|\Z)")
_SOFT_BREAK: Final = re.compile(rb"=[ \t]++\r?\n")
_BLOCKS: Final = 50_000
"""Padded blocks that are read one by one; what follows is garbage, and is read as one."""
_NOTE: Final = 2000
_UU_LINES: Final = 1000
_UU_LEAST: Final = 24
"""So many lines of uuencode may be short; in a larger file they have so many bytes on average (61 are usual)."""
_PIECE: Final = 256 * 1024
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
    """RFC 2045 6.7; what is no valid escape stays as it is, and blanks behind a soft line break mean nothing."""
    if b"= " in data or b"=\t" in data:
        data = _SOFT_BREAK.sub(b"=\n", data)
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
    if not _is_noise(data[start:]):
        content += _block(data, start)
    return bytes(content), "" if not tail else "base64: more after the end"


def _is_noise(rest: bytes) -> bool:
    """Whether what follows the last padding is words, such as a scanner's note, and no further block."""
    words = rest[:_NOTE].split()
    return len(words) > 2 and any(word.translate(None, _NOT_BASE64) != word for word in words)


def _block(data: bytes, start: int = 0) -> bytes:
    """One block from `start` on, its padding taken off; a single left-over character means nothing.

    Piece by piece, so that a large block costs little more memory than its content.
    """
    content, rest = bytearray(), b""
    for at in range(start, len(data), _PIECE):
        clean = rest + data[at : at + _PIECE].translate(None, _NOT_BASE64)
        whole = len(clean) & ~3
        content += binascii.a2b_base64(clean[:whole])
        rest = clean[whole:]
    if len(rest) > 1:
        content += binascii.a2b_base64(rest + b"=" * (4 - len(rest)))
    return bytes(content)


def uuencoded(data: bytes) -> tuple[bytes, str]:
    """The first uuencoded file in `data`."""
    begin = _UU_BEGIN.search(data)
    if begin is None:
        return data, "uuencode: no begin line"
    out = bytearray()
    for one in islice(_LINES.finditer(data, begin.end()), _UU_LINES + len(data) // _UU_LEAST):
        line = one[1]
        if line.strip() in (b"end", b"`", b""):
            break
        if len(out) > len(data):  # lines that claim more than they hold are filled up with zeros
            return bytes(out), "uuencode: a broken line"
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:  # some encoders count short; the length byte says how much is meant
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out += binascii.a2b_uu(line[:wanted])
            except binascii.Error:
                return bytes(out), "uuencode: a broken line"
    else:
        return bytes(out), "uuencode: too many short lines"
    return bytes(out), ""
