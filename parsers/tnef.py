"""The words inside winmail.dat (TNEF, MS-OXTNEF), when the extra ``tnef`` is installed and a mail has no others.

Only the text is taken: the file stays an attachment and is never unpacked.  Without the extra, and for whatever is
broken or large, there is no text, which loses nothing.
"""

from __future__ import annotations

import importlib
import logging
from typing import Final

from parsers import charset, html, htmltext

_MAGIC: Final = b"\x78\x9f\x3e\x22"
_MOST: Final = 256 * 1024
"""Bytes; the library copies the rest of the file for every object in it."""


def is_tnef(content_type: str, name: str) -> bool:
    """Whether a part is a winmail.dat."""
    return content_type in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat"


def words(content: bytes) -> str:
    """The text of a winmail.dat, "" if there is none to be had."""
    if len(content) > _MOST or not content.startswith(_MAGIC):
        return ""
    try:
        library = importlib.import_module("tnefparse")
        logging.getLogger("tnef-decode").setLevel(logging.CRITICAL)
        found = library.TNEF(content, do_checksum=False)
        plain, rich = found.body, found.htmlbody
    except Exception:  # noqa: BLE001 - the extra is absent, or the file is broken: it raises struct.error and others
        return ""
    if plain:
        return _text(plain).replace("\r\n", "\n").rstrip("\0").strip()
    return htmltext.render(html.sanitised(_text(rich))).text if rich else ""


def _text(body: object) -> str:
    return charset.decode(body).text if isinstance(body, bytes) else str(body).replace("\0", "")
