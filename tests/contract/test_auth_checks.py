"""Who is believed when Deskgate checks senders itself: mail signed by OpenDKIM behind a real Postfix, and a real DNS."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from routing.identity import Proof
from tests.helpers.desk import mail, wait_for
from tests.helpers.servers import Server, server
from tests.helpers.signing import STRANGER, TRUST, Dns, Signer, verdict_on

PLAIN = (
    b"From: Ann Field <ann@cust.example>\r\nTo: it@acme.example\r\nSubject: The lift\r\n"
    b"Date: Mon, 23 Nov 2026 09:30:00 +0000\r\nMessage-ID: <lift@cust.example>\r\n\r\nIt stops between floors.\r\n"
)
POLICY = "v=DMARC1; p=reject"


@dataclass(frozen=True)
class Signing:
    """Postfix with OpenDKIM for cust.example, and the names of several sites."""

    dns: Dns
    postfix: Server

    def sent(self, number: int, **options: str) -> bytes:
        """A mail as Postfix hands it over, signed."""
        to = f"sink{number}@out.example"
        letter = mail(sender="Ann Field <ann@cust.example>", to="it@acme.example", **options)
        with smtplib.SMTP("127.0.0.1", self.postfix.number("smtp"), timeout=20) as client:
            client.send_message(letter, "ann@cust.example", [to])
        (path,) = wait_for(lambda: self.postfix.tell("sunk", to).split(), 20, "the mail behind Postfix")
        return b"\r\n".join(Path(path).read_bytes().splitlines()) + b"\r\n"


@pytest.fixture(scope="module")
def dns() -> Iterator[Dns]:
    with server("dnsd") as found:
        names = Dns(found)
        for domain in ("cust.example", "lists.example", "other.example", "bank.co.uk"):
            names.say(f"_dmarc.{domain}", "TXT", POLICY)
        names.say("cust.example", "TXT", "v=spf1 ip4:198.51.100.7 -all")
        names.say("free.example", "TXT", "v=spf1 ip4:198.51.100.7 -all")
        yield names


@pytest.fixture(scope="module")
def signing(dns: Dns) -> Iterator[Signing]:
    with (
        server("opendkim", "domain=cust.example", f"dns={dns.server.folder}") as milter,
        server("postfix", f"milter={milter.text('milter')}") as postfix,
    ):
        yield Signing(dns, postfix)


@pytest.fixture(scope="module")
def cust(dns: Dns, tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer("cust.example", dns, Path(tmp_path_factory.mktemp("cust")))


@pytest.fixture(scope="module")
def lists(dns: Dns, tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer("lists.example", dns, Path(tmp_path_factory.mktemp("lists")))


@pytest.fixture(scope="module")
def evil(dns: Dns, tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer("evil.example", dns, Path(tmp_path_factory.mktemp("evil")))


def with_footer(raw: bytes) -> bytes:
    """As a mailing list hands it on."""
    return raw.replace(b"Subject: ", b"Subject: [lift] ") + b"\r\n-- \r\nYou are on the list lift@lists.example\r\n"


def test_mail_that_opendkim_signed_proves_its_author_also_when_it_was_forwarded(signing: Signing) -> None:
    raw = signing.sent(1)
    assert b"\nDKIM-Signature:" in raw
    direct = verdict_on(raw, signing.dns, "198.51.100.7")
    assert (direct.proof, direct.reason) == (Proof.PROVEN, "dmarc=pass by our own check")
    forwarded = b"Received: from x by mx.other.example; Mon, 23 Nov 2026 10:00:00 +0000\r\n" + raw
    assert verdict_on(forwarded, signing.dns, STRANGER, "owner-all@other.example").proof is Proof.PROVEN
    assert verdict_on(raw, signing.dns, "127.0.0.1").proof is Proof.PROVEN
    assert verdict_on(raw, signing.dns, "", "").proof is Proof.PROVEN


def test_mail_that_was_changed_on_its_way_is_false(signing: Signing) -> None:
    raw = signing.sent(2)
    changes = (
        with_footer(raw),
        raw.replace(b"zebras", b"horses"),
        raw.replace(b"Subject: The printer", b"Subject: Your printer"),
        raw.replace(b"Ann Field", b"Otto Boss"),
    )
    for changed in changes:
        assert changed != raw
        assert verdict_on(changed, signing.dns).proof is Proof.FALSE


def test_words_put_over_a_genuine_signature_prove_nobody(signing: Signing) -> None:
    raw = signing.sent(3)
    for field in (b"Subject: Pay at once\r\n", b"To: boss@acme.example\r\n", b"Content-Type: text/html\r\n"):
        assert verdict_on(field + raw, signing.dns).proof is not Proof.PROVEN, field
    assert verdict_on(b"From: Ann <ann@cust.example>\r\n" + raw, signing.dns).proof is not Proof.PROVEN


def test_a_forged_author_whose_domain_asks_for_rejection_is_false(dns: Dns, evil: Signer) -> None:
    found = verdict_on(PLAIN, dns, STRANGER, "ann@cust.example")
    assert (found.proof, found.reason) == (Proof.FALSE, "dmarc=fail by our own check")
    assert verdict_on(evil.sign(PLAIN), dns, STRANGER, "x@evil.example").proof is Proof.FALSE
    claimed = b"Authentication-Results: checked.by.deskgate; dmarc=pass header.from=cust.example\r\n"
    assert verdict_on(claimed + PLAIN, dns).proof is Proof.FALSE


def test_the_address_of_the_sending_server_proves_until_the_mail_is_forwarded(dns: Dns) -> None:
    assert verdict_on(PLAIN, dns, "198.51.100.7").proof is Proof.PROVEN
    assert verdict_on(PLAIN, dns, "::ffff:198.51.100.7").proof is Proof.PROVEN
    assert verdict_on(PLAIN, dns, STRANGER).proof is Proof.FALSE
    assert verdict_on(PLAIN, dns, STRANGER, "owner-all@other.example").proof is Proof.FALSE


def test_where_the_sending_server_is_not_known_nobody_is_called_false(dns: Dns) -> None:
    relay = verdict_on(PLAIN, dns, "127.0.0.1")
    assert relay.proof is Proof.UNPROVEN
    assert "where the mail came from is not known" in relay.reason
    assert verdict_on(PLAIN, dns, "", "ann@cust.example").proof is Proof.UNPROVEN
    assert verdict_on(PLAIN, dns, STRANGER, "").proof is Proof.UNPROVEN, "a report without an envelope sender"


def test_without_a_policy_an_aligned_check_proves_and_a_failure_says_nothing(dns: Dns, cust: Signer) -> None:
    free = PLAIN.replace(b"cust.example", b"free.example")
    assert verdict_on(free, dns, "198.51.100.7", "ann@free.example").proof is Proof.PROVEN
    assert verdict_on(free, dns, STRANGER, "ann@free.example").proof is Proof.UNPROVEN
    assert verdict_on(cust.sign(free), dns, STRANGER, "ann@free.example").proof is Proof.UNPROVEN


def test_subdomains_speak_for_their_organisation_unless_its_policy_is_strict(dns: Dns, cust: Signer) -> None:
    below = PLAIN.replace(b"ann@cust.example", b"ann@shop.cust.example")
    assert verdict_on(cust.sign(below), dns, STRANGER, "x@evil.example").proof is Proof.PROVEN
    dns.say("_dmarc.shop.cust.example", "TXT", "v=DMARC1; p=reject; adkim=s; aspf=s")
    try:
        assert verdict_on(cust.sign(below), dns, STRANGER, "x@evil.example").proof is Proof.FALSE
    finally:
        dns.say("_dmarc.shop.cust.example", "TXT")


def test_a_neighbour_under_a_public_suffix_proves_nothing(dns: Dns, tmp_path: Path) -> None:
    neighbour = Signer("thief.co.uk", dns, tmp_path)
    forged = PLAIN.replace(b"ann@cust.example", b"ann@bank.co.uk")
    assert verdict_on(neighbour.sign(forged), dns, STRANGER, "x@thief.co.uk").proof is Proof.FALSE
    suffix = Signer("co.uk", dns, tmp_path)
    assert verdict_on(suffix.sign(forged), dns, STRANGER, "x@co.uk").proof is Proof.FALSE


def test_a_list_that_we_know_vouches_for_what_it_changed_and_a_stranger_does_not(
    dns: Dns, cust: Signer, lists: Signer, evil: Signer
) -> None:
    passed = "dmarc=pass header.from=cust.example"
    changed = with_footer(cust.sign(PLAIN))
    assert verdict_on(changed, dns, STRANGER, "lift@lists.example").proof is Proof.FALSE
    vouched = verdict_on(lists.seal(changed, passed), dns, STRANGER, "lift@lists.example")
    assert vouched.proof is Proof.PROVEN
    assert "ARC seal" in vouched.reason
    assert verdict_on(evil.seal(changed, passed), dns).proof is Proof.FALSE
    assert verdict_on(evil.seal(lists.seal(changed, passed), passed), dns).proof is Proof.FALSE
    assert verdict_on(lists.seal(evil.seal(changed, passed), passed), dns).proof is Proof.PROVEN
    assert verdict_on(lists.seal(changed, "dmarc=fail header.from=cust.example"), dns).proof is Proof.FALSE
    assert verdict_on(lists.seal(changed, "dmarc=pass header.from=evil.example"), dns).proof is Proof.FALSE
    assert verdict_on(lists.seal(changed, passed) + b"More.\r\n", dns).proof is Proof.FALSE
    forged_seal = lists.seal(changed, passed).replace(
        b"mx.lists.example; dmarc=pass", b"mx.lists.example; dmarc=pasS", 1
    )
    assert verdict_on(forged_seal.replace(b"s2", b"s9", 1), dns).proof is Proof.FALSE
    nobody = verdict_on(lists.seal(changed, passed), dns, trust=type(TRUST)(check_senders=True))
    assert nobody.proof is Proof.FALSE


@pytest.mark.parametrize("trouble", ["servfail", "refused", "timeout"])
@pytest.mark.parametrize("name", ["_dmarc.lame.example", "s2._domainkey.lame.example", "lame.example"])
def test_a_dns_that_does_not_answer_makes_nobody_false(dns: Dns, tmp_path: Path, name: str, trouble: str) -> None:
    signer = Signer("lame.example", dns, tmp_path)
    dns.say("_dmarc.lame.example", "TXT", POLICY)
    dns.say("lame.example", "TXT", "v=spf1 ip4:198.51.100.7 -all")
    raw = PLAIN.replace(b"cust.example", b"lame.example")
    signed = signer.sign(raw) if name.startswith("s2") else raw
    dns.say(name, "FAIL", trouble)
    try:
        found = verdict_on(signed, dns, STRANGER, "ann@lame.example")
        assert found.proof is Proof.UNPROVEN
        assert "temperror" in found.reason
    finally:
        dns.say(name, "FAIL")


def test_a_stranger_cannot_bring_doubt_on_a_failure_with_names_of_his_own(dns: Dns, evil: Signer) -> None:
    dns.say("s9._domainkey.evil.example", "FAIL", "servfail")
    dns.say("evil.example", "FAIL", "servfail")
    try:
        signed = evil.sign(PLAIN).replace(b"s=s2", b"s=s9", 1)
        assert verdict_on(signed, dns, STRANGER, "x@evil.example").proof is Proof.FALSE
    finally:
        dns.say("evil.example", "FAIL")
