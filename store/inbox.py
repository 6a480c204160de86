"""The books of accepted mail: a row and the raw bytes for every mail we said 250 to, and the one outcome it comes to.

Promises: `add` stores bytes and row in the caller's transaction, so both survive or neither; a row is filed by one
worker at a time (`store.queue`); no row ever leaves the table, so that the books can be added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from store import inboxstatements as ask
from store.crashpoints import point
from store.database import Database, Tx
from store.queue import Queue, fitting
from store.schema import inbox

PARENT_PATIENCE = timedelta(seconds=30)
"""How long a reply waits for the mail it cites."""


@dataclass(frozen=True)
class Arrival:
    """A mail being accepted: its envelope, its bytes, and what a peek at its header gave."""

    source: str
    sender: str
    recipients: tuple[str, ...]
    peer: str
    received_at: datetime
    raw: bytes
    message_id: str
    subject: str
    from_address: str


@dataclass(frozen=True, slots=True)
class InboxRow:
    """An accepted mail as the books have it.  `state`: waiting, filed or held; a claimed row still waits."""

    id: int
    source: str
    sender: str
    recipients: tuple[str, ...]
    peer: str
    received_at: datetime
    raw_sha256: str
    size: int
    message_id: str
    subject: str
    from_address: str
    state: str
    outcome: str | None
    ticket_id: int | None
    ticket_ref: str | None
    kind: str | None
    reason: str | None
    tries: int
    claim_token: str | None
    content_key: str | None
    released: bool
    proof: str | None = None
    proof_reason: str | None = None
    checked: str | None = None
    decided_by: str | None = None
    """Who released or dropped it, and when."""
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SenderSeen:
    """How well the sender was proven when the mail was read, why, and what our own check had found."""

    proof: str | None = None
    reason: str | None = None
    checked: str | None = None


UNSEEN = SenderSeen()


@dataclass(frozen=True, slots=True)
class ClaimedRow:
    """A row that is ours until the lease runs out, with the mail's bytes."""

    row: InboxRow
    raw: bytes


@dataclass(frozen=True, slots=True)
class Books:
    """Every accepted mail, by its outcome."""

    accepted: int
    ticket: int
    attach: int
    quarantine: int
    bounce_record: int
    duplicate: int
    waiting: int

    @property
    def balanced(self) -> bool:
        """Whether every accepted mail is accounted for."""
        ends = self.ticket + self.attach + self.quarantine + self.bounce_record + self.duplicate
        return self.accepted == ends + self.waiting


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """How much waits to be filed, how much for a human, and since when the oldest."""

    waiting: int
    held: int
    oldest_waiting_at: datetime | None


def digests(arrivals: Sequence[Arrival]) -> list[str]:
    """The hex SHA-256 of each raw; worth doing before the transaction when the mails are large."""
    return [sha256(arrival.raw).hexdigest() for arrival in arrivals]


