"""A database as an earlier version made it gets what it lacks, keeps its rows, and is like a new one afterwards."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect

from store import schema
from store.database import Database
from store.errors import SchemaTooNew
from store.store import Store

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ROWS = (
    "INSERT INTO raws (sha256, bytes, size) VALUES ('00', '', 0)",
    "INSERT INTO tickets (tag, team, helpers, priority, subject, alias, opened_at, tags, language) "
    "VALUES ('ACME', 'it', '[]', 'normal', 'Zebras', 'it@acme.example', 1, '[]', 'en')",
    "INSERT INTO ticket_parties (ticket_id, number, name, address, address_key, role) "
    "VALUES (1001, 1, 'Sam', 'sam@cust.example', 'sam@cust.example', 'requester')",
    "INSERT INTO inbox (source, sender, recipients, peer, received_at, raw_sha256, size, message_id, subject, "
    "from_address) "
    "VALUES ('smtp', 'sam@cust.example', '[]', '', 1, '00', 0, 'a@b', 'Zebras', 'sam@cust.example')",
    "INSERT INTO outbox (ticket_id, kind, recipient, envelope_from, message_id, literal, size, created_at) "
    "VALUES (1001, 'ack', 'sam@cust.example', '', 'c@d', '', 0, 1)",
)


def of_version_1(url: str, kind: str) -> Database:
    """A database with the tables of version 1 and a row in the most important ones."""
    database = Database(url)
    if database.file is not None:
        database.file.parent.mkdir(parents=True, exist_ok=True)
    statements = (HERE / f"version-1.{kind}.sql").read_text("utf-8").partition("\n\n")[2].split(";\n")
    with database.transaction() as tx:
        for statement in (*statements, *ROWS):
            if statement.strip():
                tx.exec_driver_sql(statement)
    return database


def shape(database: Database) -> dict[str, set[str]]:
    """Columns and indexes of every table; their order does not matter."""
    with database.reading() as tx:
        found = inspect(tx)
        return {
            name: {column["name"] for column in found.get_columns(name)}
            | {str(index["name"]) for index in found.get_indexes(name)}
            for name in found.get_table_names()
        }


def test_an_old_database_gets_what_it_lacks_and_keeps_its_rows(new_url: Callable[..., str], kind: str) -> None:
    database, fresh = of_version_1(new_url(), kind), Database(new_url(prepared=True))
    database.prepare()
    assert shape(database) == shape(fresh)
    store = Store(database, lambda: NOW)
    with store.transaction() as tx:
        ticket = store.tickets.get(tx, 1001)
        assert ticket is not None
        assert ticket.subject == "Zebras"
        assert [party.address for party in ticket.parties] == ["sam@cust.example"]
        (mail,) = store.outbox.list(tx)
        assert (mail.state, mail.recipient) == ("waiting", "sam@cust.example")
        (row,) = store.inbox.list(tx)
        assert (row.state, row.subject) == ("waiting", "Zebras")
    database.prepare()
    database.close()
    fresh.close()


def test_a_database_of_a_later_version_is_not_touched(new_url: Callable[..., str]) -> None:
    database = Database(new_url(prepared=True))
    with database.transaction() as tx:
        tx.execute(
            schema.meta.update().where(schema.meta.c.name == "schema_version"), {"value": str(schema.VERSION + 1)}
        )
    before = shape(database)
    with pytest.raises(SchemaTooNew):
        database.prepare()
    assert shape(database) == before
    database.close()


def test_a_crash_in_the_middle_of_the_change_leaves_the_old_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    database = of_version_1(url, "sqlite")
    before = shape(database)
    database.close()
    program = f"from store.database import Database; Database({url!r}).prepare()"
    for crash in ({"DESKGATE_CRASH_AT": "migrate.each:1"}, {}):
        done = subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONPATH": str(HERE.parents[1]), **crash}, timeout=60, check=False
        )
        again = Database(url)
        assert (shape(again) == before) == bool(crash)
        again.close()
        assert (done.returncode == 0) == (not crash)
