"""What is wrong with a configuration: where it stands, said so that an administrator can mend it at once.

A Problem prints as ``teams/hr.toml:14:9: teams.hr.hours: no hours called "ofice"; did you mean "office"?``, the form
that editors and terminals turn into a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches

from gateway.config.locate import Path

_LONGEST_QUOTE = 60
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend.  Line and column count from 1; line 0 means the file as a whole.  Sorts by place."""

    file: str
    line: int
    column: int
    path: str
    message: str
    suggestion: str | None = None

    @property
    def place(self) -> str:
        """``file:line:column``, or the file alone."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    @property
    def hint(self) -> str:
        """What was probably meant, as a question; empty where nobody knows."""
        return f'; did you mean "{self.suggestion}"?' if self.suggestion else ""

    def __str__(self) -> str:
        path = f" {self.path}:" if self.path else ""
        return f"{self.place}:{path} {self.message}{self.hint}"


class ConfigProblems(Exception):
    """The configuration cannot be used; `problems` has everything that is wrong with it, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def dotted(path: Path) -> str:
    """A path as people write it: ``rules[0].when.header."X-Spam"``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _BARE.fullmatch(part) else quoted(part)
            text += f".{name}" if text else name
    return text


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that was most likely meant, or None."""
    by_lower = {name.lower(): name for name in known}
    found = get_close_matches(word.lower(), sorted(by_lower), n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def quoted(text: str) -> str:
    """A text to show inside a sentence: in quotes, on one line, not too long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f'"{line if len(line) <= _LONGEST_QUOTE else line[:_LONGEST_QUOTE] + "…"}"'


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: ``"a", "b" or "c"``."""
    shown = [f'"{name}"' for name in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def described(value: object) -> str:
    """What somebody wrote, in words: ``the number 5``, ``a list``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {quoted(value)}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, datetime | date):
        return f"the date {value.isoformat()}"
    if isinstance(value, time):
        return f"the time {value.isoformat('minutes')}"
    return "something else"
