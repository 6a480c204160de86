"""What is remembered about senders against loops and floods: counts that begin with the first of a kind, who answers like
a machine, which tickets are quiet until staff write, and how much was refused at the door.

All of it is kept in the caller's transaction, so that every node counts with the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from store.columns import Moment
from store.database import Tx
from store.schema import OUTSIDE, entries, groups, habits, mutes, outbox, tallies
from store.statement import Among, Statement

MOST_LISTED = 1000

Upsert = TypeVar("Upsert", sqlite.Insert, postgresql.Insert)

_NOW = bindparam("now", type_=Moment())
_OVER = groups.c.until <= _NOW


def _hit(given: Upsert) -> Upsert:
    """One more; a count that is over begins anew."""
    more = {
        "hits": case((_OVER, 1), else_=groups.c.hits + 1),
        "ticket_id": case((_OVER, null()), else_=groups.c.ticket_id),
        "until": case((_OVER, given.excluded.until), else_=groups.c.until),
    }
    return given.on_conflict_do_update(index_elements=["name"], set_=more)


def _replace(given: Upsert, key: str, *names: str) -> Upsert:
    """The new row in place of the old one."""
    return given.on_conflict_do_update(index_elements=[key], set_={name: given.excluded[name] for name in names})


_COUNTED = (groups.c.hits, groups.c.ticket_id)
_HIT = Statement(
    _hit(sqlite.insert(groups)).returning(*_COUNTED), "name", "hits", "until",
    postgresql=_hit(postgresql.insert(groups)).returning(*_COUNTED),
)  # fmt: skip
_GATHER = Statement(update(groups).where(groups.c.name == bindparam("which")), "ticket_id")


def _over_limit(*begins_so: ColumnElement[bool]) -> Select[Any]:
    still = (groups.c.hits > bindparam("most"), groups.c.until > _NOW)
    found = select(groups.c.name, groups.c.until).where(*begins_so, *still)
    return found.order_by(groups.c.until.desc()).limit(MOST_LISTED)


_FIRST, _LAST = bindparam("first", type_=Text()), bindparam("last", type_=Text())
_BYTES = groups.c.name.collate("C")  # the order of a language has no place for \uffff
_OVER_LIMIT = Statement(
    _over_limit(groups.c.name >= _FIRST, groups.c.name < _LAST),
    postgresql=_over_limit(_BYTES >= _FIRST, _BYTES < _LAST),
)
_FORGET_GROUPS = Statement(delete(groups).where(_OVER))

_HABIT = Statement(
    select(habits.c.quick, habits.c.machine_until, habits.c.seen_at).where(habits.c.address == bindparam("address"))
)
_NAMES = ("address", "quick", "machine_until", "seen_at")
_SET_HABIT = Statement(
    _replace(sqlite.insert(habits), *_NAMES), *_NAMES, postgresql=_replace(postgresql.insert(habits), *_NAMES)
)
_FORGET_HABITS = Statement(
    delete(habits).where(
        habits.c.seen_at < bindparam("before", type_=Moment()),
        or_(habits.c.machine_until.is_(None), habits.c.machine_until <= _NOW),
    )
)

_OURS = Statement(
    select(outbox.c.sent_at, outbox.c.created_at)
    .where(Among(outbox.c.recipient, "recipients"), text(OUTSIDE))
    .order_by((outbox.c.id + 0).desc())  # by the index of recipients, not back from the newest of all
    .limit(1)
)

_MUTE_NAMES = ("ticket_id", "entry_id", "since")
_MUTE = Statement(
    _replace(sqlite.insert(mutes), *_MUTE_NAMES),
    *_MUTE_NAMES,
    postgresql=_replace(postgresql.insert(mutes), *_MUTE_NAMES),
)
_BY_STAFF = (entries.c.direction != literal_column("'in'"), entries.c.author_address != literal_column("''"))
_MUTED = Statement(
    select(mutes.c.since).where(
        mutes.c.ticket_id == bindparam("ticket"),
        ~select(entries.c.id)
        .where(entries.c.ticket_id == mutes.c.ticket_id, entries.c.id > mutes.c.entry_id, *_BY_STAFF)
        .exists(),
    )
)


def _add(given: Upsert) -> Upsert:
    return given.on_conflict_do_update(index_elements=["name"], set_={"hits": tallies.c.hits + given.excluded.hits})


_TALLY = Statement(_add(sqlite.insert(tallies)), "name", "hits", postgresql=_add(postgresql.insert(tallies)))
_TALLIES = Statement(select(tallies.c.name, func.coalesce(tallies.c.hits, 0)))


@dataclass(frozen=True, slots=True)
class Count:
    """How many of a kind came since the first of them, this one included, and the ticket where they are gathered."""

    hits: int
    ticket_id: int | None


@dataclass(frozen=True, slots=True)
class Habit:
    """How an address answers: `quick` answers without a break, the last at `seen_at`; `machine_until`: taken for a
    machine up to then.
    """

    quick: int = 0
    machine_until: datetime | None = None
    seen_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class LastOfOurs:
    """The last mail of ours to somebody outside: `sent_at` is None while it is not (known to be) sent."""

    created_at: datetime
    sent_at: datetime | None


class Backstops:
    """Counts and habits; see the module."""

    def hit(self, tx: Tx, name: str, now: datetime, until: datetime) -> Count:
        """Count one more; `until` is when a count that begins now is over."""
        row = _HIT.row(tx, {"name": name, "hits": 1, "until": until, "now": now})
        assert row is not None, "an upsert gives its row back"
        return Count(row[0], row[1])

    def gather(self, tx: Tx, name: str, ticket_id: int) -> None:
        """Further ones of this kind belong to this ticket while the count lasts."""
        _GATHER.run(tx, {"which": name, "ticket_id": ticket_id})

    def over(self, tx: Tx, prefix: str, most: int, now: datetime) -> Mapping[str, datetime]:
        """What follows the prefix in the names of counts above `most`, and until when they last."""
        question = {"first": prefix, "last": prefix + "\uffff", "most": most, "now": now}
        return {name.removeprefix(prefix): until for name, until in _OVER_LIMIT.rows(tx, question)}

    def habit(self, tx: Tx, address: str) -> Habit:
        """How this (comparable) address answers."""
        row = _HABIT.row(tx, {"address": address})
        return Habit(*row) if row else Habit()

    def set_habit(self, tx: Tx, address: str, habit: Habit, now: datetime) -> None:
        """Remember it."""
        values = {"quick": habit.quick, "machine_until": habit.machine_until, "seen_at": now}
        _SET_HABIT.run(tx, {"address": address, **values})

    def last_of_ours(self, tx: Tx, recipients: Sequence[str]) -> LastOfOurs | None:
        """The last acknowledgement or answer to one of these addresses (as they were written)."""
        row = _OURS.row(tx, {"recipients": sorted(set(recipients))})
        return LastOfOurs(row[1], row[0]) if row else None

    def mute(self, tx: Tx, ticket_id: int, entry_id: int, now: datetime) -> None:
        """Nobody is told of mail on this ticket until staff write something after this entry."""
        _MUTE.run(tx, {"ticket_id": ticket_id, "entry_id": entry_id, "since": now})

    def muted(self, tx: Tx, ticket_id: int) -> bool:
        """Whether that is so now."""
        return _MUTED.row(tx, {"ticket": ticket_id}) is not None

    def tally(self, tx: Tx, name: str, hits: int) -> None:
        """So many more were refused at the door for this reason."""
        _TALLY.run(tx, {"name": name, "hits": hits})

    def tallies(self, tx: Tx) -> Mapping[str, int]:
        """How many were refused at the door, ever, by reason."""
        return dict(sorted(_TALLIES.pairs(tx).items()))

    def forget_old(self, tx: Tx, now: datetime, before: datetime) -> None:
        """Drop counts that are over, and habits last seen before then."""
        _FORGET_GROUPS.run(tx, {"now": now})
        _FORGET_HABITS.run(tx, {"now": now, "before": before})
