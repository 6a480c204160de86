"""What strangers put into the DNS and into headers to keep a checker busy: no mail costs more than a mail may."""

from __future__ import annotations

import base64
import resource
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from gateway.auth import spf
from gateway.auth.answers import Answers, DnsTrouble
from gateway.auth.asking import ask
from gateway.auth.checking import judge
from gateway.auth.heads import MOST_SETS, MOST_SIGNATURES, claims
from gateway.auth.names import MOST_QUESTIONS
from parsers.message import Envelope
from tests.helpers.signing import STRANGER, TRUST
from tests.helpers.world import NOW

CPU_SECONDS = 5
"""Under what a reader may use for a mail (10 s by default)."""
MAIL = b"From: a@cust.example\r\nTo: it@acme.example\r\nSubject: Hi\r\n\r\nHello\r\n"
ENVELOPE = Envelope("a@cust.example", ("it@acme.example",), STRANGER, "smtp", NOW)


@dataclass
class Zone:
    """Answers out of a table, and counts the questions; ``*`` answers every other name."""

    texts: dict[str, Sequence[str | bytes]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    def records(self, name: str, kind: str) -> Sequence[str | bytes]:
        """As Names has it, with the limit that the resolver has."""
        self.asked[f"{kind} {name}"] += 1
        if self.asked.total() > MOST_QUESTIONS:
            raise DnsTrouble("too many questions")
        found = self.texts.get(f"{kind} {name}", self.texts.get(f"{kind} *", []))
        return [one.encode() if kind == "TXT" and isinstance(one, str) else one for one in found]


def spent() -> float:
    """Processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize(
    "texts",
    [
        {"TXT cust.example": ["v=spf1 include:cust.example -all"]},
        {"TXT cust.example": ["v=spf1 redirect=cust.example"]},
        {"TXT cust.example": ["v=spf1 include:b.example -all"], "TXT b.example": ["v=spf1 include:cust.example ~all"]},
        {"TXT *": ["v=spf1 include:%{i}.%{d} a mx ptr -all"]},
        {"TXT *": ["v=spf1 " + " ".join(f"include:n{n}.example" for n in range(30)) + " -all"]},
        {"TXT *": ["v=spf1 " + " ".join(f"exists:%{{ir}}.n{n}.example" for n in range(500)) + " -all"]},
        {
            "TXT *": ["v=spf1 " + "mx " * 100 + "-all"],
            "MX *": [f"10 m{n}.example." for n in range(50)],
            "A *": ["192.0.2.1"],
        },
        {"TXT *": ["v=spf1 ptr -all"], "PTR *": [f"p{n}.example." for n in range(50)], "A *": ["192.0.2.1"]},
        {"TXT *": ["v=spf1 " + "ip4:192.0.2.1 " * 1100 + "-all"]},
        {"TXT *": ["v=spf1 " + "a" * 16_000]},
        {"TXT *": ["v=spf1 " + "%{l}" * 4000]},
        {"TXT *": ["v=spf1 a:" + "a." * 8000 + "example -all"]},
        {"TXT *": ["v=spf1 exp=" + "%{d" * 5000]},
        {"TXT *": [b"v=spf1 \xff\xfe\x00 -all"]},
        {"TXT *": ["v=spf1 -all"] * 50},
        {"TXT *": ["v=spf1" + " " * 16_000 + "x"]},
        {"TXT *": ["v=spf1 ip4:" + "9" * 16_000]},
    ],
    ids=lambda texts: str(texts)[:60],
)
def test_a_hostile_spf_record_costs_few_questions_and_little_time_and_passes_nobody(
    texts: dict[str, list[str]],
) -> None:
    zone, before = Zone(dict(texts)), spent()
    assert spf.check(STRANGER, "a@cust.example", zone) != "pass"
    assert spent() - before < CPU_SECONDS
    assert zone.asked.total() <= MOST_QUESTIONS + 1


def test_only_names_that_can_matter_are_asked() -> None:
    signatures = b"".join(b"DKIM-Signature: d=n%d.evil.example; s=x; a=rsa-sha256\r\n" % n for n in range(50))
    mine = b"".join(b"DKIM-Signature: d=cust.example; s=x%d; a=rsa-sha256\r\n" % n for n in range(50))
    seals = b"".join(
        b"ARC-Seal: i=%d; d=evil.example; s=a\r\nARC-Message-Signature: i=%d; d=evil.example; s=b\r\n" % (n, n)
        for n in range(1, MOST_SETS)
    )
    zone = Zone()
    ask(signatures + mine + seals + MAIL, Envelope("x@evil.example", (), STRANGER, "smtp", NOW), TRUST, zone)
    assert not [name for name in zone.asked if "evil" in name]
    assert sum("_domainkey" in name for name in zone.asked) == MOST_SIGNATURES


KEY = base64.b64encode(
    bytes.fromhex("30820122300d06092a864886f70d01010105000382010f003082010a0282010100")
    + b"\xc1" * 255
    + bytes.fromhex("010203010001")
).decode()
"""A key that reads well (RFC 8017 A.1.1); nobody has the other half."""


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"DKIM-Signature: d=cust.example; s=x; " + b"a" * 200_000 + b"\r\n" + MAIL, id="a long signature"),
        pytest.param(b"DKIM-Signature: " + b" " * 100_000 + b"d=cust.example\r\n" + MAIL, id="a signature of blanks"),
        pytest.param(
            b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=cust.example; s=x; h=from; bh=AAAA; b=AAAA\r\n"
            + MAIL + (b" " * 60_000 + b"x\r\n") * 50,
            id="lines of blanks, relaxed",
        ),
        pytest.param(
            b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=cust.example; s=x; h=from; bh=AAAA; b=AAAA\r\n"
            + MAIL + (b"\t" * 60_000 + b"x\r\n") * 50,
            id="lines of blanks, simple",
        ),
        pytest.param(
            b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=cust.example; s=x; h=from; bh=AAAA; b=AAAA\r\n"
            + MAIL + b"\r\n" * 1_000_000,
            id="a million empty lines",
        ),
        pytest.param(
            b"DKIM-Signature: v=1; a=rsa-sha256; d=cust.example; s=x; bh=AAAA; b=AAAA; h=" + b":".join([b"x"] * 3000)
            + b"\r\n" + b"X: y\r\n" * 20_000 + MAIL,
            id="many fields that are signed often",
        ),
        pytest.param(
            b"DKIM-Signature: v=1; a=rsa-sha256; d=cust.example; s=x; h=from; bh=AAAA; b=" + b"A\r\n " * 2000 + b"!\r\n"
            + MAIL,
            id="a signature folded everywhere",
        ),
        pytest.param(b"DKIM-Signature: d=cust.example; s=x\r\n" * 5000 + MAIL, id="five thousand signatures"),
        pytest.param(
            b"".join(
                b"ARC-Seal: i=%d; a=rsa-sha256; cv=pass; d=lists.example; s=x; b=AAAA\r\n"
                b"ARC-Message-Signature: i=%d; a=rsa-sha256; c=relaxed/relaxed; d=lists.example; s=x; h=from; "
                b"bh=AAAA; b=AAAA\r\n"
                b"ARC-Authentication-Results: i=%d; x; dmarc=pass\r\n" % (n, n, n) for n in range(1, MOST_SETS + 1)
            ) + MAIL + (b" " * 60_000 + b"x\r\n") * 20,
            id="a long chain over lines of blanks",
        ),
        pytest.param(b"\r\n\r\n", id="nothing"),
        pytest.param(b"From: a@cust.example", id="no end of the header"),
        pytest.param(b"\xff" * 1000 + b": \xff\r\n" + MAIL, id="not text"),
    ],
)  # fmt: skip
def test_a_hostile_mail_is_judged_within_the_time_a_mail_may_take(raw: bytes) -> None:
    zone = Zone({"TXT *": [f"v=DKIM1; k=rsa; p={KEY}"], "TXT _dmarc.cust.example": ["v=DMARC1; p=reject"]})
    before = spent()
    found = judge(raw, ask(raw, ENVELOPE, TRUST, zone))
    assert spent() - before < CPU_SECONDS
    assert "=pass" not in found


def test_what_a_key_record_holds_makes_no_signature_hold_and_no_check_fail() -> None:
    signed = b"DKIM-Signature: v=1; a=rsa-sha256; d=cust.example; s=x; h=from; bh=AAAA; b=AAAA\r\n" + MAIL
    records = (
        "",
        "p=",
        "v=DKIM1; p=!",
        "k=ed25519; p=AAAA",
        "k=rsa; p=AAAA",
        "x" * 16_000,
        "p=" + "A" * 16_000,
        ";" * 9000,
    )
    for record in records:
        zone = Zone({"TXT x._domainkey.cust.example": [record], "TXT _dmarc.cust.example": ["v=DMARC1; p=reject"]})
        assert "dkim=pass" not in judge(signed, ask(signed, ENVELOPE, TRUST, zone)), record[:30]


def test_a_signature_that_leaves_the_end_of_the_mail_open_is_told_apart() -> None:
    assert claims(b"DKIM-Signature: d=cust.example; s=x; l=10\r\n" + MAIL).dkim[0].tags["l"] == "10"
    assert judge(MAIL, Answers("", "", "", ())) == "checked.by.deskgate; none"
