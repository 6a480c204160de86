"""How much of one mail is looked at: every bound of the room, as data, with the reason beside it.

`Limits` may be set for a site and is an argument of `parse`; `BOUNDS` belong to the algorithms and are the same
everywhere.  A structure limit stops the reading: the mail is kept whole, not opened, and held as too complex.  A field
limit only cuts: the mail is handled, and a defect says what was cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be set, in bytes, characters or counts, as each name says."""

    header_bytes: int = 256 * 1024
    """One header block; a structure limit.  People's mail has 10 KiB, forwarded by many hops 60."""
    fields: int = 500
    """Fields in one header block; a structure limit."""
    depth: int = 30
    """Nested multiparts; people's mail stays under ten.  A structure limit."""
    parts: int = 500
    """Parts of one mail; 100,000 fit into a megabyte and cost seconds.  A structure limit."""
    field_bytes: int = 64 * 1024
    """One field; the rest of it is cut."""
    address_field_bytes: int = 16 * 1024
    """Addresses of all fields of one name, which cost more to read; the rest is cut."""
    addresses: int = 100
    """Addresses taken from all fields of one name; the rest is not read."""
    encoded_words: int = 100
    """RFC 2047 words decoded in one field; 20,000 cost 4 GB in a naive decoder.  The rest stays as written."""
    citations: int = 50
    """Ids a mail cites: the first 2 and the last 48 (threads grow at their end, and begin at their start)."""
    text_chars: int = 1024 * 1024
    """Text that is understood and shown; the rest stays in `raw`."""
    strip_chars: int = 256 * 1024
    """Text in which quotes and signatures are looked for; what follows is kept as it is."""
    strip_lines: int = 5000
    """The same in lines."""
    attachments: int = 200
    """Attachments listed; what is beyond stays in `raw`, and a defect tells of it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may not: each keeps one algorithm linear, or one library from what it cannot bear."""

    boundary_bytes: int = 200
    """RFC 2046 5.1.1 allows 70; real programs exceed it a little."""
    date_bytes: int = 200
    parameter_field_bytes: int = 16 * 1024
    """One Content-Type or Content-Disposition; 60 KB of semicolons take a naive parser half a minute."""
    parameters: int = 60
    """Parameters of one Content-Type or Content-Disposition, sections of RFC 2231 counted singly."""
    id_chars: int = 998
    """One Message-ID: longer than a line can be (RFC 5322 2.1.1) is cut."""
    html_chars: int = 1024 * 1024
    html_depth: int = 200
    """Nested elements; sanitising is quadratic in the depth."""
    html_tags: int = 30_000
    """Tags; every one becomes a node of some hundred bytes, and misnested ones become several."""
    html_tag_cost: int = 30
    """Characters of the room for text (`Limits.text_chars`) that a tag or a reference takes, so that many small parts cost
    no more than one."""
    html_reopened: int = 20_000
    """Formatting elements (``font``, ``b`` …) that the grammar of HTML opens again in each block: 190 fonts round 4,000
    paragraphs would become 18 MB.  Beyond, formatting is left out and the words stay; a small page has less (an eighth of
    its characters and 2,000)."""
    html_tag_chars: int = 4000
    html_attributes: int = 500
    """In one tag longer than `html_tag_chars`; comparing them is quadratic."""
    html_references: int = 4_000
    """Such as ``&amp;`` and ``&nbsp;``, but for those of brackets; a run of them is quadratic."""
    html_brackets: int = 20_000
    """All references, those of brackets included, which cost a microsecond each."""
    name_bytes: int = 150
    """A cleaned file name, in UTF-8."""
    detect_bytes: int = 8 * 1024
    """What the charset detector, C++ that reads hostile bytes, gets to see."""
    guesses: int = 400
    """Different lines that end as introductions of a quote do, and as many that begin as fields of an older mail do, which
    are looked at closely: a tenth of a millisecond each.  People's mail has some dozen; lines beyond stay words."""
    escapes: int = 20_000
    """Switches between the character sets of ISO-2022; a Japanese mail has two a line.  What follows has to be without
    fault, or is read as ASCII."""
    winmails: int = 5
    """Files winmail.dat that are opened; people's mail has one."""
    calendar_lines: int = 2000
    bounce_chars: int = 256 * 1024
    """Text in which a bounce is looked for."""
    bounce_recipients: int = 100
    library_bytes: int = 4 * 1024
    """Of a body, what the library for delivery reports gets to see: it looks at some lines up to fifty times."""
    library_lines: int = 120
    peek_bytes: int = 64 * 1024
    """How far `peek` reads."""


LIMITS: Final = Limits()
"""The defaults."""
BOUNDS: Final = Bounds()
