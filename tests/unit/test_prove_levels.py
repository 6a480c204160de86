"""Whose word proves a sender: our border's, or our own check's, and nothing that anybody else wrote into a header."""

from __future__ import annotations

from typing import Any

import pytest

from parsers.message import Envelope
from routing.identity import Proof
from routing.proving import OWN_NAME, border_speaks, prove, wants_check
from routing.teams import Trust
from tests.helpers.world import NOW, read

MAIL = "{fields}From: Sam <sam@cust.example>\nTo: it@acme.example\nSubject: Hello\n\nHello\n"
BORDER = {"authserv_id": "mx.acme.example"}


@pytest.mark.parametrize(
    ("fields", "proof"),
    [
        ("Authentication-Results: mx.acme.example; dmarc=pass header.from=cust.example\n", Proof.PROVEN),
        ("Authentication-Results: mx.acme.example; dmarc=fail header.from=cust.example\n", Proof.FALSE),
        ("Authentication-Results: mx.acme.example; dmarc=none; dkim=pass header.d=cust.example\n", Proof.PROVEN),
        ("Authentication-Results: mx.acme.example; dmarc=none; dkim=pass header.d=evil.example\n", Proof.UNPROVEN),
        ("Authentication-Results: mx.acme.example; spf=pass smtp.mailfrom=evil.example\n", Proof.UNPROVEN),
        ("Authentication-Results: mx.acme.example; dmarc=temperror header.from=cust.example\n", Proof.UNPROVEN),
        ("Authentication-Results: mx.evil.example; dmarc=pass header.from=cust.example\n", Proof.UNPROVEN),
        ("Authentication-Results: mx.acme.example.evil.example; dmarc=pass header.from=cust.example\n", Proof.UNPROVEN),
        ("Authentication-Results: mx.acme.example; spf=fail (dmarc=pass header.from=cust.example)\n", Proof.UNPROVEN),
        (
            "Received: from x by mx.acme.example; Mon, 23 Nov 2026 10:00:00 +0000\n"
            "Authentication-Results: mx.acme.example; dmarc=pass header.from=cust.example\n",
            Proof.PROVEN,
        ),
        (
            "Received: from x by mx.evil.example; Mon, 23 Nov 2026 10:00:00 +0000\n"
            "Authentication-Results: mx.acme.example; dmarc=pass header.from=cust.example\n",
            Proof.UNPROVEN,
        ),
        (
            "Received: from by.mx.acme.example (helo by mx.acme.example) by mx.evil.example; Mon, 23 Nov 2026\n"
            "Authentication-Results: mx.acme.example; dmarc=pass header.from=cust.example\n",
            Proof.UNPROVEN,
        ),
        # in other dress: a border that does not take these for its own name lets them in
        ("Authentication-Results: =?utf-8?q?mx.acme.example?=; dmarc=pass header.from=cust.example\n", Proof.UNPROVEN),
        (
            "Authentication-Results: =?us-ascii?b?bXguYWNtZS5leGFtcGxl?=; dmarc=pass header.from=cust.example\n",
            Proof.UNPROVEN,
        ),
        ("Authentication-Results: mx.acme.example.; dmarc=pass header.from=cust.example\n", Proof.UNPROVEN),
        ("Authentication-Results: ｍx.acme.example; dmarc=pass header.from=cust.example\n", Proof.UNPROVEN),
        ("Authentication-Results: m\u00adx.acme.example; dmarc=pass header.from=cust.example\n", Proof.UNPROVEN),
        (f"Authentication-Results: {OWN_NAME}; dmarc=pass header.from=cust.example\n", Proof.UNPROVEN),
        ("X-Authentication-Results: mx.acme.example; dmarc=pass header.from=cust.example\n", Proof.UNPROVEN),
        ("Authentication-Results: mx.acme.example; dmarc=pass\n", Proof.UNPROVEN),
        ("Authentication-Results: mx.acme.example; dmarc=fail\n", Proof.FALSE),
        ("", Proof.UNPROVEN),
    ],
)
def test_only_what_our_own_border_wrote_above_everybody_else_proves_a_sender(fields: str, proof: Proof) -> None:
    reading = read(MAIL.format(fields=fields), "sam@cust.example", **BORDER)
    assert reading.proof is proof


def test_without_a_border_nobody_is_proven_and_nobody_is_false() -> None:
    fields = "Authentication-Results: mx.acme.example; dmarc=fail header.from=cust.example\n"
    reading = read(MAIL.format(fields=fields), "sam@cust.example")
    assert prove(reading.message, Trust()).proof is Proof.UNPROVEN


