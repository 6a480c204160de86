"""Outgoing mail, its bytes fixed when it is written: every try sends the same, with the same Message-ID.

Large attachments are not copied per recipient: a mail is `literal` with pieces of stored raws put in at given places.
Promises: a mail is sent at least once and, apart from a crash between the smarthost's 250 and `settle`, exactly once; a
later mail to the same person on the same ticket waits for an earlier one, at most 10 minutes beyond its own time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, literal_column, not_, or_, select, update

from store.columns import EPOCH
from store.database import Tx
from store.errors import StoreError
from store.queue import Queue, as_claimed, fitting
from store.schema import is_waiting_outbox, outbox, raws, reference, tickets
from store.statement import Among, Statement

ORDER_PATIENCE = timedelta(minutes=10)
"""How long, beyond its own time, a mail waits for an earlier one to the same person on the same ticket."""
CLAIM_BYTES = 64 * 1024 * 1024


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
    """An outgoing mail as the books have it.  `state`: waiting, sending (claimed), sent, failed (set aside)."""

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
    outbox.c.sent_at, outbox.c.claim_token, outbox.c.size,
)  # fmt: skip
"""In the order of OutboxRow's fields."""
_STATE, _DUE, _CREATED, _TOKEN = 7, 9, 11, 13
_BYTES = (outbox.c.literal, outbox.c.splices)
_WITH_TICKET = outbox.outerjoin(tickets, tickets.c.id == outbox.c.ticket_id)
_earlier = outbox.alias("earlier")
_MUST_WAIT = and_(
    or_(outbox.c.not_before > bindparam("cutoff"), outbox.c.created_at > bindparam("cutoff")),
    exists().where(
        _earlier.c.state == literal_column("'waiting'"),
        _earlier.c.ticket_id == outbox.c.ticket_id,
        _earlier.c.recipient == outbox.c.recipient,
        _earlier.c.id < outbox.c.id,
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
    .values(state="waiting", tries=0, not_before=EPOCH, claim_token=None, last_reply=None)
)
_DROP = Statement(
    update(outbox)
    .where(outbox.c.id == bindparam("row_id"), _IN_NOBODYS_HANDS)
    .values(state="failed", last_reply="dropped")
)
_WAKE = Statement(
    update(outbox)
    .where(is_waiting_outbox, outbox.c.claim_token.is_(None), outbox.c.tries > 0)
    .where(outbox.c.not_before > bindparam("now"))
    .values(not_before=bindparam("now"))
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
            postponed=("last_reply",),
            held=("last_reply",),
        )

    def add(self, tx: Tx, mails: Sequence[NewMail]) -> list[int]:
        """Fix these mails; their ids, in order.  The same entry, recipient and kind twice is a Conflict."""
        if not mails:
            return []
        return _ADD.value_of_each(tx, [_columns(mail) for mail in mails])

    def claim(
        self, tx: Tx, token: str, now: datetime, lease: timedelta, limit: int, max_bytes: int = CLAIM_BYTES
    ) -> list[ClaimedMail]:
        """Mails whose time has come, at least one if there is any, together at most `max_bytes`.

        `lease` must exceed the longest SMTP exchange: when it runs out, another may send the same mail.
        """
        question = {"token": token, "now": now, "cutoff": now - ORDER_PATIENCE, "most": limit}
        found = [(_row(v[:-2]), v[-2], _splices(v[-1])) for v in _CLAIMABLE.rows(tx, question)]
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
                self._queue.hold(tx, row.id, token, {"last_reply": str(error)})
        return claimed

    def settle(self, tx: Tx, row_id: int, token: str, last_reply: str, now: datetime) -> None:
        """The smarthost has it.  Raises ClaimLost."""
        self._queue.settle(tx, row_id, token, {"last_reply": last_reply, "sent_at": now})

    def postpone(
        self, tx: Tx, row_id: int, token: str, until: datetime, last_reply: str, give_back_try: bool = False
    ) -> None:
        """Not before `until`.  Raises ClaimLost."""
        self._queue.postpone(tx, row_id, token, until, {"last_reply": last_reply}, free=give_back_try)

    def hold(self, tx: Tx, row_id: int, token: str, last_reply: str) -> None:
        """Give up: state failed.  Raises ClaimLost."""
        self._queue.hold(tx, row_id, token, {"last_reply": last_reply})

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
        """The smarthost is back: mails that were postponed after a failed try may go now.  How many."""
        return _WAKE.run(tx, {"now": now})

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
