"""HTML of strangers made harmless: nothing runs, nothing is loaded, nothing covers the page; the only user of nh3.

nh3 builds the tree as a browser would; before it `htmlguard` takes out, without losing words, on what nh3 is quadratic.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import nh3

from parsers import htmlguard

_TAGS: Final = {
    "a", "abbr", "address", "article", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite",
    "code", "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark", "nav", "ol",
    "p", "pre", "q", "s", "samp", "section", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_EMPTIED: Final = {"script", "style", "title", "template", "noscript", "iframe", "object", "applet", "svg", "math",
"textarea",
                   "select", "noembed", "noframes", "xmp"}  # fmt: skip
_ATTRIBUTES: Final = {
    "*": {"class", "id", "style", "dir", "lang"},
    "a": {"href", "title"},
    "blockquote": {"type"},
    "font": {"color"},
    "img": {"alt", "width", "height", "src"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
}
_STYLES: Final = {"color", "background-color", "font-weight", "font-style", "text-decoration", "text-align"}


_FETCHING: Final = ("url", "image", "image-set", "element", "expression", "src", "cross-fade", "paint")
"""Functions in the value of a style that name something outside."""
_MANY: Final = 200


def _fetches(lower: str) -> bool:
    """Whether text in lower case calls one of them, or could be written so that it does; where much is called, yes."""
    calls = lower.count("(")
    return "\\" in lower or calls > _MANY or any(one.rstrip().endswith(_FETCHING) for one in lower.split("(")[:-1])


def _declarations(style: str) -> Iterator[str]:
    """The declarations of a style; a semicolon inside parentheses ends none (CSS Syntax 3, 5.4)."""
    depth = start = 0
    for sign in re.finditer(r"[();]", style):
        if sign[0] != ";":
            depth = max(0, depth + (1 if sign[0] == "(" else -1))
        elif not depth:
            yield style[start : sign.start()]
            start = sign.end()
    yield style[start:]


def _only_local(element: str, attribute: str, value: str) -> str | None:
    """Images come from the mail itself or not at all: a remote one tells its sender who reads, and when."""
    if attribute == "src" and not (element == "img" and value[:4].lower() == "cid:"):
        return None
    if attribute == "style" and _fetches(value.lower()):
        return ";".join(one for one in _declarations(value) if not _fetches(one.lower()))
    return value


_PLAIN_ATTRIBUTES: Final = {**_ATTRIBUTES, "img": {"alt", "width", "height"}}
_SCHEMES: Final = {"http", "https", "mailto", "tel", "cid"}
_CLEANER: Final = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_EMPTIED,
    attributes=_PLAIN_ATTRIBUTES,
    url_schemes=_SCHEMES,
    url_relative="deny",
    filter_style_properties=_STYLES,
    id_prefix="mail-",
)
_WITH_CARE: Final = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_EMPTIED,
    attributes=_ATTRIBUTES,
    attribute_filter=_only_local,
    url_schemes=_SCHEMES,
    url_relative="deny",
    filter_style_properties=_STYLES,
    id_prefix="mail-",
)


def sanitised(html: str) -> str:
    """`html` without anything that runs, loads or overlays; linear but for bounded nesting."""
    safe = htmlguard.bounded(html)
    lower = safe.lower()
    if "cid:" in lower or _fetches(lower):
        return _WITH_CARE.clean(safe)
    clean = _CLEANER.clean(safe)
    return _WITH_CARE.clean(safe) if _fetches(clean.lower()) else clean  # it was written as character references
