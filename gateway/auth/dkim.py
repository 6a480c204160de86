"""DKIM and ARC (RFC 6376, RFC 8617): whose signatures hold.  dkimpy computes, our resolver asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import dkim

from gateway.auth.names import DnsTrouble, Names

MOST_SIGNATURES = 5
"""Looked at, the topmost first; more are a way to make us compute."""
MOST_ARC = 20
"""Sets of a chain; RFC 8617 4.2.1 allows 50."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM signature: whose, and whether it holds (pass, fail, temperror, permerror)."""

    domain: str
    selector: str
    result: str


@dataclass(frozen=True, slots=True)
class Chain:
    """An ARC chain: pass, fail or none; who sealed last, and what that sealer found when the mail came to it."""

    result: str = "none"
    sealer: str = ""
    found: str = ""


def signatures(raw: bytes, names: Names) -> list[Signature]:
    """The signatures of a mail, topmost first.  Never raises."""
    found: list[Signature] = []
    try:
        checker = dkim.DKIM(raw, timeout=5)
        fields = [value for name, value in checker.headers if name.lower() == b"dkim-signature"][:MOST_SIGNATURES]
    except Exception:  # noqa: BLE001 - a header no verifier can read carries no signature
        return found
    for number, value in enumerate(fields):
        tags = _tags(value)
        found.append(Signature(tags.get("d", ""), tags.get("s", ""), _holds(checker, number, names)))
    return found


def _holds(checker: dkim.DKIM, number: int, names: Names) -> str:
    try:
        return "pass" if checker.verify(idx=number, dnsfunc=_asks(names)) else "fail"
    except DnsTrouble:
        return "temperror"
    except dkim.ValidationError:  # the body or the signed fields are not those that were signed, or it has run out
        return "fail"
    except Exception:  # noqa: BLE001 - whatever a stranger's signature makes the library do, it does not hold
        return "permerror"


def chain(raw: bytes, names: Names) -> Chain:
    """The ARC chain of a mail.  Never raises; "none" also where the DNS did not answer."""
    try:
        checker = dkim.ARC(raw, timeout=5)
        newest, _ = checker.sorted_arc_headers()
        if not 0 < newest <= MOST_ARC:
            return Chain("none" if newest == 0 else "fail")
        result = checker.verify(dnsfunc=_asks(names))[0]
    except DnsTrouble:
        return Chain()
    except Exception:  # noqa: BLE001 - a broken chain is no chain
        return Chain("fail")
    if result != dkim.CV_Pass:
        return Chain("fail")
    seal, results = _of_set(checker, b"arc-seal", newest), _of_set(checker, b"arc-authentication-results", newest)
    return Chain("pass", _tags(seal).get("d", "").lower(), results.decode("utf-8", "replace").partition(";")[2].strip())


def _of_set(checker: dkim.ARC, name: bytes, instance: int) -> bytes:
    for field, value in checker.headers:
        if field.lower() == name and _tags(value).get("i") == str(instance):
            return bytes(value)
    return b""


def _tags(value: bytes) -> Mapping[str, str]:
    """The tags of a signature (RFC 6376 3.2); the first of a name counts."""
    found: dict[str, str] = {}
    for piece in value[:16_384].split(b";"):
        name, equals, content = piece.partition(b"=")
        if equals:
            found.setdefault(
                name.strip().decode("ascii", "replace"), b"".join(content.split()).decode("ascii", "replace")
            )
    return found


def _asks(names: Names) -> Callable[..., bytes | None]:
    def txt(name: bytes, timeout: int = 5) -> bytes | None:  # noqa: ARG001 - the resolver has its own deadline
        found = names.records(name.decode("ascii", "replace").rstrip("."), "TXT")
        return next((record for record in found if isinstance(record, bytes)), None)

    return txt
