"""How many mails a second make the whole trip: from the first MAIL FROM until every mail is ticketed and acknowledged.

    python -m bench.trip --set light --count 2000 --connections 1 10 50 --repeat 5

Beside it, in the same run and in turn, stock aiosmtpd takes the same mails and throws them away.  Only the ratio of the
two says anything: machines are noisy.  The clock for Deskgate stops when the inbox has no waiting row, so tickets,
promises, acknowledgements and notices are all committed by then; the daemon runs with every role, its courier included.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from bench import mails  # noqa: E402
from tests.helpers.desk import Desk, free_port  # noqa: E402

PATIENCE_SECONDS = 300.0


def stuffed(raw: bytes) -> bytes:
    """A mail as it goes over the wire, dots doubled, with the final dot."""
    to_us = raw.replace(b"<it@example.com>", b"<it@acme.example>")
    return to_us.replace(b"\r\n.", b"\r\n..") + b".\r\n"


async def _one_connection(port: int, jobs: asyncio.Queue[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)

    async def say(line: bytes, code: bytes) -> None:
        writer.write(line)
        await writer.drain()
        while True:
            answer = await reader.readline()
            if answer[3:4] != b"-":
                break
        if not answer.startswith(code):
            raise RuntimeError(f"{line[:40]!r} got {answer!r}")

    await say(b"", b"220")
    await say(b"EHLO bench\r\n", b"250")
    while True:
        try:
            body = jobs.get_nowait()
        except asyncio.QueueEmpty:
            break
        await say(b"MAIL FROM:<sam@cust.example>\r\n", b"250")
        await say(b"RCPT TO:<it@acme.example>\r\n", b"250")
        await say(b"DATA\r\n", b"354")
        await say(body, b"250")
    writer.write(b"QUIT\r\n")
    writer.close()


async def _send(port: int, bodies: Sequence[bytes], connections: int) -> None:
    jobs: asyncio.Queue[bytes] = asyncio.Queue()
    for body in bodies:
        jobs.put_nowait(body)
    await asyncio.gather(*(_one_connection(port, jobs) for _ in range(connections)))


def _client(pipe: Connection, name: str, count: int, seed: int) -> None:
    """A process of its own: makes the mails once, then sends them whenever it is told a port and a number."""
    bodies = [stuffed(raw) for raw in getattr(mails, name)(count, seed)]
    pipe.send(sum(map(len, bodies)))
    while (job := pipe.recv()) is not None:
        port, connections = job
        began = time.perf_counter()
        asyncio.run(_send(port, bodies, connections))
        pipe.send((began, time.perf_counter()))


def _stock(port: int, pipe: Connection) -> None:
    """A process of its own: aiosmtpd as it is, throwing everything away."""
    from aiosmtpd.smtp import SMTP

    class Discard:
        async def handle_DATA(self, _server: object, _session: object, _envelope: object) -> str:
            return "250 OK"

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_server(lambda: SMTP(Discard(), loop=loop), "127.0.0.1", port)
        pipe.send("ready")
        await asyncio.Event().wait()

    asyncio.run(serve())


def run_stock(client: Connection, connections: int, count: int) -> float:
    """Mails per second that stock aiosmtpd discards."""
    here, there = multiprocessing.Pipe()
    port = free_port()
    server = multiprocessing.get_context("spawn").Process(target=_stock, args=(port, there), daemon=True)
    server.start()
    here.recv()
    client.send((port, connections))
    began, ended = client.recv()
    server.kill()
    server.join()
    return count / (ended - began)


def run_deskgate(client: Connection, connections: int, count: int, roles: str) -> float:
    """Mails per second from the first MAIL FROM until nothing waits to be filed."""
    with tempfile.TemporaryDirectory(prefix="deskgate-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        desk = Desk(Path(folder), limits="connections = 500\nconnections_per_address = 500")
        desk.start(*(["--only", roles] if roles else []))
        time.sleep(1.5)  # readers have started
        try:
            client.send((desk.smtp, connections))
            began, _ = client.recv()
            ended = _all_filed(Path(folder) / "var" / "deskgate.db", count)
        finally:
            desk.stop()
        return count / (ended - began)


def _all_filed(file: Path, count: int) -> float:
    """The moment at which all mails are filed; checks that as many came in as were sent, each with an end."""
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    until = time.perf_counter() + PATIENCE_SECONDS
    try:
        while database.execute("SELECT 1 FROM inbox WHERE state = 'waiting' LIMIT 1").fetchone():
            if time.perf_counter() > until:
                raise RuntimeError("the mails were not filed in time")
            time.sleep(0.01)
        ended = time.perf_counter()
        filed, tickets, acks = (
            database.execute(query).fetchone()[0]
            for query in (
                "SELECT count(*) FROM inbox WHERE outcome IN ('ticket', 'attach')",
                "SELECT count(*) FROM tickets",
                "SELECT count(*) FROM outbox WHERE kind = 'ack'",
            )
        )
        if filed != count or tickets != acks:
            raise RuntimeError(f"{count} mails gave {filed} filed, {tickets} tickets, {acks} acknowledgements")
        return ended
    finally:
        database.close()


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", dest="sets", nargs="+", choices=["light", "mixed"], default=["light", "mixed"])
    parser.add_argument("--count", type=int, default=1000, help="mails per run (default 1000)")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--repeat", type=int, default=5, help="runs of each, in turn (default 5)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="roles of the daemon; default: all")
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.machine()}")
    for name in given.sets:
        here, there = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        sender = context.Process(target=_client, args=(there, name, given.count, given.seed), daemon=True)
        sender.start()
        size = here.recv()
        print(f"\n{name}: {given.count} mails, {size / 1e6:.1f} MB, {given.repeat} runs of each in turn, medians")
        print("connections   aiosmtpd/s   deskgate/s   ratio (least - most)")
        for connections in given.connections:
            pairs = [
                (run_stock(here, connections, given.count), run_deskgate(here, connections, given.count, given.only))
                for _ in range(given.repeat)
            ]
            stock, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
            ratios = sorted(mine / theirs for theirs, mine in pairs)
            middle = statistics.median(ratios)
            print(f"{connections:>11} {stock:>12.0f} {ours:>12.0f}   {middle:.2f} ({ratios[0]:.2f} - {ratios[-1]:.2f})")
        here.send(None)
        sender.join()


if __name__ == "__main__":
    main()
