"""A thousand mails nobody here wrote, sent through a running daemon: each has one end, and what we send is well-formed."""

from __future__ import annotations

import re
import smtplib
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from pathlib import Path

import pytest

from tests.helpers.desk import running
from tests.helpers.shared import shared

ALLOWED_ONCE = {
    "from", "to", "cc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted",
    "x-auto-response-suppress", "x-deskgate-instance", "content-language", "mime-version", "content-type",
    "content-transfer-encoding",
}  # fmt: skip
OWN_ID = re.compile(r"<dg\.[a-z2-7]{22}\.[a-z2-7]{13}@desk\.acme\.example>")


def over_smtp(raw: bytes) -> bytes:
    """The mail as a mail server would hand it over: CRLF line ends only."""
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def faults_of(raw: bytes) -> list[str]:
    """What is wrong with a mail of ours, by the rules for header fields and lines."""
    header = raw.partition(b"\r\n\r\n")[0]
    found = []
    if not raw.isascii() or b"\r" in raw.replace(b"\r\n", b"") or b"\n" in raw.replace(b"\r\n", b""):
        found.append("not 7 bit with CRLF")
    if max(map(len, raw.split(b"\r\n"))) > 998:
        found.append("a line over 998 bytes")
    message: Message = message_from_bytes(raw, policy=compat32)
    names = [name.lower() for name in message]
    found += [
        f"field {name} twice or unknown" for name in set(names) if names.count(name) > 1 or name not in ALLOWED_ONCE
    ]
    found += [f"no {name}" for name in ("from", "to", "subject", "date", "message-id") if name not in names]
    if not OWN_ID.fullmatch(message["Message-ID"] or ""):
        found.append("a Message-ID that is not ours")
    for name in ("In-Reply-To", "References"):
        if b"=?" in (message[name] or "").encode("ascii", "replace"):
            found.append(f"{name} is encoded")
    if message["To"] and "," in re.sub(r'"[^"]*"', "", str(message["To"])):
        found.append("several recipients in To")
    if len(header) > 64 * 1024:
        found.append("a huge header")
    return found


@pytest.mark.timeout(600)
def test_every_mail_of_the_corpus_has_one_end_and_every_mail_of_ours_is_well_formed(tmp_path: Path) -> None:
    files = sorted(shared("corpus").glob("*/mails/*"))
    assert len(files) > 500
    refused: list[str] = []
    with running(tmp_path) as desk:
        with smtplib.SMTP("127.0.0.1", desk.smtp, timeout=60) as client:
            for number, file in enumerate(files):
                sender = "" if number % 10 == 9 else f"person{number}@cust.example"
                try:
                    client.sendmail(sender, ["it@acme.example"], over_smtp(file.read_bytes()))
                except smtplib.SMTPResponseException as problem:
                    refused.append(f"{file.name}: {problem.smtp_code} {problem.smtp_error!r}")
        books = desk.idle(240)
        assert refused == []
        assert books["accepted"] == len(files)
        assert books["waiting"] == 0
        assert books["balanced"]
        held = desk.ask("inbox", "list", "--state", "held", "--limit", "5000")
        assert [row["reason"] for row in held if "fault" in row["reason"] or "reader" in row["reason"]] == []
        assert '"level": "error"' not in desk.log
        outgoing = sorted(desk.outgoing.glob("*"))
        assert len(outgoing) > 500
        broken = {path.name: faults for path in outgoing if (faults := faults_of(path.read_bytes()))}
        assert broken == {}


@pytest.mark.timeout(600)
def test_stored_bytes_are_the_bytes_that_were_sent(tmp_path: Path) -> None:
    files = sorted(shared("corpus-attacks").glob("mails/*"))[:40]
    with running(tmp_path) as desk:
        sent = []
        with smtplib.SMTP("127.0.0.1", desk.smtp, timeout=60) as client:
            for file in files:
                raw = over_smtp(file.read_bytes())
                raw = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
                client.sendmail("a@cust.example", ["it@acme.example"], raw)
                sent.append(raw)
        desk.idle(120)
        stored = [desk.command("inbox", "raw", str(number + 1)).stdout for number in range(len(sent))]
        assert stored == sent
