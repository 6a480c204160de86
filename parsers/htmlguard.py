"""HTML that would cost a parser quadratic time made cheap, without losing its words; linear itself.

Bounded are the length, the depth of nesting, the number of tags, the attributes of one, and the character references.  Mail
that people write stays far below every bound and passes unchanged.
"""

from __future__ import annotations

import html as entities
import re
from itertools import accumulate, islice
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
_GAP: Final = r"(?:\s|/\*[^*]{0,40}\*/){0,5}"
_HIDES: Final = re.compile(
    f"display{_GAP}:{_GAP}none|visibility{_GAP}:{_GAP}hidden|max-height{_GAP}:{_GAP}0(?:px)?{_GAP}(?:[;\"'!]|$)",
    re.IGNORECASE,
)
_SIGNS: Final = ("display", "visibility", "max-height", " hidden")
_QUOTED: Final = re.compile(r""""[^"]*+"|'[^']*+'""")
_ATTRIBUTE: Final = re.compile(r"\shidden(?=[\s>/=]|\Z)", re.IGNORECASE)
_HIDEABLE: Final = frozenset({"div", "span", "p", "table", "td", "section", "font", "a", "center"})
_FORMATTING: Final = frozenset(
    ["font", "b", "i", "u", "s", "tt", "big", "small", "em", "strong", "code", "strike", "nobr"]
)
"""What is opened again behind a block that closed over it, as links are (HTML, 13.2.4.3)."""
_FORMATS: Final = re.compile(rf"</?(?:{'|'.join(sorted(_FORMATTING))})(?=[\s/>])[^<>]*+>?", re.IGNORECASE)
_LINKS: Final = re.compile(r"</?a(?=[\s/>])[^<>]*+>?", re.IGNORECASE)
INDENTED: Final = "indented"
_INDENTS: Final = re.compile(
    r"<blockquote\b(?=[^<>]{0,300}?border[ ]{0,3}:[ ]{0,3}(?:none|0(?:px)?[ ]{0,3}[;\"']))"
    r"(?![^<>]{0,600}?(?:cite|class=|border-left))",
    re.IGNORECASE,
)
"""What the button for more indent makes in mail programs: it quotes nobody."""
_FEW_TAGS: Final = 150
_SMALL_PAGE: Final = 2000
_HIDDEN: Final = 100
"""So many hidden elements are looked at."""
_HIDDEN_TAGS: Final = 500
"""So many tags may stand in one."""
_LEAST: Final = 20
"""Characters of text that make a mail one that shows something."""
_BLANK: Final = re.compile(r"\s+")
_REFERENCE: Final = re.compile(r"&#?\w{1,10};", re.ASCII)
_AMPERSAND: Final = re.compile(r"&(?!(?:lt|gt);)")
_MARKUP: Final = frozenset("<>&\"'")
_FEW: Final = 64
"""So many different references are replaced one after the other; more by one pass."""


def bounded(html: str) -> str:
    """`html` within the limits."""
    html = html[: BOUNDS.html_chars]
    if html.count("&") + html.count("\u00a0") > BOUNDS.html_references:
        html = _with_few_references(html)
    if len(html) > BOUNDS.html_tag_chars:
        html = _without_giants(html)
    if html.count("<") > BOUNDS.html_tags:
        html = _with_few_tags(html)
    html = _without_hidden(_with_little_formatting(flattened(html)))
    return _INDENTS.sub(f'<blockquote class="{INDENTED}"', html) if "<blockquote" in html.lower() else html


def _with_little_formatting(html: str) -> str:
    """Without its formatting elements, where the grammar would open them again in so many blocks that it costs too much."""
    if html.count("<") < _FEW_TAGS:
        return html
    most = min(BOUNDS.html_reopened, _SMALL_PAGE + len(html) // 8)
    opened = again = linked = 0
    link = False  # a link ends where the next begins
    for closing, name in _TAG.findall(html):
        element = name.lower()
        if element == "a":
            link = not closing
        elif element in _FORMATTING:
            opened = max(0, opened - 1) if closing else opened + 1
        elif not closing:
            again, linked = again + opened, linked + link
    html = _FORMATS.sub("", html) if again > most else html
    return _LINKS.sub("", html) if linked > most else html


def _without_hidden(html: str) -> str:
    """Without elements that no reader of the mail sees (``display:none``), such as what newsletters put before their text.

    Unless hardly anything would be left: then they are what the mail says.
    """
    lower = html.lower()  # the expressions take ten times as long
    if not any(one in lower for one in _SIGNS):
        return html
    kept: list[str] = []
    start = tries = 0
    for found in islice(_WHOLE_TAG.finditer(html), BOUNDS.html_tags):
        if found.start() < start or not _hides(found[0][: BOUNDS.html_tag_chars]):
            continue
        tries += 1
        if tries > _HIDDEN:
            break
        end = _end_of(html, found.end(), found[0])
        if end > 0:
            kept.append(html[start : found.start()])
            start = end
    kept.append(html[start:])
    seen = "".join(kept)
    return seen if len(_ANY_TAG.sub("", seen).strip()) > _LEAST else html


def _hides(tag: str) -> bool:
    """Whether an element is hidden by its style or by its attribute."""
    lower = tag.lower()
    if not any(one in lower for one in _SIGNS):
        return False
    return bool(_HIDES.search(tag)) or (" hidden" in lower and bool(_ATTRIBUTE.search(_QUOTED.sub('""', tag))))


def _end_of(html: str, position: int, tag: str) -> int:
    """Where the element that `tag` opens before `position` ends; 0 where that cannot be told for certain."""
    name = re.match(r"<(\w+)", tag)
    element = name[1].lower() if name else ""
    if element not in _HIDEABLE or tag.endswith("/>"):
        return 0
    depth = 1
    for found in islice(_TAG.finditer(html, position), _HIDDEN_TAGS):
        if found[2].lower() == element:
            depth += -1 if found[1] else 1
        if not depth:
            end = html.find(">", found.end(), found.end() + 100)
            return end + 1 if end >= 0 else 0
        if element == "p" and depth > 1:
            return 0  # a paragraph ends where the next begins
    return 0


def _with_few_tags(html: str) -> str:
    """Only the first tags stay; of the rest the words do, a bare "<" as a full-width one: each costs the parser a node."""
    position = -1
    for _ in range(BOUNDS.html_tags):
        position = html.find("<", position + 1)
    return html[:position] + _ANY_TAG.sub(" ", html[position:]).replace("<", "\uff1c")


def _with_few_references(html: str) -> str:
    """Character references decoded, except those of markup; where too many characters are left that have to be written as
    references again (on them the sanitiser is quadratic), they become others that look like them."""
    found = set(_REFERENCE.findall(html))
    plain = {one: character for one in found if (character := entities.unescape(one)) not in _MARKUP}
    if len(plain) <= _FEW:
        for one, character in plain.items():
            html = html.replace(one, character)
    else:
        html = _REFERENCE.sub(lambda one: plain.get(one[0], one[0]), html)
    if html.count("\u00a0") > BOUNDS.html_references:
        html = html.replace("\u00a0", "\u202f")
    signs = html.count("&")
    if signs - html.count("&lt;") - html.count("&gt;") > BOUNDS.html_references:
        html = _AMPERSAND.sub("\uff06", html)
    return html.replace("&", "\uff06") if signs > BOUNDS.html_brackets else html


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
