"""A signature told by the sender's own name: at the end stands who wrote it, with title, firm and telephone below.

The name is the one of the From field, so no word of any language has to be known.  What would stand as well in an answer
(somebody's name in a list, a name that was asked for) stays: losing a sender's words is the worse error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from parsers import replyendings as data
from parsers import replykinds as kinds
from parsers.replykinds import lowered
from parsers.replypage import Page
from parsers.replysigned import contacts, is_farewell, is_person, is_sentence

LINES: Final = 14
"""So many last lines are looked at; a card with more is none."""
BARE_LINES: Final = 3
"""A card without any way to reach its owner has so many lines below the name at most."""
_WIDEST: Final = 90
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019\u2010-][^\W\d_]+)*")
_ASIDE: Final = re.compile(r"[(\[{<|/].*|\b(?:via|c/o)\b.*", re.DOTALL)
_TOGETHER: Final = re.compile(
    "[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]"
)
"""Letters of languages that put no blank between the words of a name, or no more than one."""
_FIRST_WORDS: Final = 5


def own_card(page: Page, end: int, sender: str) -> None:
    """Cuts from the sender's name on when nothing but a card follows; `sender` is the name as the From field shows it."""
    name = words_of(sender)
    if not name:
        return
    stop = page.words_end(end)
    left = [index for index in range(stop) if index not in page.gone and page.codes[index] == kinds.TEXT]
    for at in range(max(1, len(left) - LINES), len(left)):
        index = left[at]
        if not begins_with(page.lines[index], name):
            continue
        above = [page.lines[one].strip() for one in left[:at]]
        below = [page.lines[one].strip() for one in left[at + 1 :]]
        said = not all(map(is_farewell, above)) and not _goes_on(above[-1])
        if said and _is_card(page.lines[index].strip(), below, name):
            page.cut(index, stop, "signature")
        return


def _goes_on(line: str) -> bool:
    """Whether a line ends in the middle of what it says ("please send it to"): then the name is what it says."""
    last = line.rsplit(maxsplit=1)[-1] if line else ""
    return line.endswith((":", "：")) or (last.isalpha() and last.islower() and len(last) < 4 and len(line.split()) > 2)


def words_of(sender: str) -> tuple[str, ...]:
    """The words of a name in lower case, first name first; () for one that tells too little."""
    plain = _ASIDE.sub("", sender[:200]).strip(" \"'")
    last, comma, first = plain.partition(",")
    words = tuple(_WORD.findall(lowered(f"{first} {last}" if comma else plain)))
    if _TOGETHER.search(plain):
        return words if len("".join(words)) > 1 else ()
    return words if 1 < len(words) < 7 else ()


def begins_with(line: str, name: Sequence[str]) -> bool:
    """Whether a line is that name, or begins with it (titles, initials and the other order allowed)."""
    line = line.strip(" \t*_-–—")
    if len(line) > _WIDEST or not line:
        return False
    lower = lowered(line)
    if _TOGETHER.search(name[0]):
        joined = "".join(name)
        return lower.replace(" ", "").replace("\u3000", "").startswith((joined, "".join(reversed(name))))
    words = _WORD.findall(lower)
    head = words[:_FIRST_WORDS]
    if name[0] not in head or name[-1] not in head:
        return False
    reach = max(head.index(name[0]), head.index(name[-1]))
    return all(one in name or len(one) < 5 for one in head[:reach])


def _is_card(line: str, below: Sequence[str], name: Sequence[str]) -> bool:
    if not below:
        return line.rsplit(maxsplit=1)[-1] in data.HUMBLE and len(line.split()) > 1
    reached = contacts(below)
    for at, one in enumerate(below):
        small_print = len(one) > 30 and any(word in lowered(one) for word in data.DISCLAIMERS)
        if small_print and at:
            break
        if (
            len(one) > _WIDEST
            or is_sentence(one, 1)
            or one.endswith("?")
            or lowered(one).startswith(data.AFTERTHOUGHTS)
        ):
            return False
    if reached:
        return True
    strangers = [
        one for one in below if is_person(one) and "," not in one and not set(name) & set(_WORD.findall(lowered(one)))
    ]
    return len(below) <= BARE_LINES and not strangers
