"""A day without the smarthost, in a minute: a real daemon whose clock is moved, and the laws of mail-safety 1.4 checked.

While the smarthost is away, in four ways one after another, people go on writing and staff go on answering; once the
daemon is killed.  When it is back, everything has to go: each mail once, in order for each person on each ticket, over
no more connections than allowed.  Twice, with the same bytes, only where a final reply was lost on purpose or the kill
fell between a 250 and our COMMIT.
"""

from __future__ import annotations

import email
import email.policy
import random
import smtplib
import sqlite3
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from tests.helpers.desk import Desk, mail, wait_for
from tests.helpers.faultyhost import MODES, Arrived, FaultyHost
from tests.helpers.moved_clock import MovedClock

DAY = 86_400.0
CONNECTIONS = 10
FIRST = 20
LOST_REPLIES = 5
QUIET_SECONDS = 3.0
STAFF = ("maria@acme.example", "otto@acme.example")


@dataclass
class Tally:
    """What was counted."""

    letters: int = 0
    waiting: int = 0
    """Mails that waited when the smarthost came back."""
    probes: int = 0
    most_tries: int = 0
    first_seconds: float = 0.0
    """From the return to the first mail."""
    drain_seconds: float = 0.0
    rate: float = 0.0
    """Mails a second from the first to the last."""
    connections: int = 0
    twice: int = 0
    broken: list[str] = field(default_factory=list)


