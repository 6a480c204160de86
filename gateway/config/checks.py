"""What has to fit together across the configuration: names that must exist, addresses that must have one owner.

The checks read the tables as they stand in the files, not the validated models, and step over whatever is not what they
expect: so one wrong value never hides the others, and all problems are told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches

from gateway.config import values
from gateway.config.files import Document, Table
from gateway.config.locate import Path
from gateway.config.problems import Problem, dotted, listed, nearest, quoted
from parsers.message import comparable
from routing import conditions
from routing.blocking import Block
from routing.rules import NORMAL_PRIORITY

LONGEST_TAGGED_LOCAL_PART = 25
"""Characters before the @ of an alias, so that alias, + and reply token stay within 64 (RFC 5321 4.5.3.1.1)."""

USUAL_PRIORITIES = ("low", NORMAL_PRIORITY, "high", "urgent")

Check = Callable[[Document], Iterator[Problem]]


def cross_problems(document: Document) -> list[Problem]:
    """Everything that does not fit together."""
    return [problem for check in CHECKS for problem in check(document)]


def hours_exist(document: Document) -> Iterator[Problem]:
    """Every team's hours are defined."""
    known = document.data.get("hours")
    for key, team in _teams(document).items():
        name = team.get("hours")
        if isinstance(name, str) and isinstance(known, dict) and name not in known:
            hint = nearest(name, known)
            some = f"; there are {listed(known)}" if known and not hint else ""
            yield document.problem(("teams", key, "hours"), f"no hours called {quoted(name)}{some}", hint)


def weekdays_stand_once(document: Document) -> Iterator[Problem]:
    """No weekday gets its hours twice."""
    for name, hours in table_in(document.data, "hours").items():
        seen: dict[int, str] = {}
        for written in table_in(hours, "week"):
            for day in _days(written):
                if day in seen:
                    words = f"{values.DAYS[day]} has its hours already by {quoted(seen[day])}"
                    yield document.problem(("hours", name, "week", written), words, at_name=True)
                    break
                seen[day] = written


def _days(written: str) -> tuple[int, ...]:
    try:
        return values.days(written)
    except values.Wrong:
        return ()  # the check of the name itself says so


def aliases_have_one_owner(document: Document) -> Iterator[Problem]:
    """No address belongs to two teams, or twice to one."""
    owners: dict[str, Path] = {}
    for path, alias in _aliases(document):
        first = owners.setdefault(comparable(alias), path)
        if first != path:
            source, _, position = document.place(first)
            owner = "this team" if first[1] == path[1] else f"team {quoted(str(first[1]))}"
            words = f"{quoted(alias)} belongs already to {owner} ({source.shown}, line {position.line})"
            yield document.problem(path, words)


def aliases_leave_room_for_tokens(document: Document) -> Iterator[Problem]:
    """With subaddressing, alias and token fit together into a local part."""
    if table_in(document.data, "site").get("reply_addresses", "subaddress") != "subaddress":
        return
    for path, alias in _aliases(document):
        local = alias.rpartition("@")[0]
        if len(local) > LONGEST_TAGGED_LOCAL_PART:
            words = (
                f'{quoted(local)} has {len(local)} characters; with reply_addresses = "subaddress" at most '
                f"{LONGEST_TAGGED_LOCAL_PART} may stand before the @, because reply addresses add 39; "
                "take a shorter alias, or a domain of its own for reply addresses"
            )
            yield document.problem(path, words)
        if "+" in local:
            words = (
                'an alias cannot have a + in it while reply_addresses = "subaddress": what follows the + is Deskgate\'s'
            )
            yield document.problem(path, words, alias.replace(alias[alias.index("+") : alias.rindex("@")], ""))


def people_are_not_aliases(document: Document) -> Iterator[Problem]:
    """Nobody who gets mail from Deskgate is an address that brings the mail back in."""
    owners = {comparable(alias): str(path[1]) for path, alias in _aliases(document)}
    for path, person in _people(document):
        if owner := owners.get(comparable(person)):
            words = f"{quoted(person)} is an alias of team {quoted(owner)}: mail to it would come back as a new request"
            yield document.problem(path, f"{words}; name the person's own address")


def teams_exist(document: Document) -> Iterator[Problem]:
    """Every team that is named is there."""
    known = _teams(document)
    for path, key in _team_names(document) if known else ():
        if key not in known:
            yield document.problem(path, f"no team called {quoted(key)}", nearest(key, known))
        elif path[:3] == ("teams", key, "not_here"):
            yield document.problem(path, "this is the team itself; name the team that does handle it")


