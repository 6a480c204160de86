"""Where mails lie: what the paths given to `deskgate import` hold, file by file, known by content and not by name.

A path is an mbox, one mail, a Maildir (its ``cur`` and ``new``; its subfolders are named, not taken), or a folder with such
things in it, however deep.  Links are followed only where they were named; names that begin with a dot are passed over.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gateway.archives.mbox import HEAD_FIRST, HEAD_MOST, is_mbox

_FIELD = re.compile(rb"^(?:\xef\xbb\xbf)?[!-9;-~]+[ \t]*:", re.MULTILINE)
_OF_MAIL = re.compile(rb"^(from|to|subject|date|message-id|received|return-path)[ \t]*:", re.MULTILINE | re.IGNORECASE)
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PK\x03\x04", b"\x28\xb5\x2f\xfd")
MAILDIR = ("cur", "new")


class Sort(StrEnum):
    """What was found."""

    MBOX = "mbox"
    MAIL = "mail"
    LEFT_OUT = "left out"
    """A draft, or a mail marked as deleted."""
    NO_MAIL = "no mail"
    UNREADABLE = "unreadable"
    NEARBY = "nearby"
    """A subfolder of a Maildir, which has to be named to be taken."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file that holds mail, or why it does not."""

    path: Path
    sort: Sort
    why: str = ""
    head: bytes = b""
    """Of a single mail: its beginning."""


def places(paths: tuple[Path, ...]) -> Iterator[Place]:
    """Everything below these paths, in order of names."""
    for path in paths:
        if _is_folder(path):
            yield from _below(path)
        elif path.is_file():
            yield _file(path)
        else:
            yield Place(path, Sort.UNREADABLE, "it is neither a file nor a folder")


def _is_folder(path: Path) -> bool:
    """Whether it is one that may be looked at."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _below(folder: Path) -> Iterator[Place]:
    if all(_is_folder(folder / name) for name in MAILDIR):
        yield from _maildir(folder)
        return
    try:
        entries = _entries(folder)
    except OSError as problem:
        yield Place(folder, Sort.UNREADABLE, problem.strerror or str(problem))
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _below(Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            yield _file(Path(entry.path))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder, by name.  Raises OSError."""
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _maildir(folder: Path) -> Iterator[Place]:
    for name in MAILDIR:
        try:
            entries = _entries(folder / name)
        except OSError as problem:
            yield Place(folder / name, Sort.UNREADABLE, problem.strerror or str(problem))
            continue
        for entry in entries:
            flags = entry.name.rpartition(":2,")[2] if ":2," in entry.name else ""
            if entry.name.startswith(".") or not entry.is_file():
                continue
            if flag := next((flag for flag in "TD" if flag in flags), ""):
                yield Place(Path(entry.path), Sort.LEFT_OUT, "marked as deleted" if flag == "T" else "a draft")
            else:
                yield _file(Path(entry.path), only_mail=True)
    for entry in _entries(folder):
        if entry.name not in (*MAILDIR, "tmp") and _is_folder(Path(entry.path, "cur")):
            yield Place(Path(entry.path), Sort.NEARBY)


def _file(path: Path, only_mail: bool = False) -> Place:
    try:
        with path.open("rb") as file:
            start = file.read(HEAD_FIRST)
            if not only_mail and is_mbox(start):
                return Place(path, Sort.MBOX)
            if b"\n\n" not in start and b"\n\r\n" not in start:
                start += file.read(HEAD_MOST - HEAD_FIRST)
    except OSError as problem:
        return Place(path, Sort.UNREADABLE, problem.strerror or str(problem))
    if start.startswith(_PACKED):
        return Place(path, Sort.NO_MAIL, "is packed: unpack it first")
    if not has_header(start) or not (only_mail or _reads_as_mail(start)):
        return Place(path, Sort.NO_MAIL, "is not a mail")
    return Place(path, Sort.MAIL, head=start)


def has_header(mail: bytes) -> bool:
    """Whether a header field stands before the first empty line, with nothing but text in it."""
    header = _header(mail)
    return b"\0" not in header and bool(_FIELD.search(header))


def _reads_as_mail(start: bytes) -> bool:
    """Whether two different fields of mails stand there: notes and settings in a folder have lines with colons, too."""
    return len({name.lower() for name in _OF_MAIL.findall(_header(start))}) > 1


def _header(mail: bytes) -> bytes:
    return mail[:HEAD_MOST].replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")[0]
