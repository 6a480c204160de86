"""Bodies on the wire: the text part and attachments, 7 bit only, CRLF only, no line over 998 bytes."""

from __future__ import annotations

import binascii
import re

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n|\r|\n")
_SHORT = 78
_BASE64_LINE = 76
TEXT_LIMIT = 2 * 1024 * 1024


def text_body(text: str) -> tuple[str, bytes]:
    """(transfer encoding, bytes) of a text: 7bit when ASCII with short lines, else the smaller of the two encodings.

    Lines end with CRLF, the last one too; controls but TAB are left out, lone surrogates become U+FFFD.
    """
    lines = (_cleaned(text) if "\r" in text or not text.isascii() or _CONTROLS.search(text) else text).rstrip("\n")
    data = f"{lines}\n".replace("\n", "\r\n").encode()
    if data.isascii() and _fits(data):
        return "7bit", data
    quoted = _quoted_printable(data)
    if len(quoted) <= (len(data) + 2) // 3 * 4 * 78 // 76:
        return "quoted-printable", quoted
    return "base64", base64_lines(data)


def _cleaned(text: str) -> str:
    return _SURROGATE.sub("\ufffd", _CONTROLS.sub("", _LINE_ENDS.sub("\n", text)))


def _fits(data: bytes) -> bool:
    """Short lines, and none that mailbox formats change (``From``)."""
    if b"\r\nFrom " in data or data.startswith(b"From "):
        return False
    return max(map(len, data.split(b"\r\n"))) <= _SHORT


def _quoted_printable(data: bytes) -> bytes:
    encoded = binascii.b2a_qp(data, istext=True)
    if b"From " in encoded:  # a mailbox format would turn a line that begins so into ">From"
        encoded = re.sub(rb"(?m)^From ", b"=46rom=\r\n ", encoded)
    return encoded


def base64_lines(data: bytes) -> bytes:
    """Base64 in lines of 76, each ending with CRLF (RFC 2045 6.8)."""
    encoded = binascii.b2a_base64(data, newline=False)
    lines = [encoded[at : at + _BASE64_LINE] for at in range(0, len(encoded), _BASE64_LINE)]
    return b"\r\n".join([*lines, b""])


def sendable_as_it_stands(data: bytes) -> bool:
    """Whether bytes are 7 bit, CRLF only, and without a line over 998: what a transport carries unharmed."""
    ends = data.count(b"\n")
    if not data.isascii() or b"\0" in data or data.count(b"\r\n") != ends or data.count(b"\r") != ends:
        return False
    return max(map(len, data.split(b"\r\n"))) <= 998
