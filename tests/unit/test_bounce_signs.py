"""Signs are looked for before the expressions they stand for: leaving those out must never leave out a match."""

from __future__ import annotations

import email
import re
from pathlib import Path

import pytest
from flufl.bounce import scan_message
from flufl.bounce._detectors.simplematch import PATTERNS as SENTENCES
from flufl.bounce._detectors.simplewarning import PATTERNS as WARNINGS
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import bouncelibrary
from parsers.bouncecodes import PROVIDER
from parsers.bouncelibrary import sign_of, unreachable
from parsers.parse import parse
from tests.helpers.shared import shared

PRINTABLE = st.characters(min_codepoint=32, max_codepoint=126)
REPORTS = sorted((Path(__file__).resolve().parent.parent / "mail" / "reports").glob("*.eml"))
BY_SENTENCE = [row[0] for row in (*SENTENCES, *WARNINGS)]
BY_CODE = [(signs, pattern) for signs, rows in PROVIDER for _, pattern in rows]


@pytest.mark.parametrize("expression", BY_SENTENCE, ids=lambda one: one.pattern)
def test_the_sign_stands_in_all_that_an_expression_of_the_library_matches(expression: re.Pattern[str]) -> None:
    sign = sign_of(expression.pattern)
    assert sign, "without a sign the expression is tried on every line of every mail"

    @settings(max_examples=30)
    @given(st.from_regex(expression, alphabet=PRINTABLE))
    def holds(text: str) -> None:
        assert sign in text.lower()

    holds()


@pytest.mark.parametrize(("signs", "pattern"), BY_CODE, ids=[pattern.pattern for _, pattern in BY_CODE])
def test_a_sign_of_its_provider_stands_in_every_code(signs: tuple[str, ...], pattern: re.Pattern[str]) -> None:
    @settings(max_examples=50)
    @given(st.from_regex(pattern, alphabet=PRINTABLE))
    def holds(text: str) -> None:
        assert any(one in text for one in signs)

    holds()


@pytest.mark.parametrize(
    ("expression", "sign"),
    [
        ("Delivery failed", "delivery failed"),
        (r"to the address\(es\)\.", "to the address"),
        ("either|or", ""),
        ("Del(i|e)very failed", "very failed"),
        ("very? long words*", " long word"),
        (r"\w+\s*$", ""),
        ("[a-z]+ of words", " of words"),
    ],
)
def test_a_sign_is_made_of_what_cannot_be_missing(expression: str, sign: str) -> None:
    assert sign_of(expression) == sign


def _asked_both(raw: bytes) -> tuple[object, object]:
    try:
        whole: object = scan_message(email.message_from_bytes(raw))
    except Exception as error:
        whole = type(error)
    try:
        narrowed: object = unreachable(raw)
    except Exception as error:
        narrowed = type(error)
    return narrowed, whole


@pytest.mark.parametrize("report", REPORTS, ids=lambda one: one.stem)
def test_narrowed_the_library_says_the_same(report: Path) -> None:
    narrowed, whole = _asked_both(report.read_bytes())
    assert narrowed == whole


def test_narrowed_the_library_says_the_same_of_real_reports() -> None:
    reports = sorted(shared("corpus", "bounce").rglob("*.eml"))
    assert reports
    for one in reports:
        narrowed, whole = _asked_both(one.read_bytes())
        assert narrowed == whole, one.name


def test_the_library_sees_no_field_that_the_mail_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    monkeypatch.setattr(bouncelibrary, "unreachable", lambda raw: seen.append(raw) or frozenset())
    head = b"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n\r\n"
    parse(head + b"<bob@gone.example>: 550 no\r\n")
    assert seen and all(raw.partition(b"\n\n")[0] == b"from: MAILER-DAEMON@mx.example" for raw in seen)
