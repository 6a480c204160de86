"""A real daemon for tests: a configuration in a folder of its own, the process, and ways to look at it from outside.

Nothing here reaches into the program: mail goes in by sockets, what it did is read from its command line's own books and
from what arrived at the other end.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.helpers.forking import DESKGATE

START_SECONDS = 30.0
COMMAND_SECONDS = 60.0
PROBE = 0.02

CONFIG = """
[site]
name = "Acme"
timezone = "Europe/London"
tag = "ACME"
domain = "desk.acme.example"
reply_addresses = "subaddress"
admins = ["root@acme.example"]

[store]
url = "{url}"

[[receive.smtp]]
listen = "127.0.0.1:{smtp}"

[[receive.lmtp]]
listen = "127.0.0.1:{lmtp}"

{send}

[trust]
domains = ["acme.example"]
{trust}

[limits]
acks_per_address_hour = 100000
acks_per_address_day = 100000
acks_per_domain_hour = 1000000
acks_per_site_hour = 1000000
same_text_hour = 1000000
tickets_per_sender_hour = 1000000
{limits}

[hours.office]
week = {{ mon-fri = ["09:00-12:30", "13:30-17:30"] }}

[teams.it]
name = "IT Service Desk"
aliases = ["it@acme.example", "helpdesk@acme.example"]
hours = "office"
helps_with = "laptops, passwords, video calls"
meet = "Reply with two times that suit you."
members = ["maria@acme.example", "otto@acme.example"]
lead = "otto@acme.example"
[teams.it.turnaround]
first_reply = {{ normal = "8h" }}

[teams.hr]
name = "Human Resources"
aliases = ["hr@acme.example"]
hours = "office"
helps_with = "contracts, payroll, leave"
meet = "Reply with two times that suit you."
members = ["petra@acme.example"]
[teams.hr.turnaround]
first_reply = {{ normal = "2d" }}

{more}
"""


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: Callable[[], Any], seconds: float = 10.0, why: str = "it") -> Any:
    """Ask again and again until the answer is true, at most `seconds`; then fail with `why`."""
    until = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"{why} did not happen within {seconds:g} seconds")
        time.sleep(PROBE)


@dataclass
class Desk:
    """A daemon with its folder.  `send` is the [send] section; the default is a Maildir in the folder."""

    folder: Path
    send: str = ""
    trust: str = ""
    limits: str = ""
    more: str = ""
    url: str = "sqlite:///var/deskgate.db"
    smtp: int = field(default_factory=free_port)
    lmtp: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    module: str = "gateway"
    """What is run as the daemon."""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        send = self.send or '[send]\nmaildir = "var/outgoing"'
        self.config.write_text(
            CONFIG.format(
                url=self.url,
                smtp=self.smtp,
                lmtp=self.lmtp,
                send=send,
                trust=self.trust,
                limits=self.limits,
                more=self.more,
            )
        )

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "deskgate.toml"

    @property
    def outgoing(self) -> Path:
        """The outgoing Maildir's folder of new mail."""
        return self.folder / "var" / "outgoing" / "new"

    @property
    def log(self) -> str:
        """Everything the daemon has logged."""
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(
        self, *arguments: str, wait: bool = True, own_group: bool = False, **environment: str
    ) -> subprocess.Popen[bytes]:
        """Start the daemon; with `wait`, until both doors are open."""
        command = [sys.executable, "-m", self.module, "run", "--config", str(self.config), "--log-json", *arguments]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env={**os.environ, **environment},
                cwd=self.folder,
                start_new_session=own_group,
            )
        if wait:
            self.wait_open()
        return self.process

    def wait_open(self) -> None:
        """Until both doors are open."""
        assert self.process is not None
        until = time.monotonic() + START_SECONDS
        for port in (self.smtp, self.lmtp):
            while True:
                if self.process.poll() is not None:
                    raise AssertionError(f"the daemon ended with {self.process.returncode}:\n{self.log[-3000:]}")
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                if time.monotonic() > until:
                    raise AssertionError(f"the daemon did not open its doors:\n{self.log[-3000:]}")
                time.sleep(PROBE)

    def stop(self, seconds: float = 30.0) -> int:
        """SIGTERM, and wait for the end; the exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode

    def kill(self) -> None:
        """SIGKILL: no clean-up of any kind."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            self.process.wait()

    def command(self, *arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
        """Run one `deskgate` command on this configuration; with an environment of its own, from its very start."""
        words = [*arguments, "--config", str(self.config)]
        if not environment:
            return DESKGATE.run(words, stdin, COMMAND_SECONDS)
        return subprocess.run(
            [sys.executable, "-m", "gateway", *words],
            input=stdin,
            capture_output=True,
            timeout=COMMAND_SECONDS,
            env={**os.environ, **environment},
            check=False,
        )

    def ask(self, *arguments: str) -> Any:
        """The JSON a `deskgate` command prints."""
        done = self.command(*arguments, "--json")
        assert done.stdout, done.stderr.decode()
        return json.loads(done.stdout)

    def post(
        self, raw: bytes | EmailMessage, sender: str = "sam@cust.example", to: tuple[str, ...] = ("it@acme.example",)
    ) -> None:
        """Send a mail by SMTP; raises what smtplib raises."""
        data = raw.as_bytes(policy=email.policy.SMTP) if isinstance(raw, EmailMessage) else raw
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=20) as client:
            client.sendmail(sender, list(to), data)

    def mails(self, to: str | None = None) -> list[EmailMessage]:
        """What lies in the outgoing Maildir, oldest first, for one recipient or all."""
        found = []
        for path in sorted(self.outgoing.glob("*"), key=lambda p: (p.stat().st_mtime_ns, p.name)):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            if to is None or to in str(message["To"]):
                found.append(message)
        return found

    def idle(self, seconds: float = 30.0) -> dict[str, int]:
        """Wait until nothing waits in either book; the balance."""

        def done() -> dict[str, int] | None:
            status = self.ask("status")
            waiting = status["inbox"]["waiting"] or status["outbox"]["waiting"]
            return None if waiting else self.ask("books")

        return dict(wait_for(done, seconds, "filing and sending everything"))


@contextlib.contextmanager
def running(folder: Path, **options: Any) -> Iterator[Desk]:
    """Within: a daemon that runs."""
    desk = Desk(folder, **options)
    try:
        desk.start()
        yield desk
    finally:
        desk.stop()


def mail(
    subject: str = "The printer is broken",
    text: str = "It prints only zebras.\n",
    sender: str = "Sam Field <sam@cust.example>",
    to: str = "it@acme.example",
    **fields: str,
) -> EmailMessage:
    """A plain mail of a person; `fields` are more header fields, ``In_Reply_To`` for In-Reply-To."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = "Mon, 23 Nov 2026 09:30:00 +0000"
    if "Message_ID" not in fields:
        message["Message-ID"] = f"<{os.urandom(8).hex()}@cust.example>"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message
