"""A mail of ours as bytes: words and header fields in, exactly what the smarthost gets out.

Promises: equal input gives equal bytes; 7 bit, CRLF, no line over 998 bytes; the header block, read again by code that
shares nothing with the writer, says what was set and nothing else, or UnsafeMail is raised.  Attachments of a stored
mail are named, not copied: `Built` says where in the literal bytes which piece of which raw mail belongs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from templates import readback
from templates.bodies import TEXT_LIMIT, base64_lines, sendable_as_it_stands, text_body
from templates.fields import (
    Mailbox,
    UnsafeMail,
    address_field,
    checked_address,
    cleaned,
    folded,
    id_field,
    text_field,
    writable_id,
)
from templates.filenames import filename_parameter, safe_filename

__all__ = ["Built", "Mailbox", "Outgoing", "Part", "Splice", "SpliceOf", "UnsafeMail", "build"]

_ADDRESSES_LIMIT = 100
_PARTS_LIMIT = 200
_REFERENCES = (2, 48)
"""How many references are kept of a long list: the first, where it began, and the last, where it is."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,199}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_AUTO_SUBMITTED = frozenset({"no", "auto-generated", "auto-replied", "auto-notified"})
_HASH = re.compile(r"[0-9a-f]{64}")
_SPLICE_ENCODINGS = frozenset({"base64", "quoted-printable", "7bit"})


@dataclass(frozen=True, slots=True)
class SpliceOf:
    """An encoded body inside a stored mail: ``raw(sha256)[start:end]``, already fit to send, in `encoding`."""

    sha256: str
    start: int
    end: int
    encoding: str


@dataclass(frozen=True, slots=True)
class Part:
    """One attachment: its `content` as bytes, or where its encoded body lies (exactly one of the two)."""

    filename: str
    content_type: str
    inline: bool = False
    content_id: str = ""
    content: bytes | None = None
    splice: SpliceOf | None = None
    charset: str = ""
    """For text parts, where known."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail to be sent.  Message-IDs stand without angle brackets; `date` is aware."""

    from_: Mailbox
    to: tuple[Mailbox, ...]
    subject: str
    date: datetime
    message_id: str
    text: str
    cc: tuple[Mailbox, ...] = ()
    reply_to: Mailbox | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    """Oldest first; ids that cannot be written unharmed are left out."""
    auto_submitted: str | None = None
    """RFC 3834 5: ``auto-replied``, ``auto-generated``; None for what a person wrote."""
    suppress_auto_responses: bool = False
    instance: str = ""
    """Names this installation, so that its own mail is recognised when it comes back."""
    language: str = ""
    precedence: str | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Splice:
    """At position `at` of the literal bytes, ``raw(sha256)[start:end]`` is put in."""

    at: int
    sha256: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Built:
    """The mail: `literal` with the splices put in (positions ascend and count in `literal`); `size` is of the whole."""

    literal: bytes
    splices: tuple[Splice, ...]
    size: int


@dataclass(frozen=True, slots=True)
class _Field:
    """A field as written, and what reading it must give."""

    name: str
    wire: str
    meant: object
    read: Callable[[str], object]


def build(outgoing: Outgoing) -> Built:
    """The bytes of a mail.  Raises UnsafeMail: nothing may be sent then, and trying again changes nothing."""
    _refuse_what_cannot_be_sent(outgoing)
    header = _header(outgoing)
    encoding, text = text_body(outgoing.text)
    if not outgoing.parts:
        header += [_plain("Content-Type", "text/plain; charset=utf-8"), _plain("Content-Transfer-Encoding", encoding)]
        return _finished(_checked(header) + b"\r\n" + text, ())
    boundary = _boundary(outgoing.message_id, [text, *(part.content for part in outgoing.parts if part.content)])
    wire = f'Content-Type: multipart/mixed;\r\n boundary="{boundary}"'
    header.append(_Field("Content-Type", wire, f'multipart/mixed; boundary="{boundary}"', _as_read))
    return _with_parts(_checked(header), boundary, encoding, text, outgoing.parts)


