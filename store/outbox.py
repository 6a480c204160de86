"""Outgoing mail, its bytes fixed when it is written: every try sends the same, with the same Message-ID.

Large attachments are not copied per recipient: a mail is `literal` with pieces of stored raws put in at given places.
Promises: a mail is sent at least once and, apart from a crash between the smarthost's 250 and `settle`, exactly once; of
two mails to the same person on the same ticket never both are under way, and the later one waits for the earlier, at most
10 minutes beyond its own time, or with `in_order` however long.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import and_, bindparam, exists, func, literal_column, not_, or_, select, update

from store.columns import EPOCH
from store.database import Tx
from store.errors import StoreError
from store.queue import Queue, as_claimed, fitting
from store.schema import entries, is_waiting_outbox, outbox, raws, reference, tickets
from store.statement import Among, Row, Statement

ORDER_PATIENCE = timedelta(minutes=10)
"""How long, beyond its own time, a mail waits for an earlier one to the same person on the same ticket."""
CLAIM_BYTES = 64 * 1024 * 1024
LEAST = timedelta(microseconds=1)
WaitsFor = Literal["mail", "server"]
"""Why a mail was postponed: for what the server said about it, or for the server's own trouble."""


class RawMissing(StoreError):
    """A mail refers to bytes that are not stored."""


@dataclass(frozen=True, slots=True)
class NewMail:
    """A mail to be sent.  `splices`: (at, sha256, start, end): raw[start:end] goes in at position `at` of `literal`."""

    ticket_id: int | None
    entry_id: int | None
    kind: str
    recipient: str
    envelope_from: str
    message_id: str
    literal: bytes
    splices: tuple[tuple[int, str, int, int], ...]
    created_at: datetime
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An outgoing mail as the books have it.  `state`: waiting, sending (claimed), sent, failed (set aside).

    `lost_replies`: how often the connection broke between the final dot and the server's word.
    """

    id: int
    kind: str
    recipient: str
    envelope_from: str
    message_id: str
    ticket_id: int | None
    ticket_ref: str | None
    state: str
    attempts: int
    next_attempt_at: datetime | None
    last_reply: str | None
    created_at: datetime
    sent_at: datetime | None
    claim_token: str | None
    size: int
    lost_replies: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """What a mail that came back was: of which kind, to whom, and which entry of the ticket's history it belongs to."""

    outbox_id: int
    kind: str
    recipient: str
    entry_author: str
    entry_text: str

    @property
    def author(self) -> str:
        """The staff member whose words it carried; empty for what Deskgate wrote itself."""
        return self.entry_author if self.kind == "reply" else ""


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A mail that is ours to send until the lease runs out, with its bytes put together."""

    row: OutboxRow
    raw: bytes


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How much waits to be sent, how much was given up, and since when the oldest waits."""

    waiting: int
    failed: int
    oldest_waiting_at: datetime | None


