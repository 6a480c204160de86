"""What the store costs per mail: ``python -m tests.store.cost [URL] [MAILS]``.

One mail's whole life (accept, claim, file as a new ticket with an acknowledgement, or as a reply, deliver), in batches as
the daemon makes them.  Prints processor time, that of this process, per step and mail; PostgreSQL's own time is apart.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from store.database import Database, Tx
from store.inbox import Arrival, ClaimedRow
from store.outbox import NewMail
from store.promises import NewPromise
from store.store import Store
from store.tickets import NewEntry, NewParty, NewTicket

LEASE = timedelta(minutes=5)
ACCEPTED, CLAIMED, COMMITTED, SENT = 16, 32, 8, 8
"""Mails per transaction of each step."""


class Watch:
    """Processor time per step."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.process_time()
        yield
        self.spent[name] += time.process_time() - started


def accept(store: Store, first: int, now: datetime, size: int) -> None:
    arrivals = []
    for number in range(first, first + ACCEPTED):
        raw = b"Subject: printer %d\r\n\r\n" % number + b"x" * size
        who = f"user{number % 500}@acme.example"
        arrivals.append(
            Arrival("smtp", who, ("it@acme.example",), "192.0.2.1", now, raw, f"{number}@acme", "printer", who)
        )
    with store.transaction() as tx:
        store.inbox.add(tx, arrivals)


def file_one(store: Store, tx: Tx, item: ClaimedRow, token: str, now: datetime, cites: str | None) -> None:
    row = item.row
    key = sha256(item.raw).hexdigest()
    with store.savepoint(tx):
        store.inbox.find_duplicate(tx, key, now - timedelta(days=30), row.id)
        found: list[tuple[str, int]] = []
        if cites:
            store.inbox.parent_still_waiting(tx, row.id, [cites], now)
            found = store.tickets.find_cited(tx, [cites])
        if found:
            ticket = store.tickets.get(tx, found[0][1], lock=True)
            assert ticket is not None
            store.tickets.change(tx, ticket.id, last_message_ids=(*ticket.last_message_ids, row.message_id))
        else:
            who = NewParty("", row.sender, row.sender, "requester")
            ticket = store.tickets.open(
                tx,
                NewTicket("ACME", "it", (), "normal", row.subject, row.recipients[0], (), "en", now, None, [who],
                          last_message_ids=(row.message_id, f"dg.{row.id}@desk")),
            )  # fmt: skip
        entry = store.tickets.add_entry(
            tx,
            NewEntry(ticket.id, now, "mail", "in", "public", "", row.sender, "text " * 60, row.message_id, (), row.id),
        )
        store.tickets.remember_ids(tx, ticket.id, entry, [row.message_id])
        mails = []
        if not found:
            store.promises.state(
                tx, NewPromise(ticket.id, "first_reply", "declared", None, now, "at 4", now, row.sender)
            )
            counters = [(f"to:{row.sender}", 3600), (f"to:{row.sender}", 86400), ("domain:acme", 3600), ("site", 3600)]
            store.rates.read(tx, counters, now)
            store.rates.hit(tx, counters, now)
            mails.append(NewMail(ticket.id, entry, "ack", row.sender, "", f"dg.{row.id}@desk", b"y" * 1500, (), now))
        staff, notice_id = "maria@acme.example", f"dn.{row.id}@desk"
        mails.append(NewMail(ticket.id, entry, "notice", staff, "", notice_id, b"z" * 900, (), now))
        store.outbox.add(tx, mails)
        store.inbox.settle(tx, row.id, token, "attach" if found else "ticket", ticket.id, "person", "new", key)


def life(store: Store, mails: int, watch: Watch, *, replies: bool, size: int, first: int) -> None:
    now = datetime.now(UTC)
    done = 0
    while done < mails:
        with watch.step("accept"):
            for start in range(first + done, first + done + CLAIMED, ACCEPTED):
                accept(store, start, now, size)
        with watch.step("claim"), store.transaction() as tx:
            items = store.inbox.claim(tx, "worker", now, LEASE, CLAIMED, 64_000_000)
        assert len(items) == CLAIMED
        with watch.step("file"):
            for position in range(0, CLAIMED, COMMITTED):
                with store.transaction() as tx:
                    for item in items[position : position + COMMITTED]:
                        file_one(store, tx, item, "worker", now, f"{item.row.id % 500}@acme" if replies else None)
        sent = 0
        while True:
            with watch.step("send: claim"), store.transaction() as tx:
                claimed = store.outbox.claim(tx, "sender", now, LEASE, SENT)
            if not claimed:
                break
            with watch.step("send: settle"), store.transaction() as tx:
                for mail in claimed:
                    store.outbox.settle(tx, mail.row.id, "sender", "250 ok", now)
            sent += len(claimed)
        done += CLAIMED


def main() -> None:
    arguments = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        database = Database(arguments[0] if arguments else f"sqlite:///{folder}/d.db")
        database.prepare()
        store = Store(database)
        mails = int(arguments[1]) if len(arguments) > 1 else 4096
        life(store, 1024, Watch(), replies=False, size=2000, first=0)
        for name, replies, first in (("new tickets", False, 1_000_000), ("replies", True, 2_000_000)):
            watch = Watch()
            started = time.perf_counter()
            life(store, mails, watch, replies=replies, size=2000, first=first)
            total = sum(watch.spent.values())
            steps = ", ".join(f"{step} {spent / mails * 1000:.3f}" for step, spent in watch.spent.items())
            passed = (time.perf_counter() - started) / mails * 1000
            print(
                f"{name}: {total / mails * 1000:.3f} ms of processor per mail ({steps}); {passed:.3f} ms by the clock"
            )
        database.close()


if __name__ == "__main__":
    main()
