"""Why a mail was not delivered, in a small set of words (those of Sisimai), from the words of servers and the status.

The words of a server say more than its status code, so codes of providers and phrases come first, in the order of how
much they prove; then the precise status codes, then phrases and codes that say little.  The step of the conversation
decides where the words could mean two things: "no such user" about a sender is another matter.  All tables are data
(`parsers.bouncephrases`, `parsers.bouncecodes`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from parsers.bouncecodes import BY_HOST, PRECISE, PROVIDER, VAGUE
from parsers.bouncephrases import GENERAL, PHRASES, Rows
from parsers.bouncestage import Stage
from parsers.dsn import ADDRESS

SUPPORT: Final[frozenset[str]] = frozenset({"userunknown", "rejected", "expired", "contenterror", "filtered"})
"""Reasons whose phrases are so general that a precise status counts more."""
OF_THE_ADDRESS: Final[frozenset[str]] = frozenset(
    {"userunknown", "hostunknown", "filtered", "suspend", "notaccept", "onhold", "undefined", "mailererror"}
)
"""What cannot be meant when the client or the sender was refused."""
VAGUE_OF_CLIENT: Final[frozenset[str]] = OF_THE_ADDRESS | {"rejected", "policyviolation", "contenterror"}

STATUS_OF: Final[dict[str, str]] = {
    "userunknown": "5.1.1",
    "hostunknown": "5.1.2",
    "mailboxfull": "5.2.2",
    "mesgtoobig": "5.3.4",
}
"""The status for a report that names none, where the reason leaves no doubt (RFC 3463 3.2 to 3.4)."""

_REPLY: Final = re.compile(r"(?<![\d.])5\d\d(?![\d.])|\[-?\d{1,2}\]")
"""A server's permanent refusal; Yahoo writes a number of its own instead."""
_ANY_REPLY: Final = re.compile(r"(?<![\d.])[45]\d\d(?![\d.])")
_PUNCTUATION: Final = re.compile(r"[^\w']+")
_CLOSERS: Final = re.compile(
    r"giving up on [\d.]{7,15}|<mailto:|554 5\.0\.0 service unavailable|delivery temporarily suspended"
)
_EMPTY: Final = re.compile(r"[<(\[\"']?@@[>)\]\"']?")

Keyed = dict[str, tuple[tuple[int, str, str], ...]]
"""By their signs: phrases with their place in the table and the reason they stand for."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a report says about one failure."""

    status: str = ""
    """The enhanced status, "" if there is none."""
    said: str = ""
    """What the refusing server said."""
    more: str = ""
    """What was said according to the text of the report, where `said` comes from its fields."""
    about: str = ""
    """The report's own words around the address."""
    subject: str = ""
    """The subject of the report, which is asked last."""
    action: str = ""
    """The Action field (RFC 3464 2.3.3)."""
    stage: Stage = Stage.NONE
    local: bool = False
    """A program on the reporting host spoke, not a server (Diagnostic-Code: x-unix)."""


def reason_of(evidence: Evidence) -> str:
    """One word: from what the server said, the status, the report's text, in this order; "undefined" if nothing tells."""
    marked = _marked(evidence.said)
    certain = _by_provider(marked) or _by_host(marked, evidence)
    if certain:
        return certain
    said = _Searched.of(_plain(marked))
    spoken = said.reason(_PHRASES)
    return _staged(_weighed(said, spoken, evidence), spoken, evidence)


def _weighed(said: _Searched, spoken: str, evidence: Evidence) -> str:
    precise = PRECISE.get(evidence.status[2:], "")
    if spoken and not (precise and spoken in SUPPORT):
        return "exceedlimit" if (spoken, precise) == ("mesgtoobig", "exceedlimit") else spoken
    if precise:
        return _checked(precise, spoken)
    if evidence.local and not spoken:
        return _Searched.of(_plain(_marked(evidence.more))).reason(_PHRASES) or "mailererror"
    told = spoken or _by_text(said, evidence)
    if told:
        return told
    if evidence.action == "delayed":
        return "expired"
    return VAGUE.get(evidence.status[2:], "") or ("onhold" if evidence.status or evidence.said else "undefined")


def _by_text(said: _Searched, evidence: Evidence) -> str:
    """What less certain words tell: the transcript, general phrases, the text around the address."""
    more = said if evidence.more == evidence.said else _Searched.of(_plain(_marked(evidence.more)))
    sure = (more.reason(_PHRASES) if more is not said else "") or said.reason(_GENERAL)  # those of `said` were asked
    if sure or (sure := more.reason(_GENERAL)):
        return sure
    marked = _marked(evidence.about)
    if sure := _by_provider(marked):
        return sure
    about, subject = _Searched.of(_plain(marked)), _plain(_marked(evidence.subject)).replace("mail system error", "")
    return about.reason(_PHRASES) or about.reason(_GENERAL) or _Searched.of(subject).reason(_PHRASES)


