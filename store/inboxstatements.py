"""The questions that `store.inbox` asks the database, each built once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, func, literal_column, null, select, update
from sqlalchemy.dialects import postgresql, sqlite

from store.columns import EPOCH
from store.queue import as_claimed
from store.schema import inbox, is_waiting_inbox, raws, reference, tickets
from store.statement import Among, Statement

MOST_COPIES = 20
"""Rows that are looked at when somebody asks for copies of one mail."""

FIELDS = (
    inbox.c.id, inbox.c.source, inbox.c.sender, inbox.c.recipients, inbox.c.peer, inbox.c.received_at,
    inbox.c.raw_sha256, inbox.c.size, inbox.c.message_id, inbox.c.subject, inbox.c.from_address, inbox.c.state,
    inbox.c.outcome, inbox.c.ticket_id, reference, inbox.c.kind, inbox.c.reason, inbox.c.tries, inbox.c.claim_token,
    inbox.c.content_key, inbox.c.released, inbox.c.proof, inbox.c.proof_reason, inbox.c.checked,
    inbox.c.decided_by, inbox.c.decided_at,
)  # fmt: skip
"""In the order of InboxRow's fields."""
WITH_TICKET = inbox.outerjoin(tickets, tickets.c.id == inbox.c.ticket_id)
IS_HELD = inbox.c.state == literal_column("'held'")
DECIDED = inbox.c.outcome.is_not(None)

ADD_RAW = Statement(
    sqlite.insert(raws).on_conflict_do_nothing(),
    "sha256", "bytes", "size",
    postgresql=postgresql.insert(raws).on_conflict_do_nothing(),
)  # fmt: skip
ACCEPTED = (
    "source", "sender", "recipients", "peer", "received_at", "raw_sha256", "size", "message_id", "subject",
    "from_address",
)  # fmt: skip
ADD = Statement(inbox.insert().returning(inbox.c.id), *ACCEPTED)
CLAIMABLE = Statement(
    select(*as_claimed(FIELDS))
    .select_from(WITH_TICKET)
    .where(is_waiting_inbox, inbox.c.not_before <= bindparam("now"))
    .order_by(inbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=inbox)
)
STORED = Statement(select(raws.c.sha256).where(Among(raws.c.sha256, "shas")))
RAWS = Statement(select(raws.c.sha256, raws.c.bytes).where(Among(raws.c.sha256, "shas")))
RAW = Statement(select(raws.c.bytes).where(raws.c.sha256 == bindparam("sha")))
RAW_OF = Statement(
    select(raws.c.bytes).join(inbox, inbox.c.raw_sha256 == raws.c.sha256).where(inbox.c.id == bindparam("row_id"))
)
PARENT = Statement(
    select(inbox.c.id)
    .where(
        is_waiting_inbox,
        Among(inbox.c.message_id, "cited"),
        inbox.c.id < bindparam("row_id"),
        inbox.c.received_at > bindparam("since"),
    )
    .limit(1)
)
GET = Statement(select(*FIELDS).select_from(WITH_TICKET).where(inbox.c.id == bindparam("row_id")))
DUPLICATE = Statement(
    select(*FIELDS)
    .select_from(WITH_TICKET)
    .where(
        inbox.c.content_key == bindparam("key"),
        inbox.c.outcome != "duplicate",
        inbox.c.received_at >= bindparam("since"),
        inbox.c.id != bindparam("row_id"),
    )
    .order_by(inbox.c.id)
    .limit(bindparam("most"))
)
COPIES = Statement(
    select(inbox.c.recipients)
    .where(
        inbox.c.content_key == bindparam("key"),
        inbox.c.received_at >= bindparam("since"),
        inbox.c.id != bindparam("row_id"),
    )
    .order_by(inbox.c.id)
    .limit(MOST_COPIES)
)
ONE_AT_A_TIME = Statement(select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("key"), 0))))
AGAIN = (
    update(inbox)
    .where(inbox.c.id == bindparam("row_id"))
    .values(state="waiting", outcome=None, tries=0, claim_token=None, not_before=EPOCH)
)
RETRY = Statement(
    AGAIN.where(inbox.c.outcome == "quarantine").values(
        released=False, ticket_id=None, decided_by=null(), decided_at=null()
    )
)
RELEASE = Statement(AGAIN.where(inbox.c.state == "held").values(released=True), "decided_by", "decided_at")
DROP = Statement(
    update(inbox)
    .where(inbox.c.id == bindparam("row_id"), inbox.c.state == "held")
    .values(state="filed", outcome="quarantine", reason=func.coalesce(inbox.c.reason, "") + bindparam("why")),
    "decided_by",
    "decided_at",
)
ALL = Statement(select(func.count()).select_from(inbox))
ENDS = Statement(select(inbox.c.outcome, func.count()).where(DECIDED).group_by(inbox.c.outcome))
WAITING = Statement(select(func.count(), func.min(inbox.c.received_at)).where(is_waiting_inbox))
HELD = Statement(select(func.count()).where(IS_HELD))
BY_MESSAGE_ID = Statement(
    select(*FIELDS)
    .select_from(WITH_TICKET)
    .where(inbox.c.message_id == bindparam("wanted"))
    .order_by(inbox.c.id.desc())
    .limit(bindparam("most"))
)


def listing(state: str | None, outcome: str | None) -> Select[Any]:
    """States and outcomes that are rare are written as literals, so that their partial index is used."""
    question = select(*FIELDS).select_from(WITH_TICKET).order_by(inbox.c.id.desc()).limit(bindparam("most"))
    if state == "waiting":
        question = question.where(is_waiting_inbox)
    elif state == "held":
        question = question.where(IS_HELD)
    elif state is not None:
        question = question.where(inbox.c.state == state)
    if outcome is not None:
        question = question.where(DECIDED, inbox.c.outcome == outcome)
    return question
