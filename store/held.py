"""Who is still to be told of mail in quarantine, and when each team was last told: what keeps it to one notice an hour.

The rows are written with the decision to hold a mail, so that nothing that waits is forgotten by a crash; several nodes
that want to tell the same team agree by one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from store.columns import Moment
from store.database import Tx
from store.schema import held_news, held_told, inbox
from store.statement import Among, Statement

MOST_AT_ONCE = 1000

Upsert = TypeVar("Upsert", sqlite.Insert, postgresql.Insert)

_ADD = Statement(
    sqlite.insert(held_news).on_conflict_do_nothing(),
    "inbox_id", "team",
    postgresql=postgresql.insert(held_news).on_conflict_do_nothing(),
)  # fmt: skip


def _turn(given: Upsert) -> Upsert:
    """A row is written only where the team was not told since `cutoff`."""
    return given.on_conflict_do_update(
        index_elements=["team"],
        set_={"told_at": given.excluded.told_at},
        where=held_told.c.told_at <= bindparam("cutoff", type_=Moment()),
    )


_TAKE_TURN = Statement(
    _turn(sqlite.insert(held_told)), "team", "told_at", postgresql=_turn(postgresql.insert(held_told))
)
_TEAMS = Statement(select(held_news.c.team).distinct())
_NEWS = Statement(
    select(held_news.c.inbox_id, inbox.c.state)
    .join(inbox, inbox.c.id == held_news.c.inbox_id)
    .where(held_news.c.team == bindparam("team"))
    .order_by(held_news.c.inbox_id)
    .limit(MOST_AT_ONCE)
)
_FORGET = Statement(delete(held_news).where(Among(held_news.c.inbox_id, "ids")))


class HeldNews:
    """News of held mail, by team; the team "" stands for the site's admins."""

    def add(self, tx: Tx, inbox_id: int, team: str) -> None:
        """This team is to be told of this held mail."""
        _ADD.run(tx, {"inbox_id": inbox_id, "team": team})

    def teams(self, tx: Tx) -> list[str]:
        """Teams that are still to be told of something."""
        return [team for (team,) in _TEAMS.rows(tx)]

    def take_turn(self, tx: Tx, team: str, now: datetime, cutoff: datetime) -> bool:
        """Whether the team may be told now: it was not since `cutoff`.  If so, that is remembered as done now."""
        return _TAKE_TURN.run(tx, {"team": team, "told_at": now, "cutoff": cutoff}) == 1

    def waiting(self, tx: Tx, team: str) -> tuple[list[int], list[int]]:
        """Ids of mails the team is to be told of: those still held, and those about which somebody has decided."""
        held: list[int] = []
        decided: list[int] = []
        for inbox_id, state in _NEWS.rows(tx, {"team": team}):
            (held if state == "held" else decided).append(inbox_id)
        return held, decided

    def forget(self, tx: Tx, inbox_ids: Sequence[int]) -> None:
        """The team was told of these, or need not be."""
        if inbox_ids:
            _FORGET.run(tx, {"ids": list(inbox_ids)})
