"""Date fields as mail programs and scripts write them name the moment that was meant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.dates import moment
from parsers.parse import parse


@pytest.mark.parametrize(
    ("field", "iso"),
    [
        ("Mon, 2 Nov 2026 10:14:33 +0100", "2026-11-02T10:14:33+01:00"),
        ("2 Nov 2026 10:14 GMT", "2026-11-02T10:14:00+00:00"),
        ("Mon, 02 Nov 26 10:14:33 EST (no comment)", "2026-11-02T10:14:33-05:00"),
        ("Mon, 2 Nov 2026 10:14:33 +01:00", "2026-11-02T10:14:33+01:00"),
        ("Mon, 2 Nov 2026 10:14:33 GMT+05:30", "2026-11-02T10:14:33+05:30"),
        ("Mon, 2 Nov 2026 10:14:33 GMT+0530", "2026-11-02T10:14:33+05:30"),
        ("Mon, 2 Nov 2026 10:14:33 CET", "2026-11-02T10:14:33+01:00"),
        ("Thu, 2 Jul 2026 10:14 MESZ (Sommerzeit)", "2026-07-02T10:14:00+02:00"),
        ("Thu Jul  2 10:14:33 CEST 2026", "2026-07-02T10:14:33+02:00"),
        ("Mon, 2 Nov 2026 10:14:33 XYZ", "2026-11-02T10:14:33+00:00"),
        ("2026-11-02T10:14:33+01:00", "2026-11-02T10:14:33+01:00"),
        ("2026-11-02T10:14:33.123456Z", "2026-11-02T10:14:33+00:00"),
        ("2026-11-02 10:14:33 +0100", "2026-11-02T10:14:33+01:00"),
        ("2026-11-02 10:14", "2026-11-02T10:14:00+00:00"),
        ("Mon Nov 02 2026 10:14:33 GMT+0100 (Central European Standard Time)", "2026-11-02T10:14:33+01:00"),
        ("Mon Nov 2 2026 10:14:33", "2026-11-02T10:14:33+00:00"),
        ("Mon, 2 Nov 2026 04:05:00 PM +0100", "2026-11-02T16:05:00+01:00"),
        ("Mon, 2 Nov 2026 12:05:00 a.m. +0100", "2026-11-02T00:05:00+01:00"),
        ("Mon, 2 Nov 126 10:14:33 GMT", "2026-11-02T10:14:33+00:00"),
        ("Mo, 02 Dez 2026 10:14:33 +0100", "2026-12-02T10:14:33+01:00"),
        ("Mo, 02 M\u00e4r 2026 10:14:33 +0100", "2026-03-02T10:14:33+01:00"),
        ("lun., 02 f\u00e9vr. 2026 10:14:33 +0100", "2026-02-02T10:14:33+01:00"),
        ("mar, 02 giu 2026 10:14:33 +0200", "2026-06-02T10:14:33+02:00"),
        ("\u041f\u043d, 02 \u043d\u043e\u044f 2026 10:14:33 +0300", "2026-11-02T10:14:33+03:00"),
        ("", None),
        ("yesterday", None),
        ("2026-13-45T99:99:99Z", None),
        ("Mon, 32 Nov 2026 10:14:33 +0100", None),
    ],
)
def test_a_date_field_names_a_moment(field: str, iso: str | None) -> None:
    message = parse(f"From: a@b.example\r\nDate: {field}\r\n\r\nx\r\n".encode())
    assert message.date == (datetime.fromisoformat(iso) if iso else None)
    assert message.date is None or message.date.utcoffset() == datetime.fromisoformat(str(iso)).utcoffset()


@given(
    st.text(max_size=80) | st.from_regex(r"\w{3}, \d{1,3} \w{3,5} \d{2,5} \d{1,2}:\d\d [+-]\d{2}:?\d\d", fullmatch=True)
)
def test_any_text_is_a_moment_with_a_zone_or_none(value: str) -> None:
    found = moment(value)
    assert found is None or found.tzinfo is not None
    assert moment(value, datetime(2026, 1, 1, tzinfo=UTC)) is not None
