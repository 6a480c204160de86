"""The promises of reading on mails that nobody wrote by hand: 2,000 of them here, a million in `bench/campaign parse`."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench.fuzz import laws, parts, sources
from bench.fuzz.damage import damaged
from bench.fuzz.markuplaw import unsafe
from bench.fuzz.shrink import shrunk
from parsers.html import sanitised
from parsers.parse import parse

CAREFUL = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
STOCK = sources.stock(with_corpus=False)


def broken(raw: bytes, thorough: bool = False) -> str:
    return laws.broken(raw, parse(raw), thorough)


@settings(CAREFUL, max_examples=1500)
@given(st.integers(0, sources.STRIDE - 1))
def test_a_generated_mail_breaks_no_promise(number: int) -> None:
    made = sources.mail(number, STOCK)
    if len(made.raw) < 200_000:
        assert broken(made.raw, number % 16 == 0) == "", f"bench/campaign parse --no-corpus --again {number}"


@settings(CAREFUL, max_examples=200)
@given(st.randoms(use_true_random=False))
def test_a_mail_that_is_made_choice_by_choice_breaks_no_promise(rng: random.Random) -> None:
    """Here the library makes each choice, so a failure is shown as the smallest mail that fails."""
    assert broken(damaged(rng, parts.mail(rng), b"x")) == ""


@settings(CAREFUL, max_examples=300)
@given(st.binary(max_size=400))
@example(b"")
@example(b"\xff\xfe")
def test_any_bytes_are_a_mail_that_breaks_no_promise(raw: bytes) -> None:
    assert broken(raw, thorough=True) == ""


def test_the_same_number_makes_the_same_mail() -> None:
    for number in (*range(200), 10_000_000, 20_000_001):
        assert sources.mail(number, STOCK) == sources.mail(number, STOCK)


def test_the_law_of_harmless_html_sees_what_is_harmful() -> None:
    harmful = (
        "<script>x</script>", "<p onclick='x'>", '<img src="https://t.example/p.gif">', '<a href="javascript:x">y</a>',
        '<a href="&#106;avascript:x">y</a>', '<a href=" java\tscript:x">y</a>', "<svg>", "<!-- x -->", "<a href=x",
        '<p style="background:url(https://t.example)">', '<p style="position:fixed">', '<img src="cid:a" srcset="x">',
        '<p style="color:expression(x)">', "<base href='https://t.example'>", '<font color="a" face="b">', "<",
        '<td background="https://t.example">', '<a href="data:text/html,x">y</a>', '<meta http-equiv="refresh">',
    )  # fmt: skip
    assert [one for one in harmful if not unsafe(one)] == []
    assert [one for one in harmful if unsafe(sanitised(one))] == []


def test_the_law_of_names_sees_what_is_dangerous() -> None:
    dangerous = ("", " ", "..", "a/b", "a\\b", "a\u2215b", "a\0b", "a\u202eb", "a\nb", "x" * 151, "\u200bx", "a:b")
    assert [one for one in dangerous if not laws.bad_name(one)] == []
    assert [one for one in ("report.pdf", "日本語.txt", "naïve résumé.doc") if laws.bad_name(one)] == []


def test_a_finding_is_made_small() -> None:
    raw = b"Subject: x\r\n\r\n" + b"words " * 500 + b"needle" + b" words" * 500
    assert shrunk(raw, lambda one: b"needle" in one) == b"needle"
