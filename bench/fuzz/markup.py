"""HTML of mails: what mail programs write, what attackers write, and trees that no browser would have made."""

from __future__ import annotations

import html
import random
from typing import Final

from bench.fuzz.words import SENTENCES, chance, few, token
from bench.fuzz.writing import letter

TAGS: Final = (
    "div", "p", "span", "br", "a", "img", "table", "tr", "td", "th", "tbody", "ul", "ol", "li", "blockquote", "pre",
    "b", "i", "font", "h1", "hr", "center", "dl", "dt", "dd", "style", "script", "title", "template", "noscript",
    "iframe", "object", "svg", "math", "mi", "mtext", "mglyph", "annotation-xml", "foreignObject", "desc", "textarea",
    "select", "option", "form", "input", "button", "base", "link", "meta", "xmp", "plaintext", "noembed", "frameset",
    "body", "html", "head", "video", "audio", "source", "embed", "applet", "marquee", "o:p", "v:shape", "w:sdt",
    "x-custom", "details", "dialog", "picture", "map", "area", "isindex", "keygen", "image", "listing", "nobr", "rt",
    "ruby",
)  # fmt: skip
ATTRIBUTES: Final = (
    'class="gmail_quote"', 'class="gmail_signature"', 'id="divRplyFwdMsg"', 'id="appendonsend"',
    'class="moz-cite-prefix"', 'type="cite"', 'style="color:red;position:fixed;top:0"',
    'style="background:url(https://t.example/x)"', 'style="width:expression(alert(1))"',
    "style='background-image:\\75\\72\\6c(//t.example)'", 'onload="alert(1)"', "onerror=alert(1)", "OnClick = 'x()'",
    'href="javascript:alert(1)"', 'href=" java\tscript:alert(1)"', 'href="&#106;avascript&colon;alert(1)"',
    'href="https://example.org/?a=1&amp;b=2"', 'href="//t.example"', 'href="data:text/html,<script>x</script>"',
    'href="mailto:a@example.org"', 'href="vbscript:x"', 'src="https://t.example/p.gif"', 'src="cid:a@b"',
    'src="cid:a@b" src="https://t.example"', "src=CID:x", 'srcset="https://t.example/p.gif 2x"',
    'background="https://t.example/b"', 'data="https://t.example"', 'formaction="javascript:x"',
    'ping="https://t.example"', 'poster="//t.example"', 'xlink:href="javascript:x"', 'srcdoc="<script>x</script>"',
    'width="1" height="1"', 'start="99999999999999999999"', 'colspan="100000000"',
    'http-equiv="refresh" content="0;url=https://t.example"', 'title="</style><img src=x onerror=alert(1)>"',
    "alt=\"'><script>x</script>\"", "x" * 300, "=", "\"", "'", "/", "a=b" * 30, 'dir="rtl"', 'id="x" id="y"', "\x00",
    'target="_blank"',
)  # fmt: skip
LOOSE: Final = (
    "<script>alert(1)</script>", "<style>@import 'https://t.example/x.css'; p{color:red}</style>", "<!-- a -- b -->",
    "<!-->", "<!--", "-->", "<![CDATA[ x ]]>", "<!DOCTYPE html>", "<?xml version='1.0'?>", "<", ">", "</", "</>",
    "<a", "<a href='", "&", "&amp;", "&#0;", "&#xD800;", "&#1114112;", "&nbsp;&nbsp;", "&lt;script&gt;",
    "&NotEqualTilde;", "&ampamp;", "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>", "<![if !mso]>x<![endif]>",
    "<!--[if mso]><p>y</p><![endif]-->", "<o:p>&nbsp;</o:p>", "<plaintext>", "<xmp></xmp>",
    "<textarea></textarea><img src=x>", "\x00", "\ufffe", "\u2028", "<p/><div/>", "<a href=https://example.org>x</a>",
    "<IMG SRC=\"https://t.example/x\">",
)  # fmt: skip


def document(rng: random.Random) -> str:
    """A whole document, or a piece that claims to be one."""
    inside = tree(rng, rng.choice((2, 3, 4, 6, 12)))
    if chance(rng, 0.5):
        return f"<html><head><title>{rng.choice(SENTENCES)}</title></head><body>{inside}</body></html>"
    return inside


def tree(rng: random.Random, depth: int) -> str:
    """Elements in elements, some never closed, some closed twice or by another."""
    pieces: list[str] = []
    count = 1 + few(rng, 6)
    deep = rng.randrange(count)  # one element goes on downwards, else trees grow beyond all measure
    for at in range(count):
        sort = rng.random()
        if sort < 0.25:
            pieces.append(html.escape(rng.choice(SENTENCES), quote=False))
        elif sort < 0.35:
            pieces.append(rng.choice(LOOSE))
        elif sort < 0.42:
            pieces.append(reply(rng))
        else:
            pieces.append(_element(rng, depth if at == deep else min(depth, 1)))
    return rng.choice(("", "", "\n", " ")).join(pieces)


def _element(rng: random.Random, depth: int) -> str:
    tag = rng.choice(TAGS[:23]) if chance(rng, 0.6) else rng.choice(TAGS)
    attributes = "".join(" " + rng.choice(ATTRIBUTES) for _ in range(few(rng, 5)))
    inside = tree(rng, depth - 1) if depth > 0 and chance(rng, 0.7) else rng.choice(SENTENCES)
    opening = f"<{tag.upper() if chance(rng, 0.1) else tag}{attributes}{rng.choice(('', '', '', '/', ' '))}>"
    closing = rng.choice((f"</{tag}>",) * 12 + ("", "", f"</{rng.choice(TAGS)}>", f"</{tag}></{tag}>", f"</{tag} x"))
    return (opening * (rng.randint(2, 400) if chance(rng, 0.01) else 1)) + inside + closing


def reply(rng: random.Random) -> str:
    """How mail programs mark up a reply: their containers round an older mail."""
    old = html.escape(letter(rng)).replace("\n", rng.choice(("<br>", "<br/>\n", "</p><p>", "\n")))
    box = rng.randrange(6)
    if box == 0:
        lead = '<div dir="ltr" class="gmail_attr">On Mon, A wrote:<br></div>'
        return f'<div class="gmail_quote">{lead}<blockquote class="gmail_quote">{old}</blockquote></div>'
    if box == 1:
        lead = '<div id="divRplyFwdMsg" dir="ltr"><b>From:</b> A<br><b>Sent:</b> B</div>'
        return f'<div id="appendonsend"></div><hr>{lead}<div>{old}</div>'
    if box == 2:
        quote = f'<blockquote type="cite" cite="mid:{token(rng)}">{old}</blockquote>'
        return f'<div class="moz-cite-prefix">A wrote:<br></div>{quote}<pre class="moz-signature">-- <br>A</pre>'
    if box == 3:
        ruler = "<div style='border:none;border-top:solid #E1E1E1 1.0pt'>"
        return f"<p class=MsoNormal><o:p>&nbsp;</o:p></p>{ruler}<p class=MsoNormal><b>From:</b> A</p></div>{old}"
    if box == 4:
        return f'<blockquote style="margin:0"><blockquote>{old}</blockquote>{rng.choice(SENTENCES)}</blockquote>'
    return f'<div class="gmail_signature">{old}</div>'
