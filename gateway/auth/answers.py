"""What was asked of the DNS about one mail, and what it said: the evidence that travels to the process that judges.

An answer is a list, empty where the name or the record does not exist.  Anything else (no server, a refusal, too late,
too many questions) is DnsTrouble: the verdict is then "temperror", never a reason to believe or to disbelieve anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

UNKNOWN = "unknown"
"""Instead of an SPF result: where the mail came from says nothing about its sender."""


class DnsTrouble(Exception):
    """The DNS did not answer; nothing is known."""


class Names(Protocol):
    """What the checks ask."""

    def records(self, name: str, kind: str) -> Sequence[str | bytes]:
        """The records of a name: texts as bytes, addresses and hosts as text.  Raises DnsTrouble."""
        ...


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything a judgement needs besides the mail.  `texts`: TXT records by name; None where the DNS did not answer.

    `spf`: the result for the envelope sender; UNKNOWN; or empty where its domain does not speak for the author's.
    """

    author: str
    """The domain in From."""
    sender: str
    spf: str
    texts: tuple[tuple[str, tuple[bytes, ...] | None], ...]

    def records(self, name: str, kind: str) -> Sequence[str | bytes]:
        """As Names has it.  A name that nobody asked for has no records: it was not worth asking."""
        found = dict(self.texts).get(as_asked(name), ()) if kind == "TXT" else ()
        if found is None:
            raise DnsTrouble(name)
        return found


class Recorder:
    """Asks, and remembers every text for the judgement."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._texts: dict[str, tuple[bytes, ...] | None] = {}

    def records(self, name: str, kind: str) -> Sequence[str | bytes]:
        """As Names has it."""
        if kind != "TXT":
            return self._names.records(name, kind)
        key = as_asked(name)
        if key not in self._texts:
            try:
                self._texts[key] = tuple(one for one in self._names.records(key, "TXT") if isinstance(one, bytes))
            except DnsTrouble:
                self._texts[key] = None
        found = self._texts[key]
        if found is None:
            raise DnsTrouble(name)
        return found

    def ask(self, name: str) -> None:
        """For the record only."""
        try:
            self.records(name, "TXT")
        except DnsTrouble:
            return

    @property
    def texts(self) -> tuple[tuple[str, tuple[bytes, ...] | None], ...]:
        """Everything asked so far."""
        return tuple(self._texts.items())


def as_asked(name: str) -> str:
    """A name as the DNS compares it."""
    return name.rstrip(".").lower()
