"""Where every key and value of a TOML file stands, so that a problem can name its line and column.

The standard reader (tomllib) says what a document holds but not where.  `locate` walks over a document which tomllib
has already accepted and notes the position of every key and value: dotted keys, inline tables, arrays, arrays of tables
and multi-line strings included (TOML 1.0).  It is promised that every path tomllib finds has a position.  It reads each
character a bounded number of times and decides nothing about right and wrong.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and places in arrays counted from 0."""

# What stands in a group is possessive or one character, and no two choices begin alike: these never go back far, whatever
# the input.  The groups themselves are not possessive: Python before 3.11.5 loses its way there (CPython issue 106052).
_GAP = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*")
_BLANK = re.compile(r"[ \t]*+")
_KEY = re.compile(r"""[A-Za-z0-9_-]++|"(?:[^"\\\n]++|\\.)*"|'[^'\n]*+'""")
_STRING = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']++|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]++|\\.)*"'
    r"|'[^'\n]*+'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]++")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text: line and column, both counted from 1, the column in characters."""

    line: int
    column: int


class Lines:
    """Turns offsets of a text into positions."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def position(self, offset: int) -> Position:
        """The line and column of the character at `offset`."""
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def offset(self, position: Position) -> int:
        """The opposite way."""
        return self._starts[min(position.line, len(self._starts)) - 1] + position.column - 1


@dataclass(frozen=True, slots=True)
class Places:
    """The positions of one document.  A table's key is its header, or the first key that mentions it."""

    keys: dict[Path, Position]
    values: dict[Path, Position]

    def key(self, path: Path) -> Position:
        """Where the name stands; for what is not in the document, the nearest table or array around it."""
        return _nearest(self.keys, path)

    def value(self, path: Path) -> Position:
        """Where the value begins; for what is not in the document, the nearest table or array around it."""
        return _nearest(self.values, path)


def _nearest(known: dict[Path, Position], path: Path) -> Position:
    for length in range(len(path), 0, -1):
        if found := known.get(path[:length]):
            return found
    return Position(1, 1)


def locate(text: str) -> Places:
    """The positions of all keys and values of a document that tomllib accepts; of others, as far as readable."""
    walk = _Walk(text)
    walk.document()
    return Places(walk.keys, walk.values)


class _Walk:
    """One pass over a document.  `at` is the offset of the next character to read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = Lines(text)
        self.at = 0
        self.keys: dict[Path, Position] = {}
        self.values: dict[Path, Position] = {}
        self._tables: dict[Path, int] = {}
        """How many tables each array of tables has so far."""

    def document(self) -> None:
        table: Path = ()
        while True:
            self._skip(_GAP)
            before = self.at
            if self.at >= len(self.text):
                return
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            if self.at == before:  # not TOML: stop rather than turn in place
                return

    def _header(self) -> Path:
        start = self.at
        array = self.text.startswith("[[", start)
        self.at += 2 if array else 1
        path: Path = ()
        parts = self._dotted()
        for number, (name, _) in enumerate(parts, 1):
            path += (name,)
            self._note(path, start, start)
            if number < len(parts) and path in self._tables:
                path += (self._tables[path] - 1,)
        if array:
            count = self._tables.get(path, 0)
            self._tables[path] = count + 1
            path += (count,)
        # The table's own header says more than an earlier [table.below], so it replaces that position.
        self.keys[path] = self.values[path] = self.lines.position(start)
        self.at += 2 if array else 1
        return path

    def _pair(self, table: Path) -> None:
        parts = self._dotted()
        self._skip(_BLANK)
        self.at += 1  # the equals sign
        self._skip(_BLANK)
        path = table
        for number, (name, start) in enumerate(parts, 1):
            path += (name,)
            self._note(path, start, self.at if number == len(parts) else start)
        self._value(path)

    def _dotted(self) -> list[tuple[str, int]]:
        """The names of a dotted key with the offset of each; stops behind the last one."""
        parts: list[tuple[str, int]] = []
        while True:
            self._skip(_BLANK)
            match = _KEY.match(self.text, self.at)
            if not match:
                return parts
            parts.append((_name(match[0]), self.at))
            self.at = match.end()
            self._skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def _value(self, path: Path) -> None:
        if self.text.startswith("[", self.at):
            self._array(path)
        elif self.text.startswith("{", self.at):
            self._inline_table(path)
        elif match := _STRING.match(self.text, self.at) or _SCALAR.match(self.text, self.at):
            self.at = match.end()

    def _array(self, path: Path) -> None:
        self.at += 1
        number = 0
        while True:
            self._skip(_GAP)
            before = self.at
            if self._closed("]"):
                return
            self._note((*path, number), self.at, self.at)
            self._value((*path, number))
            number += 1
            self._comma()
            if self.at == before:
                return

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while True:
            self._skip(_GAP)
            before = self.at
            if self._closed("}"):
                return
            self._pair(path)
            self._comma()
            if self.at == before:
                return

    def _closed(self, bracket: str) -> bool:
        if self.at < len(self.text) and self.text[self.at] != bracket:
            return False
        self.at += 1
        return True

    def _comma(self) -> None:
        self._skip(_GAP)
        if self.text.startswith(",", self.at):
            self.at += 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        if match := pattern.match(self.text, self.at):
            self.at = match.end()

    def _note(self, path: Path, key: int, value: int) -> None:
        self.keys.setdefault(path, self.lines.position(key))
        self.values.setdefault(path, self.lines.position(value))


def _name(token: str) -> str:
    """What a key is called: quotes taken off, escapes understood."""
    if token[0] != '"':
        return token.strip("'")
    try:
        return str(tomllib.loads(f"k = {token}")["k"])
    except tomllib.TOMLDecodeError:
        return token  # not TOML: any name will do
