"""The signatures that a mail's header claims, read with little effort: which keys to ask for, which to look at at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from routing.alignment import aligned

HEADER_BYTES = 256 * 1024
MOST_FIELDS = 2000
LONGEST_SIGNATURE = 8 * 1024
MOST_SIGNATURES = 5
"""Of those that could speak for the author, the topmost first; more are a way to make us compute."""
MOST_SETS = 10
"""Of an ARC chain that is looked at; mail seldom passes through more than three."""

_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^([!-9;-~]{1,100})[ \t]{0,10}:((?:[^\n]*+)(?:\n[ \t][^\n]*+)*+)\n", re.MULTILINE)
_ONCE = frozenset(
    {b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"in-reply-to", b"references", b"reply-to", b"sender"}
    | {b"content-type", b"content-transfer-encoding", b"mime-version"}
)
"""Fields that a mail has once (RFC 5322 3.6).  A second one is how an old signature is made to cover new words."""
_BLANKS = re.compile(rb"\s{100}")


@dataclass(frozen=True, slots=True)
class Claim:
    """One signature as it stands: its place among the fields of its name (from 0), and its tags."""

    place: int
    tags: Mapping[str, str]
    sound: bool
    """False: not worth verifying, for its size or shape."""

    @property
    def domain(self) -> str:
        """Who claims to have signed."""
        return self.tags.get("d", "").lower()

    @property
    def key(self) -> str:
        """Where in the DNS the key stands."""
        return f"{self.tags.get('s', '')}._domainkey.{self.tags.get('d', '')}"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a header claims.  `repeated`: a field that may stand once stands twice."""

    dkim: tuple[Claim, ...]
    seals: tuple[Claim, ...]
    marks: tuple[Claim, ...]
    """ARC-Message-Signatures."""
    repeated: bool

    def speaking_for(self, author: str) -> tuple[Claim, ...]:
        """The DKIM signatures that could prove the author's domain; the others change nothing."""
        return tuple(one for one in self.dkim if aligned(one.domain, author))[:MOST_SIGNATURES]

    @property
    def newest_sealer(self) -> str:
        """Who sealed last, as claimed; empty where there is no chain, or one too long or odd to be looked at."""
        numbered = {one.tags.get("i", ""): one for one in self.seals}
        count = len(self.seals)
        if not 0 < count <= MOST_SETS or set(numbered) != {str(n) for n in range(1, count + 1)}:
            return ""
        if len(self.marks) != count or not all(one.sound for one in (*self.seals, *self.marks)):
            return ""
        return numbered[str(count)].domain


def header_of(raw: bytes) -> bytes:
    """The header block of a mail with the empty line behind it, as far as it is looked at."""
    head = raw[:HEADER_BYTES]
    end = _END.search(head)
    return head[: end.end()] if end else head


def claims(raw: bytes) -> Claims:
    """Read the header block of a mail.  Never raises; linear."""
    found: dict[bytes, list[Claim]] = {b"dkim-signature": [], b"arc-seal": [], b"arc-message-signature": []}
    seen: Counter[bytes] = Counter()
    for number, match in enumerate(_FIELD.finditer(header_of(raw) + b"\n")):
        name = match[1].lower()
        seen[name] += name in _ONCE
        if name in found and number < MOST_FIELDS:
            found[name].append(_claim(len(found[name]), match[2]))
    return Claims(
        tuple(found[b"dkim-signature"]),
        tuple(found[b"arc-seal"]),
        tuple(found[b"arc-message-signature"]),
        any(count > 1 for count in seen.values()),
    )


def _claim(place: int, value: bytes) -> Claim:
    if len(value) > LONGEST_SIGNATURE or _BLANKS.search(value) or not value.isascii():
        return Claim(place, {}, sound=False)
    found: dict[str, str] = {}
    for piece in value.decode("ascii").split(";"):
        name, equals, content = piece.partition("=")
        if equals:
            found.setdefault(name.strip(), content.strip())
    return Claim(place, found, sound=True)
