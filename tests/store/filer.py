"""A worker for tests, in a process of its own: ``python -m tests.store.filer WHAT URL TOKEN``.

``file`` files what waits until nothing is left; ``live`` is a small daemon that accepts, files and sends until it is
killed, and prints the id of each mail once it is stored.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from store.crashpoints import point
from store.database import Database, Tx
from store.errors import StoreUnavailable
from store.groupcommit import GroupCommit
from store.inbox import Arrival, ClaimedRow
from store.store import Store
from tests.store.making import entry, opened, outgoing

LEASE = timedelta(seconds=60)
PAUSE = timedelta(milliseconds=20)
IDLE_ROUNDS = 100


def file_batch(store: Store, token: str, limit: int = 5) -> int:
    """Claim and file a few mails in one transaction, each in its savepoint; how many were claimed."""
    with store.transaction() as tx:
        items = store.inbox.claim(tx, token, datetime.now(UTC), LEASE, limit, 1_000_000)
    point("w1.leased")
    if items:
        with store.transaction() as tx:
            for item in items:
                with store.savepoint(tx):
                    file_one(store, tx, item, token)
            point("w3.before_commit")
        point("w3.after_commit")
    return len(items)


def file_one(store: Store, tx: Tx, item: ClaimedRow, token: str) -> None:
    """A mail whose first line is ``cites ID`` belongs to that mail's ticket; any other opens one."""
    row, now = item.row, datetime.now(UTC)
    first = item.raw.split(b"\n", 1)[0].decode()
    cited = [first.removeprefix("cites ")] if first.startswith("cites ") else []
    if store.inbox.parent_still_waiting(tx, row.id, cited, now):
        store.inbox.postpone(tx, row.id, token, now + PAUSE, "its parent is not filed", give_back_try=True)
        return
    key = sha256(item.raw).hexdigest()
    found = store.inbox.find_duplicate(tx, key, now - timedelta(days=30), row.id)
    if found is not None:
        store.inbox.settle(tx, row.id, token, "duplicate", found.ticket_id, "person", "same content", key)
        return
    known = store.tickets.find_cited(tx, cited)
    ticket = store.tickets.get(tx, known[0][1], lock=True) if known else opened(store, tx)
    assert ticket is not None
    line = store.tickets.add_entry(tx, entry(ticket.id, first, inbox_id=row.id, message_id=row.message_id))
    store.tickets.remember_ids(tx, ticket.id, line, [row.message_id])
    store.outbox.add(tx, [outgoing(ticket=ticket.id, entry_id=line, at=now)])
    store.inbox.settle(tx, row.id, token, "attach" if known else "ticket", ticket.id, "person", "a test", key)


def work(store: Store, token: str) -> None:
    """File until nothing has waited for two seconds."""
    idle = 0
    while idle < IDLE_ROUNDS:
        try:
            idle = 0 if file_batch(store, token) else idle + 1
        except StoreUnavailable:
            continue  # PostgreSQL ended a circle of waiting; what was claimed is free again when its lease ends
        if idle:
            time.sleep(0.02)


def live(store: Store, name: str) -> None:
    """Accept, file, send, for ever."""
    writer = GroupCommit(store.database, store.inbox)
    writer.start()
    for number in range(1_000_000):
        futures = [writer.put(_mail(f"{name}-{number}-{place}", place)) for place in range(4)]
        for future in futures:
            print(future.result(30), flush=True)
        file_batch(store, name)
        with store.transaction() as tx:
            mails = store.outbox.claim(tx, name, datetime.now(UTC), LEASE, 3)
        for mail in mails:
            with store.transaction() as tx:
                store.outbox.settle(tx, mail.row.id, name, "250", datetime.now(UTC))


def _mail(name: str, place: int) -> Arrival:
    raw = f"mail {name}\n".encode() * (1 + place * 500)
    return Arrival("smtp", "a@x", ("it@x",), "", datetime.now(UTC), raw, f"{name}@x", "s", "a@x")


def main() -> None:
    what, url, token = sys.argv[1:]
    database = Database(url)
    database.prepare()
    store = Store(database)
    if what == "file":
        work(store, token)
    else:
        with store.transaction() as tx:
            store.inbox.reset_claims(tx)
            store.outbox.reset_claims(tx)
        live(store, token)
    database.close()


if __name__ == "__main__":
    main()
