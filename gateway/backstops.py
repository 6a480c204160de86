"""The backstops of `routing.backstops`, kept in the database: every node counts with the others.

Whenever a counter cannot be read or written, the mail is filed all the same and nothing automatic is sent for it: a loop
must not run because nobody counts.  Imports and released mail are not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_network
from typing import TypeVar

import structlog

from gateway.actions.base import Workplace
from gateway.sources.base import LOOPBACK
from gateway.sources.limits import lies_in
from parsers.message import Kind, comparable
from routing import backstops
from routing.backstops import HOUR, MACHINE_FOR, MUTE_WINDOW
from routing.history import is_import
from routing.identity import Proof, looks_signed
from routing.reading import Reading
from routing.steps import Case, Outcome, Plan
from store.backstops import Habit
from store.database import Tx
from store.errors import Corrupt, StoreUnavailable
from store.inbox import InboxRow
from store.tickets import Ticket

log = structlog.get_logger("filing")

BAD_TOKENS = "bad-token:"
SILENT = "this request is silent until a member of staff writes"
UNCOUNTED = "the counters cannot be read, so nothing automatic is sent"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Noticed:
    """A mail as it is taken from here on.  `silent`: the counters failed."""

    reading: Reading
    quick: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """The plan that is carried out, the ticket it is about if it is not one of the mail's own, and what is to be
    remembered once it is: counts that gather on its ticket, and whether the ticket falls silent.
    """

    plan: Plan
    ticket: Ticket | None = None
    gathers: tuple[str, ...] = ()
    mutes: bool = False


def is_exempt(row: InboxRow) -> bool:
    """Whether nothing of this mail is counted."""
    return row.released or is_import(row.source)


def counted(tx: Tx, place: Workplace, counters: Sequence[tuple[str, int]], now: datetime) -> bool:
    """Count one more for each, or False: then what was to be counted must not happen."""

    def count() -> bool:
        place.store.rates.hit(tx, counters, now)
        return True

    return _tried(tx, place, count) or False


def read_counts(tx: Tx, place: Workplace, counters: Sequence[tuple[str, int]], now: datetime) -> tuple[int, ...] | None:
    """The present counts, or None when they cannot be read."""
    return _tried(tx, place, lambda: place.store.rates.read(tx, counters, now))


def notice(tx: Tx, place: Workplace, row: InboxRow, reading: Reading, now: datetime) -> Noticed:
    """Before anything is decided: does the sender answer like a machine?  Are the reply addresses forged?"""
    if is_exempt(row):
        return Noticed(reading)
    return _tried(tx, place, lambda: _notice(tx, place, row, reading, now)) or Noticed(reading, silent=True)


def _notice(tx: Tx, place: Workplace, row: InboxRow, reading: Reading, now: datetime) -> Noticed:
    _count_bad_tokens(tx, place, row, reading, now)
    message, store = reading.message, place.store.backstops
    sender = message.identity or comparable(row.sender)
    if not sender or message.kind not in (Kind.PERSON, Kind.LIST, Kind.BULK):
        return Noticed(reading)
    habit = store.habit(tx, sender)
    if habit.machine_until is not None and habit.machine_until > now:
        return Noticed(backstops.as_machine(reading))
    written = [row.sender, message.from_.address if message.from_ else "", sender]
    ours = store.last_of_ours(tx, [address for address in written if address])
    repeated = False
    if ours is not None and now - ours.created_at < HOUR:
        repeated = store.hit(tx, f"words:{sender}:{backstops.words_mark(message)}", now, now + HOUR).hits > 1
    if not backstops.is_quick_answer(reading, ours, row.received_at, repeated=repeated):
        if habit.quick:
            store.set_habit(tx, sender, Habit(), now)
        return Noticed(reading)
    if not repeated and habit.quick and habit.seen_at and ours and habit.seen_at > ours.created_at:
        return Noticed(reading)  # a second answer to one mail of ours, in other words: a person sends several at once
    if habit.quick + 1 < place.desk.limits.machine_after:
        store.set_habit(tx, sender, Habit(habit.quick + 1), now)
        return Noticed(reading, quick=True)
    store.set_habit(tx, sender, Habit(0, now + MACHINE_FOR), now)
    log.warning("taken for a machine", inbox_id=row.id, address=sender, hours=MACHINE_FOR.total_seconds() / 3600)
    return Noticed(backstops.as_machine(reading), quick=True)


def _count_bad_tokens(tx: Tx, place: Workplace, row: InboxRow, reading: Reading, now: datetime) -> None:
    """Recipients that look like reply addresses and are none, by the client that sent them."""
    site = place.desk.site
    bad = sum(looks_signed(site, comparable(one)) for one in row.recipients) - len(reading.tokens)
    relays = tuple(ip_network(relay) for relay in place.desk.trust.relays)
    if bad <= 0 or row.source not in ("smtp", "lmtp") or lies_in(row.peer, (*LOOPBACK, *relays)):
        return
    for _ in range(min(bad, place.desk.limits.bad_tokens_per_client_hour + 1)):
        place.store.backstops.hit(tx, f"{BAD_TOKENS}{row.peer}", now, now + HOUR)
    log.warning("bad reply addresses", inbox_id=row.id, peer=row.peer, count=bad)


def check(tx: Tx, place: Workplace, row: InboxRow, noticed: Noticed, case: Case, decided: Plan) -> Checked:
    """After the decision: is it too much of the same?"""
    if is_exempt(row) or decided.outcome not in (Outcome.TICKET, Outcome.ATTACH):
        return Checked(decided)
    found = None if noticed.silent else _tried(tx, place, lambda: _check(tx, place, noticed, case, decided))
    if found is not None:
        return found
    decided = backstops.without_answers(decided, UNCOUNTED)
    machine = case.reading.message.kind is not Kind.PERSON
    return Checked(backstops.without_notices(decided, UNCOUNTED) if machine else decided)


def _check(tx: Tx, place: Workplace, noticed: Noticed, case: Case, decided: Plan) -> Checked:
    checked = (_new if decided.outcome is Outcome.TICKET else _more)(tx, place, noticed, case, decided)
    message, limits, now = case.reading.message, place.desk.limits, case.now
    if not backstops.limits_notices(message):
        return checked
    name = f"auto-notice:{backstops.sender_of(message, case.envelope)}"
    hits = place.store.backstops.hit(tx, name, now, now + HOUR).hits
    if hits <= limits.auto_notices_per_sender_hour:
        return checked
    return replace(
        checked, plan=backstops.without_notices(checked.plan, f"{hits} mails of this machine within an hour")
    )


def _new(tx: Tx, place: Workplace, _noticed: Noticed, case: Case, decided: Plan) -> Checked:
    """A new request: the same text again from this domain?  Too many of this sender?"""
    store, limits, now = place.store.backstops, place.desk.limits, case.now
    message = case.reading.message
    sender = backstops.sender_of(message, case.envelope)
    alias = case.reading.decision.alias if case.reading.decision else ""
    same = f"same:{sender.rpartition('@')[2]}:{comparable(alias)}:{backstops.text_mark(message)}"
    many = f"many:{sender}"
    flood = store.hit(tx, many, now, now + HOUR)
    again = store.hit(tx, same, now, now + HOUR)
    if flood.hits > limits.tickets_per_sender_hour:
        ticket = _open_ticket(tx, place, flood.ticket_id)
        if ticket is None:
            return Checked(backstops.flood(decided, case, flood.hits), gathers=(many,))
        return Checked(backstops.gathered(decided, ticket, f"many mails from {sender}", first=False), ticket)
    if again.hits >= limits.same_text_hour and (ticket := _open_ticket(tx, place, again.ticket_id)) is not None:
        why = f"the same text {again.hits} times within an hour from {sender.rpartition('@')[2]}"
        first = again.hits == limits.same_text_hour
        return Checked(backstops.gathered(decided, ticket, why, first=first), ticket)
    gathers = again.ticket_id is None and again.hits >= limits.same_text_hour - 1
    return Checked(decided, gathers=(same,) if gathers else ())


def _open_ticket(tx: Tx, place: Workplace, ticket_id: int | None) -> Ticket | None:
    """The ticket on which mails are gathered, as long as somebody would see them there."""
    ticket = place.store.tickets.get(tx, ticket_id, lock=True) if ticket_id is not None else None
    return ticket if ticket is not None and ticket.status != "closed" else None


def _more(tx: Tx, place: Workplace, noticed: Noticed, case: Case, decided: Plan) -> Checked:
    """Another mail on a ticket: are there too many that look automatic?"""
    store, message, now, ticket = place.store.backstops, case.reading.message, case.now, decided.ticket
    assert ticket is not None, "a mail is attached to a ticket"
    sender = backstops.sender_of(message, case.envelope)
    proven = case.reading.proof is Proof.PROVEN or not place.desk.trust.can_prove
    if sender in place.desk.staff and proven:
        return Checked(decided)
    decided = replace(decided, also=tuple(_hushed(tx, place, plan) for plan in decided.also))
    if store.muted(tx, ticket.id):
        return Checked(backstops.without_notices(decided, SILENT, also=False))
    mark = f"said:{ticket.id}:{sender}:{backstops.words_mark(message)}"
    repeated = store.hit(tx, mark, now, now + HOUR).hits > 1
    why = backstops.looks_automatic(message, quick=noticed.quick, repeated=repeated)
    if why is None:
        return Checked(decided)
    hits = store.hit(tx, f"automatic:{ticket.id}:{sender}", now, now + MUTE_WINDOW).hits
    if hits < place.desk.limits.mute_after:
        return Checked(decided)
    return Checked(backstops.muting(decided, sender, hits, why), mutes=True)


def _hushed(tx: Tx, place: Workplace, plan: Plan) -> Plan:
    """What another ticket keeps of the mail; without notices if that ticket has fallen silent."""
    silent = plan.ticket is not None and place.store.backstops.muted(tx, plan.ticket.id)
    return backstops.without_notices(plan, SILENT) if silent else plan


def remember(tx: Tx, place: Workplace, row: InboxRow, checked: Checked, ticket: Ticket | None, now: datetime) -> None:
    """What the plan has come to: the ticket on which more of the kind is gathered, or which falls silent."""
    if ticket is None or not (checked.gathers or checked.mutes):
        return
    _tried(tx, place, lambda: _remember(tx, place, row, checked, ticket, now))


def _remember(tx: Tx, place: Workplace, row: InboxRow, checked: Checked, ticket: Ticket, now: datetime) -> bool:
    for name in checked.gathers:
        place.store.backstops.gather(tx, name, ticket.id)
    entry = place.store.tickets.entry_of_inbox(tx, row.id) if checked.mutes else None
    if entry is not None:
        place.store.backstops.mute(tx, ticket.id, entry.id, now)
        log.warning("ticket falls silent", inbox_id=row.id, ticket=ticket.ref)
    return True


def _tried(tx: Tx, place: Workplace, work: Callable[[], T]) -> T | None:
    """The work's result, all or nothing; None when it fails, whatever the reason."""
    try:
        with place.store.savepoint(tx):
            return work()
    except (StoreUnavailable, Corrupt):
        raise  # the database itself is away: nothing can be filed at all
    except Exception as problem:  # noqa: BLE001 - whatever it is: nobody counts, so nothing automatic is sent
        with suppress(Exception):
            log.error("counters failed", problem=f"{type(problem).__name__}: {problem}"[:300])
        return None
