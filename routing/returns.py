"""What a delivery report about a mail of ours proves: which address was not reached, and who may be told so.

Anybody can write a report.  Believed is one that came to a signed return path of ours while that lives (mail-safety 5.3),
and only about the address that the return path is bound to; everything else is recorded on the ticket and moves nothing.
A refusal for good (5.x.x) marks the address.  Given up after days of trying (4.x.x, but final) is told and marks nobody:
the address may be well and its server away.  A delay is recorded only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from parsers.bouncewords import SENTENCES
from parsers.message import Bounce, comparable
from routing.identity import Purpose, Token, expired
from routing.participants import Member

SPEAKS_OF_NOTICES = frozenset({"alarm"})
"""Kinds of our mail whose return is recorded only: they tell of a lost notice, and nothing tells of them."""
LONGEST_REASON = 500


class Origin(Protocol):
    """What is read of the mail that came back."""

    @property
    def outbox_id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def recipient(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def entry_text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a report comes to.  `address` (comparable) was not reached; None: nothing is proven.  `words`: why."""

    words: str
    address: str | None = None
    reason: str = ""
    mark: bool = False
    tell: bool = False


def judged(
    bounce: Bounce, token: Token | None, parties: Sequence[Member], origin: Origin | None, now: datetime
) -> Verdict:
    """What this report, which came to `token`, proves about a party of the ticket.

    `origin` is the mail that it says came back, found by its Message-ID among those to the token's party.
    """
    if token is None or token.purpose is not Purpose.BOUNCE:
        return Verdict("unverified: it did not come to a return path of ours")
    if expired(token, now, None, timedelta.max):
        return Verdict("unverified: its return path has expired")
    party = next((p for p in parties if p.number == token.party), None)
    if party is None:
        return Verdict("unverified: the return path names nobody")
    if not is_final(bounce):
        return Verdict(f"only for now: {bounce.status}".rstrip(": "))
    bound = {party.key} | ({comparable(origin.recipient)} if origin else set())
    address = next((key for key in map(comparable, bounce.recipients) if key in bound), None)
    if address is None:
        return Verdict("unverified: it speaks of an address that we did not write to by this return path")
    hard = bounce.status.startswith("5")
    tell = origin.kind not in SPEAKS_OF_NOTICES if origin else party.role != "staff"
    reason = in_words(bounce)
    return Verdict(f"{address} was not reached", address, reason, mark=hard, tell=tell)


def in_words(bounce: Bounce) -> str:
    """Why it came back, for people: what that means, and what the server said."""
    status = "" if bounce.status in bounce.diagnostic else bounce.status
    said = f"{status} {bounce.diagnostic}".strip()
    if bounce.reason in ("onhold", "undefined"):
        return said[:LONGEST_REASON] or "no reason was given"
    meaning = SENTENCES[bounce.reason]
    return f"{meaning} ({said})"[:LONGEST_REASON] if said else meaning


def is_final(bounce: Bounce) -> bool:
    """Whether nobody tries any more: refused for good, or given up (RFC 3464 2.3.3)."""
    if bounce.action == "delayed":
        return False
    return bounce.status.startswith("5") or bounce.action == "failed"
