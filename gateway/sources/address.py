"""The path in MAIL FROM and RCPT TO (RFC 5321 4.1.2), read by a grammar that is linear and knows no surprises.

The grammar of the standard library that aiosmtpd uses takes a tenth of a millisecond and accepts comments and folding,
which do not exist in SMTP.
"""

from __future__ import annotations

import re

MAX_PATH = 512
"""Octets.  RFC 5321 4.5.3.1.3 says 256; rewriting forwarders (SRS) really do write longer ones."""

NULL_SENDER = "<>"
"""How aiosmtpd passes the null sender on: an empty string would mean "no MAIL yet" to it."""

_PATH = re.compile(
    r"""\s*
    (?P<bracket><)?
    (?(bracket)(?:@[^:<>\s]*:)?)                            # a source route: accepted and ignored (RFC 5321 appendix C)
    (?P<address>
        (?:"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"         # quoted local part
          |[^\s()<>\[\]:;@\\,"\x00-\x1f\x7f]+)              # or a dot-string, not looked at more closely
        (?:@(?:\[[0-9A-Za-z:.\-]+\]|[^\s()<>\[\]:;@\\,"\x00-\x1f\x7f]+))?
    )?
    (?(bracket)>)
    (?P<rest>(?:\s[\x20-\x7e]*)?)\Z""",
    re.VERBOSE,
)


def split_path(argument: str) -> tuple[str, str] | None:
    """The address without brackets and the parameters behind it; None when it is not a path.

    The null reverse path gives `NULL_SENDER`.  Bytes that are not UTF-8 are refused (RFC 6531 3.3).
    """
    found = _PATH.match(argument)
    if found is None or len(argument) > MAX_PATH + 512:
        return None
    address = found["address"]
    if address is None:
        return (NULL_SENDER, found["rest"].strip()) if found["bracket"] else None
    try:
        octets = len(address.encode())
    except UnicodeEncodeError:
        return None
    return None if octets > MAX_PATH else (address, found["rest"].strip())
