"""Disks that are full and disks that fail."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from store.database import Database, Tx
from store.errors import StoreUnavailable
from store.store import Store
from tests.helpers.servers import SCRIPTS, cannot_be_had
from tests.store.filer import LEASE, file_one
from tests.store.making import NOW, accepted, arrival
from tests.store.test_workers import _check_laws

SECONDS = 100.0
MOST_PAGES = 200
LIVES = 4


def _life(store: Store, transaction: Callable[[], AbstractContextManager[Tx]], ids: list[int]) -> None:
    """A mail accepted, filed and sent, each step in a transaction of its own; `ids` gets what was said to be stored."""
    with transaction() as tx:
        new = store.inbox.add(tx, [arrival(b"mail %d " % len(ids) * 3_000)])
    ids += new
    with transaction() as tx:
        items = store.inbox.claim(tx, "w", NOW, LEASE, 10, 1_000_000)
    with transaction() as tx:
        for item in items:
            with store.savepoint(tx):
                file_one(store, tx, item, "w")
    with transaction() as tx:
        mails = store.outbox.claim(tx, "s", NOW, LEASE, 10)
    for mail in mails:
        with transaction() as tx:
            store.outbox.settle(tx, mail.row.id, "s", "250", NOW)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_wherever_in_a_mails_life_the_disk_becomes_full_nothing_is_lost_and_all_goes_on(
    new_url: Callable[..., str], kind: str
) -> None:
    survived = False
    for room in range(MOST_PAGES):
        database = Database(new_url(prepared=True))
        store = Store(database)
        with database.reading() as tx:
            pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one() + room

        @contextmanager
        def cramped(database: Database = database, pages: int = pages) -> Iterator[Tx]:
            with database.transaction() as tx:
                tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
                yield tx

        ids: list[int] = []
        try:
            for _ in range(LIVES):
                _life(store, cramped, ids)
            survived = True
        except StoreUnavailable as error:
            assert "full" in str(error)
        with database.transaction() as tx:  # the disk has room again, the daemon was not restarted
            tx.exec_driver_sql("PRAGMA max_page_count = 1000000")
            store.inbox.reset_claims(tx)
            store.outbox.reset_claims(tx)
        _life(store, database.transaction, ids)
        with database.reading() as tx:
            books = store.inbox.books(tx)
            assert books.balanced and books.waiting == 0
            assert books.accepted == len(ids) == len({row.id for row in store.inbox.list(tx)})
            assert books.ticket == len(ids)
            assert [row.state for row in store.outbox.list(tx)] == ["sent"] * len(ids)
        database.check()
        database.close()
        if survived:
            break
    assert survived and room > 10, "the room grew until all lives fitted"


@pytest.mark.parametrize("nth", [3, 5, 8, 12])
def test_when_fsync_fails_the_mail_is_not_said_to_be_stored(tmp_path: Path, nth: int) -> None:
    url = f"sqlite:///{tmp_path}/d.db"
    database = Database(url)
    database.prepare()
    accepted(Store(database), arrival(b"mail before@x\n", message_id="before@x@x"))
    database.close()
    daemon = [sys.executable, "-m", "tests.store.filer", "live", url, "daemon"]
    command = [sys.executable, str(SCRIPTS / "diskfault.py"), "fsync-eio", f"{nth}+", "--", *daemon]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if "strace" in done.stderr and "Traceback" not in done.stderr:
        cannot_be_had(done.stderr.strip())
    assert "StoreUnavailable" in done.stderr, done.stderr
    _check_laws(url, [int(line) for line in done.stdout.splitlines() if line.isdigit()])
