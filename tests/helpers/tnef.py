"""A winmail.dat written by hand: objects and properties as MS-OXTNEF lays them out, for tests of whoever reads them."""

from __future__ import annotations

import struct

MESSAGE, FILE = 1, 2
UNICODE, STRING, BINARY, SHORT, LONG = 0x1F, 0x1E, 0x102, 0x02, 0x03


def winmail(*objects: bytes) -> bytes:
    """The whole file."""
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(objects)


def item(level: int, sort: int, data: bytes, kind: int = 6) -> bytes:
    """One object with its checksum."""
    return struct.pack("<BHHI", level, sort, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*found: bytes) -> bytes:
    """A list of properties."""
    return struct.pack("<I", len(found)) + b"".join(found)


def variable(name: int, kind: int, value: bytes) -> bytes:
    """A property of any length."""
    return struct.pack("<HHII", kind, name, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def number(name: int, value: int) -> bytes:
    """A property that is a number."""
    return struct.pack("<HHI", LONG, name, value)


def named(name: int, label: str, value: int) -> bytes:
    """A number under a name of its own (an id from 0x8000 on)."""
    text = label.encode("utf-16-le") + b"\0\0"
    padding = b"\0" * (-len(text) % 4)
    return struct.pack("<HH16xII", LONG, name, 1, len(text)) + text + padding + struct.pack("<I", value)


def many_shorts(name: int, count: int, written: bytes = b"") -> bytes:
    """A property that claims `count` short numbers."""
    return struct.pack("<HHI", SHORT | 0x1000, name, count) + written


def text(value: str) -> bytes:
    """A Unicode string as a property holds it."""
    return value.encode("utf-16-le") + b"\0\0"


def codepage(value: int) -> bytes:
    """The object that names the code page of strings."""
    return item(MESSAGE, 0x9007, struct.pack("<Q", value))


def file(title: bytes, content: bytes, *found: bytes) -> bytes:
    """One file: its beginning, its short name, its bytes, and its properties."""
    begin = item(FILE, 0x9002, b"\x01" + b"\0" * 13)
    return begin + item(FILE, 0x8010, title) + item(FILE, 0x800F, content) + item(FILE, 0x9005, properties(*found))
