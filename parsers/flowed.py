"""format=flowed undone (RFC 3676): soft-broken paragraphs become one line again, quotes keep their depth."""

from __future__ import annotations

from io import StringIO


def unflowed(text: str, delsp: bool) -> str:
    """The text with its paragraphs joined; `delsp` says that the blank at a soft break is none of the words.

    Written line by line: a megabyte may have half a million lines, and a list of them takes forty times as much.
    """
    out = StringIO()
    paragraph: list[str] = []
    open_depth = -1  # the quote depth of the paragraph that waits for its continuation; -1 when none does
    for ended in StringIO(text + "\n"):
        line = ended[:-1]
        rest = line.lstrip(">")
        depth = len(line) - len(rest)
        content = rest[1:] if rest.startswith(" ") else rest
        signature = content == "-- "
        if open_depth == depth and not signature:
            paragraph.append(content)
        else:
            if paragraph:
                out.write(_line(paragraph) + "\n")
            paragraph = [f"{'>' * depth} {content}" if depth and content else ">" * depth + content]
        open_depth = depth if content.endswith(" ") and not signature else -1
        if open_depth >= 0 and delsp:
            paragraph[-1] = paragraph[-1][:-1]
    out.write(_line(paragraph))
    return out.getvalue()


def _line(pieces: list[str]) -> str:
    line = "".join(pieces)
    return line if line == "-- " else line.rstrip()
