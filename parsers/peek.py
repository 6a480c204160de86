"""The few things about a mail that are wanted before it is read: for the inbox row, at accept time.

Looks at the header block only, at most 64 KiB of it, and never raises; takes tens of microseconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from parsers import addresses, citations, words
from parsers.limits import BOUNDS, LIMITS
from parsers.lineends import readable

_WANTED: Final = re.compile(
    rb"^(message-id|subject|from|received)[ \t]*:((?:[^\n]*+)(?:\n[ \t][^\n]*+)*+)", re.IGNORECASE | re.MULTILINE
)
_EMPTY_LINE: Final = re.compile(rb"\n\r?\n")


@dataclass(frozen=True, slots=True)
class Peek:
    """Message-ID without brackets ("" if none), Subject decoded, From address as written, number of Received fields."""

    message_id: str
    subject: str
    from_address: str
    received_count: int


def peek(raw: bytes) -> Peek:
    """What the header block of `raw` says; the first of repeated fields counts."""
    head = readable(raw[: BOUNDS.peek_bytes])
    empty = _EMPTY_LINE.search(head)
    head = head[: empty.start() if empty else len(head)].removeprefix(b"\xef\xbb\xbf")
    found: dict[bytes, bytes] = {}
    received = 0
    for match in _WANTED.finditer(head):
        name = match[1].lower()
        if name == b"received":
            received += 1
        elif name not in found:
            found[name] = match[2][: LIMITS.address_field_bytes].strip()
    parties = addresses.parties(addresses.text_of(found.get(b"from", b"")))
    return Peek(
        citations.message_id(words.decoded(found.get(b"message-id", b""))) or "",
        words.decoded(found.get(b"subject", b"")),
        parties[0].address if parties else "",
        received,
    )
