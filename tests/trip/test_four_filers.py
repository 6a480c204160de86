"""Several machines on one PostgreSQL: four daemons that only file, a parent and its reply always side by side."""

from __future__ import annotations

import smtplib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.desk import Desk, mail
from tests.helpers.servers import server

CONVERSATIONS = 100


@pytest.mark.timeout(240)
def test_four_filers_make_exactly_one_ticket_per_conversation(tmp_path: Path) -> None:
    with server("postgres", "fast=no") as postgres:
        desk = Desk(tmp_path, url=postgres.text("url").replace("postgres://", "postgresql://"))
        desk.start("--only", "receive,send,clock")
        with smtplib.SMTP("127.0.0.1", desk.smtp, timeout=20) as client:
            for number in range(CONVERSATIONS):
                sender = f"p{number}@cust.example"
                parent = f"<parent-{number}@cust.example>"
                client.send_message(mail(sender=sender, Message_ID=parent), sender, ["it@acme.example"])
                again = mail(sender=sender, In_Reply_To=parent, text=f"And {number}.\n")
                client.send_message(again, sender, ["it@acme.example"])
        command = [sys.executable, "-m", "gateway", "run", "--only", "file", "--config", str(desk.config)]
        with (tmp_path / "filers").open("wb") as log:
            filers = [subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path) for _ in range(4)]
        try:
            books = desk.idle(120)
        finally:
            for filer in filers:
                filer.terminate()
            ended = [filer.wait(30) for filer in filers]
            desk.stop()
        said = (tmp_path / "filers").read_text()
        assert ended == [0, 0, 0, 0], said[-2000:]
        assert (books["ticket"], books["attach"], books["duplicate"]) == (CONVERSATIONS, CONVERSATIONS, 0), said[-2000:]
        assert books["balanced"]
