"""``deskgate parse`` as a person uses it: what cannot be read is said, and stops nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.parse import parse

MAIL = b"From: ann@example.org\r\nSubject: %b\r\n\r\nhello\r\n"


def written(folder: Path, *names: str) -> list[str]:
    """Files with a mail each."""
    for name in names:
        (folder / name).write_bytes(MAIL % name.encode())
    return [str(folder / name) for name in names]


def test_a_file_that_is_missing_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    one, two = written(tmp_path, "one", "two")
    result = CliRunner().invoke(parse, ["--json", one, str(tmp_path / "none"), two])
    assert result.exit_code == 1
    assert [json.loads(line)["subject"] for line in result.stdout.splitlines()] == ["one", "two"]
    assert "none: No such file" in result.stderr


def test_a_folder_is_told_how_it_is_read(tmp_path: Path) -> None:
    result = CliRunner().invoke(parse, [str(tmp_path)])
    assert (result.exit_code, "--json --batch" in result.stderr) == (1, True)


def test_a_batch_follows_no_links(tmp_path: Path) -> None:
    written(tmp_path, "one", "two")
    (tmp_path / "three").symlink_to(tmp_path / "nowhere")
    good = CliRunner().invoke(parse, ["--json", "--batch", str(tmp_path)])
    assert (good.exit_code, len(good.stdout_bytes.splitlines())) == (0, 2)


def test_a_batch_says_that_something_could_not_be_read_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "one", "two")
    monkeypatch.setattr("gateway.cli.parse._names", lambda _folder, _unread: iter(["one", "vanished", "two"]))
    result = CliRunner().invoke(parse, ["--json", "--batch", str(tmp_path)])
    lines = [json.loads(line) for line in result.stdout_bytes.splitlines()]
    assert (result.exit_code, [line["file"] for line in lines if "error" in line]) == (1, ["vanished"])
    assert len(lines) == 3
    assert "1 could not be read" in result.stderr


def test_an_archive_of_several_mails_is_told_from_a_mail(tmp_path: Path) -> None:
    box = tmp_path / "box"
    one = b"From ann@example.org Mon Nov  2 10:14:00 2026\n" + MAIL % b"x" + b"\n"
    box.write_bytes(one)
    assert "import" not in CliRunner().invoke(parse, [str(box)]).stderr
    box.write_bytes(one.replace(b"\r\n", b"\n") * 2)
    assert "deskgate import reads those" in CliRunner().invoke(parse, [str(box)]).stderr


def test_what_is_no_mail_is_called_doubtful(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "words").write_text("only words\n")
    shown = CliRunner().invoke(parse, [str(tmp_path / "empty"), str(tmp_path / "words")]).stdout
    assert "empty: there is nothing in it" in shown
    assert "this may be no mail" in shown


def test_whether_nobody_or_several_stand_in_from_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"Subject: x\r\n\r\nhello\r\n")
    (tmp_path / "b").write_bytes(b"From: a@b.example, c@d.example\r\n\r\nhello\r\n")
    shown = CliRunner().invoke(parse, [str(tmp_path / "a"), str(tmp_path / "b")]).stdout
    assert "names nobody" in shown.split("what it says")[0]
    assert "(a@b.example, c@d.example); such a mail is held" in shown


def deskgate(*words: str, into: str = os.devnull) -> subprocess.CompletedProcess[str]:
    """The real command, with its output into a file."""
    with Path(into).open("w", encoding="utf-8") as out:
        command = [sys.executable, "-m", "gateway", "parse", *words]
        return subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, timeout=60, check=False)


def test_a_full_disk_is_told_in_one_line(tmp_path: Path) -> None:
    (one,) = written(tmp_path, "one")
    for words in ([one], ["--json", one], ["--json", "--batch", str(tmp_path)]):
        done = deskgate(*words, into="/dev/full")
        assert (done.returncode, done.stderr) == (1, "deskgate: No space left on device\n")


def test_a_name_that_is_no_utf_8_is_escaped_so_that_the_line_is_json(tmp_path: Path) -> None:
    name = os.fsdecode(b"bad\xff.eml")
    (tmp_path / name).write_bytes(MAIL % b"x")
    out = tmp_path / "out"
    assert deskgate("--json", str(tmp_path / name), into=str(out)).returncode == 0
    assert json.loads(out.read_text("utf-8"))["file"].endswith("bad\udcff.eml")


def test_a_batch_goes_on_when_a_process_is_killed(tmp_path: Path) -> None:
    mails, out = tmp_path / "mails", tmp_path / "out"
    mails.mkdir()
    large = MAIL % b"x" + b"> a line of an older mail, and more of it\r\n" * 4000
    for number in range(60):
        (mails / f"{number:02}").write_bytes(large)
    with out.open("wb") as stream:
        command = [sys.executable, "-m", "gateway", "parse", "--json", "--batch", str(mails)]
        running = subprocess.Popen(command, stdout=stream, stderr=subprocess.PIPE)
        killed = first_reader(running.pid)
        running.communicate(timeout=120)
    assert killed
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [line["file"] for line in lines] == [f"{number:02}" for number in range(60)]
    assert running.returncode == int(any("error" in line for line in lines))


DEADLY = """
import os, signal
import gateway.cli.parse as command

read = command.parse_mail

def deadly(raw):
    if b"deadly" in raw:
        os.kill(os.getpid(), signal.SIGKILL)
    return read(raw)

command.parse_mail = deadly
if __name__ == "__main__":
    command.parse()
"""


def test_a_mail_that_ends_whoever_reads_it_costs_only_its_own_line(tmp_path: Path) -> None:
    mails, out, program = tmp_path / "mails", tmp_path / "out", tmp_path / "program.py"
    mails.mkdir()
    program.write_text(DEADLY)
    for number in range(30):
        (mails / f"{number:02}").write_bytes(MAIL % (b"deadly" if number in {3, 4, 20} else b"x"))
    with out.open("wb") as stream:
        command = [sys.executable, str(program), "--json", "--batch", str(mails)]
        done = subprocess.run(command, stdout=stream, stderr=subprocess.PIPE, timeout=100, check=False)
    assert done.returncode == 1
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [line["file"] for line in lines] == [f"{number:02}" for number in range(30)]
    assert [number for number, line in enumerate(lines) if "error" in line] == [3, 4, 20]


def first_reader(parent: int) -> bool:
    """Kills a process that reads mails, as soon as there is one."""
    for _ in range(600):
        for child in Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split():
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)
                return True
        time.sleep(0.05)
    return False
