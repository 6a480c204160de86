"""SPF (RFC 7208): may this client send for the domain of the envelope sender?  pyspf decides, our resolver asks."""

from __future__ import annotations

import warnings
from ipaddress import IPv6Address, ip_address
from typing import Any

with warnings.catch_warnings():  # newer Pythons complain of escapes in its source; it is not ours to mend
    warnings.simplefilter("ignore")
    import spf

from gateway.auth.answers import DnsTrouble, Names

MOST_VOID = 2
"""Questions without an answer (RFC 7208 4.6.4)."""
RESULTS = frozenset({"pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"})


class _Query(spf.query):  # type: ignore[misc]  # ships no types
    """pyspf's evaluation with our own way to ask: counted, bounded, no state in a module."""

    names: Names

    def dns(self, name: str, qtype: str, cnames: object = None, ignore_void: bool = False) -> list[Any]:  # noqa: ARG002
        """What pyspf wants for a name; aliases are followed by the resolver."""
        key = (str(name).rstrip(".").lower(), qtype)
        if key not in self.cache:
            try:
                found = self.names.records(key[0], qtype)
            except DnsTrouble as problem:
                raise spf.TempError(f"DNS {problem}") from problem
            self.cache[key] = [_as_pyspf(record, qtype) for record in found]
        if not self.cache[key] and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > MOST_VOID:
                raise spf.PermError("too many names without an answer")
        return list(self.cache[key])


def check(client: str, sender: str, names: Names) -> str:
    """The result for a client's address and an envelope sender, which must not be empty."""
    try:
        address = ip_address(client)
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        query = _Query(i=str(mapped or address), s=sender, h=sender.rpartition("@")[2], querytime=0, timeout=5)
        query.names = names
        result = str(query.check()[0])
    except Exception:  # noqa: BLE001 - whatever a stranger's record makes the library do, nothing is known then
        return "temperror"
    return result if result in RESULTS else "permerror"


def _as_pyspf(record: str | bytes, kind: str) -> object:
    if isinstance(record, bytes):
        return (record,)
    if kind == "MX":
        preference, _, host = record.partition(" ")
        return int(preference), host.rstrip(".")
    return record.rstrip(".")
