"""The store as one thing: the tables' classes and the transactions in which they are used."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

from store.backstops import Backstops
from store.database import Clock, Database, Tx
from store.held import HeldNews
from store.inbox import Inbox
from store.mailboxes import Mailboxes
from store.outbox import Outbox
from store.promises import Promises
from store.rates import Rates
from store.status import Status
from store.tickets import Tickets


class Store:
    """Everything that is remembered.  `clock` tells the time where the database does not (SQLite)."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self.database = database
        self._clock = clock
        self.inbox = Inbox(database)
        self.outbox = Outbox()
        self.tickets = Tickets()
        self.promises = Promises()
        self.rates = Rates()
        self.status = Status()
        self.mailboxes = Mailboxes()
        self.backstops = Backstops()
        self.held = HeldNews()

    def transaction(self) -> AbstractContextManager[Tx]:
        """Read and write; committed on leaving, rolled back on an exception."""
        return self.database.transaction()

    def reading(self) -> AbstractContextManager[Tx]:
        """Read only, one consistent view."""
        return self.database.reading()

    def savepoint(self, tx: Tx) -> AbstractContextManager[None]:
        """All or nothing, inside a transaction that goes on either way."""
        return self.database.savepoint(tx)

    def now(self, tx: Tx) -> datetime:
        """The time on which all nodes agree, UTC."""
        return self.database.now(tx, self._clock)
