"""Starting and stopping: one daemon per database, nothing touched when it cannot start, nothing lost when it stops."""

from __future__ import annotations

import contextlib
import os
import signal
import smtplib
import socket
import subprocess
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest

from tests.helpers.desk import Desk, free_port, mail, running, wait_for
from tests.helpers.servers import server


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a folder, by name: its time of change and its first bytes."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes()[:4096])
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "log"
    }


def test_a_second_daemon_on_the_same_database_ends_at_once_with_75_and_one_clear_line(tmp_path: Path) -> None:
    with running(tmp_path) as desk:
        began = time.monotonic()
        second = desk.command("run")
        assert time.monotonic() - began < 10
        assert second.returncode == 75
        lines = second.stderr.decode().strip().splitlines()
        assert len(lines) == 1
        assert "another" in lines[0].lower()
        assert str(desk.process.pid if desk.process else 0) in lines[0]
        desk.post(mail())
        wait_for(lambda: desk.mails("sam@cust.example"), 5, "the first daemon to go on")


def test_a_port_in_use_ends_with_75_and_one_clear_line_and_touches_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", desk.lmtp))
        taken.listen()
        ended = desk.command("run")
    assert ended.returncode == 75
    (line,) = ended.stderr.decode().strip().splitlines()
    assert str(desk.lmtp) in line
    assert "lmtp" in line
    left = {name for name in snapshot(tmp_path) if not name.endswith(".lock")}
    assert left == {"deskgate.toml"}


def test_a_wrong_configuration_ends_with_78_and_says_where(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.config.write_text(desk.config.read_text().replace('hours = "office"', 'hours = "ofice"', 1))
    ended = desk.command("run")
    assert ended.returncode == 78
    assert "deskgate.toml:" in ended.stderr.decode()
    assert 'did you mean "office"' in ended.stderr.decode()
    assert not (tmp_path / "var").exists()


def test_the_keys_are_made_once_and_readable_by_nobody_else(tmp_path: Path) -> None:
    with running(tmp_path) as desk:
        keys = tmp_path / "var" / "keys.toml"
        before = keys.read_bytes()
        assert keys.stat().st_mode & 0o777 == 0o600
        assert desk.stop() == 0
        desk.start()
        assert keys.read_bytes() == before
        desk.stop()
        keys.chmod(0o644)
        ended = desk.command("run")
        assert ended.returncode == 78
        assert b"chmod 600" in ended.stderr


def test_sigterm_under_load_loses_nothing(tmp_path: Path) -> None:
    confirmed: list[str] = []

    def send(desk: Desk, number: int) -> None:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            for step in range(1000):
                name = f"load-{number}-{step}@cust.example"
                desk.post(mail(sender=f"p{number}@cust.example", Message_ID=f"<{name}>"), f"p{number}@cust.example")
                confirmed.append(name)

    with running(tmp_path) as desk:
        senders = [threading.Thread(target=send, args=(desk, n)) for n in range(4)]
        for sender in senders:
            sender.start()
        wait_for(lambda: len(confirmed) > 40, 20, "load")
        assert desk.stop() == 0
        for sender in senders:
            sender.join(30)
        desk.start()
        books = desk.idle(60)
        assert books["balanced"]
        ends = {row["message_id"]: row["outcome"] for row in desk.ask("inbox", "list", "--limit", "100000")}
        assert [name for name in confirmed if ends.get(name) != "ticket"] == []


def test_a_signal_to_the_whole_group_stops_in_order_and_leaves_nobody(tmp_path: Path) -> None:
    """As Ctrl-C at a terminal, and as a service manager does."""
    desk = Desk(tmp_path)
    try:
        desk.start(own_group=True)
        assert desk.process is not None
        desk.post(mail(sender="group@cust.example"), "group@cust.example")
        os.killpg(desk.process.pid, signal.SIGTERM)
        assert desk.process.wait(30) == 0
        assert '"level": "error"' not in desk.log
        desk.start()
        assert desk.idle()["ticket"] == 1
    finally:
        desk.stop()


def test_a_burst_of_signals_stops_in_order_like_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for _ in range(3):
        process = desk.start()
        for _ in range(20):
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_no_process_is_left_behind_by_a_kill(tmp_path: Path) -> None:
    with running(tmp_path) as desk:
        assert desk.process is not None
        desk.post(mail())
        wait_for(lambda: desk.mails("sam@cust.example"), 10, "an acknowledgement")
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(desk.process.pid)], capture_output=True, text=True, check=False
        )
        children = [int(pid) for pid in listed.stdout.split()]
        assert children
        desk.kill()

        def gone() -> bool:
            return not any(_alive(pid) for pid in children)

        wait_for(gone, 15, "the readers' end")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state != "Z"


def test_readers_and_doors_that_are_killed_cost_nobody_their_mail(tmp_path: Path) -> None:
    with running(tmp_path) as desk:
        assert desk.process is not None
        desk.post(mail(sender="before@cust.example"), "before@cust.example")
        wait_for(lambda: desk.mails("before@cust.example"), 10, "an acknowledgement")
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(desk.process.pid)], capture_output=True, text=True, check=False
        )
        for line in listed.stdout.splitlines():
            if "spawn_main" in line:  # the readers, and the doors
                os.kill(int(line.split()[0]), signal.SIGKILL)
        time.sleep(0.2)
        desk.wait_open()
        desk.post(mail(sender="after@cust.example"), "after@cust.example")
        wait_for(lambda: desk.mails("after@cust.example"), 30, "an acknowledgement after the reader's death")


@pytest.mark.timeout(180)
def test_the_same_trip_on_postgresql(tmp_path: Path) -> None:
    with server("postgres", "fast=no") as postgres:
        url = postgres.text("url").replace("postgres://", "postgresql://")
        with running(tmp_path, url=url) as desk:
            desk.post(mail(sender="pg@cust.example"), "pg@cust.example")
            (ack,) = wait_for(lambda: desk.mails("pg@cust.example"), 10, "an acknowledgement")
            again = mail(sender="pg@cust.example", In_Reply_To=str(ack["Message-ID"]), text="And the scanner.\n")
            desk.post(again, "pg@cust.example")
            books = desk.idle()
            assert (books["ticket"], books["attach"], books["balanced"]) == (1, 1, True)


def test_status_says_since_when_the_smarthost_takes_no_mail_and_what_was_the_matter(tmp_path: Path) -> None:
    with running(tmp_path, send=f'[send.smtp]\nhost = "127.0.0.1"\nport = {free_port()}\ntls = "none"') as desk:
        assert desk.ask("status")["outbox"]["smarthost_away"] is None
        desk.post(mail())
        away = wait_for(lambda: desk.ask("status")["outbox"]["smarthost_away"], 30, "the smarthost's absence")
        assert datetime.fromisoformat(away["since"]).tzinfo is not None
        shown = desk.command("status").stdout.decode()
        assert f"smarthost   takes no mail since {away['since']}: {away['reply']}" in shown
