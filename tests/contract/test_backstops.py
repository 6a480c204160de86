"""Loops and floods end by themselves, nothing is lost by it, and honest people are not taken for machines."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.barring import Bars, Doorkeeper
from gateway.receiving import Doors, Receiver
from gateway.sources.base import ListenSettings
from gateway.worker import Nudge
from store.backstops import Backstops
from store.groupcommit import GroupCommit
from store.inbox import InboxRow
from store.rates import Rates
from tests.helpers.books import Books, books
from tests.helpers.desk import free_port, mail, wait_for

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SAM = "sam@cust.example"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Books]:
    """An empty desk with the limits as they are shipped."""
    with books(tmp_path) as found:
        yield found


def answer(desk: Books, row: InboxRow, text: str, **fields: str) -> EmailMessage:
    """The requester's answer to their own first mail, so that it finds its ticket."""
    cited = f"<{row.message_id}>"
    return mail("Re: The printer is broken", text, In_Reply_To=cited, **fields)


# ------------------------------------------------------------------------------------------ a ticket falls silent


def test_a_ticket_falls_silent_after_five_automatic_looking_mails_until_staff_write(desk: Books) -> None:
    first = desk.take(mail())
    desk.sent()
    told = []
    for number in range(8):
        desk.now += MINUTE
        row = desk.take(answer(desk, first, f"Your message number {number} was received, thank you.\n"))
        assert (row.outcome, row.ticket_id) == ("attach", first.ticket_id)
        told.append(bool(desk.told()))
    assert told == [True] * 6 + [False] * 2, "the first is like no other; the five after it look automatic"
    assert "nobody is told: this request is silent" in (desk.row(first.id + 8).reason or "")
    with desk.place.store.reading() as tx:
        notes = [entry.text for entry in desk.place.store.tickets.entries(tx, desk.ticket(first).id)]
    assert len([note for note in notes if "number" in note]) == 8, "all are kept"
    _staff_writes(desk, first)
    desk.sent()
    desk.now += HOUR
    desk.take(answer(desk, first, "This is me again, and now with other words.\n"))
    assert desk.told() == ["maria@acme.example", "otto@acme.example"]


def _staff_writes(desk: Books, row: InboxRow) -> None:
    from store.tickets import NewEntry

    with desk.place.store.transaction() as tx:
        said = NewEntry(desk.ticket(row).id, desk.now, "note", "internal", "staff", "", "maria@acme.example", "hm", "")
        desk.place.store.tickets.add_entry(tx, said)


def test_a_person_who_writes_a_lot_is_heard_every_time(desk: Books) -> None:
    first = desk.take(mail())
    desk.sent()
    for word in ["black", "white", "red", "green", "blue", "yellow", "pink", "grey"]:
        desk.now += 20 * SECOND
        desk.take(answer(desk, first, f"And now it prints only {word} pages.\n"))
        assert desk.told() == ["maria@acme.example", "otto@acme.example"], word


def test_machines_that_say_so_silence_a_ticket_too_and_other_people_are_heard_after_the_silence(desk: Books) -> None:
    first = desk.take(mail())
    for number in range(6):
        desk.take(answer(desk, first, f"Report {'x' * number}\n", Auto_Submitted="auto-generated"))
    desk.sent()
    desk.take(answer(desk, first, "Report at last\n", Auto_Submitted="auto-generated"))
    assert desk.told() == []


# ------------------------------------------------------------------------------------------ who answers in no time


class Robot:
    """Answers our acknowledgements at once, without any header that says what it is."""

    def __init__(self, desk: Books) -> None:
        self.desk = desk
        self.acks: list[str] = []

    def mail(self, number: int) -> EmailMessage:
        """Its next mail, written now."""
        self.acks += [row.message_id for row in self.desk.sent() if row.kind == "ack"]
        fields = {"In_Reply_To": f"<{self.acks[-1]}>"} if self.acks else {}
        made = mail(f"Re: {number}", f"We have received your message {number}.\n", **fields)
        made.replace_header("Date", format_datetime(self.desk.now))
        return made


def test_who_answers_within_seconds_three_times_running_counts_as_a_machine_for_a_day(desk: Books) -> None:
    kinds, robot = [], Robot(desk)
    for number in range(5):
        kinds.append(desk.take(robot.mail(number)).kind)
        desk.now += 0.5 * SECOND
    assert kinds == ["person", "person", "person", "auto-reply", "auto-reply"], "the first answers nothing of ours"
    desk.now += 23 * HOUR
    later = desk.take(mail("Something else", "Quite another matter, a day later.\n"))
    assert (later.kind, later.state) == ("auto-reply", "held")
    assert "several times running" in (later.reason or "")
    desk.now += 2 * HOUR
    assert desk.take(mail("And again", "The day is over now, I think.\n")).outcome == "ticket"


