"""Conditions: what each asks, how text is compared, and what is said about a condition that cannot be used."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.message import Attachment, Envelope, Kind, Message
from routing.conditions import CONDITIONS, ConditionError, build, problems
from routing.operators import Facts
from routing.rules import blank_message
from routing.searching import LOOKED_AT, Budget, Pattern, TooSlow, as_words, checked_pattern, fold

MAIL = blank_message(
    to=("it@acme.example",),
    from_="Ann.Lee@Sub.Acme.example",
    subject="Re: My Payslip is wrong (Straße 5)",
    body="Dear IT,\n\nmy pay\nslip for March says 0.\n\n> the credit card\n> number",
    headers=(("X-Spam-Flag", "YES"), ("X-Tag", "red"), ("x-tag", "blue green")),
)


def facts(message: Message = MAIL, budget: Budget | None = None) -> Facts:
    """The mail as it reached the team it, under two addresses."""
    aliases = frozenset({"it@acme.example", "helpdesk@acme.example"})
    return Facts(message, Envelope("ann@acme.example", ()), "it", aliases, budget or Budget())


def holds(when: dict[str, object], message: Message = MAIL) -> bool:
    """Whether all conditions of a rule hold for a mail."""
    given_facts = facts(message)
    return all(condition.failure(given_facts) is None for condition in build(when))


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"team": "it"}, True),
        ({"team": "hr"}, False),
        ({"team": ["hr", "it"]}, True),
        ({"alias": "HelpDesk@ACME.example"}, True),
        ({"alias": "hr@acme.example"}, False),
        ({"from": {"address": "ann.lee@sub.acme.example"}}, True),
        ({"from": {"address": "lee@sub.acme.example"}}, False),
        ({"from": {"domain": "sub.acme.example"}}, True),
        ({"from": {"domain": "acme.example"}}, False),
        ({"from": {"domain": ".ACME.example"}}, True),
        ({"from": {"domain": ".sub.acme.example"}}, False),
        ({"from": {"domain": ".me.example"}}, False),
        ({"from": {"domain": ["other.example", "sub.acme.example"]}}, True),
        ({"subject": {"contains": "PAYSL"}}, True),
        ({"subject": {"contains": "STRASSE"}}, True),
        ({"subject": {"contains": "pay slip"}}, False),
        ({"subject": {"word": "payslip"}}, True),
        ({"subject": {"word": "pay"}}, False),
        ({"subject": {"word": ["payroll", "payslip"]}}, True),
        ({"subject": {"is": "re:  my payslip is wrong (STRASSE 5)"}}, True),
        ({"subject": {"is": "my payslip"}}, False),
        ({"subject": {"matches": r"^re: .*\bwrong\b"}}, True),
        ({"subject": {"matches": r"^payslip"}}, False),
        ({"body": {"contains": "pay slip for"}}, True),
        ({"body": {"word": "pay slip"}}, True),
        ({"body": {"word": "credit card number"}}, True),
        ({"body": {"matches": r"^slip for \w+ says \d"}}, True),
        ({"header": {"x-spam-flag": {"is": "yes"}}}, True),
        ({"header": {"X-Tag": {"is": "blue green"}}}, True),
        ({"header": {"X-Tag": {"is": "red blue green"}}}, False),
        ({"header": {"X-Tag": {"word": "green"}}}, True),
        ({"header": {"X-Other": {"contains": "red"}}}, False),
        ({"header": {"X-Other": {"present": False}}}, True),
        ({"header": {"X-Tag": {"present": True}}}, True),
        ({"header": {"X-Tag": {"present": False}}}, False),
        ({"kind": "person"}, True),
        ({"kind": ["list", "bulk"]}, False),
        ({"has_attachment": False}, True),
        ({"size": {"under": "1KB"}}, True),
        ({"size": {"over": 10, "under": "1 kb"}}, True),
        ({"size": {"over": "1MB"}}, False),
        ({"team": "it", "subject": {"word": "payslip"}}, True),
        ({"team": "it", "subject": {"word": "holiday"}}, False),
        ({"subject": {"word": "payslip", "contains": "nothing"}}, False),
        ({}, True),
    ],
)
def test_a_condition_holds_or_not(when: dict[str, object], expected: bool) -> None:
    assert holds(when) is expected


@pytest.mark.parametrize(
    ("size", "over"),
    [(5 * 1024 * 1024, False), (5 * 1024 * 1024 + 1, True)],
)
def test_a_megabyte_is_1024_kilobytes_and_over_means_over(size: int, over: bool) -> None:
    assert holds({"size": {"over": "5MB"}}, replace(MAIL, size=size)) is over


def test_a_picture_inside_the_text_is_no_attachment() -> None:
    picture = Attachment(0, "logo.png", "image/png", 100, "", inline=True)
    assert not holds({"has_attachment": True}, replace(MAIL, attachments=(picture,)))
    assert holds({"has_attachment": True}, replace(MAIL, attachments=(picture, replace(picture, inline=False))))


def test_a_mail_without_a_sender_comes_from_no_domain() -> None:
    nobody = replace(MAIL, from_=None, identity=None)
    assert not holds({"from": {"domain": "acme.example"}}, nobody)
    assert not holds({"from": {"address": "ann@acme.example"}}, nobody)


def test_international_domains_are_compared_as_they_travel() -> None:
    assert holds({"from": {"domain": "xn--bcher-kva.example"}}, blank_message(from_="a@bücher.example"))
    assert holds({"from": {"domain": ".bücher.example"}}, blank_message(from_="a@mail.xn--bcher-kva.example"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("Ångström", "A\u030angstro\u0308m"),
        ("ﬁle", "FILE"),
        ("ＦＵＬＬ", "full"),
        ("soft\u00adhyphen", "softhyphen"),
        ("zero\u200bwidth", "zerowidth"),
        ("two\u00a0\n\t words", "two words"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ﾊﾞ", "バ"),
    ],
)
def test_texts_that_look_the_same_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("pay", "pay-roll", True),
        ("pay", "payroll", False),
        ("pay roll", "pay, roll!", True),
        ("e-mail", "my e-mail", True),
        ("größe", "GRÖSSE", True),
        ("किताब", "मेरी किताब।", True),
        ("कि", "किताब", False),
        ("c++", "c", True),
        ("naïve", "NAI\u0308VE", True),
        ("данные", "Мои ДАННЫЕ.", True),
    ],
)
def test_words_are_whole_words_in_any_script(phrase: str, text: str, expected: bool) -> None:
    assert (as_words(phrase) in as_words(text)) is expected


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=60))
def test_a_part_of_a_text_is_found_in_it(before: str, part: str, after: str) -> None:
    whole = as_words(f"{before} {part} {after}")
    assert as_words(part) in whole or not as_words(part).strip()


@settings(deadline=None)
@given(st.text(max_size=80))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_marks_piled_up_on_a_letter_are_cut_off_before_they_cost_time() -> None:
    assert len(fold("a" + "\u0301\u0316" * 40_000)) <= 31


def test_only_the_beginning_of_a_very_long_text_is_looked_at() -> None:
    long = blank_message(body="x " * LOOKED_AT + "payslip")
    assert not holds({"body": {"contains": "payslip"}}, long)
    assert not holds({"body": {"matches": "payslip"}}, long)


@pytest.mark.parametrize(
    ("when", "path", "message", "suggestion"),
    [
        ({"subjct": {"word": "x"}}, ("subjct",), "no condition called 'subjct'", "subject"),
        ({"has-attachment": True}, ("has-attachment",), "no condition called", "has_attachment"),
        ({"zzz": 1}, ("zzz",), "no condition called 'zzz'", None),
        ({"subject": {"wrod": "x"}}, ("subject", "wrod"), "subject has no 'wrod'", "word"),
        ({"subject": "payslip"}, ("subject",), "write subject.contains or subject.word", None),
        ({"subject": {}}, ("subject",), "cannot stand alone", None),
        ({"subject": {"word": []}}, ("subject", "word"), "is an empty list", None),
        ({"subject": {"word": ["a", 5]}}, ("subject", "word", 1), "5 is not a text", None),
        ({"subject": {"word": "!!"}}, ("subject", "word"), 'no word in "!!"', None),
        ({"subject": {"contains": " "}}, ("subject", "contains"), "the text is empty", None),
        ({"subject": {"contains": "\u200b"}}, ("subject", "contains"), "nothing that can be seen", None),
        ({"subject": {"matches": "["}}, ("subject", "matches"), "not a regular expression", None),
        ({"subject": {"matches": "(a+)+$"}}, ("subject", "matches"), "takes too long", None),
        ({"header": {"X-A": {"matches": ["ok", "(x+)+y"]}}}, ("header", "X-A", "matches", 1), "too long", None),
        ({"header": "X-A"}, ("header",), "needs the name of a field", None),
        ({"header": {"X-A": "yes"}}, ("header", "X-A"), 'header."X-A".contains', None),
        ({"header": {"X-A": {"presnt": True}}}, ("header", "X-A", "presnt"), "has no 'presnt'", "present"),
        ({"header": {"X-A": {"present": "true"}}}, ("header", "X-A", "present"), "neither true nor false", None),
        ({"has_attachment": [True]}, ("has_attachment",), "neither true nor false; it takes true or false", None),
        ({"size": {"over": "5 apples"}}, ("size", "over"), 'it takes a size such as "5MB"', None),
        ({"size": {"over": -1}}, ("size", "over"), "is not a size", None),
        ({"size": {"over": ["1MB", "2MB"]}}, ("size", "over"), "is not a size", None),
        ({"size": "5MB"}, ("size",), "write size.over or size.under", None),
        ({"kind": "lst"}, ("kind",), "no kind of mail called 'lst'", "list"),
        ({"from": {"address": "ann"}}, ("from", "address"), "'ann' is not an address", None),
        ({"from": {"domain": "@acme.example"}}, ("from", "domain"), "is not a domain", "acme.example"),
        ({"from": {"domain": "*.acme.example"}}, ("from", "domain"), "is not a domain", ".acme.example"),
        ({"team": "itt"}, ("team",), "no team called 'itt'", "it"),
        ({"team": ["hr", "itt"]}, ("team", 1), "no team called 'itt'", "it"),
        ({"team": {"is": "it"}}, ("team",), "is not a text; it takes the key of a team", None),
        ({"alias": "itt@acme.example"}, ("alias",), "is no alias of a team", "it@acme.example"),
    ],
)
def test_a_condition_that_cannot_be_used_says_where_why_and_what_was_meant(
    when: dict[str, object], path: tuple[str | int, ...], message: str, suggestion: str | None
) -> None:
    known = {"teams": ("it", "hr"), "aliases": ("it@acme.example",)}
    (found,) = problems(when, teams=known["teams"], aliases=known["aliases"])
    assert found.path == path
    assert message in found.message
    assert found.suggestion == suggestion
    with pytest.raises(ConditionError):
        build(when, teams=known["teams"], aliases=known["aliases"])


def test_every_problem_of_a_rule_is_told_at_once() -> None:
    when = {"subjct": {}, "subject": {"wrod": 1, "word": [1, "ok", ""]}, "kind": "x", "team": "it"}
    assert [problem.path for problem in problems(when)] == [
        ("subjct",),
        ("subject", "wrod"),
        ("subject", "word", 0),
        ("subject", "word", 2),
        ("kind",),
    ]


def test_teams_are_not_checked_where_nobody_knows_them() -> None:
    assert problems({"team": "whoever", "alias": "who@ever.example"}) == ()


@pytest.mark.parametrize(
    ("when", "written"),
    [
        ({"subject": {"word": ["payroll", "holiday"]}}, 'subject.word = ["payroll", "holiday"]'),
        ({"subject": {"word": list("abcde")}}, 'subject.word = ["a", "b", "c", … 5 in all]'),
        ({"header": {"X-Spam-Flag": {"is": "no"}}}, 'header."X-Spam-Flag".is = "no"'),
        ({"has_attachment": True}, "has_attachment = true"),
        ({"team": "hr"}, 'team = "hr"'),
    ],
)
def test_a_condition_that_fails_shows_itself_as_it_was_written(when: dict[str, object], written: str) -> None:
    (condition,) = build(when)
    assert condition.failure(facts()) == written


def ticking(*readings: float) -> Callable[[], float]:
    """A clock that gives these readings one after the other."""
    remaining = iter(readings)
    return lambda: next(remaining)


def test_a_pattern_that_takes_too_long_does_not_match_and_the_trace_says_so() -> None:
    (condition,) = build({"body": {"matches": "xyz"}})
    slow = replace(condition, wanted=(Pattern(r"(a|a)+b"),))
    failure = slow.failure(facts(blank_message(body="a" * 5_000 + "! b")))
    assert failure == 'body.matches = "xyz" (took longer than 50 ms, so it does not match)'


def test_another_pattern_of_the_list_may_still_match() -> None:
    (condition,) = build({"body": {"matches": ["xyz", "end"]}})
    either = replace(condition, wanted=(Pattern(r"(a|a)+b"), Pattern("end")))
    assert either.failure(facts(blank_message(body="a" * 5_000 + "! b end"))) is None


def test_patterns_of_one_mail_share_its_time() -> None:
    budget = Budget(clock=ticking(0.0, 0.15, 0.15, 0.21))
    assert budget.search(Pattern("a"), "a")
    assert budget.search(Pattern("a"), "a")
    with pytest.raises(TooSlow, match="the 200 ms that patterns may take for one mail were used up"):
        budget.search(Pattern("a"), "a")


@pytest.mark.parametrize(
    "source",
    [
        r"(a+)+$",
        r"(a|a)+b",
        r"(\w+\s?)*$",
        r"(x+)+y",
        r"([a-z]+)*@",
        r"(?:\d+,?)+;",
        r"^(([a-z])+.)+[A-Z]([a-z])+$",
    ],
)
def test_a_pattern_that_can_run_for_ever_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="takes too long"):
        checked_pattern(source)


@pytest.mark.parametrize(
    "source",
    [
        r"(?:a{1000}){1000}",
        r"(?:a?){1000000}",
        "(?:" * 60 + "a" + ")+" * 60,
        r"(?:(?:[ab]{100}){100}){100}",
        r"a{99999999999999999999}",
    ],
)
def test_a_pattern_that_would_fill_the_memory_is_refused_before_it_is_compiled(source: str) -> None:
    with pytest.raises(ValueError, match="repeats groups inside repeated groups"):
        checked_pattern(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [("a" * 1001, "has 1001 characters; at most 1000"), ("(" * 450 + ")" * 450, "not a regular"), ("(?<x", "not a")],
)
def test_a_pattern_that_is_too_long_or_wrong_is_refused(source: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked_pattern(source)


@pytest.mark.parametrize(
    "source",
    [
        r"^(?:re|aw|fwd?):\s*",
        r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}\b",
        r"[\w.+-]+@[\w-]+\.[\w.-]+",
        r"(?:pay|salary|wage)s?\s+(?:slip|statement)",
        r"^.*invoice.*$",
        r"\$\{[^}]{1,200}\}",
        r"[]{]{2}[^]]",
        r"\p{Lu}{3,}",
    ],
)
def test_an_everyday_pattern_is_accepted(source: str) -> None:
    assert checked_pattern(source) == Pattern(source)


def test_conditions_are_equal_by_value_and_survive_pickling() -> None:
    when = {"team": "it", "subject": {"matches": r"^re: ", "word": "payslip"}, "kind": ["person", "list"]}
    conditions = build(when)
    copy = pickle.loads(pickle.dumps(conditions))
    assert copy == conditions == build(when)
    assert all(condition.failure(facts()) is None for condition in copy)


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_condition_explains_itself(name: str) -> None:
    spec = CONDITIONS[name]
    assert spec.help.endswith(".")
    assert spec.takes


def test_the_help_on_kinds_names_every_kind() -> None:
    assert all(f"`{kind}`" in CONDITIONS["kind"].help for kind in Kind)