def _refuse_what_cannot_be_sent(outgoing: Outgoing) -> None:
    if not outgoing.to or len(outgoing.to) + len(outgoing.cc) > _ADDRESSES_LIMIT:
        raise UnsafeMail(f"a mail goes to one address at least and {_ADDRESSES_LIMIT} at most")
    if len(outgoing.parts) > _PARTS_LIMIT:
        raise UnsafeMail(f"more than {_PARTS_LIMIT} attachments")
    if len(outgoing.text) > TEXT_LIMIT:
        raise UnsafeMail(f"the text is longer than {TEXT_LIMIT} characters")
    if outgoing.date.tzinfo is None:
        raise UnsafeMail("the date has no zone")


def _header(outgoing: Outgoing) -> list[_Field]:
    """Every field but those about the body, in the order in which people read them."""
    header = [_addresses("From", (outgoing.from_,)), _addresses("To", outgoing.to)]
    if outgoing.cc:
        header.append(_addresses("Cc", outgoing.cc))
    if outgoing.reply_to:
        header.append(_addresses("Reply-To", (outgoing.reply_to,)))
    subject = cleaned(outgoing.subject)
    header.append(_Field("Subject", text_field("Subject", subject), subject, readback.decoded))
    header.append(_plain("Date", _date(outgoing.date)))
    own_id = writable_id(outgoing.message_id)
    if own_id is None:
        raise UnsafeMail(f"not a Message-ID: {outgoing.message_id[:100]!r}")
    header.append(_ids("Message-ID", [own_id]))
    parent = writable_id(outgoing.in_reply_to) if outgoing.in_reply_to else None
    if parent:
        header.append(_ids("In-Reply-To", [parent]))
    if references := _references(outgoing.references):
        header.append(_ids("References", references))
    return header + _about_us(outgoing)


def _about_us(outgoing: Outgoing) -> list[_Field]:
    """Fields for other programs: that a machine wrote this, which one, in which language."""
    found: list[_Field] = []
    if outgoing.auto_submitted is not None:
        if outgoing.auto_submitted not in _AUTO_SUBMITTED:
            raise UnsafeMail(f"not a value of Auto-Submitted: {outgoing.auto_submitted[:100]!r}")
        found.append(_plain("Auto-Submitted", outgoing.auto_submitted))
    if outgoing.suppress_auto_responses:
        found.append(_plain("X-Auto-Response-Suppress", "All"))
    for name, value, grammar in (
        ("Precedence", outgoing.precedence or "", _TOKEN),
        ("X-Deskgate-Instance", outgoing.instance, _TOKEN),
        ("Content-Language", outgoing.language.replace("_", "-"), _LANGUAGE),
    ):
        if value and not grammar.fullmatch(value):
            raise UnsafeMail(f"not a value of {name}: {value[:100]!r}")
        if value:
            found.append(_plain(name, value))
    return [*found, _plain("MIME-Version", "1.0")]


def _as_read(value: str) -> str:
    return value


def _plain(name: str, value: str) -> _Field:
    return _Field(name, f"{name}: {value}", value, _as_read)


def _addresses(name: str, mailboxes: tuple[Mailbox, ...]) -> _Field:
    checked = [Mailbox(cleaned(mailbox.name), checked_address(mailbox.address)) for mailbox in mailboxes]
    meant = [(mailbox.name, mailbox.address) for mailbox in checked]
    return _Field(name, address_field(name, checked), meant, readback.mailboxes)


def _ids(name: str, ids: list[str]) -> _Field:
    return _Field(name, id_field(name, ids), [f"<{message_id}>" for message_id in ids], str.split)


def _references(references: tuple[str, ...]) -> list[str]:
    first, last = _REFERENCES
    if len(references) > first + last:
        references = references[:first] + references[-last:]
    return list(dict.fromkeys(found for message_id in references if (found := writable_id(message_id))))


def _date(moment: datetime) -> str:
    """RFC 5322 3.3; never by strftime, which speaks the language of the machine."""
    offset = int((moment.utcoffset() or timedelta()).total_seconds()) // 60
    zone = f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02d}{abs(offset) % 60:02d}"
    day = f"{_DAYS[moment.weekday()]}, {moment.day:02d} {_MONTHS[moment.month - 1]} {moment.year:04d}"
    return f"{day} {moment.hour:02d}:{moment.minute:02d}:{moment.second:02d} {zone}"


