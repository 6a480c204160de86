"""What lies in a folder of old mail, in which order it is taken, and what its header says of time and sender."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.archives.catalogue import Catalogue, OldMail, catalogue_of
from gateway.archives.opening import opening_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LARGEST = 100_000
MAIL = "From: Ann <ann@cust.example>\nTo: it@acme.example\nSubject: {name}\nDate: {date}\n{more}\n{text}\n"


def mail(name: str, day: int = 1, more: str = "", text: str = "Hello.") -> str:
    """A mail of a day in November 2026."""
    date = f"Sun, {day:02} Nov 2026 10:00:00 +0000"
    return MAIL.format(name=name, date=date, more=more, text=text)


def in_mbox(*mails: str) -> str:
    """An mbox of these mails."""
    return "".join(f"From ann@cust.example Mon Nov 23 10:00:00 2026\n{one}\n" for one in mails)


def taken(*paths: Path) -> tuple[Catalogue, list[OldMail]]:
    """The catalogue, and what the second pass reads."""
    found = catalogue_of(paths, NOW)
    return found, list(found.mails(LARGEST, NOW))


def subjects(mails: list[OldMail]) -> list[str]:
    return [one.raw.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode() for one in mails]


def write(folder: Path, **files: str) -> Path:
    """Files in a folder; ``a__b_eml`` is ``a/b.eml``."""
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def test_a_folder_is_searched_however_deep_and_files_are_known_by_what_is_in_them(tmp_path: Path) -> None:
    write(
        tmp_path,
        one_eml=mail("one", 1),
        deep__er__two=mail("two", 2),
        deep__Archive_mbox=in_mbox(mail("three", 3), mail("four", 4)),
        deep__box__cur__1_x=mail("five", 5),
        deep__box__new__2_x=mail("six", 6),
        deep__box__tmp__3_x=mail("half written", 7),
        notes_txt="Usage: press the button\nNote: gently\n\nThat is all.\n",
        Inbox_msf="// <!-- index -->\n",
        _hidden_eml=mail("hidden"),
    )
    (tmp_path / "link.eml").symlink_to(tmp_path / "one.eml")
    found, mails = taken(tmp_path)
    assert subjects(mails) == ["one", "two", "three", "four", "five", "six"]
    assert found.left_out == {"is not a mail": 2}
    assert sorted(Path(where).name for where, _ in found.names) == ["Inbox.msf", "notes.txt"]


def test_a_maildir_gives_its_mails_but_no_drafts_and_none_marked_as_deleted(tmp_path: Path) -> None:
    box = write(tmp_path / "Maildir", new__0_x=mail("new"), _Sent__cur__9_x=mail("sent"))
    (box / "cur").mkdir()
    for name, flags in (("seen", "S"), ("draft", "DS"), ("gone", "ST")):
        (box / "cur" / f"1.{name}:2,{flags}").write_text(mail(name, 2))
    (box / ".Sent" / "new").mkdir()
    found, mails = taken(box)
    assert subjects(mails) == ["new", "seen"]
    assert found.left_out == {"a draft": 1, "marked as deleted": 1}
    assert found.nearby == [box / ".Sent"]
    assert subjects(taken(box / ".Sent")[1]) == ["sent"]


def test_the_oldest_comes_first_through_all_files(tmp_path: Path) -> None:
    write(tmp_path, a_mbox=in_mbox(mail("third", 3), mail("first", 1)), b_mbox=in_mbox(mail("fourth", 4)))
    write(tmp_path, c_eml=mail("second", 2))
    assert subjects(taken(tmp_path)[1]) == ["first", "second", "third", "fourth"]


def test_a_mail_without_a_time_stays_behind_its_neighbour(tmp_path: Path) -> None:
    timeless = mail("b").replace("Date: ", "X-Date: ").replace("2026-", "")
    box = in_mbox(mail("c", 20), mail("a", 2)) + f"From nobody at 10:00 in 2026\n{timeless}\n" + in_mbox(mail("d", 21))
    write(tmp_path, x_mbox=box)
    assert subjects(taken(tmp_path / "x.mbox")[1]) == ["a", "b", "c", "d"]


def test_mails_become_what_smtp_would_have_brought(tmp_path: Path) -> None:
    write(tmp_path, x_mbox=in_mbox(mail("a", text="One\n>From the left\n>>From the right\n.\nEnd")))
    ((only,), want) = (taken(tmp_path)[1], b"\r\n\r\nOne\r\nFrom the left\r\n>From the right\r\n.\r\nEnd\r\n")
    assert only.raw.endswith(want)
    assert only.raw.startswith(b"From: Ann")
    assert b"\n" not in only.raw.replace(b"\r\n", b"")


def test_a_single_mail_keeps_its_quoted_from_lines(tmp_path: Path) -> None:
    write(tmp_path, a_eml=mail("a", text="x\n>From here"))
    assert taken(tmp_path)[1][0].raw.endswith(b"\r\n>From here\r\n")


def test_what_cannot_be_taken_is_counted_with_its_reason(tmp_path: Path) -> None:
    write(tmp_path, a_eml=mail("a"), big_eml=mail("b", text="x" * LARGEST), c_mbox=in_mbox(mail("d"), "No: header\n"))
    huge = mail("e", text="y\n" * LARGEST * 2)
    write(tmp_path, z_mbox=in_mbox(huge, mail("last")))
    (tmp_path / "packed.gz").write_bytes(b"\x1f\x8b\x08" + b"\0" * 100)
    found, mails = taken(tmp_path)
    assert sorted(subjects([one for one in mails if not one.fault])) == ["", "a", "d", "last"]
    assert [one.fault for one in mails if one.fault] == ["is too large", "is too large"]
    assert found.left_out == {"is packed: unpack it first": 1}


def test_a_file_that_may_not_be_read_stops_nothing(tmp_path: Path) -> None:
    write(tmp_path, a_eml=mail("a"), b_eml=mail("b"), c__d_eml=mail("d"))
    (tmp_path / "f").symlink_to(tmp_path / "nowhere")
    found = catalogue_of((tmp_path / "a.eml", tmp_path / "f", tmp_path), NOW)
    (tmp_path / "b.eml").unlink()  # gone between the two passes
    mails = list(found.mails(LARGEST, NOW))
    assert sorted(one.fault for one in mails) == ["", "", "", "cannot be read: No such file or directory"]
    assert found.left_out == {"cannot be read: it is neither a file nor a folder": 1}


def test_a_pipe_or_a_device_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    found, mails = taken(tmp_path / "pipe", write(tmp_path, a_eml=mail("a")))
    assert (subjects(mails), found.left_out) == (["a"], {"cannot be read: it is neither a file nor a folder": 1})


@pytest.mark.parametrize(
    "field",
    ["X-Status: AD\n", "X-Mozilla-Status: 0009\n", "X-IMAP: 1132 0001\n"],
)
def test_what_a_mail_program_had_thrown_away_or_noted_for_itself_is_no_mail(tmp_path: Path, field: str) -> None:
    inner = mail("DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA", more=field)
    write(tmp_path, x_mbox=in_mbox(inner, mail("b", more="X-Mozilla-Status: 0001\nX-Status: A\n")))
    found, mails = taken(tmp_path)
    assert subjects(mails) == ["b"]
    assert sum(found.left_out.values()) == 1


RECEIVED = "Received: from a by b with ESMTP id 1; {} (CET)\n"


@pytest.mark.parametrize(
    ("head", "when"),
    [
        pytest.param(
            RECEIVED.format("Mon, 2 Nov 2026 11:00:00 +0100")
            + RECEIVED.format("Sun, 1 Nov 2026 09:00:00 +0000")
            + "Date: Fri, 30 Oct 2026 09:00:00 +0000\n",
            "2026-11-02T10:00",
            id="the topmost Received",
        ),
        pytest.param("Date: Fri, 30 Oct 2026 09:00:00 +0000\n", "2026-10-30T09:00", id="Date"),
        pytest.param("Received: from a by b\nDate: 30 Oct 2026 09:00 GMT\n", "2026-10-30T09:00", id="no time there"),
        pytest.param("Received: by b; Thu, 1 Jan 1970 00:00:00 +0000\nDate: 30 Oct 2026 09:00 Z\n", "2026-10-30T09:00"),
        pytest.param("From a@b.example Fri Oct 30 09:00:00 2026\nSubject: x\n", "2026-10-30T09:00", id="mbox line"),
        pytest.param("Date: Fri, 30 Oct 2099 09:00:00 +0000\n", "2026-11-23T12:00", id="never in the future"),
        pytest.param("Date: Fri, 31 Dec 9999 23:59:59 -1200\n", None, id="beyond all calendars"),
        pytest.param("Date: yesterday\n", None),
        pytest.param("Date: Fri, 99 Foo 20266 99:99:99 +9999\n", None),
        pytest.param("", None),
    ],
)
def test_a_mail_came_when_the_owner_s_own_server_says_so(head: str, when: str | None) -> None:
    found = opening_of(f"{head}\nText\n".encode(), NOW).when
    assert (found.strftime("%Y-%m-%dT%H:%M") if found else None) == when


@pytest.mark.parametrize(
    ("head", "sender"),
    [
        ("From ann@cust.example Fri Oct 30 09:00:00 2026\nReturn-Path: <bob@cust.example>\n", "ann@cust.example"),
        ("From MAILER-DAEMON Fri Oct 30 09:00:00 2026\nSubject: x\n", ""),
        ("From - Fri Oct 30 09:00:00 2026\nReturn-Path: <bob@cust.example>\n", "bob@cust.example"),
        ("From 17@xxx Fri Oct 30 09:00:00 2026\nReturn-Path: <bob@cust.example>\n", "bob@cust.example"),
        ("From bob at cust.example Fri Oct 30 09:00:00 2026\nFrom: carl@cust.example\n", None),
        ("Return-Path: <>\n", ""),
        ("From: carl@cust.example\n", None),
    ],
)
def test_the_envelope_sender_is_the_mbox_line_s_else_the_return_path_s(head: str, sender: str | None) -> None:
    assert opening_of(f"{head}\nText\n".encode(), NOW).sender == sender


def test_a_file_s_own_time_is_the_last_resort(tmp_path: Path) -> None:
    write(tmp_path, a_eml="From: ann@cust.example\nSubject: a\n\nText\n")
    moment = NOW - timedelta(days=100)
    os.utime(tmp_path / "a.eml", (moment.timestamp(), moment.timestamp()))
    assert taken(tmp_path)[1][0].when == moment
