"""Whether two domains belong to one organisation (RFC 7489 3.2): by the public suffix list, kept by its own library.

The list comes with the library and is read once, when it is first asked for; nothing is fetched.
"""

from __future__ import annotations

from functools import cache

from publicsuffixlist import PublicSuffixList

from parsers.message import comparable

LONGEST = 253
"""Characters of a domain (RFC 1035 2.3.4)."""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True)


def organisation(domain: str) -> str:
    """The organisational domain: ``acme.co.uk`` of ``mail.it.acme.co.uk``; a public suffix is its own.  A-labels."""
    name = as_compared(domain)
    return _suffixes().privatesuffix(name) or name


def aligned(name: str, domain: str, *, strict: bool = False) -> bool:
    """Whether `name` (a domain, or an address) speaks for `domain`: the same, or relaxed, the same organisation."""
    one, other = as_compared(name.rpartition("@")[2]), as_compared(domain)
    if not one or len(one) > LONGEST or len(other) > LONGEST:
        return False
    return one == other or (not strict and organisation(one) == organisation(other))


def as_compared(domain: str) -> str:
    """A domain in small letters and A-labels, without the dot of the root."""
    return comparable(f"x@{domain.strip().rstrip('.')}").partition("@")[2]
