"""Transactions, savepoints, and a database made ready."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store import schema
from store.database import Database, Tx
from store.errors import (
    AlreadyRunning,
    Conflict,
    Corrupt,
    Refused,
    SchemaTooNew,
    StoreError,
    StoreUnavailable,
    UnsafeDatabase,
)
from store.store import Store
from tests.store.making import NOW, accepted, arrival, claimed, entry, opened


def _waiting(store: Store) -> int:
    with store.reading() as tx:
        return store.inbox.counts(tx).waiting


def test_what_a_transaction_wrote_is_there_when_it_ends_and_not_before(store: Store) -> None:
    with store.transaction() as tx:
        store.inbox.add(tx, [arrival()])
        assert _waiting(store) == 0
    assert _waiting(store) == 1


def test_an_exception_undoes_everything_and_goes_on_as_it_is(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction() as tx:
        store.inbox.add(tx, [arrival()])
        raise ZeroDivisionError
    assert _waiting(store) == 0


def test_a_reading_sees_one_moment_however_many_questions_it_asks(store: Store) -> None:
    with store.reading() as tx:
        assert store.inbox.counts(tx).waiting == 0
        accepted(store)
        assert store.inbox.counts(tx).waiting == 0
    assert _waiting(store) == 1


def test_a_reading_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError), store.reading() as tx:
        store.inbox.add(tx, [arrival()])
    assert _waiting(store) == 0


def test_what_fails_inside_a_savepoint_leaves_its_neighbours_intact(store: Store, database: Database) -> None:
    accepted(store, *[arrival(b"%d" % n) for n in range(5)])
    failures: list[type[BaseException]] = []
    with store.transaction() as tx:
        items = store.inbox.claim(tx, "w", NOW, NOW - datetime(2026, 11, 23, tzinfo=UTC), 10, 10_000)
        for number, item in enumerate(items):
            try:
                with database.savepoint(tx):
                    ticket = opened(store, tx, subject=str(number))
                    store.tickets.add_entry(tx, entry(ticket.id, inbox_id=item.row.id))
                    store.inbox.settle(tx, item.row.id, "w", "ticket", ticket.id, "person", "new", f"k{number}")
                    if number == 1:
                        raise ZeroDivisionError
                    if number == 2:
                        store.tickets.add_entry(tx, entry(ticket.id, inbox_id=item.row.id))
                    if number == 3:
                        tx.connection.cursor().execute("SELECT nonsense FROM nowhere")
            except (ZeroDivisionError, StoreError) as error:
                failures.append(type(error))
    assert failures == [ZeroDivisionError, Conflict, Refused]
    with store.reading() as tx:
        assert [ticket.subject for ticket in reversed(store.tickets.list(tx))] == ["0", "4"]
        books = store.inbox.books(tx)
    assert (books.ticket, books.waiting, books.balanced) == (2, 3, True)


def test_savepoints_may_lie_in_one_another(store: Store, database: Database) -> None:
    with store.transaction() as tx, database.savepoint(tx):
        store.inbox.add(tx, [arrival(b"outer")])
        for raw, fails in ((b"1", True), (b"2", False)):
            try:
                with database.savepoint(tx):
                    store.inbox.add(tx, [arrival(raw)])
                    if fails:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                pass
    assert [item.raw for item in claimed(store)] == [b"outer", b"2"]


def test_a_transaction_that_the_database_gave_up_is_never_reported_as_kept(store: Store, database: Database) -> None:
    with pytest.raises(StoreUnavailable), store.transaction() as tx:
        store.inbox.add(tx, [arrival()])
        _give_up(tx, database.is_sqlite)
    with pytest.raises(StoreUnavailable), store.transaction() as tx:
        with database.savepoint(tx):
            store.inbox.add(tx, [arrival()])
        with pytest.raises(StoreUnavailable), database.savepoint(tx):
            if database.is_sqlite:  # what SQLite may do by itself when the disk is full
                tx.connection.cursor().execute("ROLLBACK")
                raise ZeroDivisionError
            raise StoreUnavailable("the like of it")
        if not database.is_sqlite:
            _give_up(tx, False)
        with database.savepoint(tx):
            store.inbox.add(tx, [arrival()])
    assert _waiting(store) == 0
    accepted(store)
    assert _waiting(store) == 1


def _give_up(tx: Tx, is_sqlite: bool) -> None:
    cursor = tx.connection.cursor()
    if is_sqlite:
        cursor.execute("ROLLBACK")
        return
    try:
        cursor.execute("SELECT nonsense FROM nowhere")
    except Exception as error:
        assert "nowhere" in str(error)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_transaction_inside_a_transaction_is_a_mistake_that_is_told(store: Store, kind: str) -> None:
    with store.transaction(), pytest.raises(StoreError, match="inside a transaction"), store.transaction():
        pass
    accepted(store)


def test_many_threads_that_read_and_then_write_all_succeed(store: Store) -> None:
    with store.transaction() as tx:
        ticket = opened(store, tx).id
    errors: list[BaseException] = []

    def count_up() -> None:
        try:
            for _ in range(25):
                with store.transaction() as tx:
                    found = store.tickets.get(tx, ticket, lock=True)
                    assert found is not None
                    store.tickets.change(tx, ticket, token_epoch_day=found.token_epoch_day + 1)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=count_up) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with store.reading() as tx:
        found = store.tickets.get(tx, ticket)
    assert found is not None and found.token_epoch_day == 150


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_full_disk_is_temporary_and_costs_nothing_that_was_accepted(store: Store, kind: str) -> None:
    accepted(store, arrival(b"before"))
    with pytest.raises(StoreUnavailable), store.transaction() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        store.inbox.add(tx, [arrival(b"x" * 1_000_000)])
    accepted(store, arrival(b"after" * 100_000))
    assert [item.raw[:6] for item in claimed(store)] == [b"before", b"aftera"]


def test_preparing_makes_folder_and_tables_once(new_url: Callable[..., str]) -> None:
    url = new_url()
    for _ in range(2):
        database = Database(url)
        assert database.prepare()
        accepted(Store(database))
        database.check()
        if database.file is not None:
            assert database.file.stat().st_mode & 0o077 == 0, "it holds people's mail"
            with database.reading() as tx:
                assert tx.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
                assert tx.exec_driver_sql("PRAGMA page_size").scalar_one() == 8192
            with database.transaction() as tx:
                for pragma, value in (("synchronous", 2), ("foreign_keys", 1), ("fullfsync", 1)):
                    assert tx.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value
        database.close()
    store = Store(Database(url))
    assert _waiting(store) == 2
    store.database.close()


def test_a_database_of_a_newer_program_is_left_alone(new_url: Callable[..., str]) -> None:
    url = new_url(prepared=True)
    database = Database(url)
    with database.transaction() as tx:
        tx.execute(schema.meta.update().values(value=str(schema.VERSION + 1)))
    with pytest.raises(SchemaTooNew, match=str(schema.VERSION + 1)):
        database.prepare()
    database.close()


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "d.db"
    database = Database(f"sqlite:///{file}")
    database.prepare()
    accepted(Store(database), *[arrival(b"%d" % n * 9000) for n in range(20)])
    database.close()
    whole = file.read_bytes()
    for damaged in (b"not a database at all" * 1000, whole[:100] + b"\xff" * 60_000 + whole[60_100:]):
        file.write_bytes(damaged)
        database = Database(f"sqlite:///{file}")
        with pytest.raises(Corrupt):
            database.prepare()
        database.close()


def test_a_large_file_is_looked_through_later(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/d.db")
    assert database.prepare()
    assert not database.prepare(check_bytes=1000)
    database.check()
    database.close()


def test_a_folder_that_cannot_be_made_is_told_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    database = Database(f"sqlite:///{tmp_path}/file/d.db")
    with pytest.raises(StoreUnavailable, match="file"):
        database.prepare()
    with pytest.raises(StoreUnavailable), database.transaction():
        pass


def test_a_database_in_memory_is_refused() -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(StoreError, match="memory"):
            Database(url)


def test_a_server_that_is_not_there_is_temporary() -> None:
    database = Database("postgresql://nobody:nothing@127.0.0.1:1/none?connect_timeout=2")
    with pytest.raises(StoreUnavailable), database.transaction():
        pass
    database.close()


@pytest.mark.parametrize("kind", ["postgresql"])
def test_connections_that_the_server_cut_fail_once_and_not_again(store: Store, kind: str) -> None:
    accepted(store)
    with pytest.raises(StoreUnavailable), store.transaction() as tx:
        with store.transaction() as other:
            me = tx.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            assert other.exec_driver_sql("SELECT pg_terminate_backend(%s)", (me,)).scalar_one()
        store.inbox.add(tx, [arrival()])
    accepted(store)
    assert _waiting(store) == 2


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_server_that_may_forget_confirmed_mail_is_refused_unless_that_is_wanted(url: str, kind: str) -> None:
    unsafe = url + "?options=-c%20synchronous_commit%3Doff"
    with pytest.raises(UnsafeDatabase):
        Database(unsafe).prepare()
    Database(unsafe, allow_unsafe_commits=True).prepare()


def test_the_time_is_the_databases_on_postgresql_and_the_given_one_on_sqlite(database: Database) -> None:
    store = Store(database, clock=lambda: NOW)
    with store.transaction() as tx:
        now = store.now(tx)
    assert now.utcoffset() == NOW.utcoffset()
    assert (now == NOW) is database.is_sqlite


def test_a_second_daemon_on_the_same_file_ends_at_once_and_names_the_first(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/d.db"
    database = Database(url)
    database.prepare()
    other = (
        "from store.database import Database\nfrom store.errors import AlreadyRunning\n"
        f"try:\n    with Database({url!r}).lock_for_run(): print('free')\n"
        "except AlreadyRunning as error: print(error.holder)\n"
    )

    def ask() -> str:
        command = [sys.executable, "-c", other]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    with database.lock_for_run():
        assert f"process {os.getpid()}" in ask()
        with pytest.raises(AlreadyRunning), Database(url).lock_for_run():
            pass
    assert ask() == "free\n"


@pytest.mark.parametrize("kind", ["postgresql"])
def test_daemons_on_postgresql_run_side_by_side(url: str, kind: str) -> None:
    with Database(url).lock_for_run(), Database(url).lock_for_run():
        pass
