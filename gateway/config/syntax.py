"""Why a text is not TOML, in words for somebody who does not know TOML's rules by heart.

tomllib names a line and column, but speaks of grammar and often points at where it gave up rather than at the mistake.
The table below turns its messages into advice; a bracket or quote that was never closed is looked for where it opens.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

from gateway.config.locate import Lines, Position

ONE_LINE_TABLE = (
    "a table in braces { … } must stand on one line, without a comma before the closing brace (TOML's rule); "
    "give it a section of its own, like [teams.it.turnaround], or keep the line long"
)

ADVICE: tuple[tuple[str, str], ...] = (
    # what tomllib's message begins with, and what to tell the administrator
    ("Invalid statement", 'this line is neither a section like [site] nor a setting like name = "value"'),
    (
        "Expected '=' after a key",
        "after a name there must be an equals sign; names with blanks or other signs need quotes",
    ),
    (
        "Invalid initial character for a key part",
        "a name is expected here; names of other than a-z, 0-9, - and _ need quotes",
    ),
    ("Invalid value", 'this is not a value: texts stand in straight quotes like "this", yes and no are true and false'),
    ("Illegal character '\\n'", 'a text that opens with " must end with " on the same line'),
    ("Illegal character '\\r'", 'a text that opens with " must end with " on the same line'),
    ("Illegal character", "there is an invisible character here that TOML does not allow; delete it"),
    (
        "Unescaped '\\'",
        "a backslash in double quotes must be doubled; for patterns and paths use single quotes: 'like this'",
    ),
    (
        "Invalid hex value",
        "a backslash in double quotes must be doubled; for patterns and paths use single quotes: 'like this'",
    ),
    ("Cannot declare", "this section stands twice in the file (or was already filled from outside); put both together"),
    ("Cannot overwrite a value", "this name already has a value; keep one of the two"),
    ("Cannot redefine namespace", "this name already has a value; keep one of the two"),
    (
        "Cannot mutate immutable namespace",
        "this section was already written in braces or brackets elsewhere; add to it there",
    ),
    ("Duplicate inline table key", "this name stands twice inside the braces; keep one of the two"),
    (
        "Expected newline or end of document",
        "there is something left over behind the value; texts, dates and times need quotes",
    ),
    ("Expected ']' at the end of a table", "a section name must end with ] on the same line"),
    ("Expected ']]' at the end of an array", "a section name that opens with [[ must end with ]] on the same line"),
    ("Unclosed", "the bracket or brace that opens here is never closed"),
    ("Expected", "the text that opens here is not closed; it must end with the same quotes"),
    ("Unterminated string", "the text that opens here is not closed; it must end with the same quotes"),
)

_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_PIECES = re.compile(
    r"""(?P<comment>\#[^\n]*+)
    | (?P<text>\"{3}(?:[^"\\]++|\\.|"(?!""))*"{3,5} | '{3}(?:[^']++|'(?!''))*'{3,5}
             | "(?!"")(?:[^"\\\n]++|\\[^\n])*" | '(?!'')[^'\n]*+')
    | (?P<quote>\"{3}|'{3}|["'])
    | (?P<open>[\[{]) | (?P<close>[\]}])""",
    re.VERBOSE | re.DOTALL,
)
_TIME = re.compile(r"\d{1,2}:\d{2}")
_OPENS = {"]": "[", "}": "{"}
_CLOSES = {"[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Mistake:
    """Where a text stops being TOML, and why."""

    position: Position
    message: str


@dataclass(frozen=True, slots=True)
class _Unclosed:
    """What is still open at some place: brackets with their offsets, and a quote that never ends on its line."""

    brackets: tuple[tuple[str, int], ...]
    quote: int | None


def explain(text: str, error: tomllib.TOMLDecodeError) -> Mistake:
    """What to tell about an error of tomllib in this text."""
    lines = Lines(text)
    message = str(error)
    found = _WHERE.search(message)
    reason = message[: found.start()] if found else message
    at = lines.offset(Position(int(found[1]), int(found[2]))) if found and found[1] else len(text)
    unclosed = _unclosed(text, min(at, len(text)))
    if unclosed.brackets and unclosed.brackets[-1][0] == "{" and _breaks(text, at):
        return Mistake(lines.position(unclosed.brackets[-1][1]), ONE_LINE_TABLE)
    if time := _time_at(text, at):
        return Mistake(lines.position(time), 'times stand in quotes, like "09:00-17:30"')
    if reason.startswith("Unclosed") and unclosed.brackets and at < len(text):
        opened = lines.position(unclosed.brackets[-1][1]).line
        closing = _CLOSES[unclosed.brackets[-1][0]]
        words = f"a comma is missing before this place, or the {closing} for what line {opened} opens"
        return Mistake(lines.position(at), words)
    advice = next((words for start, words in ADVICE if reason.startswith(start)), f"this is not TOML: {reason}")
    return Mistake(lines.position(_better(text, reason, at, unclosed)), advice)


def _breaks(text: str, at: int) -> bool:
    """Whether the reader stopped at the end of a line, at a comment, or at a brace behind a comma."""
    return text[at : at + 1] in ("", "\n", "\r", "#") or (text[at] == "}" and text[:at].rstrip().endswith(","))


def _time_at(text: str, at: int) -> int | None:
    """The offset of a time of day that the reader stumbled over, if it was one."""
    start = at
    while start > 0 and text[start - 1] not in " \t\n,[=":
        start -= 1
    return start if _TIME.match(text, start) else None


def _better(text: str, reason: str, at: int, unclosed: _Unclosed) -> int:
    """The offset to point at: for something left open, where it opens."""
    opened_by_quote = reason.startswith(("Expected \"'", "Expected '\"", "Unterminated", "Illegal character '\\n'"))
    if unclosed.quote is not None and opened_by_quote:
        return unclosed.quote
    if reason.startswith("Unclosed") and unclosed.brackets:
        kind = "{" if "table" in reason else "["
        return next((where for bracket, where in reversed(unclosed.brackets) if bracket == kind), at)
    if reason.startswith("Unescaped"):  # tomllib points behind the backslash
        return max(text.rfind("\\", 0, at + 1), 0)
    if reason.startswith("Cannot"):  # tomllib points behind the value; the name is what stands twice
        line = text.rfind("\n", 0, at) + 1
        return line + len(text[line:at]) - len(text[line:at].lstrip())
    return at


def _unclosed(text: str, end: int) -> _Unclosed:
    """What has been opened and not closed before `end`."""
    brackets: list[tuple[str, int]] = []
    quote = None
    for piece in _PIECES.finditer(text):
        if piece.start() > end or (piece.start() == end and not piece["quote"]):
            break
        if piece["open"]:
            brackets.append((piece["open"], piece.start()))
        elif piece["close"] and brackets and brackets[-1][0] == _OPENS[piece["close"]]:
            brackets.pop()
        elif piece["quote"] and quote is None:
            quote = piece.start()
    return _Unclosed(tuple(brackets), quote)
