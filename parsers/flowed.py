"""format=flowed undone (RFC 3676): soft-broken paragraphs become one line again, quotes keep their depth."""

from __future__ import annotations


def unflowed(text: str, delsp: bool) -> str:
    """The text with its paragraphs joined; `delsp` says that the blank at a soft break is none of the words."""
    paragraphs: list[list[str]] = []
    open_depth = -1  # the quote depth of the paragraph that waits for its continuation; -1 when none does
    for line in text.split("\n"):
        rest = line.lstrip(">")
        depth = len(line) - len(rest)
        content = rest[1:] if rest.startswith(" ") else rest
        signature = content == "-- "
        if open_depth == depth and not signature:
            paragraphs[-1].append(content)
        else:
            paragraphs.append([f"{'>' * depth} {content}" if depth and content else ">" * depth + content])
        open_depth = depth if content.endswith(" ") and not signature else -1
        if open_depth >= 0 and delsp:
            paragraphs[-1][-1] = paragraphs[-1][-1][:-1]
    lines = ("".join(pieces) for pieces in paragraphs)
    return "\n".join(line.rstrip() if line != "-- " else line for line in lines)
