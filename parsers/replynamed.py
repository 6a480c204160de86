"""A signature told by the sender's own name: at the end stands who wrote it, with title, firm and telephone below.

The name is the one of the From field, so no word of any language has to be known.  What would stand as well in an answer
(somebody's name in a list, a name that was asked for) stays: losing a sender's words is the worse error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from parsers import replyendings as data
from parsers import replykinds as kinds
from parsers.replycontacts import contacts, is_person, is_prose, is_sentence, is_small_print
from parsers.replykinds import lowered
from parsers.replypage import Page

LINES: Final = 25
"""So many last lines are looked at; a card with more is none."""
_SLOGAN_WORDS: Final = 9
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
_ITEM: Final = re.compile(r"[ \t]{0,8}(?:\d{1,3}[.)]|[*•-])[ \t]")
_VALUE: Final = re.compile(
    r"\biban\b|^\d{1,5} ?[x×] |\b(?:user|login|benutzer)[ -]?(?:id|name)\b"
    r"|(?:\b(?:no|nr|number|nummer|id|konto|account)\b|nummer|№|n°)[^\n]{0,20}\d{4,}"
)
"""A number of something, in lower case."""
AND: Final = frozenset({"and", "und", "et", "y", "e", "en", "og", "och", "ja", "i", "a", "и", "та", "és", "ve", "și"})


@dataclass(frozen=True, slots=True)
class Signer:
    """Who wrote the mail, in words to compare: the name as the From field shows it, first name first, and the address."""

    name: tuple[str, ...] = ()
    local: str = ""
    """The part of the address before the at sign, in lower case."""

    @classmethod
    def of(cls, name: str, address: str) -> Signer:
        """From what the From field says."""
        plain = _ASIDE.sub("", name[:200]).strip(" \"'")
        last, comma, first = plain.partition(",")
        words = [one for one in _WORD.findall(lowered(f"{first} {last}" if comma else plain)) if one not in data.TITLES]
        return cls(tuple(words[:7]), lowered(address[:200]).partition("@")[0])

    @property
    def full(self) -> bool:
        """Whether the name is one by which a line can be recognised: of two words, or in letters that need only one."""
        return len(self.name) > 1 or (bool(self.name) and bool(_TOGETHER.match(self.name[0])) and len(self.name[0]) > 1)

    def heads(self, line: str) -> bool:
        """Whether a line is the whole name, or begins with it (titles, initials and the other order allowed)."""
        if not self.full or self.name[-1] not in lowered(line[:200]):
            return False
        line = line.strip(" \t*_-–—")
        if len(line) > _WIDEST or not line:
            return False
        lower = lowered(line)
        if _TOGETHER.search(self.name[0]):
            joined = "".join(lower.split())
            return joined.startswith(("".join(self.name), "".join(reversed(self.name))))
        head = _WORD.findall(lower)[:_FIRST_WORDS]
        if self.name[0] not in head or self.name[-1] not in head:
            return False
        reach = max(head.index(self.name[0]), head.index(self.name[-1]))
        return all(one in self.name or len(one) < 5 for one in head[:reach])

    def signs(self, line: str) -> bool:
        """Whether a line is the name as people sign with it: a first name, a short form, initials, with somebody else."""
        if len(line) > _WIDEST:
            return False
        line = line.strip(" \t*_-–—~,.!()x\u2764\ufe0f")
        if not line or len(line) > 50 or any(one.isdigit() for one in line):
            return False
        words = [one for one in _WORD.findall(lowered(line)) if one not in AND]
        known = [one for one in words if self._knows(one)]
        initials = "".join(one[0] for one in self.name)
        if len(line) < 4 and initials and lowered(line).replace(".", "").replace(" ", "") in (initials, initials[:1]):
            return True
        return (
            0 < len(words) <= 4
            and bool(known)
            and all(
                one in known
                or (len(one) == 1 and one in initials)
                or one in data.TITLES
                or (len(words) > 1 and "&" in line)
                for one in words
            )
        )

    def shares(self, line: str) -> bool:
        """Whether a line has a word of the name, or of the address."""
        words = _WORD.findall(lowered(line[:200]))
        joined = "".join(words)
        return any(self._knows(one) for one in words) or "".join(self.name) in joined or self.local in words

    def _knows(self, word: str) -> bool:
        short = len(word) < 3 and word.isascii()
        return word in self.name or (
            not short
            and (
                any(one.startswith(word[:4]) or word.startswith(one[:4]) for one in self.name if len(one) > 2)
                or (len(word) > 2 and word in self.local)
            )
        )


NOBODY: Final = Signer()


def own_card(page: Page, end: int, signer: Signer) -> None:
    """Cuts from the sender's name on when nothing but a card follows."""
    if not signer.full:
        return
    stop = page.words_end(end)
    left = [index for index in range(stop) if index not in page.gone and page.codes[index] == kinds.TEXT]
    for at in range(max(1, len(left) - LINES), len(left)):
        index = left[at]
        short = signer.signs(page.lines[index]) and at + 1 < len(left) and not page.lines[index - 1].strip()
        if not signer.heads(page.lines[index]) and not (short and _is_firm(page, left[at + 1 :], signer)):
            continue
        below = [page.lines[one].strip() for one in left[at + 1 :]]
        said = not all(is_known(page.lines[one]) for one in left[:at])
        if (
            said
            and not announces(page.lines[left[at - 1]].strip())
            and not _ITEM.match(page.lines[index])
            and _is_card(page.lines[index].strip(), below, signer)
        ):
            page.cut(index, stop, "signature")
        return


