"""Sanitised HTML as text that a person can read: lists, links, tables and quotes keep their shape.

Walks the output of nh3, which is well-formed, in one pass over its tags.  Quotes become ``> `` lines as in plain mail,
so that one piece of code finds the reply in both; the containers that mail programs name are passed on as marks.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from parsers.htmlguard import INDENTED
from parsers.limits import BOUNDS

_TOKEN: Final = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9]*)([^">]*+(?:"[^"]*+"[^">]*+)*)>|([^<]++)|<""")
_ATTRIBUTE: Final = re.compile(r'\s([a-z-]+)="([^"]*+)"')
_BLANKS: Final = re.compile(r"[ \t\r\n\f]+")
_BLOCKS: Final = frozenset({
    "div", "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "table", "tr", "caption",
    "address", "article", "section", "header", "footer", "main", "nav", "figure", "figcaption", "center", "hr",
    "pre", "blockquote", "thead", "tbody", "tfoot",
})  # fmt: skip
_SPACED: Final = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre"])

MARKS: Final[Mapping[str, str]] = {
    "gmail_attr": "attribution",
    "moz-cite-prefix": "attribution",
    "mail-divrplyfwdmsg": "header",
    "mail-appendonsend": "header",
    "mail-mail-editor-reference-message-container": "header",
    "outlookmessageheader": "header",
    "mail-olk_src_body_section": "header",
    "gmail_quote": "quote",
    "yahoo_quoted": "quote",
    "mail-yahoo_quoted": "quote",
    "zmail_extra": "quote",
    "mail-zmail_extra": "quote",
    "mail-stopspelling": "header",
    "protonmail_quote": "quote",
    "mail-reply-intro": "attribution",
    "mail-x_divrplyfwdmsg": "header",
    "mail-ms-outlook-mobile-reference-message": "header",
    "mail-zwchr": "header",
    "ntes-mailmaster-quote": "quote",
    "mail-isreplycontent": "quote",
    "freshdesk_quote": "quote",
    "front-blockquote": "quote",
    "missive_quote": "quote",
    "mail-quote-collapse": "quote",
    "bloop_sign": "signature",
    "tutanota_quote": "quote",
    **dict.fromkeys(
        (
            "history",
            "ticket-history",
            "email-history",
            "message-history",
            "mail-history",
            "conversation-history",
            "thread-history",
            "quoted-text",
            "quoted_text",
            "quotedtext",
            "email-quote",
            "email_quote",
            "previous-messages",
            "previous-emails",
            "reply-history",
        ),
        "quote",
    ),
}
"""Class or (prefixed) id, in lower case, to what the container holds.  Each is written by a program, not by a person; one
whose name ends in "signature" holds one, whichever program it is."""
_APART: Final = re.compile("[-_]")
_DEEPEST: Final = 20


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text, and marks: first line of a named container, the line after its last, and what it holds."""

    text: str
    marks: tuple[tuple[int, int, str], ...] = ()


def render(clean: str) -> Rendered:
    """The text of sanitised HTML; at most as long as the text limit."""
    return _Walker().walk(clean)


class _Walker:
    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._size = 0
        self._space = False  # a blank is wanted before the next word
        self._quotes = 0
        self._levels: list[bool] = []  # of each open blockquote, whether it quotes
        self._pre = 0
        self._lists: list[int] = []  # -1 for bullets, else the next number
        self._bullet = ""
        self._blank_wanted = False
        self._targets: list[str] = []  # of the links in this line
        self._links: list[tuple[str, int]] = []
        self._marks: list[tuple[int, int, str]] = []
        self._stack: list[tuple[str, int, str]] = []  # open containers with a mark: tag, first line, what

    def walk(self, clean: str) -> Rendered:
        """One pass over the tokens."""
        for match in _TOKEN.finditer(clean):
            text = match[4]
            if text is not None:
                self._text(text)
            elif match[2] is None:
                self._word("<")
            elif match[1]:
                self._close(match[2].lower())
            else:
                self._open(match[2].lower(), match[3])
            if self._size > BOUNDS.html_chars:
                break
        self._break()
        while self._stack:
            self._end_mark(self._stack.pop())
        return Rendered("\n".join(self._lines).rstrip("\n"), tuple(sorted(self._marks)))

    def _text(self, text: str) -> None:
        if "&" in text:
            text = entities.unescape(text)
        if self._pre:
            first, *rest = text.replace("\r", "").split("\n")
            self._word(first)
            for line in rest:
                self._break(keep_empty=True)
                self._word(line)
            return
        if text.isspace():
            self._space = True
            return
        folded = _BLANKS.sub(" ", text)
        if folded[0] == " ":
            self._space = True
            folded = folded[1:]
        if folded.endswith(" "):
            self._word(folded[:-1])
            self._space = True
        elif folded:
            self._word(folded)

    def _word(self, text: str) -> None:
        if not text:
            return
        if not self._line:
            self._start_line()
        elif self._space and not self._line[-1].endswith(" "):
            self._line.append(" ")
        self._space = False
        self._line.append(text)
        self._size += len(text)

    def _start_line(self) -> None:
        if self._blank_wanted and self._lines and self._lines[-1].strip("> "):
            inside = self._quotes and self._lines[-1].startswith(">" * self._quotes)
            self._lines.append(self._prefix().rstrip() if inside else "")
        self._blank_wanted = False
        if self._bullet:
            self._line.append(self._bullet)
            self._bullet = ""

    def _prefix(self) -> str:
        return ">" * self._quotes + " " if self._quotes else ""

    def _break(self, keep_empty: bool = False) -> None:
        self._space = False
        if self._line:
            self._lines.append((self._prefix() + "".join(self._line + self._targets)).rstrip())
            self._line, self._targets = [], []
        elif keep_empty:
            self._lines.append(self._prefix().rstrip())
        self._size += 1

    def _open(self, tag: str, attributes: str) -> None:
        if tag == "br":
            self._break(keep_empty=True)
            return
        if tag == "a":
            href = next((value for name, value in _ATTRIBUTE.findall(attributes) if name == "href"), "")
            self._links.append((entities.unescape(href), len(self._line)))
            return
        if tag in _BLOCKS:
            self._open_block(tag, attributes)
        elif tag in ("td", "th") and self._line:
            self._line.append("  ")
        what = _what(attributes) if "class=" in attributes or "id=" in attributes else ""
        if what or (self._stack and self._stack[-1][0] == tag):
            if what and tag not in _BLOCKS:
                self._break()
            self._stack.append((tag, len(self._lines), what))

    def _open_block(self, tag: str, attributes: str) -> None:
        self._break()
        self._blank_wanted = self._blank_wanted or tag in _SPACED
        if tag == "blockquote":
            quoted = f'class="{INDENTED}"' not in attributes and self._quotes < _DEEPEST
            self._quotes += quoted
            self._levels.append(quoted)
        elif tag == "pre":
            self._pre += 1
        elif tag in ("ul", "ol"):
            self._lists.append(-1 if tag == "ul" else 1)
        elif tag == "li":
            self._bullet = self._next_bullet()

    def _next_bullet(self) -> str:
        indent = "  " * min(len(self._lists) - 1, 10) if self._lists else ""
        if not self._lists or self._lists[-1] < 0:
            return indent + "- "
        number = self._lists[-1]
        self._lists[-1] += 1
        return f"{indent}{number}. "

    def _close(self, tag: str) -> None:
        if tag == "a":
            self._close_link()
        elif tag in _BLOCKS:
            self._break()
            self._blank_wanted = self._blank_wanted or tag in _SPACED
            if tag == "blockquote":
                self._quotes -= self._levels.pop() if self._levels else False
            elif tag == "pre":
                self._pre = max(0, self._pre - 1)
            elif tag in ("ul", "ol") and self._lists:
                self._lists.pop()
            elif tag == "li":
                self._bullet = ""
        if self._stack and self._stack[-1][0] == tag:
            top = self._stack.pop()
            if top[2]:
                self._end_mark(top)

    def _close_link(self) -> None:
        """Remembers where a link leads when its text does not say so; it is told at the end of the line."""
        href, start = self._links.pop() if self._links else ("", 0)
        if not href.startswith(("http://", "https://")) or len(self._targets) > 20:
            return
        shown = "".join(self._line[start:]).strip()
        if shown and shown.rstrip("/") not in (href.rstrip("/"), href.partition("://")[2].rstrip("/")):
            self._targets.append(f" <{href[:2000]}>")
            self._size += len(href)

    def _end_mark(self, container: tuple[str, int, str]) -> None:
        _, first, what = container
        if what:
            self._marks.append((first, len(self._lines) + bool(self._line), what))


def _what(attributes: str) -> str:
    """What the container with these attributes holds, by class or id; "" for most."""
    for name, value in _ATTRIBUTE.findall(attributes):
        if name in ("class", "id"):
            for word in value.lower().split()[:10]:
                if word in MARKS:
                    return MARKS[word]
                if "signature" in word and any(one.endswith("signature") for one in _APART.split(word[:80])):
                    return "signature"
    return ""
