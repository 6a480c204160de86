"""The mails in an mbox file (RFC 4155), cut where they really end, whatever wrote the file.

Four dialects are about.  mboxo and mboxrd put ``>`` before lines of a text that begin with ``From ``, and the reader takes
it away; mboxcl2 changes nothing and says each mail's length (Content-Length); mboxcl does both.  Nothing in a file says
which it is, writers mix them, and lengths lie.  So:

- a mail begins where a line ``From …`` with a year and a time of day stands behind an empty line and before a header field;
- a length is believed over such a line only in a file in which every earlier mail had one and kept to it, and only if it
  leads exactly to where another mail begins, or to the end;
- ``>From`` becomes ``From`` again, unless the file shows that its writer did not know that custom.

The file is read in blocks; memory does not grow with it.  The standard library's reader splits at every ``From ``, keeps a
table of the whole file and takes no ``>`` away.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

BLOCK = 1024 * 1024
LONGEST_LINE = 1000
"""Bytes of a line looked at; a longer "From " line is none."""
HEAD_FIRST, HEAD_MOST = 16 * 1024, 256 * 1024
"""Bytes of a mail read for its header: at first, and if it does not end there."""

_FROM = b"From "
_YEAR = re.compile(rb"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_CLOCK = re.compile(rb"(?<![0-9])[0-9]{1,2}:[0-9]{2}(?![0-9])")
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:|>From ")
_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*([0-9]{1,12})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_QUOTED = re.compile(rb"^>(>*+From )", re.MULTILINE)
_HEADER_END = re.compile(rb"\n\r?\n")


@dataclass(frozen=True, slots=True)
class Found:
    """A mail in the file: from its "From " line at `start` up to `end`, the empty line behind it left out."""

    start: int
    end: int
    head: bytes
    """The "From " line and the header, at most `HEAD_MOST` bytes."""


def is_mbox(start: bytes) -> bool:
    """Whether a file that starts with these bytes is an mbox."""
    return _begins_mail(start.lstrip(b"\r\n"))


class Mbox:
    """One file.  `mails` goes through it once, in order; `unquoted` is known when that is done."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        self._disciplined: bool | None = None
        """Whether every mail so far had a length and kept to it; None: there was none yet."""
        self.unquoted = False
        """Lines that begin with "From " stand in texts as they are: the writer put no ``>`` before them."""

    def mails(self) -> Iterator[Found]:
        """Every mail, as the file is now; what is appended meanwhile is left for the next time."""
        open_: _Open | None = None
        for offset, begins in self._candidates():
            if not begins or (open_ is not None and self._inside(open_, offset)):
                self.unquoted = self.unquoted or open_ is not None
                continue
            if open_ is not None:
                yield self._closed(open_, offset)
            open_ = self._opened(offset)
        if open_ is not None:
            yield self._closed(open_, self._size)

    def _candidates(self) -> Iterator[tuple[int, bool]]:
        """Offsets of the lines "From …" behind an empty line or at the start, and whether a mail begins there."""
        held, offset = b"\n\n", -2  # the file's beginning is like an empty line
        self._file.seek(0)
        while True:
            block = self._file.read(min(BLOCK, max(0, self._size - offset - len(held))))
            data, at = held + block, 0
            while (found := data.find(b"\n" + _FROM, at)) >= 0:
                if block and found + 2 * LONGEST_LINE > len(data):
                    break  # not all of it is here yet
                if data.endswith((b"\n", b"\n\r"), max(0, found - 2), found):
                    yield offset + found + 1, _begins_mail(data[found + 1 : found + 2 * LONGEST_LINE])
                at = found + 1
            if not block:
                return
            keep = max(0, found - 2 if found >= 0 else max(at, len(data) - 7))  # a beginning cut in two is kept whole
            held, offset = data[keep:], offset + keep

    def _opened(self, offset: int) -> _Open:
        head = self._at(offset, HEAD_FIRST)
        end = _HEADER_END.search(head)
        if end is None:
            head = self._at(offset, HEAD_MOST)
            end = _HEADER_END.search(head)
        head = head[: end.end()] if end else head
        said = _LENGTH.search(head)
        return _Open(offset, head, offset + len(head), int(said[1]) if said else None)

    def _inside(self, mail: _Open, offset: int) -> bool:
        """Whether this beginning of a mail only stands in the text of `mail`, by a length that deserves belief."""
        said = mail.declared_end
        return said is not None and offset < said and self._disciplined is True and self._leads_to_a_mail(said)

    def _leads_to_a_mail(self, offset: int) -> bool:
        if offset >= self._size - 2:
            return offset <= self._size
        return _begins_mail(self._at(offset, 2 * LONGEST_LINE).lstrip(b"\r\n"))

    def _closed(self, mail: _Open, stop: int) -> Found:
        """The mail ends before `stop`, where the next begins; the empty line between them is nobody's."""
        tail = self._at(max(0, stop - 3), min(3, stop))
        blank = 2 if tail.endswith(b"\n\r\n") else 1 if tail.endswith(b"\n\n") else 0
        blank = min(blank, stop - mail.body)
        said = mail.declared_end
        kept = said is not None and stop - 2 <= said <= stop
        self._disciplined = kept and self._disciplined is not False
        return Found(mail.start, stop - blank, mail.head)

    def _at(self, offset: int, most: int) -> bytes:
        return os.pread(self._file.fileno(), max(0, min(most, self._size - offset)), offset)


@dataclass(frozen=True, slots=True)
class _Open:
    """A mail whose end is not known yet; `body` is where its text begins, `said` its Content-Length."""

    start: int
    head: bytes
    body: int
    said: int | None

    @property
    def declared_end(self) -> int | None:
        return None if self.said is None else self.body + self.said


def _begins_mail(data: bytes) -> bool:
    """Whether a mail begins here: a "From " line with a date, then a header field."""
    line, end, rest = data[: 2 * LONGEST_LINE].partition(b"\n")
    dated = len(line) <= LONGEST_LINE and line.startswith(_FROM) and _YEAR.search(line) and _CLOCK.search(line)
    return bool(end and dated and _FIELD.match(rest))


def unquoted(mail: bytes) -> bytes:
    """The mail with one ``>`` fewer before each "From " of its text; its header stays."""
    end = _HEADER_END.search(mail)
    if end is None or b"\n>" not in mail:
        return mail
    return mail[: end.end()] + _QUOTED.sub(rb"\1", mail[end.end() :])
