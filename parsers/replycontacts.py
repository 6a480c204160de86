"""What lines of a signature are made of: names, ways to reach somebody, small print; and what they are not: sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from parsers import replyendings as data
from parsers.replykinds import lowered

_LABELLED: Final = re.compile(
    r"(?:^|[\s|(,;/·•])(?:t[ée]l[ée]?|telefon|tele?foon|phone|fon|mobile?|mob|m[óo]vil|cel|cell|celular|port|gsm|t|f|m|p|d|w"
    r"|fax|ddi|ext|extension|office|desk|hotline|whatsapp|direct|durchwahl|handy|tlf|puh|τηλ|κιν|тел|моб|факс|電話|电话|手机|手機|傳真|传真|직통|전화|휴대폰|팩스|โทร|đt)"
    r"\b[.: \u3000\uff1a]{0,3}\+?[\d(][\d ()./-]{5,}"
    r"|skype:|\bwww\.[\w-]"
)
"""A phone number with its label, or a web address: what signatures hold and sentences seldom."""
REACHED: Final = re.compile(r"\w@\w|https?:|www\.")
_NUMBER: Final = re.compile(r"(?:^|[\s:：.(/|])\+?\d[\d ()./\u2013-]{7,}\d")
_NUMBERED: Final = re.compile(r"\b\d{4,5}(?:-\d{3})? [^\W\d_]|\b[A-Z]{1,2}\d[\dA-Z]? \d[A-Z]{2}\b|^\d{1,4}[a-z]? [A-Z]")
"""A place with its code, or a house with its number."""
ORNAMENT: Final = " \t,.!;:*_-–—~、。，！：،"
_TOGETHER: Final = re.compile(
    "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,5}(?:[ \u3000][\u3040-\u30ff\u3400-\u9fff]{1,3})?"
)
"""A name in letters that stand for syllables or words."""
_STOPS: Final = re.compile(r"[^\W\d_][.!?](?= [^\W\d_]|\Z)|[。！？]")
LONG_LINE: Final = 14
"""Words of a line that is no card's."""


def labelled(lower: str) -> bool:
    """Whether text in lower case holds a telephone number with its label, or a web address."""
    return bool(_LABELLED.search(lower))


def contacts(lines: Sequence[str]) -> int:
    """How many of some lines tell where somebody can be reached."""
    heads = [one.strip()[:200] for one in lines]
    return sum(bool(REACHED.search(one) or _NUMBER.search(one) or _NUMBERED.search(one)) for one in heads)


def is_person(line: str) -> bool:
    """Whether a line could be a person's name and nothing else."""
    core = line.strip(ORNAMENT)
    words = core.split()
    capitals = all(one[:1].isupper() and one.strip(".,").replace("-", "").isalpha() for one in words)
    return (2 <= len(words) <= 4 and capitals) or bool(_TOGETHER.fullmatch(core))


def is_sentence(line: str) -> bool:
    """Whether a line under a name says something."""
    return line.endswith((".", "!", "。", "…", ":")) and len(line.split()) > 5 and "|" not in line


def is_prose(line: str, following: str = "") -> bool:
    """Whether a line is more than one sentence, a long one, or goes on in the following: then it is no part of a card."""
    goes_on = len(line) > 55 and line[-1].isalnum() and following[:1].islower()
    several = len(_STOPS.findall(line[:1000])) > 1
    return (several or goes_on or len(line.split()) > LONG_LINE) and "|" not in line


def is_small_print(lines: Sequence[str]) -> bool:
    """Whether the small print of a firm begins with the first of some lines."""
    first = lowered(lines[0].strip()).lstrip(" *_[(-")
    said = lowered(" ".join(one.strip() for one in lines[:6]))[:1000]
    told = sum(one in said for one in data.DISCLAIMERS)
    if any(one in first for one in data.PAPER):
        return len(first) < 200
    return (len(first) > 30 and any(one in first for one in data.DISCLAIMERS)) or (
        told > 0 and any(one in said for one in data.PLAIN_DISCLAIMERS)
    )
