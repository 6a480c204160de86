"""A database made ready: its file, its tables, and the questions asked before any mail is accepted."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sqlalchemy import Column, Connection, Index, func, select, text
from sqlalchemy.schema import CreateColumn

from store import schema
from store.crashpoints import point
from store.errors import Corrupt, SchemaTooNew, StoreError, StoreUnavailable, UnsafeDatabase

_ONE_AT_A_TIME = 0x6465736B6761
"""Any number that every Deskgate uses: two nodes that start at once must not both make the tables."""
OLDEST_SQLITE = (3, 38, 0)
"""The first with RETURNING and with JSON functions in every build."""


def make_file(file: Path) -> int:
    """An empty file in its folder, where there is none; readable by its owner only, since it will hold mail.  Its size.

    Folders that were made are written to disk at once: a database is safe only if its name is.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(map(str, OLDEST_SQLITE))
        raise StoreError(f"SQLite {needed} or newer is needed; this Python brings {sqlite3.sqlite_version}")
    try:
        made = [folder for folder in file.parents if not folder.exists()]
        file.parent.mkdir(parents=True, exist_ok=True)
        for folder in made:
            _sync(folder.parent)
        if not file.exists():
            file.touch(mode=0o600)
            _sync(file.parent)
        return file.stat().st_size
    except OSError as error:
        raise StoreUnavailable(f"{file}: {error.strerror}") from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_file(tx: Connection) -> None:
    """Raise Corrupt when SQLite finds its file damaged.  Reads all of it."""
    found = tx.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if found != "ok":
        raise Corrupt(f"the database file is damaged: {found}")


def check_commits(tx: Connection, *, allow_unsafe: bool) -> None:
    """Raise UnsafeDatabase when PostgreSQL answers COMMIT before its disk has it."""
    setting = tx.execute(text("SHOW synchronous_commit")).scalar_one()
    if setting == "off" and not allow_unsafe:
        raise UnsafeDatabase("synchronous_commit is off: PostgreSQL may forget confirmed mail; switch it on")


def make_tables(tx: Connection, *, is_sqlite: bool) -> None:
    """Make the tables where there are none, add what older ones lack; raise SchemaTooNew for those of a newer program."""
    if not is_sqlite:
        tx.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    schema.meta.create(tx, checkfirst=True)
    known = tx.execute(select(schema.meta.c.value).where(schema.meta.c.name == "schema_version")).scalar()
    if known is not None:
        if int(known) > schema.VERSION:
            raise SchemaTooNew(f"the tables have version {known}, this program knows {schema.VERSION}: run a newer one")
        if int(known) < schema.VERSION:
            _to_version_2(tx)
            tx.execute(
                schema.meta.update().where(schema.meta.c.name == "schema_version"), {"value": str(schema.VERSION)}
            )
            point("migrate.each")
        return
    schema.metadata.create_all(tx)
    if is_sqlite:
        start = (schema.FIRST_TICKET - 1,)  # SQLite has no other way to say where counting begins
        tx.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES ('tickets', ?)", start)
    tx.execute(schema.meta.insert(), {"name": "schema_version", "value": str(schema.VERSION)})
    point("migrate.each")


def _to_version_2(tx: Connection) -> None:
    """What version 1 lacked: addresses that bounce, why outgoing mail waits, mailboxes that are read, proof of senders."""
    parties, mails, mail = schema.ticket_parties, schema.outbox, schema.inbox
    for column in (parties.c.bouncing_since, parties.c.bounce_reason, mails.c.waits_for, mails.c.lost_replies):
        _add_column(tx, column)
    for column in (mail.c.proof, mail.c.proof_reason, mail.c.checked, mail.c.decided_by, mail.c.decided_at):
        _add_column(tx, column)
    _add_column(tx, schema.tickets.c.merged_into)
    _add_column(tx, schema.message_ids.c.awaited)
    for index in (*parties.indexes, *mails.indexes):
        _add_index(tx, index)
    schema.metadata.create_all(tx, tables=(*_NEW_IN_2,))


_NEW_IN_2 = (
    schema.mailboxes, schema.mailbox_uids, schema.groups, schema.habits, schema.mutes, schema.held_news, schema.held_told,
    schema.tallies, schema.same_person,
)  # fmt: skip


def _add_column(tx: Connection, column: Column[object]) -> None:
    """A column that older tables lack.  It is nullable or has a default, so that every row stays as it is."""
    assert column.table is not None, "columns of the schema stand in tables"
    written = CreateColumn(column).compile(dialect=tx.dialect)
    tx.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {written}")


def _add_index(tx: Connection, index: Index) -> None:
    index.create(tx, checkfirst=True)
