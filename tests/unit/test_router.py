"""Which team gets a mail: by address, by rules, with the whole way there told; and the examples of rules."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import replace

import pytest

from parsers.message import Envelope, Message, Party
from routing.conditions import build
from routing.hours import Hours
from routing.promise import Duration
from routing.router import Decision, Tried, route, run_examples
from routing.rules import Example, Rule, blank_message
from routing.teams import Desk, Site, Team, Turnaround

OFFICE = Hours("Europe/London", dict.fromkeys(range(5), ((540, 1020),)))


def team(key: str, *aliases: str) -> Team:
    """A team with these addresses."""
    return Team(
        key=key,
        name=key.upper(),
        aliases=aliases,
        hours=OFFICE,
        helps_with="things",
        meet="Reply with two times.",
        turnaround=Turnaround({"normal": Duration.parse("8h")}),
        members=(f"member@{key}.acme.example",),
    )


TEAMS = (
    team("it", "it@acme.example", "HelpDesk@acme.example"),
    team("hr", "hr@acme.example", "payroll@acme.example"),
    team("rooms", "rooms+booking@acme.example"),
)


def desk(*rules: Rule) -> Desk:
    """The organisation with these rules."""
    site = Site("Acme", "Europe/London", "ACME", "desk.acme.example", ("root@acme.example",))
    return Desk(site, {one.key: one for one in TEAMS}, rules)


def rule(
    name: str,
    when: Mapping[str, object] | None = None,
    *,
    team: str | None = None,
    tags: tuple[str, ...] = (),
    priority: str | None = None,
    helpers: tuple[str, ...] = (),
    stop: bool = False,
    examples: tuple[Example, ...] = (),
) -> Rule:
    """A rule that stands in line 7 of rules.toml."""
    return Rule(name, build(when or {}), team, tags, priority, helpers, stop, "rules.toml", 7, examples)


def mail(
    to: str = "", cc: str = "", recipients: str = "it@acme.example", subject: str = "Hello"
) -> tuple[Message, Envelope]:
    """A mail with these addresses, each list between blanks."""
    message = blank_message(to=tuple(to.split()), from_="ann@acme.example", subject=subject)
    message = replace(message, cc=tuple(Party("", address) for address in cc.split()))
    return message, Envelope("ann@acme.example", tuple(recipients.split()))


def routed(at: Desk, **addresses: str) -> Decision:
    """The decision on such a mail."""
    return route(*mail(**addresses), at)


@pytest.mark.parametrize(
    ("to", "cc", "recipients", "lead", "alias", "helpers"),
    [
        ("it@acme.example", "", "it@acme.example", "it", "it@acme.example", ()),
        ("IT@Acme.Example", "", "it@acme.example", "it", "it@acme.example", ()),
        ("helpdesk@acme.example", "", "helpdesk@acme.example", "it", "HelpDesk@acme.example", ()),
        ("hr@acme.example it@acme.example", "", "it@acme.example hr@acme.example", "hr", "hr@acme.example", ("it",)),
        ("x@y.example", "hr@acme.example", "it@acme.example hr@acme.example", "hr", "hr@acme.example", ("it",)),
        ("x@y.example", "x@z.example", "hr@acme.example", "hr", "hr@acme.example", ()),
        ("it@acme.example", "hr@acme.example", "it@acme.example", "it", "it@acme.example", ("hr",)),
        ("it@acme.example helpdesk@acme.example", "", "it@acme.example", "it", "it@acme.example", ()),
        ("", "", "it+t4711@acme.example", "it", "it@acme.example", ()),
        ("rooms+booking@acme.example", "", "it@acme.example", "rooms", "rooms+booking@acme.example", ("it",)),
        ("", "", "rooms+else@acme.example hr@acme.example", "hr", "hr@acme.example", ()),
        ("", "", "nobody@elsewhere.example", "it", "it@acme.example", ()),
    ],
)
def test_the_lead_is_the_first_team_written_to_and_the_others_help(
    to: str, cc: str, recipients: str, lead: str, alias: str, helpers: tuple[str, ...]
) -> None:
    decision = routed(desk(), to=to, cc=cc, recipients=recipients)
    assert (decision.team, decision.alias, decision.helpers) == (lead, alias, helpers)
    assert decision.winner is None
    assert decision.priority == "normal"


def test_the_first_rule_that_names_a_team_decides_and_the_next_is_the_runner_up() -> None:
    decision = routed(
        desk(
            rule("no match", {"subject": {"word": "goodbye"}}, team="rooms"),
            rule("only a tag", tags=("greeting",)),
            rule("first", {"subject": {"word": "hello"}}, team="hr"),
            rule("second", {"team": "it"}, team="rooms"),
            rule("third", team="it"),
        )
    )
    assert (decision.team, decision.winner, decision.runner_up) == ("hr", "first", "second")
    assert [(tried.name, tried.matched) for tried in decision.trace] == [
        ("no match", False),
        ("only a tag", True),
        ("first", True),
        ("second", True),
        ("third", True),
    ]


def test_every_rule_tried_is_told_with_its_place_and_what_failed() -> None:
    decision = routed(desk(rule("a", {"team": "it", "subject": {"word": "bye"}}), rule("b")))
    assert decision.trace == (
        Tried("a", "rules.toml", 7, False, 'subject.word = "bye"'),
        Tried("b", "rules.toml", 7, True, None),
    )


def test_a_rule_that_moves_a_mail_lets_the_new_team_answer_from_its_own_first_address() -> None:
    decision = routed(desk(rule("move", team="hr")), to="it@acme.example payroll@acme.example")
    assert (decision.team, decision.alias) == ("hr", "hr@acme.example")
    assert decision.helpers == ()


def test_a_rule_that_names_the_team_that_has_the_mail_keeps_the_address_written_to() -> None:
    decision = routed(desk(rule("stay", team="it")), to="helpdesk@acme.example")
    assert (decision.team, decision.alias, decision.winner) == ("it", "HelpDesk@acme.example", "stay")


def test_tags_and_helpers_add_up_and_the_first_priority_counts() -> None:
    decision = routed(
        desk(
            rule("a", tags=("x", "y"), helpers=("hr",)),
            rule("b", priority="urgent", tags=("y", "z")),
            rule("c", priority="low", helpers=("rooms", "it", "hr")),
        )
    )
    assert decision.tags == ("x", "y", "z")
    assert decision.helpers == ("hr", "rooms")
    assert decision.priority == "urgent"


def test_a_team_that_lost_a_mail_helps_only_if_a_rule_says_so() -> None:
    moved = rule("move", team="hr")
    assert routed(desk(moved)).helpers == ()
    assert routed(desk(moved, rule("tell it", helpers=("it",)))).helpers == ("it",)


def test_nothing_behind_a_stop_is_tried_yet_the_runner_up_is_known() -> None:
    decision = routed(
        desk(
            rule("not this", {"subject": {"word": "bye"}}, stop=True),
            rule("last", team="hr", stop=True),
            rule("no match", {"team": "hr"}, team="it"),
            rule("too late", team="rooms", tags=("late",), priority="urgent"),
        )
    )
    assert [tried.name for tried in decision.trace] == ["not this", "last"]
    assert (decision.team, decision.tags, decision.priority) == ("hr", (), "normal")
    assert decision.runner_up == "too late"


def test_without_a_winner_there_is_no_runner_up() -> None:
    decision = routed(desk(rule("stop", stop=True), rule("behind", team="hr")))
    assert (decision.winner, decision.runner_up) == (None, None)


def test_conditions_see_the_team_by_address_however_rules_decide() -> None:
    decision = routed(desk(rule("move", team="hr"), rule("tag", {"team": "it"}, tags=("from it",))))
    assert decision.tags == ("from it",)


def test_conditions_see_every_alias_that_was_written_to() -> None:
    tagging = rule("tag", {"alias": "helpdesk@acme.example"}, tags=("desk",))
    decision = routed(desk(tagging), to="it@acme.example helpdesk@acme.example")
    assert decision.tags == ("desk",)


def test_a_slow_pattern_does_not_match_and_the_trace_says_why() -> None:
    readings = iter([0.0, 1.0])
    rules = (rule("slow", {"subject": {"matches": "goodbye"}}), rule("next", {"subject": {"matches": "Hello"}}))
    decision = route(*mail(), desk(*rules), clock=lambda: next(readings))
    assert [tried.failed_condition for tried in decision.trace] == [
        'subject.matches = "goodbye"',
        'subject.matches = "Hello" (the 200 ms that patterns may take for one mail were used up, so it does not match)',
    ]


def test_a_desk_and_its_decisions_survive_pickling() -> None:
    original = desk(rule("move", {"subject": {"matches": "hel+o"}}, team="hr"))
    before = routed(original)
    copy = pickle.loads(pickle.dumps(original))
    assert copy == original
    assert pickle.loads(pickle.dumps(routed(copy))) == before


PAYROLL = {"team": "it", "subject": {"word": ["payroll", "payslip"]}}


@pytest.mark.parametrize(
    ("example", "message"),
    [
        (Example(("it@acme.example",), subject="My payslip", expect_team="hr", expect_tags=("pay",)), None),
        (Example(("it@acme.example",), subject="My laptop", expect_team="it", expect_priority="normal"), None),
        (Example(("hr@acme.example",), subject="My payslip", expect_team="hr"), None),
        (
            Example(("it@acme.example",), subject="My pay slip", expect_team="hr"),
            'the example expects team "hr", but the mail would go to "it": this does not hold: '
            'subject.word = ["payroll", "payslip"]',
        ),
        (
            Example(("it@acme.example",), subject="My payslip", expect_team="it"),
            'the example expects team "it", but the mail would go to "hr": this rule matches',
        ),
        (
            Example(("it@acme.example",), subject="My payslip", expect_tags=("pay", "money")),
            'the example expects tags "money", but the mail would have tags "pay": this rule matches',
        ),
        (
            Example(("it@acme.example",), subject="Hi", expect_tags=("pay",)),
            'the example expects tags "pay", but the mail would have no tags: this does not hold: '
            'subject.word = ["payroll", "payslip"]',
        ),
        (
            Example(("it@acme.example",), subject="My payslip", expect_priority="urgent"),
            'the example expects priority "urgent", but the mail would have "normal": this rule matches',
        ),
        (
            Example(("it@acme.exmaple",), subject="My payslip", expect_team="hr"),
            "the example is written to it@acme.exmaple, which is no alias of a team",
        ),
        (Example((), expect_team="hr"), "the example is written to nobody, which is no alias of a team"),
    ],
)
def test_an_example_is_routed_and_a_difference_explained(example: Example, message: str | None) -> None:
    tried = rule("Payroll", PAYROLL, team="hr", tags=("pay",), examples=(replace(example, line=12),))
    failures = run_examples((tried,), desk())
    assert [(failure.rule.name, failure.line, failure.message) for failure in failures] == (
        [("Payroll", 12, message)] if message else []
    )


def test_an_example_goes_through_all_rules_and_says_which_came_first() -> None:
    example = Example(("it@acme.example",), "ann@acme.example", "My payslip", expect_team="hr")
    payroll = rule("Payroll", PAYROLL, team="hr", examples=(example,))
    rooms = replace(rule("Everything to rooms", team="rooms"), line=3)
    (failure,) = run_examples((rooms, payroll), desk())
    assert failure.message.endswith('this rule matches, but "Everything to rooms" comes first')
    (failure,) = run_examples((replace(rooms, stop=True), payroll), desk())
    assert failure.message.endswith('an earlier rule says stop ("Everything to rooms")')


def test_an_example_may_give_sender_body_and_headers() -> None:
    when = {
        "from": {"domain": "acme.example"},
        "body": {"contains": "line two"},
        "header": {"X-Spam-Flag": {"is": "yes"}},
    }
    example = Example(
        ("it@acme.example",),
        from_="ann@acme.example",
        body="line one\nline two",
        headers=(("X-Spam-Flag", "YES"),),
        expect_tags=("seen",),
    )
    assert run_examples((rule("all", when, tags=("seen",), examples=(example,)),), desk()) == ()
