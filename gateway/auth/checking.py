"""One mail's sender, checked: SPF, DKIM, DMARC and ARC together, written as a border of our own would write it.

What comes out is the value of an Authentication-Results field (RFC 8601) under our own name.  It is kept with the mail,
and read by the same code that reads a border's: there is one decision about senders and not two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

import dns.resolver

from gateway.auth import dkim, dmarc, spf
from gateway.auth.names import Names, Resolver, new_cache
from parsers.message import comparable
from parsers.peek import peek

SECONDS = 8.0
"""For all questions about one mail."""
OWN_NAME = "checked.by.deskgate"
"""Under which name the results stand; no border can be called so."""
_SAFE = re.compile(r"[^A-Za-z0-9._@+=-]")


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """`servers`: resolvers instead of the machine's.  `relays`: our own mail servers, whose address proves nothing.

    `sealers`: whose ARC seals are believed, as domains.
    """

    servers: tuple[str, ...] = ()
    relays: tuple[str, ...] = ()
    sealers: frozenset[str] = frozenset()


class Checker:
    """Checks mails; one for the daemon, safe to call from several threads."""

    def __init__(self, settings: CheckSettings) -> None:
        self._settings = settings
        self._relays = [ip_network(relay) for relay in settings.relays]
        self._cache: dns.resolver.Cache = new_cache()

    def check(self, raw: bytes, peer: str, sender: str) -> str:
        """The results for one mail from the client `peer` (its address, or empty) with the envelope sender `sender`."""
        return self.judged(raw, peer, sender, Resolver(self._settings.servers, SECONDS, self._cache))

    def judged(self, raw: bytes, peer: str, sender: str, names: Names) -> str:
        """The same with another way to ask names."""
        found: list[str] = []
        spf_domain = ""
        if sender and self._is_foreign(peer):
            result = spf.check(peer, sender, names)
            found.append(f"spf={result} smtp.mailfrom={_plain(sender)}")
            spf_domain = sender.rpartition("@")[2] if result == "pass" else ""
        signed = dkim.signatures(raw, names)
        found += [f"dkim={one.result} header.d={_plain(one.domain)} header.s={_plain(one.selector)}" for one in signed]
        author = comparable(peek(raw).from_address).rpartition("@")[2]
        if author:
            holding = [one.domain for one in signed if one.result == "pass"]
            result, action = dmarc.verdict(author, holding, spf_domain, names)
            if result == "fail" and any(one.result == "temperror" for one in signed):
                result = "temperror"  # the signature that would have passed could not be looked up
            found.append(
                f"dmarc={result}{f' policy.published={_plain(action)}' if action else ''} header.from={_plain(author)}"
            )
        found += (
            _of_chain(dkim.chain(raw, names), self._settings.sealers) if b"arc-seal" in raw[:65_536].lower() else []
        )
        return f"{OWN_NAME}; {'; '.join(found) or 'none'}"

    def _is_foreign(self, peer: str) -> bool:
        """Whether the client's address says something: not for this machine and not for relays of ours."""
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return not (address.is_loopback or any(address in relay for relay in self._relays))


def _of_chain(chain: dkim.Chain, sealers: frozenset[str]) -> Sequence[str]:
    """The chain; and what the last sealer found, where it is one of those believed."""
    known = chain.result == "pass" and chain.sealer in sealers
    words = f"arc={chain.result}" + (f" header.d={_plain(chain.sealer)}" if chain.sealer else "")
    return [words, *([f"x-arc-dmarc={_dmarc_of(chain.found)}"] if known else [])]


def _dmarc_of(results: str) -> str:
    """The DMARC result within a sealer's ARC-Authentication-Results; "none" if there is none."""
    found = re.search(r"(?:^|;)\s*dmarc\s*=\s*([a-z]{1,12})\b", results[:16_384], re.IGNORECASE)
    return found[1].lower() if found else "none"


def _plain(text: str) -> str:
    """A value that cannot be mistaken for another part of the field; what does not fit becomes an underscore."""
    return _SAFE.sub("_", text)[:253] or "_"
