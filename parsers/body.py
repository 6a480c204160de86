"""Which parts of a mail are its words, and which are attachments (RFC 2046, 2183, 2387); walks the tree itself.

Text parts in a row are one text; of alternatives the plain one gives the text and the HTML one the look; a signed
mail's words are its first part; an attached message is an attachment and nobody looks inside.  Nothing is lost: what is
neither words nor a mere copy of them is an attachment.
"""

from __future__ import annotations

import hashlib
import html as entities
import re
from dataclasses import dataclass, field

from parsers import (
    alternatives,
    calendar,
    charset,
    flowed,
    html,
    htmltext,
    names,
    prescan,
    smime,
    tnef,
    tree,
    uublocks,
    words,
)
from parsers.fields import Block
from parsers.htmltext import Rendered
from parsers.limits import BOUNDS, LIMITS, Limits
from parsers.lineends import readable
from parsers.message import Attachment, Span
from parsers.mimefield import Typed
from parsers.tree import Part

_REPORTS = frozenset({"message/delivery-status", "message/disposition-notification", "message/feedback-report",
                      "message/global-delivery-status", "message/global-disposition-notification"})  # fmt: skip
_CALENDAR_FOLD = re.compile(rb"\r?\n[ \t]")
"""RFC 5545 3.1: lines are folded after so many octets, wherever in a character that is."""
WRAPPED = 3
"""So many signed envelopes are opened: people's mail has one, and some sign what is signed."""
_DATA = frozenset({
    "text/calendar", "text/csv", "text/vcard", "text/x-vcard", "text/directory", "text/rfc822-headers", "text/css",
    "text/javascript", "text/xml", "text/rtf", "text/x-amp-html", "text/watch-html", "text/tab-separated-values",
    "text/html",
})  # fmt: skip
"""Text for programs."""
_COPIES = frozenset({"text/x-amp-html", "text/watch-html"})


@dataclass(slots=True)
class Piece:
    """A run of words: as the sender's plain text, or as sanitised HTML, or both."""

    plain: str | None = None
    html: str | None = None
    notice: str = ""
    """A plain part that only points at the HTML; stands above its words."""


@dataclass(slots=True)
class Body:
    """What the walk found."""

    pieces: list[Piece] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)
    calendars: list[Part] = field(default_factory=list)
    loose: list[Part] = field(default_factory=list)
    """Files that stood in the text itself."""
    defects: list[str] = field(default_factory=list)
    limits: Limits = LIMITS
    room: int = LIMITS.text_chars
    """Characters of text that are still understood; text parts beyond are attachments."""
    wrapped: int = 0
    """Signed envelopes that were opened."""


def read(root: Part, limits: Limits = LIMITS) -> Body:
    """Walks the tree once."""
    body = Body(limits=limits, room=limits.text_chars)
    _visit(root, body, root.type.value)
    body.files += _unwrapped(body) + body.loose
    return body


def _unwrapped(body: Body) -> list[Part]:
    """The files in a winmail.dat, behind all others, so that no attachment changes its number by them."""
    found: list[Part] = []
    opened = 0
    for index, part in enumerate(body.files[: body.limits.attachments]):
        if not tnef.is_tnef(part.type.value, _name(part, index)):
            continue
        opened += 1
        if opened <= BOUNDS.winmails:
            found += [
                Part(
                    Block((), 0),
                    Typed(one.content_type, {"name": one.name}),
                    one.content,
                )
                for one in tnef.read(part.content()[0]).files
            ]
    if opened > BOUNDS.winmails:
        body.defects.append(f"only {BOUNDS.winmails} winmail.dat are opened")
    return found


def _visit(part: Part, body: Body, container: str) -> None:
    if part.children:
        _visit_children(part, body)
    elif body.room > 0 and _is_words(part, body, container):
        body.pieces.append(_words(part, body))
    elif part.type.value in _COPIES and container == "multipart/alternative":
        body.defects.append(f"left out: {part.type.value}, a copy of the text")
    else:
        if part.type.value in ("text/calendar", "application/ics"):
            body.calendars.append(part)
        body.files.append(part)
        if _is_envelope(part) and body.wrapped < WRAPPED:
            _unwrap(part, body)


def _is_envelope(part: Part) -> bool:
    """Whether a part may be an S/MIME envelope; some gateways call it mere octets and leave only its name."""
    named = part.disposition.get("filename") or part.type.get("name")
    octets = part.type.value == "application/octet-stream" and named.lower().endswith(".p7m")
    return octets or part.type.value in smime.TYPES