def _is_firm(page: Page, below: Sequence[int], signer: Signer) -> bool:
    """Whether below a first name the full name follows, or a firm that is called like the sender."""
    lines = [page.lines[one].strip() for one in below]
    if len(lines) > LINES or signer.heads(lines[0]):
        return signer.heads(lines[0])
    words = set(_WORD.findall(lowered(" ".join(lines[:3]))))
    return bool(words & set(signer.name[1:])) and not any(map(is_sentence, lines[:3]))


def is_known(line: str) -> bool:
    """Whether a line is one of the known formulas of farewell, as it stands in the table."""
    return lowered(line.strip(" \t,.!;:*_-–—~、。，！：،")) in data.VALEDICTIONS


def announces(line: str) -> bool:
    """Whether a line ends in the middle of what it says ("please send it to", "my address is as follows"): then the name
    is what it says."""
    last = line.rsplit(maxsplit=1)[-1] if line else ""
    if line.endswith((":", "：")) or (last.isalpha() and last.islower() and len(last) < 4 and len(line.split()) > 2):
        return True
    return any(one in lowered(line[-60:]) for one in data.FOLLOWS)


def _is_card(line: str, below: Sequence[str], signer: Signer) -> bool:
    if not below:
        return line.rsplit(maxsplit=1)[-1] in data.HUMBLE and len(line.split()) > 1
    for at, one in enumerate(below):
        if at and is_small_print(below[at:]):
            break
        following = below[at + 1] if at + 1 < len(below) else ""
        slogan = at > 0 and len(one.split()) < _SLOGAN_WORDS
        said = (is_sentence(one) and not slogan) or is_prose(one, following)
        said = said or one.endswith("?") or lowered(one).startswith(data.AFTERTHOUGHTS)
        if len(one) > _WIDEST or said:
            return False
    values = [one for one in below if _VALUE.search(lowered(one))]
    if contacts([one for one in below if one not in values]):
        return True
    if values:
        return False
    if any(not data.BUSINESS.isdisjoint(_WORD.findall(lowered(one))) for one in below):
        return len(below) <= BARE_LINES + 2
    people = [one for one in below if is_person(one) and "," not in one and not _TOGETHER.search(one)]
    strangers = [one for one in people if set(signer.name).isdisjoint(_WORD.findall(lowered(one)))]
    return len(below) <= BARE_LINES and not strangers