def _checked(header: list[_Field]) -> bytes:
    """The header block, after reading it back and comparing."""
    block = "\r\n".join([*(field.wire for field in header), ""]).encode("ascii", "replace")
    try:
        found = readback.fields(block)
        if [name for name, _ in found] != [field.name for field in header]:
            raise UnsafeMail("the header does not have the fields that were set")
        for field, (name, value) in zip(header, found, strict=True):
            if field.read(value) != field.meant:
                raise UnsafeMail(f"the field {name} does not read as what was set")
    except readback.Unreadable as error:
        raise UnsafeMail(f"the header cannot be read back: {error}") from error
    return block


def _boundary(message_id: str, contents: list[bytes]) -> str:
    """From the Message-ID, so that equal input gives equal bytes; ``=_`` never occurs in either encoding."""
    for turn in range(100):
        boundary = f"=_dg_{hashlib.sha256(f'{turn} {message_id}'.encode('utf-8', 'replace')).hexdigest()[:32]}"
        if not any(boundary.encode() in content for content in contents):
            return boundary
    raise UnsafeMail("no boundary for the parts could be found")


def _with_parts(header: bytes, boundary: str, encoding: str, text: bytes, parts: tuple[Part, ...]) -> Built:
    pieces = [
        header,
        f"\r\n--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n".encode(),
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode(),
        text,
    ]
    at = sum(map(len, pieces))
    splices: list[Splice] = []
    for part in parts:
        head, content, splice = _part(part)
        piece = f"\r\n--{boundary}\r\n{head}\r\n".encode("ascii") + content
        at += len(piece)
        pieces.append(piece)
        if splice:
            splices.append(Splice(at, splice.sha256, splice.start, splice.end))
    pieces.append(f"\r\n--{boundary}--\r\n".encode())
    return _finished(b"".join(pieces), tuple(splices))


def _part(part: Part) -> tuple[str, bytes, SpliceOf | None]:
    """(header with its final CRLF, encoded content, splice) of one attachment."""
    if (part.content is None) == (part.splice is None):
        raise UnsafeMail("an attachment has either content or a place in a stored mail")
    content_type = part.content_type.strip().lower()
    if not _TYPE.fullmatch(content_type) or content_type.startswith("multipart/"):
        content_type = "application/octet-stream"
    if part.splice:
        encoding, content = _checked_splice(part.splice), b""
    elif content_type.startswith("message/"):  # RFC 2046 5.2.1: never encoded
        part = part if sendable_as_it_stands(part.content or b"") else replace(part, content_type="")
        content_type = content_type if part.content_type else "application/octet-stream"
        encoding = "7bit" if part.content_type else "base64"
        content = (part.content or b"") if part.content_type else base64_lines(part.content or b"")
    else:
        encoding, content = "base64", base64_lines(part.content or b"")
    return _part_header(part, content_type, encoding), content, part.splice


def _part_header(part: Part, content_type: str, encoding: str) -> str:
    charset = part.charset if _TOKEN.fullmatch(part.charset) and content_type.startswith("text/") else ""
    lines = [
        folded("Content-Type", [content_type + ";", f"charset={charset}"] if charset else [content_type]),
        f"Content-Transfer-Encoding: {encoding}",
        folded(
            "Content-Disposition",
            ["inline;" if part.inline else "attachment;", filename_parameter(safe_filename(part.filename))],
        ),
    ]
    if part.content_id and (content_id := writable_id(part.content_id)):
        lines.append(f"Content-ID: <{content_id}>")
    return "\r\n".join([*lines, ""])


def _checked_splice(splice: SpliceOf) -> str:
    encoding = splice.encoding.lower()
    if encoding not in _SPLICE_ENCODINGS or not 0 <= splice.start <= splice.end or not _HASH.fullmatch(splice.sha256):
        raise UnsafeMail("a piece of a stored mail that cannot be sent as it stands")
    return encoding


def _finished(literal: bytes, splices: tuple[Splice, ...]) -> Built:
    if not sendable_as_it_stands(literal):
        raise UnsafeMail("the mail is not 7 bit with CRLF and lines of at most 998 bytes")
    return Built(literal, splices, len(literal) + sum(splice.end - splice.start for splice in splices))
