"""What a line of a mail can be, one letter for each, and how its words are compared with the tables."""

from __future__ import annotations

BLANK, TEXT, QUOTED, ATTRIBUTION, HEADER, ORIGINAL, FORWARDED, SIGNATURE, FOOTER, DIVIDER = "etqahdfslx"
"""One letter a line, so that the shape of a mail is a string."""


def lowered(text: str) -> str:
    """In lower case, as the tables are: the dotted capital I of Turkish is one letter, and there is one apostrophe."""
    lower = text.lower()
    return lower if lower.isascii() else lower.replace("i\u0307", "i").replace("\u2019", "'")
