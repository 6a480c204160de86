"""Defects are told in words that an administrator knows, not in the names of a library's classes."""

from __future__ import annotations

import pytest

from parsers.parse import parse

HEAD = b"From: ann@example.org\r\nSubject: x\r\n"


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "empty: there is nothing in it"),
        (HEAD + b"Date: some day\r\n\r\nx", "date: it cannot be read"),
        (HEAD + b"Content-Type: text/plain\r\n\r\n\xf0\xd2\xc9\xd7\xc5\xd4\r\n", "charset: none is stated, read as koi8-r"),
        (HEAD + b"Content-Type: text/plain; charset=x-foo\r\n\r\nna\xefve", "charset: x-foo is not known, read as cp1252"),
        (HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\nna\xefve", "charset: utf-8 does not fit, read as"),
        (HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\nx", "multipart/mixed: its first boundary is missing"),
    ],
)  # fmt: skip
def test_what_is_broken_is_told(raw: bytes, told: str) -> None:
    defects = parse(raw).defects
    assert any(one.startswith(told) for one in defects), defects
    assert not any("Defect" in one for one in defects)


def test_of_an_empty_file_nothing_else_is_told() -> None:
    assert parse(b"").defects == ("empty: there is nothing in it",)
