"""The header block in words: every field decoded once, addresses read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from parsers import addresses, words
from parsers.fields import Block
from parsers.limits import LIMITS, Limits
from parsers.message import Party

_LISTS: Final = ("from", "to", "cc", "reply-to")
_NOT_PLAIN: Final = re.compile(rb"[^\t\n\r -~]")
_TRACE: Final = frozenset(
    {"received", "authentication-results", "dkim-signature"}
    | {"arc-seal", "arc-message-signature", "arc-authentication-results"}
)
"""Written by machines for machines.  What a border mail server would not recognise as its own name, and so let in, must
not become it by decoding."""


@dataclass(frozen=True, slots=True)
class Head:
    """The header block in words."""

    block: Block
    decoded: tuple[tuple[str, str], ...]
    by_name: dict[str, list[str]]
    hint: str
    limits: Limits = LIMITS

    def first(self, name: str) -> str:
        """The first value of a field (lower-case name), or ""."""
        values = self.by_name.get(name)
        return values[0] if values else ""

    def parties(self, name: str) -> tuple[Party, ...]:
        """Everybody in all fields of a name, in order, within the limits, which hold for all of them together."""
        found: list[Party] = []
        room = self.limits.address_field_bytes
        for value in self.block.all(name):
            if room <= 0 or len(found) >= self.limits.addresses:
                break
            found += addresses.parties(addresses.text_of(value[:room], self.hint, self.limits), self.limits)
            room -= len(value)
        return tuple(found[: self.limits.addresses])

    def flaws(self) -> tuple[str, ...]:
        """What the field limits cut off, in words."""
        limits, found = self.limits, []
        for key in _LISTS:
            same = [one for one in self.block.fields if one.key == key]
            signs = sum(one.value.count(b"@") for one in same)
            if signs and sum(len(one.value) for one in same) > limits.address_field_bytes:
                found.append(f"field {same[0].name[:40]} cut at {limits.address_field_bytes} bytes")
            if signs > limits.addresses:
                found.append(f"field {same[0].name[:40]}: more than {limits.addresses} addresses")
        for one in self.block.fields:
            if one.value.count(b"=?") > limits.encoded_words:
                found.append(f"field {one.name[:40]}: more than {limits.encoded_words} encoded words")
            if one.key == "references" and one.value.count(b"<") > limits.citations:
                found.append(f"more than {limits.citations} references")
        return tuple(found)


def of(block: Block, hint: str = "", limits: Limits = LIMITS) -> Head:
    """The fields of a block in words; `hint` is the charset for raw 8-bit."""
    decoded = tuple(
        (one.name, _as_it_stands(one.value) if one.key in _TRACE else words.decoded(one.value, hint, limits))
        for one in block.fields
    )
    by_name: dict[str, list[str]] = {}
    for name, value in decoded:
        by_name.setdefault(name.lower(), []).append(value)
    return Head(block, decoded, by_name, hint, limits)


def _as_it_stands(value: bytes) -> str:
    """One line of text; what is not ASCII cannot be recognised, and no encoded word or escape is taken away."""
    return words.unfolded(value if value.isascii() and b"\x1b" not in value else _NOT_PLAIN.sub(b"?", value))