def _unwrap(part: Part, body: Body) -> None:
    """The words and files of the mail inside a signed envelope, which itself stays an attachment."""
    content = smime.signed_content(part.content()[0])
    outline = prescan.scan(readable(content), body.limits) if content else None
    if content is None or outline is None or outline.excess:
        return
    body.wrapped += 1
    _visit(tree.inside(readable(content), outline), body, "multipart/mixed")


def _visit_children(part: Part, body: Body) -> None:
    kind = part.type.value
    if kind == "multipart/alternative":
        _visit_alternatives(part, body)
        return
    for child in part.children:
        _visit(child, body, kind)


def _visit_alternatives(part: Part, body: Body) -> None:
    """The alternatives' words are one piece; files of all of them are kept."""
    mine = Body(limits=body.limits)
    for child in part.children:
        inner = Body(limits=body.limits, room=body.room, wrapped=body.wrapped)
        _visit(child, inner, "multipart/alternative")
        mine.files += inner.files
        mine.calendars += inner.calendars
        mine.loose += inner.loose
        mine.defects += inner.defects
        mine.pieces.append(joined(inner.pieces))
        body.room, body.wrapped = inner.room, inner.wrapped
    plain = next((one.plain for one in mine.pieces if one.plain is not None and one.plain.strip()), None)
    look = next((one.html for one in reversed(mine.pieces) if one.html is not None), None)
    notice = alternatives.pointer(plain, look) if plain is not None and look is not None else None
    if notice is not None:
        mine.defects.append("the plain part only points at the HTML, whose words are the text")
        plain = None
    elif plain is not None and look is not None and alternatives.lacks_table(plain, look):
        mine.defects.append("the plain part lacks the tables of the HTML, whose words are the text")
        plain = None
    if plain is not None or look is not None:
        body.pieces.append(Piece(plain, look, notice or ""))
    body.files += mine.files
    body.calendars += mine.calendars
    body.loose += mine.loose
    body.defects += mine.defects


def joined(pieces: list[Piece]) -> Piece:
    """Several runs of words as one: plain only if all are plain, HTML if any is."""
    if len(pieces) == 1:
        return pieces[0]
    if not pieces:
        return Piece()
    plain = "\n".join(_text_of(one) for one in pieces)
    if all(one.html is None for one in pieces):
        return Piece(plain)
    look = "".join(one.html if one.html is not None else _as_html(one.plain or "") for one in pieces)
    return Piece(plain if any(one.plain is not None for one in pieces) else None, look)


def _text_of(piece: Piece) -> str:
    return rendered(piece).text


def _as_html(text: str) -> str:
    return "<pre>" + entities.escape(text) + "</pre>"


def rendered(piece: Piece) -> Rendered:
    """The text of a piece, with marks when it comes from HTML."""
    if piece.plain is not None:
        return Rendered(piece.plain)
    shown = htmltext.render(piece.html or "")
    if not piece.notice:
        return shown
    above = piece.notice.count("\n") + 2
    marks = tuple((first + above, end + above, what) for first, end, what in shown.marks)
    return Rendered(f"{piece.notice}\n\n{shown.text}", marks)


def _is_words(part: Part, body: Body, container: str) -> bool:
    kind = part.type.value
    if kind not in ("text/plain", "text/html") and not kind.startswith("multipart/"):
        return False
    placed = part.disposition
    if placed.value == "attachment":
        return False
    named = bool(placed.get("filename") or part.type.get("name"))
    if not named:
        return True
    return container == "multipart/alternative" or not body.pieces


def _words(part: Part, body: Body) -> Piece:
    """The decoded text of a leaf, limits kept."""
    content, defect = part.content()
    if defect:
        body.defects.append(defect)
    if part.type.value == "text/plain":
        content, found = uublocks.parted(content)
        body.loose += [_loose(one) for one in found]
    most = body.limits.text_chars
    room = 4 * most
    declared = part.type.get("charset")
    looked = _first(content, 2 * most)
    text, flaw = _decoded(looked, declared)
    if len(looked) < len(content) and len(text) < most:  # characters of several bytes
        looked = _first(content, room)
        text, flaw = _decoded(looked, declared)
    if flaw:
        body.defects.append(flaw)
    if len(text) > most or len(looked) < len(content):
        text = text[:most]
        body.defects.append(f"text cut at {most} characters")
    body.room -= len(text)
    if part.type.value == "text/html":
        body.room -= BOUNDS.html_tag_cost * (text.count("<") + text.count("&"))
        return Piece(None, html.sanitised(text))
    if part.type.get("format").lower() == "flowed":
        text = flowed.unflowed(text, part.type.get("delsp").lower() == "yes")
    return Piece(text)


def _loose(file: uublocks.File) -> Part:
    name = file.name.decode("utf-8", "replace")
    return Part(Block((), 0), Typed("application/octet-stream", {"name": name}), file.content)


