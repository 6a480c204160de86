"""How well the From address of a mail is proven, and why we say so (mail-safety 2).

Evidence comes from one of two places, never from both: the Authentication-Results fields of our own border, or the same
words written by our own check (`gateway.auth`), which travel beside the mail.  What anybody else wrote into the header
counts for nothing, under whatever name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from parsers.authresults import AuthResults, MethodResult, read_set
from parsers.authresults import read as read_results
from parsers.message import Envelope, Message
from routing.alignment import aligned, as_compared
from routing.history import is_import
from routing.identity import Proof
from routing.teams import Trust

OWN_NAME = "checked.by.deskgate"
"""Under which name the results of our own check stand; no border can be called so."""
MOST_SETS = 50
"""Of an ARC chain (RFC 8617 4.2.1)."""
_TAG_NAME = re.compile(r"[a-z][a-z0-9_]{0,20}", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]?", re.ASCII)
_ANY_INSTANCE = re.compile(r"i[ \t]{0,50}=[ \t]{0,50}[0-9]", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The proof level of a sender, and the reason in words for people."""

    proof: Proof
    reason: str


@dataclass(frozen=True, slots=True)
class Seal:
    """Who sealed an ARC chain last, and what the sealer found when the mail came to it."""

    sealer: str
    found: AuthResults


def prove(message: Message, trust: Trust, envelope: Envelope | None = None, checked: str = "") -> Verdict:
    """The level and the reason.  `checked` is what our own check wrote about this mail, or empty.

    DMARC decides; where the sender's domain publishes no policy an aligned DKIM or SPF pass proves.  A configured ARC
    sealer's word stands in for a DMARC pass that the way of the mail broke (RFC 8617 7.2.1).
    """
    if message.identity is None:
        return Verdict(Proof.UNPROVEN, "From names nobody" if message.anonymous else "From names no single author")
    if border_speaks(trust, envelope):
        assert trust.authserv_id is not None, "without a name no border speaks"
        by = trust.authserv_id
        results = read_results(_border_fields(message, by), by)
        if not results.results:
            return Verdict(Proof.UNPROVEN, f"no verdict of our border {by}")
    elif checked:
        by, results = "our own check", read_results([checked], OWN_NAME)
    elif trust.authserv_id is not None and not trust.check_senders:
        return Verdict(Proof.UNPROVEN, f"it did not come through our border {trust.authserv_id}")
    else:
        return Verdict(Proof.UNPROVEN, "not checked" if trust.check_senders else "nobody checks senders here")
    domain = message.identity.rpartition("@")[2]
    verdict = _by_results(results, domain, by)
    seal = None if verdict.proof is Proof.PROVEN else _sealed(message, results, trust)
    if seal is not None and _has_passed(seal.found, domain):
        return Verdict(Proof.PROVEN, f"dmarc=pass by {seal.sealer}, whose ARC seal holds for {by}")
    return verdict


def border_speaks(trust: Trust, envelope: Envelope | None) -> bool:
    """Whether our border's fields count in a mail that came this way.

    They do unless a stranger's machine handed the mail over, past the border: then it wrote them itself.  Where neither
    `relays` nor our own check is configured, nobody can tell a stranger from the border.
    """
    if trust.authserv_id is None:
        return False
    return not (handed_over_by_stranger(trust, envelope) and (trust.relays or trust.check_senders))


def wants_check(trust: Trust, envelope: Envelope) -> bool:
    """Whether we check the sender of a mail that came this way ourselves.  Old mail cannot be checked: keys change."""
    return trust.check_senders and not is_import(envelope.source) and not border_speaks(trust, envelope)


def handed_over_by_stranger(trust: Trust, envelope: Envelope | None) -> bool:
    """Whether the client was neither this machine nor one of `relays`, so that its address says something."""
    if envelope is None or envelope.source not in ("smtp", "lmtp"):
        return False
    try:
        address = ip_address(envelope.peer)
    except ValueError:
        return False  # a socket in the file system
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return not address.is_loopback and not any(address in network for network in _networks(trust.relays))


@cache
def _networks(relays: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(relay, strict=False) for relay in relays)


