"""HTML: harmless, readable as text, and cheap whatever it contains."""

from __future__ import annotations

import pytest

from parsers import html, htmltext

HARMLESS = (
    ("<p>a<script>x()</script>b</p>", "<p>ab</p>"),
    ("<img src=https://example.org/t.png alt=x>", '<img alt="x">'),
    ("<img src=cid:1@x><img src=https://example.org/t.png>", '<img src="cid:1@x"><img>'),
    ("<a href=javascript:x()>a</a>", '<a rel="noopener noreferrer">a</a>'),
    ("<p onclick=x()>a</p>", "<p>a</p>"),
    ("<style>@import url(https://example.org)</style><p>a</p>", "<p>a</p>"),
    ("<iframe src=https://example.org></iframe>a", "a"),
    ("<form action=https://example.org><input name=a>b</form>", "b"),
    ("<svg><script>x()</script></svg>a", "a"),
    ("<base href=https://example.org><meta http-equiv=refresh content=0>a", "a"),
    ("<a href=/relative>a</a>", '<a rel="noopener noreferrer">a</a>'),
    ("<!-- a --><p>b", "<p>b</p>"),
)


@pytest.mark.parametrize(("markup", "wanted"), HARMLESS)
def test_html_is_made_harmless(markup: str, wanted: str) -> None:
    assert html.sanitised(markup) == wanted


def test_what_loads_is_found_in_a_style_written_as_character_references() -> None:
    for written in ("&#117;rl('http://x')", "&#105;mage-set('http://x' 1x)", "U&#x52;L(http://x)"):
        clean = html.sanitised(f'<p id="x" style="background-color:{written};color:red">a</p>')
        assert clean == '<p id="mail-x" style="color:red">a</p>'


def test_what_loads_is_taken_out_of_a_style_whole_whatever_stands_in_its_parentheses() -> None:
    style = "color:rgb(1;url(x);2);font-weight:bold;text-align:image(y"
    assert html.sanitised(f'<p style="{style}">a</p>') == '<p style="font-weight:bold">a</p>'


def test_styles_keep_colour_and_lose_what_loads_or_covers() -> None:
    clean = html.sanitised('<p style="color:red;position:fixed;background:url(https://example.org/x)">a</p>')
    assert "red" in clean and "position" not in clean and "example.org" not in clean


TEXTS = (
    ("paragraphs", "<p>a</p><p>b</p>", "a\n\nb"),
    ("lines", "<div>a</div><div>b<br>c</div>", "a\nb\nc"),
    ("blanks", "a \n  b&nbsp;c", "a b\xa0c"),
    ("entities", "&lt;a&gt; &amp; &euro;", "<a> & €"),
    ("a list", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n\n  - c"),
    ("a numbered list", "<ol start=1><li>a</li><li>b</li></ol>", "1. a\n2. b"),
    ("a table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a  b\nc  d"),
    ("a link", '<a href="https://example.org/x">here</a> and on', "here and on <https://example.org/x>"),
    ("a link that says where it leads", '<a href="https://example.org/">example.org</a>', "example.org"),
    ("a quote", "<p>a</p><blockquote>b<blockquote>c</blockquote></blockquote>", "a\n\n> b\n>> c"),
    ("preformatted text", "<pre>a\n  b</pre>", "a\n  b"),
    ("emphasis in a word", "<b>a</b>b <i>c</i>", "ab c"),
)


@pytest.mark.parametrize(("what", "markup", "wanted"), TEXTS, ids=[one[0] for one in TEXTS])
def test_html_becomes_readable_text(what: str, markup: str, wanted: str) -> None:
    assert htmltext.render(html.sanitised(markup)).text == wanted


def test_a_container_named_by_a_program_is_marked() -> None:
    clean = html.sanitised(
        '<div>a</div><div class="gmail_quote"><div class="gmail_attr">x wrote:</div><blockquote>b</blockquote></div>'
    )
    assert htmltext.render(clean).marks == ((1, 2, "attribution"), (1, 3, "quote"))


@pytest.mark.parametrize("deep", ["<div>", "<table><tr><td>", "<blockquote>", "<b>", "<ul><li>"])
def test_words_in_absurdly_deep_html_are_not_lost(deep: str) -> None:
    assert "the words" in htmltext.render(html.sanitised(deep * 20_000 + "the words")).text


@pytest.mark.parametrize(
    "bomb",
    [
        "<!--",
        "<",
        "&",
        "&nbsp;",
        "<p ",
        '<p title="',
        "</p>",
        "<a href=x>",
        "<![CDATA[",
        "<select><option>",
        "<svg><g>",
        "<p a='>' ",
    ],
)
def test_a_repeated_piece_costs_linear_time_and_ends(bomb: str) -> None:
    assert isinstance(htmltext.render(html.sanitised(bomb * (200_000 // len(bomb)))).text, str)


def test_a_tag_with_thousands_of_attributes_is_left_out() -> None:
    markup = "before<p " + " ".join(f"a{number}=1" for number in range(5000)) + ">after" + " " * 1000
    assert htmltext.render(html.sanitised(markup)).text == "beforeafter"
