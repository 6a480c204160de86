"""Which team gets a mail, and why: first by the address it was written to, then by the administrator's rules.

Rules are tried in order.  Every rule that matches adds its tags and helpers; the first that names a team decides the
team, the first that names a priority decides the priority; ``stop = true`` ends the trying.  A Decision says everything
that happened, so that `deskgate explain` only has to print it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from parsers.message import Envelope, Message, comparable
from routing.operators import Facts
from routing.proof import Proof
from routing.rules import NORMAL_PRIORITY, Example, Rule, mail_of
from routing.searching import Budget
from routing.teams import Desk


@dataclass(frozen=True)
class Tried:
    """One rule that was tried; `failed_condition` is the first that did not hold, as written, None if all did."""

    name: str
    file: str
    line: int
    matched: bool
    failed_condition: str | None = None
    slow: bool = False
    """A pattern of it was given up because it took too long."""


@dataclass(frozen=True)
class Decision:
    """Who gets a mail.  `alias` is the address to answer from; `helpers` are keys of other teams that see it."""

    team: str
    helpers: tuple[str, ...]
    alias: str
    tags: tuple[str, ...]
    priority: str
    trace: tuple[Tried, ...]
    winner: str | None
    """The rule that decided the team; None: the address did."""
    runner_up: str | None
    """The next rule that would have decided it, also behind a `stop`."""
    held_by: str | None = None
    """The first rule that wants a new request held."""


@dataclass(frozen=True)
class ExampleFailure:
    """An example of a rule that comes out differently; `line` is the example's, `message` one sentence."""

    rule: Rule
    line: int
    message: str


@dataclass(frozen=True)
class _Address:
    """An alias that the mail was written to, as the desk writes it, and the key of its team."""

    alias: str
    team: str


def route(
    message: Message,
    envelope: Envelope,
    desk: Desk,
    clock: Callable[[], float] = time.thread_time,
    proof: Proof = Proof.UNPROVEN,
) -> Decision:
    """Decide.  Never raises for what stands in the mail; `clock` measures the work of patterns, in seconds; `proof` is
    that of the sender.

    A mail that was written to none of our aliases goes to the first team of the desk.
    """
    addressed = _addressed(message, envelope, desk)
    lead = addressed[0]
    facts = Facts(
        message=message,
        envelope=envelope,
        team=lead.team,
        aliases=frozenset(comparable(one.alias) for one in addressed),
        proof=proof,
        budget=Budget(clock),
    )
    trace, matched = _try(desk.rules, facts)
    deciding = [rule for rule in matched if rule.team]
    winner = deciding[0] if deciding else None
    team = winner.team if winner and winner.team else lead.team
    helpers = [one.team for one in addressed if one.team != lead.team]
    helpers += [key for rule in matched for key in rule.helpers]
    return Decision(
        team=team,
        helpers=tuple(key for key in dict.fromkeys(helpers) if key != team),
        alias=lead.alias if team == lead.team else desk.teams[team].address,
        tags=tuple(dict.fromkeys(tag for rule in matched for tag in rule.tags)),
        priority=next((rule.priority for rule in matched if rule.priority), NORMAL_PRIORITY),
        trace=trace,
        winner=winner.name if winner else None,
        runner_up=_runner_up(deciding, desk.rules[len(trace) :], facts) if winner else None,
        held_by=next((rule.name for rule in matched if rule.quarantine), None),
    )


def _addressed(message: Message, envelope: Envelope, desk: Desk) -> tuple[_Address, ...]:
    """The aliases a mail was written to: in To, then in Cc, then among the recipients of the envelope."""
    written = (*(party.address for party in (*message.to, *message.cc)), *envelope.recipients)
    found = tuple(dict.fromkeys(one for address in written if (one := _alias(address, desk))))
    if found:
        return found
    first = next(iter(desk.teams.values()))
    return (_Address(first.address, first.key),)


def _alias(address: str, desk: Desk) -> _Address | None:
    """The alias behind an address, whether it stands there plainly or as ``alias+anything@domain`` (RFC 5233)."""
    local, _, domain = comparable(address).rpartition("@")
    for candidate in (f"{local}@{domain}", f"{local.partition('+')[0]}@{domain}"):
        key = desk.alias_index.get(candidate)
        if key:
            return next(_Address(a, key) for a in desk.teams[key].aliases if comparable(a) == candidate)
    return None


def _try(rules: Iterable[Rule], facts: Facts) -> tuple[tuple[Tried, ...], list[Rule]]:
    """Try rules in order, up to one that matches and says stop: the trace, and those that matched."""
    trace, matched = [], []
    for rule in rules:
        before = facts.budget.given_up
        failed = _failed_condition(rule, facts)
        slow = facts.budget.given_up > before
        trace.append(Tried(rule.name, rule.file, rule.line, failed is None, failed, slow))
        if failed is None:
            matched.append(rule)
            if rule.stop:
                break
    return tuple(trace), matched


def _failed_condition(rule: Rule, facts: Facts) -> str | None:
    return next((failed for condition in rule.conditions if (failed := condition.failure(facts))), None)


def _runner_up(deciding: Sequence[Rule], behind_stop: Iterable[Rule], facts: Facts) -> str | None:
    if len(deciding) > 1:
        return deciding[1].name
    return next((rule.name for rule in behind_stop if rule.team and not _failed_condition(rule, facts)), None)


def run_examples(rules: Sequence[Rule], desk: Desk) -> tuple[ExampleFailure, ...]:
    """Route every example of these rules through all of them; what came out other than expected, in order."""
    trying = replace(desk, rules=tuple(rules))
    return tuple(
        ExampleFailure(rule, example.line, message)
        for rule in rules
        for example in rule.examples
        for message in _differences(rule, example, trying)
    )


def _differences(rule: Rule, example: Example, desk: Desk) -> Iterator[str]:
    message, envelope = mail_of(example)
    strange = [address for address in example.to if not _alias(address, desk)]
    if strange or not example.to:
        yield f"the example is written to {' and '.join(strange) or 'nobody'}, which is no alias of a team"
        return
    decision = route(message, envelope, desk)
    why = _why(rule, decision)
    if example.expect_team not in (None, decision.team):
        yield f'the example expects team "{example.expect_team}", but the mail would go to "{decision.team}": {why}'
    missing = [tag for tag in example.expect_tags if tag not in decision.tags]
    if missing:
        yield f"the example expects {_tags(missing)}, but the mail would have {_tags(decision.tags)}: {why}"
    if example.expect_priority not in (None, decision.priority):
        yield (
            f'the example expects priority "{example.expect_priority}", but the mail would have '
            f'"{decision.priority}": {why}'
        )
    if example.expect_quarantine not in (None, decision.held_by is not None):
        held = f'would be held by "{decision.held_by}"' if decision.held_by else "would not be held"
        yield f"the example expects quarantine = {str(example.expect_quarantine).lower()}, but the mail {held}: {why}"


def _tags(tags: Sequence[str]) -> str:
    return "tags " + ", ".join(f'"{tag}"' for tag in tags) if tags else "no tags"


def _why(rule: Rule, decision: Decision) -> str:
    """What this rule had to do with it."""
    mine = next((tried for tried in decision.trace if (tried.name, tried.line) == (rule.name, rule.line)), None)
    if mine is None:
        return f'an earlier rule says stop ("{decision.trace[-1].name}")'
    if mine.failed_condition:
        return f"this does not hold: {mine.failed_condition}"
    if decision.winner and decision.winner != rule.name:
        return f'this rule matches, but "{decision.winner}" comes first'
    return "this rule matches"
