"""What lies in a winmail.dat (TNEF, MS-OXTNEF), in which Outlook wraps a mail's text and files: its words and its files.

Our own reader, because those that exist follow the counts a hostile file claims.  Nothing in it is compressed (text kept
only as compressed RTF is not read), so what comes out is never more than what went in.  One pass, every count checked
against what is left; a broken or cut file gives what stands before the damage.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from parsers import charset, html, htmltext, names

_MAGIC: Final = b"\x78\x9f\x3e\x22"
_OBJECTS: Final = 5000
"""Objects, and properties of one object, that are looked at; real files have some dozen."""
_TEXT_BYTES: Final = 1024 * 1024

_BODY, _CODEPAGE, _PROPERTIES = 0x800C, 0x9007, 0x9003
_FILE_DATA, _FILE_TITLE, _FILE_BEGINS, _FILE_PROPERTIES = 0x800F, 0x8010, 0x9002, 0x9005
_P_BODY, _P_HTML, _P_INTERNET_CODEPAGE = 0x1000, 0x1013, 0x3FDE
_P_LONG_NAME, _P_NAME, _P_DISPLAY_NAME, _P_TYPE = 0x3707, 0x3704, 0x3001, 0x370E

_FIXED: Final[Mapping[int, int]] = {
    0x02: 4, 0x0B: 4, 0x03: 4, 0x04: 4, 0x0A: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16,
}  # fmt: skip
"""Property types of a fixed size, in bytes as they are written (MS-OXTNEF 2.1.3.4)."""
_VARIABLE: Final = frozenset({0x0D, 0x1E, 0x1F, 0x102})
_UNICODE, _MANY, _NAMED = 0x1F, 0x1000, 0x8000
_MIME_TYPE: Final = re.compile(r"[a-z0-9][\w!#$&^.+-]{0,60}/[\w!#$&^.+-]{1,80}", re.ASCII)
_BY_EXTENSION: Final[Mapping[str, str]] = {
    extension: kind for kind, extension in reversed(list(names.EXTENSIONS.items()))
}


@dataclass(frozen=True, slots=True)
class File:
    """A file in a winmail.dat; `name` as claimed, not cleaned."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Winmail:
    """What lies in it.  `text` comes from the plain body, else from the HTML one; "" if there is neither."""

    text: str = ""
    files: tuple[File, ...] = ()


@dataclass(slots=True)
class _Draft:
    """A file while it is read."""

    title: bytes = b""
    content: bytes = b""
    properties: dict[int, tuple[int, bytes]] = field(default_factory=dict)


def is_tnef(content_type: str, name: str) -> bool:
    """Whether a part is a winmail.dat."""
    return content_type in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat"


def read(content: bytes) -> Winmail:
    """What lies in a winmail.dat.  Never raises; nothing for what is none."""
    if not content.startswith(_MAGIC):
        return Winmail()
    plain, page = b"", ""
    properties: dict[int, tuple[int, bytes]] = {}
    drafts: list[_Draft] = []
    for sort, data in _objects(content):
        if sort == _BODY:
            plain = data
        elif sort == _CODEPAGE:
            page = _charset(data)
        elif sort == _PROPERTIES:
            properties = _properties(data)
        elif sort == _FILE_BEGINS:
            drafts.append(_Draft())
        elif drafts and sort == _FILE_DATA:
            drafts[-1].content = data
        elif drafts and sort == _FILE_TITLE:
            drafts[-1].title = data
        elif drafts and sort == _FILE_PROPERTIES:
            drafts[-1].properties = _properties(data)
    return Winmail(
        _words(plain, properties, page), tuple(_file(one, page) for one in drafts if one.content or one.title)
    )


def _objects(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The objects in order: level (1 byte), id (2), type (2), length (4), data, checksum (2), all little-endian."""
    position = 6
    for _ in range(_OBJECTS):
        if position + 9 > len(content):
            return
        sort, length = struct.unpack_from("<xHxxI", content, position)
        end = position + 9 + length
        if end > len(content):
            return
        yield sort, content[position + 9 : end]
        position = end + 2


def _properties(data: bytes) -> dict[int, tuple[int, bytes]]:
    """The first value of each property, with its type; up to the first that is damaged."""
    found: dict[int, tuple[int, bytes]] = {}
    position = 4
    try:
        (count,) = struct.unpack_from("<I", data)
        for _ in range(min(count, _OBJECTS)):
            sort, name = struct.unpack_from("<HH", data, position)
            position = _after_name(data, position + 4) if name >= _NAMED else position + 4
            value, position = _value(data, position, sort)
            found.setdefault(name, (sort & ~_MANY, value))
    except (struct.error, ValueError):
        pass  # cut short or lying about its lengths: what was read until then counts
    return found


def _after_name(data: bytes, position: int) -> int:
    """Behind the GUID and the number or name of a named property."""
    kind, length = struct.unpack_from("<16xII", data, position)
    return position + 24 + (_padded(length) if kind else 0)


def _value(data: bytes, position: int, sort: int) -> tuple[bytes, int]:
    """The first value of a property, and where the next property begins."""
    kind, count = sort & ~_MANY, 1
    if sort & _MANY or kind in _VARIABLE:
        (count,) = struct.unpack_from("<I", data, position)
        position += 4
    size = _FIXED.get(kind, 0)
    if (not size and kind not in _VARIABLE) or count * max(size, 4) > len(data) - position:
        raise ValueError("a type that nobody knows, or more values than there is room for")
    if size:
        return data[position : position + size], position + size * count
    first = b""
    for index in range(count):
        (length,) = struct.unpack_from("<I", data, position)
        if length > len(data) - position - 4:
            raise ValueError("a value longer than what is left")
        first = first if index else data[position + 4 : position + 4 + length]
        position += 4 + _padded(length)
    return first, position


def _padded(length: int) -> int:
    return length + -length % 4


def _words(plain: bytes, properties: Mapping[int, tuple[int, bytes]], page: str) -> str:
    page = _charset(properties[_P_INTERNET_CODEPAGE][1]) if _P_INTERNET_CODEPAGE in properties else page
    text = _text(properties.get(_P_BODY, (0, plain)), page) or _text((0, plain), page)
    if text.strip():
        return text.replace("\r\n", "\n").replace("\r", "\n").strip()
    rich = _text(properties.get(_P_HTML, (0, b"")), page)
    return htmltext.render(html.sanitised(rich)).text if rich else ""


def _file(draft: _Draft, page: str) -> File:
    known = draft.properties
    wanted = (known.get(_P_LONG_NAME), known.get(_P_NAME), (0, draft.title), known.get(_P_DISPLAY_NAME))
    name = next((text for one in wanted if one and (text := _text(one, page).strip())), "")
    claimed = _text(known.get(_P_TYPE, (0, b"")), "us-ascii").strip().lower()
    by_name = _BY_EXTENSION.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    return File(name, claimed if _MIME_TYPE.fullmatch(claimed) else by_name, draft.content)


def _text(value: tuple[int, bytes], page: str) -> str:
    """The text of a string: UTF-16 if its type says so, else in the file's code page; it ends at its NUL."""
    sort, data = value
    data = data[:_TEXT_BYTES]
    text = data.decode("utf-16-le", "replace") if sort == _UNICODE else charset.decode(data.rstrip(b"\0"), page).text
    return text.partition("\0")[0] if sort == _UNICODE else text


def _charset(data: bytes) -> str:
    """The charset of a Windows code page number."""
    number = int.from_bytes(data[:4], "little")
    return "utf-8" if number == 65001 else f"windows-{number}" if 1250 <= number <= 1258 else f"cp{number}"
