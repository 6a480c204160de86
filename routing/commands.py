"""What a staff member's mail asks for: commands in its first lines, such as ``#close`` or ``#assign otto@acme.example``.

A command stands at the beginning of a line: ``#``, a word, and what the word needs.  The first line that is neither
empty nor a command ends them; everything below are the words.  Which words are commands, the caller says (`Verb`).  Who
may command is decided elsewhere (`routing.commanding`); here a text is only read, in linear time.

Losing nothing that was meant for colleagues to a requester is the first duty here: a ``#word`` in this place that is no
command is taken for a slip of the keyboard, and the mail goes to nobody until its writer has looked at it again.
``#1`` and ``# Heading`` are words like any others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

MOST_COMMANDS = 10
_COMMAND = re.compile(r"#([^\W\d_][\w-]*+)(.*)", re.DOTALL)
_AUTOMATIC_LINK = re.compile(r"[<(\[]?mailto:[^\s<>()\[\]]*+[>)\]]?", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>()\[\]\"';,:@]{1,64}@[^\s<>()\[\]\"';,:@]{1,255}")
_BEHIND = " \t:.,;!"
"""What may stand behind a word without saying anything: programs finish sentences by themselves."""
_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD))


@dataclass(frozen=True, slots=True)
class Verb:
    """A command that there is.

    `argument`: what must stand behind it, for example TEAM; in square brackets what may.  `words`: none, optional,
    required.  `internal`: its words are for colleagues, else for the requester.  `leaves`: the ticket is in other hands
    afterwards.
    """

    name: str
    argument: str = ""
    words: str = "none"
    internal: bool = False
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """One command as it was written.  `aside`: words behind it in the same line, for colleagues only."""

    name: str
    argument: str = ""
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a text asks for: the commands in order, the words below them, and what is wrong with it, if anything."""

    commands: tuple[Command, ...] = ()
    words: str = ""
    wrong: str = ""

    def __bool__(self) -> bool:
        """Whether the text asks for anything, rightly or wrongly."""
        return bool(self.commands or self.wrong)

    def same_as(self, other: Asked) -> bool:
        """Whether both ask for the same; the words below may differ (one is HTML, the other is not)."""
        mine, theirs = ([(c.name, c.argument.casefold()) for c in one.commands] for one in (self, other))
        return mine == theirs and bool(self.wrong) == bool(other.wrong)


@dataclass(frozen=True, slots=True)
class Task:
    """One action to be done: its name, its argument, and its words.  `public`: the words go to the requester."""

    name: str
    argument: str = ""
    text: str = ""
    public: bool = False


def asked(text: str, verbs: Sequence[Verb]) -> Asked:
    """Read the commands in the first lines of a text; lines that are empty count for nothing."""
    known = {verb.name: verb for verb in verbs}
    lines, commands, wrong = text.split("\n"), list[Command](), ""
    below, noted = len(lines), False
    for position, line in enumerate(lines):
        found = _COMMAND.fullmatch(" ".join(line.translate(_INVISIBLE).split()))
        verb = known.get(found[1].casefold()) if found else None
        full = len(commands) > MOST_COMMANDS
        if (
            (found is None and line.strip()) or (found and verb is None and noted) or full
        ):  # below #note all is the note
            below = position
            break
        if found and verb:
            command, problem = _read(verb, found[2])
            commands.append(command)
            noted = noted or _takes_all(verb)
            wrong = wrong or problem
        elif found:
            wrong = wrong or f"there is no command #{found[1][:40]}"
    if len(commands) > MOST_COMMANDS:
        wrong = wrong or f"a mail may have {MOST_COMMANDS} commands, and this one has more"
    return Asked(tuple(commands[:MOST_COMMANDS]), "\n".join(lines[below:]).strip("\n"), wrong)


def _read(verb: Verb, rest: str) -> tuple[Command, str]:
    """A command with what stands behind it, and what is wrong with it."""
    name, rest = verb.name, _AUTOMATIC_LINK.sub(" ", rest).lstrip(_BEHIND).rstrip()
    needed = verb.argument.strip("[]")
    if not needed:
        if rest and not _takes_all(verb):
            return Command(name), f"#{name} stands alone in its line; {rest[:60]!r} is too much"
        return Command(name, aside=rest), ""
    argument, behind = _argument(needed, rest)
    if not argument and (rest or needed == verb.argument):
        return Command(name), f"#{name} needs {'an address' if needed == 'ADDRESS' else needed} behind it"
    if behind and not verb.internal:
        return Command(name, argument), f"#{name} {argument} stands alone in its line; {behind[:60]!r} is too much"
    return Command(name, argument, behind), ""


def _argument(needed: str, rest: str) -> tuple[str, str]:
    """The argument, and what follows it; an address may stand in brackets behind a name."""
    if needed == "ADDRESS" and "@" in rest:
        found = _ADDRESS.search(rest)
        return (found[0].rstrip("."), rest[found.end() :].lstrip(_BEHIND + '<>()[]"')) if found else ("", rest)
    argument, _, behind = rest.partition(" ")
    return argument.strip("<>()[].,:;\"'"), behind.strip()


def _takes_all(verb: Verb) -> bool:
    """Whether everything below it is for colleagues: ``#note``."""
    return verb.internal and verb.words == "required"


def tasks(wish: Asked, verbs: Sequence[Verb]) -> tuple[tuple[Task, ...], str]:
    """What is to be done, in order, and what is wrong with the wish, if anything.

    The words below the commands answer the requester: as the last word of ``#close``, else as a reply, which goes out
    when the commands are done, but before the ticket leaves.  Below ``#note`` they are the note.
    """
    known, words = {verb.name: verb for verb in verbs}, wish.words
    names = [command.name for command in wish.commands]
    internal = any(_takes_all(known[name]) for name in names)
    if internal and "reply" in names:
        return (), wish.wrong or "the words below cannot be a note and a reply at once; send two mails"
    made: list[Task] = []
    for command in wish.commands:
        task = Task(command.name, command.argument, command.aside)
        if _takes_all(known[command.name]):
            task, words = replace(task, text="\n".join(filter(None, (command.aside, words)))), ""
        elif _speaks(known[command.name]) and not internal:
            task, words = replace(task, text=words, public=bool(words.strip())), ""
        made.append(task)
    if words.strip():
        leaving = (at for at, name in enumerate(names) if known[name].leaves)
        made.insert(next(leaving, len(made)), Task("reply", text=words, public=True))
    return tuple(made), wish.wrong


def _speaks(verb: Verb) -> bool:
    """Whether it can take words for the requester."""
    return verb.words != "none" and not verb.internal