ALIGNED = """
sam@cust.example          cust.example             proven
sam@cust.example          mail.cust.example        proven
sam@news.cust.example     cust.example             proven
sam@news.cust.example     mail.cust.example        proven
sam@shop.co.uk            co.uk                    unproven
sam@shop.co.uk            other.co.uk              unproven
sam@shop.co.uk            mail.shop.co.uk          proven
sam@ann.github.io         bob.github.io            unproven
sam@ann.github.io         github.io                unproven
sam@ann.github.io         www.ann.github.io        proven
sam@cust.example          cust.example.evil.test   unproven
sam@cust.example          evilcust.example         unproven
sam@cust.example          example                  unproven
sam@co.uk                 shop.co.uk               unproven
sam@xn--bcher-kva.example mail.xn--bcher-kva.example proven
sam@cust.example          .                        unproven
sam@city.kawasaki.jp      other.kawasaki.jp        unproven
"""
"""From, the domain that signed or sent, and the level (RFC 7489 3.2; the public suffix list's exceptions and its private
part included)."""


@pytest.mark.parametrize("line", ALIGNED.strip().splitlines(), ids=lambda line: "-".join(line.split()))
@pytest.mark.parametrize(
    "result",
    [
        "dkim=pass header.d={}",
        "dkim=pass header.i=@{}",
        "spf=pass smtp.mailfrom=bounce@{}",
        "spf=pass smtp.mailfrom={}",
    ],
)
def test_a_check_speaks_for_a_sender_of_the_same_organisation(line: str, result: str) -> None:
    sender, signer, level = line.split()
    fields = f"Authentication-Results: mx.acme.example; {result.format(signer)}\n"
    assert read(fields + f"From: {sender}\nTo: it@acme.example\n\nHello\n", sender, **BORDER).proof == level
    own = f"{OWN_NAME}; {result.format(signer)}"
    message = read(f"From: {sender}\nTo: it@acme.example\n\nHello\n", sender).message
    assert prove(message, CHECKED, STRANGER, own).proof == level


@pytest.mark.parametrize("line", ALIGNED.strip().splitlines(), ids=lambda line: "-".join(line.split()))
@pytest.mark.parametrize(("result", "levels"), [("pass", ("proven", "unproven")), ("fail", ("false", "unproven"))])
def test_a_dmarc_result_counts_for_the_organisation_it_is_about(
    line: str, result: str, levels: tuple[str, str]
) -> None:
    sender, named, aligned = line.split()
    fields = f"Authentication-Results: mx.acme.example; dmarc={result} header.from={named}\n"
    reading = read(fields + f"From: {sender}\nTo: it@acme.example\n\nHello\n", sender, **BORDER)
    assert reading.proof == levels[aligned == "unproven"]


CHECKED = Trust(check_senders=True)
BOTH = Trust(authserv_id="mx.acme.example", relays=("192.0.2.0/28",), check_senders=True)
BORDERED = Trust(authserv_id="mx.acme.example", relays=("192.0.2.0/28", "2001:db8::1"))
STRANGER = Envelope("sam@cust.example", ("it@acme.example",), "203.0.113.9", "smtp", NOW)


def by(peer: str, source: str = "smtp") -> Envelope:
    """A mail's way to us."""
    return Envelope("sam@cust.example", ("it@acme.example",), peer, source, NOW)


@pytest.mark.parametrize(
    ("trust", "envelope", "border", "own"),
    [
        (Trust(), by("203.0.113.9"), False, False),
        (Trust(authserv_id="mx.acme.example"), by("203.0.113.9"), True, False),
        (BORDERED, by("192.0.2.10"), True, False),
        (BORDERED, by("203.0.113.9"), False, False),
        (BORDERED, by("203.0.113.9", "lmtp"), False, False),
        (BORDERED, by("127.0.0.1"), True, False),
        (BORDERED, by("::1"), True, False),
        (BORDERED, by("2001:db8::1"), True, False),
        (BORDERED, by("2001:db8::2"), False, False),
        (BORDERED, by("::ffff:192.0.2.10"), True, False),
        (BORDERED, by("::ffff:203.0.113.9"), False, False),
        (BORDERED, by("", "lmtp"), True, False),
        (BORDERED, by("", "pipe"), True, False),
        (BORDERED, by("imap.acme.example", "imap:helpdesk"), True, False),
        (BORDERED, by("203.0.113.9", "import"), True, False),
        (BOTH, by("203.0.113.9"), False, True),
        (BOTH, by("192.0.2.10"), True, False),
        (BOTH, by("imap.acme.example", "imap:helpdesk"), True, False),
        (Trust(authserv_id="mx.acme.example", check_senders=True), by("203.0.113.9"), False, True),
        (CHECKED, by("203.0.113.9"), False, True),
        (CHECKED, by("127.0.0.1"), False, True),
        (CHECKED, by("", "pipe"), False, True),
        (CHECKED, by("imap.acme.example", "imap:helpdesk"), False, True),
        (CHECKED, by("", "import"), False, False),
        (CHECKED, by("", "import:quiet"), False, False),
    ],
)
def test_our_border_is_believed_where_it_handed_over_and_our_own_check_is_made_elsewhere(
    trust: Trust, envelope: Envelope, border: bool, own: bool
) -> None:
    assert (border_speaks(trust, envelope), wants_check(trust, envelope)) == (border, own)


