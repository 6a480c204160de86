"""Postfix in front, as sites have it: by LMTP, and by a pipe alias; and behind, as the smarthost."""

from __future__ import annotations

import email
import email.policy
import os
import shlex
import smtplib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.desk import Desk, free_port, mail, wait_for
from tests.helpers.servers import Server, cannot_be_had, server

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Site:
    """A Deskgate with a Postfix before and behind it."""

    desk: Desk
    postfix: Server

    def post(self, sender: str, to: str, **options: str) -> None:
        """Hand a mail to Postfix."""
        with smtplib.SMTP("127.0.0.1", self.postfix.number("smtp"), timeout=20) as client:
            client.send_message(mail(sender=sender, to=to, **options), sender, [to])

    def delivered(self, to: str) -> list[email.message.EmailMessage]:
        """What Postfix delivered for one recipient outside, oldest first."""
        found = []
        for path in self.postfix.tell("sunk", to).split():
            message = email.message_from_bytes(Path(path).read_bytes(), policy=email.policy.default)
            assert isinstance(message, email.message.EmailMessage)
            found.append(message)
        return found


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Postfix hands it@ over by LMTP and hr@ by a pipe; Deskgate sends through the same Postfix."""
    with tempfile.TemporaryDirectory(prefix="dg-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder, lmtp = Path(name), free_port()
        pipe = f"{pipe_command(folder)} --to ${{recipient}} --from ${{sender}}"
        with server(
            "postfix", f"route=it@acme.example=lmtp:inet:127.0.0.1:{lmtp}", f"pipe=hr@acme.example={pipe}"
        ) as postfix:
            postfix.tell("access", "gone@cust.example", "550 5.1.1 no such user")
            send = f'[send.smtp]\nhost = "127.0.0.1"\nport = {postfix.number("smtp")}\ntls = "none"'
            desk = Desk(folder, send=send, lmtp=lmtp)
            desk.start()
            open_to_all(folder)
            try:
                yield Site(desk, postfix)
            finally:
                desk.stop()


def pipe_command(folder: Path) -> Path:
    """A script that runs `deskgate deliver` as Postfix's pipe user, who may not enter the home of whoever tests."""
    script = folder / "deliver"
    path = ":".join(entry for entry in (str(ROOT), *sys.path) if entry)
    for python in (os.path.realpath(sys.executable), "/usr/bin/python3"):
        probe = [python, "-c", "import pydantic_core, sqlalchemy, gateway.cli"]
        try:
            done = subprocess.run(
                probe, user="nobody", env={"PYTHONPATH": path}, cwd="/", capture_output=True, check=False
            )
        except OSError:
            continue
        if done.returncode == 0:
            command = f"{python} -m gateway deliver --config {folder}/deskgate.toml"
            script.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(path)} exec {command} "$@"\n')
            script.chmod(0o755)
            return script
    return cannot_be_had("no Python that Postfix's pipe user can run with these packages")


def open_to_all(folder: Path) -> None:
    """Let the pipe's user write into the test's database, as a site would by a group."""
    for path in (folder, *folder.rglob("*")):
        if path.name not in ("keys.toml", "deliver"):
            path.chmod(0o777 if path.is_dir() else 0o666)


def test_through_postfix_by_lmtp_and_back_through_postfix(site: Site) -> None:
    site.post("lea@cust.example", "it@acme.example")
    (ack,) = wait_for(lambda: site.delivered("lea@cust.example"), 20, "the acknowledgement through Postfix")
    assert "ACME-" in str(ack["Subject"])
    assert ack["Return-Path"] == "<>"
    (notice,) = wait_for(lambda: site.delivered("maria@acme.example"), 20, "the notice through Postfix")
    assert "lea@cust.example" in str(notice.get_body(("plain",)))


def test_a_pipe_alias_takes_the_envelope_sender_from_postfix(site: Site) -> None:
    site.post("pia@cust.example", "hr@acme.example")
    (ack,) = wait_for(lambda: site.delivered("pia@cust.example"), 30, "the acknowledgement of a piped mail")
    assert "Human Resources" in str(ack["From"])
    (row,) = [r for r in site.desk.ask("inbox", "list") if r["source"] == "pipe"]
    assert row["envelope"] == {"from": "pia@cust.example", "to": ["hr@acme.example"]}


def test_a_staff_reply_through_a_pipe_alias_keeps_its_subaddress(site: Site) -> None:
    site.post("kim@cust.example", "hr@acme.example")
    (notice,) = wait_for(
        lambda: [m for m in site.delivered("petra@acme.example") if "kim@cust" in str(m.get_body(("plain",)))],
        30,
        "the notice",
    )
    to = str(notice["Reply-To"].addresses[0].addr_spec)
    site.post("petra@acme.example", to, text="We will look into it.\n", In_Reply_To=str(notice["Message-ID"]))
    wait_for(
        lambda: [
            m for m in site.delivered("kim@cust.example") if "We will look into it." in str(m.get_body(("plain",)))
        ],
        30,
        "the answer to the requester",
    )


def test_a_bounce_of_our_mail_is_recorded_on_its_ticket(site: Site) -> None:
    site.post("gone@cust.example", "it@acme.example", Message_ID="<gone@cust.example>")
    row = wait_for(
        lambda: [
            r for r in site.desk.ask("outbox", "list") if r["to"] == "gone@cust.example" and r["state"] == "failed"
        ],
        20,
        "the refusal",
    )
    entries = site.desk.ask("tickets", "show", row[0]["ticket"])["entries"]
    assert any("could not be delivered" in entry["text"] for entry in entries)
    told = wait_for(
        lambda: [m for m in site.delivered("maria@acme.example") if "did not arrive" in str(m.get_body(("plain",)))],
        20,
        "word to the team",
    )
    assert row[0]["ticket"] in str(told[0]["Subject"])


def test_the_pipe_command_of_the_readme_names_real_options() -> None:
    text = (ROOT / "README.md").read_text()
    (line,) = [line for line in text.splitlines() if '"|/opt/deskgate' in line]
    words = shlex.split(line.partition('"|')[2].rpartition('"')[0])
    assert words[1] == "deliver"
    assert words[2::2] == ["--config", "--to"]