class Outage:
    """One day."""

    def __init__(self, folder: Path, count: int, seed: int) -> None:
        self._random, self._count = random.Random(seed), count
        self._host = FaultyHost()
        section = f'[send.smtp]\nhost = "127.0.0.1"\nport = {self._host.port}\ntls = "none"'
        self._desk = Desk(folder, send=f"{section}\nmax_connections = {CONNECTIONS}")
        self._clock = MovedClock(folder)
        self._tally = Tally(letters=count)
        self._people: list[tuple[str, str]] = []
        self._notices: list[tuple[str, str]] = []

    def run(self, seconds: float) -> Tally:
        """All of it; `seconds` is how long the rest may take after the return."""
        try:
            self._clock.start(self._desk)
            self._before()
            self._away()
            self._back(seconds)
            self._desk.stop()
            self._check()
            return self._tally
        finally:
            self._desk.kill()
            self._host.stop()

    def _before(self) -> None:
        """Some requests whose mails still go out, so that there is something to answer."""
        for number in range(FIRST):
            self._request(number)
        self._desk.idle()
        for one in self._host.arrived:
            message = _parsed(one)
            to = str(message["Reply-To"].addresses[0].addr_spec)
            (self._notices if one.recipient in STAFF else self._people).append((one.recipient, to))

    def _away(self) -> None:
        modes = list(MODES)
        self._random.shuffle(modes)
        kill_at = self._random.randrange(self._count)
        for number in range(self._count):
            if number % -(-self._count // len(modes)) == 0:
                self._host.become(modes[number * len(modes) // self._count])
            self._clock.move(DAY / self._count)
            self._write(FIRST + number)
            if number == kill_at:
                self._desk.kill()
                self._clock.start(self._desk)
        wait_for(lambda: not self._desk.ask("status")["inbox"]["waiting"], 120, "filing everything")

    def _write(self, number: int) -> None:
        """A new request, a requester's next mail, or an answer of staff."""
        kind = self._random.random()
        if kind < 0.7:
            self._request(number)
            return
        sender, to = self._random.choice(self._people if kind < 0.85 else self._notices)
        self._post(mail(sender=sender, to=to, subject="Re: next", text=f"Word number {number}.\n"), sender, to)

    def _request(self, number: int) -> None:
        sender = f"person{number}@cust.example"
        self._post(
            mail(sender=sender, subject=f"Request {number}", text=f"Text {number}.\n"), sender, "it@acme.example"
        )

    def _post(self, message: EmailMessage, sender: str, to: str) -> None:
        problem: Exception | None = None
        for _ in range(600):
            try:
                self._desk.post(message, sender, (to,))
                return
            except (OSError, smtplib.SMTPException) as found:
                problem = found
                time.sleep(0.05)
        raise AssertionError(f"the daemon takes no mail: {self._desk.log[-2000:]}") from problem

    def _back(self, seconds: float) -> None:
        self._tally.probes, self._tally.waiting = self._host.asked, self._desk.ask("status")["outbox"]["waiting"]
        already, began = len(self._host.arrived), time.monotonic()
        self._host.lose = frozenset(already + place for place in self._random.sample(range(10, 100), LOST_REPLIES))
        self._clock.move(60.0)
        self._host.most_at_once = self._host.at_once
        self._host.become("well")

        def quiet() -> bool:
            """Nothing came for a while.  What waits still is those whose reply was lost, and those behind them."""
            since = self._host.arrived[-1].at if len(self._host.arrived) > already else time.monotonic()
            return time.monotonic() - since > QUIET_SECONDS

        wait_for(quiet, seconds, "sending what had waited")
        fresh = self._host.arrived[already:]
        self._tally.first_seconds = fresh[0].at - began
        self._tally.drain_seconds = fresh[-1].at - began
        self._tally.rate = (len(fresh) - 1) / max(1e-6, fresh[-1].at - fresh[0].at)
        self._tally.connections = self._host.most_at_once
        self._clock.move(11 * 60.0)
        self._desk.idle(60)

    def _check(self) -> None:
        database, broken = sqlite3.connect(self._desk.folder / "var" / "deskgate.db"), self._tally.broken
        query = "SELECT id, message_id, recipient, ticket_id, state, tries FROM outbox ORDER BY id"
        rows = database.execute(query).fetchall()
        accepted = database.execute("SELECT count(*) FROM inbox").fetchone()[0]
        database.close()
        if accepted < FIRST + self._count:
            broken.append(f"{accepted} mails are in the inbox of {FIRST + self._count}")
        copies: dict[str, list[tuple[int, Arrived]]] = defaultdict(list)
        for place, one in enumerate(self._host.arrived):
            copies[one.message_id].append((place, one))
        self._tally.most_tries = max(row[5] for row in rows)
        last: dict[tuple[int, str], int] = {}
        for number, message_id, recipient, ticket, state, _tries in rows:
            found = copies.pop(message_id, [])
            if state != "sent" or not found:
                broken.append(f"mail {number} to {recipient}: {state}, {len(found)} copies")
                continue
            if found[0][0] < last.get((ticket, recipient), -1):
                broken.append(f"mail {number} to {recipient} overtook an earlier one")
            last[ticket, recipient] = found[0][0]
        broken += [f"nobody wrote {message_id}" for message_id in copies]
        self._repetitions()

    def _repetitions(self) -> None:
        counted = Counter(one.message_id for one in self._host.arrived)
        bytes_of: dict[str, set[bytes]] = defaultdict(set)
        for one in self._host.arrived:
            bytes_of[one.message_id].add(one.raw)
        self._tally.twice = sum(number - 1 for number in counted.values())
        if self._tally.twice > LOST_REPLIES + CONNECTIONS:
            self._tally.broken.append(f"{self._tally.twice} repetitions")
        self._tally.broken += [f"{one}: other bytes" for one, found in bytes_of.items() if len(found) > 1]
        if self._tally.connections > CONNECTIONS:
            self._tally.broken.append(f"{self._tally.connections} connections at once")


def _parsed(one: Arrived) -> EmailMessage:
    found = email.message_from_bytes(one.raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def day_without_smarthost(folder: Path, count: int, seed: int, seconds: float = 300.0) -> Tally:
    """24 hours in which `count` mails come in and none goes out; then the smarthost is back."""
    return Outage(folder, count, seed).run(seconds)
