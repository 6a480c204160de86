"""``deskgate import`` as people use it: beside a daemon and without one, killed in the middle, run again."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli.common import Complaint
from gateway.cli.imports import import_
from tests.helpers.desk import Desk, wait_for

WORDS = "Words that fill a mail up to a size that is worth something. " * 20


def archive(folder: Path, mails: int, conversations: int = 3) -> Path:
    """An mbox of conversations, each a question, our answer, and thanks, in the order of time."""
    box = folder / "Archive.mbox"
    with box.open("w") as file:
        for number in range(mails):
            turn = number % conversations
            who, to = ("maria@acme.example", f"p{number - 1}@cust.example") if turn == 1 else ("", "it@acme.example")
            who = who or f"p{number - turn}@cust.example"
            cites = f"In-Reply-To: <m{number - 1}@cust.example>\n" if turn else ""
            file.write(
                f"From {who} Mon Jan {number % 28 + 1:2} 10:00:00 2024\nFrom: <{who}>\nTo: {to}\n"
                f"Subject: m{number}\nDate: {number // 1440 % 28 + 1} Jan 2024 {number // 60 % 24:02}:{number % 60:02}:00"
                f" +0000\nMessage-ID: <m{number}@cust.example>\n{cites}\n{WORDS}\n\n"
            )
    return box


def command(desk: Desk, *arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "gateway", "import", *map(str, arguments), "--config", str(desk.config)]


def taken(desk: Desk, *arguments: str | Path) -> dict[str, Any]:
    """Run it; the JSON it prints."""
    done = subprocess.run([*command(desk, *arguments), "--json"], capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return dict(json.loads(done.stdout))


def test_without_a_daemon_it_is_stored_and_the_next_start_files_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk")
    done = taken(desk, archive(tmp_path, 90), "--to", "it@acme.example", "--quiet", "--closed")
    assert (done["found"], done["stored"], done["waiting"]) == (90, 90, 90)
    desk.start()
    try:
        books = desk.idle(60)
        assert (books["ticket"], books["attach"], books["balanced"]) == (30, 60, True)
        assert {ticket["status"] for ticket in desk.ask("tickets", "list")} == {"closed"}
        assert desk.ask("outbox", "list") == []
        assert desk.mails() == []
    finally:
        desk.stop()


def test_beside_a_daemon_new_mail_does_not_wait_for_the_archive(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk")
    desk.start()
    try:
        box = archive(tmp_path, 1500)
        with subprocess.Popen(command(desk, box, "--to", "it@acme.example", "--quiet"), stdout=subprocess.PIPE) as run:
            wait_for(lambda: desk.ask("books")["ticket"] > 0, 60, "filing the first old mail")
            assert desk.ask("status")["inbox"]["waiting"] <= 200 + 50
            run.wait(120)
            assert run.returncode == 0
        assert desk.idle(60)["ticket"] == 500
    finally:
        desk.stop()


@pytest.mark.parametrize("batch", [1, 3, 18])
def test_killed_in_the_middle_and_run_again_nothing_is_lost_and_nothing_there_twice(tmp_path: Path, batch: int) -> None:
    desk, box = Desk(tmp_path / "desk"), archive(tmp_path, 900)
    killed = subprocess.run(
        command(desk, box, "--to", "it@acme.example", "--quiet"),
        env={**os.environ, "DESKGATE_CRASH_AT": f"raw.written:{batch}"},
        capture_output=True,
        check=False,
    )
    assert (killed.returncode, stored(desk)) == (-signal.SIGKILL, 50 * (batch - 1))
    again = taken(desk, box, "--to", "it@acme.example", "--quiet")
    assert (again["known"], again["stored"]) == (50 * (batch - 1), 900 - 50 * (batch - 1))
    subjects = sorted(row["subject"] for row in desk.ask("inbox", "list", "--limit", "10000"))
    assert subjects == sorted(f"m{number}" for number in range(900))


def stored(desk: Desk) -> int:
    """How many mails are in the books."""
    done = desk.command("books", "--json")
    return int(json.loads(done.stdout)["accepted"]) if done.stdout else 0


def test_two_imports_of_the_same_archive_at_once_file_it_once(tmp_path: Path) -> None:
    desk, box = Desk(tmp_path / "desk"), archive(tmp_path, 600)
    line = command(desk, box, "--to", "it@acme.example", "--quiet")
    runs = [subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
    assert [run.wait(120) for run in runs] == [0, 0], [run.stderr.read() for run in runs if run.stderr]
    for run in runs:
        if run.stderr:
            run.stderr.close()
    assert stored(desk) == 600


def test_what_was_left_out_is_told_with_its_reason_and_does_not_fail(tmp_path: Path) -> None:
    desk, folder = Desk(tmp_path / "desk", limits='message_size = "100 KB"'), tmp_path / "old"
    folder.mkdir()
    archive(folder, 3)
    (folder / "big.eml").write_text("From: a@b.example\nSubject: big\n\n" + "x" * 200_000)
    (folder / "list.txt").write_text("milk\nbread\n")
    done = subprocess.run(command(desk, folder, "--to", "it@acme.example"), capture_output=True, check=False)
    said = done.stdout.decode()
    assert done.returncode == 0
    assert "3 mails stored" in said
    assert "1 left out: is too large" in said
    assert "1 left out: is not a mail" in said
    assert str(folder / "big.eml") in done.stderr.decode()
    assert "when it runs" in said


def test_at_a_terminal_there_is_a_bar_with_mails_megabytes_and_what_is_left(tmp_path: Path) -> None:
    desk, box = Desk(tmp_path / "desk"), archive(tmp_path, 300)
    here, there = pty.openpty()
    with subprocess.Popen(
        command(desk, box, "--to", "it@acme.example", "--quiet"),
        stdout=subprocess.PIPE,
        stderr=there,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
    ) as run:
        os.close(there)
        shown = b""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                block = os.read(here, 65536)
            except OSError:
                break
            if not block:
                break
            shown += block
        run.wait(30)
        assert run.stdout is not None
        assert b"300 mails stored" in run.stdout.read()
    os.close(here)
    assert "300/300 mails" in shown.decode()
    assert "MB" in shown.decode()
    assert "storing" in shown.decode()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--to", "nobody@acme.example"), 2, "there are: helpdesk@acme.example, hr@acme.example, it@acme.example"),
        (("--to", "it+tag@acme.example"), 2, "no alias"),
        (("--to", "it@acme.example", "--closed"), 2, "--quiet"),
        (("--to", "it@acme.example"), 1, "no mail was found"),
    ],
)
def test_wrong_usage_is_told_and_nothing_is_stored(
    tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    desk, empty = Desk(tmp_path / "desk"), tmp_path / "empty"
    empty.mkdir()
    told = CliRunner().invoke(import_, [str(empty), *arguments, "--config", str(desk.config)])
    assert isinstance(told.exception, Complaint)
    assert (told.exception.code, words in str(told.exception)) == (code, True)


def test_a_path_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    told = CliRunner().invoke(import_, [str(tmp_path / "nowhere"), "--to", "it@acme.example"])
    assert told.exit_code == 2
