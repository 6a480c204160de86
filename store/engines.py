"""Connections to SQLite and PostgreSQL, set up so that a COMMIT is durable and every wait ends."""

from __future__ import annotations

from typing import Protocol, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

BUSY_SECONDS = 10.0
"""How long a writer waits for a writer in another process (SQLite)."""
POOL_SECONDS = 30.0
"""How long a transaction waits for a free connection."""
_SQLITE_PRAGMAS = ("foreign_keys = ON", "synchronous = FULL", "fullfsync = ON", "temp_store = MEMORY")
_WRITER_PRAGMAS = (
    "page_size = 8192",  # of a new file: mails are larger than rows
    "journal_mode = WAL",
    "journal_size_limit = 33554432",
    "cache_size = -16384",  # 16 MiB: the indexes' upper levels and the rows in work, read once
)
_READER_PRAGMAS = ("query_only = ON",)
_POSTGRESQL_LIMITS = "-c lock_timeout=20s -c statement_timeout=120s -c idle_in_transaction_session_timeout=300s"


class _Driver(Protocol):
    def execute(self, statement: str, /) -> object: ...


class _SQLiteDriver(Protocol):
    in_transaction: bool


class _Status(Protocol):
    name: str


class _Info(Protocol):
    transaction_status: _Status


class _PostgreSQLDriver(Protocol):
    info: _Info


def sqlite_writer(url: URL) -> Engine:
    """One connection; its transactions take the write lock when they begin.

    A deferred BEGIN fails with "database is locked" when somebody else wrote between its first read and first write.
    """
    return _sqlite(url, 1, "BEGIN IMMEDIATE", (*_SQLITE_PRAGMAS, *_WRITER_PRAGMAS))


def sqlite_reader(url: URL, pool_size: int) -> Engine:
    """Connections that cannot write; a transaction sees the moment of its first question (WAL)."""
    return _sqlite(url, pool_size, "BEGIN", (*_SQLITE_PRAGMAS, *_READER_PRAGMAS))


def _sqlite(url: URL, pool_size: int, begin: str, pragmas: tuple[str, ...]) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        connect_args={
            "isolation_level": None,  # the driver begins nothing by itself; on_begin does
            "check_same_thread": False,  # one thread at a time: the pool sees to that
            "timeout": BUSY_SECONDS,
            "cached_statements": 512,
        },
    )

    def on_connect(connection: _Driver, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    def on_begin(connection: Connection) -> None:
        connection.connection.cursor().execute(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


def postgresql(url: URL, pool_size: int) -> Engine:
    """Connections that give up on a dead server or a lock within seconds, unless the URL's `options` say otherwise."""
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        paramstyle="format",  # parameters in order, as on SQLite: one code for both (store.statement)
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=POOL_SECONDS,
        connect_args={
            "connect_timeout": 10,
            "options": url.query.get("options", _POSTGRESQL_LIMITS),
            "keepalives_idle": 30,
            "tcp_user_timeout": 30_000,
        },
    )


def postgresql_reader(writer: Engine) -> Engine:
    """The same connections for reading: one snapshot for all questions of a transaction, as on SQLite."""
    return writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def is_lost(connection: Connection, *, is_sqlite: bool) -> bool:
    """Whether the database has ended the transaction by itself, after an error that somebody may have caught."""
    driver = connection.connection.driver_connection
    if is_sqlite:
        return not cast(_SQLiteDriver, driver).in_transaction
    return cast(_PostgreSQLDriver, driver).info.transaction_status.name == "INERROR"
