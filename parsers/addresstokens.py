"""An address field cut into its lexical pieces (RFC 5322 3.2), for the tolerant and for the strict reading alike.

Both readings see the same pieces, so they can only differ in what they make of them.  One pass, linear on anything: a
quotation mark or bracket that is never closed is noise, and so is every later one of its kind.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class Token(NamedTuple):
    """One piece.  `sort` is ``atom``, ``quoted``, ``word`` (RFC 2047), ``literal`` ([192.0.2.1]), ``comment``, or the sign
    itself for ``< > @ , ; : ( ) [ ] \\ "``; `text` is as written, for a comment what stands inside.
    """

    sort: str
    text: str
    spaced: bool
    """A blank or a comment stands directly before it."""


_PLAIN: Final = r"""
    (?P<word>=\?[\w.:*'+-]{1,60}\?[bBqQ]\?[^\s?"<>()@\[\]\\]*+\?=)
  | (?P<literal>\[[^\[\]\\\s@<>,;"()]{1,80}\])
  | (?P<atom>[^ \t\r\n"<>(),;:@\\\[\]]++)
  | (?P<sign>[^ \t\r\n])
"""
_TOKEN: Final = re.compile(
    rf"""(?P<blank>[ \t\r\n]*+) (?:(?P<quoted>"(?:[^"\\]++|\\.)*+") | {_PLAIN})""", re.VERBOSE | re.DOTALL
)
_WITHOUT_QUOTES: Final = re.compile(rf"(?P<blank>[ \t\r\n]*+) (?:{_PLAIN})", re.VERBOSE)
_BRACKET: Final = re.compile(r"\\.|[()]", re.DOTALL)
_PAIR: Final = re.compile(r"\\(.)", re.DOTALL)


def tokens(text: str) -> list[Token]:
    """The pieces of an unfolded field, in order."""
    found: list[Token] = []
    position, pattern, comments, spaced = 0, _TOKEN, True, False
    while (match := pattern.match(text, position)) is not None:  # until only blanks are left
        sort = match.lastgroup or ""
        start, end = match.span(sort)
        spaced = spaced or start > position
        sign = text[start] if sort == "sign" else ""
        if sign == '"':
            pattern = _WITHOUT_QUOTES
        closed = _end_of_comment(text, end) if sign == "(" and comments else -1
        if closed > 0:
            found.append(Token("comment", text[end : closed - 1], spaced))
            position, spaced = closed, True
            continue
        comments = comments and sign != "("
        found.append(Token(sign or sort, text[start:end], spaced))
        position, spaced = end, False
    return found


def _end_of_comment(text: str, start: int) -> int:
    """The offset behind the bracket that closes the comment whose content begins at `start`, or -1."""
    depth = 1
    for match in _BRACKET.finditer(text, start):
        depth += (match[0] == "(") - (match[0] == ")")
        if depth == 0:
            return match.end()
    return -1


def content(token: Token) -> str:
    """What a quoted string or comment means: without its quotation marks, quoted pairs resolved."""
    inner = token.text[1:-1] if token.sort == "quoted" else token.text
    return _PAIR.sub(r"\1", inner) if "\\" in inner else inner
