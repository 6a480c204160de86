"""What must hold for any mail that was read, checked from the outside: by other means than the code that is checked.

`broken` gives the first law that a reading breaks, in words.  The time for it grows with the mail, never faster.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from bench.fuzz.markuplaw import unsafe
from parsers.as_json import as_json
from parsers.attachments import contents
from parsers.message import Attachment, Kind, Message
from parsers.parse import parse
from parsers.peek import peek

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_INVISIBLE: Final = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_PATHS: Final = re.compile('[/\\\\:<>"|?*\u2044\u2215\u2216\u29f8\u29f9\ufe68\uff0f\uff3c]')
_TYPE: Final = re.compile(r"[!-~]+")
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_CHECKED_FILES: Final = 5
TEXT_CHARS: Final = 1024 * 1024
STRIP_CHARS: Final = 256 * 1024
STRIP_LINES: Final = 5000
ATTACHMENTS: Final = 200
CITATIONS: Final = 50
NAME_BYTES: Final = 150
PEEK_BYTES: Final = 64 * 1024
"""The limits of mail-safety 2.4, written down again: the code under examination must not state its own law."""


def broken(raw: bytes, message: Message, thorough: bool = False) -> str:
    """The law this reading breaks, or "".  `thorough` also reads the mail again, twice."""
    return (
        _failed(message)
        or _texts(message)
        or _reply(message)
        or (unsafe(message.html) if message.html is not None else "")
        or _files(raw, message)
        or _values(message)
        or _peeked(raw, message)
        or (_again(raw, message) if thorough else "")
    )


def _failed(message: Message) -> str:
    """Nothing inside failed, and whatever was left out is told."""
    internal = [one for one in message.defects if one.startswith("limit: internal")]
    if internal:
        return internal[0]
    limit = any(one.startswith("limit: ") for one in message.defects)
    return "" if message.complete is not limit else f"complete is {message.complete} beside {message.defects}"


def _texts(message: Message) -> str:
    """Every string is one that a database, a page and a line of JSON can hold."""
    for where, text in strings(message):
        if "\0" in text:
            return f"NUL in {where}"
        if not text.isascii() and _SURROGATE.search(text):
            return f"lone surrogate in {where}"
    if "\r" in message.text or "\r" in message.reply:
        return "a carriage return in the text"
    if len(message.text) > TEXT_CHARS:
        return f"{len(message.text)} characters of text"
    try:
        json.dumps(as_json(message), ensure_ascii=False).encode("utf-8")
    except (TypeError, ValueError) as error:
        return f"no JSON: {error}"
    return ""


def strings(value: object, where: str = "message") -> Iterator[tuple[str, str]]:
    """All strings in a value, with their place."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, tuple):
        for one in value:
            yield from strings(one, where)
    elif dataclasses.is_dataclass(value):
        for one in dataclasses.fields(value):
            yield from strings(getattr(value, one.name), one.name)


def _reply(message: Message) -> str:
    """Words are never lost: what is no part of the reply is among what was cut (up to where quotes are looked for)."""
    if _seen(message.text) and not _seen(message.reply):
        return "the reply is empty though the text is not"
    text = message.text
    if len(text) > STRIP_CHARS or text.count("\n") >= STRIP_LINES:
        return ""
    kept = {_seen(line) for cut in (message.reply, *(one.text for one in message.cut)) for line in cut.split("\n")}
    missing = [line for line in map(_seen, text.split("\n")) if line and line not in kept]
    lost = next((line for line in missing if not _divided(line, kept)), None)
    return f"lost between text and reply: {lost[:80]!r}" if lost is not None else ""


def _divided(line: str, kept: set[str]) -> bool:
    """Whether a line went to two places: the words to the reply, the introduction behind them to what was cut."""
    return any(one and line.startswith(one) and line[len(one) :].strip() in kept for one in kept)


def _seen(line: str) -> str:
    """What a person sees of a line: invisible characters may go."""
    return _INVISIBLE.sub("", line).strip()


