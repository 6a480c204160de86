"""Names of attachments: cleaned, never empty, never random, the same for the same mail.

A cleaned name has no path, no control or direction-changing characters, is no device of Windows and fits into 150
bytes; content is never stored under it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from parsers.limits import BOUNDS

_SLASHES: Final = re.compile(
    "[/\\\\\u2044\u2215\u29f8\uff0f\u2216\u29f9\uff3c\ufe68\u29f5\u0338\u2571\u2572\u27cb\u27cd]"
)
_MARKS: Final = re.compile('[<>:"|?*\uff1a\ua789\u2236]')
_CHARACTER_REFERENCE: Final = re.compile(r"%(?:2f|5c|00)", re.IGNORECASE)
_DEVICES: Final = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\..*)?\Z", re.IGNORECASE
)
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

EXTENSIONS: Final[Mapping[str, str]] = {
    "text/plain": "txt", "text/html": "html", "text/calendar": "ics", "text/csv": "csv", "text/rtf": "rtf",
    "text/xml": "xml",
    "text/vcard": "vcf", "text/x-vcard": "vcf", "text/directory": "vcf", "text/rfc822-headers": "txt",
    "message/rfc822": "eml", "message/global": "eml", "message/delivery-status": "txt",
    "message/feedback-report": "txt",
    "message/disposition-notification": "txt",
    "application/pdf": "pdf", "application/zip": "zip", "application/rtf": "rtf", "application/msword": "doc",
    "application/vnd.ms-excel": "xls", "application/vnd.ms-powerpoint": "ppt", "application/ms-tnef": "dat",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/json": "json", "application/xml": "xml", "application/ics": "ics",
    "application/pgp-signature": "asc",
    "application/pgp-encrypted": "asc", "application/pgp-keys": "asc", "application/pkcs7-mime": "p7m",
    "application/x-pkcs7-mime": "p7m", "application/pkcs7-signature": "p7s", "application/x-pkcs7-signature": "p7s",
    "image/jpeg": "jpg", "image/jpg": "jpg", "image/pjpeg": "jpg", "image/png": "png", "image/x-png": "png",
    "image/gif": "gif", "image/bmp": "bmp", "image/tiff": "tif", "image/svg+xml": "svg", "image/webp": "webp",
    "image/heic": "heic", "audio/mpeg": "mp3", "audio/wav": "wav", "audio/x-wav": "wav", "audio/ogg": "ogg",
    "audio/mp4": "m4a", "video/mp4": "mp4", "video/mpeg": "mpg", "video/quicktime": "mov",
}  # fmt: skip


def cleaned(name: str) -> str:
    """`name` made safe to show and to offer for download; "" when nothing usable is left."""
    pieces = [one for one in _SLASHES.split(_CHARACTER_REFERENCE.sub("/", name)) if one.strip(" .")]
    last = pieces[-1] if pieces else ""
    if re.match(r"[A-Za-z]:", last):
        last = last[2:]
    if not (last.isascii() and last.isprintable()):
        last = "".join(
            " " if one in "\t\r\n" else one
            for one in last
            if unicodedata.category(one) not in _DROPPED or one in "\t\r\n\u200c\u200d"
        )
    last = _MARKS.sub("_", last)
    last = " ".join(last.split()).strip(" ").rstrip(".")
    if not last.strip("._ "):
        return ""
    if _DEVICES.match(last):
        last = "_" + last
    return _short(last)


def made_up(content_type: str, index: int) -> str:
    """The name of attachment `index` (from 0) that came without one: ``part-3.pdf``."""
    extension = EXTENSIONS.get(content_type, "bin")
    return f"part-{index + 1}.{extension}"


def _short(name: str) -> str:
    """`name` within the byte limit, its extension kept."""
    if len(name.encode()) <= BOUNDS.name_bytes:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > 20:
        stem, extension = name, ""
    room = BOUNDS.name_bytes - len((dot + extension).encode() if extension else b"")
    cut = stem.encode()[:room].decode("utf-8", "ignore").rstrip()
    return f"{cut}.{extension}" if extension else cut
