"""Authentication-Results (RFC 8601): what counts as a result, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.authresults import LONGEST_FIELD, MOST_FIELDS, MOST_RESULTS, AuthResults, read

OURS = "mx.acme.example"


def verdicts(*values: str) -> list[str]:
    """The results of our border as ``method=result``."""
    return [f"{one.method}={one.result}" for one in read(values, OURS).results]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f"{OURS}; dmarc=pass header.from=acme.example", ["dmarc=pass"]),
        (f"{OURS} 1; spf=pass smtp.mailfrom=a@b.example; dkim=fail", ["spf=pass", "dkim=fail"]),
        (f'(ours) "{OURS}" (v) 1 (one) ; (a) DMARC (b) / (c) 1 (d) = (e) Pass (f)', ["dmarc=pass"]),
        ("MX.Acme.Example; dmarc=pass", ["dmarc=pass"]),
        (f"{OURS};\r\n\tspf=none;\r\n\tdkim=pass header.d=b.example", ["spf=none", "dkim=pass"]),
        (f"{OURS}; none", []),
        (f"{OURS};", []),
        (f"{OURS}", []),
        ("", []),
        (f"{OURS}; spf=pass;; dkim=pass;", ["spf=pass", "dkim=pass"]),
        (f"{OURS}; x-own-thing=pass; dkim-atps=neutral", ["x-own-thing=pass", "dkim-atps=neutral"]),
        (f"{OURS};spf=pass(good)smtp.mailfrom=a@b.example;dkim=pass", ["spf=pass", "dkim=pass"]),
    ],
)
def test_results_are_read_with_or_without_version_comments_and_folding(value: str, expected: list[str]) -> None:
    assert verdicts(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "mx.evil.example; dmarc=pass",
        "mx.acme.example.evil.example; dmarc=pass",
        "x.mx.acme.example; dmarc=pass",
        "mx.acme.exampl; dmarc=pass",
        "mx.acme.example.; dmarc=pass",
        "ｍx.acme.example; dmarc=pass",
        "mx。acme。example; dmarc=pass",
        "=?utf-8?q?mx.acme.example?=; dmarc=pass",
        "evil@mx.acme.example; dmarc=pass",
        '"mx.acme.example; dmarc=pass"; spf=pass',
        "(mx.acme.example;) mx.evil.example; dmarc=pass",
        "mx.evil.example (; mx.acme.example); dmarc=pass",
        "; dmarc=pass",
        "dmarc=pass",
        f"{OURS} 2; dmarc=pass",
        f"{OURS} dmarc=pass",
        f"{OURS} mx.evil.example; dmarc=pass",
    ],
)
def test_a_field_that_our_border_did_not_write_does_not_count(value: str) -> None:
    assert verdicts(value) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f"{OURS}; dmarc=fail (dmarc=pass header.from=acme.example)", ["dmarc=fail"]),
        (f"{OURS}; dmarc=fail (p=none; dmarc=pass)", ["dmarc=fail"]),
        (f"{OURS}; dmarc=fail (a (nested; dmarc=pass) b; dmarc=pass)", ["dmarc=fail"]),
        (f"{OURS}; dmarc=fail (a \\) ; dmarc=pass)", ["dmarc=fail"]),
        (
            f'{OURS}; spf=fail smtp.mailfrom="x; dmarc=pass header.from=acme.example"; dmarc=fail',
            ["spf=fail", "dmarc=fail"],
        ),
        (f'{OURS}; spf=fail smtp.mailfrom="x; dmarc=pass"@evil.example', ["spf=fail"]),
        (f'{OURS}; spf=fail smtp.mailfrom="x\\"; dmarc=pass; y"', ["spf=fail"]),
        (f'{OURS}; spf=fail reason="no; dmarc=pass"', ["spf=fail"]),
        (f'{OURS}; spf=fail reason="(" ; dkim=none reason=")"', ["spf=fail", "dkim=none"]),
    ],
)
def test_nothing_inside_a_comment_or_a_quoted_string_is_a_result(value: str, expected: list[str]) -> None:
    assert verdicts(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        f'{OURS}; dkim=pass; spf=fail smtp.mailfrom="never closed; dmarc=pass',
        f"{OURS}; dkim=pass; spf=fail (never closed; dmarc=pass",
        f"{OURS}; dkim=pass; spf=fail (closed by nothing \\)",
        f"{OURS} (; dkim=pass",
        f'{OURS}; dkim=pass; spf=fail reason="ends in a backslash\\',
    ],
)
def test_a_field_with_an_open_end_counts_for_nothing(value: str) -> None:
    found = read([value, f"{OURS}; spf=neutral"], OURS)
    assert [one.method for one in found.results] == ["spf"]
    assert "does not count" in found.defects[0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f"{OURS}; dmarc=pass what is this; spf=pass", ["spf=pass"]),
        (f"{OURS}; dmarc=fail what is this; spf=pass", ["dmarc=fail", "spf=pass"]),
        (f"{OURS}; b.example; spf=pass", ["spf=pass"]),
        (f"{OURS}; dmarc; spf=pass", ["spf=pass"]),
        (f"{OURS}; dmarc=; spf=pass", ["spf=pass"]),
        (f"{OURS}; =pass; spf=pass", ["spf=pass"]),
        (f"{OURS}; dmarc=pass/fail; spf=pass", ["spf=pass"]),
        (f"{OURS}; dmarc=pass, spf=pass", []),
        (f'{OURS}; dmarc="pass"; spf=pass', ["spf=pass"]),
        (f"{OURS}; dmarc=pass none; spf=pass", ["spf=pass"]),
    ],
)
def test_what_cannot_be_read_to_its_end_never_counts_as_pass(value: str, expected: list[str]) -> None:
    found = read([value], OURS)
    assert [f"{one.method}={one.result}" for one in found.results] == expected
    assert found.defects


def test_properties_tell_what_a_result_is_about() -> None:
    value = (
        f'{OURS}; dkim=pass reason="good signature" header.d=Acme.Example header . i = @acme.example '
        "header.b=aB3/x+Y= policy.dkim-rules=unaligned; "
        'spf=pass smtp.mailfrom="ann lee"@acme.example smtp.helo=; '
        "iprev=fail policy.iprev=2001:db8::1; dmarc=pass action=none header.from=acme.example"
    )
    dkim, spf, iprev, dmarc = read([value], OURS).results
    assert dkim.reason == "good signature"
    assert dkim.value("header", "d") == "Acme.Example"
    assert dkim.value("Header", "I") == "@acme.example"
    assert dkim.value("header", "b") == "aB3/x+Y="
    assert dkim.value("policy", "dkim-rules") == "unaligned"
    assert dkim.value("header", "from") is None
    assert spf.value("smtp", "mailfrom") == "ann lee@acme.example"
    assert spf.value("smtp", "helo") == ""
    assert iprev.value("policy", "iprev") == "2001:db8::1"
    assert dmarc.value("", "action") == "none"
    assert dmarc.value("header", "from") == "acme.example"


def test_several_fields_and_several_results_of_a_method_keep_their_order() -> None:
    found = read(
        [f"{OURS}; dkim=fail header.d=a.example; dkim=pass header.d=b.example", "x; dkim=pass", f"{OURS}; DKIM=none"],
        OURS,
    )
    assert [one.result for one in found.of("DKIM")] == ["fail", "pass", "none"]
    assert found.of("spf") == ()


def test_an_international_authserv_id_is_compared_as_it_travels() -> None:
    assert read(["mx.xn--bcher-kva.example; spf=pass"], "mx.bücher.example").of("spf")


@pytest.mark.parametrize("asked", ["", OURS])
def test_an_empty_authserv_id_matches_nothing(asked: str) -> None:
    assert read(["; dmarc=pass", '""; dmarc=pass', "(x); dmarc=pass"], asked) == AuthResults()


def test_fields_and_results_without_number_are_cut_off() -> None:
    many = read([f"{OURS}; spf=fail"] * (MOST_FIELDS + 1), OURS)
    assert len(many.results) == MOST_FIELDS
    long = read([f"{OURS}" + "; spf=fail" * (MOST_RESULTS + 1)], OURS)
    assert len(long.results) == MOST_RESULTS
    huge = read([f"{OURS}; spf=pass (" + "x" * LONGEST_FIELD + ")"], OURS)
    assert huge.results == ()
    assert many.defects
    assert long.defects
    assert huge.defects


pieces = st.lists(
    st.sampled_from([*'();"\\=./@ \t', "dmarc", "pass", "none", "header", "from", "reason", "1", "é", "\u00a0", "\x00"])
)


@given(pieces)
def test_whatever_stands_in_a_field_is_read_without_an_error(parts: list[str]) -> None:
    read([f"{OURS}" + "".join(parts), "".join(parts)], OURS)


@given(st.text(), st.booleans())
def test_no_text_in_quotes_can_add_or_change_a_result(text: str, comment: bool) -> None:
    escaped = "".join(f"\\{character}" if character in '"\\()' else character for character in text)
    hidden = f"({escaped})" if comment else f'smtp.mailfrom="{escaped}"'
    assert verdicts(f"{OURS}; spf=fail {hidden}; dkim=none") == ["spf=fail", "dkim=none"]
