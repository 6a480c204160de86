"""What others add to a mail: PGP its frame, a gateway its warning, a firm its small print, a list its note.

Only what stands at the very beginning or end is cut, and only in words that people do not write about themselves.
"""

from __future__ import annotations

import re
from typing import Final

from parsers import replyendings as data
from parsers import replykinds as kinds
from parsers.replycontacts import REACHED
from parsers.replykinds import lowered
from parsers.replypage import Page

_SIGNS: Final = "".join(sorted({*"[(*_!#\u26a0\ufe0f \t"}))
_WARNS: Final = re.compile(
    r"external|outside|organi[sz]ation|sender|click|links?|attachments?|trust|recogni[sz]e|phishing|know|safe|often get"
    r"|extern|außerhalb|ausserhalb|absender|anhänge|anlagen|klicken|häufig|identifi|expéditeur|liens|pièces|cliqu|remitente"
    r"|enlaces|adjuntos|remetente|anexos|mittente|allegati|afzender|bijlagen|koppelingen|avsändare|länkar|bilagor|nadawc|załącz"
)
_PERSONAL: Final = re.compile(r"\b(?:i|my|me|ich|mein|mir|je|mon|yo|mi)\b")
"""Words of a person, which a firm's lawyers avoid."""


def armour(page: Page) -> None:
    """The frame of a mail signed by PGP in its text (RFC 9580 7): the words between stay."""
    start = -1
    for index, line in enumerate(page.lines):
        if line.startswith("-----BEGIN PGP SIGNED MESSAGE-----"):
            hashes = index + 1 < len(page.lines) and page.lines[index + 1].startswith("Hash:")
            page.cut(index, index + 1 + hashes, "signature")
        elif line.startswith("-----BEGIN PGP SIGNATURE-----"):
            start = index
        elif line.startswith("-----END PGP SIGNATURE-----") and start >= 0:
            page.cut(start, index + 1, "signature")
            start = -1


def banner(page: Page) -> None:
    """The warning that a firm's gateway put above the words."""
    start = next((index for index, code in enumerate(page.codes) if code not in (kinds.BLANK, kinds.DIVIDER)), -1)
    if start < 0 or page.codes[start] != kinds.TEXT:
        return
    if not lowered(page.lines[start][:120]).strip(_SIGNS).startswith(data.BANNERS):
        return
    end = start
    while end < len(page.codes) and page.codes[end] == kinds.TEXT:
        end += 1
    said = lowered(" ".join(page.lines[start:end])[:800])
    tagged = end - start == 1 and said.strip()[:1] in "[*(" and len(said) < 40
    if (
        (tagged or len(set(_WARNS.findall(said))) > 2)
        and end - start <= 6
        and sum(len(one) for one in page.lines[start:end]) < 700
        and kinds.TEXT in page.codes[end:]
    ):
        page.cut(start, end, "footer")


def small_print(page: Page, end: int) -> None:
    """Last paragraphs in which a company warns whoever it did not mean."""
    for start, stop in _last_paragraphs(page, end, 3):
        said = lowered(" ".join(page.lines[start:stop])[:3000])
        told = sum(one in said for one in data.DISCLAIMERS)
        begins = said.lstrip(" *_[(-").startswith(data.PLAIN_DISCLAIMERS) and not _PERSONAL.search(said)
        listed = said.lstrip(" *_[(-").startswith(data.LIST_NOTES) and bool(REACHED.search(said))
        if start == page.first_text() or len(said) < 60 or not (listed or told > (0 if begins else 2)):
            return
        if page.announcing(start):
            return
        page.cut(start, stop, "footer")


def _last_paragraphs(page: Page, end: int, most: int) -> list[tuple[int, int]]:
    """The last runs of the sender's lines, the last first."""
    found: list[tuple[int, int]] = []
    stop = end
    while stop > 0 and len(found) < most:
        while stop > 0 and (stop - 1 in page.gone or page.codes[stop - 1] in (kinds.BLANK, kinds.DIVIDER)):
            stop -= 1
        start = stop
        while start > 0 and start - 1 not in page.gone and page.codes[start - 1] == kinds.TEXT:
            start -= 1
        if start == stop:
            break
        found.append((start, stop))
        stop = start
    return found
