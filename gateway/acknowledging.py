"""Whether a mail may be acknowledged: asked of the mail first, and of the counters in the database only then.

A counter that cannot be read means no: who cannot count must not answer (mail-safety 3.5).
"""

from __future__ import annotations

from datetime import datetime

from gateway.actions.base import Workplace
from gateway.backstops import UNCOUNTED, Noticed, read_counts
from parsers.message import Envelope, comparable
from routing.answering import Answer, counters, over_limit, refusal
from routing.history import is_import, is_quiet
from store.database import Tx


def answer_to(tx: Tx, noticed: Noticed, envelope: Envelope, place: Workplace, now: datetime) -> Answer:
    """Whether an acknowledgement may go out, and why (not)."""
    reading = noticed.reading
    refused = "old mail" if is_quiet(envelope.source) else refusal(reading, envelope, place.desk)
    if refused is None and noticed.silent:
        refused = UNCOUNTED
    if refused is None and not is_import(envelope.source):
        counts = read_counts(tx, place, counters(envelope.sender), now)
        refused = UNCOUNTED if counts is None else over_limit(counts, envelope.sender, reading, place.desk)
    if refused is None and (target := comparable(envelope.sender)) != reading.message.identity:
        bouncing = place.store.tickets.bouncing(tx, target)  # mail from the address itself shows that it lives
        refused = f"mail to {target} came back on {bouncing.since:%Y-%m-%d}" if bouncing else None
    return Answer(refused is None, refused or "a person wrote to us")
