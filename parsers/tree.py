"""The tree of a mail's parts, as mail-parser sees it: the only module that uses mail-parser.

mail-parser is given a skeleton: the fields that say how the mail is built, of parts below only their types, and every body
left out, because `prescan` knows where the bodies lie and C decoders read them faster from there.  What is read is the
outline, whose delimiters were found in the mail; when mail-parser sees another tree, a defect says so, and whatever it
raises ends as a defect too.
"""

from __future__ import annotations

import email
import email.policy
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.message import Message as Entity
from typing import Final

import mailparser

from parsers import transfer
from parsers.fields import Block
from parsers.mimefield import NOTHING, Typed, content_type, read
from parsers.prescan import Node, Outline

logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it warns about every image

_ITS_OWN: Final = frozenset(
    {"content-type", "content-transfer-encoding", "content-disposition", "content-id", "mime-version", "date"}
)
_ONLY_TYPE: Final = frozenset({"content-type"})
_FIELD_BYTES: Final = 2000
"""As much of a structural field as the library gets to see; real ones stay under 300 bytes."""
_FEW_PARTS: Final = 20
_PLACES: Final = {"date-headers": "date"}
_IN_WORDS: Final[dict[str, str]] = {
    "NoBoundaryInMultipartDefect": "it names no boundary",
    "StartBoundaryNotFoundDefect": "its first boundary is missing",
    "CloseBoundaryNotFoundDefect": "its last boundary is missing",
    "FirstHeaderLineIsContinuationDefect": "its header begins with a folded line",
    "MisplacedEnvelopeHeaderDefect": "a line of an archive stands in its header",
    "MissingHeaderBodySeparatorDefect": "no empty line stands between header and body",
    "MultipartInvariantViolationDefect": "it says that it has parts, and has none",
    "InvalidMultipartContentTransferEncodingDefect": "its transfer encoding is none that a multipart can have",
    "UndecodableBytesDefect": "bytes that are no text",
    "InvalidBase64PaddingDefect": "its base64 is cut short",
    "InvalidBase64CharactersDefect": "its base64 has foreign characters",
    "InvalidBase64LengthDefect": "its base64 is cut short",
    "DateHeaderDefect": "it cannot be read",
    "InvalidDateDefect": "it cannot be read",
    "InvalidHeaderDefect": "a field that breaks the grammar",
    "HeaderMissingRequiredValue": "a field without its value",
    "NonPrintableDefect": "characters that cannot be printed",
    "ObsoleteHeaderDefect": "an old form of field",
    "NonASCIILocalPartDefect": "an address with other letters than ASCII",
}


class _Entity(Entity):
    """A message that works out its type once: the parser of the standard library asks for it ten times a part."""

    _known: tuple[int, str] = (-1, "")

    def get_content_type(self) -> str:
        """As of the fields it has now."""
        fields = len(self)
        if self._known[0] != fields:
            self._known = (fields, super().get_content_type())
        return self._known[1]


_POLICY: Final = email.policy.compat32.clone(message_factory=_Entity)


class _Parser(mailparser.MailParser):  # type: ignore[misc]  # the library ships no types
    """mail-parser without what nobody here asks it: addresses, the parts' content (its skeleton has none), and its last
    step, dictionaries of everything."""

    def _build_header_index(self) -> dict[str, list[object]]:
        return {}

    def parse(self) -> _Parser:
        """What it says of the Date field, and the defects of the fields and of each part's structure."""
        self._reset()
        if self.message is not None:
            for part in self.message.walk():
                self._append_defects(part, part.get_content_type())
        return self


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its fields, its body still encoded, and where the body lies (start -1: not to be found in `raw`)."""

    block: Block
    type: Typed
    body: bytes | memoryview
    start: int = -1
    end: int = -1
    children: tuple[Part, ...] = ()
    disposition: Typed = NOTHING
    """Content-Disposition (RFC 2183); value "" when absent, and for what has children."""

    @property
    def encoding(self) -> str:
        """The transfer encoding's name; a composite part has none worth believing (RFC 2045 6.4)."""
        return transfer.cleaned(self.block.first("content-transfer-encoding").decode("latin-1"))

    def content(self) -> tuple[bytes, str]:
        """The decoded body and a defect, if any."""
        return transfer.undo(bytes(self.body), self.encoding)

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in the order of the mail."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Tree:
    """What mail-parser said: the parts, the Date as claimed, and the defects it saw."""

    root: Part
    date: datetime | None = None
    defects: tuple[str, ...] = field(default=())


def build(raw: bytes, outline: Outline) -> Tree:
    """The tree of `raw`; never raises."""
    root, seen = _from_outline(raw, outline.root), _parsed(_skeleton(outline))
    if isinstance(seen, str):
        return Tree(root, None, (seen,))
    date, defects, shape = seen
    if shape != [node.type.value for node in outline.leaves]:
        defects = (*defects, "structure: read in two ways")
    return Tree(root, date, defects)


