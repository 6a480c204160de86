"""DKIM and ARC (RFC 6376, RFC 8617): whose signatures hold.  dkimpy computes; the keys were asked for before.

Runs in a reader process, with its limits on time and memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import dkim

from gateway.auth.answers import DnsTrouble, Names
from gateway.auth.heads import Claim, Claims

POLICY = "policy"
"""The signature holds, but covers less than what people read (RFC 8601 2.7.1)."""
MOST_BYTES_OF_SETS = 64 * 1024 * 1024
"""A chain's sets times the body: each set hashes the body once."""

LARGE, MOST_OF_LARGE = 5 * 1024 * 1024, 2
"""Each signature hashes the body once: a second for 20 MB."""

_RUN = re.compile(rb"[ \t]+")
_LONG_RUN = re.compile(rb"[ \t]{64,}")
_MOST_SQUARED = 50_000_000


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM signature: whose, and whether it holds (pass, fail, policy, temperror, permerror)."""

    domain: str
    selector: str
    result: str


def signatures(raw: bytes, claims: Claims, author: str, names: Names) -> list[Signature]:
    """The signatures that could speak for the author's domain, topmost first.  Never raises."""
    wanted = claims.speaking_for(author)[: MOST_OF_LARGE if len(raw) > LARGE else None]
    if not wanted:
        return []
    try:
        checker = dkim.DKIM(raw)
    except Exception:  # noqa: BLE001 - a header no verifier can read carries no signature
        return []
    body = checker.body
    found = []
    for one in wanted:
        checker.body = _bearable(body, "/relaxed" in "".join(one.tags.get("c", "").lower().split()))
        result = _holds(checker, one, names) if one.sound else "permerror"
        if result == "pass" and (claims.repeated or "l" in one.tags):
            result = POLICY
        found.append(Signature(one.domain, one.tags.get("s", ""), result))
        if result == "pass" and one.domain == author:
            break  # under every policy this is enough
    return found


def _holds(checker: dkim.DKIM, one: Claim, names: Names) -> str:
    if one.tags.get("a", "").lower() == "rsa-sha1":
        return "permerror"  # RFC 8301 3.1
    try:
        held = checker.verify(idx=one.place, dnsfunc=_asks(names))
        if checker.domain.decode("ascii").lower() != one.domain:
            return "permerror"  # the library read the header otherwise than we did
        return "pass" if held else "fail"
    except DnsTrouble:
        return "temperror"
    except dkim.ValidationError:  # the body or the signed fields are not those that were signed, or it has run out
        return "fail"
    except Exception:  # noqa: BLE001 - whatever a stranger's signature makes the library do, it does not hold
        return "permerror"


def chain(raw: bytes, claims: Claims, names: Names) -> tuple[str, str]:
    """Whether the ARC chain holds (pass, fail, temperror), and who sealed last.  Never raises."""
    try:
        checker = dkim.ARC(raw)
        if len(claims.seals) * len(checker.body) > MOST_BYTES_OF_SETS:
            return "fail", ""
        relaxed = any("/relaxed" in "".join(one.tags.get("c", "/relaxed").lower().split()) for one in claims.marks)
        checker.body = _bearable(checker.body, relaxed)
        result, sets, _ = checker.verify(dnsfunc=_asks(names))
        sealer = sets[0]["as-domain"].decode("ascii").lower() if sets else ""
    except DnsTrouble:
        return "temperror", ""
    except Exception:  # noqa: BLE001 - a broken chain is no chain
        return "fail", ""
    held = result == dkim.CV_Pass and not claims.repeated and not any("l" in one.tags for one in claims.marks)
    return ("pass" if held else "fail"), sealer


def _bearable(body: bytes, relaxed: bool) -> bytes:
    """The body, in a form whose relaxed canonical form (RFC 6376 3.4.4) is the same and is computed in linear time.

    dkimpy looks at every blank of a run for the end of the line: 64 KB of blanks take half a minute.  `relaxed`: somebody
    asks for that form; a chain of both kinds over such a body does not hold.
    """
    if sum((run.end() - run.start()) ** 2 for run in _LONG_RUN.finditer(body)) <= _MOST_SQUARED:
        return body
    return _RUN.sub(b" ", body) if relaxed else body


def _asks(names: Names) -> Callable[..., bytes | None]:
    def txt(name: bytes, timeout: int = 5) -> bytes | None:  # noqa: ARG001 - it was asked for before
        found = names.records(name.decode("ascii", "replace"), "TXT")
        return next((record for record in found if isinstance(record, bytes)), None)

    return txt