def normal_is_promised(document: Document) -> Iterator[Problem]:
    """Every team says how soon it answers an ordinary request, and priorities are spelt as elsewhere."""
    for key, team in _teams(document).items():
        turnaround = table_in(team, "turnaround")
        for name in ("first_reply", "resolve"):
            path: Path = ("teams", key, "turnaround", name)
            declared = table_in(turnaround, name)
            for priority in declared:
                near = get_close_matches(priority, USUAL_PRIORITIES, n=1, cutoff=0.75)
                if near and near[0] != priority:
                    yield document.problem((*path, priority), f"no priority {quoted(priority)}", near[0], at_name=True)
            if name == "first_reply" and isinstance(turnaround.get(name), dict) and NORMAL_PRIORITY not in declared:
                words = f'ordinary requests need a turnaround; for example first_reply = {{ {NORMAL_PRIORITY} = "8h" }}'
                yield document.problem(path, words)


def rules_have_names_of_their_own(document: Document) -> Iterator[Problem]:
    """No two rules are called the same: explanations name them."""
    seen: dict[str, int] = {}
    for number, rule in _rules(document):
        name = rule.get("name")
        if isinstance(name, str) and seen.setdefault(name, number) != number:
            source, _, position = document.place(("rules", seen[name], "name"))
            words = f"there is a rule called {quoted(name)} already ({source.shown}, line {position.line})"
            yield document.problem(("rules", number, "name"), words)


def rules_do_something(document: Document) -> Iterator[Problem]:
    """Every rule has an effect, with a priority that somebody has promised something for."""
    known = _priorities(document)
    for number, rule in _rules(document):
        then = table_in(rule, "then")
        if isinstance(rule.get("then"), dict) and not any(
            then.get(name) for name in ("team", "tags", "priority", "helpers", "stop", "quarantine")
        ):
            yield document.problem(
                ("rules", number, "then"),
                "this rule does nothing; give it a team, tags, a priority or helpers, or quarantine = true",
            )
        priority = then.get("priority")
        if isinstance(priority, str) and priority not in known:
            words = f"no team has a turnaround for the priority {quoted(priority)}"
            yield document.problem(("rules", number, "then", "priority"), words, nearest(priority, known))


def conditions_are_right(document: Document) -> Iterator[Problem]:
    """Every condition of every rule can be used."""
    teams, aliases = _teams(document), all_aliases(document)
    for number, rule in _rules(document):
        for wrong in conditions.problems(table_in(rule, "when"), teams, aliases):
            path = ("rules", number, "when", *wrong.path)
            named = dotted(tuple(part for part in wrong.path if isinstance(part, str)))
            words = wrong.message.removeprefix(f"{named}: ")
            yield document.problem(path, words, wrong.suggestion, at_name=_is_unknown(wrong.path))


def _is_unknown(path: Path) -> bool:
    """Whether a path within ``when`` ends in a name that no condition or operator has."""
    spec = conditions.CONDITIONS.get(str(path[0]))
    if spec is None:
        return True
    asked = path[2 if spec.named else 1 :]
    return bool(spec.operators) and bool(asked) and asked[0] not in spec.operators


def examples_can_be_tried(document: Document) -> Iterator[Problem]:
    """Every example is written to an alias, and expects something."""
    aliases = all_aliases(document)
    known = None if aliases is None else {comparable(alias) for alias in aliases}
    for path, example in _examples(document):
        written = example.get("to")
        for number, address in enumerate(written if isinstance(written, list) else [written]):
            plain = _without_subaddress(address) if isinstance(address, str) and "@" in address else None
            if plain and known is not None and plain not in known:
                hint = nearest(plain, aliases or ())
                yield document.problem((*path, "to", number), f"{quoted(plain)} is no alias of a team", hint)
        expect = example.get("expect")
        if isinstance(expect, dict) and not _expects(expect):
            yield document.problem(
                (*path, "expect"), "the example expects nothing; give it a team, tags, a priority or quarantine"
            )


def _expects(expect: Table) -> bool:
    return any(expect.get(name) for name in ("team", "tags", "priority")) or "quarantine" in expect


