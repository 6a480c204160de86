"""Questions to the domain name system, told apart by what came of them; `gateway.auth.names` asks (extra ``auth``)."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

SECONDS = 5.0
"""How long a question may take, all name servers together."""
INSTALL = "python3 -m pip install 'deskgate[auth]'"
Kind = Literal["MX", "TXT", "A", "AAAA"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question.  nothing: no such record, or no such name; unknown: nobody answered (`why`)."""

    how: Literal["found", "nothing", "unknown"]
    records: tuple[str, ...] = ()
    why: str = ""


def available() -> bool:
    """Whether anything but addresses can be asked for."""
    return find_spec("dns") is not None


class Names:
    """Asks the system's name servers, or the one that was given as address and port."""

    def __init__(self, server: tuple[str, int] | None) -> None:
        self._servers: tuple[str, ...] = ()
        if server is not None:
            host, port = server
            self._servers = (host if port == 53 else f"{host}:{port}",)

    def ask(self, name: str, kind: Kind) -> Answer:
        """The records, in order; a TXT is one text however it is split (RFC 7208 3.3), an MX is "priority host."."""
        from gateway.auth.answers import DnsTrouble
        from gateway.auth.names import Resolver

        try:
            found = Resolver(self._servers, seconds=SECONDS).records(name, kind)
        except DnsTrouble as trouble:
            return Answer("unknown", why=f"the name servers do not answer ({trouble})")
        texts = [one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in found]
        return Answer("found" if texts else "nothing", tuple(texts if kind == "TXT" else sorted(texts)))

    def addresses(self, host: str) -> tuple[str, ...]:
        """The addresses of a host, of both families."""
        return (*self.ask(host, "A").records, *self.ask(host, "AAAA").records)
