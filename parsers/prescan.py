"""Where the parts of a mail lie, found before anything parses it: offsets, counts and limits, in one linear pass.

Only delimiter lines are searched for, with the C search of `bytes.find`, so megabytes of attachment cost nothing here.
A mail over a structure limit is given back with `excess` and without parts.  Attached messages are leaves: nobody
looks inside them (RFC 2046 5.2).  Malformed structure is read as mail programs do: a part ends where its parent goes on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from parsers.fields import Block, read_block
from parsers.limits import BOUNDS, LIMITS, Limits
from parsers.mimefield import Typed, content_type

_STRETCH: Final = 64 * 1024
_LINE: Final = 2000
_PATIENCE: Final = 2000
"""Lines that begin as delimiters do and are none, until an expression is worth its compiling: people's mail has a dozen."""


@dataclass(slots=True)
class Node:
    """A part while it is looked for; `start`/`end` are the offsets of its body in the mail."""

    block: Block
    type: Typed
    start: int
    end: int = -1
    children: list[Node] = field(default_factory=list)
    boundary: bytes = b""
    closed: bool = False

    @property
    def is_leaf(self) -> bool:
        """Whether it has a body of its own."""
        return not self.children


@dataclass(frozen=True, slots=True)
class Outline:
    """The structure of one mail."""

    root: Node
    leaves: tuple[Node, ...]
    defects: tuple[str, ...]
    excess: str = ""
    """The structure limit that was crossed ("" if none); then only the fields of the root are right."""


def scan(raw: bytes, limits: Limits = LIMITS) -> Outline:
    """The parts of `raw`, whose line ends are LF or CRLF."""
    return _Scan(raw, limits).run()


def node_of(raw: bytes, start: int, default: str, limits: Limits = LIMITS) -> Node:
    """The part whose header begins at `start`, its end still unknown."""
    block = read_block(raw, start, limits=limits)
    typed = content_type(block.first("content-type"), default)
    node = Node(block, typed, block.body)
    if typed.value.startswith("multipart/"):
        node.boundary = typed.get("boundary").rstrip(" \t").encode("utf-8", "replace")[: BOUNDS.boundary_bytes]
        quoted = b"'" + node.boundary + b"'"  # programs mean quotation marks; by the grammar they belong to it
        near = block.body + _STRETCH
        if quoted in block.first("content-type") and raw.find(b"\n--" + quoted, max(0, block.body - 1), near) >= 0:
            node.boundary = quoted
    return node


class _Scan:
    def __init__(self, raw: bytes, limits: Limits) -> None:
        self._raw, self._limits = raw, limits
        self._open: list[Node] = []  # the multiparts round the place where the scan is
        self._levels: dict[bytes, int] = {}  # delimiter line to index in _open; the inner one wins
        self._like: re.Pattern[bytes] | None = None
        self._leaf: Node | None = None  # the part being read, when it is no multipart
        self._parts = 0
        self._defects: list[str] = []
        self._excess = ""

    def run(self) -> Outline:
        root = self._begin(0, "text/plain")
        if self._open and not self._excess:
            self._delimiters(root.start)
            if root.closed and self._raw[root.end : root.end + _LINE].partition(b"\n")[2].strip():
                self._defects.append("structure: something stands behind the last part")
        self._end_parts(-1, len(self._raw))
        leaves: list[Node] = []
        _collect(root, leaves)
        return Outline(root, tuple(leaves), tuple(dict.fromkeys(self._defects)), self._excess)

    def _delimiters(self, position: int) -> None:
        patience = _PATIENCE
        raw, longest = self._raw, BOUNDS.boundary_bytes + 200
        while not self._excess:
            position = _next_dashes(raw, position) if patience > 0 else self._next_like(position)
            if position < 0:
                return
            end = raw.find(b"\n", position, position + longest)
            end = end if end >= 0 else min(len(raw), position + longest)
            line = raw[position:end].rstrip()
            level = self._levels.get(line)
            if level is not None:
                position = self._next_part(level, position, min(end + 1, len(raw)))
            elif line.endswith(b"--") and line[:-2] in self._levels:
                self._close(self._levels[line[:-2]], position)
                position = end
            else:
                position = end
                patience -= 1

    def _next_part(self, level: int, position: int, after: int) -> int:
        """A part ends and its sibling begins; gives where the body of the sibling begins."""
        self._end_parts(level, position)
        parent = self._open[level]
        node = self._begin(after, "message/rfc822" if parent.type.value == "multipart/digest" else "text/plain")
        parent.children.append(node)
        return node.start

    def _close(self, level: int, position: int) -> None:
        self._end_parts(level, position)
        self._open[level].closed = True
        self._open[level].end = position
        del self._open[level:]
        self._index()

    def _end_parts(self, level: int, position: int) -> None:
        """What is open below `level` ends before the line end that precedes `position`."""
        raw, end = self._raw, position
        if position < len(raw) and position:
            end -= 1 + (raw[position - 2 : position - 1] == b"\r")
        if self._leaf is not None:
            self._leaf.end = max(self._leaf.start, end)
            self._leaf = None
        for node in self._open[level + 1 :]:
            node.end = max(node.start, end)
            self._defects.append("structure: a multipart that is not closed")
        if len(self._open) > level + 1:
            del self._open[level + 1 :]
            self._index()

    def _begin(self, start: int, default: str) -> Node:
        """Reads the header of a part; a multipart becomes the innermost open one."""
        node = node_of(self._raw, start, default, self._limits)
        self._defects.extend(node.block.defects)
        self._excess = self._excess or node.block.excess
        self._parts += 1
        if self._parts > self._limits.parts:
            self._excess = f"more than {self._limits.parts} parts"
        if node.boundary and len(self._open) >= self._limits.depth:
            self._excess = f"more than {self._limits.depth} levels of parts"
        elif node.boundary:
            self._open.append(node)
            self._index()
            return node
        elif node.type.value.startswith("multipart/"):
            self._defects.append("structure: a multipart without a boundary")
        self._leaf = node
        return node

    def _next_like(self, position: int) -> int:
        """The start of the next line that is a delimiter of an open multipart, found by one expression; -1 if none is."""
        if not self._open:
            return -1
        if self._like is None:
            open_ones = b"|".join(re.escape(node.boundary) for node in self._open)
            self._like = re.compile(rb"\n--(?:" + open_ones + rb")(?:--)?[ \t\r\f\v]*+(?:\n|\Z)")
        found = self._like.search(self._raw, max(0, position - 1))
        return found.start() + 1 if found else -1

    def _index(self) -> None:
        self._like = None
        self._levels = {b"--" + node.boundary: index for index, node in enumerate(self._open)}


def _next_dashes(raw: bytes, position: int) -> int:
    """The start of the next line that begins with two dashes, -1 if there is none.

    Base64 has no dash at all, so a single one is looked for first (ten times faster than a longer pattern); where dashes
    are frequent the longer pattern is used for the next stretch.
    """
    if raw.startswith(b"--", position) and (not position or raw[position - 1] == 10):
        return position
    while True:
        dash = raw.find(b"-", position)
        if dash < 0:
            return -1
        position = max(position, dash - 1)
        found = raw.find(b"\n--", position, position + _STRETCH)
        if found >= 0:
            return found + 1
        position += _STRETCH - 2


def _collect(node: Node, leaves: list[Node]) -> None:
    """Leaves in the order of the mail; depth is bounded by the limit."""
    if node.is_leaf:
        leaves.append(node)
    for child in node.children:
        _collect(child, leaves)
