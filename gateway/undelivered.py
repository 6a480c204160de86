"""A mail of ours that did not arrive: it is written into its ticket, the address is marked, and somebody hears of it.

It comes to light in two ways: the smarthost refuses it or never confirms it (`Undelivered`, in the transaction that gives
the mail up), or a delivery report comes to our return path (`came_back`, in the transaction that files the report).

Who hears: of a staff member's words, that member; of an acknowledgement, whoever has the ticket; of a notice to staff, the
team's lead, else its other members, else the admins.  That last mail is an alarm, and nothing ever tells of a lost alarm:
it is recorded, so that mail about mail ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from gateway.actions.base import Workplace, members, owners, staff_party
from gateway.delivery.base import OutgoingMail, Result
from gateway.letters import About
from gateway.wording import person
from parsers.message import comparable
from parsers.peek import peek
from routing.answering import DAY
from routing.identity import KeyRing, Purpose, read_message_id, reply_address
from routing.returns import Origin
from routing.steps import CameBack
from routing.teams import Site
from store.database import Tx
from store.outbox import OutboxRow
from store.tickets import NewEntry, Ticket
from templates.mail import UnsafeMail

log = structlog.get_logger("delivery")

ALARM = "alarm"
"""The kind of a mail that tells of a lost notice."""
WHAT = {"ack": "acknowledgement", "notice": "notice", ALARM: "notice", "reply": "answer"}


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


@dataclass(frozen=True, slots=True)
class Loss:
    """A mail that did not arrive, or of which nobody knows.  `reason` is for people.

    `origin` is the mail, None where a report does not say which; `reported`: a delivery report says so, of which there
    may be many.
    """

    ticket: Ticket
    entry_id: int
    address: str
    reason: str
    origin: Origin | None
    certain: bool = True
    reported: bool = False

    @property
    def kind(self) -> str:
        """The mail's kind, empty where it is not known."""
        return self.origin.kind if self.origin else ""


class Undelivered:
    """What the courier calls when it gives a mail up."""

    def __init__(self, place: Callable[[], Workplace], now: Callable[[], datetime]) -> None:
        self._place, self._now = place, now

    def __call__(self, tx: Tx, row: OutboxRow, result: Result) -> None:
        """Record it on the ticket, mark an address that takes no mail, and tell whoever is to know."""
        reply, certain = result.reply, result.kind != "unknown"
        log.warning("not delivered", outbox_id=row.id, message_id=row.message_id, ticket=row.ticket_ref, reply=reply)
        place, now = self._place(), self._now()
        ticket = place.store.tickets.get(tx, row.ticket_id, lock=True) if row.ticket_id else None
        if ticket is None:
            return
        said = (
            f"could not be delivered: {reply}" if certain else f"may have arrived or not, nobody confirmed it: {reply}"
        )
        entry_id = _record(tx, place, ticket, now, f"our mail to {row.recipient} {said}")
        if result.cause == "recipient":
            place.store.tickets.mark_bouncing(tx, ticket.id, comparable(row.recipient), now, reply)
        origin = place.store.outbox.origin(tx, ticket.id, row.message_id)
        tell(tx, place, Loss(ticket, entry_id, row.recipient, reply, origin, certain), now)


def came_back(
    tx: Tx, place: Workplace, ticket: Ticket, entry_id: int, step: CameBack, origin: Origin | None, now: datetime
) -> None:
    """A delivery report that can be believed: as `Undelivered`, but days may have passed."""
    what = WHAT.get(origin.kind if origin else "", "mail")
    _record(tx, place, ticket, now, f"our {what} to {step.address} came back: {step.reason}")
    if step.mark:
        place.store.tickets.mark_bouncing(tx, ticket.id, step.address, now, step.reason)
    if step.tell:
        tell(tx, place, Loss(ticket, entry_id, step.address, step.reason, origin, reported=True), now)


