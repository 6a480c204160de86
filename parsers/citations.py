"""The ids a mail cites, however its program wrote them; nearest first, so that threading looks at the parent first."""

from __future__ import annotations

import re
from typing import Final

from parsers.limits import BOUNDS, LIMITS, Limits
from parsers.message import Citations

_BRACKETED: Final = re.compile(r"<([^<>]{1,4000})>")
_BLANK: Final = re.compile(r"\s+")


def ids(text: str, limits: Limits = LIMITS) -> tuple[str, ...]:
    """The ids of a References, In-Reply-To or Message-ID value, in order, without brackets.

    Blanks inside brackets are folding gone wrong and are dropped; without any brackets the words with an at sign count.
    """
    found = _BRACKETED.findall(text)
    if not found:
        found = [word for word in re.split(r"[\s,;]+", text) if "@" in word and not word.endswith(("@", ":"))]
    clean = (_BLANK.sub("", one)[: BOUNDS.id_chars] for one in found)
    return bounded(tuple(dict.fromkeys(one for one in clean if one)), limits)


def message_id(text: str) -> str | None:
    """The one id of a Message-ID field; without brackets the whole value is taken."""
    found = _BRACKETED.search(text)
    one = _BLANK.sub("", found[1] if found else text.strip(" <>\t"))[: BOUNDS.id_chars]
    return one or None


def bounded(found: tuple[str, ...], limits: Limits = LIMITS) -> tuple[str, ...]:
    """The first 2 and the last ones (48): the root of a conversation and its end are what finds a ticket."""
    if len(found) <= limits.citations:
        return found
    return found[:2] + found[2 - limits.citations :]


def citations(in_reply_to: tuple[str, ...], references: tuple[str, ...], limits: Limits = LIMITS) -> Citations:
    """In-Reply-To first, then References from the last to the first, each once."""
    return Citations(tuple(dict.fromkeys((*in_reply_to, *reversed(references))))[: limits.citations])