def inside(content: bytes, outline: Outline) -> Part:
    """The tree of an entity that lies, decoded, in a part of another mail; where its bodies lie is told of neither."""
    return _from_outline(content, outline.root, placed=False)


def _parsed(data: bytes) -> tuple[datetime | None, tuple[str, ...], list[str]] | str:
    """mail-parser's answer, or what it failed with: it raises AttributeError on some ordinary bounces."""
    try:
        mail = _Parser(email.message_from_bytes(data, policy=_POLICY))
        return _date(mail.date, mail.timezone), _defects(mail.defects), _shape(mail.message)
    except Exception as error:  # noqa: BLE001 - the library's own hierarchy does not cover what it raises
        return f"mail-parser: {type(error).__name__}"


def _date(value: datetime | None, hours: str | int) -> datetime | None:
    if value is None:
        return None
    try:
        return value.astimezone(timezone(timedelta(minutes=round(float(hours) * 60))))
    except (ValueError, OverflowError):
        return value


def _defects(found: list[dict[str, list[str]]]) -> tuple[str, ...]:
    """In words; of a defect whose name is new, the name."""
    named = ((where, one.split(":", 1)[0]) for entry in found for where, texts in entry.items() for one in texts)
    return tuple(f"{_PLACES.get(where, where)}: {_IN_WORDS.get(name, name)}" for where, name in named)


def _skeleton(outline: Outline) -> bytes:
    """What mail-parser gets to see: fields cut short, the more so when there are many."""
    longest = _FIELD_BYTES if len(outline.leaves) < _FEW_PARTS else _FIELD_BYTES // 10
    pieces: list[bytes] = []
    _write(outline.root, pieces, _ITS_OWN, longest, 0)
    return b"".join(pieces)


def _write(node: Node, pieces: list[bytes], wanted: frozenset[str], longest: int, depth: int) -> None:
    """The node's structural fields and its children between delimiters; bodies stay out.

    The boundary is replaced by one of a few fixed ones: the library compiles an expression for every boundary it has
    not seen, which costs more than the rest of a small mail.  Where it is written in a way that the library may understand
    differently (single quotes, sections, comments) the field is written anew: that parts were found proves our reading.
    """
    boundary, typed = node.boundary, False
    for one in node.block.fields:
        if one.key in wanted and not (typed and one.key == "content-type"):  # the first is the one that counts
            value = one.value[:longest]
            typed = typed or one.key == "content-type"
            if one.key == "content-type" and node.children:
                fixed = b"=_level%d" % depth
                value, boundary = _restated(node, value, fixed), fixed
            elif wanted is _ONLY_TYPE:
                value = node.type.value.encode("ascii", "replace")[:longest]
            pieces.append(one.name.encode("ascii") + b": " + value + b"\r\n")
    pieces.append(b"\r\n")
    for child in node.children:
        pieces.append(b"--" + boundary + b"\r\n")
        _write(child, pieces, _ONLY_TYPE, longest, depth + 1)
        pieces.append(b"\r\n")
    if node.children:
        pieces.append(b"--" + boundary + b"--\r\n")


def _restated(node: Node, value: bytes, fixed: bytes) -> bytes:
    """A Content-Type with a fixed boundary in place of the node's own."""
    for before, after in ((b'boundary="', b'"'), (b"boundary=", b"")):
        stated = before + node.boundary + after
        if value.count(node.boundary) == 1 and (stated in value if after else value.endswith(stated)):
            return value.replace(stated, before + fixed + after)
    return node.type.value.encode("ascii", "replace")[:_FIELD_BYTES] + b'; boundary="' + fixed + b'"'


def _shape(entity: Entity) -> list[str]:
    """The types of the leaves in order, attached messages being leaves."""
    if entity.get_content_maintype() == "multipart" and entity.is_multipart():
        return [one for child in entity.get_payload() if isinstance(child, Entity) for one in _shape(child)]
    return [content_type(_raw_first(entity, "content-type"), entity.get_default_type()).value]


def _raw_first(entity: Entity, key: str) -> bytes:
    for name, value in entity.raw_items():
        if name.lower() == key:
            return str(value).encode("utf-8", "surrogateescape")
    return b""


def _from_outline(raw: bytes, node: Node, placed: bool = True) -> Part:
    children = tuple(_from_outline(raw, child, placed) for child in node.children)
    body = b"" if children else memoryview(raw)[node.start : node.end]
    start, end = (node.start, node.end) if placed else (-1, -1)
    disposition = NOTHING if children else read(node.block.first("content-disposition"))
    return Part(node.block, node.type, body, start, end, children, disposition)
