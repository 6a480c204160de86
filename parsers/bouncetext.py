"""What a delivery report says in its text, when no machine-readable part says it.

The text is split where the copy of the returned mail begins; before it stand addresses, each with the words of the
server that refused it.  Searches are bounded and linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from parsers import bounceforms as forms
from parsers.dsn import ADDRESS, AN_ADDRESS, STATUS
from parsers.limits import BOUNDS, LIMITS

_LINE_ADDRESS: Final = re.compile(
    rf"[ \t*]{{0,12}}(?:To:[ \t]+)?[<\"']?({AN_ADDRESS})[>\"']?[ \t]*(?:[:;,(].*|\.\.\. .*)?\s*"
)
_NAMED: Final = re.compile(
    r"(?:RCPT TO:|recipients?(?: address)?:?|failed recipient:|delivered to(?: the following user)?:?"
    r"|delivering (?:your )?(?:mail|message) to|deliver(?:y)?(?: message| mail)? to|user|address|original-recipient:"
    r"|final-recipient:(?: ?rfc822;)?|to:|mailbox)\s{0,4}[<\"'(]{0,2}\Z",
    re.IGNORECASE,
)
_ANNOUNCED: Final = 60
"""Characters in which words announce the address that follows."""
_REPLY_CODE: Final = re.compile(r"\b([45]\d\d)[ -](?:#?([45]\.\d{1,2}\.\d{1,3})\b)?")
_SAID: Final = re.compile(
    r"(?=[srde<>])(?:said|responded|reason|error|diagnostic-code|>>>|<<<)[^\n]{0,20}:?\s{1,8}([^\n]{4,500})",
    re.IGNORECASE,
)
_HEADER: Final = re.compile(r"(?:Subject|From|Date|To|Cc|Message-Id|Sent|Received|X-[\w-]{1,40}) ?:", re.IGNORECASE)
_QUICK: Final = 100_000
"""Up to so many characters a copy in lower case costs less than the expression."""
_NAMES_OF_FIELDS: Final = ("reporting-mta", "final-recipient", "original-recipient")
_FIELDS: Final = re.compile(
    r"^[ \t>]{0,8}(?:Reporting-MTA|Final-Recipient|Original-Recipient)[ \t]*:", re.IGNORECASE | re.MULTILINE
)


def _paragraph(lines: Sequence[str]) -> str:
    """The first lines that say something, up to an empty one, in one line."""
    told: list[str] = []
    for line in lines:
        if line.strip(" \t>:;,.\"')"):
            told.append(line.strip(" \t>:;,"))
        elif told:
            break
    return " ".join(told)[:2000]


@dataclass(frozen=True)
class Told:
    """The report's own words, and the copy of the returned mail under them."""

    report: str
    copy: str

    @classmethod
    def of(cls, text: str) -> Told:
        """Splits the text where the first line announces the copy."""
        position = 0
        for line in text.split("\n")[: LIMITS.strip_lines]:
            bare = line.strip(" \t>*").lower()
            if position and bare.startswith(forms.COPY_BELOW):
                return cls(text[:position], text[position:])
            position += len(line) + 1
        return cls(text, "")

    def recipients(self, own: Sequence[str]) -> list[str]:
        """Addresses that the report names as not reached; `own` are those it was sent to."""
        for found in self._named():
            clean = {one.lower().rstrip("."): one.rstrip(".") for one in reversed(found)}
            others = [one for key, one in reversed(clean.items()) if key not in own]
            if others:
                return others[: BOUNDS.bounce_recipients]
        return []

    def _named(self) -> Iterator[list[str]]:
        """Addresses: alone at the start of a line, behind a word that announces one, any."""
        lines = self.report.split("\n")[:1000]
        yield [match[1] for line in lines if "@" in line and (match := _LINE_ADDRESS.fullmatch(line[:1000]))]
        found = list(ADDRESS.finditer(self.report, 0, 20000))
        before = ((one, max(0, one.start() - _ANNOUNCED)) for one in found)
        yield [one[0].lstrip("'") for one, at in before if _NAMED.search(self.report, at, one.start())]
        yield [one[0] for one in found]

    @cached_property
    def status(self) -> str:
        """A status code in the words of the report, "" if there is none or several that disagree."""
        found = list(dict.fromkeys(one[0] for one in STATUS.finditer(self.report[:20000]) if one[1] != "2"))
        exact = [one for one in found if not one.endswith(".0.0")]
        return (exact or found or [""])[0]

    def diagnostic(self, address: str) -> str:
        """The words of the server that refused `address`, as well as they can be told from the rest."""
        near = [one for one in self._after(address) if not _HEADER.match(one)]
        replies = (one for one in near if _REPLY_CODE.search(one) or STATUS.search(one))
        return self._replied(address) or next(replies, "") or self._refusal or next(iter(near), "") or self._reason

    def _after(self, address: str) -> list[str]:
        """The paragraphs that follow mentions of an address, as qmail, Exim and others write it."""
        found: list[str] = []
        lower, at = self.report[:20000].lower(), -1
        for _ in range(5):
            at = lower.find(address.lower(), at + 1) if address else -1
            if at < 0:
                break
            words = _paragraph(self.report[at + len(address) : at + 3000].split("\n"))
            if len(words) > 8:
                found.append(words)
        return found

    def _replied(self, address: str) -> str:
        """What the server answered in a transcript (``<<< 550 ...``): about `address` if possible, else at last."""
        replies: list[str] = []
        leaving = False
        for line in self.report.split("\n")[:1000]:
            bare = line.strip(" \t*")[:1000]
            if bare.startswith(">>>"):
                leaving = bare[3:].strip().lower() == "quit"
            elif bare.startswith("<<<") and (match := _REPLY_CODE.match(bare.lstrip("< "))):
                if leaving or match[1] == "503":
                    continue  # an answer to giving up, or to a command that came too late
                replies.append(bare.lstrip("< "))
        about = [one for one in replies if address and address.lower() in one.lower()]
        return " ".join((about or replies)[-3:])

    @cached_property
    def _refusal(self) -> str:
        lines = self.report.split("\n")[:1000]
        for number, line in enumerate(lines):
            if _REPLY_CODE.search(line[:1000]):
                return _paragraph(lines[number : number + 10])
        return ""

    @cached_property
    def _reason(self) -> str:
        said = _SAID.search(self.report[:20000])
        return said[1].strip() if said else ""

    @cached_property
    def fields(self) -> bytes:
        """The fields of RFC 3464, where a program wrote them into the text (or its boundary is broken); else b"".

        A report that was passed on as text has them below what the first reading took for the copy.
        """
        if len(self.report) + len(self.copy) < _QUICK:
            lower = f"{self.report}{self.copy}".lower()
            if not any(one in lower for one in _NAMES_OF_FIELDS):
                return b""
        text = self.report if _FIELDS.search(self.report) or _REPLY_CODE.search(self.report[:20000]) else self.copy
        found = _FIELDS.search(text)
        return text[found.start() :].replace("\n>", "\n").encode("utf-8", "replace") if found else b""

    def about(self, address: str) -> str:
        """What is said about an address: the text from its first mention on, else from the beginning."""
        at = self.report.find(address) if address else -1
        return self.report[max(0, at - 300) : max(0, at) + 3000]