def test_a_break_between_quick_answers_begins_the_count_anew(desk: Books) -> None:
    robot = Robot(desk)
    for number in range(12):
        desk.now += MINUTE if number % 3 == 0 else 0.5 * SECOND
        assert desk.take(robot.mail(number)).kind == "person"


def test_mails_that_a_person_wrote_offline_and_sends_at_once_are_no_machines(desk: Books) -> None:
    written = format_datetime(desk.now - HOUR)
    for number in range(8):
        desk.now += SECOND
        letter = mail(f"Matter {number}", f"{number}. Please look at room {number}.\n")
        letter.replace_header("Date", written)
        assert desk.take(letter).kind == "person"


# ------------------------------------------------------------------------------------------ the same again, and floods


LONG = "The backup of the night did not finish: the tape in drive two is full and nobody has changed it.\n"


def test_the_same_text_from_one_domain_is_gathered_on_one_request_from_the_fifth_on(desk: Books) -> None:
    rows = [desk.take(mail("Backup", LONG, sender=f"host{n}@cust.example"), f"host{n}@cust.example") for n in range(7)]
    assert [row.outcome for row in rows] == ["ticket"] * 4 + ["attach"] * 3
    assert {row.ticket_id for row in rows[3:]} == {rows[3].ticket_id}
    assert "the same text 5 times within an hour from cust.example" in (rows[4].reason or "")
    desk.sent()
    other = desk.take(mail("Backup", LONG, sender="host@other.example"), "host@other.example")
    elsewhere = desk.take(mail("Backup", LONG, to="hr@acme.example"), to="hr@acme.example")
    assert (other.outcome, elsewhere.outcome) == ("ticket", "ticket")
    desk.now += HOUR
    assert desk.take(mail("Backup", LONG)).outcome == "ticket"


def test_what_was_gathered_is_shown_to_staff_only_and_told_once(desk: Books) -> None:
    told = []
    for n in range(7):
        desk.take(mail("Backup", LONG, sender=f"host{n}@cust.example"), f"host{n}@cust.example")
        told.append(bool(desk.told()))
    assert told == [True] * 5 + [False] * 2
    ticket = desk.tickets()[-1]
    with desk.place.store.reading() as tx:
        entries = desk.place.store.tickets.entries(tx, ticket.id)
    assert [entry.visibility for entry in entries] == ["public", "staff", "staff", "staff"]


def test_short_texts_are_the_same_only_with_the_same_subject(desk: Books) -> None:
    rows = [desk.take(mail(f"Matter {n}", "Please help\n", sender=f"p{n}@cust.example")) for n in range(8)]
    assert {row.outcome for row in rows} == {"ticket"}


def test_after_twenty_requests_in_an_hour_all_further_ones_of_a_sender_are_gathered_on_one(desk: Books) -> None:
    rows = [desk.take(mail(f"Matter {n}", f"Please look at room {n}.\n")) for n in range(25)]
    assert [row.outcome for row in rows] == ["ticket"] * 21 + ["attach"] * 4
    flood = desk.ticket(rows[20])
    assert (flood.subject, flood.tags) == (f"Many mails from {SAM}", ("flood",))
    assert {row.ticket_id for row in rows[20:]} == {flood.id}
    desk.sent()
    assert desk.take(mail("One more", "Please look at room 99.\n")).ticket_id == flood.id
    assert desk.told() == [], "nobody hears of what is gathered"
    assert desk.take(mail(sender="ann@cust.example"), "ann@cust.example").outcome == "ticket"
    desk.now += HOUR
    assert desk.take(mail("Later", "Please look at room 100.\n")).ticket_id != flood.id


def test_what_is_gathered_on_a_closed_ticket_would_be_seen_by_nobody_so_another_is_opened(desk: Books) -> None:
    rows = [desk.take(mail(f"Matter {n}", f"Please look at room {n}.\n")) for n in range(22)]
    with desk.place.store.transaction() as tx:
        desk.place.store.tickets.change(tx, desk.ticket(rows[20]).id, status="closed", closed_at=desk.now)
    row = desk.take(mail("One more", "Please look at room 99.\n"))
    assert (row.outcome, desk.ticket(row).tags) == ("ticket", ("flood",))


def test_of_one_machine_the_team_hears_ten_times_an_hour_and_every_mail_is_a_request(desk: Books) -> None:
    rows = []
    for n in range(12):
        rows.append(desk.take(mail(f"Alarm {n}", f"Door {n} is open.\n", Auto_Submitted="auto-generated")))
    assert {row.outcome for row in rows} == {"ticket"}
    assert len(desk.told()) == 10 * 2
    assert "nobody is told: 11 mails of this machine within an hour" in (rows[10].reason or "")


