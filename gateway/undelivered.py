"""A mail of ours that cannot be delivered for good: it is written into its ticket, and the team hears of it.

Runs in the transaction that gives the mail up, so that no failure goes unrecorded.  A failed notice to staff is recorded
only: telling about it by mail could fail the same way, for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from gateway.actions.base import Workplace, owners, staff_party
from gateway.delivery.base import OutgoingMail, Result
from gateway.letters import About
from gateway.wording import person
from parsers.message import comparable
from parsers.peek import peek
from routing.identity import KeyRing, Purpose, read_message_id, reply_address
from routing.teams import Site
from store.database import Tx
from store.outbox import OutboxRow
from store.tickets import NewEntry
from templates.mail import UnsafeMail

log = structlog.get_logger("delivery")

TOLD_OF = frozenset({"ack", "reply"})


class ReturnPath:
    """The signed return path of an acknowledgement, for a smarthost that refuses the null sender (mail-safety 3.3)."""

    def __init__(self, site: Site, ring: KeyRing, now: Callable[[], datetime]) -> None:
        self._site, self._ring, self._now = site, ring, now

    def __call__(self, mail: OutgoingMail) -> str | None:
        """Bound to the ticket and party that the mail's own Message-ID names; None when reply addresses are off."""
        own = read_message_id(self._ring, self._site.domain, mail.message_id)
        if own is None:
            return None
        alias = peek(mail.raw).from_address
        token = (Purpose.BOUNCE, own.ticket, own.party, self._now().date())
        return reply_address(self._site, self._ring, alias, token)


class Undelivered:
    """What the courier calls when it gives a mail up."""

    def __init__(self, place: Callable[[], Workplace], now: Callable[[], datetime]) -> None:
        self._place, self._now = place, now

    def __call__(self, tx: Tx, row: OutboxRow, result: Result) -> None:
        """Record it on the ticket, and tell whoever has the ticket."""
        reply = result.reply
        log.warning("not delivered", outbox_id=row.id, message_id=row.message_id, ticket=row.ticket_ref, reply=reply)
        place, now = self._place(), self._now()
        ticket = place.store.tickets.get(tx, row.ticket_id, lock=True) if row.ticket_id else None
        if ticket is None:
            return
        entry_id = place.store.tickets.add_entry(
            tx,
            NewEntry(
                ticket_id=ticket.id,
                at=now,
                kind="change",
                direction="internal",
                visibility="staff",
                author_name="",
                author_address="",
                text=f"our mail to {row.recipient} could not be delivered: {reply}",
            ),
        )
        if row.kind not in TOLD_OF:
            return
        told = [a for a in owners(place.desk, ticket) if comparable(a) != comparable(row.recipient)]
        about = About(ticket, entry_id, now, reason=reply, recipient=person("", row.recipient))
        try:
            staff = [staff_party(tx, place, ticket, address) for address in told]
            place.store.outbox.add(tx, place.letters.notices(about, "notice_undeliverable", staff))
        except UnsafeMail as problem:
            log.warning("mail not written", ticket=ticket.ref, reason=str(problem))
