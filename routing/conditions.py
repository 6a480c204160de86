"""What a rule may ask about a mail: one table, name to test.

A condition stands in the configuration as ``subject.word = ["payroll", "payslip"]``: a name, for most an operator, and
what to look for; a list means any of it.  `build` turns a rule's ``when`` into values that can be pickled and compared;
`problems` finds everything that is wrong with it, each with its path and the nearest name that would be right.  To add
a condition is to add a line to CONDITIONS and a paragraph to ``docs/rules.md``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from parsers.message import Kind
from routing import operators as ask
from routing.operators import Facts, Known, Operator, Wrong, WrongType, nearest, shown
from routing.searching import TooSlow

Path = tuple[str | int, ...]


class ConditionError(ValueError):
    """A condition that cannot be used: where (`path`, from ``when`` on), why, and the nearest name that could."""

    def __init__(self, path: Path, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.suggestion = suggestion


@dataclass(frozen=True)
class Spec:
    """A line of the table.  `asks` has the operators; a condition without any has one under the empty name."""

    asks: Mapping[str, Operator[Any]]
    help: str
    named: bool = False
    """Whether a header field's name comes between: ``header."X-Name".is``."""

    @property
    def operators(self) -> tuple[str, ...]:
        """The names of the operators; none if the condition takes its value directly."""
        return tuple(name for name in self.asks if name)

    @property
    def takes(self) -> str:
        """What may be written behind the equals sign, in words."""
        return "; ".join(dict.fromkeys(operator.takes for operator in self.asks.values()))


_TEXT = (
    "`contains` finds a piece of text, `word` whole words or phrases, `is` compares all of it, `matches` searches a "
    "regular expression (`^` and `$` are line ends; 50 ms each and 200 ms a mail: what takes longer does not match). "
    "Case never counts."
)
_YES_OR_NO = "true or false"
_SIZE = 'a size such as "5MB"'

CONDITIONS: Mapping[str, Spec] = {
    "team": Spec(
        {"": Operator("the key of a team or a list of them", ask.team, lambda facts, _, key: facts.team == key)},
        "The team that the mail was written to: the first team address in To, then Cc, then among the recipients. "
        "Rules do not change it.",
    ),
    "alias": Spec(
        {"": Operator("an alias of a team or a list of them", ask.alias, lambda facts, _, one: one in facts.aliases)},
        "An address that the mail was written to, whichever of several it was.",
    ),
    "from": Spec(
        {
            "address": Operator("an address or a list of them", ask.address, lambda facts, _, one: facts.sender == one),
            "domain": Operator("a domain or a list of them", ask.domain, ask.has_domain),
        },
        "Who wrote, as the From field says; it may be forged. `acme.example` means just that domain, "
        "`.acme.example` every domain below it.",
    ),
    "subject": Spec(ask.text_operators(lambda facts, _: (facts.subject,)), "The subject. " + _TEXT),
    "body": Spec(
        ask.text_operators(lambda facts, _: (facts.body,)),
        "The text of the mail, quoted parts included, up to 100,000 characters. " + _TEXT,
    ),
    "header": Spec(
        {
            **ask.text_operators(lambda facts, name: facts.header(name)),
            "present": Operator(
                _YES_OR_NO, ask.yes_or_no, lambda facts, name, wanted: bool(facts.header(name)) is wanted, listed=False
            ),
        },
        'A header field by name, as in `header."X-Spam-Flag".is = "YES"`; if it occurs several times, any of them. '
        "`present` asks whether it is there. " + _TEXT,
        named=True,
    ),
    "size": Spec(
        {
            "over": Operator(_SIZE, ask.size, lambda facts, _, limit: facts.message.size > limit, listed=False),
            "under": Operator(_SIZE, ask.size, lambda facts, _, limit: facts.message.size < limit, listed=False),
        },
        "The size of the whole mail as it came (attachments are a third larger in it). 1 MB is 1,024 KB; "
        "a bare number is bytes.",
    ),
    "has_attachment": Spec(
        {"": Operator(_YES_OR_NO, ask.yes_or_no, ask.has_attachment, listed=False)},
        "Whether a file is attached. Pictures inside the text do not count.",
    ),
    "kind": Spec(
        {"": Operator("a kind of mail or a list of them", ask.kind, lambda facts, _, kind: facts.message.kind is kind)},
        "What sort of mail it is: " + ", ".join(f"`{kind.value}`" for kind in Kind) + ".",
    ),
    "proof": Spec(
        {"": Operator("a level of proof or a list of them", ask.proof, lambda facts, _, proof: facts.proof is proof)},
        "How well the sender is proven: `proven`, `unproven` or `false`. Without `trust.authserv_id` everybody is "
        "`unproven`.",
    ),
    "spam": Spec(
        {"": Operator(_YES_OR_NO, ask.yes_or_no, lambda facts, _, wanted: facts.spam is wanted, listed=False)},
        "Whether a spam filter in front of Deskgate wrote into the header that the mail is spam.",
    ),
}