def _decoded(content: bytes, declared: str) -> tuple[str, str]:
    """The text with the line ends of text, and what had to be guessed."""
    decoded = charset.decode(content, declared)
    text = decoded.text
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text, decoded.flaw


def _first(content: bytes, room: int) -> bytes:
    """At most `room` bytes, cut at a line end, else where no character of UTF-8 is cut in two."""
    if len(content) <= room:
        return content
    end = content.rfind(b"\n", 0, room)
    if end <= room // 2:
        end = next((at for at in range(room, room - 4, -1) if content[at] & 0xC0 != 0x80), room)
    return content[:end]


def file(part: Part, index: int, raw: bytes, is_crlf: bool) -> tuple[Attachment, str]:
    """The value of an attachment, and a defect if its encoding was broken."""
    content, defect = part.content()
    placed = part.disposition
    content_id = (
        words.unfolded(part.block.first("content-id")[: 4 * BOUNDS.id_chars]).strip().strip("<>")[: BOUNDS.id_chars]
    )
    inline = placed.value == "inline" or (bool(content_id) and placed.value != "attachment")
    return Attachment(
        index=index,
        filename=_name(part, index),
        content_type=part.type.value,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        inline=inline,
        content_id="".join(content_id.split()),
        span=_span(part, raw) if is_crlf else None,
    ), defect


def _span(part: Part, raw: bytes) -> Span | None:
    """Where the encoded body may be copied from as it stands, else None (RFC 5321 4.5.3.1.6)."""
    if part.start < 0 or part.encoding not in ("base64", "quoted-printable", "7bit", "") or part.end <= part.start:
        return None
    if not bytes(part.body).isascii():
        return None
    position = part.start
    while part.end - position > 998:
        line_end = raw.rfind(b"\n", position, position + 1000)
        if line_end < position:
            return None
        position = line_end + 1
    return Span(part.start, part.end, part.encoding or "7bit")


def calendar_words(body: Body, whole: bool = True) -> str:
    """The invitations of a mail told in words, "" if there are none; `whole`: with their descriptions."""
    told = []
    for part in body.calendars[:3]:
        content = _CALENDAR_FOLD.sub(b"", part.content()[0][: body.limits.strip_chars])  # it may split characters
        text = charset.decode(content, part.type.get("charset") or "utf-8").text
        told.append(calendar.in_words(text, part.type.get("method"), whole))
    words = "\n\n".join(dict.fromkeys(one for one in told if one))
    return words.replace("\r\n", "\n").replace("\r", "\n")


SEALED = {
    "application/pkcs7-mime": "S/MIME",
    "application/x-pkcs7-mime": "S/MIME",
    "application/pgp-encrypted": "PGP",
}


def words_of_files(body: Body) -> str:
    """The words for a mail without text: its invitations, what winmail.dat says, or that it is sealed."""
    told = calendar_words(body) or _tnef_words(body) or _other_text(body) or sealed_words(body)
    return told.replace("\r\n", "\n").replace("\r", "\n")


def _other_text(body: Body) -> str:
    """What text of another sort says (``text/markdown``), which is plain to who does not know it (RFC 2046 4.1.4)."""
    for part in body.files[:3]:
        named = part.disposition.get("filename") or part.type.get("name")
        if part.type.value.startswith("text/") and part.type.value not in _DATA and not named:
            content = _first(part.content()[0], body.limits.strip_chars)
            return _decoded(content, part.type.get("charset"))[0]
    return ""


def _tnef_words(body: Body) -> str:
    for index, part in enumerate(body.files[: body.limits.attachments]):
        if tnef.is_tnef(part.type.value, _name(part, index)):
            return tnef.read(part.content()[0]).text
    return ""


def sealed_words(body: Body) -> str:
    """One sentence for a mail whose words are encrypted or wrapped in a signature, "" for others."""
    index = next((at for at, part in enumerate(body.files) if part.type.value in SEALED or _is_envelope(part)), None)
    if index is None:
        return ""
    part = body.files[index]
    kind = SEALED.get(part.type.value, "S/MIME")
    if kind == "PGP" and index + 1 < len(body.files):
        index += 1  # RFC 3156 4: the first part is only the version
    how = "wrapped in its signature" if part.type.get("smime-type").lower() == "signed-data" else "encrypted"
    return f"[This mail is {how} ({kind}). What it says is in the attachment {_name(body.files[index], index)}.]"


def _name(part: Part, index: int) -> str:
    claimed = part.disposition.get("filename") or part.type.get("name")
    return names.cleaned(claimed) or names.made_up(part.type.value, index)