FORGED = "Authentication-Results: mx.acme.example; dmarc=pass header.from=cust.example\n"


@pytest.mark.parametrize(
    ("trust", "envelope", "checked", "proof", "reason"),
    [
        (BORDERED, STRANGER, "", Proof.UNPROVEN, "it did not come through our border mx.acme.example"),
        (BORDERED, by("192.0.2.10"), "", Proof.PROVEN, "dmarc=pass by mx.acme.example"),
        (CHECKED, STRANGER, "", Proof.UNPROVEN, "not checked"),
        (Trust(), STRANGER, "", Proof.UNPROVEN, "nobody checks senders here"),
        (BOTH, STRANGER, f"{OWN_NAME}; dmarc=fail header.from=cust.example", Proof.FALSE, "dmarc=fail by our own check"),
        (
            CHECKED, STRANGER, f'{OWN_NAME}; dmarc=temperror reason="the DNS did not answer" header.from=cust.example',
            Proof.UNPROVEN, "dmarc=temperror (the DNS did not answer) by our own check",
        ),
        (
            CHECKED, STRANGER, f"{OWN_NAME}; dkim=pass header.d=mail.cust.example; dmarc=none header.from=cust.example",
            Proof.PROVEN, "dkim=pass for mail.cust.example by our own check; cust.example has no DMARC policy",
        ),
        (
            CHECKED, STRANGER, f"{OWN_NAME}; dkim=pass header.d=cust.example; dmarc=permerror header.from=cust.example",
            Proof.UNPROVEN, "dmarc=permerror by our own check",
        ),
        (
            CHECKED, STRANGER, f"{OWN_NAME}; none",
            Proof.UNPROVEN, "nothing that our own check found speaks for cust.example",
        ),
    ],
)  # fmt: skip
def test_a_header_that_came_past_the_border_counts_for_nothing_and_the_reason_is_told(
    trust: Trust, envelope: Envelope, checked: str, proof: Proof, reason: str
) -> None:
    message = read(MAIL.format(fields=FORGED), "sam@cust.example").message
    found = prove(message, trust, envelope, checked)
    assert (found.proof, found.reason) == (proof, reason)


def test_a_border_that_said_nothing_about_a_mail_is_told_from_one_that_found_nothing() -> None:
    silent = prove(read(MAIL.format(fields=""), "sam@cust.example").message, BORDERED)
    assert silent.reason == "no verdict of our border mx.acme.example"
    found = read(MAIL.format(fields="Authentication-Results: mx.acme.example; spf=none\n"), "sam@cust.example").message
    assert prove(found, BORDERED).reason == "nothing that mx.acme.example found speaks for cust.example"


# ------------------------------------------------------------------------------------------------ ARC

SET = (
    "ARC-Seal: i={i}; a=rsa-sha256; cv={cv}; d={d}; s=s; b=abc=\n"
    "ARC-Message-Signature: i={i}; a=rsa-sha256; c=relaxed/relaxed; d={d}; s=s; h=from:to; bh=abc=; b=abc=\n"
    "ARC-Authentication-Results: i={i}; mx.{d}; {found}\n"
)
PASSED = "dmarc=pass header.from=cust.example"


def sealed(i: int = 1, d: str = "lists.example", found: str = PASSED) -> str:
    """One ARC set."""
    return SET.format(i=i, d=d, found=found, cv="none" if i == 1 else "pass")


def judged(arc: str = "arc=pass", dmarc: str = "dmarc=fail header.from=cust.example") -> str:
    """What the border wrote."""
    return f"Authentication-Results: mx.acme.example; {dmarc}; {arc}\n"