class Inbox:
    """Accepted mail, in the order it came."""

    def __init__(self, database: Database) -> None:
        self._database = database
        decision = ("outcome", "ticket_id", "kind", "reason", "content_key", "proof", "proof_reason", "checked")
        self._queue = Queue(
            inbox, done="filed", aside="held", settled=decision, postponed=("reason", "checked"), held=decision
        )

    def add(self, tx: Tx, arrivals: Sequence[Arrival], hashes: Sequence[str] | None = None) -> list[int]:
        """Store these mails; their ids, in order.  `hashes` are their `digests`, when known already."""
        if not arrivals:
            return []
        hashes = digests(arrivals) if hashes is None else hashes
        contents = {digest: arrival.raw for digest, arrival in zip(hashes, arrivals, strict=True)}
        # in the order of their hashes: two nodes that store the same mails must not wait for each other in a circle
        rows = [{"sha256": digest, "bytes": raw, "size": len(raw)} for digest, raw in sorted(contents.items())]
        ask.ADD_RAW.run_each(tx, rows)
        point("raw.written")
        return ask.ADD.value_of_each(tx, [_columns(a, d) for a, d in zip(arrivals, hashes, strict=True)])

    def claim(
        self, tx: Tx, token: str, now: datetime, lease: timedelta, limit: int, max_bytes: int
    ) -> list[ClaimedRow]:
        """The oldest rows that may be worked on, at least one if there is any, together at most `max_bytes` of mail."""
        question = {"token": token, "now": now, "most": limit}
        rows = [_row(values) for values in ask.CLAIMABLE.rows(tx, question)]
        rows = rows[: fitting([row.size for row in rows], max_bytes)]
        if not rows:
            return []
        self._queue.take(tx, [row.id for row in rows], token, now + lease)
        contents = ask.RAWS.pairs(tx, {"shas": {row.raw_sha256 for row in rows}})
        return [ClaimedRow(row, contents[row.raw_sha256]) for row in rows]

    def confirm(self, tx: Tx, row_id: int, token: str) -> None:
        """Raise ClaimLost unless the row is still claimed by this token."""
        self._queue.confirm(tx, row_id, token)

    def parent_still_waiting(
        self, tx: Tx, row_id: int, cited: Sequence[str], now: datetime, patience: timedelta = PARENT_PATIENCE
    ) -> bool:
        """Whether an earlier row that carries a cited id is not filed yet, and came less than `patience` ago.

        To be asked before tickets are looked up: the parent's ticket may be about to exist.
        """
        if not cited:
            return False
        question = {"cited": list(cited), "row_id": row_id, "since": now - patience}
        return ask.PARENT.row(tx, question) is not None

    def settle(
        self, tx: Tx, row_id: int, token: str, outcome: str, ticket_id: int | None, kind: str, reason: str,
        content_key: str | None, sender: SenderSeen = UNSEEN,
    ) -> None:  # fmt: skip
        """The mail has come to its one outcome.  Raises ClaimLost."""
        self._queue.settle(tx, row_id, token, _decision(outcome, ticket_id, kind, reason, content_key, sender))

    def postpone(
        self, tx: Tx, row_id: int, token: str, until: datetime, reason: str, give_back_try: bool = False,
        checked: str | None = None,
    ) -> None:  # fmt: skip
        """Not before `until`; `checked` is what is known about its sender by now.  Raises ClaimLost."""
        values = {"reason": reason, "checked": checked}
        self._queue.postpone(tx, row_id, token, until, values, free=give_back_try)

    def hold(
        self, tx: Tx, row_id: int, token: str, reason: str, kind: str | None = None, content_key: str | None = None,
        ticket_id: int | None = None, sender: SenderSeen = UNSEEN,
    ) -> None:  # fmt: skip
        """Quarantine: kept for a human to decide.  Raises ClaimLost."""
        self._queue.hold(tx, row_id, token, _decision("quarantine", ticket_id, kind, reason, content_key, sender))

    def find_duplicate(self, tx: Tx, content_key: str, since: datetime, exclude_id: int) -> InboxRow | None:
        """The first row with the same content that came since then and is decided, apart from duplicates."""
        if not self._database.is_sqlite:
            # the same mail filed by two nodes at once: the second waits here, then sees what the first did
            ask.ONE_AT_A_TIME.row(tx, {"key": content_key})
        found = ask.DUPLICATE.row(tx, {"key": content_key, "since": since, "row_id": exclude_id, "most": 1})
        return _row(found) if found else None

    def recipients_of_copies(self, tx: Tx, content_key: str, since: datetime, exclude_id: int) -> tuple[str, ...]:
        """To whom other copies of the same content were delivered that were read since then, the oldest first."""
        rows = ask.COPIES.rows(tx, {"key": content_key, "since": since, "row_id": exclude_id})
        return tuple(dict.fromkeys(recipient for (recipients,) in rows for recipient in recipients))

    def same_content(self, tx: Tx, content_key: str, since: datetime, exclude_id: int) -> list[InboxRow]:
        """All rows of which `find_duplicate` gives the first, at most `MOST_COPIES`."""
        question = {"key": content_key, "since": since, "row_id": exclude_id, "most": ask.MOST_COPIES}
        return [_row(values) for values in ask.DUPLICATE.rows(tx, question)]

    def get(self, tx: Tx, row_id: int) -> InboxRow | None:
        """The row, or None."""
        found = ask.GET.row(tx, {"row_id": row_id})
        return _row(found) if found else None

    def by_message_id(self, tx: Tx, message_id: str, limit: int = 20) -> list[InboxRow]:
        """Rows with this Message-ID, newest first.  Reads the whole table: for a human's question only."""
        return [_row(values) for values in ask.BY_MESSAGE_ID.rows(tx, {"wanted": message_id, "most": limit})]

    def stored(self, tx: Tx, hashes: Sequence[str]) -> set[str]:
        """Those of these `digests` whose very bytes were accepted before, by whatever door."""
        return {sha for (sha,) in ask.STORED.rows(tx, {"shas": set(hashes)})} if hashes else set()

    def raw(self, tx: Tx, row_id: int) -> bytes | None:
        """The mail's bytes as they came, or None when there is no such row."""
        content: bytes | None = ask.RAW_OF.value(tx, {"row_id": row_id})
        return content

    def raw_by_sha(self, tx: Tx, sha: str) -> bytes | None:
        """Stored bytes by their hex SHA-256."""
        content: bytes | None = ask.RAW.value(tx, {"sha": sha})
        return content

    def retry(self, tx: Tx, row_id: int, now: datetime) -> bool:  # noqa: ARG002 - at once, whatever the clock
        """A quarantined row, held or dropped, is read again from the start.  False: it is not one."""
        return ask.RETRY.run(tx, {"row_id": row_id}) == 1

    def release(self, tx: Tx, row_id: int, now: datetime, by: str = "") -> bool:
        """A held row is filed after all (`released`), on the ticket it was held for; at once, whatever the clock.

        `by`: who let it pass.  False: it is not held.
        """
        return ask.RELEASE.run(tx, {"row_id": row_id, "decided_by": by, "decided_at": now}) == 1

    def drop(self, tx: Tx, row_id: int, why: str = "dropped", *, by: str = "", now: datetime | None = None) -> bool:
        """A held row stays quarantined for good; its bytes stay too.  `why` joins its reason, `by` and `now` tell who
        decided it when.  False: it is not held.
        """
        return ask.DROP.run(tx, {"row_id": row_id, "why": f" ({why})", "decided_by": by, "decided_at": now}) == 1

    def books(self, tx: Tx) -> Books:
        """The balance.  All rows and decided rows are counted apart, so that it can fail."""
        ends = ask.ENDS.pairs(tx)
        return Books(
            accepted=ask.ALL.value(tx),
            ticket=ends.get("ticket", 0),
            attach=ends.get("attach", 0),
            quarantine=ends.get("quarantine", 0),
            bounce_record=ends.get("bounce-record", 0),
            duplicate=ends.get("duplicate", 0),
            waiting=ask.WAITING.value(tx),
        )

    def counts(self, tx: Tx) -> InboxCounts:
        """What waits."""
        ((waiting, oldest),) = ask.WAITING.rows(tx)
        return InboxCounts(waiting, ask.HELD.value(tx), oldest)

    def reset_claims(self, tx: Tx) -> int:
        """Free rows claimed before a crash.  Only at the start on SQLite, where nobody else can hold one."""
        return self._queue.reset_claims(tx)

    def list(self, tx: Tx, state: str | None = None, outcome: str | None = None, limit: int = 200) -> list[InboxRow]:
        """The newest rows first."""
        return [_row(values) for values in tx.execute(ask.listing(state, outcome), {"most": limit})]


def _row(values: Sequence[Any]) -> InboxRow:
    return InboxRow(*values)


def _columns(arrival: Arrival, digest: str) -> dict[str, object]:
    return {
        "source": arrival.source,
        "sender": arrival.sender,
        "recipients": arrival.recipients,
        "peer": arrival.peer,
        "received_at": arrival.received_at,
        "raw_sha256": digest,
        "size": len(arrival.raw),
        "message_id": arrival.message_id,
        "subject": arrival.subject,
        "from_address": arrival.from_address,
    }


def _decision(
    outcome: str, ticket_id: int | None, kind: str | None, reason: str, content_key: str | None, sender: SenderSeen
) -> dict[str, object]:
    key = content_key or None  # an empty key would make all mails without one duplicates of each other
    return {
        "outcome": outcome,
        "ticket_id": ticket_id,
        "kind": kind or None,
        "reason": reason,
        "content_key": key,
        "proof": sender.proof,
        "proof_reason": sender.reason,
        "checked": sender.checked,
    }