_FIELDS = (
    outbox.c.id, outbox.c.kind, outbox.c.recipient, outbox.c.envelope_from, outbox.c.message_id, outbox.c.ticket_id,
    reference, outbox.c.state, outbox.c.tries, outbox.c.not_before, outbox.c.last_reply, outbox.c.created_at,
    outbox.c.sent_at, outbox.c.claim_token, outbox.c.size, outbox.c.lost_replies,
)  # fmt: skip
"""In the order of OutboxRow's fields."""
_ID, _RECIPIENT, _TICKET, _STATE, _DUE, _CREATED, _TOKEN = 0, 2, 5, 7, 9, 11, 13
_BYTES = (outbox.c.literal, outbox.c.splices)
_WITH_TICKET = outbox.outerjoin(tickets, tickets.c.id == outbox.c.ticket_id)
_earlier = outbox.alias("earlier")
_MUST_WAIT = exists().where(
    _earlier.c.state == literal_column("'waiting'"),
    _earlier.c.ticket_id == outbox.c.ticket_id,
    _earlier.c.recipient == outbox.c.recipient,
    _earlier.c.id < outbox.c.id,
    or_(
        _earlier.c.claim_token.is_not(None),
        outbox.c.not_before > bindparam("cutoff"),
        outbox.c.created_at > bindparam("cutoff"),
    ),
)
_WRITTEN = (
    "ticket_id", "entry_id", "kind", "recipient", "envelope_from", "message_id", "literal", "splices", "size",
    "created_at", "not_before",
)  # fmt: skip
_ADD = Statement(outbox.insert().returning(outbox.c.id), *_WRITTEN)
_CLAIMABLE = Statement(
    select(*as_claimed(_FIELDS), *_BYTES)
    .select_from(_WITH_TICKET)
    .where(is_waiting_outbox, outbox.c.not_before <= bindparam("now"), not_(_MUST_WAIT))
    .order_by(outbox.c.not_before, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=outbox)
)
_GET = Statement(select(*_FIELDS).select_from(_WITH_TICKET).where(outbox.c.id == bindparam("row_id")))
_RAW = Statement(select(*_BYTES).where(outbox.c.id == bindparam("row_id")))
_RAWS = Statement(select(raws.c.sha256, raws.c.bytes).where(Among(raws.c.sha256, "shas")))
_IN_NOBODYS_HANDS = or_(outbox.c.state == "failed", and_(is_waiting_outbox, outbox.c.claim_token.is_(None)))
_RETRY = Statement(
    update(outbox)
    .where(outbox.c.id == bindparam("row_id"), _IN_NOBODYS_HANDS)
    .values(
        state="waiting", tries=0, not_before=EPOCH, claim_token=None, last_reply=None, waits_for=None, lost_replies=0
    )
)
_DROP = Statement(
    update(outbox)
    .where(outbox.c.id == bindparam("row_id"), _IN_NOBODYS_HANDS)
    .values(state="failed", last_reply="dropped")
)
_WAKE = Statement(
    update(outbox)
    .where(is_waiting_outbox, outbox.c.claim_token.is_(None))
    .where(outbox.c.not_before > bindparam("now"), outbox.c.waits_for == literal_column("'server'"))
    .values(not_before=EPOCH)
)
_OVERDUE = Statement(
    select(*as_claimed(_FIELDS))
    .select_from(_WITH_TICKET)
    .where(is_waiting_outbox, outbox.c.created_at <= bindparam("before"))
    .where(or_(outbox.c.claim_token.is_(None), outbox.c.not_before <= bindparam("now")))
    .order_by(outbox.c.not_before, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=outbox)
)
_ORIGIN = Statement(
    select(
        outbox.c.id, outbox.c.kind, outbox.c.recipient,
        func.coalesce(entries.c.author_address, ""), func.coalesce(entries.c.text, ""),
    )
    .select_from(outbox.outerjoin(entries, entries.c.id == outbox.c.entry_id))
    .where(outbox.c.ticket_id == bindparam("ticket"), outbox.c.message_id == bindparam("mid"))
    .order_by(outbox.c.id.desc())
    .limit(1)
)  # fmt: skip
_OTHERS_TOLD = Statement(
    select(func.count()).where(
        outbox.c.entry_id == select(_earlier.c.entry_id).where(_earlier.c.id == bindparam("row_id")).scalar_subquery(),
        outbox.c.kind == "notice",
        outbox.c.id != bindparam("row_id"),
        outbox.c.state != literal_column("'failed'"),
    )
)
_IS_FAILED = outbox.c.state == literal_column("'failed'")
_WAITING = Statement(select(func.count(), func.min(outbox.c.created_at)).where(is_waiting_outbox))
_FAILED = Statement(select(func.count()).where(_IS_FAILED))
_LIST = select(*_FIELDS).select_from(_WITH_TICKET).limit(bindparam("most"))
_NEWEST = outbox.c.id.desc()
_NEWEST_OF_FEW = (outbox.c.id + 0).desc()
"""An order that no index has: SQLite then reads what waits and sorts it, instead of all mail from the newest back."""
_LISTS: Mapping[str | None, Statement] = {
    None: Statement(_LIST.order_by(_NEWEST)),
    "waiting": Statement(_LIST.where(is_waiting_outbox, outbox.c.claim_token.is_(None)).order_by(_NEWEST_OF_FEW)),
    "sending": Statement(_LIST.where(is_waiting_outbox, outbox.c.claim_token.is_not(None)).order_by(_NEWEST_OF_FEW)),
    "sent": Statement(_LIST.where(outbox.c.state == "sent").order_by(_NEWEST)),
    "failed": Statement(_LIST.where(_IS_FAILED).order_by(_NEWEST)),
}


