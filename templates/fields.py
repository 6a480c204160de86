"""Header fields on the wire: cleaning, RFC 2047 words, addresses, folding (RFC 5322 2.2.3).

Promises: what comes out is ASCII, has no control character, and is folded with CRLF and one blank at 78 columns where
a fold is possible.  Message-IDs are never encoded and only folded between ids: encoding them breaks threading, which
is what Python's own writer does to long ones.
"""

from __future__ import annotations

import binascii
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

VALUE_LIMIT = 250
LINE = 78
_WORD_LINE = 76
"""Lines with encoded words (RFC 2047 2)."""
_WORD = 75
_WORD_FRAME = len("=?utf-8?q?") + len("?=")
_CLUSTER = 8
"""Characters kept together with the marks on them; 8 x 4 bytes always fit into one word."""

_NOT_IN_A_LINE = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ATOMS = re.compile(rf"{_ATEXT}(?: {_ATEXT})*")
_LOCAL = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LITERAL = re.compile(r"\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[0-9A-Fa-f:.]{2,45})\]")
_ID = re.compile(r"[!-;=?-~]{1,900}")
_TWO_READINGS = frozenset("\u00df\u03c2\u200c\u200d")
"""Letters that IDNA 2003 and 2008 turn into different domains (RFC 5894 7.2): mail could reach somebody else."""
_Q_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
_Q_SHORT = _Q_PLAIN + b" "
"""Bytes that one character stands for in a Q word; the others take three."""


class UnsafeMail(Exception):
    """This mail must not be sent: an address is not one, or its header would not read as what was meant."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address (local@domain, no brackets) and the name shown with it, which may be empty."""

    name: str
    address: str


def cleaned(value: str, limit: int = VALUE_LIMIT) -> str:
    """A value for one header field: controls and line ends are blanks, blanks are single, at most `limit` long."""
    if value.isascii() and value.isprintable() and "  " not in value and len(value) <= limit:
        return value.strip(" ")
    return _SURROGATE.sub("\ufffd", _NOT_IN_A_LINE.sub(" ", value)).strip(" ")[:limit].rstrip(" ")


def checked_address(address: str) -> str:
    """The address as it may stand in a header: dot-atom local part, domain in A-labels.

    Raises UnsafeMail for anything else; local parts beyond ASCII would need SMTPUTF8, which is not supported yet.
    """
    local, at, domain = address.rpartition("@")
    if not local.isascii():
        raise UnsafeMail(f"SMTPUTF8 is not supported yet, so no mail can go to {address[:100]!r}")
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):
        raise UnsafeMail(f"not an address that mail can be sent to: {address[:100]!r}")
    domain = _a_labels(domain, address)
    if len(domain) > 253 or not (_DOMAIN.fullmatch(domain) or _LITERAL.fullmatch(domain)):
        raise UnsafeMail(f"not a domain that mail can be sent to: {address[:100]!r}")
    return f"{local}@{domain}"


def _a_labels(domain: str, address: str) -> str:
    if domain.isascii():
        return domain
    if len(domain) > 253 or _TWO_READINGS.intersection(domain):
        raise UnsafeMail(f"a domain that programs read differently: {address[:100]!r}")
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise UnsafeMail(f"not a domain that mail can be sent to: {address[:100]!r}") from None


def writable_id(message_id: str) -> str | None:
    """The Message-ID without angle brackets, or None when it cannot be written unharmed (RFC 5322 3.6.4)."""
    bare = message_id[1:-1] if message_id.startswith("<") and message_id.endswith(">") else message_id
    return bare if _ID.fullmatch(bare) else None


def text_field(name: str, value: str) -> str:
    """An unstructured field such as Subject, folded, without the final CRLF; `value` is `cleaned`."""
    if value.isascii() and "=?" not in value:
        return folded(name, value.split(" ") if len(name) + 2 + len(value) > LINE else [value])
    return folded(name, encoded_words(value, _WORD_LINE - len(name) - 2), _WORD_LINE)


def address_field(name: str, mailboxes: Sequence[tuple[str, str]]) -> str:
    """From, To, Cc, Reply-To out of pairs (name, address); names are `cleaned`, addresses `checked_address`."""
    tokens: list[str] = []
    for shown, address in mailboxes:
        tokens += _mailbox(shown, address, _WORD_LINE - len(name) - 2)
        tokens[-1] += ","
    tokens[-1] = tokens[-1][:-1]
    return folded(name, tokens, _WORD_LINE)


def _mailbox(name: str, address: str, room: int) -> list[str]:
    if not name:
        return [address]
    angle = f"<{address}>"
    if name.isascii() and "=?" not in name:
        if _ATOMS.fullmatch(name):
            return [*name.split(" "), angle]
        if len(name) < 60:
            escaped = name.replace("\\", "\\\\").replace('"', '\\"')
            return [f'"{escaped}"', angle]
    return [*encoded_words(name, room), angle]


def id_field(name: str, ids: Iterable[str]) -> str:
    """Message-ID, In-Reply-To, References: never encoded, folded between ids only."""
    return folded(name, [f"<{message_id}>" for message_id in ids])


def folded(name: str, tokens: Sequence[str], width: int = LINE) -> str:
    """Tokens that stay whole, separated by one blank or by CRLF and one blank."""
    lines: list[str] = []
    current = f"{name}: {tokens[0]}" if tokens and tokens[0] else f"{name}:"
    for token in tokens[1:]:
        if len(current) + 1 + len(token) > width:
            lines.append(current)
            current = f" {token}"
        else:
            current = f"{current} {token}"
    return "\r\n".join([*lines, current])


def encoded_words(value: str, first_room: int = _WORD) -> list[str]:
    """RFC 2047 words of UTF-8, Q or B, whichever is shorter; no character is cut in two, nor parted from its marks."""
    data = value.encode()
    quoted = _quoted_length(data) <= (len(data) + 2) // 3 * 4
    words: list[str] = []
    chunk = b""
    cost, room = 0, min(first_room, _WORD) - _WORD_FRAME
    for cluster in _clusters(value):
        more = _quoted_length(cluster) if quoted else len(cluster)
        if cost + more > (room if quoted else room // 4 * 3):
            words.append(_word(chunk, quoted))
            chunk, cost, room = b"", 0, _WORD - _WORD_FRAME
        chunk += cluster
        cost += more
    return [*words, _word(chunk, quoted)]


def _quoted_length(data: bytes) -> int:
    return len(data) + 2 * len(data.translate(None, _Q_SHORT))


def _clusters(value: str) -> Iterator[bytes]:
    """Characters with the combining marks that follow them, in UTF-8."""
    start = 0
    for position in range(1, len(value) + 1):
        if position < len(value) and position - start < _CLUSTER and _joins(value[position - 1], value[position]):
            continue
        yield value[start:position].encode()
        start = position


def _joins(before: str, character: str) -> bool:
    if character < "\u0300":
        return False
    return before == "\u200d" or character == "\u200d" or unicodedata.category(character)[0] == "M"


def _word(chunk: bytes, quoted: bool) -> str:
    if quoted:
        return f"=?utf-8?q?{''.join(_Q_TABLE[byte] for byte in chunk)}?="
    return f"=?utf-8?b?{binascii.b2a_base64(chunk, newline=False).decode('ascii')}?="


_Q_TABLE = tuple("_" if byte == 0x20 else chr(byte) if byte in _Q_PLAIN else f"={byte:02X}" for byte in range(256))
