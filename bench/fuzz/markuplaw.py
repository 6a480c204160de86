"""Whether sanitised HTML is harmless, by a scanner that has nothing to do with the one that sanitised it.

It reads markup as the HTML standard's tokenizer does, and knows what harmless mail may hold: only elements that show text,
no attribute that runs or loads, no style that covers the page or fetches.  Anything else is a finding, understood or not.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

HARMLESS: Final = frozenset({
    "a", "abbr", "address", "article", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code",
    "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark", "nav", "ol", "p", "pre", "q",
    "s", "samp", "section", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
})  # fmt: skip
QUIET: Final = frozenset({
    "class", "id", "style", "dir", "lang", "href", "title", "type", "color", "alt", "width", "height", "src", "start",
    "colspan", "rowspan", "align", "rel",
})  # fmt: skip
PROPERTIES: Final = frozenset(
    {"color", "background-color", "font-weight", "font-style", "text-decoration", "text-align"}
)
SCHEMES: Final = ("http:", "https:", "mailto:", "tel:", "cid:")
_TAG: Final = re.compile(r"""</?([a-zA-Z][^\s/>]*)((?:[^"'>]|"[^"]*+"|'[^']*+')*+)>""")
_ATTRIBUTE: Final = re.compile(r"""\s*([^\s=>"'/]++)(?:="([^"]*+)")?""")
_IGNORED: Final = re.compile("[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\ufeff]+")


def unsafe(clean: str) -> str:
    """What is wrong with this HTML, or ""."""
    position = clean.find("<")
    while position >= 0:
        tag = _TAG.match(clean, position)
        if tag is None:
            return f"markup that is no tag: {clean[position : position + 80]!r}"
        flaw = _flaw(tag[1].lower(), tag[2])
        if flaw:
            return f"{flaw}: {tag[0][:120]!r}"
        position = clean.find("<", tag.end())
    return ""


def _flaw(element: str, attributes: str) -> str:
    if element not in HARMLESS:
        return f"the element {element}"
    position, rest = 0, attributes.rstrip(" /")
    while position < len(rest):
        found = _ATTRIBUTE.match(rest, position)
        if found is None:
            return "an attribute that cannot be read"
        flaw = _attribute_flaw(element, found[1].lower(), html.unescape(found[2] or ""))
        if flaw:
            return flaw
        position = found.end()
    return ""


def _attribute_flaw(element: str, name: str, value: str) -> str:
    if name not in QUIET:
        return f"the attribute {name}"
    bare = _IGNORED.sub("", value).lower()
    if name == "href" and not (element == "a" and bare.startswith(SCHEMES)):
        return "a link that is none"
    if name == "src" and not (element == "img" and bare.startswith("cid:")):
        return "something is loaded"
    return _style_flaw(bare) if name == "style" else ""


def _declarations(style: str) -> Iterator[str]:
    """Split as browsers do: a semicolon inside parentheses, which the attribute's end closes, ends nothing."""
    depth = start = 0
    for at, sign in enumerate(style):
        depth = max(0, depth + (sign == "(") - (sign == ")"))
        if sign == ";" and not depth:
            yield style[start:at]
            start = at + 1
    yield style[start:]


def _style_flaw(style: str) -> str:
    """Declarations of known properties, with values that fetch and compute nothing."""
    for declaration in _declarations(style):
        prop, colon, value = declaration.partition(":")
        if not declaration:
            continue
        if not colon or prop not in PROPERTIES:
            return f"the style {prop[:40]}"
        if any(one in value for one in ("url", "image", "expression", "@import", "\\", "/*", "src(")):
            return f"the style value {value[:40]}"
    return ""
