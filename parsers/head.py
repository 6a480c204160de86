"""The header block in words: every field decoded once, addresses read, the date as a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_tz

from parsers import addresses, words
from parsers.fields import Block
from parsers.limits import LIMITS
from parsers.message import Party
from parsers.mimefield import Typed


@dataclass(frozen=True, slots=True)
class Head:
    """The header block in words."""

    block: Block
    decoded: tuple[tuple[str, str], ...]
    by_name: dict[str, list[str]]
    hint: str

    def first(self, name: str) -> str:
        """The first value of a field (lower-case name), or ""."""
        values = self.by_name.get(name)
        return values[0] if values else ""

    def parties(self, name: str) -> tuple[Party, ...]:
        """Everybody in all fields of a name, in order, within the limit."""
        found: list[Party] = []
        for value in self.block.all(name):
            found += addresses.parties(addresses.text_of(value, self.hint))
        return tuple(found[: LIMITS.addresses])


def of(block: Block, typed: Typed) -> Head:
    """The fields of a block in words; `typed` is its Content-Type, whose charset is the hint for raw 8-bit."""
    hint = typed.get("charset")
    decoded = tuple((one.name, words.decoded(one.value, hint)) for one in block.fields)
    by_name: dict[str, list[str]] = {}
    for name, value in decoded:
        by_name.setdefault(name.lower(), []).append(value)
    return Head(block, decoded, by_name, hint)


def date_of(value: str) -> datetime | None:
    """A Date that mail-parser does not take; the standard library is more forgiving."""
    try:
        found = parsedate_tz(value[: LIMITS.date_bytes])
        if found is None:
            return None
        return datetime(*found[:6], tzinfo=timezone(timedelta(seconds=found[9] or 0)))
    except (ValueError, TypeError, OverflowError):
        return None
