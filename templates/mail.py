"""A mail of ours as bytes: words and header fields in, exactly what the smarthost gets out.

Promises: equal input gives equal bytes; 7 bit, CRLF, no line over 998 bytes; the header block, read again by code that
shares nothing with the writer, says what was set and nothing else, or UnsafeMail is raised.  Attachments of a stored
mail are named, not copied: `Built` says where in the literal bytes which piece of which raw mail belongs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from templates import readback
from templates.bodies import TEXT_LIMIT, sendable_as_it_stands, text_body
from templates.fields import (
    Mailbox,
    UnsafeMail,
    address_field,
    checked_address,
    cleaned,
    id_field,
    text_field,
    writable_id,
)
from templates.parts import Part, SpliceOf, boundary_for, encoded_part

__all__ = ["Built", "Mailbox", "Outgoing", "Part", "Splice", "SpliceOf", "UnsafeMail", "build"]

_ADDRESSES_LIMIT = 100
_PARTS_LIMIT = 200
_REFERENCES = (2, 48)
"""How many references are kept of a long list: the first, where it began, and the last, where it is."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,199}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_AUTO_SUBMITTED = frozenset({"no", "auto-generated", "auto-replied", "auto-notified"})


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
    boundary = boundary_for(outgoing.message_id, [text, *(part.content for part in outgoing.parts if part.content)])
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


def _with_parts(header: bytes, boundary: str, encoding: str, text: bytes, parts: tuple[Part, ...]) -> Built:
    first = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    pieces = [header, f"\r\n--{boundary}\r\n{first}\r\n".encode("ascii"), text]
    at = sum(map(len, pieces))
    splices: list[Splice] = []
    for part in parts:
        head, content = encoded_part(part)
        piece = f"\r\n--{boundary}\r\n{head}\r\n".encode("ascii") + content
        at += len(piece)
        pieces.append(piece)
        if part.splice:
            splices.append(Splice(at, part.splice.sha256, part.splice.start, part.splice.end))
    pieces.append(f"\r\n--{boundary}--\r\n".encode("ascii"))
    return _finished(b"".join(pieces), tuple(splices))


def _finished(literal: bytes, splices: tuple[Splice, ...]) -> Built:
    if not sendable_as_it_stands(literal):
        raise UnsafeMail("the mail is not 7 bit with CRLF and lines of at most 998 bytes")
    return Built(literal, splices, len(literal) + sum(splice.end - splice.start for splice in splices))
