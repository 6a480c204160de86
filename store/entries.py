"""The history of a ticket, line by line: mail in, mail out, notes, changes; and the ids of mail that came in.

`entries.inbox_id` is unique: a mail that is filed twice by mistake fails the second time, and the rest of that
transaction with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from store.columns import as_key
from store.database import Tx
from store.schema import entries, inbox, message_ids
from store.statement import Among, Statement

MOST_CITED = 500
"""Rows read for the ids one mail cites; it may cite 50."""


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """What an entry knows of an attachment; the content is cut out of the raw by `index` when somebody asks for it."""

    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    index: int
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """To be written.  `kind`: mail, note, change; `direction`: in, out, internal; `visibility`: public or staff."""

    ticket_id: int
    at: datetime
    kind: str
    direction: str
    visibility: str
    author_name: str
    author_address: str
    text: str
    message_id: str = ""
    attachments: tuple[StoredAttachment, ...] = ()
    inbox_id: int | None = None
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a ticket's history, in the order of ids."""

    id: int
    ticket_id: int
    at: datetime
    kind: str
    direction: str
    visibility: str
    author_name: str
    author_address: str
    text: str
    message_id: str
    attachments: tuple[StoredAttachment, ...]
    inbox_id: int | None
    data: Mapping[str, str]

    @property
    def mail_id(self) -> int | None:
        """The accepted mail this line was made from; of a mail that counts in another ticket, `data` names it."""
        elsewhere = self.data.get("mail")
        return int(elsewhere) if self.inbox_id is None and elsewhere else self.inbox_id


@dataclass(frozen=True, slots=True)
class KnownId:
    """A Message-ID that stands on a ticket: of a mail that came in, or (`awaited`) of one that such a mail answers."""

    message_id: str
    ticket_id: int
    entry_id: int
    awaited: bool


_WRITTEN = (
    "ticket_id", "at", "kind", "direction", "visibility", "author_name", "author_address", "text", "message_id",
    "attachments", "inbox_id", "data",
)  # fmt: skip
_MOVE = Statement(update(entries).where(Among(entries.c.id, "moved")), "ticket_id")
_MOVE_IDS = Statement(update(message_ids).where(Among(message_ids.c.entry_id, "moved")), "ticket_id")
_MOVE_MAILS = Statement(
    update(inbox).where(inbox.c.id.in_(select(entries.c.inbox_id).where(Among(entries.c.id, "moved")))), "ticket_id"
)
_SHOW = Statement(update(entries).where(Among(entries.c.id, "moved")), "visibility")
_ADD = Statement(entries.insert().returning(entries.c.id), *_WRITTEN)
_COLUMNS = (
    entries.c.id, entries.c.ticket_id, entries.c.at, entries.c.kind, entries.c.direction, entries.c.visibility,
    entries.c.author_name, entries.c.author_address, entries.c.text, entries.c.message_id, entries.c.attachments,
    entries.c.inbox_id, entries.c.data,
)  # fmt: skip
"""In the order of Entry's fields; attachments are still JSON."""
_OF_TICKET = Statement(select(*_COLUMNS).where(entries.c.ticket_id == bindparam("ticket")).order_by(entries.c.id))
_OF_INBOX = Statement(select(*_COLUMNS).where(entries.c.inbox_id == bindparam("inbox")))
_GET = Statement(select(*_COLUMNS).where(entries.c.id == bindparam("entry")))
_REMEMBER = Statement(
    sqlite.insert(message_ids).on_conflict_do_nothing(),
    "message_id", "ticket_id", "entry_id", "awaited",
    postgresql=postgresql.insert(message_ids).on_conflict_do_nothing(),
)  # fmt: skip
_CITED = Statement(
    select(message_ids.c.message_id, message_ids.c.ticket_id, message_ids.c.entry_id, message_ids.c.awaited)
    .where(Among(message_ids.c.message_id, "cited"))
    .order_by(message_ids.c.message_id, message_ids.c.entry_id)
    .limit(MOST_CITED)
)


def add(tx: Tx, entry: NewEntry) -> int:
    """Write one line; its id.  Raises Conflict (on leaving the transaction) when this inbox row is filed already."""
    row = {
        "ticket_id": entry.ticket_id,
        "at": entry.at,
        "kind": entry.kind,
        "direction": entry.direction,
        "visibility": entry.visibility,
        "author_name": entry.author_name,
        "author_address": entry.author_address,
        "text": entry.text,
        "message_id": entry.message_id,
        "attachments": json.dumps([astuple(a) for a in entry.attachments]) if entry.attachments else "[]",
        "inbox_id": entry.inbox_id,
        "data": entry.data,
    }
    row_id: int = _ADD.value(tx, row)
    return row_id


def of_ticket(tx: Tx, ticket_id: int) -> list[Entry]:
    """The whole history, oldest first."""
    return [_entry(values) for values in _OF_TICKET.rows(tx, {"ticket": ticket_id})]


def of_inbox(tx: Tx, inbox_id: int) -> Entry | None:
    """The line that an accepted mail became, if it did."""
    found = _OF_INBOX.row(tx, {"inbox": inbox_id})
    return _entry(found) if found else None


def move(tx: Tx, entry_ids: Sequence[int], ticket_id: int, public: Sequence[int] = ()) -> None:
    """These lines, the ids of their mails and the mails' places in the books belong to another ticket from now on."""
    if entry_ids:
        for statement in (_MOVE, _MOVE_IDS, _MOVE_MAILS):
            statement.run(tx, {"moved": list(entry_ids), "ticket_id": ticket_id})
    if public:
        _SHOW.run(tx, {"moved": list(public), "visibility": "public"})


def get(tx: Tx, entry_id: int) -> Entry | None:
    """One line."""
    found = _GET.row(tx, {"entry": entry_id})
    return _entry(found) if found else None


def remember(tx: Tx, ticket_id: int, entry_id: int, ids: Sequence[str], *, awaited: bool = False) -> None:
    """From now on a mail that cites one of these ids is found to belong to this ticket; if `awaited`, one that has it."""
    rows = [
        {"message_id": i, "ticket_id": ticket_id, "entry_id": entry_id, "awaited": awaited} for i in dict.fromkeys(ids)
    ]
    if rows:
        _REMEMBER.run_each(tx, rows)


def find_known(tx: Tx, ids: Sequence[str]) -> list[KnownId]:
    """Where these ids stand on tickets, oldest first within one id."""
    asked = {as_key(i): i for i in ids}
    if not asked:
        return []
    rows = _CITED.rows(tx, {"cited": list(asked)})
    if len(rows) == MOST_CITED and len(asked) > 1:  # one id stands in very many mails: the others get their turn
        rows = [row for key in asked for row in _CITED.rows(tx, {"cited": [key]})[:10]]
    return [KnownId(asked[key], ticket, entry, bool(awaited)) for key, ticket, entry, awaited in rows]


def find_cited(tx: Tx, ids: Sequence[str]) -> list[tuple[str, int]]:
    """Which of these ids came in with a mail, with their tickets: pairs, each once, oldest first within one id."""
    found = find_known(tx, ids)
    return list(dict.fromkeys((known.message_id, known.ticket_id) for known in found if not known.awaited))


def _entry(values: Sequence[Any]) -> Entry:
    attachments = values[10]
    stored = tuple(StoredAttachment(*a) for a in json.loads(attachments)) if attachments != "[]" else ()
    return Entry(*[*values[:10], stored, *values[11:]])