class Outbox:
    """Mail that waits to be sent, and what became of it."""

    def __init__(self) -> None:
        self._queue = Queue(
            outbox,
            done="sent",
            aside="failed",
            settled=("last_reply", "sent_at"),
            postponed=("last_reply", "waits_for", "lost_replies"),
            held=("last_reply", "lost_replies"),
        )

    def add(self, tx: Tx, mails: Sequence[NewMail]) -> list[int]:
        """Fix these mails; their ids, in order.  The same entry, recipient and kind twice is a Conflict."""
        if not mails:
            return []
        return _ADD.value_of_each(tx, [_columns(mail) for mail in mails])

    def claim(
        self, tx: Tx, token: str, now: datetime, lease: timedelta, limit: int, max_bytes: int = CLAIM_BYTES,
        in_order: bool = False,
    ) -> list[ClaimedMail]:  # fmt: skip
        """Mails whose time has come, at least one if there is any, together at most `max_bytes`.

        `lease` must exceed the longest SMTP exchange: when it runs out, another may send the same mail.  `in_order`: no
        mail overtakes an earlier one to the same person on the same ticket, however long that waits.
        """
        question = {"token": token, "now": now, "cutoff": EPOCH - LEAST if in_order else now - ORDER_PATIENCE}
        rows = _first_of_each(_CLAIMABLE.rows(tx, {**question, "most": limit}))
        found = [(_row(v[:-2]), v[-2], _splices(v[-1])) for v in rows]
        found = found[: fitting([row.size for row, _literal, _pieces in found], max_bytes)]
        if not found:
            return []
        self._queue.take(tx, [row.id for row, _literal, _pieces in found], token, now + lease)
        stored = _stored(tx, [piece for _row_, _literal, pieces in found for piece in pieces])
        claimed = []
        for row, literal, pieces in found:
            try:
                claimed.append(ClaimedMail(row, _assembled(literal, pieces, stored)))
            except RawMissing as error:  # this one mail needs a human; the others go out
                self._queue.hold(tx, row.id, token, _held(str(error), row.lost_replies))
        return claimed

    def claim_overdue(
        self, tx: Tx, token: str, now: datetime, lease: timedelta, limit: int, before: datetime
    ) -> list[OutboxRow]:
        """Mails written before a moment that still wait, to be given up and not to be sent."""
        question = {"token": token, "now": now, "before": before, "most": limit}
        found = [_row(values) for values in _OVERDUE.rows(tx, question)]
        if found:
            self._queue.take(tx, [row.id for row in found], token, now + lease)
        return found

    def settle(self, tx: Tx, row_id: int, token: str, last_reply: str, now: datetime) -> None:
        """The smarthost has it.  Raises ClaimLost."""
        self._queue.settle(tx, row_id, token, {"last_reply": last_reply, "sent_at": now})

    def postpone(
        self, tx: Tx, row_id: int, token: str, until: datetime, last_reply: str, waits_for: WaitsFor = "mail",
        lost: int = 0,
    ) -> None:  # fmt: skip
        """Not before `until`.  `lost`: final replies that never came, this time included.  Raises ClaimLost."""
        columns = {"last_reply": last_reply, "waits_for": waits_for, "lost_replies": lost}
        self._queue.postpone(tx, row_id, token, until, columns)

    def give_back(self, tx: Tx, row_id: int, token: str, last_reply: str, lost: int = 0) -> None:
        """It could not be offered: as if it had never been claimed, and in its old place.  Raises ClaimLost."""
        columns = {"last_reply": last_reply, "waits_for": None, "lost_replies": lost}
        self._queue.postpone(tx, row_id, token, EPOCH, columns, free=True)

    def hold(self, tx: Tx, row_id: int, token: str, last_reply: str, lost: int = 0) -> None:
        """Give up: state failed.  Raises ClaimLost."""
        self._queue.hold(tx, row_id, token, _held(last_reply, lost))

    def get(self, tx: Tx, row_id: int) -> OutboxRow | None:
        """The row, or None."""
        found = _GET.row(tx, {"row_id": row_id})
        return _row(found) if found else None

    def raw(self, tx: Tx, row_id: int) -> bytes | None:
        """The mail's bytes, or None when there is no such row.  Raises RawMissing."""
        found = _RAW.row(tx, {"row_id": row_id})
        if found is None:
            return None
        pieces = _splices(found[1])
        return _assembled(found[0], pieces, _stored(tx, pieces))

    def retry(self, tx: Tx, row_id: int, now: datetime) -> bool:  # noqa: ARG002 - at once, whatever the clock
        """A mail that failed, or waits for its next try, goes now, its tries counted from none.  False: it is neither."""
        return _RETRY.run(tx, {"row_id": row_id}) == 1

    def drop(self, tx: Tx, row_id: int) -> bool:
        """A mail that failed, or waits and is not being sent, will not be sent.  False: it is neither."""
        return _DROP.run(tx, {"row_id": row_id}) == 1

    def wake(self, tx: Tx, now: datetime) -> int:
        """The smarthost is well again: what was postponed for its trouble may go, the oldest first.  How many.

        What the server postponed for the mail's own sake (greylisting, a full mailbox) keeps its time.
        """
        return _WAKE.run(tx, {"now": now})

    def origin(self, tx: Tx, ticket_id: int, message_id: str) -> Origin | None:
        """The mail of this ticket that has this Message-ID, or None."""
        found = _ORIGIN.row(tx, {"ticket": ticket_id, "mid": message_id})
        return Origin(*found) if found else None

    def others_told(self, tx: Tx, row_id: int) -> int:
        """How many other people got, or still get, the same notice as the mail of this row."""
        told: int = _OTHERS_TOLD.value(tx, {"row_id": row_id})
        return told

    def counts(self, tx: Tx) -> OutboxCounts:
        """What waits (being sent included) and what was given up."""
        ((waiting, oldest),) = _WAITING.rows(tx)
        return OutboxCounts(waiting, _FAILED.value(tx), oldest)

    def reset_claims(self, tx: Tx) -> int:
        """Free rows claimed before a crash.  Only at the start on SQLite, where nobody else can hold one."""
        return self._queue.reset_claims(tx)

    def list(self, tx: Tx, state: str | None = None, limit: int = 200) -> list[OutboxRow]:
        """The newest first.  Raises KeyError for a state there is not."""
        return [_row(values) for values in _LISTS[state].rows(tx, {"most": limit})]


