"""Mail from a pipe: what `deskgate deliver` does with one mail on standard input, and the exit code the MTA gets.

The exit codes are those of sysexits.h, which Postfix, Exim, sendmail and qmail's wrappers understand: 75 makes the
MTA keep the mail and try again, 65 and 67 make it tell the sender.  Nothing is promised (0) before the mail is
committed.

A pipe has LF line ends; the mail is stored with CRLF, as SMTP would have brought it, so that the same mail is the
same bytes whichever way it came.  The "From " line of an mbox and a missing last line end are put right for the same
reason.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from gateway.sources.base import Accepted, Accepts, Intake, TemporarilyUnavailable
from gateway.sources.data import HEADER_SCAN, MAX_RECEIVED, received_fields
from parsers.message import Envelope
from parsers.peek import peek

STORE_SECONDS = 60.0
READ_BLOCK = 1024 * 1024

_FIELD = re.compile(rb"^(?:\xef\xbb\xbf)?[!-9;-~]+[ \t]*:", re.MULTILINE)
_MBOX = re.compile(rb"From ([^ \r\n]*)[^\n]*\n")
_RETURN_PATH = re.compile(rb"^return-path:[ \t]*<([^<>\s]*)>", re.MULTILINE | re.IGNORECASE)


class Exit(enum.IntEnum):
    """Exit codes of sysexits.h that a mail server understands."""

    OK = 0
    DATA = 65
    """The mail itself is at fault: too large, not a mail, going in circles.  The sender is told."""
    NO_USER = 67
    """Nobody of that name.  The sender is told."""
    UNAVAILABLE = 69
    TEMPORARY = 75
    """Not now; the mail server keeps the mail."""
    NO_PERMISSION = 77
    CONFIG = 78


@dataclass(frozen=True, slots=True)
class Delivered:
    """How it ended: the exit code and, for standard error, why."""

    code: Exit
    words: str
    inbox_id: int | None = None


def deliver(
    recipients: Sequence[str],
    sender: str | None,
    stdin: BinaryIO,
    *,
    accepts: Accepts,
    intake: Intake,
    max_size: int,
    now: datetime,
    seconds: float = STORE_SECONDS,
) -> Delivered:
    """Take one mail from `stdin` (at most `max_size` bytes of it) into the durable inbox.

    `sender` is the envelope sender, ``""`` the null sender; None means that it is not known: then the mbox line is
    asked, then Return-Path, then From.  All recipients must be known, since there is one exit code for all.
    """
    unknown = [address for address in recipients if not accepts(address)]
    if unknown:
        return Delivered(Exit.NO_USER, f"unknown address: {', '.join(unknown)}")
    try:
        given = _read(stdin, max_size + 1)
    except OSError as problem:
        return Delivered(Exit.TEMPORARY, f"standard input cannot be read: {problem}")
    found, raw = as_from_smtp(given)
    fault = _fault(raw, max_size)
    if fault is not None:
        return Delivered(Exit.DATA, fault)
    envelope = Envelope(
        sender=(found if found is not None else _claimed_sender(raw)) if sender is None else sender,
        recipients=tuple(dict.fromkeys(recipients)),
        source="pipe",
        received_at=now,
    )
    return _store(Accepted("pipe", envelope, raw), intake, seconds)


def _store(accepted: Accepted, intake: Intake, seconds: float) -> Delivered:
    try:
        number = intake.put(accepted).result(seconds)
    except TemporarilyUnavailable as problem:
        return Delivered(Exit.TEMPORARY, f"not now: {problem}")
    except FutureTimeout:
        return Delivered(Exit.TEMPORARY, f"not now: the database did not answer within {seconds:g} seconds")
    except Exception as problem:  # noqa: BLE001 - whatever failed on our side, the mail server must keep the mail
        return Delivered(Exit.TEMPORARY, f"not now: {type(problem).__name__}: {problem}")
    return Delivered(Exit.OK, f"stored as inbox {number}", number)


def _read(stdin: BinaryIO, limit: int) -> bytes:
    blocks: list[bytes] = []
    left = limit
    while left > 0:
        block = stdin.read(min(left, READ_BLOCK))
        if not block:
            break
        blocks.append(block)
        left -= len(block)
    return b"".join(blocks)


def as_from_smtp(given: bytes) -> tuple[str | None, bytes]:
    """The envelope sender of an mbox line (None without one) and the mail with CRLF line ends, the last line included.

    A bare CR stays as it is: it is content, and a pipe cannot be asked to send again.
    """
    found: str | None = None
    line = _MBOX.match(given)
    if line is not None:
        found = line[1].decode("utf-8", "replace")
        given = given[line.end() :]
    if given.count(b"\n") != given.count(b"\r\n"):
        given = given.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if given and not given.endswith(b"\r\n"):
        given += b"\r\n"
    return ("" if found == "MAILER-DAEMON" else found), given


def _fault(raw: bytes, max_size: int) -> str | None:
    if len(raw) > max_size:
        return f"the mail is larger than {max_size} bytes"
    header = raw[:HEADER_SCAN].partition(b"\r\n\r\n")[0]
    if not _FIELD.search(header):
        return "this is not a mail: it has no header"
    if received_fields(raw) > MAX_RECEIVED:
        return "too many Received fields: this mail is going in circles"
    return None


def _claimed_sender(raw: bytes) -> str:
    header = raw[:HEADER_SCAN].partition(b"\r\n\r\n")[0]
    returned = _RETURN_PATH.search(header)
    if returned is not None:
        return returned[1].decode("utf-8", "replace")
    return peek(raw).from_address
