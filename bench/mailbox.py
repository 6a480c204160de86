"""How fast a mailbox is read, beside the same mails handed over by LMTP: until every mail is filed and acknowledged.

    python -m bench.mailbox --count 10000 --after flag

A real Dovecot (tests/servers) holds the mails, 4 KB each.  Then a fresh daemon gets the same mails by LMTP over ten
connections.  Both clocks stop when every mail has its ticket and its acknowledgement has left.  Also printed: the most
memory the daemon's own process held meanwhile.  Needs root, as Dovecot does.
"""

from __future__ import annotations

import argparse
import asyncio
import email.policy
import os
import platform
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.helpers.desk import Desk, free_port, mail  # noqa: E402
from tests.helpers.imap import PASSWORD, mail_server, section  # noqa: E402

PATIENCE_SECONDS = 1800.0
CONNECTIONS = 10
PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024


@dataclass(frozen=True)
class Run:
    """One way in: seconds, and the peak of the daemon's resident memory in MB."""

    seconds: float
    memory: int


def letters(count: int) -> list[bytes]:
    """Mails of different people about different things, 4 KB each."""
    return [
        mail(
            subject=f"Printer {n}",
            text=f"The printer on floor {n} prints only zebras.\n" * 85,
            sender=f"p{n}@cust{n % 50}.example",
        ).as_bytes(policy=email.policy.SMTP)
        for n in range(count)
    ]


def watched(desk: Desk, count: int) -> Run:
    """Until all are filed and acknowledged, as the daemon's own log tells."""
    assert desk.process is not None
    began, memory = time.monotonic(), 0
    while time.monotonic() - began < PATIENCE_SECONDS:
        resident = int(Path(f"/proc/{desk.process.pid}/statm").read_text().split()[1]) * PAGE_KB // 1024
        memory = max(memory, resident)
        said = desk.log
        if said.count('"event": "filed"') >= count and said.count('"kind": "ack"') >= count:
            return Run(time.monotonic() - began, memory)
        time.sleep(0.5)
    raise SystemExit(f"not done within {PATIENCE_SECONDS:.0f} s")


def by_imap(folder: Path, mails: list[bytes], after: str) -> Run:
    """The mails lie in a mailbox when the daemon starts."""
    os.environ["TEST_IMAP_PASSWORD"] = PASSWORD
    with mail_server("dovecot", "quota=4G") as server:
        server.put(mail())
        server.empty("INBOX")
        new = server.server.folder / "mail" / "helpdesk" / "Maildir" / "new"
        owner = new.stat()
        for number, raw in enumerate(mails):
            path = new / f"{1_700_000_000 + number}.M{number}.bench"
            path.write_bytes(raw)
            os.chown(path, owner.st_uid, owner.st_gid)
        desk = Desk(folder, more=section(server.port, after=f'"{after}"'))
        desk.start()
        try:
            return watched(desk, len(mails))
        finally:
            desk.stop()


async def _hand_over(port: int, jobs: asyncio.Queue[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def say(line: bytes) -> None:
        writer.write(line)
        await writer.drain()
        while (await reader.readline())[3:4] == b"-":
            pass

    await say(b"")
    await say(b"LHLO bench\r\n")
    while not jobs.empty():
        raw = jobs.get_nowait()
        sender = raw.partition(b"From: ")[2].partition(b"\r\n")[0]
        await say(b"MAIL FROM:<%s>\r\n" % sender)
        await say(b"RCPT TO:<it@acme.example>\r\n")
        await say(b"DATA\r\n")
        await say(raw.replace(b"\r\n.", b"\r\n..") + b".\r\n")
    writer.close()


async def _hand_over_all(port: int, mails: list[bytes]) -> None:
    jobs: asyncio.Queue[bytes] = asyncio.Queue()
    for raw in mails:
        jobs.put_nowait(raw)
    await asyncio.gather(*(_hand_over(port, jobs) for _ in range(CONNECTIONS)))


def by_lmtp(folder: Path, mails: list[bytes]) -> Run:
    """The same mails over ten LMTP connections."""
    desk = Desk(folder, lmtp=free_port())
    desk.start()
    try:
        began = time.monotonic()
        asyncio.run(_hand_over_all(desk.lmtp, mails))
        handed = time.monotonic() - began
        run = watched(desk, len(mails))
        return Run(handed + run.seconds, run.memory)
    finally:
        desk.stop()


def main() -> int:
    """Runs both and prints them beside each other."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    arguments.add_argument("--count", type=int, default=10_000)
    arguments.add_argument("--after", default="flag", help="flag, move:FOLDER, leave")
    chosen = arguments.parse_args()
    mails = letters(chosen.count)
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {chosen.count} mails of {len(mails[0])} bytes")
    with tempfile.TemporaryDirectory(prefix="dg-bench-") as name:
        imap = by_imap(Path(name) / "imap", mails, chosen.after)
        lmtp = by_lmtp(Path(name) / "lmtp", mails)
    for way, run in (("IMAP", imap), ("LMTP", lmtp)):
        rate = chosen.count / run.seconds
        print(f"{way}: {run.seconds:6.1f} s, {rate:6.0f} mails a second, daemon at most {run.memory} MB")
    print(f"IMAP over LMTP: {lmtp.seconds / imap.seconds:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