def _by_results(results: AuthResults, domain: str, by: str) -> Verdict:
    about = [one for one in results.of("dmarc") if _is_about(one, domain)]
    for wanted, proof in (("fail", Proof.FALSE), ("pass", Proof.PROVEN)):
        if any(one.result == wanted for one in about):
            return Verdict(proof, f"dmarc={wanted} by {by}")
    for one in about:
        if one.result != "none":
            why = f" ({one.reason[:200]})" if one.reason else ""
            return Verdict(Proof.UNPROVEN, f"dmarc={one.result[:20]}{why} by {by}")
    for method, named in (("dkim", ("header", "d")), ("dkim", ("header", "i")), ("spf", ("smtp", "mailfrom"))):
        for one in results.of(method):
            name = one.value(*named)
            if one.result == "pass" and name and aligned(name, domain):
                words = f"{method}=pass for {as_compared(name.rpartition('@')[2])} by {by}"
                return Verdict(Proof.PROVEN, f"{words}; {domain} has no DMARC policy")
    return Verdict(Proof.UNPROVEN, f"nothing that {by} found speaks for {domain}")


def _is_about(one: MethodResult, domain: str) -> bool:
    """Whether a DMARC result speaks of this From domain; one that names none may only count against the sender."""
    named = one.value("header", "from")
    return one.result == "fail" if named is None else aligned(named, domain)


def _has_passed(found: AuthResults, domain: str) -> bool:
    about = [one for one in found.of("dmarc") if _is_about(one, domain)]
    return bool(about) and all(one.result == "pass" for one in about)


def _border_fields(message: Message, authserv_id: str) -> Sequence[str]:
    """Fields above the first Received field written by anybody but our border (RFC 8601 5)."""
    found: list[str] = []
    for name, value in message.headers:
        lowered = name.lower()
        if lowered == "received" and _written_by(value) != authserv_id.lower():
            break
        if lowered == "authentication-results":
            found.append(value)
    return found


def _written_by(received: str) -> str:
    """The host in the ``by`` clause of a Received field (RFC 5321 4.4): comments out, then its fixed place.

    The name after ``from`` is the client's own claim and cannot hold blanks, so a ``by`` inside it moves nothing.
    """
    words: list[str] = []
    depth, word = 0, ""
    for character in received[:2000]:
        depth += (character == "(") - (character == ")" and depth > 0)
        if depth or character in "(); \t\r\n":
            words += [word] if word else []
            word = ""
        else:
            word += character
    words = [w.lower() for w in (*words, word) if w][:4]
    after_from = words[2:4] if words[:1] == ["from"] else words[:2]
    return after_from[1] if len(after_from) == 2 and after_from[0] == "by" else ""


def _sealed(message: Message, results: AuthResults, trust: Trust) -> Seal | None:
    """The newest seal, if whoever checked for us says that the chain holds, and its sealer is one of those we believe."""
    passed = results.of("arc")
    if not trust.arc_sealers or not passed or any(one.result != "pass" for one in passed):
        return None
    seal = newest_seal(message.headers)
    if seal is None or seal.sealer not in {as_compared(one) for one in trust.arc_sealers}:
        return None
    told = [value for one in passed if (value := one.value("header", "d"))]
    return seal if all(as_compared(value) == seal.sealer for value in told) else None


def newest_seal(headers: Sequence[tuple[str, str]]) -> Seal | None:
    """Who sealed last.  None unless the sets are whole and numbered from 1 without a gap, in a form that every program
    reads alike: whoever checked the chain must have seen the same newest set.
    """
    sets: dict[str, dict[int, str]] = {"arc-seal": {}, "arc-message-signature": {}, "arc-authentication-results": {}}
    for name, value in headers:
        kind = sets.get(name.lower())
        if kind is None:
            continue
        number = read_set(value)[0] if name.lower() == "arc-authentication-results" else _instance(value)
        if not number or number in kind or len(kind) >= MOST_SETS:
            return None
        kind[number] = value
    seals, found = sets["arc-seal"], sets["arc-authentication-results"]
    whole = set(range(1, len(seals) + 1))
    if not seals or any(set(kind) != whole for kind in sets.values()):
        return None
    sealer = (_tags(seals[len(seals)]) or {}).get("d", "")
    return Seal(as_compared(sealer), read_set(found[len(seals)])[1]) if sealer.isascii() else None


def _instance(value: str) -> int:
    """The ``i=`` of a seal or signature; 0 if it cannot be told, or could be taken for another."""
    tags = _tags(value)
    number = tags.get("i", "") if tags is not None and len(_ANY_INSTANCE.findall(value)) == 1 else ""
    return int(number) if _NUMBER.fullmatch(number) else 0


def _tags(value: str) -> dict[str, str] | None:
    """The tags of a signature (RFC 6376 3.2); None unless each stands once and in strict form."""
    found: dict[str, str] = {}
    for piece in value.strip().rstrip(";").split(";"):
        name, equals, content = piece.partition("=")
        name = name.strip()
        if not equals or not _TAG_NAME.fullmatch(name) or name in found:
            return None
        found[name] = content.strip()
    return found
