"""File names of attachments: made harmless, and written by RFC 2231.

Promises of `safe_filename`: one path piece, no control and no direction-changing character, nothing that Windows forbids
or reserves (readers take quotes and angle brackets round a name away), at most 150 bytes of UTF-8, never empty.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

LIMIT = 150
_SEPARATORS = re.compile("[/\\\\:\u2044\u2215\u29f8\u29f5\ufe68\uff0f\uff3c\uff1a\u2236]")
_FORBIDDEN = str.maketrans('<>"|?*', "______")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)
_PLAIN = re.compile(r"[ !#$&+,.0-9;=@A-Z^_`a-z{}~()-]+")


def safe_filename(name: str) -> str:
    """The name as it may be stored and sent; ``attachment`` when nothing is left of it."""
    last = _SEPARATORS.split(name[-4000:])[-1]
    shown = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in last[-1000:])
    shown = " ".join(shown.translate(_FORBIDDEN).split()).strip(". ")
    if _RESERVED.match(shown):
        shown = f"_{shown}"
    return _shortened(shown) or "attachment"


def _shortened(name: str) -> str:
    """Cut in the middle, so that the ending, which tells what the file is, stays."""
    if len(name.encode()) <= LIMIT:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > 20:
        stem, dot, ending = name, "", ""
    tail = f"{dot}{ending}"
    head = stem.encode()[: LIMIT - len(tail.encode())].decode("utf-8", "ignore")
    return f"{head.rstrip('. ')}{tail}"


def filename_parameter(name: str) -> str:
    """``filename="..."`` when plain ASCII, else ``filename*=utf-8''...`` (RFC 2231); `name` is a `safe_filename`."""
    if _PLAIN.fullmatch(name):
        return f'filename="{name}"'
    return f"filename*=utf-8''{quote(name, safe='')}"