@dataclass(frozen=True)
class Condition:
    """One condition of a rule.  `written` is how it stands in the configuration; `wanted` its values, ready to test."""

    name: str
    operator: str
    field_name: str
    wanted: tuple[object, ...]
    written: str

    def failure(self, facts: Facts) -> str | None:
        """None if it holds; else the condition as written, with the reason if a pattern was given up."""
        holds = CONDITIONS[self.name].asks[self.operator].holds
        given_up = ""
        for value in self.wanted:
            try:
                if holds(facts, self.field_name, value):
                    return None
            except TooSlow as reason:
                given_up = f" ({reason}, so it does not match)"
        return self.written + given_up


def build(
    when: Mapping[str, object], teams: Collection[str] | None = None, aliases: Collection[str] | None = None
) -> tuple[Condition, ...]:
    """The conditions of a rule's ``when``.  Raises ConditionError for the first that cannot be used.

    `teams` and `aliases`, if given, are the keys and addresses that exist.
    """
    found = []
    for item in _read(when, Known(teams, aliases)):
        if isinstance(item, ConditionError):
            raise item
        found.append(item)
    return tuple(found)


def problems(
    when: Mapping[str, object], teams: Collection[str] | None = None, aliases: Collection[str] | None = None
) -> tuple[ConditionError, ...]:
    """Everything that is wrong with a rule's ``when``, in its order."""
    return tuple(item for item in _read(when, Known(teams, aliases)) if isinstance(item, ConditionError))


_Read = Iterator[Condition | ConditionError]


def _read(when: Mapping[str, object], known: Known) -> _Read:
    for name, value in when.items():
        spec = CONDITIONS.get(name)
        if spec is None:
            yield ConditionError((name,), f"no condition called {name!r}", nearest(name, CONDITIONS))
        elif not spec.named:
            yield from _read_spec((name,), spec, value, known)
        elif isinstance(value, Mapping) and value:
            for field_name, asked in value.items():
                yield from _read_spec((name, str(field_name)), spec, asked, known)
        else:
            yield ConditionError((name,), f'{name} needs the name of a field, as in {name}."X-Name".contains = "…"')


def _read_spec(path: tuple[str, ...], spec: Spec, value: object, known: Known) -> _Read:
    if not spec.operators:
        yield from _read_values(path, "", spec.asks[""], value, known)
        return
    if not isinstance(value, Mapping) or not value:
        forms = " or ".join(f"{_dotted(path)}.{operator}" for operator in spec.operators)
        yield ConditionError(path, f"{_dotted(path)} cannot stand alone; write {forms}")
        return
    for operator, asked in value.items():
        if operator in spec.asks:
            yield from _read_values((*path, operator), operator, spec.asks[operator], asked, known)
        else:
            message = f"{_dotted(path)} has no {operator!r}; it has {', '.join(spec.operators)}"
            yield ConditionError((*path, str(operator)), message, nearest(str(operator), spec.operators))


def _read_values(path: tuple[str, ...], operator: str, asked: Operator[Any], value: object, known: Known) -> _Read:
    values = value if isinstance(value, list | tuple) and asked.listed else [value]
    if not values:
        yield ConditionError(path, f"{_dotted(path)} is an empty list; it takes {asked.takes}")
        return
    wanted, wrong = [], False
    for index, one in enumerate(values):
        try:
            wanted.append(asked.read(one, known))
        except Wrong as error:
            wrong = True
            place: Path = (*path, index) if values is value else path
            takes = f"; it takes {asked.takes}" if isinstance(error, WrongType) else ""
            yield ConditionError(place, f"{_dotted(path)}: {error}{takes}", error.suggestion)
    if not wrong:
        field_name = path[1] if CONDITIONS[path[0]].named else ""
        yield Condition(path[0], operator, field_name, tuple(wanted), f"{_dotted(path)} = {shown(value)}")


def _dotted(path: tuple[str, ...]) -> str:
    """The path as TOML writes it, a header's name in quotes."""
    return ".".join(part if re.fullmatch(r"[a-z_]+", part) else json.dumps(part, ensure_ascii=False) for part in path)