def _columns(mail: NewMail) -> dict[str, object]:
    return {
        "ticket_id": mail.ticket_id,
        "entry_id": mail.entry_id,
        "kind": mail.kind,
        "recipient": mail.recipient,
        "envelope_from": mail.envelope_from,
        "message_id": mail.message_id,
        "literal": mail.literal,
        "splices": json.dumps(mail.splices) if mail.splices else "",
        "size": len(mail.literal) + sum(end - start for _at, _sha, start, end in mail.splices),
        "created_at": mail.created_at,
        "not_before": mail.not_before or EPOCH,
    }


def _held(last_reply: str, lost: int) -> dict[str, object]:
    return {"last_reply": last_reply, "lost_replies": lost}


def _first_of_each(rows: Sequence[Row]) -> list[Row]:
    """Of several mails to one person on one ticket the first: the next goes when this one has gone."""
    kept: dict[tuple[object, ...], Row] = {}
    for row in rows:
        fresh = ("alone", row[_ID]) if row[_TICKET] is None else (row[_TICKET], row[_RECIPIENT])
        kept.setdefault(fresh, row)
    return list(kept.values())


def _row(values: Sequence[Any]) -> OutboxRow:
    """While a row is claimed it is `sending`; a fresh one may go since it was written."""
    fields = list(values)
    if fields[_STATE] != "waiting":
        fields[_DUE] = None
    else:
        fields[_DUE] = max(fields[_DUE], fields[_CREATED])
        fields[_STATE] = "waiting" if fields[_TOKEN] is None else "sending"
    return OutboxRow(*fields)


def _splices(stored: str) -> list[tuple[int, str, int, int]]:
    return [(at, sha, start, end) for at, sha, start, end in json.loads(stored)] if stored else []


def _stored(tx: Tx, pieces: Sequence[tuple[int, str, int, int]]) -> Mapping[str, bytes]:
    shas = {sha for _at, sha, _start, _end in pieces}
    return _RAWS.pairs(tx, {"shas": shas}) if shas else {}


def _assembled(literal: bytes, pieces: Sequence[tuple[int, str, int, int]], stored: Mapping[str, bytes]) -> bytes:
    if not pieces:
        return literal
    parts: list[bytes | memoryview] = []
    done = 0
    for at, sha, start, end in pieces:
        content = stored.get(sha)
        if content is None or not 0 <= start <= end <= len(content):
            raise RawMissing(f"bytes {start} to {end} of the stored mail {sha} are missing")
        parts += [literal[done:at], memoryview(content)[start:end]]
        done = at
    return b"".join([*parts, literal[done:]])
