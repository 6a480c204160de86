"""Do the mail server and Deskgate agree?  Compares a file in the form of /etc/aliases with the teams' aliases.

Deskgate cannot see mail that the mail server never hands over, so this join is the one that fails in silence.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from gateway.config.problems import Problem, nearest, quoted
from parsers.message import comparable
from routing.teams import Desk

PROGRAM, COMMAND = "deskgate", "deliver"
DEEPEST = 20
"""Names that lead to names; a mail server gives up long before."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the file: a name, and where its mail goes."""

    file: str
    line: int
    name: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HandOver:
    """A line that hands mail to ``deskgate deliver``, with the addresses behind ``--to``."""

    entry: Entry
    to: tuple[str, ...]


def alias_problems(files: Iterable[Path], desk: Desk) -> Iterator[Problem]:
    """Aliases that the mail server does not hand to Deskgate, and hand-overs that no team would take.

    Without files there is nothing to compare and nothing to tell.
    """
    entries: dict[str, Entry] = {}
    names: list[str] = []
    for file in files:
        names.append(str(file))
        for entry in entries_of(str(file), file.read_text(encoding="utf-8", errors="replace")):
            entries[entry.name] = entry
    if not names:
        return
    aliases = [alias for team in desk.teams.values() for alias in team.aliases]
    found = [problem for entry in entries.values() for problem in _not_ours(entry, desk)]
    for alias in aliases:
        found.extend(_not_handed_over(alias, entries, desk, " and ".join(names)))
    yield from sorted(found, key=lambda problem: (problem.file, problem.line))


def _not_ours(entry: Entry, desk: Desk) -> Iterator[Problem]:
    known = [alias for team in desk.teams.values() for alias in team.aliases]
    for handed in _hand_overs(entry):
        if not handed.to:
            yield _problem(entry, "deskgate deliver does not say for whom: add --to and the alias")
        for address in handed.to:
            if desk.team_of_alias(address) is None:
                words = f"hands mail to Deskgate for {quoted(address)}, which no team has as an alias"
                yield _problem(entry, words, nearest(address, known))


def _not_handed_over(alias: str, entries: Mapping[str, Entry], desk: Desk, files: str) -> Iterator[Problem]:
    local = comparable(alias).rpartition("@")[0]
    entry = entries.get(comparable(alias)) or entries.get(local)
    team = desk.team_of_alias(alias)
    if entry is None:
        line = f'{local}: "|{PROGRAM} {COMMAND} --to {alias}"'
        yield Problem(files, 0, 0, "", f"mail to {alias} is not handed to Deskgate; add the line {line}")
        return
    found = list(_reached(entry, entries))
    if not found:
        words = (
            f"mail to {alias} goes to {', '.join(entry.targets) or 'nobody'} and not to deskgate deliver --to {alias}"
        )
        yield _problem(entry, words)
    for address in (to for handed in found for to in handed.to):
        other = desk.team_of_alias(address)
        if other is not None and team is not None and other.key != team.key:
            words = f"mail to {alias} (team {quoted(team.key)}) is handed over as {address} (team {quoted(other.key)})"
            yield _problem(entry, words)


def _reached(entry: Entry, entries: Mapping[str, Entry]) -> Iterator[HandOver]:
    """The hand-overs an entry leads to, also by way of other names."""
    waiting, seen = [entry], {entry.name}
    for _ in range(DEEPEST * DEEPEST):
        if not waiting:
            return
        here = waiting.pop()
        yield from _hand_overs(here)
        for target in here.targets:
            following = entries.get(target.lower()) or entries.get(target.lower().partition("@")[0])
            if following and following.name not in seen:
                seen.add(following.name)
                waiting.append(following)


def _hand_overs(entry: Entry) -> Iterator[HandOver]:
    for target in entry.targets:
        if not target.startswith("|"):
            continue
        try:
            words = shlex.split(target[1:])
        except ValueError:
            words = target[1:].split()
        programs = [number for number, word in enumerate(words) if PurePath(word).name == PROGRAM]
        if programs and COMMAND in words[programs[0] :]:
            yield HandOver(entry, tuple(_recipients(words)))


def _recipients(words: Sequence[str]) -> Iterator[str]:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--to" and following:
            yield following
        elif word.startswith("--to="):
            yield word.removeprefix("--to=")


def entries_of(file: str, text: str) -> Iterator[Entry]:
    """The entries of a file in the form of aliases(5): ``name: target, target``, going on in lines that begin blank."""
    started, logical = 0, ""
    for number, line in enumerate([*text.splitlines(), "end:"], 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0] in " \t" and logical:
            logical += " " + line.strip()
            continue
        if entry := _entry(file, started, logical):
            yield entry
        started, logical = number, line.strip()


def _entry(file: str, line: int, text: str) -> Entry | None:
    pieces = _split(text, ":", most=1)
    if len(pieces) != 2:
        return None
    name = pieces[0].strip().strip('"').lower()
    return Entry(file, line, name, tuple(_unquoted(part) for part in _split(pieces[1], ",") if part.strip()))


def _split(text: str, separator: str, most: int = 10_000) -> list[str]:
    """Split outside double quotes, at most so many times."""
    pieces: list[str] = []
    start, inside = 0, False
    for at, character in enumerate(text):
        if character == '"' and text[at - 1 : at] != "\\":
            inside = not inside
        elif character == separator and not inside and len(pieces) < most:
            pieces.append(text[start:at])
            start = at + 1
    return [*pieces, text[start:]]


def _unquoted(target: str) -> str:
    """``"|command \\"x\\""`` and ``|"command"`` both become ``|command``."""
    plain = target.strip()
    if plain.startswith('|"') and plain.endswith('"') and len(plain) > 2:
        plain = "|" + plain[2:-1]
    elif plain.startswith('"') and plain.endswith('"') and len(plain) > 1:
        plain = plain[1:-1]
    return plain.replace('\\"', '"')


def _problem(entry: Entry, message: str, suggestion: str | None = None) -> Problem:
    return Problem(entry.file, entry.line, 1, entry.name, message, suggestion)
