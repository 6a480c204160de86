"""Quarantine as a service: a mail is set aside, and whoever is to decide hears of it, at once and then once an hour.

Who is told is written down with the decision to hold the mail, so no crash forgets it.  The first held mail of a quiet
hour is told of in the same transaction; what follows is gathered, and the clock tells of it when the hour is over.  No
content leaves: sender, subject (not for confidential teams), reason, and what to type.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from gateway.actions.base import Workplace, members, owners
from gateway.backstops import UNCOUNTED, counted, read_counts
from gateway.letters import Bulletin
from gateway.wording import whole_minute
from parsers.message import Envelope, Party, comparable
from routing.answering import counters, over_limit
from routing.history import is_import
from routing.holding import ADMINS, is_confidential, is_noise, nobodys_fault, sender_refusal, team_to_tell
from routing.steps import Case, Plan
from store.database import Tx
from store.inbox import InboxRow
from store.tickets import Ticket
from templates.context import HeldMailWords
from templates.library import TemplateProblem
from templates.mail import UnsafeMail

log = structlog.get_logger("filing")

MOST_LISTED = 20


def announce(tx: Tx, place: Workplace, row: InboxRow, ticket: Ticket | None, case: Case | None, now: datetime) -> None:
    """The row has just been held: whoever is to decide is told now or with the next gathering.

    `case` is None for a mail that could not be read.  Nobody is told of noise (`routing.holding.is_noise`).
    """
    if case is not None and is_noise(case):
        return
    team = team_to_tell(ticket, Envelope(row.sender, row.recipients), place.desk)
    place.store.held.add(tx, row.id, team)
    tell(tx, place, team, now)


def with_sender_told(tx: Tx, place: Workplace, row: InboxRow, case: Case, held: Plan, now: datetime) -> str:
    """Tell the sender that a person must look at their mail first, where that is safe.  Returns why the mail is held, and
    of mail that is held through no fault of its sender whether they were told.
    """
    if not nobodys_fault(held):
        return held.reason
    return f"{held.reason}; {_tell_sender(tx, place, row, case, now)}"


def _tell_sender(tx: Tx, place: Workplace, row: InboxRow, case: Case, now: datetime) -> str:
    refused, target = sender_refusal(case), case.envelope.sender
    if refused is None and not is_import(row.source):
        counts = read_counts(tx, place, counters(target), now)
        refused = UNCOUNTED if counts is None else over_limit(counts, target, case.reading, place.desk)
    if refused is None and not counted(tx, place, counters(target), now):
        refused = UNCOUNTED
    if refused is not None:
        return f"the sender was not told: {refused}"
    message, decision = case.reading.message, case.reading.decision
    name = message.from_.name if message.from_ else ""
    team = place.desk.teams[decision.team] if decision else None
    about = Bulletin("ack", team, Party(name, target), now, message.subject, message.message_id)
    try:
        place.store.outbox.add(tx, [place.letters.bulletin("held_sender", about)])
    except (UnsafeMail, TemplateProblem) as problem:
        log.warning("mail not written", inbox_id=row.id, reason=str(problem))
        return "the sender was not told: no mail could be written"
    return "the sender was told that it waits"


def tell_all(tx: Tx, place: Workplace, now: datetime) -> None:
    """Every team that waits to hear of held mail and whose hour is over."""
    for team in place.store.held.teams(tx):
        tell(tx, place, team, now)


def tell(tx: Tx, place: Workplace, team: str, now: datetime) -> None:
    """Tell a team (or the admins) of all that waits, unless it was told within the hour."""
    news = place.store.held
    held, decided = news.waiting(tx, team)
    news.forget(tx, decided)
    if not held or not news.take_turn(tx, team, now, now - place.desk.limits.held_notice_every):
        return
    rows = [row for inbox_id in held if (row := place.store.inbox.get(tx, inbox_id)) is not None]
    shares: dict[str, list[InboxRow]] = {}
    for row in rows:
        for address in _concerned(tx, place, team, row):
            shares.setdefault(address, []).append(row)
    for address, share in shares.items():
        _write(tx, place, team, address, share, now)
    news.forget(tx, held)


def _concerned(tx: Tx, place: Workplace, team: str, row: InboxRow) -> tuple[str, ...]:
    """Who decides about this mail: whoever has its ticket, else the team, else the admins.  Never who wrote it."""
    ticket = place.store.tickets.get(tx, row.ticket_id) if row.ticket_id else None
    if ticket is not None:
        told = owners(place.desk, ticket)
    else:
        told = place.desk.site.admins if team == ADMINS else members(place.desk, (team,))
    return tuple({comparable(address): address for address in told}.values())


def _write(tx: Tx, place: Workplace, team: str, address: str, rows: Sequence[InboxRow], now: datetime) -> None:
    desk = place.desk
    about = Bulletin(
        "notice",
        desk.teams.get(team),
        Party("", address),
        now,
        held=tuple(_words(tx, place, team, row) for row in rows[:MOST_LISTED]),
        held_more=max(0, len(rows) - MOST_LISTED),
    )
    try:
        place.store.outbox.add(tx, [place.letters.bulletin("notice_held", about)])
    except (UnsafeMail, TemplateProblem) as problem:
        log.warning("mail not written", reason=str(problem))


def _words(tx: Tx, place: Workplace, team: str, row: InboxRow) -> HeldMailWords:
    """What staff may read about a held mail in a notice; of a confidential team number, reference and sender only."""
    ticket = place.store.tickets.get(tx, row.ticket_id) if row.ticket_id else None
    keys = (ticket.team, *ticket.helpers) if ticket else ((team,) if team != ADMINS else ())
    hidden = is_confidential(keys, place.desk)
    return HeldMailWords(
        number=row.id,
        sender=row.from_address or row.sender or "nobody",
        received_at=whole_minute(row.received_at),
        subject="" if hidden else row.subject,
        reason="" if hidden else row.reason or "",
        request=ticket.ref if ticket else "",
    )
