"""Expressions as Python before 3.11.5 must read them: it gave up repeated possessive groups (CPython issue 106052).

Debian 12 has such a Python.  A possessive group is only left where both were compared and agree; the list grows by that.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.config.values import _LOCAL
from parsers.author import _NOBODY
from parsers.calendar import _LINE
from parsers.htmltext import _TOKEN

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("parsers", "routing", "templates", "store", "gateway")
COMPARED = {
    "parsers/addresstokens.py", "parsers/peek.py", "parsers/mimefield.py", "parsers/htmlguard.py", "gateway/auth/heads.py",
}  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (_LOCAL, "a.b.c", "a.b.c"),
        (_LOCAL, "a..b", "a"),
        (_LOCAL, "a.", "a"),
        (_NOBODY, "aq<>;,w:a", "aq<>;,w:"),
        (_NOBODY, ",;aa", ",;"),
        (_LINE, 'ATTENDEE;CN="a:b";X="c":mailto:d', 'ATTENDEE;CN="a:b";X="c":mailto:d'),
        (_TOKEN, '<a href="x>y" title="z">t', '<a href="x>y" title="z">'),
        (_TOKEN, '<a href="x>y" b="', "<"),
    ],
)
def test_a_repeated_group_gives_back_only_what_it_must(pattern: re.Pattern[str], text: str, found: str) -> None:
    match = pattern.match(text)
    assert match is not None and match[0] == found


def test_no_other_group_is_possessive() -> None:
    repeated = re.compile(r"\)(?:\*\+|\+\+|\?\+|\{[0-9,]+\}\+)")
    found = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if repeated.search(path.read_text("utf-8"))
    }
    assert found <= COMPARED, "compare on Python 3.11.2, or write the group without the last +"
