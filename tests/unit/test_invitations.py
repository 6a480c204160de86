"""What an invitation says, for readers whose program shows no calendar."""

from __future__ import annotations

import pytest

from parsers.calendar import in_words

EVENT = (
    "BEGIN:VCALENDAR", "METHOD:REQUEST", "BEGIN:VEVENT", "SUMMARY:Printers\\, weekly", "DTSTART:20261102T100000Z",
    "DTEND:20261102T110000Z", "ORGANIZER;CN=Ann Archer:mailto:ann@example.org", "{}", "END:VEVENT", "END:VCALENDAR",
)  # fmt: skip


def told(line: str) -> list[str]:
    """The words for an event with one more line."""
    return in_words("\r\n".join(EVENT).replace("{}", line)).split("\n")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=WEEKLY;COUNT=3", "every week, 3 times"),
        ("FREQ=DAILY;INTERVAL=2", "every 2 days"),
        ("FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261231T000000Z", "every week on Monday, Wednesday, until 2026-12-31"),
        ("FREQ=MONTHLY;BYDAY=2TU", "every month (2TU)"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_series_is_told_as_one(rule: str, words: str) -> None:
    assert f"Repeats: {words}" in told(f"RRULE:{rule}")


def test_the_description_stands_below_with_its_lines() -> None:
    assert told("DESCRIPTION:Bring cables\\nand \\\\n tape\\; please")[-3:] == [
        "",
        "Bring cables",
        "and \\n tape; please",
    ]


def test_a_single_event_has_neither() -> None:
    assert told("X-NOTHING:x") == [
        "Invitation: Printers, weekly", "When: 2026-11-02 10:00-11:00 UTC", "Organiser: Ann Archer <ann@example.org>",
    ]  # fmt: skip
