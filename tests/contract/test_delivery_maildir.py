"""The way out into a Maildir: one file per recipient, whole or not at all, and the same one when repeated."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.delivery.base import OutgoingMail, Result
from gateway.delivery.maildir import Maildir, file_name

RAW = b"From: it@desk.test\r\nTo: ann@cust.test\r\n\r\n.Hello\r\n"
MAIL = OutgoingMail(7, "", "ann@cust.test", RAW, "dg.7@desk.test", datetime(2026, 11, 20, 10, tzinfo=UTC))


def send(folder: Path, *mails: OutgoingMail) -> list[Result]:
    async def run() -> list[Result]:
        maildir = Maildir(folder)
        results = await asyncio.gather(*(maildir.send(mail) for mail in mails))
        await maildir.rest()
        await maildir.close()
        return list(results)

    return asyncio.run(run())


def files(folder: Path, name: str = "new") -> list[Path]:
    return sorted((folder / name).iterdir())


def test_a_mail_is_a_file_of_exactly_its_bytes(tmp_path):
    (result,) = send(tmp_path / "out", MAIL)
    (file,) = files(tmp_path / "out")
    assert result == Result("sent", f"stored as {file.name}")
    assert file.read_bytes() == RAW
    assert files(tmp_path / "out", "tmp") == files(tmp_path / "out", "cur") == []


def test_a_repetition_replaces_the_file(tmp_path):
    send(tmp_path, MAIL)
    send(tmp_path, MAIL)
    assert len(files(tmp_path)) == 1


def test_a_file_left_in_tmp_by_a_crash_is_written_anew(tmp_path):
    Maildir(tmp_path)
    (tmp_path / "tmp" / file_name(MAIL)).write_bytes(b"half a mail and more than its whole length" * 5)
    send(tmp_path, MAIL)
    assert [file.read_bytes() for file in files(tmp_path)] == [RAW]


def test_every_row_has_a_file_of_its_own(tmp_path):
    mails = [replace(MAIL, outbox_id=number, recipient=f"{number}@cust.test") for number in range(60)]
    assert {result.kind for result in send(tmp_path, *mails)} == {"sent"}
    assert len(files(tmp_path)) == 60


def test_the_name_is_a_maildir_name_whatever_the_message_id(tmp_path):
    evil = replace(MAIL, message_id="../../etc/x:2,S\n\x00/\ud800")
    send(tmp_path, evil)
    (file,) = files(tmp_path)
    seconds, unique, host = file.name.split(".")
    assert int(seconds) == int(MAIL.created_at.timestamp())
    assert unique.startswith("7_")
    assert host == "deskgate"
    assert not set(file.name) & set("/:,\n")


def test_bare_line_ends_leave_as_crlf(tmp_path):
    send(tmp_path, replace(MAIL, raw=b"A: b\n\nc"))
    assert files(tmp_path)[0].read_bytes() == b"A: b\r\n\r\nc\r\n"


def test_mails_sent_together_share_one_fsync_of_the_folder_and_each_file_has_its_own(tmp_path, monkeypatch):
    synced = {"folder": 0, "file": 0}
    real = os.fsync

    def counting(descriptor: int) -> None:
        synced["folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file"] += 1  # noqa: PTH112
        real(descriptor)

    monkeypatch.setattr(os, "fsync", counting)
    send(tmp_path, *(replace(MAIL, outbox_id=number) for number in range(20)))
    assert synced == {"folder": 1, "file": 20}


@pytest.mark.parametrize("failing", ["file", "folder"])
def test_a_disk_that_fails_is_tried_again(tmp_path, monkeypatch, failing):
    def broken(descriptor: int) -> None:
        if ("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file") == failing:  # noqa: PTH112
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", broken)
    results = send(tmp_path, MAIL, replace(MAIL, outbox_id=8))
    assert [result.kind for result in results] == ["retry", "retry"]
    assert "No space left" in results[0].reply


def test_a_folder_that_is_gone_is_tried_again(tmp_path):
    async def run() -> Result:
        maildir = Maildir(tmp_path / "out")
        for name in ("tmp", "new", "cur"):
            (tmp_path / "out" / name).rmdir()
        return await maildir.send(MAIL)

    assert asyncio.run(run()).kind == "retry"
