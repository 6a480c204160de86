"""Kill the daemon again and again under load, start it again, and check the laws of mail-safety section 1.

    L1 every mail that got 250 has exactly one end          L4 a mail of ours goes out once; again only with the
    L2 nothing ended that was neither confirmed nor cut        same Message-ID, in the window of a kill or a cut line
    L3 no mail makes two tickets                            L5 the stored bytes are those that were sent

The senders behave like mail servers: what was not confirmed is sent again, the same bytes, until it is.
"""

from __future__ import annotations

import random
import smtplib
import sqlite3
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.helpers.desk import Desk
from tests.helpers.smarthost import RecordingSmarthost

SENDERS = 4


@dataclass
class Letter:
    """One mail of the campaign and what the daemon said to it."""

    number: int
    raw: bytes
    sender: str
    to: str
    answers: list[int | None] = field(default_factory=list)

    @property
    def confirmed(self) -> bool:
        """Whether any 250 was heard."""
        return 250 in self.answers


class Load:
    """Four mail servers that send at a bounded rate and repeat what was not confirmed."""

    def __init__(self, desk: Desk, seed: int, rate: float) -> None:
        self._desk, self._random, self._pause = desk, random.Random(seed), SENDERS / rate
        self.letters: list[Letter] = []
        self._lock = threading.Lock()
        self._stopping, self._draining = threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(n,), daemon=True) for n in range(SENDERS)]

    def start(self) -> None:
        """Start sending."""
        for thread in self._threads:
            thread.start()

    def drain(self, seconds: float = 60.0) -> None:
        """Write nothing new; end when everything written is confirmed."""
        self._draining.set()
        for thread in self._threads:
            thread.join(seconds)
        self._stopping.set()
        assert not any(thread.is_alive() for thread in self._threads), "some mail was never confirmed"

    def _letter(self) -> Letter:
        with self._lock:
            number = len(self.letters) + 1
            parent = self._random.choice(self.letters) if self.letters and self._random.random() < 0.3 else None
            letter = _write(number, parent, self._random)
            self.letters.append(letter)
            return letter

    def _send(self, _n: int) -> None:
        letter: Letter | None = None
        while not self._stopping.is_set():
            if letter is None:
                if self._draining.is_set():
                    return
                letter = self._letter()
            code = self._try(letter)
            letter.answers.append(code)
            if code == 250:
                letter = None
                time.sleep(self._pause * (0.5 + random.random()))
            else:
                time.sleep(0.05)

    def _try(self, letter: Letter) -> int | None:
        """One attempt; None means no answer to the final dot was heard (or it never came to a dot)."""
        try:
            with smtplib.SMTP("127.0.0.1", self._desk.smtp, timeout=20) as client:
                client.ehlo()
                if client.mail(letter.sender)[0] != 250 or client.rcpt(letter.to)[0] != 250:
                    return None
                return client.data(letter.raw)[0]
        except (OSError, smtplib.SMTPException):
            return None


def _write(number: int, parent: Letter | None, rng: random.Random) -> Letter:
    sender = f"person{number % 50}@cust.example" if parent is None else parent.sender
    cites = f"In-Reply-To: <letter-{parent.number}@cust.example>\r\n" if parent else ""
    subject = f"Re: letter {parent.number}" if parent else f"letter {number}"
    body = "".join(rng.choice("abcdefghij klmnop\n") for _ in range(rng.choice([80, 400, 3000]))).replace("\n", "\r\n")
    raw = (
        f"From: Person <{sender}>\r\nTo: it@acme.example\r\nSubject: {subject}\r\n{cites}"
        f"Message-ID: <letter-{number}@cust.example>\r\nDate: Mon, 23 Nov 2026 09:30:00 +0000\r\n\r\n"
        f"Letter {number}.\r\n{body}\r\n"
    )
    return Letter(number, raw.encode(), sender, "it@acme.example")


@dataclass
class Tally:
    """What a campaign counted."""

    kills: int = 0
    letters: int = 0
    confirmed: int = 0
    repeated_by_us: int = 0
    given_up: int = 0
    """Mails whose final reply was lost twice in a row: by design not sent a third time, but recorded in their ticket."""
    smarthost_cuts: int = 0
    broken: list[str] = field(default_factory=list)


def check_laws(desk: Desk, letters: list[Letter], host: RecordingSmarthost, kills: int, connections: int) -> Tally:
    """Read the database of a stopped daemon, without its own code, and hold it against what was sent and received."""
    tally = Tally(kills, len(letters), sum(letter.confirmed for letter in letters), smarthost_cuts=host.dropped)
    database = sqlite3.connect(desk.folder / "var" / "deskgate.db")
    rows = database.execute(
        "SELECT i.message_id, i.state, i.outcome, r.bytes FROM inbox i JOIN raws r ON r.sha256 = i.raw_sha256"
    ).fetchall()
    by_id: dict[str, list[tuple[str, str | None, bytes]]] = {}
    for message_id, state, outcome, raw in rows:
        by_id.setdefault(message_id, []).append((state, outcome, raw))
    for letter in letters:
        found = by_id.pop(f"letter-{letter.number}@cust.example", [])
        ends = [outcome for _, outcome, _ in found if outcome != "duplicate"]
        if letter.confirmed and (len(ends) != 1 or ends[0] is None):
            tally.broken.append(f"L1 letter {letter.number}: {[row[:2] for row in found]}")
        if len(found) > len(letter.answers):
            tally.broken.append(f"L2 letter {letter.number}: {len(found)} rows after {len(letter.answers)} attempts")
        if any(raw != letter.raw for _, _, raw in found):
            tally.broken.append(f"L5 letter {letter.number}: other bytes")
        if ends.count("ticket") > 1:
            tally.broken.append(f"L3 letter {letter.number}: {ends.count('ticket')} tickets")
    tally.broken += [f"L2 nobody sent {message_id}" for message_id in by_id]
    tally.broken += _outgoing(database, host, tally, kills, connections)
    database.close()
    return tally


