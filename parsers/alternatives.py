"""Whether the plain part of a mail says what its HTML says (RFC 2046 5.1.4 has them say the same; not all programs do)."""

from __future__ import annotations

import html as entities
import re
from itertools import islice
from typing import Final

from parsers import htmltext

STUB_CHARS: Final = 400
"""A plain part that only points at the HTML is not longer."""
POINTER_WORDS: Final = 12
"""Beside its link, "View this mail in your browser" has fewer."""
CELLS, LEAST_CELLS = 40, 4
"""So many cells of a table are compared, and so few are none."""
_BREAKS_OFF: Final = ("...", "…", "[…]", "[...]")
_LINK: Final = re.compile(r"\bhttps?://\S++")
_WORDS: Final = re.compile(r"\w{2,}+")
_CELL: Final = re.compile(r"<t[dh](?: [^<>]*+)?>([^<>]{2,80})</t[dh]>")


def pointer(plain: str, look: str) -> str | None:
    """What a plain part says that is no more than "this mail needs HTML", a link, a beginning that breaks off or a mere dot
    ("" if nothing of it is worth showing); None for one that says as much as the HTML."""
    short = " ".join(plain.split())
    mute = not any(map(str.isalnum, short))
    points, broken = "html" in short.lower() or "://" in short, short.endswith(_BREAKS_OFF)
    if len(short) > STUB_CHARS or not (mute or points or broken):
        return None
    whole = " ".join(htmltext.render(look).text.split())
    began = short.rstrip(".…[] ")
    if broken and whole.startswith(began) and len(whole) >= len(began) + 40:
        return ""
    said, shown = (set(_WORDS.findall(_LINK.sub(" ", one).lower())) for one in (short, whole))
    if not shown or mute:
        return "" if shown and not whole.startswith(short) else None
    repeated = said == shown or 2 * len(said & shown) > len(said)
    if "html" in short.lower():
        return None if repeated else plain.strip()
    if "://" not in short or len(said) > POINTER_WORDS or (repeated and len(whole) < len(short) + 100):
        return None
    return "" if repeated else plain.strip()


def lacks_table(plain: str, look: str) -> bool:
    """Whether a plain part is without nearly all cells of a table of the HTML."""
    if "<td" not in look:
        return False
    cells = (" ".join(entities.unescape(one[1]).split()) for one in islice(_CELL.finditer(look), CELLS))
    telling = {one for one in cells if any(map(str.isalnum, one)) and (len(one) > 2 or one.isdigit())}
    if len(telling) < LEAST_CELLS:
        return False
    whole = "".join(plain.split()).lower()
    missing = sum("".join(one.split()).lower() not in whole for one in telling)
    return missing >= 0.7 * len(telling)
