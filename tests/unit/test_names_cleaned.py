"""Names of attachments: safe, never empty, always the same."""

from __future__ import annotations

import pytest

from parsers import names

CLEANED = (
    ("report.pdf", "report.pdf"),
    ("../../etc/passwd", "passwd"),
    ("C:\\temp\\x.exe", "x.exe"),
    ("/etc/passwd", "passwd"),
    ("..%2f..%2fx", "x"),
    ("a\u2215b\u2044c", "c"),
    ("a\uff0fb", "b"),
    ("a\r\nb.txt", "a b.txt"),
    ("con", "_con"),
    ("NUL.txt", "_NUL.txt"),
    ("nul .tar.gz", "_nul .tar.gz"),
    ("CONIN$", "_CONIN$"),
    ("console.txt", "console.txt"),
    ("a\u2571b\u27cdc", "c"),
    ("plan.txt::$DATA", "plan.txt__$DATA"),
    ("invoice\u202efdp.exe", "invoicefdp.exe"),
    ("a\0b", "ab"),
    ("a<b>|c?.txt", "a_b__c_.txt"),
    ("..", ""),
    (" . ", ""),
    ("", ""),
    ("/", ""),
    (".profile", ".profile"),
    ("a.", "a"),
    ("ä ö.txt", "ä ö.txt"),
    ("C:x.txt", "x.txt"),
)


@pytest.mark.parametrize(("name", "wanted"), CLEANED)
def test_a_name_is_cleaned(name: str, wanted: str) -> None:
    assert names.cleaned(name) == wanted


def test_a_long_name_keeps_its_extension_and_fits() -> None:
    short = names.cleaned("ü" * 400 + ".pdf")
    assert short.endswith(".pdf") and len(short.encode()) <= 150


@pytest.mark.parametrize(
    ("kind", "wanted"), [("image/png", "part-1.png"), ("message/rfc822", "part-1.eml"), ("x/y", "part-1.bin")]
)
def test_a_part_without_a_name_gets_a_stable_one(kind: str, wanted: str) -> None:
    assert names.made_up(kind, 0) == wanted
