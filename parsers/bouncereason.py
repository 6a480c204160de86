"""Why a mail was not delivered, in a small set of words (those of Sisimai), from the words of servers and the status.

The words of a server say more than its status code, so codes of providers and phrases come first, in the order of how
much they prove; then the precise status codes, then phrases and codes that say little.  The step of the conversation
decides where the words could mean two things: "no such user" about a sender is another matter.  All tables are data
(`parsers.bouncephrases`, `parsers.bouncecodes`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
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

Keyed = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""A reason, and its phrases with the word by which each is looked for."""


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
    said = _plain(evidence.said)
    certain = _by_provider(evidence.said) or _by_host(evidence)
    if certain:
        return certain
    spoken = _by_phrase(said, _PHRASES)
    return _staged(_weighed(said, spoken, evidence), spoken, evidence)


def _weighed(said: str, spoken: str, evidence: Evidence) -> str:
    precise = PRECISE.get(evidence.status[2:], "")
    if spoken and not (precise and spoken in SUPPORT):
        return "exceedlimit" if (spoken, precise) == ("mesgtoobig", "exceedlimit") else spoken
    if precise:
        return _checked(precise, spoken)
    if evidence.local and not spoken:
        return _by_phrase(_plain(evidence.more), _PHRASES) or "mailererror"
    told = spoken or _by_text(said, evidence)
    if told:
        return told
    if evidence.action == "delayed":
        return "expired"
    return VAGUE.get(evidence.status[2:], "") or ("onhold" if evidence.status or evidence.said else "undefined")


def _by_text(said: str, evidence: Evidence) -> str:
    """What less certain words tell: the transcript, general phrases, the text around the address."""
    more, about = _plain(evidence.more), _plain(evidence.about)
    return (
        _by_phrase(more, _PHRASES)
        or _by_phrase(said, _GENERAL)
        or _by_phrase(more, _GENERAL)
        or _by_provider(evidence.about)
        or _by_phrase(about, _PHRASES)
        or _by_phrase(about, _GENERAL)
        or _by_phrase(_plain(evidence.subject).replace("mail system error", ""), _PHRASES)
    )


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


def _plain(text: str) -> str:
    """The same without the marks, so that ``user <a@b> unknown`` reads ``user unknown``."""
    return " ".join(_EMPTY.sub(" ", _marked(text)).split())


def _by_provider(text: str) -> str:
    marked = _marked(text)
    return next((reason for reason, pattern in PROVIDER if pattern.search(marked)), "") if marked else ""


def _by_host(evidence: Evidence) -> str:
    marked, around = _marked(evidence.said), evidence.about[:3000].lower()
    return next((reason for host, words, reason in BY_HOST if words in marked and host in around), "")


def _by_phrase(plain: str, rows: Keyed) -> str:
    if not plain:
        return ""
    hay = f"{plain} \n {_PUNCTUATION.sub(' ', plain)} "
    words = {"", *hay.split(" ")}
    for reason, phrases in rows:
        for key, phrase in phrases:
            if key in words and _says(hay, phrase):
                return reason
    return ""


def _keyed(rows: Rows) -> Keyed:
    """Each phrase behind its longest whole word: looking for a word among words is forty times faster than for a phrase.

    Whole are the words inside; the first and the last of a phrase may be the end and the beginning of longer ones.
    """
    return tuple((reason, tuple((_whole_word(one), one) for one in phrases)) for reason, phrases in rows)


def _whole_word(phrase: str) -> str:
    inside = [word for piece in phrase.split(" * ") for word in piece.split(" ")[1:-1]]
    return max(inside, key=len, default="")


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
