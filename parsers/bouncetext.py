"""What a delivery report says in its text, when no machine-readable part says it.

The text is split where the copy of the returned mail begins; before it stand addresses, each with the words of the
server that refused it.  Searches are bounded and linear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from parsers import bounceforms as forms
from parsers.dsn import ADDRESS, STATUS
from parsers.limits import LIMITS

_LINE_ADDRESS: Final = re.compile(
    rf"[ \t*]{{0,12}}(?:To:[ \t]+)?[<\"']?({ADDRESS.pattern})[>\"']?[ \t]*(?:[:;,(].*|\.\.\. .*)?\s*"
)
_NAMED: Final = re.compile(
    r"(?:RCPT TO:|recipients?(?: address)?:?|failed recipient:|delivered to(?: the following user)?:?"
    r"|delivering (?:your )?(?:mail|message) to|deliver(?:y)?(?: message| mail)? to|user|address|original-recipient:"
    rf"|final-recipient:(?: ?rfc822;)?|to:|mailbox)\s{{0,4}}[<\"'(]{{0,2}}({ADDRESS.pattern})",
    re.IGNORECASE,
)
_REPLY_CODE: Final = re.compile(r"\b([45]\d\d)[ -](?:#?([45]\.\d{1,2}\.\d{1,3})\b)?")
_SAID: Final = re.compile(
    r"(?:said|responded|reason|error|diagnostic-code|>>>|<<<)[^\n]{0,20}:?\s{1,8}([^\n]{4,500})", re.IGNORECASE
)


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
        lines = self.report.split("\n")[:1000]
        at_start = [match[1] for line in lines if "@" in line and (match := _LINE_ADDRESS.fullmatch(line[:1000]))]
        for found in (at_start, _NAMED.findall(self.report[:20000]), ADDRESS.findall(self.report[:20000])):
            clean = {one.lower().rstrip("."): one.rstrip(".") for one in reversed(found)}
            others = [one for key, one in reversed(clean.items()) if key not in own]
            if others:
                return others[: LIMITS.bounce_recipients]
        return []

    @cached_property
    def status(self) -> str:
        """A status code in the words of the report, "" if there is none or several that disagree."""
        found = list(dict.fromkeys(one[0] for one in STATUS.finditer(self.report[:20000]) if one[1] != "2"))
        exact = [one for one in found if not one.endswith(".0.0")]
        return (exact or found or [""])[0]

    def diagnostic(self, address: str) -> str:
        """The words of the server that refused `address`, as well as they can be told from the rest."""
        return self._after(address) or self._refusal

    def _after(self, address: str) -> str:
        """The paragraph that follows the first mention of an address, as qmail, Exim and others write it."""
        at = self.report.lower().find(address.lower()) if address else -1
        if at < 0:
            return ""
        told: list[str] = []
        for line in self.report[at + len(address) : at + 3000].split("\n"):
            plain = line.strip(" \t>:;,.\"')")
            if plain:
                told.append(line.strip(" \t>:;,"))
            elif told:
                break
        words = " ".join(told)[:2000]
        return words if len(words) > 8 else ""

    @cached_property
    def _refusal(self) -> str:
        for line in self.report.split("\n")[:1000]:
            if _REPLY_CODE.search(line[:1000]):
                return line.strip()[:2000]
        said = _SAID.search(self.report[:20000])
        return said[1].strip() if said else ""

    def about(self, address: str) -> str:
        """What is said about an address: the text from its first mention on, else from the beginning."""
        at = self.report.find(address) if address else -1
        return self.report[max(0, at - 300) : max(0, at) + 3000]
