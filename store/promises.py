"""What was promised to whom, and whether it was kept: one row per statement, never rewritten except for its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, literal_column, or_, select, update

from store.columns import Moment
from store.database import Tx
from store.schema import promises
from store.statement import Among, Statement


@dataclass(frozen=True, slots=True)
class NewPromise:
    """A statement about to be made.  `kind`: first_reply, resolve.  `basis`: declared, or measured with its `level`."""

    ticket_id: int
    kind: str
    basis: str
    level: float | None
    due: datetime | None
    shown: str
    stated_at: datetime
    stated_to: str


@dataclass(frozen=True, slots=True)
class Promise:
    """A statement that was made.  `outcome`: open, kept, missed, withdrawn; `settled_at` when that was known."""

    id: int
    ticket_id: int
    kind: str
    basis: str
    level: float | None
    due: datetime | None
    shown: str
    stated_at: datetime
    stated_to: str
    outcome: str
    settled_at: datetime | None


_COLUMNS = (
    promises.c.id, promises.c.ticket_id, promises.c.kind, promises.c.basis, promises.c.level, promises.c.due,
    promises.c.shown, promises.c.stated_at, promises.c.stated_to, promises.c.outcome, promises.c.settled_at,
)  # fmt: skip
"""In the order of Promise's fields."""
_IS_OPEN = promises.c.outcome == literal_column("'open'")
_AT = bindparam("at", type_=Moment)
_IN_TIME = or_(promises.c.due.is_(None), promises.c.due >= _AT)
_STATED = ("ticket_id", "kind", "basis", "level", "due", "shown", "stated_at", "stated_to")
_ADD = Statement(promises.insert().returning(promises.c.id), *_STATED)
_OF_TICKET = Statement(select(*_COLUMNS).where(promises.c.ticket_id == bindparam("ticket")).order_by(promises.c.id))
_SETTLE = Statement(
    update(promises)
    .where(promises.c.ticket_id == bindparam("ticket"), promises.c.kind == bindparam("of_kind"))
    .where(promises.c.outcome == "open")
    .values(outcome=case((_IN_TIME, "kept"), else_="missed"), settled_at=_AT)
)
_WITHDRAW = Statement(
    update(promises)
    .where(promises.c.ticket_id == bindparam("ticket"), promises.c.outcome == "open")
    .values(outcome="withdrawn", settled_at=_AT)
)
_OVERDUE = Statement(
    select(promises.c.id)
    .where(_IS_OPEN, promises.c.due < bindparam("now"))
    .order_by(promises.c.due, promises.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_MISS = Statement(
    update(promises).where(Among(promises.c.id, "ids")).values(outcome="missed", settled_at=_AT).returning(*_COLUMNS)
)


class Promises:
    """All promises."""

    def state(self, tx: Tx, promise: NewPromise) -> int:
        """Note that this is being said; the row's id."""
        row = {
            "ticket_id": promise.ticket_id,
            "kind": promise.kind,
            "basis": promise.basis,
            "level": promise.level,
            "due": promise.due,
            "shown": promise.shown,
            "stated_at": promise.stated_at,
            "stated_to": promise.stated_to,
        }
        row_id: int = _ADD.value(tx, row)
        return row_id

    def for_ticket(self, tx: Tx, ticket_id: int) -> list[Promise]:
        """Every statement made on this ticket, in order."""
        return [Promise(*values) for values in _OF_TICKET.rows(tx, {"ticket": ticket_id})]

    def settle(self, tx: Tx, ticket_id: int, kind: str, at: datetime) -> None:
        """What was promised happened at `at`: open promises of this kind are kept, or missed if it was due before."""
        _SETTLE.run(tx, {"ticket": ticket_id, "of_kind": kind, "at": at})

    def mark_missed(self, tx: Tx, now: datetime, limit: int) -> list[Promise]:
        """At most `limit` open promises whose time has passed become missed; those, the longest overdue first."""
        ids = [row[0] for row in _OVERDUE.rows(tx, {"now": now, "most": limit})]
        if not ids:
            return []
        missed = [Promise(*values) for values in _MISS.rows(tx, {"ids": ids, "at": now})]
        return sorted(missed, key=lambda promise: ids.index(promise.id))

    def withdraw(self, tx: Tx, ticket_id: int, at: datetime) -> None:
        """Open promises of this ticket no longer hold (it was merged, moved or closed without an answer)."""
        _WITHDRAW.run(tx, {"ticket": ticket_id, "at": at})
