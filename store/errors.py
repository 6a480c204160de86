"""What can go wrong with the store, by meaning; nothing else leaves this room.

`translate` turns what a database driver says into one of these.  A caller needs three answers: try again later
(StoreUnavailable), stop and call a human (Corrupt), or this one change is wrong (Conflict, Refused).
"""

from __future__ import annotations

import sqlite3


class StoreError(Exception):
    """The store could not do what was asked.  Nothing of the transaction was kept, unless its COMMIT was under way."""


class StoreUnavailable(StoreError):
    """Temporary: locked, disk full, input/output error, connection lost.  The same call may succeed later."""


class Corrupt(StoreError):
    """The database file is damaged.  Accept no mail; restore a backup or have it repaired."""


class SchemaTooNew(StoreError):
    """A newer Deskgate wrote this database; this one does not know its tables.  Run the newer program."""


class UnsafeDatabase(StoreError):
    """The database may forget what it confirmed (synchronous_commit = off), so 250 would be a lie."""


class AlreadyRunning(StoreError):
    """Another daemon holds this database file."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"another daemon is running on this database ({holder})")
        self.holder = holder


class ClaimLost(StoreError):
    """The lease ran out and somebody else has the row, or it is finished: what was prepared must not be kept."""


class Conflict(StoreError):
    """Such a row exists already, or a row it points to does not."""


class Refused(StoreError):
    """The database refused this one statement or value; trying again changes nothing."""


_CORRUPT_SQLITE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_TEMPORARY_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_INTERRUPT,
}
_CORRUPT_SQLSTATES = ("XX001", "XX002")
_TEMPORARY_SQLSTATES = ("08", "40", "53", "55", "57", "58", "25006")
"""Connection, rollback (deadlock), resources, locks, shutdown, system; and a server that became a read-only standby."""
_CONFLICT_SQLSTATES = ("23",)


def translate(error: Exception) -> StoreError:
    """The meaning of a driver's or SQLAlchemy's error, with the driver's own words in it."""
    from sqlalchemy.exc import DBAPIError  # here: the command line names these errors before it needs a database
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    cause = (error.orig or error) if isinstance(error, DBAPIError) else error
    words = str(cause).strip() or type(cause).__name__
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause, words)
    state = str(getattr(cause, "sqlstate", None) or "")
    if state.startswith(_CORRUPT_SQLSTATES):
        return Corrupt(f"the database is damaged: {words}")
    if state.startswith(_CONFLICT_SQLSTATES):
        return Conflict(words)
    if state.startswith(_TEMPORARY_SQLSTATES) or isinstance(error, PoolTimeout):
        return StoreUnavailable(f"the database cannot be used now: {words}")
    if not state and {"OperationalError", "InterfaceError"} & {kind.__name__ for kind in type(cause).__mro__}:
        return StoreUnavailable(f"the database cannot be reached: {words}")  # the names are those of PEP 249
    return Refused(words)


def _of_sqlite(cause: sqlite3.Error, words: str) -> StoreError:
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the low byte is the class, the rest its detail
    if code in _CORRUPT_SQLITE:
        return Corrupt(f"the database file is damaged: {words}")
    if code in _TEMPORARY_SQLITE:
        return StoreUnavailable(f"the database cannot be used now: {words}")
    return Conflict(words) if isinstance(cause, sqlite3.IntegrityError) else Refused(words)
