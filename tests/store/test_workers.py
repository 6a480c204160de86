"""Several workers at once, and workers that are killed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from store.crashpoints import VARIABLE
from store.database import Database
from store.store import Store
from tests.store.filer import file_batch, work
from tests.store.making import accepted, arrival

CONVERSATIONS = 400
SECONDS = 100.0


def _conversations(store: Store, number: int) -> None:
    """Every mail with its reply right behind it."""
    now = datetime.now(UTC)
    mails = []
    for n in range(number):
        mails.append(arrival(b"first %d" % n, message_id=f"first-{n}@x", at=now))
        mails.append(arrival(b"cites first-%d@x\nreply" % n, message_id=f"reply-{n}@x", at=now))
    accepted(store, *mails)


def _check_conversations(store: Store, number: int) -> None:
    with store.reading() as tx:
        books = store.inbox.books(tx)
        assert (books.ticket, books.attach, books.waiting, books.balanced) == (number, number, 0, True)
        histories = [store.tickets.entries(tx, ticket.id) for ticket in store.tickets.list(tx, limit=10_000)]
    assert len(histories) == number
    for history in histories:
        first, reply = [line.text for line in history]
        assert reply == f"cites {first.replace(' ', '-')}@x"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["postgresql"])
def test_four_processes_that_file_at_once_make_one_ticket_of_every_conversation(
    store: Store, url: str, kind: str
) -> None:
    _conversations(store, CONVERSATIONS)
    command = [sys.executable, "-m", "tests.store.filer", "file", url]
    workers = [subprocess.Popen([*command, f"filer-{n}"], stderr=subprocess.PIPE, text=True) for n in range(4)]
    for worker in workers:
        _out, errors = worker.communicate(timeout=SECONDS)
        assert worker.returncode == 0, errors
    _check_conversations(store, CONVERSATIONS)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_four_threads_that_file_at_once_make_one_ticket_of_every_conversation(store: Store, kind: str) -> None:
    _conversations(store, CONVERSATIONS)
    threads = [threading.Thread(target=work, args=(store, f"filer-{n}")) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    _check_conversations(store, CONVERSATIONS)


def test_the_same_mail_filed_by_several_workers_at_once_is_one_ticket(store: Store) -> None:
    accepted(store, *[arrival(b"the same") for _ in range(12)])
    threads = [threading.Thread(target=work, args=(store, f"filer-{n}")) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    with store.reading() as tx:
        books = store.inbox.books(tx)
        assert (books.ticket, books.duplicate, books.balanced) == (1, 11, True)


POINTS = (
    "migrate.each:1", "raw.written:2", "p2.before_commit:1", "p2.before_commit:3", "raw.synced:2", "p2.after_commit:3",
    "w1.leased:2", "w3.before_commit:2", "w3.after_commit:3",
)  # fmt: skip


def test_a_killed_process_loses_nothing_that_it_said_was_stored(new_url: object, kind: str) -> None:
    assert callable(new_url)
    url = str(new_url())
    stored: list[int] = []
    for point in POINTS:
        worker = _started(url, point)
        said, errors = worker.communicate(timeout=SECONDS)
        assert worker.returncode == -9, errors
        stored += [int(line) for line in said.splitlines()]
        _check_laws(url, stored)
    chance = random.Random(20261123)
    for _ in range(4):
        worker = _started(url, "")
        assert worker.stdout is not None
        for _line in range(chance.randrange(1, 60)):
            stored.append(int(worker.stdout.readline()))
        worker.kill()
        said, _errors = worker.communicate(timeout=SECONDS)
        stored += [int(line) for line in said.splitlines() if line]
        _check_laws(url, stored)
    assert len(set(stored)) == len(stored)


def _started(url: str, point: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store.filer", "live", url, f"daemon-{random.random()}"]
    return subprocess.Popen(
        command, env={**os.environ, VARIABLE: point}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _file_everything(store: Store) -> None:
    for _ in range(1_000):  # PostgreSQL keeps a dead client's locks until it notices
        if not file_batch(store, "after the crash", limit=50):
            with store.reading() as tx:
                if not store.inbox.counts(tx).waiting:
                    return
            time.sleep(0.02)


def _check_laws(url: str, stored: list[int]) -> None:
    """After a restart and when everything is filed: nothing lost, nothing twice, every byte in its place."""
    database = Database(url)
    database.prepare()
    store = Store(database)
    with store.transaction() as tx:
        store.inbox.reset_claims(tx)
    _file_everything(store)
    database.check()
    with store.reading() as tx:
        books = store.inbox.books(tx)
        assert books.balanced and books.waiting == 0 and books.accepted >= len(stored)
        ends = Counter[str | None]()
        for row_id in stored:
            row, raw = store.inbox.get(tx, row_id), store.inbox.raw(tx, row_id)
            assert row is not None and raw is not None
            assert sha256(raw).hexdigest() == row.raw_sha256
            assert raw.startswith(f"mail {row.message_id.removesuffix('@x')}\n".encode())
            assert row.ticket_id is not None and store.tickets.entry_of_inbox(tx, row_id) is not None
            assert 1 <= row.tries <= 3
            ends[row.outcome] += 1
        assert set(ends) <= {"ticket"}
        assert books.ticket == len(store.tickets.list(tx, limit=100_000)) == len(store.outbox.list(tx, limit=100_000))
    database.close()
