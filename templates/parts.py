"""Attachments of our mail: what they are, and how they stand in a multipart (RFC 2045, 2183, 2231).

Promises: a type, name, charset or Content-ID that a stranger gave is checked or replaced; nothing of it reaches a
header as it came.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from templates.bodies import base64_lines, sendable_as_it_stands
from templates.fields import UnsafeMail, folded, writable_id
from templates.filenames import filename_parameter, safe_filename

_BYTES = "application/octet-stream"
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_CHARSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,60}")
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


def encoded_part(part: Part) -> tuple[str, bytes]:
    """(header with its final CRLF, encoded content) of one attachment; no content where it is spliced in later."""
    content_type = part.content_type.strip().lower()
    if not _TYPE.fullmatch(content_type) or content_type.startswith("multipart/"):
        content_type = _BYTES
    if part.splice and part.content is None:
        return _header(part, content_type, _checked(part.splice)), b""
    if part.content is None or part.splice:
        raise UnsafeMail("an attachment has either content or a place in a stored mail")
    if content_type.startswith("message/"):  # RFC 2046 5.2.1: such a part must not be encoded
        if sendable_as_it_stands(part.content):
            return _header(part, content_type, "7bit"), part.content
        content_type = _BYTES
    return _header(part, content_type, "base64"), base64_lines(part.content)


def boundary_for(message_id: str, contents: Sequence[bytes]) -> str:
    """From the Message-ID, so that equal input gives equal bytes; ``=_`` never occurs in either encoding."""
    for turn in range(100):
        boundary = f"=_dg_{hashlib.sha256(f'{turn} {message_id}'.encode('utf-8', 'replace')).hexdigest()[:32]}"
        if not any(boundary.encode("ascii") in content for content in contents):
            return boundary
    raise UnsafeMail("no boundary for the parts could be found")


def _header(part: Part, content_type: str, encoding: str) -> str:
    lines = [f"Content-Type: {content_type}", f"Content-Transfer-Encoding: {encoding}"]
    if content_type.startswith("text/") and _CHARSET.fullmatch(part.charset):
        lines[0] = folded("Content-Type", [f"{content_type};", f"charset={part.charset}"])
    disposition = "inline;" if part.inline else "attachment;"
    lines.append(folded("Content-Disposition", [disposition, filename_parameter(safe_filename(part.filename))]))
    if part.content_id and (content_id := writable_id(part.content_id)):
        lines.append(f"Content-ID: <{content_id}>")
    return "\r\n".join([*lines, ""])


def _checked(splice: SpliceOf) -> str:
    encoding = splice.encoding.lower()
    if encoding not in _SPLICE_ENCODINGS or not 0 <= splice.start <= splice.end or not _HASH.fullmatch(splice.sha256):
        raise UnsafeMail("a piece of a stored mail that cannot be sent as it stands")
    return encoding