TRUSTED: dict[str, Any] = {"authserv_id": "mx.acme.example", "arc_sealers": frozenset({"lists.example"})}


@pytest.mark.parametrize(
    ("fields", "level"),
    [
        (judged() + sealed(), "proven"),
        (judged("arc=pass header.d=lists.example") + sealed(), "proven"),
        (
            judged("arc=pass (i=2)") + sealed(2) + sealed(1, "other.example", "dmarc=fail header.from=cust.example"),
            "proven",
        ),
        (
            judged()
            + sealed(found="spf=pass smtp.mailfrom=cust.example; dmarc=pass (p=REJECT) header.from=cust.example"),
            "proven",
        ),
        (judged(dmarc="dmarc=temperror header.from=cust.example") + sealed(), "proven"),
        # the chain does not hold, or nobody says that it does
        (judged("arc=fail") + sealed(), "false"),
        (judged("arc=none") + sealed(), "false"),
        (judged("arc=pass; arc=fail") + sealed(), "false"),
        ("Authentication-Results: mx.acme.example; dmarc=fail header.from=cust.example\n" + sealed(), "false"),
        ("Authentication-Results: mx.evil.example; arc=pass\n" + sealed(), "unproven"),
        (judged("arc=pass header.d=evil.example") + sealed(), "false"),
        # somebody else sealed last
        (judged() + sealed(d="evil.example"), "false"),
        (judged() + sealed(2, "evil.example") + sealed(1), "false"),
        (judged() + sealed(d="x.lists.example"), "false"),
        # the sealer did not find a pass for this author
        (judged() + sealed(found="dmarc=fail header.from=cust.example"), "false"),
        (judged() + sealed(found="dmarc=none header.from=cust.example"), "false"),
        (judged() + sealed(found="dmarc=pass header.from=evil.example"), "false"),
        (judged() + sealed(found="dmarc=pass"), "false"),
        (judged() + sealed(found="spf=pass smtp.mailfrom=cust.example"), "false"),
        (judged() + sealed(found="spf=fail (dmarc=pass header.from=cust.example)"), "false"),
        (judged() + sealed(found=f"{PASSED}; dmarc=fail header.from=cust.example"), "false"),
        # sets that programs could read differently
        (judged() + sealed() + sealed(), "false"),
        (judged() + sealed(2), "false"),
        (judged() + sealed(3) + sealed(1), "false"),
        (judged() + sealed(d="evil.example") + sealed().replace("i=1", "i=01"), "false"),
        (judged() + sealed(d="evil.example") + sealed().replace("i=1", "i=\u0662"), "false"),
        (judged() + sealed(d="evil.example") + sealed().replace("i=1", "=?utf-8?q?i=3D2?="), "false"),
        (
            judged()
            + sealed(d="evil.example")
            + sealed().replace("Seal: i=1", "Seal: xi=0; i=2").replace("i=1", "i=2"),
            "false",
        ),
        (judged() + sealed(d="evil.example") + sealed().replace("i=1", "I=2"), "false"),
        (judged() + sealed().replace("ARC-Message-Signature", "X-Gone"), "false"),
        (judged() + sealed().replace("d=lists.example", "d=evil.example; d=lists.example"), "false"),
        (judged() + "".join(sealed(i) for i in range(1, 60)), "false"),
    ],
)
def test_a_seal_lifts_a_failure_only_if_a_sealer_we_believe_sealed_last_and_found_a_pass(
    fields: str, level: str
) -> None:
    assert read(MAIL.format(fields=fields), "sam@cust.example", **TRUSTED).proof == level
    unknown = read(MAIL.format(fields=fields), "sam@cust.example", **BORDER).proof
    assert unknown is not Proof.PROVEN, "without a configured sealer nothing is lifted"


def test_a_seal_is_judged_the_same_way_by_our_own_check() -> None:
    trust = Trust(check_senders=True, arc_sealers=frozenset({"lists.example"}))
    message = read(MAIL.format(fields=sealed()), "sam@cust.example").message
    broken = f"{OWN_NAME}; dmarc=fail header.from=cust.example"
    assert prove(message, trust, STRANGER, f"{broken}; arc=pass header.d=lists.example").proof is Proof.PROVEN
    assert prove(message, trust, STRANGER, f"{broken}; arc=fail header.d=lists.example").proof is Proof.FALSE
    assert prove(message, trust, STRANGER, broken).proof is Proof.FALSE
    reason = prove(message, trust, STRANGER, f"{broken}; arc=pass header.d=lists.example").reason
    assert reason == "dmarc=pass by lists.example, whose ARC seal holds for our own check"
