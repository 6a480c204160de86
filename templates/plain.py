"""Plain text for mail: one-line values, kept texts, and breaking at 72 columns.

Promises: `one_line` gives no character on which a line could end; `kept` gives only LF as line end and is never
re-wrapped; `wrapped` breaks nothing that stands between `KEEP` and `KEPT`.
"""

from __future__ import annotations

import re

COLUMNS = 72
KEPT_BYTES = 120 * 1024
"""How much of one text is passed on in a mail: two of them fit into the renderer's limit."""

KEEP, KEPT, GLUE, JOIN, GONE, VALUE, ENDED = "\x02", "\x03", "\x01", "\x04", "\x05", "\x06", "\x07"
"""Marks inside rendered text: start and end of a kept text, a blank at which no line may break, "the next line goes on
here", "this line is none", start and end of a value.  Values can hold none of them: `one_line` and `kept` take control
characters out."""

# Everything on which str.splitlines splits, other controls (C0, DEL, C1), and the overrides with which a name can
# write backwards over the words beside it.
_NOT_IN_A_LINE = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_NOT_IN_A_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_JOINED = re.compile(f" *{JOIN}(?:\n(?!\n))? *")
_AS_IT_STANDS = (">", "- ", "* ")
_LINK = ("https://", "http://")


class Ready(str):
    """Text that is clean already and may hold line ends and marks; everything else is made one line."""

    __slots__ = ()


def one_line(value: str) -> str:
    """The value on one line: controls, line ends and runs of blanks become one blank each, surrogates U+FFFD."""
    if value.isascii() and value.isprintable() and "  " not in value:
        return value.strip(" ")
    return _SURROGATE.sub("\ufffd", _NOT_IN_A_LINE.sub(" ", value)).strip(" ")


def kept(value: str, limit: int = KEPT_BYTES, cut: str = "[...]") -> str:
    """Somebody's own text, line for line: only LF ends a line, no control but TAB, at most `limit` bytes of UTF-8.

    Blank lines around it and blanks at line ends go; a text cut short ends with the line `cut`.
    """
    head = value[:limit]
    text = _SURROGATE.sub("\ufffd", _NOT_IN_A_TEXT.sub("", _LINE_ENDS.sub("\n", head)))
    data = text.encode()[:limit]
    whole = len(head) == len(value) and len(data) == len(text.encode())
    lines = [line.rstrip() for line in data.decode("utf-8", "ignore").split("\n")]
    body = "\n".join(lines).strip("\n")
    return body if whole else f"{body}\n{cut}"


def as_value(text: str) -> str:
    """A value marked as such, so that checks can tell it from our own words."""
    return f"{VALUE}{text}{ENDED}"


def unmarked(text: str) -> str:
    """Rendered text without the marks round values."""
    return text.replace(VALUE, "").replace(ENDED, "")


def wrapped(text: str, columns: int = COLUMNS) -> str:
    """Rendered text as it goes into a mail: long lines broken, links alone on their line, blank lines single.

    A line of a template is a paragraph of its own, unless it ends with a backslash and so goes on.  Kept texts, quoted
    lines (``>``), list lines (``- ``, ``* ``) and the signature mark ``-- `` stay as they are.  A full stop or comma
    right after a link is left out, so that no mail program makes it part of the link.
    """
    first, *rest = text.split(KEEP)
    out = _lines(first.removesuffix("\n") if rest else first, columns)
    for number, piece in enumerate(rest, 1):
        body, _, after = piece.partition(KEPT)
        out.append(body)
        after = after.removeprefix("\n")
        if after:
            out += _lines(after.removesuffix("\n") if number < len(rest) else after, columns)
    return "\n".join(out).strip("\n").replace(GLUE, " ") + "\n"


def _lines(text: str, columns: int) -> list[str]:
    out: list[str] = []
    joined = _JOINED.sub(" ", text) if JOIN in text else text
    for line in joined.split("\n"):
        if line == "-- " or line.startswith(_AS_IT_STANDS):
            out.append(line)
        elif len(line) <= columns and "://" not in line:
            stripped = line.strip(" ") if "  " not in line else " ".join(filter(None, line.split(" ")))
            if stripped or not out or out[-1]:
                out.append(stripped)
        else:
            out += _broken(line, columns)
    return out


def _broken(line: str, columns: int) -> list[str]:
    """One paragraph in lines; a word longer than a line stays whole."""
    lines: list[str] = []
    current = ""
    for word in filter(None, line.split(" ")):
        if word.startswith(_LINK):
            lines += [current, word.rstrip(".,;")] if current else [word.rstrip(".,;")]
            current = ""
        elif not current:
            current = word
        elif len(current) + 1 + len(word) <= columns:
            current = f"{current} {word}"
        else:
            lines.append(current)
            current = word
    return [*lines, current] if current else lines
