"""What conditions are made of: the facts they look at, and how each kind of value is read from the configuration.

Every reader takes one value as TOML gives it and returns what the test needs, or raises Wrong with a sentence for the
administrator.  Nothing here knows the names of conditions: they stand in the table of `routing.conditions`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Generic, TypeVar

from parsers.message import Envelope, Kind, Message, comparable
from routing.proof import Proof
from routing.searching import Budget, Pattern, Text, as_words, checked_pattern, fold
from routing.spam import verdict

W = TypeVar("W")
_SHOWN = 3  # values of a long list that are named
_UNITS = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}


@dataclass(frozen=True)
class Facts:
    """What conditions look at.  `team` is the lead team by address; `aliases` (comparable) all that were written to."""

    message: Message
    envelope: Envelope
    team: str
    aliases: frozenset[str]
    proof: Proof = Proof.UNPROVEN
    budget: Budget = field(default_factory=Budget, compare=False)

    @cached_property
    def subject(self) -> Text:
        """The decoded subject."""
        return Text(self.message.subject)

    @cached_property
    def body(self) -> Text:
        """The whole text."""
        return Text(self.message.text)

    @cached_property
    def sender(self) -> str:
        """The From address in comparable form; empty if there is none."""
        if self.message.identity:
            return self.message.identity
        return comparable(self.message.from_.address) if self.message.from_ else ""

    @cached_property
    def spam(self) -> bool:
        """Whether a spam filter in front of us says so."""
        return verdict(self.message) is not None

    def header(self, name: str) -> tuple[Text, ...]:
        """Every value of a header field."""
        return tuple(Text(value) for value in self.message.header(name))


@dataclass(frozen=True)
class Known:
    """Names that exist in this configuration; None: not checked."""

    teams: Collection[str] | None = None
    aliases: Collection[str] | None = None


class Wrong(Exception):
    """A value that cannot be used; the message says why, `suggestion` is the nearest that could."""

    def __init__(self, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.suggestion = suggestion


class WrongType(Wrong):
    """A value of another type than the condition takes."""


@dataclass(frozen=True)
class Operator(Generic[W]):
    """One way to ask: what it takes (in words), how one value is read (raises Wrong), and whether it holds."""

    takes: str
    read: Callable[[object, Known], W]
    holds: Callable[[Facts, str, W], bool]
    """Facts, the header field's name (else empty), one value of the list.  May raise TooSlow."""
    listed: bool = True
    """Whether a list is allowed, and means any of."""


def text_operators(texts: Callable[[Facts, str], tuple[Text, ...]]) -> dict[str, Operator[Any]]:
    """The four ways to ask about a text, or about any of several (a header field can occur more than once)."""

    def contains(facts: Facts, name: str, part: str) -> bool:
        return any(part in text.folded for text in texts(facts, name))

    def word(facts: Facts, name: str, words: str) -> bool:
        return any(words in text.words for text in texts(facts, name))

    def whole(facts: Facts, name: str, wanted: str) -> bool:
        return any(wanted == text.folded for text in texts(facts, name))

    def matches(facts: Facts, name: str, pattern: Pattern) -> bool:
        return any(facts.budget.search(pattern, text.written) for text in texts(facts, name))

    return {
        "contains": Operator("a text or a list of texts", folded, contains),
        "word": Operator("a text or a list of texts", words, word),
        "matches": Operator("a regular expression in single quotes, or a list of them", pattern, matches),
        "is": Operator("a text or a list of texts", folded, whole),
    }


def has_domain(facts: Facts, _name: str, wanted: str) -> bool:
    """Whether the sender's domain is this one, or below it where `wanted` starts with a dot."""
    domain = facts.sender.rpartition("@")[2]
    return domain.endswith(wanted) if wanted.startswith(".") else domain == wanted


def has_attachment(facts: Facts, _name: str, wanted: bool) -> bool:
    """Whether a file is (or is not) attached; pictures inside the text do not count."""
    return any(not attachment.inline for attachment in facts.message.attachments) is wanted


def shown(value: object) -> str:
    """The value about as TOML has it, a long list cut short."""
    if isinstance(value, list | tuple):
        more = f", … {len(value)} in all" if len(value) > _SHOWN else ""
        return f"[{', '.join(shown(one) for one in value[:_SHOWN])}{more}]"
    return json.dumps(value, ensure_ascii=False, default=str)


def nearest(wrong: str, right: Collection[str]) -> str | None:
    """The name that was probably meant."""
    near = get_close_matches(wrong.lower(), sorted(right), n=1, cutoff=0.5)
    return near[0] if near else None


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise WrongType(f"{shown(value)} is not a text")
    if not value.strip():
        raise WrongType("the text is empty")
    return value


def team(value: object, known: Known) -> str:
    """The key of a team."""
    key = _string(value)
    if known.teams is not None and key not in known.teams:
        raise Wrong(f"no team called {key!r}", nearest(key, known.teams))
    return key


def alias(value: object, known: Known) -> str:
    """An alias of a team, comparable."""
    found = address(value, known)
    if known.aliases is not None and found not in {comparable(one) for one in known.aliases}:
        raise Wrong(f"{found!r} is no alias of a team", nearest(found, known.aliases))
    return found


def address(value: object, _known: Known) -> str:
    """An address, comparable."""
    found = _string(value).strip()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", found):
        raise Wrong(f"{found!r} is not an address")
    return comparable(found)


def domain(value: object, _known: Known) -> str:
    """A domain in lower-case A-labels, with the leading dot if one was written."""
    found = _string(value).strip()
    if re.search(r"[@*\s]", found) or not found.strip("."):
        raise Wrong(f"{found!r} is not a domain", found.rpartition("@")[2].lstrip("*") or None)
    dot = "." if found.startswith(".") else ""
    return dot + comparable(f"x@{found.lstrip('.')}").removeprefix("x@")


def kind(value: object, _known: Known) -> Kind:
    """A kind of mail."""
    name = _string(value).strip().lower()
    try:
        return Kind(name)
    except ValueError:
        raise Wrong(f"no kind of mail called {name!r}", nearest(name, [one.value for one in Kind])) from None


def proof(value: object, _known: Known) -> Proof:
    """How well a sender is proven."""
    name = _string(value).strip().lower()
    try:
        return Proof(name)
    except ValueError:
        raise Wrong(f"no level of proof called {name!r}", nearest(name, [one.value for one in Proof])) from None


def size(value: object, _known: Known) -> int:
    """A size in bytes, from a number or a text such as ``5MB``."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?([KMG]?B)", str(value).strip(), re.IGNORECASE)
    if not found:
        raise WrongType(f"{shown(value)} is not a size")
    return int(float(found[1]) * _UNITS[found[2].upper()])


def yes_or_no(value: object, _known: Known) -> bool:
    """A truth value of TOML, not a text that looks like one."""
    if not isinstance(value, bool):
        raise WrongType(f"{shown(value)} is neither true nor false")
    return value


def folded(value: object, _known: Known) -> str:
    """A piece of text as it is compared."""
    found = fold(_string(value))
    if not found:
        raise Wrong(f"nothing that can be seen in {shown(value)}")
    return found


def words(value: object, _known: Known) -> str:
    """Whole words as they are compared."""
    found = as_words(_string(value))
    if not found.strip():
        raise Wrong(f"no word in {shown(value)}")
    return found


def pattern(value: object, _known: Known) -> Pattern:
    """A regular expression that has been checked."""
    try:
        return checked_pattern(_string(value))
    except ValueError as error:
        raise Wrong(str(error)) from error
