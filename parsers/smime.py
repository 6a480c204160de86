"""The mail inside a signed S/MIME envelope (CMS SignedData, RFC 5652 5; RFC 8551 3.5.2): it is readable, only wrapped.

Our own reader of just the way to the content: no signature is checked, nothing is decrypted or unpacked, so what comes out
is never more than what went in.  Definite and indefinite lengths (BER, X.690 8.1.3), content in one piece or in many.
A broken or other envelope gives nothing.
"""

from __future__ import annotations

from typing import Final

TYPES: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
"""The object identifier 1.2.840.113549.1.7.2, as it is written."""
_SEQUENCE, _EXPLICIT, _OCTETS, _OCTETS_IN_PIECES = 0x30, 0xA0, 0x04, 0x24
_DEPTH: Final = 12
_ELEMENTS: Final = 1000
_LEAST: Final = 64
"""So many elements may be small; of a larger content the pieces have so many bytes on average (1,000 are usual), since each
costs some microseconds."""


class _Broken(Exception):
    """No such envelope."""


def signed_content(data: bytes) -> bytes | None:
    """The bytes of the mail entity in a SignedData, None where there is none (a detached signature, another envelope)."""
    try:
        return _Reader(data).content()
    except (_Broken, IndexError, RecursionError):
        return None


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = _ELEMENTS + len(data) // _LEAST

    def content(self) -> bytes | None:
        """Follows ContentInfo, SignedData and EncapsulatedContentInfo to the octets."""
        at, _ = self._enter(0, _SEQUENCE)
        if not self._data.startswith(_SIGNED_DATA, at):
            return None
        at, _ = self._enter(at + len(_SIGNED_DATA), _EXPLICIT)
        at, _ = self._enter(at, _SEQUENCE)
        at = self._skip(self._skip(at, 0), 0)  # version, digestAlgorithms
        at, end = self._enter(at, _SEQUENCE)
        at = self._skip(at, 0)  # eContentType
        if self._over(at, end):
            return None
        at, _ = self._enter(at, _EXPLICIT)
        pieces: list[bytes] = []
        self._octets(at, pieces, 0)
        return b"".join(pieces)

    def _head(self, at: int) -> tuple[int, int, int]:
        """Tag, where the contents begin, and their length (-1: until an end mark)."""
        self._left -= 1
        if self._left < 0:
            raise _Broken
        tag, first = self._data[at], self._data[at + 1]
        if tag & 0x1F == 0x1F:
            raise _Broken  # long tags do not occur here
        if first < 0x80:
            return tag, at + 2, first
        count = first & 0x7F
        if count > 4:
            raise _Broken
        if not count:
            return tag, at + 2, -1
        return tag, at + 2 + count, int.from_bytes(self._data[at + 2 : at + 2 + count], "big")

    def _enter(self, at: int, wanted: int) -> tuple[int, int]:
        """Where the contents of an element of this tag begin and end (-1: at an end mark)."""
        tag, start, length = self._head(at)
        if tag != wanted:
            raise _Broken
        return start, -1 if length < 0 else min(start + length, len(self._data))

    def _over(self, at: int, end: int) -> bool:
        return self._data.startswith(b"\0\0", at) if end < 0 else at >= end

    def _skip(self, at: int, depth: int) -> int:
        """Where the element after this one begins."""
        _, at, length = self._head(at)
        if length >= 0:
            return at + length
        if depth > _DEPTH:
            raise _Broken
        while not self._over(at, -1):
            at = self._skip(at, depth + 1)
        return at + 2

    def _octets(self, at: int, pieces: list[bytes], depth: int) -> int:
        """Collects an OCTET STRING, in one piece or in several; gives where the next element begins."""
        tag, at, length = self._head(at)
        if tag == _OCTETS and length >= 0:
            pieces.append(self._data[at : at + length])
            return at + length
        if tag != _OCTETS_IN_PIECES or depth > _DEPTH:
            raise _Broken
        end = -1 if length < 0 else min(at + length, len(self._data))
        while at < len(self._data) and not self._over(at, end):
            at = self._octets(at, pieces, depth + 1)
        return at + 2 if end < 0 else end
