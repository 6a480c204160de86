"""Claim, settle, postpone, hold: the four verbs by which a row that waits is worked on, for inbox and outbox alike.

A claim is a token and a lease.  Nobody else gets the row before the lease runs out, and every later verb confirms the
token in the same UPDATE: whoever was too slow gets ClaimLost, and its transaction, rolled back, never happened.
While a row is claimed, its `not_before` is the end of the lease; so "may be claimed" is one comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, Text, bindparam, literal_column, null, update

from store.columns import EPOCH
from store.database import Tx
from store.errors import ClaimLost
from store.statement import Among, Statement


class Queue:
    """The verbs over one table.  `done` and `aside` are the states in which settled and held rows end.

    `settled`, `postponed` and `held` name the further columns that each verb writes; its `columns` are their values.
    """

    def __init__(
        self, table: Table, *, done: str, aside: str, settled: Sequence[str], postponed: Sequence[str],
        held: Sequence[str],
    ) -> None:  # fmt: skip
        self._name = table.name
        c = table.c
        waiting = c.state == literal_column("'waiting'")
        mine = update(table).where(c.id == bindparam("row_id"), waiting, c.claim_token == bindparam("token"))
        free = mine.values(claim_token=null())
        claimed = update(table).where(waiting, c.claim_token.is_not(None))
        take = update(table).where(Among(c.id, "ids")).values(tries=c.tries + 1)
        self._take = Statement(take, "claim_token", "not_before")
        self._confirm = Statement(mine, "claim_token")
        self._settle = Statement(free.values(state=done), *settled)
        self._later = Statement(free, "not_before", *postponed)
        self._later_free = Statement(free.values(tries=c.tries - 1), "not_before", *postponed)
        self._hold = Statement(free.values(state=aside), *held)
        self._forget = Statement(claimed.values(claim_token=null(), not_before=EPOCH))

    def take(self, tx: Tx, ids: Sequence[int], token: str, until: datetime) -> None:
        """Claim these rows, which the caller has just selected and locked; counts a try now, before any work."""
        self._take.run(tx, {"ids": ids, "claim_token": token, "not_before": until})

    def confirm(self, tx: Tx, row_id: int, token: str) -> None:
        """Raise ClaimLost unless the row is still this token's; keeps others off it until the transaction ends."""
        self._mine(tx, self._confirm, row_id, token, {"claim_token": token})

    def settle(self, tx: Tx, row_id: int, token: str, columns: Mapping[str, object]) -> None:
        """Finished."""
        self._mine(tx, self._settle, row_id, token, columns)

    def postpone(
        self, tx: Tx, row_id: int, token: str, until: datetime, columns: Mapping[str, object], *, free: bool = False
    ) -> None:
        """Not before `until`.  `free`: this try does not count."""
        self._mine(tx, self._later_free if free else self._later, row_id, token, {**columns, "not_before": until})

    def hold(self, tx: Tx, row_id: int, token: str, columns: Mapping[str, object]) -> None:
        """Set aside for a human."""
        self._mine(tx, self._hold, row_id, token, columns)

    def reset_claims(self, tx: Tx) -> int:
        """Free every claimed row; only where nobody else can be at work (start on SQLite).  Returns how many."""
        return self._forget.run(tx)

    def _mine(self, tx: Tx, statement: Statement, row_id: int, token: str, columns: Mapping[str, object]) -> None:
        if statement.run(tx, {"row_id": row_id, "token": token, **columns}) != 1:
            raise ClaimLost(f"{self._name} row {row_id} is no longer claimed by {token}")


def as_claimed(fields: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """The fields of a row that is being claimed as they will be once it is: with this ``token`` and one try more."""
    changed = {"tries": literal_column("tries + 1"), "claim_token": bindparam("token", type_=Text())}
    return [changed.get(field.key or "", field) for field in fields]


def fitting(sizes: Sequence[int], max_bytes: int) -> int:
    """How many of the first fit together; always one, since a mail over the budget must get its turn too."""
    total = 0
    for position, size in enumerate(sizes):
        total += size
        if total > max_bytes and position:
            return position
    return len(sizes)