def _checked(precise: str, spoken: str) -> str:
    """What was said against the status: some servers give every unknown address the same wrong one."""
    if spoken == "userunknown" and precise in ("suspend", "notaccept", "expired", "systemerror", "securityerror"):
        return spoken
    if spoken == "rejected" and precise in ("userunknown", "hostunknown", "filtered"):
        return spoken
    if spoken == "expired" and precise in ("systemerror", "networkerror"):
        return spoken
    return precise


def _staged(reason: str, spoken: str, evidence: Evidence) -> str:
    """The same words mean another thing when the client, the sender or the whole mail was refused."""
    if evidence.stage is Stage.CONNECT and reason in VAGUE_OF_CLIENT and _ANY_REPLY.search(evidence.said):
        return "blocked"
    if not _REPLY.search(evidence.said):
        return reason
    if evidence.stage is Stage.MAIL and reason in OF_THE_ADDRESS:
        return "rejected"
    named = evidence.status[2:].startswith("1.") or evidence.status[2:] == "4.1"
    if spoken == reason == "userunknown" and evidence.stage is not Stage.RCPT and not named:
        return "filtered"
    return reason


def _marked(text: str) -> str:
    """In lower case, blanks folded, each address as ``@@``, since its words mean nothing; looks at 6000 characters."""
    lower = ADDRESS.sub("@@", text[:6000]).lower().replace("\u2019", "'")
    return " ".join(_CLOSERS.sub(" ", lower).split())


def _plain(marked: str) -> str:
    """The same without the marks, so that ``user <a@b> unknown`` reads ``user unknown``."""
    return " ".join(_EMPTY.sub(" ", marked).split())


def _by_provider(marked: str) -> str:
    for signs, rows in PROVIDER:
        if any(one in marked for one in signs):
            for reason, pattern in rows:
                if pattern.search(marked):
                    return reason
    return ""


def _by_host(marked: str, evidence: Evidence) -> str:
    around = evidence.about[:3000].lower()
    return next((reason for host, words, reason in BY_HOST if words in marked and host in around), "")


@dataclass(frozen=True, slots=True)
class _Searched:
    """Words in which phrases are looked for, with the signs by which those are chosen."""

    hay: str
    signs: frozenset[str]
    vocabulary: str

    @classmethod
    def of(cls, plain: str) -> _Searched:
        """Text as `_plain` gives it."""
        hay = f"{plain} \n {_PUNCTUATION.sub(' ', plain)} " if plain else ""
        words = hay.split(" ")
        different = frozenset(words)
        meetings = (f"{one[-2:]} {following[:2]}" for one, following in pairwise(words))
        return cls(hay, different.union(meetings), " ".join(different))

    def reason(self, phrases: Keyed) -> str:
        """The reason of the first phrase of the table that stands there, "" if none does."""
        if not self.hay:
            return ""
        found = [one for sign in self.signs & phrases.keys() for one in phrases[sign]]
        found += [one for one in phrases[_ANY] if " " in one[2] or one[2] in self.vocabulary]
        if not self.vocabulary.isascii():
            found += [one for one in phrases[_FOREIGN] if " " in one[2] or one[2] in self.vocabulary]
        return next((reason for _, reason, phrase in sorted(found) if _says(self.hay, phrase)), "")


def _keyed(rows: Rows) -> Keyed:
    """Each phrase under a sign of it that can be looked up: a phrase is searched for only where its sign was seen."""
    keyed: dict[str, list[tuple[int, str, str]]] = {_ANY: [], _FOREIGN: []}
    all_phrases = ((reason, phrase) for reason, phrases in rows for phrase in phrases)
    for place, (reason, phrase) in enumerate(all_phrases):
        keyed.setdefault(_sign(phrase), []).append((place, reason, phrase))
    return {sign: tuple(phrases) for sign, phrases in keyed.items()}


def _sign(phrase: str) -> str:
    """The longest whole word, else where two words meet ("ng li" in "rating limit"), else `_ANY`.

    Whole are the words inside; the first and the last of a phrase may be the end and the beginning of longer ones.
    """
    pieces = [piece.split(" ") for piece in phrase.split(" * ")]
    meeting = next(
        (f"{a[-2:]} {b[:2]}" for words in pieces for a, b in pairwise(words) if min(len(a), len(b)) > 1), _ANY
    )
    inside = max((word for words in pieces for word in words[1:-1]), key=len, default="")
    return inside or (meeting if meeting != _ANY or phrase.isascii() else _FOREIGN)


_ANY: Final = "?"
"""The sign of phrases that are a word, or have none."""
_FOREIGN: Final = "??"
"""The same of those in other letters than ASCII."""
_PHRASES: Final = _keyed(PHRASES)
_GENERAL: Final = _keyed(GENERAL)


def _says(hay: str, phrase: str) -> bool:
    """Whether the phrase stands there; a star is up to 80 characters."""
    if " * " not in phrase:
        return phrase in hay
    head, _, tail = phrase.partition(" * ")
    at = hay.find(head)
    for _ in range(20):
        if at < 0:
            return False
        after = at + len(head)
        if tail in hay[after : after + 80 + len(tail)]:
            return True
        at = hay.find(head, after)
    return False
