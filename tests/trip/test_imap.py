"""A real daemon reads a real mailbox: mail becomes tickets, once each, whenever the daemon is killed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.contract.test_imap_taking import ids_of
from tests.helpers.desk import Desk, mail, wait_for
from tests.helpers.imap import PASSWORD, MailServer, mail_server, section


@pytest.fixture
def box() -> Iterator[MailServer]:
    """A mailbox on a real server."""
    with mail_server("dovecot") as running:
        yield running


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_IMAP_PASSWORD", PASSWORD)


@pytest.fixture
def desk(tmp_path: Path, box: MailServer) -> Iterator[Desk]:
    """A daemon that reads it, not yet started."""
    made = Desk(tmp_path, more=section(box.port, after='"move:Done"'))
    yield made
    made.stop()


def outcomes(desk: Desk) -> dict[str, list[str]]:
    """What became of each mail, by Message-ID."""
    found: dict[str, list[str]] = {}
    for row in desk.ask("inbox", "list", "--limit", "100000"):
        found.setdefault(row["message_id"], []).append(row["outcome"])
    return found


def several(count: int) -> list[EmailMessage]:
    """Mails of as many people; equal texts would be gathered in one ticket."""
    people = (f"p{number}@cust.example" for number in range(count))
    return [mail(sender=person, text=f"This is the letter of {person}.\n") for person in people]


def taken(desk: Desk, count: int) -> bool:
    """Whether so many mails are in the books; the log is no record, a kill takes the line and leaves the row."""
    return bool(desk.ask("books")["accepted"] >= count)


def test_mail_in_a_mailbox_becomes_a_ticket_and_is_answered(desk: Desk, box: MailServer) -> None:
    desk.start()
    box.put(mail())
    wait_for(lambda: desk.mails("sam@cust.example"), 20, "an acknowledgement")
    wait_for(lambda: "imap:helpdesk/INBOX (1 taken)" in desk.command("status").stdout.decode(), 20, "the count")
    (source,) = [one for one in desk.ask("status")["sources"] if one["name"] == "imap:helpdesk/INBOX"]
    assert (source["state"], source["error"], source["healthy"]) == ("waiting", None, True)
    assert source["last_mail_at"] is not None
    assert box.count("Done") == 1


def test_a_reply_finds_its_ticket_by_the_delivery_header_and_by_what_it_cites(tmp_path: Path, box: MailServer) -> None:
    desk = Desk(tmp_path, more=section(box.port, recipient_header='"Delivered-To"'))
    try:
        desk.start()
        box.put(mail())
        (ack,) = wait_for(lambda: desk.mails("sam@cust.example"), 20, "an acknowledgement")
        reply_to = str(ack["Reply-To"]).partition("<")[2].rstrip(">") or str(ack["Reply-To"])
        by_header = mail(subject="Re: something else", to=reply_to, Delivered_To=reply_to)
        by_citation = mail(subject="Re: something else", to=reply_to, In_Reply_To=str(ack["Message-ID"]))
        by_to = mail(subject="Re: something else", to=reply_to, text="only the address\n")
        stranger = mail(subject="Re: something else", to=reply_to, sender="eve@else.example", text="me too\n")
        box.put(by_header, by_citation, by_to, stranger)
        wait_for(lambda: taken(desk, 5), 20, "taking the replies")
        desk.idle()
        found = outcomes(desk)
        assert [found[one] for one in ids_of([by_header, by_citation, by_to])] == [["attach"]] * 3
        assert found[ids_of([stranger])[0]] == ["ticket"]
    finally:
        desk.stop()


KILLS = [
    (point, after)
    for point in ("raw.written", "f3.after_commit", "f4.after_store", "f4.after_move")
    for after in ("move:Done", "flag", "delete:0 days")
    if (point, after) != ("f4.after_move", "flag")  # nothing is moved there
]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("point", "after"), KILLS)
def test_a_kill_loses_nothing_and_doubles_nothing(point: str, after: str, tmp_path: Path, box: MailServer) -> None:
    desk = Desk(tmp_path, more=section(box.port, after=f'"{after}"'))
    mails = several(60)
    box.put(*mails)
    try:
        passing = 1 if point.startswith("f4") else 2  # all of them are marked and moved together
        process = desk.start(wait=False, DESKGATE_CRASH_AT=f"{point}:{passing}")
        assert process.wait(60) == -9, desk.log[-3000:]
        desk.start()
        wait_for(lambda: taken(desk, 60), 60, "taking all")
        books = desk.idle(60)
        assert outcomes(desk) == {one: ["ticket"] for one in ids_of(mails)}
        assert books["balanced"]
        assert (books["accepted"], books["ticket"]) == (60, 60)
        left = {"move:Done": (0, 60), "flag": (60, 0), "delete:0 days": (0, 0)}[after]
        wait_for(lambda: (box.count(), box.count("Done")) == left, 20, "finishing in the mailbox")
        if after == "flag":
            assert box.flags() == [{"\\Seen", "$DeskgateDone"}] * 60
    finally:
        desk.stop()


@pytest.mark.timeout(180)
def test_kills_at_any_moment_lose_nothing_and_double_nothing(desk: Desk, box: MailServer) -> None:
    mails = several(160)
    box.put(*mails[:100])
    for number in range(8):
        desk.start(wait=False)
        time.sleep(0.9 + number * 0.13)
        box.put(mails[100 + number])
        desk.kill()
    box.put(*mails[108:])
    desk.start()
    wait_for(lambda: taken(desk, 160), 60, "taking all")
    desk.idle(60)
    assert outcomes(desk) == {one: ["ticket"] for one in ids_of(mails)}
    wait_for(lambda: (box.count(), box.count("Done")) == (0, 160), 20, "moving")


def test_mail_is_a_ticket_within_a_second_in_the_middle_of_several(desk: Desk, box: MailServer) -> None:
    desk.start()
    took = []
    for number in range(11):
        address = f"p{number}@cust.example"
        box.put(mail(sender=address, text=f"This is the letter of {address}.\n"))
        began = time.monotonic()
        wait_for(lambda address=address: desk.mails(address), 20, "an acknowledgement")  # type: ignore[misc]
        took.append(time.monotonic() - began)
    assert statistics.median(took) < 1.0


def test_a_daemon_that_only_reads_a_mailbox_needs_no_doors(tmp_path: Path, box: MailServer) -> None:
    desk = Desk(tmp_path, more=section(box.port))
    lines = desk.config.read_text()
    for kind in ("smtp", "lmtp"):
        head, _, rest = lines.partition(f"[[receive.{kind}]]")
        lines = head + rest.partition("\n\n")[2]
    desk.config.write_text(lines)
    box.put(mail())
    try:
        desk.start(wait=False)
        wait_for(lambda: desk.mails("sam@cust.example"), 30, "an acknowledgement")
        assert desk.stop() == 0
    finally:
        desk.stop()
