"""What an invitation says, for readers whose program shows no calendar."""

from __future__ import annotations

import pytest

from parsers.calendar import in_words
from parsers.parse import parse

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
        (
            "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261231T000000Z",
            "every week on Monday, Wednesday, until Thursday 31 December 2026",
        ),
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
        "Invitation: Printers, weekly",
        "When: Monday 2 November 2026, 10:00-11:00 UTC",
        "Organiser: Ann Archer <ann@example.org>",
    ]


@pytest.mark.parametrize(
    ("lines", "when"),
    [
        ("DTSTART;TZID=Europe/Berlin:20261102T100000\nDTEND;TZID=Europe/Berlin:20261103T090000",
         "Monday 2 November 2026, 10:00 to Tuesday 3 November 2026, 09:00 Europe/Berlin"),
        ("DTSTART:20261102T100000\nDURATION:PT1H30M", "Monday 2 November 2026, 10:00-11:30"),
        ("DTSTART:20261102T233000Z\nDURATION:P1D", "Monday 2 November 2026, 23:30 to Tuesday 3 November 2026, 23:30 UTC"),
        ("DTSTART;VALUE=DATE:20261102\nDTEND;VALUE=DATE:20261103", "Monday 2 November 2026"),
        ("DTSTART;VALUE=DATE:20261102\nDTEND;VALUE=DATE:20261107", "Monday 2 November 2026 to Friday 6 November 2026"),
        ("DTSTART;VALUE=DATE:20261102", "Monday 2 November 2026"),
        ('DTSTART;TZID="W. Europe Standard Time":20261102T100000', "Monday 2 November 2026, 10:00 W. Europe Standard Time"),
        ("DTSTART;TZID=/example.org/20260101_1/Europe/Rome:20261102T100000", "Monday 2 November 2026, 10:00 Europe/Rome"),
        ("DTSTART:20261102T100000Z\nDTEND:20261102T090000Z", "Monday 2 November 2026, 10:00 UTC"),
        ("DTSTART:20261302T100000Z", ""),
        ("DTSTART:20261102T100000Z\nDURATION:nonsense", "Monday 2 November 2026, 10:00 UTC"),
        ("DTSTART:99991231T100000Z\nDURATION:P9999W", "Friday 31 December 9999, 10:00 UTC"),
    ],
)  # fmt: skip
def test_when_is_told_with_weekday_and_zone(lines: str, when: str) -> None:
    words = in_words(f"BEGIN:VEVENT\n{lines}\nSUMMARY:x\nEND:VEVENT")
    assert words == "Calendar entry: x" + (f"\nWhen: {when}" if when else "")


HEAD = "From: Ann <ann@example.org>\r\nTo: it@example.com\r\nSubject: Printers\r\nMIME-Version: 1.0\r\n"


def test_beside_a_text_the_invitation_is_told_apart_and_shown_below_it() -> None:
    event = "\r\n".join(EVENT).replace("{}", "DESCRIPTION:Bring cables")
    message = parse(
        (
            HEAD + "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
            "Bring cables\r\n--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n" + event + "\r\n--b--\r\n"
        ).encode()
    )
    assert message.text == message.reply == "Bring cables"
    assert message.calendar == (
        "Invitation: Printers, weekly\nWhen: Monday 2 November 2026, 10:00-11:00 UTC\n"
        "Organiser: Ann Archer <ann@example.org>"
    )
    assert message.shown(whole=True) == f"Bring cables\n\n{message.calendar}"


def test_a_mail_that_only_invites_says_it_once() -> None:
    event = "\r\n".join(EVENT).replace("{}", "DESCRIPTION:Bring cables")
    message = parse((HEAD + "Content-Type: text/calendar; method=REQUEST\r\n\r\n" + event + "\r\n").encode())
    assert message.text.endswith("\n\nBring cables")
    assert message.shown(whole=True) == message.text


def test_what_the_text_does_not_say_of_the_description_stands_with_the_invitation() -> None:
    event = "\r\n".join(EVENT).replace("{}", "DESCRIPTION:We go through the list.\\nBring cables")
    message = parse(
        (
            HEAD + "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
            "Please come.\r\n--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n" + event + "\r\n--b--\r\n"
        ).encode()
    )
    assert message.calendar.endswith("\n\nWe go through the list.\nBring cables")
