"""Signatures: after dashes, under a formula of farewell, added by devices, lists and PGP.

What is cut here is no loss of words: a long "signature", an afterthought or a question under the farewell stays.
"""

from __future__ import annotations

import re
from typing import Final

from parsers import replylines as kinds
from parsers import replywords as data
from parsers.replypage import Page

SIGNATURE_LINES: Final = 25
"""A signature after dashes may be this long; longer text after dashes is text."""
CLOSING_LINES: Final = 25
"""So many lines may follow a formula of farewell, itself included."""
_CONTACT: Final = re.compile(
    r"(?:tel|phone|fon|mobile?|t|f|m|fax)\b[.: ]{1,3}\+?[\d(][\d ()./-]{5,}|skype:|\bwww\.[\w-]"
)
"""A phone number with its label, or a web address: what signatures hold and sentences seldom."""


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


def signatures(page: Page, end: int) -> None:
    """Dashes and what follows, lines that devices add, footers of lists."""
    codes, first = page.codes, page.first_text()
    stops = _block_ends(codes, end)
    filled = [index for index in range(end) if codes[index] != kinds.BLANK]
    for at, index in enumerate(filled):
        code = codes[index]
        if index in page.gone or code not in (kinds.SIGNATURE, kinds.FOOTER, kinds.DIVIDER):
            continue
        stop = stops[index]
        words = [one for one in filled[at + 1 : at + SIGNATURE_LINES + 2] if one < stop]
        if code == kinds.SIGNATURE and len(words) <= SIGNATURE_LINES and (stop == end or words) and first < index:
            page.cut(index, stop, "signature")
        elif code == kinds.FOOTER and (first < index or stop < end):
            if _short(page, words):
                page.cut(index, stop, "footer")
            elif len(page.lines[index].strip()) < 60:
                page.cut(index, index + 1, "footer")
        elif code == kinds.DIVIDER and _is_footer(page, words):
            page.cut(index, stop, "footer")


def _block_ends(codes: list[str], end: int) -> list[int]:
    """For each line, where the run of unquoted lines that it begins ends."""
    stops, stop = [end] * (end + 1), end
    for index in range(end - 1, -1, -1):
        stops[index] = stop
        if codes[index] in (kinds.QUOTED, kinds.ATTRIBUTION, kinds.HEADER, kinds.ORIGINAL):
            stop = index
    return stops


def _short(page: Page, words: list[int]) -> bool:
    """Whether what follows a device's line is no text of its own: a link, a name."""
    return len(words) <= 4 and sum(len(page.lines[one]) for one in words) < 200


def _is_footer(page: Page, words: list[int]) -> bool:
    """Whether what stands under a ruler is the footer of a list, or how to reach the sender."""
    if not words or len(words) > 15:
        return False
    lines = [page.lines[one].strip() for one in words]
    said = " ".join(lines).lower()
    if any(one in said for one in data.FOOTERS):
        return True
    return all(len(one) <= 70 for one in lines) and bool(_CONTACT.search(said[:2000]))


def closing(page: Page, end: int) -> None:
    """A farewell formula with the name under it, when it is the last of the sender's text."""
    left = [
        index
        for index in range(end)
        if index not in page.gone and page.codes[index] not in (kinds.BLANK, kinds.DIVIDER)
    ]
    for at in range(max(1, len(left) - CLOSING_LINES), len(left)):
        index = left[at]
        if page.codes[index] != kinds.TEXT:
            continue
        formula = page.lines[index].strip().rstrip(" ,.!;:*_-–—").lstrip("*_").lower()
        if formula in data.VALEDICTIONS or (at == len(left) - 1 and _signed(page, index)):
            if _is_closing([page.lines[one].strip() for one in left[at + 1 :]]):
                page.cut(index, end, "signature")
            return


def _is_closing(below: list[str]) -> bool:
    """Whether the lines under a farewell are a name, an address, a disclaimer, and not an afterthought."""
    for line in below:
        lower = line.lower()
        if any(one in lower for one in data.DISCLAIMERS):
            return True
        if len(line) > 70 or line.endswith("?") or lower.startswith(data.AFTERTHOUGHTS):
            return False
    return True


def _signed(page: Page, index: int) -> bool:
    """Whether a last line is a name after a dash or slash, not the last item of a list."""
    line = page.lines[index].strip()
    if not kinds.SIGNED.fullmatch(line) or len(line.split()) > 3:
        return False
    above = [page.lines[one].strip() for one in range(max(0, index - 4), index) if page.codes[one] == kinds.TEXT]
    return line.lstrip("/–—- ")[:1].isupper() and not any(one.startswith(line[0]) for one in above)
