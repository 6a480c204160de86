"""What counts as spam by the border's word, who stands on the block list, who may see and watch what."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from gateway.slowrules import SlowRules
from parsers.message import Envelope, Party
from routing.blocking import Block
from routing.conditions import build
from routing.identity import Proof
from routing.participants import may_see, may_watch
from routing.reading import Reader
from routing.router import Decision, Tried, route
from routing.rules import Rule, blank_message
from routing.spam import VERDICTS, verdict
from routing.teams import Desk
from tests.helpers.world import RING, TicketOf, desk, read

SPAM = {
    "X-Spam-Flag": "YES",
    "X-Spam-Status": "Yes, score=9.3 required=5.0",
    "X-Spam": "yes",
    "X-Spam-Verdict": "SPAM",
    "X-Spam-Action": "add header",
    "X-Rspamd-Action": "rewrite subject",
    "X-Spamd-Result": "default: True [18.40 / 15.00]",
    "X-Spamd-Bar": "+++++++++",
    "X-Ovh-Spam-Status": "SPAM",
    "X-VR-SpamState": "SPAM",
    "X-MS-Exchange-Organization-SCL": "5",
    "X-Microsoft-Antispam": "BCL:0;SCL:9;",
    "X-Forefront-Antispam-Report": "CIP:192.0.2.1;CTRY:;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;",
    "X-Barracuda-Spam-Flag": "YES",
    "X-Barracuda-Spam-Status": "Yes, SCORE=6.00",
    "X-Bogosity": "Spam, tests=bogofilter, spamicity=0.99",
    "X-DSPAM-Result": "Spam",
    "X-CRM114-Status": "SPAM  ( pR: -12.3 )",
    "X-SpamProbe": "SPAM 0.99",
    "X-Proofpoint-Spam-Details": "rule=inbound_spam policy=inbound score=99",
    "X-CMAE-Verdict": "spam",
    "X-Yandex-Spam": "4",
    "X-UI-Filterresults": "junk:10;V03:K0:abc",
}
HAM = (
    ("X-Spam-Flag", "NO"),
    ("X-Spam-Status", "No, score=-2.1 required=5.0 tests=YES_NO"),
    ("X-Spam", "no"),
    ("X-Rspamd-Action", "no action"),
    ("X-Rspamd-Action", "greylist"),
    ("X-Spamd-Result", "default: False [1.20 / 15.00]"),
    ("X-Spamd-Bar", "+++"),
    ("X-Spamd-Bar", "----"),
    ("X-Ovh-Spam-Status", "OK"),
    ("X-MS-Exchange-Organization-SCL", "-1"),
    ("X-MS-Exchange-Organization-SCL", "4"),
    ("X-Microsoft-Antispam", "BCL:7;"),
    ("X-Forefront-Antispam-Report", "CIP:192.0.2.1;SCL:1;SFV:NSPM;CAT:NONE"),
    ("X-Proofpoint-Spam-Details", "rule=notspam_policy score=0"),
    ("X-Yandex-Spam", "1"),
    ("X-Spam-Level", "*********"),
    ("Subject", "X-Spam-Flag: YES"),
)


def test_every_field_of_the_table_has_its_case() -> None:
    assert set(SPAM) == {name for name, _ in VERDICTS}


@pytest.mark.parametrize("name", SPAM)
def test_a_filters_word_for_spam_is_understood_in_any_case_and_whatever_others_say(name: str) -> None:
    others = tuple((other, value) for other, value in HAM if other != name)
    for written in (name, name.upper(), name.lower()):
        message = blank_message(headers=(*others, (written, f" {SPAM[name]}")))
        assert (verdict(message) or "").lower().startswith(name.lower())


@pytest.mark.parametrize(("name", "value"), HAM)
def test_a_filters_word_for_anything_else_is_not_spam(name: str, value: str) -> None:
    assert verdict(blank_message(headers=((name, value),))) is None


def _decided(
    when: dict[str, object], proof: Proof = Proof.UNPROVEN, header: tuple[tuple[str, str], ...] = ()
) -> Decision:
    rule = Rule("Look first", build(when), quarantine=True)
    message = blank_message(to=("it@acme.example",), from_="a@b.example", headers=header)
    return route(message, Envelope("a@b.example", ("it@acme.example",)), replace(desk(), rules=(rule,)), proof=proof)


@pytest.mark.parametrize("wanted", [True, False])
def test_spam_is_a_condition_of_rules(wanted: bool) -> None:
    marked = _decided({"spam": wanted}, header=(("X-Spam-Flag", "YES"),))
    assert marked.held_by == ("Look first" if wanted else None)
    assert _decided({"spam": wanted}).held_by == (None if wanted else "Look first")


@pytest.mark.parametrize("proof", list(Proof))
def test_proof_is_a_condition_of_rules(proof: Proof) -> None:
    assert _decided({"proof": str(proof)}, proof).held_by == "Look first"
    others = [str(other) for other in Proof if other is not proof]
    assert _decided({"proof": others}, proof).held_by is None


BLOCK = Block(
    frozenset({"win@prizes.example"}), frozenset({"bulk.example", ".below.example", "xn--mnchen-3ya.example"})
)


@pytest.mark.parametrize(
    ("address", "entry"),
    [
        ("win@prizes.example", "win@prizes.example"),
        ("WIN@Prizes.Example", "win@prizes.example"),
        ("lose@prizes.example", None),
        ("a@bulk.example", "bulk.example"),
        ("a@x.y.bulk.example", "bulk.example"),
        ("a@notbulk.example", None),
        ("a@bulk.example.org", None),
        ("a@below.example", None),
        ("a@x.below.example", ".below.example"),
        ("a@m\u00fcnchen.example", "xn--mnchen-3ya.example"),
        ("", None),
        ("not an address", None),
        ("a@" + "x." * 5000 + "bulk.example", None),
    ],
)
def test_the_block_list_knows_an_address_and_a_domain_with_all_below(address: str, entry: str | None) -> None:
    assert BLOCK.named(address) == entry


def test_only_an_envelope_sender_is_refused_and_only_if_the_list_says_so() -> None:
    assert not BLOCK.refuses("win@prizes.example")
    refusing = replace(BLOCK, refuse=True)
    assert refusing.refuses("win@prizes.example")
    assert not refusing.refuses("")
    message = blank_message(from_="win@prizes.example")
    assert BLOCK.reason(message, "") == "blocked: win@prizes.example stands on the block list"
    unclear = replace(message, identity=None, from_=Party("", "win@prizes.example"))
    assert BLOCK.reason(unclear, "x@y.example") is not None


@pytest.mark.parametrize(
    ("identity", "team", "may"),
    [
        ("maria@acme.example", "it", True),
        ("petra@acme.example", "it", True),
        (None, "it", True),
        ("petra@acme.example", "hr", True),
        ("maria@acme.example", "hr", False),
        ("root@acme.example", "hr", True),
        (None, "hr", False),
        ("root@acme.example", "gone", True),
        ("maria@acme.example", "gone", False),
    ],
)
def test_a_confidential_team_is_seen_by_its_members_and_admins(identity: str | None, team: str, may: bool) -> None:
    assert may_see(identity, (team,), _with_secrets()) is may


def _with_secrets() -> Desk:
    found = desk(domains=frozenset({"acme.example"}))
    return replace(found, teams={**found.teams, "hr": replace(found.teams["hr"], confidential=True)})


@pytest.mark.parametrize(
    ("identity", "team", "proven", "may"),
    [
        ("maria@acme.example", "it", False, True),
        ("new@acme.example", "it", True, True),
        ("new@acme.example", "it", False, False),
        ("new@other.example", "it", True, False),
        ("new@acme.example", "hr", True, False),
        ("maria@acme.example", "hr", True, False),
        ("petra@acme.example", "hr", False, True),
        ("root@acme.example", "hr", False, True),
        (None, "it", True, False),
    ],
)
def test_a_colleague_may_watch_what_is_not_confidential(
    identity: str | None, team: str, proven: bool, may: bool
) -> None:
    assert may_watch(identity, TicketOf(team=team), _with_secrets(), proven=proven) is may


def test_a_rule_that_is_slow_twenty_times_is_switched_off() -> None:
    rules = (Rule("slow"), Rule("quick"))
    reader = Reader(replace(desk(), rules=rules), RING, "instance-1")
    reading = read("From: a@b.example\nTo: it@acme.example\n\nx\n", "a@b.example")
    assert reading.decision is not None
    trace = (Tried("slow", "f", 1, False, "", slow=True), Tried("quick", "f", 9, True))
    slow = replace(reading, decision=replace(reading.decision, trace=trace))
    counts = SlowRules()
    assert [counts.note([slow, reading]) for _ in range(21)] == [False] * 19 + [True, False]
    assert counts.disabled == ("slow",)
    assert [rule.name for rule in counts.without(reader).desk.rules] == ["quick"]


class _Ticking:
    """A clock on which every look costs a second: each search is over its time."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        self.at += 1.0
        return self.at


def test_only_the_rule_whose_own_pattern_was_given_up_counts_as_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    def times_out(*_arguments: object, **_more: object) -> bool:
        raise TimeoutError

    pattern = build({"subject": {"matches": "x"}})
    monkeypatch.setitem(vars(pattern[0].wanted[0]), "compiled", SimpleNamespace(search=times_out))
    rules = (
        Rule("slow", pattern),
        Rule("behind it", pattern),
        Rule("without pattern", build({"subject": {"is": "y"}})),
    )
    message = blank_message(to=("it@acme.example",), subject="y")
    found = route(message, Envelope("a@b.example", ("it@acme.example",)), replace(desk(), rules=rules), _Ticking())
    assert [(tried.name, tried.slow) for tried in found.trace] == [
        ("slow", True), ("behind it", False), ("without pattern", False),
    ]  # fmt: skip