def test_imports_and_released_mail_are_not_counted(desk: Books) -> None:
    for n in range(25):
        row = desk.take(mail(f"Matter {n}", LONG, Message_ID=f"<{n}@old.example>"), source="import")
        assert row.outcome == "ticket"


# ------------------------------------------------------------------------------------------ nobody counts: silent


def _broken(*_arguments: Any, **_more: Any) -> Any:
    raise RuntimeError("no such table: rates")


@pytest.mark.parametrize(
    ("room", "verb"),
    [(Rates, "read"), (Rates, "hit"), (Backstops, "hit"), (Backstops, "habit"), (Backstops, "last_of_ours")],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_when_a_counter_fails_the_mail_is_filed_and_nothing_automatic_goes_out(
    desk: Books, monkeypatch: pytest.MonkeyPatch, room: type, verb: str
) -> None:
    monkeypatch.setattr(room, verb, _broken)
    row = desk.take(mail())
    sent = desk.sent()
    assert row.outcome == "ticket"
    assert [one for one in sent if one.kind == "ack"] == []
    assert "not acknowledged" in (row.reason or "") or (room, verb) == (Rates, "hit")
    assert sorted(one.recipient for one in sent if one.kind == "notice") == ["maria@acme.example", "otto@acme.example"]
    machine = desk.take(mail("Alarm", "A door is open.\n", Auto_Submitted="auto-generated"))
    assert machine.outcome == "ticket"
    if (room, verb) == (Backstops, "hit"):
        assert desk.told() == []
        assert "the counters cannot be read" in (machine.reason or "")


# ------------------------------------------------------------------------------------------ forged reply addresses


def test_a_client_that_sends_too_many_forged_reply_addresses_is_turned_away(desk: Books) -> None:
    forged = tuple(f"it+t{key}-{'b' * 18}-{'c' * 16}@acme.example" for key in "abcdefg")
    for _ in range(3):
        desk.take(mail(), to=forged, peer="198.51.100.7")
        desk.take(mail(), to=forged, peer="127.0.0.1")
    told: dict[str, float] = {}

    class Door:
        """Remembers what it is told."""

        def bar(self, barred: Any) -> None:
            """These."""
            told.update(barred)

        def take_refused(self) -> Any:
            """A few."""
            from collections import Counter

            return Counter(blocked=3)

    keeper = Doorkeeper(desk.place.store, Door(), 20, lambda: desk.now)
    keeper.step()
    assert list(told) == ["198.51.100.7"], "this machine and relays pass on what others sent"
    with desk.place.store.reading() as tx:
        assert desk.place.store.backstops.tallies(tx) == {"blocked": 3}
    moment = desk.now.timestamp()
    bars = Bars(lambda: moment)
    for peer, until in told.items():
        bars.set(peer, until)
    assert (bars("198.51.100.7"), bars("198.51.100.8")) == (True, False)
    moment += 3600
    assert not bars("198.51.100.7")


def test_the_doors_turn_away_whom_the_daemon_names_and_tell_how_often_also_when_they_are_opened_anew(
    desk: Books,
) -> None:
    settings = (ListenSettings("127.0.0.1", free_port()),)
    doors = Doors(settings, desk.place.desk, None, 0, log_json=True)
    writer = GroupCommit(desk.place.store.database, desk.place.store.inbox)
    writer.start()
    receiver = Receiver(doors, writer, Nudge())
    ((host, port),) = receiver.start()
    try:
        assert _greeting(host, port) == b"220"
        keeper = Doorkeeper(desk.place.store, receiver, 20, lambda: desk.now)
        receiver.bar({"127.0.0.1": time.time() + 60})
        wait_for(lambda: _greeting(host, port) == b"421", 10, "turning away")

        def counted() -> int:
            keeper.flush()
            return _refused(desk)

        wait_for(counted, 10, "counting")
        old = receiver._process
        assert old is not None
        old.kill()
        old.join(10)
        wait_for(lambda: _greeting(host, port) == b"421", 30, "turning away again, at new doors")
    finally:
        receiver.stop()
        writer.stop()


def _refused(desk: Books) -> int:
    with desk.place.store.reading() as tx:
        return desk.place.store.backstops.tallies(tx).get("barred", 0)


def _greeting(host: str, port: int) -> bytes:
    try:
        with socket.create_connection((host, port), 5) as client:
            return client.recv(3)
    except OSError:
        return b""
