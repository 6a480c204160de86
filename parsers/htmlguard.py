"""HTML that would cost a parser quadratic time made cheap, without losing its words; linear itself.

Bounded are the length, the depth of nesting, the number of tags, the attributes of one, and the character references.  Mail
that people write stays far below every bound and passes unchanged.
"""

from __future__ import annotations

import html as entities
import re
from itertools import accumulate
from operator import sub
from typing import Final

from parsers.limits import BOUNDS

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_SHALLOW: Final = frozenset({
    "p", "li", "td", "th", "tr", "dd", "dt", "option", "tbody", "thead", "tfoot", "br", "hr", "img", "input", "meta",
    "link", "col", "wbr", "area", "base", "embed", "source", "html", "head", "body",
})  # fmt: skip
"""Elements that never nest in themselves, close by themselves or have no content: they do not count as depth."""
_WHOLE_TAG: Final = re.compile(r"""<[a-zA-Z](?:=[ \t\r\n]*+(?:"[^"]*+"|'[^']*+')|[^>=]|=)*+>?""")
_ANY_TAG: Final = re.compile(r"<[a-zA-Z/!][^<>]*+>?")
_BLANK: Final = re.compile(r"\s+")
_REFERENCE: Final = re.compile(r"&#?\w{1,10};")


def bounded(html: str) -> str:
    """`html` within the limits."""
    html = html[: BOUNDS.html_chars]
    if html.count("&") > BOUNDS.html_references:
        html = _without_references(html)
    if len(html) > BOUNDS.html_tag_chars:
        html = _without_giants(html)
    if html.count("<") > BOUNDS.html_tags:
        html = _with_few_tags(html)
    return flattened(html)


def _with_few_tags(html: str) -> str:
    """Only the first tags stay; of the rest the words do, a bare "<" as a full-width one: each costs the parser a node."""
    position = -1
    for _ in range(BOUNDS.html_tags):
        position = html.find("<", position + 1)
    return html[:position] + _ANY_TAG.sub(" ", html[position:]).replace("<", "\uff1c")


def _without_references(html: str) -> str:
    """Character references decoded, except those of markup; if still too many, ampersands become full-width ones."""
    decoded = _REFERENCE.sub(_decoded, html)
    return decoded.replace("&", "\uff06") if decoded.count("&") > BOUNDS.html_references else decoded


def _decoded(match: re.Match[str]) -> str:
    character = entities.unescape(match[0])
    return match[0] if character in ("<", ">", "&", '"', "'") else character


def _without_giants(html: str) -> str:
    """Tags with hundreds of attributes are left out."""
    kept: list[str] = []
    start = 0
    for match in _WHOLE_TAG.finditer(html):
        long = match.end() - match.start() > BOUNDS.html_tag_chars
        if long and len(_BLANK.split(match[0], BOUNDS.html_attributes + 1)) > BOUNDS.html_attributes:
            kept.append(html[start : match.start()])
            start = match.end()
    kept.append(html[start:])
    return "".join(kept)


def _depth(html: str) -> int:
    """How deep elements nest at most; a closing tag that nothing opened closes nothing."""
    tags = _TAG.findall(html)
    steps = {tag: 0 if tag[1].lower() in _SHALLOW else -1 if tag[0] else 1 for tag in set(tags)}
    opened = list(accumulate(map(steps.__getitem__, tags), initial=0))
    deepest: int = max(map(sub, opened, accumulate(opened, min)))
    return deepest


def flattened(html: str) -> str:
    """`html` with the tags beyond the depth limit taken out."""
    if html.count("<") <= BOUNDS.html_depth or _depth(html) <= BOUNDS.html_depth:
        return html
    kept: list[str] = []
    depth = dropped = start = 0
    for match in _TAG.finditer(html):
        if match[2].lower() in _SHALLOW:
            continue
        if not match[1]:
            depth += 1
            drop = depth > BOUNDS.html_depth
        else:
            drop = depth > BOUNDS.html_depth
            depth = max(0, depth - 1)
        if drop:
            if match.start() < start:
                continue
            end = html.find(">", match.end(), match.end() + 2000)
            kept.append(html[start : match.start()])
            start = end + 1 if end >= 0 else match.end()
            dropped += 1
    if not dropped:
        return html
    kept.append(html[start:])
    return " ".join(kept)