def _files(raw: bytes, message: Message) -> str:
    """Attachments are named harmlessly and can be cut out again, by index and by span."""
    if len(message.attachments) > ATTACHMENTS:
        return f"{len(message.attachments)} attachments"
    for at, one in enumerate(message.attachments):
        if one.index != at:
            return f"attachment {at} says that it is {one.index}"
        flaw = bad_name(one.filename)
        if flaw:
            return f"the name {one.filename!r} {flaw}"
        if not _TYPE.fullmatch(one.content_type):
            return f"the content type {one.content_type[:80]!r}"
        if one.span and not _copyable(raw[one.span.start : one.span.end]):
            return f"attachment {at} has a span that cannot be copied"
    chosen = message.attachments[:_CHECKED_FILES]
    for one, found in zip(chosen, contents(raw, [one.index for one in chosen]) if chosen else (), strict=True):
        if found is None or not _same(one, found):
            return f"attachment {one.index} cannot be cut out again"
    return ""


def bad_name(name: str) -> str:
    """What is wrong with the name of an attachment, or ""."""
    if not name.strip() or name in (".", ".."):
        return "is empty"
    if len(name.encode("utf-8", "replace")) > NAME_BYTES:
        return "is longer than 150 bytes"
    if _PATHS.search(name):
        return "has a separator of paths"
    odd = [
        one for one in name if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") and one not in "\u200c\u200d"
    ]
    return f"has the character U+{ord(odd[0]):04X}" if odd else ""


def _copyable(encoded: bytes) -> bool:
    return (
        encoded.isascii()
        and all(len(line) <= 998 for line in encoded.split(b"\r\n"))
        and b"\n" not in encoded.replace(b"\r\n", b"")
    )


def _same(one: Attachment, found: bytes) -> bool:
    return len(found) == one.size and hashlib.sha256(found).hexdigest() == one.sha256


def _values(message: Message) -> str:
    """Values are in their bounds and agree with each other."""
    if (message.bounce is not None) != (message.kind is Kind.BOUNCE):
        return f"kind {message.kind} with the report {message.bounce}"
    if message.bounce and len(message.bounce.recipients) > 100:
        return f"{len(message.bounce.recipients)} bounced recipients"
    if len(message.citations.message_ids) > CITATIONS:
        return f"{len(message.citations.message_ids)} citations"
    if message.date is not None and message.date.utcoffset() is None:
        return "a date without a zone"
    if not _HEX.fullmatch(message.content_key):
        return f"the content key {message.content_key!r}"
    if message.identity is not None:
        local, at, domain = message.identity.rpartition("@")
        bad = re.search(r"[\s\x00-\x1f<>,;]", domain)
        if not (local and at and domain) or bad or len(message.header("from")) != 1:
            return f"the identity {message.identity!r}"
    return ""


def _peeked(raw: bytes, message: Message) -> str:
    """What was looked at before accepting is what is read afterwards: filing finds the earlier mail by it."""
    seen = peek(raw)
    if any("\0" in text for _, text in strings((seen.message_id, seen.subject, seen.from_address))):
        return "NUL in what peek gives"
    plain = (
        message.complete
        and len(raw) < PEEK_BYTES
        and raw[:1].isalpha()
        and not any("field" in one for one in message.defects)
    )
    if (
        plain
        and seen.message_id.isascii()
        and len(seen.message_id) < 900
        and seen.message_id != (message.message_id or "")
    ):
        return f"peek sees the id {seen.message_id!r}, parse {message.message_id!r}"
    return ""


def _again(raw: bytes, message: Message) -> str:
    """The same bytes give the same value, and one Received field more the same content key."""
    if parse(raw) != message:
        return "read differently the second time"
    feeds, pairs = raw.count(b"\n"), raw.count(b"\r\n")
    if (
        raw[:1].isalpha()
        and message.complete
        and message.header("from")
        and raw.count(b"\r") == pairs in (0, feeds)
        and feeds
    ):
        hop = b"Received: from a.example by b.example; Mon, 2 Nov 2026 10:14:00 +0000" + (b"\r\n" if pairs else b"\n")
        if parse(hop + raw).content_key != message.content_key:
            return "another content key after one hop more"
    return ""
