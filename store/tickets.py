"""Tickets: one matter each, with its reference, state, team, parties and history.

A reference (``ACME-1042``) is the site's tag and the row's number; the number alone finds it, and it never changes.
Everything is written in the caller's transaction; nothing here decides anything.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, select, update

from store import entries as history
from store import parties, people
from store import search as searching
from store.database import Tx
from store.entries import Entry, KnownId, NewEntry, StoredAttachment
from store.parties import Bouncing, NewParty, TicketParty
from store.schema import tickets
from store.statement import Statement

__all__ = [
    "UNSET", "Bouncing", "Entry", "KnownId", "NewEntry", "NewParty", "NewTicket", "StoredAttachment", "Ticket",
    "TicketParty", "Tickets", "Unset",
]  # fmt: skip

LAST_IDS = 10
"""How many message ids a ticket keeps for the References field of its next mail."""


class Unset(enum.Enum):
    """The type of UNSET."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
"""A field that is not to be changed; None would say "make it empty"."""


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A ticket to be opened.  `tag` is the site's, `opened_at` when the mail came."""

    tag: str
    team: str
    helpers: tuple[str, ...]
    priority: str
    subject: str
    alias: str
    tags: tuple[str, ...]
    language: str
    opened_at: datetime
    related_to: int | None
    parties: Sequence[NewParty]
    status: str = "open"
    last_message_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ticket:
    """One matter.  `status`: open, waiting (on the requester), closed."""

    id: int
    ref: str
    team: str
    helpers: tuple[str, ...]
    status: str
    priority: str
    subject: str
    alias: str
    assignee: str | None
    opened_at: datetime
    closed_at: datetime | None
    tags: tuple[str, ...]
    hand_offs: int
    reopened: int
    language: str
    related_to: int | None
    token_epoch_day: int
    parties: tuple[TicketParty, ...]
    first_reply_at: datetime | None
    last_message_ids: tuple[str, ...]
    merged_into: int | None = None
    """What comes to this one goes there."""


_COLUMNS = (
    tickets.c.id, tickets.c.tag, tickets.c.team, tickets.c.helpers, tickets.c.status, tickets.c.priority,
    tickets.c.subject, tickets.c.alias, tickets.c.assignee, tickets.c.opened_at, tickets.c.closed_at, tickets.c.tags,
    tickets.c.hand_offs, tickets.c.reopened, tickets.c.language, tickets.c.related_to, tickets.c.token_epoch_day,
    tickets.c.first_reply_at, tickets.c.last_message_ids, tickets.c.merged_into,
)  # fmt: skip
_OPENED = (
    "tag", "team", "helpers", "status", "priority", "subject", "alias", "tags", "language", "opened_at", "related_to",
    "last_message_ids",
)  # fmt: skip
_ADD = Statement(tickets.insert().returning(tickets.c.id), *_OPENED)
_BY_ID = select(*_COLUMNS).where(tickets.c.id == bindparam("ticket"))
_GET = Statement(_BY_ID)
_GET_LOCKED = Statement(_BY_ID.with_for_update())
_IS_UNCLOSED = tickets.c.status != literal_column("'closed'")
_OPEN_BY_TEAM = Statement(select(tickets.c.team, func.count()).where(_IS_UNCLOSED).group_by(tickets.c.team))


