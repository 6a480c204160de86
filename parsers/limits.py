"""How much of one mail is looked at: every bound of the room, as data, with the reason beside it.

Structure limits (header, fields, depth, parts) stop the reading: the mail is kept whole and shown as "too complex".
Field limits only cut: the mail is handled and a defect says what was cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds in bytes, characters or counts, as each name says."""

    header_bytes: int = 256 * 1024
    """One header block; more is a structure limit."""
    fields: int = 500
    """Fields in one header block; a structure limit."""
    depth: int = 30
    """Nested multiparts; people's mail stays under ten.  A structure limit."""
    parts: int = 500
    """Parts of one mail; 100,000 fit into a megabyte and cost seconds.  A structure limit."""
    boundary_bytes: int = 200
    """RFC 2046 5.1.1 allows 70; real programs exceed it a little."""
    field_bytes: int = 64 * 1024
    """One field; the rest of it is cut."""
    address_field_bytes: int = 16 * 1024
    """One field with addresses or parameters, which cost more to read; the rest is cut."""
    date_bytes: int = 200
    parameters: int = 60
    """Parameters of one Content-Type or Content-Disposition, sections of RFC 2231 counted singly."""
    addresses: int = 100
    """Addresses taken from one field."""
    encoded_words: int = 100
    """RFC 2047 words decoded in one field; 20,000 cost 4 GB in a naive decoder."""
    id_chars: int = 998
    """One Message-ID: longer than a line can be (RFC 5322 2.1.1) is cut."""
    citations: int = 50
    """Ids a mail cites: the first 2 and the last 48."""
    text_chars: int = 1024 * 1024
    """Text that is understood and shown; the rest stays in `raw`."""
    html_chars: int = 1024 * 1024
    html_depth: int = 200
    """Nested elements; sanitising is quadratic in the depth."""
    html_tags: int = 30_000
    """Tags; every one becomes a node of some hundred bytes, and misnested ones become several."""
    html_tag_chars: int = 4000
    html_attributes: int = 500
    """In one tag longer than `html_tag_chars`; comparing them is quadratic."""
    html_references: int = 20_000
    """Such as ``&amp;``; a run of them is quadratic."""
    strip_chars: int = 256 * 1024
    """Text in which quotes are looked for."""
    strip_lines: int = 5000
    attachments: int = 200
    """Attachments listed; what is beyond stays in `raw` and a defect tells of it."""
    name_bytes: int = 150
    """A cleaned file name, in UTF-8."""
    detect_bytes: int = 8 * 1024
    """What the charset detector, C++ that reads hostile bytes, gets to see."""
    calendar_lines: int = 2000
    bounce_chars: int = 256 * 1024
    """Text in which a bounce is looked for."""
    bounce_recipients: int = 100
    peek_bytes: int = 64 * 1024
    """How far `peek` reads."""


LIMITS: Final = Limits()
