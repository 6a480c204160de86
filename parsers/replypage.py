"""The lines of a mail while its reply is looked for: what each is, and which are cut, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from parsers import replykinds as kinds


@dataclass(slots=True)
class Page:
    lines: list[str]
    codes: list[str]
    gone: dict[int, str] = field(default_factory=dict)
    """Line number to why it is cut."""
    behind: dict[int, str] = field(default_factory=dict)
    """Line number to the introduction of a quote that stood behind the sender's words on that line."""

    def cut(self, start: int, end: int, why: str) -> None:
        for index in range(start, end):
            self.gone.setdefault(index, why)

    def first_text(self) -> int:
        """The first line of the sender's text that is not cut; after the last line if there is none."""
        for index, code in enumerate(self.codes):
            if code == kinds.TEXT and index not in self.gone:
                return index
        return len(self.codes)