class Tickets:
    """All tickets."""

    def open(self, tx: Tx, draft: NewTicket) -> Ticket:
        """Open a ticket with its first parties, numbered in order."""
        row = {
            "tag": draft.tag,
            "team": draft.team,
            "helpers": draft.helpers,
            "status": draft.status,
            "priority": draft.priority,
            "subject": draft.subject,
            "alias": draft.alias,
            "tags": draft.tags,
            "language": draft.language,
            "opened_at": draft.opened_at,
            "related_to": draft.related_to,
            "last_message_ids": draft.last_message_ids[-LAST_IDS:],
        }
        ticket_id: int = _ADD.value(tx, row)
        return Ticket(
            id=ticket_id,
            ref=f"{draft.tag}-{ticket_id}",
            team=draft.team,
            helpers=draft.helpers,
            status=draft.status,
            priority=draft.priority,
            subject=draft.subject,
            alias=draft.alias,
            assignee=None,
            opened_at=draft.opened_at,
            closed_at=None,
            tags=draft.tags,
            hand_offs=0,
            reopened=0,
            language=draft.language,
            related_to=draft.related_to,
            token_epoch_day=0,
            parties=parties.add_first_parties(tx, ticket_id, draft.parties),
            first_reply_at=None,
            last_message_ids=draft.last_message_ids[-LAST_IDS:],
        )

    def get(self, tx: Tx, ticket_id: int, lock: bool = False) -> Ticket | None:
        """The ticket, or None.  `lock`: nobody else changes it until the transaction ends."""
        found = (_GET_LOCKED if lock else _GET).row(tx, {"ticket": ticket_id})
        return None if found is None else _ticket(found, parties.of_ticket(tx, ticket_id))

    def by_ref(self, tx: Tx, ref: str) -> Ticket | None:
        """By reference, the tag in upper or lower case: ``acme-1042``."""
        _tag, _dash, number = ref.strip().rpartition("-")
        if not (number.isascii() and number.isdigit() and len(number) <= 18):
            return None
        ticket = self.get(tx, int(number))
        return ticket if ticket is not None and ticket.ref.casefold() == ref.strip().casefold() else None

    def find_cited(self, tx: Tx, message_ids: Sequence[str]) -> list[tuple[str, int]]:
        """Pairs (message id, ticket) for those ids that came in with a mail on a ticket, in one query, in no order."""
        return history.find_cited(tx, message_ids)

    def add_entry(self, tx: Tx, entry: NewEntry) -> int:
        """Write one line of history; its id."""
        return history.add(tx, entry)

    def entry(self, tx: Tx, entry_id: int) -> Entry | None:
        """One line of history."""
        return history.get(tx, entry_id)

    def entry_of_inbox(self, tx: Tx, inbox_id: int) -> Entry | None:
        """The line an accepted mail became, if it did."""
        return history.of_inbox(tx, inbox_id)

    def entries(self, tx: Tx, ticket_id: int) -> list[Entry]:
        """The whole history, oldest first."""
        return history.of_ticket(tx, ticket_id)

    def move_entries(self, tx: Tx, entry_ids: Sequence[int], ticket_id: int, public: Sequence[int] = ()) -> None:
        """Lines of history, with the mails they were, belong to another ticket; those in `public` are seen by all there."""
        history.move(tx, entry_ids, ticket_id, public)

    def find_known(self, tx: Tx, message_ids: Sequence[str]) -> list[KnownId]:
        """Where these ids stand on tickets, awaited ones too; in one query, in no order between ids."""
        return history.find_known(tx, message_ids)

    def remember_ids(self, tx: Tx, ticket_id: int, entry_id: int, ids: Sequence[str], *, awaited: bool = False) -> None:
        """A mail that cites one of these ids will be found to belong to this ticket; if `awaited`, one that has it."""
        history.remember(tx, ticket_id, entry_id, ids, awaited=awaited)

    def add_party(self, tx: Tx, ticket_id: int, party: NewParty) -> TicketParty:
        """The party with this key: the one that is there, unchanged, or a new one with the next number."""
        return parties.join(tx, ticket_id, party)

    def change_party(
        self, tx: Tx, ticket_id: int, number: int, *, role: str | None = None, revoked: bool | None = None
    ) -> bool:
        """Another role, or tokens void or valid.  False: there is no such party."""
        return parties.change(tx, ticket_id, number, role=role, revoked=revoked)

    def same_person(self, tx: Tx, keys: Sequence[str]) -> frozenset[str]:
        """All addresses (comparable) of the persons who have one of these, these included."""
        return people.same_person(tx, keys)

    def join_persons(self, tx: Tx, key: str, other: str, by: str, now: datetime) -> bool:
        """From now on `other` is an address of whoever has `key`.  False: it was already."""
        return people.join(tx, key, other, by, now)

    def part_persons(self, tx: Tx, key: str) -> bool:
        """This address belongs to nobody else any more.  False: it did not."""
        return people.part(tx, key)

    def mark_bouncing(self, tx: Tx, ticket_id: int, key: str, since: datetime, reason: str) -> bool:
        """A mail to this address did not arrive for good.  False: nobody with it takes part in this ticket."""
        return parties.mark_bouncing(tx, ticket_id, key, since, reason)

    def clear_bouncing(self, tx: Tx, key: str) -> bool:
        """Mail came from this address: it lives.  True: it was marked."""
        return parties.clear_bouncing(tx, key)

    def bouncing(self, tx: Tx, key: str) -> Bouncing | None:
        """Since when this address takes no mail, by what was last said on any ticket; None: it does."""
        return parties.bouncing(tx, key)

    def change(
        self,
        tx: Tx,
        ticket_id: int,
        *,
        status: str | Unset = UNSET,
        team: str | Unset = UNSET,
        helpers: tuple[str, ...] | Unset = UNSET,
        assignee: str | Unset | None = UNSET,
        priority: str | Unset = UNSET,
        subject: str | Unset = UNSET,
        alias: str | Unset = UNSET,
        tags: tuple[str, ...] | Unset = UNSET,
        closed_at: datetime | Unset | None = UNSET,
        first_reply_at: datetime | Unset | None = UNSET,
        last_message_ids: tuple[str, ...] | Unset = UNSET,
        related_to: int | Unset | None = UNSET,
        token_epoch_day: int | Unset = UNSET,
        merged_into: int | Unset | None = UNSET,
        reopened: int = 0,
        hand_offs: int = 0,
    ) -> None:
        """Change the given fields; `reopened` and `hand_offs` are added to what is there."""
        ids = last_message_ids if isinstance(last_message_ids, Unset) else last_message_ids[-LAST_IDS:]
        fields = {
            "status": status, "team": team, "helpers": helpers, "assignee": assignee, "priority": priority,
            "subject": subject, "alias": alias, "tags": tags, "closed_at": closed_at, "first_reply_at": first_reply_at,
            "last_message_ids": ids, "related_to": related_to, "token_epoch_day": token_epoch_day,
            "merged_into": merged_into,
        }  # fmt: skip
        given = {name: value for name, value in fields.items() if value is not UNSET}
        steps = {f"{name}_step": step for name, step in (("reopened", reopened), ("hand_offs", hand_offs)) if step}
        if given or steps:
            _change(tuple(given), tuple(steps)).run(tx, {"ticket": ticket_id, **given, **steps})

    def list(
        self, tx: Tx, team: str | None = None, status: str | None = None, search: str | None = None, limit: int = 200
    ) -> list[Ticket]:
        """The newest first.  `team` is the leading one; of `search` every word must occur (see `store.search`)."""
        rows = tx.execute(_listing(team, status, search), {"most": limit}).all()
        taking_part = parties.of_tickets(tx, [row[0] for row in rows])
        return [_ticket(row, taking_part.get(row[0], ())) for row in rows]

    def count_open(self, tx: Tx) -> Mapping[str, int]:
        """Tickets that are not closed, by leading team."""
        return _OPEN_BY_TEAM.pairs(tx)


@lru_cache(maxsize=256)
def _change(given: tuple[str, ...], steps: tuple[str, ...]) -> Statement:
    counted = {name.removesuffix("_step"): name for name in steps}
    change = update(tickets).where(tickets.c.id == bindparam("ticket"))
    return Statement(change.values({name: tickets.c[name] + bindparam(step) for name, step in counted.items()}), *given)


def _listing(team: str | None, status: str | None, words: str | None) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = []
    newest: ColumnElement[int] = tickets.c.id
    if team is not None:
        conditions.append(tickets.c.team == team)
    if status is not None:
        conditions.append(tickets.c.status == status)
        if status != "closed":
            conditions.append(_IS_UNCLOSED)  # says what the partial index knows
            newest = newest + 0  # so that SQLite sorts these few instead of reading all tickets from the newest back
    if words is not None:
        conditions += searching.conditions(words)
    return select(*_COLUMNS).where(*conditions).order_by(newest.desc()).limit(bindparam("most"))


def _ticket(values: Sequence[Any], taking_part: tuple[TicketParty, ...]) -> Ticket:
    ticket_id, tag, *fields = values
    return Ticket(*[ticket_id, f"{tag}-{ticket_id}", *fields[:15], taking_part, *fields[15:]])
