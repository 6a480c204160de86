"""One way to the database: transactions that are on disk when they end, on SQLite and on PostgreSQL.

Promises: `transaction()` returns only after a COMMIT with a real fsync, or raises a StoreError; on SQLite the writers
of this process stand in one queue and begin with BEGIN IMMEDIATE, so that reading-then-writing is never torn; an
input/output error closes the connection it happened on, so that it is not taken for success later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, func, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from store import engines, runlock, setup
from store.errors import Corrupt, StoreError, StoreUnavailable, translate
from store.turn import Turn

Tx = Connection
"""A transaction that is under way; handed on explicitly, never kept."""
Clock = Callable[[], datetime]

CHECKED_AT_START = 64 * 1024 * 1024
"""Up to this size a file is looked through before it is used: some tenths of a second."""
_CLOCK = select(func.clock_timestamp())


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class Database:
    """The database behind one URL: ``sqlite:////absolute/file`` or ``postgresql://…``."""

    def __init__(
        self, url: str, *, pool_size: int = 4, clock: Clock = utc_now, allow_unsafe_commits: bool = False
    ) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.file: Path | None = None
        self._clock = clock
        self._allow_unsafe_commits = allow_unsafe_commits
        self._turn = Turn()
        if self.is_sqlite:
            if not parsed.database or parsed.database == ":memory:":
                raise StoreError(f"{url}: name a file; a database in memory would forget accepted mail")
            self.file = Path(parsed.database)
            self._writer = engines.sqlite_writer(parsed)
            self._reader = engines.sqlite_reader(parsed, pool_size)
        else:
            self._writer = engines.postgresql(parsed, pool_size)
            self._reader = engines.postgresql_reader(self._writer)
        driver_error: type[Exception] = self._writer.dialect.loaded_dbapi.Error
        self._driver_errors = (SQLAlchemyError, driver_error)

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """Within: read and write.  Leaving commits; an exception rolls back and goes on (a driver's as StoreError)."""
        with self._turn.taken() if self.is_sqlite else nullcontext(), self._translated(), self._writer.connect() as tx:
            try:
                with self._translated(), tx.begin():
                    yield tx
                    self._refuse_if_lost(tx)
            except (StoreUnavailable, Corrupt):
                tx.invalidate()  # an fsync that failed once may "succeed" next time without having written
                if not self.is_sqlite:
                    self._writer.dispose()  # what cut this connection has most likely cut the idle ones too
                raise

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """Within: read only, one consistent view, without waiting for writers."""
        with self._translated(), self._reader.connect() as tx, tx.begin():
            yield tx

    @contextmanager
    def savepoint(self, tx: Tx) -> Iterator[None]:
        """Within: all or nothing, inside a transaction that goes on either way.

        An exception undoes what was done within and goes on (a driver's as StoreError).  When the database has given up
        the whole transaction (SQLite may, when the disk is full), that is StoreUnavailable, here and at its end.
        """
        with self._translated():
            self._refuse_if_lost(tx)
            cursor = tx.connection.cursor()
            cursor.execute("SAVEPOINT piece")
            try:
                yield
            except BaseException as error:
                try:
                    cursor.execute("ROLLBACK TO SAVEPOINT piece")
                    cursor.execute("RELEASE SAVEPOINT piece")
                except self._driver_errors as lost:
                    raise StoreUnavailable(f"the transaction is lost: {error}; {lost}") from error
                raise
            cursor.execute("RELEASE SAVEPOINT piece")

    def now(self, tx: Tx, clock: Clock | None = None) -> datetime:
        """The database's clock on PostgreSQL, where several machines must agree; else `clock`, else this machine's."""
        if self.is_sqlite:
            return (clock or self._clock)()
        moment: datetime = tx.execute(_CLOCK).scalar_one()
        return moment.astimezone(UTC)

    def engine(self, tx: Tx) -> str:
        """What the database is, for people: ``PostgreSQL 16.2``."""
        name = "SQLite" if self.is_sqlite else "PostgreSQL"
        return f"{name} {'.'.join(map(str, tx.dialect.server_version_info or ()))}"

    def prepare(self, check_bytes: int = CHECKED_AT_START) -> bool:
        """Make folder and tables where absent; look for damage; refuse what this program must not use.

        True: the file was looked through.  False: it is larger than `check_bytes`, so let a thread call `check`.
        Raises Corrupt, SchemaTooNew, UnsafeDatabase, StoreUnavailable.
        """
        small = self.file is None or setup.make_file(self.file) <= check_bytes
        if small:
            self.check()
        with self.transaction() as tx:
            if not self.is_sqlite:
                setup.check_commits(tx, allow_unsafe=self._allow_unsafe_commits)
            setup.make_tables(tx, is_sqlite=self.is_sqlite)
        return small

    def check(self) -> None:
        """Look through the whole file, seconds per gigabyte; raise Corrupt.  PostgreSQL watches over its own."""
        if self.is_sqlite:
            with self.reading() as tx:
                setup.check_file(tx)

    @contextmanager
    def lock_for_run(self) -> Iterator[None]:
        """Within: no other daemon runs on this file.  Raises AlreadyRunning at once.  PostgreSQL needs no such lock."""
        with nullcontext() if self.file is None else runlock.held(self.file):
            yield

    def close(self) -> None:
        """Close every idle connection; one in use closes when its transaction ends."""
        self._reader.dispose()
        self._writer.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._driver_errors as error:
            raise translate(error) from error

    def _refuse_if_lost(self, tx: Tx) -> None:
        """A COMMIT after an error that ended the transaction would be answered politely, and nothing kept."""
        if engines.is_lost(tx, is_sqlite=self.is_sqlite):
            raise StoreUnavailable("the database has given up this transaction; nothing of it was kept")
