"""DMARC (RFC 7489): does a check that passed speak for the domain in From, and does that domain ask for one?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.auth.answers import DnsTrouble, Names
from routing.alignment import aligned, organisation

_TAG = re.compile(r"\s*([A-Za-z]{1,10})\s*=\s*([^;\s]{0,100})\s*(?:;|$)")


@dataclass(frozen=True, slots=True)
class Policy:
    """What a domain publishes: what to do with mail that fails, and how close a check must come."""

    action: str
    strict_dkim: bool
    strict_spf: bool


def verdict(domain: str, dkim_domains: Iterable[str], spf_domain: str, names: Names) -> tuple[str, str]:
    """The result (pass, fail, none, temperror) and the published action, for the domain in From.

    `dkim_domains` signed with signatures that hold; `spf_domain` is that of an SPF pass, or empty.
    """
    try:
        policy = published(domain, names)
    except DnsTrouble:
        return "temperror", ""
    if policy is None:
        return "none", ""
    signed = any(aligned(one, domain, strict=policy.strict_dkim) for one in dkim_domains)
    sent = bool(spf_domain) and aligned(spf_domain, domain, strict=policy.strict_spf)
    return ("pass" if signed or sent else "fail"), policy.action


def published(domain: str, names: Names) -> Policy | None:
    """The policy of a domain, or of its organisation (RFC 7489 6.6.3); None if there is none.  Raises DnsTrouble."""
    for place in dict.fromkeys((domain, organisation(domain))):
        found = [_policy(record, place != domain) for record in names.records(f"_dmarc.{place}", "TXT")]
        valid = [policy for policy in found if policy is not None]
        if valid:
            return valid[0] if len(valid) == 1 else None  # several records count for none
    return None


def _policy(record: str | bytes, of_organisation: bool) -> Policy | None:
    text = record.decode("ascii", "replace") if isinstance(record, bytes) else record
    tags = _TAG.findall(text[:4096])
    if not tags or tags[0][0].lower() != "v" or tags[0][1] != "DMARC1":
        return None
    found = {name.lower(): value.lower() for name, value in reversed(tags)}
    action = found.get("sp", found.get("p", "none")) if of_organisation else found.get("p", "none")
    return Policy(action, found.get("adkim") == "s", found.get("aspf") == "s")
