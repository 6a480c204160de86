"""All mails of an import, in order of time, with a few bytes of memory for each: the first of two passes.

Order matters: a reply must come behind the mail it answers, and an answer often lies in another file (the folder of sent
mail).  For each mail four numbers are kept, and for each file its path; a hundred thousand mails in one mbox take some
10 MB, as single files some 30 MB.  The mails themselves are read in the second pass, one at a time.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from gateway.archives.mbox import Mbox, unquoted
from gateway.archives.opening import EARLIEST, Opening, opening_of
from gateway.archives.places import Place, Sort, has_header, places
from gateway.sources.pipe import as_from_smtp

NAMED = 20
"""Of each sort of trouble, how many files are told by name."""
OPEN_FILES = 16

Told = Callable[[int, int], None]
"""Mails and bytes found so far."""


@dataclass(frozen=True, slots=True)
class OldMail:
    """A mail as SMTP would have brought it, or, with `fault`, why it cannot be taken."""

    where: str
    raw: bytes
    sender: str | None
    """The envelope sender; ``""`` the null sender; None: it is not known."""
    when: datetime
    size: int
    """Bytes of the archive it takes."""
    fault: str = ""


@dataclass(slots=True)
class Catalogue:
    """What there is to take, and what was left out, counted by reason, with the first `NAMED` names."""

    left_out: Counter[str] = field(default_factory=Counter)
    names: list[tuple[str, str]] = field(default_factory=list)
    nearby: list[Path] = field(default_factory=list)
    bytes: int = 0
    _files: list[Path] = field(default_factory=list)
    _unquoted: set[int] = field(default_factory=set)
    """Mbox files whose writer put no ``>`` before "From "."""
    _mboxes: set[int] = field(default_factory=set)
    _times: array[float] = field(default_factory=lambda: array("d"))
    _file: array[int] = field(default_factory=lambda: array("L"))
    _start: array[int] = field(default_factory=lambda: array("Q"))
    _end: array[int] = field(default_factory=lambda: array("Q"))

    def __len__(self) -> int:
        return len(self._times)

    def leave_out(self, why: str, where: str) -> None:
        """Count it, and name the first few."""
        self.left_out[why] += 1
        if self.left_out[why] <= NAMED:
            self.names.append((where, why))

    def add(self, file: int, opening: Opening, span: tuple[int, int], else_when: float) -> None:
        """A mail of a file; `else_when` is its time (seconds since 1970) when it says none itself."""
        self._times.append(opening.when.timestamp() if opening.when else else_when)
        self._file.append(file)
        self._start.append(span[0])
        self._end.append(span[1])
        self.bytes += span[1] - span[0]

    def add_file(self, path: Path, is_mbox: bool) -> int:
        """The number of a file."""
        self._files.append(path)
        number = len(self._files) - 1
        if is_mbox:
            self._mboxes.add(number)
        return number

    def quotes_nothing(self, file: int) -> None:
        """This file's texts hold "From " lines as they were written."""
        self._unquoted.add(file)

    def mails(self, largest: int, now: datetime) -> Iterator[OldMail]:
        """Every mail, the oldest first; `largest` is the most bytes a mail may have."""
        order = array("L", sorted(range(len(self._times)), key=self._times.__getitem__))
        with _Files(self._files) as files:
            for index in order:
                yield self._read(files, index, largest, now)

    def _read(self, files: _Files, index: int, largest: int, now: datetime) -> OldMail:
        number, start, end = self._file[index], self._start[index], self._end[index]
        path, size = self._files[number], end - start
        where = f"{path} at byte {start}" if number in self._mboxes else str(path)
        when = datetime.fromtimestamp(self._times[index], UTC)

        def cannot(fault: str) -> OldMail:
            return OldMail(where, b"", None, when, size, fault)

        if size > 2 * largest:
            return cannot("is too large")
        try:
            given = files.read(number, start, size)
        except OSError as problem:
            return cannot(f"cannot be read: {problem.strerror or problem}")
        opening = opening_of(given, now)
        if number in self._mboxes and number not in self._unquoted:
            given = unquoted(given)
        raw = as_from_smtp(given)[1]
        if len(raw) > largest:
            return cannot("is too large")
        return OldMail(where, raw, opening.sender, when, size) if has_header(raw) else cannot("is not a mail")


class _Files:
    """The files being read; some stay open, so that a large mbox is not opened for each of its mails."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths, self._open = paths, dict[int, BinaryIO]()

    def __enter__(self) -> _Files:
        return self

    def __exit__(self, *_problem: object) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def read(self, number: int, start: int, size: int) -> bytes:
        """These bytes of a file, or as many as it has.  Raises OSError."""
        file = self._open.get(number)
        if file is None:
            if len(self._open) >= OPEN_FILES:
                self._open.pop(next(iter(self._open))).close()
            file = self._open[number] = self._paths[number].open("rb", buffering=0)
        file.seek(start)
        blocks = []
        while size > 0 and (block := file.read(size)):
            blocks.append(block)
            size -= len(block)
        return b"".join(blocks)


def catalogue_of(paths: tuple[Path, ...], now: datetime, told: Told = lambda _mails, _bytes: None) -> Catalogue:
    """Look through everything below these paths; nothing in it can fail, what cannot be read is counted."""
    found = Catalogue()
    for place in places(paths):
        if place.sort is Sort.NEARBY:
            found.nearby.append(place.path)
        elif place.sort in (Sort.MBOX, Sort.MAIL):
            try:
                (_add_mbox if place.sort is Sort.MBOX else _add_mail)(found, place, now, told)
            except OSError as problem:
                found.leave_out(f"cannot be read: {problem.strerror or problem}", str(place.path))
        else:
            words = f"cannot be read: {place.why}" if place.sort is Sort.UNREADABLE else place.why
            found.leave_out(words, str(place.path))
        told(len(found), found.bytes)
    return found


def _add_mail(found: Catalogue, place: Place, now: datetime, _told: Told) -> None:
    opening, about = opening_of(place.head, now), place.path.stat()
    if opening.left_out:
        found.leave_out(opening.left_out, str(place.path))
        return
    found.add(found.add_file(place.path, False), opening, (0, about.st_size), _past(about.st_mtime, now))


def _add_mbox(found: Catalogue, place: Place, now: datetime, told: Told) -> None:
    number = found.add_file(place.path, True)
    with place.path.open("rb") as file:
        box, else_when = Mbox(file), _past(place.path.stat().st_mtime, now)
        for mail in box.mails():
            opening = opening_of(mail.head, now)
            if opening.left_out:
                found.leave_out(opening.left_out, f"{place.path} at byte {mail.start}")
                continue
            if opening.when is not None:
                else_when = opening.when.timestamp()  # a mail without a time came when its neighbour came
            found.add(number, opening, (mail.start, mail.end), else_when)
            if len(found) % 500 == 0:
                told(len(found), found.bytes)
    if box.unquoted:
        found.quotes_nothing(number)


def _past(moment: float, now: datetime) -> float:
    return min(max(moment, EARLIEST.timestamp()), now.timestamp())
