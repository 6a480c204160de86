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

    def words_end(self, end: int) -> int:
        """Where the sender's last words end, before `end`: behind them comes nothing, or a quote that is kept."""
        last = end
        while last > 0 and (last - 1 in self.gone or self.codes[last - 1] in (kinds.BLANK, kinds.DIVIDER)):
            last -= 1
        quoted = (kinds.QUOTED, kinds.ATTRIBUTION, kinds.HEADER, kinds.ORIGINAL, kinds.FORWARDED)
        while last > 0 and (self.codes[last - 1] in (*quoted, kinds.BLANK, kinds.DIVIDER) or last - 1 in self.gone):
            last -= 1
        return next((at for at in range(last, end) if self.codes[at] in quoted and at not in self.gone), end)

    def announcing(self, index: int) -> str:
        """The sender's own line above `index` when it announces what stands there ("This is what I got:"), else ""."""
        above = index - 1
        while above >= 0 and self.codes[above] == kinds.BLANK:
            above -= 1
        line = self.lines[above].strip() if above >= 0 and self.codes[above] == kinds.TEXT else ""
        several = len(line.split()) > 2 or len(line) > 20 or not line.isascii()
        return line if line.endswith((":", "：")) and several else ""

    def below(self, index: int) -> int:
        """The next line that is not empty, cut or not; -1 if there is none near."""
        following = range(index + 1, min(index + 7, len(self.lines)))
        return next((at for at in following if self.codes[at] != kinds.BLANK), -1)
