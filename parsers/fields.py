"""A header block cut into fields (RFC 5322 2.2), in one pass, forgiving what real mail does.

Values are bytes as they stand, folding included; `words.decoded` makes text of them.  A line that is no field is
skipped when fields follow before the first empty line (broken relays insert such lines); otherwise the header ends
there, as the sender's program forgot the empty line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from parsers.limits import LIMITS, Limits

_NAME: Final = re.compile(rb"([!-9;-~]+)[ \t]*:")
_USUAL_NAME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9_-]{0,76}[ \t]{0,4}:(?:[ \t]|$)")
_EMPTY_LINE: Final = re.compile(rb"\n\r?\n")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name as written and its value with folding, without the last line end."""

    name: str
    value: bytes
    key: str
    """The name in lower case."""


@dataclass(frozen=True, slots=True)
class Block:
    """A header block: its fields, where the body begins (offset in the bytes), and what was wrong."""

    fields: tuple[Field, ...]
    body: int
    defects: tuple[str, ...] = ()
    excess: str = ""
    """The structure limit that was crossed, or ""."""

    def first(self, key: str) -> bytes:
        """The value of the first field called `key` (lower case), or b""."""
        for field in self.fields:
            if field.key == key:
                return field.value
        return b""

    def all(self, key: str) -> list[bytes]:
        """The values of all fields called `key` (lower case), in order."""
        return [field.value for field in self.fields if field.key == key]


def read_block(data: bytes, start: int = 0, end: int | None = None, limits: Limits = LIMITS) -> Block:
    """The header block that begins at `start`; `end` is where its part ends."""
    end = len(data) if end is None else end
    if start == 0 and data.startswith(b"\xef\xbb\xbf"):
        start = 3  # a byte order mark that some export put before the mail
    first = data[start : start + 2]
    if first[:1] == b"\n":
        return Block((), min(start + 1, end))
    if first == b"\r\n":
        return Block((), min(start + 2, end))
    empty = _EMPTY_LINE.search(data, start, min(end, start + limits.header_bytes + 4))
    stop = empty.start() if empty else end
    body = empty.end() if empty else end
    excess = ""
    if stop - start > limits.header_bytes:
        excess = f"header of more than {limits.header_bytes} bytes"
        stop = start + limits.header_bytes
    return _fields(data[start:stop], start, body, excess, limits)


def _fields(block: bytes, start: int, body: int, excess: str, limits: Limits) -> Block:
    found: list[Field] = []
    defects: list[str] = []
    lines = block.split(b"\n")
    name, value = "", b""
    offset = start
    for number, line in enumerate(lines):
        if line[:1] in (b" ", b"\t"):
            value = value + b"\n" + line if len(value) < limits.field_bytes else value
        else:
            match = _NAME.match(line)
            if match is None:
                if line.startswith((b"From ", b">From ") if number == 0 else b">From "):  # left over from an mbox
                    offset += len(line) + 1
                    continue
                if len(lines) > 1 or line.strip():
                    defects.append("header: a line that is no field")
                if not _more_fields(lines, number + 1):
                    body = offset
                    break
                offset += len(line) + 1
                continue
            if name:
                found.append(_field(name, value, defects, limits))
            if len(found) >= limits.fields:
                excess = excess or f"more than {limits.fields} fields"
                name = ""
                break
            name, value = match[1].decode("ascii"), line[match.end() :]
        offset += len(line) + 1
    if name:
        found.append(_field(name, value, defects, limits))
    return Block(tuple(found), body, tuple(dict.fromkeys(defects)), excess)


def _more_fields(lines: list[bytes], start: int) -> bool:
    """Whether a usual field stands among the next lines: then the odd line was an accident, not the end."""
    return any(_USUAL_NAME.match(line) for line in lines[start : start + 5])


def _field(name: str, value: bytes, defects: list[str], limits: Limits) -> Field:
    value = value.strip()
    if len(value) > limits.field_bytes:
        value = value[: limits.field_bytes]
        defects.append(f"field {name[:40]} cut at {limits.field_bytes} bytes")
    return Field(name, value, name.lower())