def _outgoing(
    database: sqlite3.Connection, host: RecordingSmarthost, tally: Tally, kills: int, connections: int
) -> list[str]:
    broken = []
    query = "SELECT message_id, recipient, state, entry_id, kind, last_reply, ticket_id FROM outbox"
    rows = database.execute(query).fetchall()
    unique = Counter((entry, recipient, kind) for _, recipient, _, entry, kind, _, _ in rows)
    broken += [f"L4 {key} was written {n} times" for key, n in unique.items() if n > 1]
    sent = {(row[0], row[1]) for row in rows if row[2] == "sent"}
    for row in rows:
        if row[2] == "failed" and "may have arrived" in row[5]:
            tally.given_up += 1
            told = "SELECT 1 FROM entries WHERE ticket_id = ? AND text LIKE 'our mail to ' || ? || ' %'"
            if not database.execute(told, (row[6], row[1])).fetchone():
                broken.append(f"L4 {row} was given up and its ticket does not say so")
        elif row[2] != "sent":
            broken.append(f"L4 {row} is not sent")
    copies: dict[str, list[bytes]] = {}
    for taken in host.taken:
        message_id = taken.raw.partition(b"Message-ID: <")[2].partition(b">")[0].decode()
        copies.setdefault(message_id, []).append(taken.raw)
    for message_id, recipient in sent:
        if message_id not in copies:
            broken.append(f"L4 {message_id} to {recipient} is marked sent and never arrived")
    for message_id, raws in copies.items():
        if len(set(raws)) > 1:
            broken.append(f"L4 {message_id} went out with different bytes")
    tally.repeated_by_us = sum(len(raws) - 1 for raws in copies.values())
    if tally.repeated_by_us > kills * connections + host.dropped:
        broken.append(f"L4 {tally.repeated_by_us} repetitions after {kills} kills and {host.dropped} cut lines")
    return broken


CONNECTIONS = 1


def smarthost_section(host: RecordingSmarthost) -> str:
    """The [send] section that points to a recording smarthost."""
    return f'[send.smtp]\nhost = "127.0.0.1"\nport = {host.port}\ntls = "none"\nmax_connections = {CONNECTIONS}'


def kill_at_random(folder: Path, count: int, seed: int, rate: float = 20.0, say: bool = False) -> Tally:
    """`count` SIGKILLs at random moments under load; the laws are checked after the last mail is through."""
    rng, host = random.Random(seed), RecordingSmarthost(seed, drop=0.02)
    desk = Desk(folder, send=smarthost_section(host))
    load = Load(desk, seed, rate)
    try:
        desk.start()
        load.start()
        for kill in range(1, count + 1):
            time.sleep(rng.uniform(0.05, 1.2))
            desk.kill()
            if say and kill % 10 == 0:
                print(f"{kill} kills, {len(load.letters)} letters", flush=True)
            desk.start(wait=rng.random() < 0.7)
        desk.wait_open()
        load.drain()
        settle(desk)
        desk.stop()
        return check_laws(desk, load.letters, host, count, CONNECTIONS)
    finally:
        desk.kill()
        host.stop()


def settle(desk: Desk, seconds: float = 120.0) -> None:
    """Until nothing waits.  Mails whose last reply was lost wait ten minutes by design: they are asked for at once.

    Those that wait for less come by themselves.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat(timespec="seconds")
        for row in desk.ask("outbox", "list", "--state", "waiting", "--limit", "100000"):
            if (row["next_attempt_at"] or "") > soon:
                desk.command("outbox", "retry", str(row["id"]))
        status = desk.ask("status")
        if not status["inbox"]["waiting"] and not status["outbox"]["waiting"]:
            return
        time.sleep(0.2)
    raise AssertionError(f"something still waits after {seconds:g} seconds: {desk.ask('status')}")


POINTS = (
    "raw.written", "raw.synced", "p2.before_commit", "p2.after_commit", "p3.before_reply",
    "w1.leased", "w2.parsed", "w3.before_commit", "w3.after_commit",
    "o1.leased", "o2.after_connect", "o2.after_dot", "o2.after_250", "o3.after_commit", "migrate.each",
)  # fmt: skip
"""The named points of this build: those of IMAP and backup come with IMAP and backup."""


def kill_at_point(folder: Path, point: str, passing: int, seed: int) -> Tally:
    """The daemon kills itself at a named point; after a restart everything is as if nothing had happened."""
    host = RecordingSmarthost(seed)
    desk = Desk(folder, send=smarthost_section(host))
    load = Load(desk, seed, rate=40.0)
    try:
        process = desk.start(wait=False, DESKGATE_CRASH_AT=f"{point}:{passing}")
        load.start()
        try:
            process.wait(30)
        except Exception as never:
            raise AssertionError(f"the point {point} was not passed {passing} times under load") from never
        assert process.returncode == -9, f"at {point} the daemon ended with {process.returncode}: {desk.log[-2000:]}"
        desk.start()
        time.sleep(0.5)
        load.drain()
        settle(desk)
        desk.stop()
        return check_laws(desk, load.letters, host, 1, CONNECTIONS)
    finally:
        desk.kill()
        host.stop()
