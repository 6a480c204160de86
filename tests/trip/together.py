"""One mail comes by SMTP twice, by LMTP, out of a mailbox and by a pipe, all at the same moment; and that many times.

Before PostgreSQL three daemons file side by side.  Some mails reach a second team by one of the doors.
"""

from __future__ import annotations

import random
import smtplib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email import policy
from pathlib import Path

from tests.helpers.desk import Desk, mail, wait_for
from tests.helpers.imap import MailServer, mail_server, section
from tests.helpers.servers import server

MORE_FILERS = 2
SECONDS = 120.0


@dataclass
class Tally:
    """What was sent, and everything that came of it as it must not."""

    copies: int = 0
    wrong: list[str] = field(default_factory=list)


def all_at_once(folder: Path, count: int, seed: int, *, postgres: bool) -> Tally:
    """`count` mails, each by five doors at once, one after the other.  Needs TEST_IMAP_PASSWORD."""
    chance, tally = random.Random(seed), Tally()
    with ExitStack() as stack:
        box = stack.enter_context(mail_server("dovecot"))
        url = "sqlite:///var/deskgate.db"
        if postgres:
            found = stack.enter_context(server("postgres", "fast=no"))
            url = found.text("url").replace("postgres://", "postgresql://")
        desk = Desk(folder, url=url, more=section(box.port))
        stack.callback(desk.stop)
        desk.start()
        if postgres:
            stack.enter_context(more_filers(desk))
        for number in range(count):
            _one(desk, box, number, chance, tally)
        _judge(desk, count, tally)
    return tally


@contextmanager
def more_filers(desk: Desk) -> Iterator[None]:
    """Within: other daemons file beside it."""
    command = [sys.executable, "-m", "gateway", "run", "--only", "file", "--config", str(desk.config)]
    with (desk.folder / "filers").open("wb") as log:
        filers = [subprocess.Popen(command, stdout=log, stderr=log, cwd=desk.folder) for _ in range(MORE_FILERS)]
    try:
        yield
    finally:
        for filer in filers:
            filer.terminate()
        for filer in filers:
            filer.wait(30)


def _one(desk: Desk, box: MailServer, number: int, chance: random.Random, tally: Tally) -> None:
    """One mail by all doors, the doors in another order each time."""
    sender = f"p{number}@cust.example"
    both = "it@acme.example, hr@acme.example" if number % 2 else "it@acme.example"
    message = mail(sender=sender, to=both, text=f"The letter of {sender}.\n", Message_ID=f"<{number}@together.example>")
    raw = message.as_bytes(policy=policy.SMTP)
    second = "hr@acme.example" if number % 3 == 0 else "it@acme.example"

    def by(kind: type[smtplib.SMTP], port: int, to: str) -> None:
        with kind("127.0.0.1", port, timeout=30) as client:
            client.sendmail(sender, [to], raw)

    def piped() -> None:
        done = desk.command("deliver", "--to", "it@acme.example", "--from", sender, stdin=raw)
        assert done.returncode == 0, done.stderr

    doors: list[Callable[[], None]] = [
        lambda: by(smtplib.SMTP, desk.smtp, "it@acme.example"),
        lambda: by(smtplib.SMTP, desk.smtp, second),
        lambda: by(smtplib.LMTP, desk.lmtp, "it@acme.example"),
        lambda: box.put(raw),
        piped,
    ]
    chance.shuffle(doors)
    start = threading.Barrier(len(doors))
    threads = [threading.Thread(target=lambda door=door: (start.wait(30), door())) for door in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    tally.copies += len(doors)


def _judge(desk: Desk, count: int, tally: Tally) -> None:
    """Every copy has an end, and of each mail there is one ticket and one acknowledgement."""
    wait_for(lambda: desk.ask("books")["accepted"] >= tally.copies, SECONDS, "taking every copy in")
    books = desk.idle(SECONDS)
    if not books["balanced"] or books["ticket"] != count or books["quarantine"]:
        tally.wrong.append(f"the books: {books}")
    rows: dict[str, list[dict[str, str]]] = {}
    for row in desk.ask("inbox", "list", "--limit", "100000"):
        rows.setdefault(row["message_id"], []).append(row)
    for number in range(count):
        mine = rows.get(f"{number}@together.example", [])
        ends = sorted(row["outcome"] for row in mine)
        tickets = {row["ticket"] for row in mine}
        news = ends.count("attach")  # a copy that reached the other team: news, unless the mailbox told of both before
        allowed = {0: {0}, 1: {1}, 2: {0, 1}}[(number % 3 == 0) + (number % 6 == 3)]
        if (
            ends != [*["attach"] * news, *["duplicate"] * (4 - news), "ticket"]
            or news not in allowed
            or len(tickets) != 1
        ):
            tally.wrong.append(f"mail {number}: {ends} in {tickets}")
        if (acks := len(desk.mails(f"p{number}@cust.example"))) != 1:
            tally.wrong.append(f"mail {number}: {acks} acknowledgements")