def tell(tx: Tx, place: Workplace, loss: Loss, now: datetime) -> None:
    """Write to whoever is to know, unless they were told of this address today."""
    if loss.kind == ALARM:
        return
    if loss.kind == "notice":
        _tell_of_notice(tx, place, loss, now)
    else:
        _tell_of_mail(tx, place, loss, now)


def _tell_of_mail(tx: Tx, place: Workplace, loss: Loss, now: datetime) -> None:
    """A mail to somebody outside: whoever wrote it hears of each; of reports and of our own texts once a day."""
    author = loss.origin.author if loss.origin else ""
    by_person = comparable(author) in place.desk.staff
    counter = ((f"lost:{comparable(loss.address)}", DAY),)
    told_today = place.store.rates.read(tx, counter, now)[0]
    place.store.rates.hit(tx, counter, now)
    if told_today and (loss.reported or not by_person):
        return
    told = _without([author] if by_person else owners(place.desk, loss.ticket), loss.address)
    template = "notice_undeliverable" if loss.certain else "notice_unconfirmed"
    _write(tx, place, loss, template, told or _stand_ins(tx, place, loss), "notice", now)


def _tell_of_notice(tx: Tx, place: Workplace, loss: Loss, now: datetime) -> None:
    """A notice to staff: nothing is lost as long as a colleague got it, so that is told once a day; else once a ticket."""
    assert loss.origin is not None, "only a mail that is known is known to be a notice"
    shared = place.store.outbox.others_told(tx, loss.origin.outbox_id) > 0
    matter = "" if shared else f"{loss.ticket.id}:"
    counter = ((f"lost-notice:{matter}{comparable(loss.address)}", DAY),)
    if place.store.rates.read(tx, counter, now)[0]:
        return
    place.store.rates.hit(tx, counter, now)
    told = _stand_ins(tx, place, loss)
    if not told:
        log.error("a notice was lost and there is nobody else to tell", ticket=loss.ticket.ref, address=loss.address)
    _write(tx, place, loss, "notice_lost", told, ALARM, now)


def _stand_ins(tx: Tx, place: Workplace, loss: Loss) -> list[str]:
    """Who hears instead of somebody who cannot be reached: leads, else other members, else admins."""
    desk, teams = place.desk, (loss.ticket.team, *loss.ticket.helpers)
    leads = [desk.teams[key].lead or "" for key in teams if key in desk.teams]
    for group in (leads, members(desk, teams), desk.site.admins):
        found = [a for a in _without(group, loss.address) if not place.store.tickets.bouncing(tx, comparable(a))]
        if found:
            return found
    return []


def _without(addresses: Sequence[str], unwanted: str) -> list[str]:
    others = {comparable(a): a for a in addresses if a and comparable(a) != comparable(unwanted)}
    return list(others.values())


def _write(tx: Tx, place: Workplace, loss: Loss, template: str, told: Sequence[str], kind: str, now: datetime) -> None:
    ticket, desk = loss.ticket, place.desk
    confidential = any(desk.teams[key].confidential for key in (ticket.team, *ticket.helpers) if key in desk.teams)
    sent = loss.origin.entry_text if loss.origin and loss.origin.author and not confidential else ""
    about = About(
        replace(ticket, subject="(confidential)") if confidential else ticket,
        loss.entry_id,
        now,
        reason=loss.reason,
        recipient=person("", loss.address),
        note=sent,
    )
    try:
        staff = [staff_party(tx, place, ticket, address) for address in told]
        place.store.outbox.add(tx, place.letters.notices(about, template, staff, kind))
    except UnsafeMail as problem:
        log.warning("mail not written", ticket=ticket.ref, reason=str(problem))


def _record(tx: Tx, place: Workplace, ticket: Ticket, now: datetime, words: str) -> int:
    return place.store.tickets.add_entry(
        tx,
        NewEntry(
            ticket_id=ticket.id,
            at=now,
            kind="change",
            direction="internal",
            visibility="staff",
            author_name="",
            author_address="",
            text=words,
        ),
    )