def nobody_of_ours_is_blocked(document: Document) -> Iterator[Problem]:
    """The block list names neither ourselves nor those who answer: their mail would be held without a word."""
    block = table_in(document.data, "block")
    people = {comparable(one) for _, one in (*_people(document), *_aliases(document))}
    for number, sender in enumerate(list_in(block, "senders")):
        if isinstance(sender, str) and comparable(sender) in people:
            words = f"{quoted(sender)} is a member of staff, an admin or an alias of a team: its mail must come in"
            yield document.problem(("block", "senders", number), words)
    for number, domain in enumerate(list_in(block, "domains")):
        covered = (one for one in sorted(people) if isinstance(domain, str) and _covers(domain, one))
        if (one := next(covered, None)) is not None:
            words = f"{quoted(one)} writes from there: the mail of staff, admins and teams must come in"
            yield document.problem(("block", "domains", number), words)


def _covers(domain: str, address: str) -> bool:
    return Block(domains=frozenset({domain.lower()})).named(address) is not None


CHECKS: tuple[Check, ...] = (
    hours_exist,
    weekdays_stand_once,
    aliases_have_one_owner,
    aliases_leave_room_for_tokens,
    people_are_not_aliases,
    teams_exist,
    normal_is_promised,
    rules_have_names_of_their_own,
    rules_do_something,
    conditions_are_right,
    examples_can_be_tried,
    nobody_of_ours_is_blocked,
)


def table_in(holder: object, name: str) -> Table:
    """A table within a table; an empty one if it is not there or something else."""
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, dict) else {}


def list_in(holder: object, name: str) -> list[object]:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, list) else []


def _teams(document: Document) -> Mapping[str, Table]:
    return {key: team for key, team in table_in(document.data, "teams").items() if isinstance(team, dict)}


def _rules(document: Document) -> Iterator[tuple[int, Table]]:
    for number, rule in enumerate(list_in(document.data, "rules")):
        if isinstance(rule, dict):
            yield number, rule


def _examples(document: Document) -> Iterator[tuple[Path, Table]]:
    for number, rule in _rules(document):
        for index, example in enumerate(list_in(rule, "examples")):
            if isinstance(example, dict):
                yield ("rules", number, "examples", index), example


def _aliases(document: Document) -> Iterator[tuple[Path, str]]:
    """Every alias that looks like an address."""
    for key, team in _teams(document).items():
        for number, alias in enumerate(list_in(team, "aliases")):
            if isinstance(alias, str) and "@" in alias:
                yield ("teams", key, "aliases", number), alias


def all_aliases(document: Document) -> tuple[str, ...] | None:
    """Every alias, or None while some team's are not known: then nobody can say that an address is not one."""
    if not all(isinstance(team.get("aliases"), list) for team in _teams(document).values()):
        return None
    return tuple(alias for _, alias in _aliases(document))


def _without_subaddress(address: str) -> str:
    local, _, domain = comparable(address).rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _people(document: Document) -> Iterator[tuple[Path, str]]:
    for number, admin in enumerate(list_in(table_in(document.data, "site"), "admins")):
        if isinstance(admin, str):
            yield ("site", "admins", number), admin
    for key, team in _teams(document).items():
        for number, member in enumerate(list_in(team, "members")):
            if isinstance(member, str):
                yield ("teams", key, "members", number), member
        if isinstance(lead := team.get("lead"), str):
            yield ("teams", key, "lead"), lead


def _team_names(document: Document) -> Iterator[tuple[Path, str]]:
    """Every place that names a team."""
    for key, team in _teams(document).items():
        for number, topic in enumerate(list_in(team, "not_here")):
            yield from _name(topic, ("teams", key, "not_here", number), "team")
    for number, rule in _rules(document):
        then = table_in(rule, "then")
        yield from _name(then, ("rules", number, "then"), "team")
        for index, helper in enumerate(list_in(then, "helpers")):
            if isinstance(helper, str):
                yield ("rules", number, "then", "helpers", index), helper
    for path, example in _examples(document):
        yield from _name(table_in(example, "expect"), (*path, "expect"), "team")


def _name(holder: object, path: Path, name: str) -> Iterator[tuple[Path, str]]:
    value = holder.get(name) if isinstance(holder, dict) else None
    if isinstance(value, str):
        yield (*path, name), value


def _priorities(document: Document) -> set[str]:
    """Priorities that are usual, or that some team declares."""
    found = set(USUAL_PRIORITIES)
    for team in _teams(document).values():
        turnaround = table_in(team, "turnaround")
        found.update(table_in(turnaround, "first_reply"), table_in(turnaround, "resolve"))
    return found
