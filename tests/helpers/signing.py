"""Mail that is really signed, and a name server that really answers, for tests of who is believed."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import dkim

from gateway.auth.asking import ask
from gateway.auth.checking import judge
from gateway.auth.names import Resolver
from parsers.message import Envelope
from parsers.parse import parse
from routing.proving import Verdict, prove
from routing.teams import Trust
from tests.helpers.servers import Server
from tests.helpers.world import NOW

STRANGER = "203.0.113.9"
"""Some mail server's address."""
TRUST = Trust(check_senders=True, arc_sealers=frozenset({"lists.example"}))


@dataclass(frozen=True)
class Dns:
    """A running name server of the tests."""

    server: Server

    @property
    def place(self) -> str:
        """As the configuration names it."""
        return f"127.0.0.1:{self.server.number('port')}"

    def say(self, name: str, kind: str, *values: str) -> None:
        """Replace a record set; kind FAIL makes the name fail (servfail, timeout, refused)."""
        self.server.tell("set", name, kind, *values)


@dataclass(frozen=True)
class Signer:
    """A key of a domain, told to the name server."""

    domain: str
    dns: Dns
    folder: Path
    selector: str = "s2"
    file: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "file", self.folder / f"{self.domain}.pem")
        subprocess.run(["openssl", "genrsa", "-out", self.file, "2048"], check=True, capture_output=True)
        public = subprocess.run(
            ["openssl", "rsa", "-in", self.file, "-pubout"], check=True, capture_output=True, text=True
        )
        key = "".join(line for line in public.stdout.splitlines() if "-----" not in line)
        self.dns.say(f"{self.selector}._domainkey.{self.domain}", "TXT", f"v=DKIM1; k=rsa; p={key}")

    def sign(self, raw: bytes, way: bytes = b"relaxed", **options: object) -> bytes:
        """The mail with a DKIM signature on top."""
        names = (self.selector.encode(), self.domain.encode(), self.file.read_bytes())
        return bytes(dkim.sign(raw, *names, canonicalize=(way, way), **options)) + raw

    def seal(self, raw: bytes, found: str) -> bytes:
        """The mail as this domain forwards it: with what it found out about the sender, and an ARC set."""
        before = "; arc=pass" if b"ARC-Seal:" in raw else ""
        told = f"Authentication-Results: mx.{self.domain}; {found}{before}\r\n".encode() + raw
        names = (self.selector.encode(), self.domain.encode(), self.file.read_bytes())
        added = dkim.arc_sign(told, *names, f"mx.{self.domain}".encode())
        assert added, "the library adds a set or says why not"
        return b"".join(added) + told


def verdict_on(
    raw: bytes, dns: Dns, peer: str = STRANGER, sender: str = "ann@cust.example", trust: Trust = TRUST
) -> Verdict:
    """What our own check says of a mail that came from this client with this envelope sender."""
    envelope = Envelope(sender, ("it@acme.example",), peer, "smtp", NOW)
    answers = ask(raw, envelope, trust, Resolver([dns.place]))
    return prove(parse(raw), trust, envelope, judge(raw, answers))
