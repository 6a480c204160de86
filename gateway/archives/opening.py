"""What the beginning of an old mail says: when it came, who sent it, and whether its owner had thrown it away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from parsers import dates
from parsers.fields import Block, read_block

EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
"""An older date is a clock that was never set."""

_MBOX_LINE = re.compile(rb"From ([^ \r\n]*)([^\n]*)\n")
_ADDRESS = re.compile(r"[^\s<>@\"]{1,64}@[^\s<>@\"]{1,253}\.[^\s<>@.\"]+")
_RETURN_PATH = re.compile(r"<([^<>\s]*)>")
_EXPUNGED_IN_MOZILLA = 0x0008


@dataclass(frozen=True, slots=True)
class Opening:
    """`sender` is the envelope sender, ``""`` the null sender, None not known; `left_out` why it is no mail to take."""

    sender: str | None
    when: datetime | None
    left_out: str = ""


def opening_of(head: bytes, now: datetime) -> Opening:
    """Read the header of a mail; `head` may begin with the "From " line of an mbox.

    `when` is the time in the topmost Received field, which the owner's own server wrote, else Date, else that of the mbox
    line; never later than `now`.
    """
    line = _MBOX_LINE.match(head)
    block = read_block(head[line.end() :] if line else head)
    moments = (
        _moment(_text(block.first("received")).rpartition(";")[2], now),
        _moment(_text(block.first("date")), now),
        _moment(_text(line[2]), now) if line else None,
    )
    when = next((moment for moment in moments if moment is not None), None)
    return Opening(_sender(block, _text(line[1]) if line else ""), when, _left_out(block))


def _text(value: bytes) -> str:
    return " ".join(value[:2000].decode("utf-8", "replace").split())


def _moment(said: str, now: datetime) -> datetime | None:
    found = dates.moment(said) if said else None
    if found is None:
        return None
    try:
        moment = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return min(moment, now) if moment >= EARLIEST else None


def _sender(block: Block, line: str) -> str | None:
    """From the mbox line where it is an address (exports write "-" or an id of their own there), else Return-Path."""
    if line == "MAILER-DAEMON":
        return ""
    if _ADDRESS.fullmatch(line):
        return line
    said = _RETURN_PATH.search(_text(block.first("return-path")))
    return said[1] if said else None


def _left_out(block: Block) -> str:
    """Why this is not a mail its owner would call a mail of the archive, or ""."""
    if "D" in _text(block.first("x-status")):
        return "marked as deleted"
    try:
        if int(_text(block.first("x-mozilla-status")) or "0", 16) & _EXPUNGED_IN_MOZILLA:
            return "marked as deleted"
    except ValueError:
        pass  # no number: another program's field of that name says nothing about being deleted
    internal = block.first("x-imap") or block.first("x-imapbase")
    if internal and b"folder internal data" in block.first("subject").lower():
        return "notes of a mail program"
    return ""
