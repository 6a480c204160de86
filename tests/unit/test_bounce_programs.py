"""How programs word their reports: one mail for each, the form theirs, names and addresses written for this test.

Each mail says itself, in its first field, what is to be read from it: recipients, status (``-``: it names none), reason.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from parsers.message import Kind
from parsers.parse import parse

REPORTS = sorted((Path(__file__).parents[1] / "mail" / "reports").glob("*.eml"))


def test_many_programs_are_there() -> None:
    assert len(REPORTS) > 100


@pytest.mark.parametrize("path", REPORTS, ids=[path.stem for path in REPORTS])
def test_the_report_of_every_program_is_understood(path: Path) -> None:
    message = parse(path.read_bytes())
    recipients, status, reason = (one.strip() for one in message.header("x-wanted")[0].split("|"))
    assert message.kind is Kind.BOUNCE
    assert message.bounce is not None
    found = message.bounce
    assert (", ".join(found.recipients), found.reason) == (recipients, reason)
    assert status in (found.status, "-")


def test_the_mail_that_was_returned_is_named_by_most_programs() -> None:
    """A copy of it stands in most reports: as a part of its own, or below a line that announces it."""
    with_copy = [path.read_bytes() for path in REPORTS if b"\nMessage-Id: <orig" in path.read_bytes()]
    assert with_copy
    for raw in with_copy:
        found = parse(raw).bounce
        assert found is not None and found.original_message_id == "orig.1@example.com"
