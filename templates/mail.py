"""A mail of ours as bytes: words and header fields in, exactly what the smarthost gets out.

Promises: equal input gives equal bytes; 7 bit, CRLF, no line over 998 bytes; the header block, read again by code that
shares nothing with the writer, says what was set and nothing else, or UnsafeMail is raised.  Attachments of a stored
mail are named, not copied: `Built` says where in the literal bytes which piece of which raw mail belongs.  Of a mail to
several people, what all copies share is written, read back and compared once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

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

__all__ = [
    "Built", "Face", "Mailbox", "Outgoing", "Part", "Splice", "SpliceOf", "UnsafeMail", "build", "build_each",
]  # fmt: skip

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
class Face:
    """What one copy of a mail has for itself: whom it names in To, where a reply to it goes, its own Message-ID."""

    to: tuple[Mailbox, ...]
    reply_to: Mailbox | None
    message_id: str


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


class _Field(NamedTuple):
    """A field as written, and what reading it must give.

    A tuple, because a dozen are made for each mail: a frozen dataclass takes three times as long to make.
    """

    name: str
    wire: str
    meant: object
    read: Callable[[str], object]


@dataclass(frozen=True, slots=True)
class _Body:
    """What follows the header, from the empty line on, and the fields about it; splices count from its beginning."""

    fields: list[_Field]
    content: bytes
    splices: tuple[Splice, ...]


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the copies of a mail have in common, checked: blocks of header fields in their order, and the body."""

    from_: bytes
    cc: bytes
    subject_and_date: bytes
    others: bytes
    body: _Body


def build(outgoing: Outgoing) -> Built:
    """The bytes of a mail.  Raises UnsafeMail: nothing may be sent then, and trying again changes nothing."""
    return build_each(outgoing, [Face(outgoing.to, outgoing.reply_to, outgoing.message_id)])[0]


def build_each(outgoing: Outgoing, faces: Sequence[Face]) -> list[Built]:
    """The same mail once for each face, which stands in for `to`, `reply_to` and `message_id` of `outgoing`.

    Each copy is what `build` would give, but for the boundary of its parts, which all share.  Raises UnsafeMail if one
    of them cannot be sent: then none is built.
    """
    if not faces:
        return []
    for face in faces:
        _refuse_what_cannot_be_sent(outgoing, face)
    # An id of ours is random: whoever wrote the attachments could not foresee the boundary that comes of it.
    body = _body(outgoing, faces[0].message_id)
    from_, cc, subject_and_date, others = _checked(*_shared_header(outgoing, body))
    shared = _Shared(from_, cc, subject_and_date, others, body)
    return [_copy(shared, face) for face in faces]


def _refuse_what_cannot_be_sent(outgoing: Outgoing, face: Face) -> None:
    if not face.to or len(face.to) + len(outgoing.cc) > _ADDRESSES_LIMIT:
        raise UnsafeMail(f"a mail goes to one address at least and {_ADDRESSES_LIMIT} at most")
    if len(outgoing.parts) > _PARTS_LIMIT:
        raise UnsafeMail(f"more than {_PARTS_LIMIT} attachments")
    if len(outgoing.text) > TEXT_LIMIT:
        raise UnsafeMail(f"the text is longer than {TEXT_LIMIT} characters")
    if outgoing.date.tzinfo is None:
        raise UnsafeMail("the date has no zone")


def _shared_header(outgoing: Outgoing, body: _Body) -> tuple[list[_Field], ...]:
    """The fields that do not depend on the reader, in four blocks; `_copy` puts the reader's own between them."""
    subject = cleaned(outgoing.subject)
    parent = writable_id(outgoing.in_reply_to) if outgoing.in_reply_to else None
    references = _references(outgoing.references)
    return (
        [_addresses("From", (outgoing.from_,))],
        [_addresses("Cc", outgoing.cc)] if outgoing.cc else [],
        [
            _Field("Subject", text_field("Subject", subject), subject, readback.decoded),
            _plain("Date", _date(outgoing.date)),
        ],
        [
            *([_ids("In-Reply-To", [parent])] if parent else ()),
            *([_ids("References", references)] if references else ()),
            *_about_us(outgoing),
            *body.fields,
        ],
    )


def _copy(shared: _Shared, face: Face) -> Built:
    """The copy for one reader: its own fields, and the shared ones, in the order in which people read them."""
    own_id = writable_id(face.message_id)
    if own_id is None:
        raise UnsafeMail(f"not a Message-ID: {face.message_id[:100]!r}")
    to, reply_to, message_id = _checked(
        [_addresses("To", face.to)],
        [_addresses("Reply-To", (face.reply_to,))] if face.reply_to else [],
        [_ids("Message-ID", [own_id])],
    )
    header = b"".join(
        (shared.from_, to, shared.cc, reply_to, shared.subject_and_date, message_id, shared.others),
    )
    literal = header + shared.body.content
    splices = tuple(Splice(len(header) + s.at, s.sha256, s.start, s.end) for s in shared.body.splices)
    return Built(literal, splices, len(literal) + sum(splice.end - splice.start for splice in splices))


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
    checked = [(cleaned(mailbox.name), checked_address(mailbox.address)) for mailbox in mailboxes]
    return _Field(name, address_field(name, checked), checked, readback.mailboxes)


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


def _checked(*blocks: list[_Field]) -> list[bytes]:
    """Blocks of header fields as bytes, after reading them back together and comparing.

    What `readback.fields` reads begins with a field and ends with a line end, so that blocks it has read say the same
    whatever other such blocks stand before, between and behind them.
    """
    written = ["".join([f"{field.wire}\r\n" for field in block]).encode("ascii", "replace") for block in blocks]
    header = [field for block in blocks for field in block]
    try:
        found = readback.fields(b"".join(written))
        if [name for name, _ in found] != [field.name for field in header]:
            raise UnsafeMail("the header does not have the fields that were set")
        for field, (name, value) in zip(header, found, strict=True):
            if field.read(value) != field.meant:
                raise UnsafeMail(f"the field {name} does not read as what was set")
    except readback.Unreadable as error:
        raise UnsafeMail(f"the header cannot be read back: {error}") from error
    return written


def _body(outgoing: Outgoing, seed: str) -> _Body:
    encoding, text = text_body(outgoing.text)
    if outgoing.parts:
        boundary = boundary_for(seed, [text, *(part.content for part in outgoing.parts if part.content)])
        body = _with_parts(boundary, encoding, text, outgoing.parts)
    else:
        fields = [_plain("Content-Type", "text/plain; charset=utf-8"), _plain("Content-Transfer-Encoding", encoding)]
        body = _Body(fields, b"\r\n" + text, ())
    if not sendable_as_it_stands(body.content):
        raise UnsafeMail("the mail is not 7 bit with CRLF and lines of at most 998 bytes")
    return body


def _with_parts(boundary: str, encoding: str, text: bytes, parts: tuple[Part, ...]) -> _Body:
    wire = f'Content-Type: multipart/mixed;\r\n boundary="{boundary}"'
    first = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    pieces = [f"\r\n--{boundary}\r\n{first}\r\n".encode("ascii"), text]
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
    field = _Field("Content-Type", wire, f'multipart/mixed; boundary="{boundary}"', _as_read)
    return _Body([field], b"".join(pieces), tuple(splices))
