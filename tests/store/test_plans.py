"""Every look-up is made by an index, so that its cost does not grow with the history.

The statements are caught as the store hands them to the driver; the database itself is asked how it would run them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import event

from store.database import Tx
from store.statement import Statement
from store.store import Store
from store.tickets import NewParty
from tests.store.making import LEASE, NOW, accepted, arrival, claimed, entry, opened, outgoing
from tests.store.test_promises_and_rates import _promise

LARGE = ("inbox", "raws", "tickets", "ticket_parties", "entries", "message_ids", "promises", "outbox", "rates")
SMALL_INDEXES = (
    "inbox_waiting", "inbox_waiting_message_id", "inbox_held", "outbox_waiting", "outbox_waiting_order", "outbox_failed",
    "promises_open", "tickets_unclosed",
)  # fmt: skip
"""Partial: they hold only what is not finished, so that reading all of one costs as much as there is to do."""


class Caught:
    """The statements that went to the driver, with the values of one use."""

    def __init__(self) -> None:
        self.statements: dict[str, Sequence[Any]] = {}


class _Recorder:
    def __init__(self, cursor: Any, caught: Caught) -> None:
        self._cursor = cursor
        self._caught = caught

    def execute(self, sql: str, values: Sequence[Any]) -> Any:
        self._caught.statements[sql] = values
        return self._cursor.execute(sql, values)

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]], **options: Any) -> Any:
        self._caught.statements[sql] = rows[0]
        return self._cursor.executemany(sql, rows, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


@pytest.fixture
def caught(monkeypatch: pytest.MonkeyPatch) -> Iterator[Caught]:
    found = Caught()
    real = Statement._open

    def open_and_watch(self: Statement, tx: Tx) -> Any:
        ready, cursor = real(self, tx)
        return ready, _Recorder(cursor, found)

    monkeypatch.setattr(Statement, "_open", open_and_watch)
    yield found


def _explained(tx: Tx, sql: str, values: Sequence[Any], is_sqlite: bool) -> list[str]:
    cursor = tx.connection.cursor()
    if is_sqlite:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        return [row[3] for row in cursor.fetchall()]
    cursor.execute("SET LOCAL enable_seqscan = off")  # an empty table is read whole if there is any choice
    cursor.execute(f"EXPLAIN {sql}", values)
    return [row[0] for row in cursor.fetchall()]


def _reads_all(step: str) -> bool:
    """Whether this step of a plan reads a large table, or an index that grows with the history, from end to end."""
    scanned = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step) or re.search(
        r"Seq Scan on (\w+)()", step
    )
    return scanned is not None and scanned[1] in (*LARGE, "earlier") and scanned[2] not in SMALL_INDEXES


def _check(store: Store, caught: Caught, *, at_least: int) -> None:
    wrong = {}
    with store.transaction() as tx:
        for sql, values in caught.statements.items():
            if not sql.startswith("INSERT") or "SELECT" in sql:
                plan = _explained(tx, sql, values, store.database.is_sqlite)
                if any(_reads_all(step) for step in plan):
                    wrong[sql] = plan
    assert not wrong, "\n".join(f"{sql}\n    {plan}" for sql, plan in wrong.items())
    assert len(caught.statements) >= at_least


def test_the_life_of_a_mail_reads_no_table_from_end_to_end(store: Store, caught: Caught) -> None:
    inbox, outbox, tickets, promises, rates = store.inbox, store.outbox, store.tickets, store.promises, store.rates
    accepted(store, *[arrival(b"%d" % n) for n in range(4)])
    items = claimed(store)
    ids = [item.row.id for item in items]
    with store.transaction() as tx:
        inbox.confirm(tx, ids[0], "worker")
        inbox.parent_still_waiting(tx, ids[1], ["a@b", "c@d"], NOW)
        inbox.find_duplicate(tx, "key", NOW, ids[0])
        inbox.recipients_of_copies(tx, "key", NOW, ids[0])
        tickets.find_cited(tx, ["a@b", "c@d"])
        ticket = opened(store, tx)
        tickets.get(tx, ticket.id)
        tickets.get(tx, ticket.id, lock=True)
        tickets.by_ref(tx, ticket.ref)
        tickets.add_party(tx, ticket.id, NewParty("B", "b@x", "b@x", "cc"))
        tickets.change_party(tx, ticket.id, 2, role="watcher", revoked=True)
        tickets.change(tx, ticket.id, status="closed", reopened=1)
        line = tickets.add_entry(tx, entry(ticket.id, inbox_id=ids[0]))
        tickets.remember_ids(tx, ticket.id, line, ["a@b", "c@d"])
        tickets.entries(tx, ticket.id)
        tickets.entry_of_inbox(tx, ids[0])
        promises.state(tx, _promise(ticket.id))
        promises.for_ticket(tx, ticket.id)
        promises.settle(tx, ticket.id, "first_reply", NOW)
        promises.withdraw(tx, ticket.id, NOW)
        promises.state(tx, _promise(ticket.id))
        promises.mark_missed(tx, NOW + timedelta(days=9), 10)
        rates.hit(tx, [("a", 60), ("b", 60)], NOW)
        rates.read(tx, [("a", 60), ("b", 60)], NOW)
        inbox.settle(tx, ids[0], "worker", "ticket", ticket.id, "person", "new", "key")
        inbox.postpone(tx, ids[1], "worker", NOW, "parent")
        inbox.hold(tx, ids[2], "worker", "complex")
        inbox.release(tx, ids[2], NOW)
        inbox.retry(tx, ids[2], NOW)
        inbox.drop(tx, ids[2])
        inbox.get(tx, ids[0])
        inbox.raw(tx, ids[0])
        inbox.raw_by_sha(tx, "0")
        inbox.counts(tx)
        inbox.reset_claims(tx)
        piece = ((0, sha256(b"1").hexdigest(), 0, 1),)
        outbox.add(tx, [outgoing(ticket=ticket.id, entry_id=line, to=f"{n}@x", splices=piece) for n in range(3)])
        mails = outbox.claim(tx, "sender", NOW, LEASE, 10)
        outbox.settle(tx, mails[0].row.id, "sender", "250", NOW)
        outbox.postpone(tx, mails[1].row.id, "sender", NOW, "451")
        outbox.hold(tx, mails[2].row.id, "sender", "554")
        outbox.retry(tx, mails[2].row.id, NOW)
        outbox.drop(tx, mails[2].row.id)
        outbox.wake(tx, NOW)
        outbox.get(tx, mails[0].row.id)
        outbox.raw(tx, mails[0].row.id)
        outbox.counts(tx)
        outbox.reset_claims(tx)
    _check(store, caught, at_least=50)


def test_lists_of_what_is_rare_or_unfinished_read_no_table_from_end_to_end(store: Store, caught: Caught) -> None:
    with store.transaction() as tx:
        for execute in (
            lambda: store.inbox.list(tx, "held"),
            lambda: store.inbox.list(tx, "waiting"),
            lambda: store.inbox.list(tx, None, "quarantine"),
            lambda: store.inbox.list(tx, "filed", "quarantine"),
            lambda: store.outbox.list(tx, "failed"),
            lambda: store.outbox.list(tx, "waiting"),
            lambda: store.tickets.list(tx, "it"),
            lambda: store.tickets.list(tx, "it", "open"),
            lambda: store.tickets.list(tx, None, "waiting"),
            lambda: store.tickets.count_open(tx),
        ):
            _catch(tx, execute, caught)
    _check(store, caught, at_least=10)


def _catch(tx: Tx, execute: Any, caught: Caught) -> None:
    """Listings are put together for each question and go through SQLAlchemy, which tells what it does."""

    def note(_c: object, _cursor: object, sql: str, values: Sequence[Any], _context: object, _many: bool) -> None:
        caught.statements[sql] = values

    event.listen(tx, "before_cursor_execute", note)
    try:
        execute()
    finally:
        event.remove(tx, "before_cursor_execute", note)
