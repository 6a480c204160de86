"""Files that stand in the text itself: ``begin 644 report.csv`` to ``end``, as scripts with uuencode still send them.

POSIX describes both forms (uuencode: the historical one, and ``begin-base64``).  Every line between has to be one of that
form, so a sentence that begins with "begin" stays a sentence.  Linear, whatever the text holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from parsers import transfer

_BEGIN: Final = re.compile(rb"^begin(-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)
_LINE: Final = re.compile(rb"([^\r\n]{0,100}+)(?:\r\n|\r|\n|\Z)")
_LETTERS: Final = re.compile(rb"[ -`]++")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]++={0,2}")
_LINES: Final = 200
_LEAST: Final = 30
"""So many lines may be short; in a larger text they have so many bytes on average (61 are usual)."""
_LAST: Final = frozenset({b"", b"`"})
_FULL, _CHECKSUM = ord("M"), 3
"""How a full line begins, and how many more characters some programs put behind it."""
BLOCKS: Final = 50
"""So many places where a file may begin are looked at."""


@dataclass(frozen=True, slots=True)
class File:
    """A file in the text; `name` as claimed, not cleaned."""

    name: bytes
    content: bytes


def parted(text: bytes) -> tuple[bytes, tuple[File, ...]]:
    """The text without the files in it, and the files, in order."""
    if b"\nend" not in text and b"\n====" not in text:
        return text, ()
    words, files, start, at = bytearray(), list[File](), 0, 0
    for _ in range(BLOCKS):
        begin = _BEGIN.search(text, at)
        if begin is None:
            break
        at = begin.end()
        end = _end_base64(text, at) if begin[1] else _end(text, at)
        if end > at:
            content, _flaw = (
                transfer.base64(text[at:end]) if begin[1] else transfer.uuencoded(text[begin.start() : end])
            )
            files.append(File(begin[2].strip(), content))
            words += text[start : begin.start()]
            start = at = end
    if not files:
        return text, ()
    return bytes(words + text[start:]), tuple(files)


def _end(text: bytes, at: int) -> int:
    """Where the file that begins at `at` ends, behind its last line; -1 if a line is none of it or the end lacks."""
    first, last = at, False
    for _ in range(_LINES + (len(text) - at) // _LEAST):
        one = _LINE.match(text, at)
        if one is None:
            return -1
        line = one[1].rstrip()
        if line == b"end":
            return one.end() if at > first else -1
        if last or not (line in _LAST or _is_data(one[1], at > first)):
            return -1
        last, at = line in _LAST, one.end()
    return -1


def _is_data(line: bytes, inside: bool) -> bool:
    """Whether a line has the letters of the form, and as many as its first one says; gateways take blanks off its end."""
    if not _LETTERS.fullmatch(line):
        return False
    more = len(line) - 1 - (((line[0] - 32) & 63) * 4 + 2) // 3
    return more <= _CHECKSUM and (more >= 0 or inside or line[0] == _FULL)


def _end_base64(text: bytes, at: int) -> int:
    for _ in range(_LINES + (len(text) - at) // _LEAST):
        one = _LINE.match(text, at)
        if one is None:
            return -1
        line = one[1].rstrip()
        if line == b"====":
            return one.end()
        if not _BASE64.fullmatch(line):
            return -1
        at = one.end()
    return -1
