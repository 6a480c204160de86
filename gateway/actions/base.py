"""The one shape of a staff action: a name, a sentence of help, its argument, and `run` inside the caller's transaction.

An action checks nothing about who may act (`authorise` does, once, for all) and knows no click, no mail and no HTML.  It
answers with a sentence for the person who asked, or raises `Refused` with one that says what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.letters import About, Letters
from gateway.wording import person, whole_minute
from parsers.message import Party, comparable
from routing.participants import may_see
from routing.teams import Desk
from store.database import Tx
from store.store import Store
from store.tickets import NewEntry, NewParty, StoredAttachment, Ticket, TicketParty
from templates.context import MailWords, PromiseWords
from templates.mail import Part

HIDDEN = "(confidential)"
"""In place of a confidential team's subject."""
READ_THERE = (
    "This team keeps its requests confidential, so the text is not sent by mail. Read it with:\ndeskgate tickets show"
)


class Refused(Exception):
    """The action cannot be done; the message tells the staff member why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """What an action works with."""

    store: Store
    desk: Desk
    letters: Letters


@dataclass(frozen=True, slots=True)
class Source:
    """The mail an action came by; empty for one from the command line."""

    message_id: str = ""
    inbox_id: int | None = None
    attachments: tuple[StoredAttachment, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One staff member's wish about one ticket.  `argument` is a team, an address …; `text` the words that go with it."""

    ticket: Ticket
    by: Party
    now: datetime
    argument: str = ""
    text: str = ""
    source: Source = Source()


@dataclass(frozen=True, slots=True)
class Action:
    """A registry line: what the command line, a mail or a page needs to offer it."""

    name: str
    help: str
    run: Callable[[Tx, Workplace, Request], str]
    argument: str = ""
    """The name of its argument, for example TEAM; in square brackets when it may be left out, empty when it takes none."""
    text: str = "none"
    """Whether it takes words: ``none``, ``optional`` or ``required``."""
    internal: bool = False
    """Its words are for colleagues; else they go to the requester."""
    leaves: bool = False
    """The ticket is in other hands afterwards."""


def authorise(desk: Desk, by: Party, ticket: Ticket) -> None:
    """Only members of the ticket's team, its helpers' members and the site's admins may act on it."""
    teams, keys = desk.staff.get(comparable(by.address), frozenset()), (ticket.team, *ticket.helpers)
    if not may_see(comparable(by.address), keys, desk):
        raise Refused(f"there is no ticket {ticket.ref}; see: deskgate tickets list")
    if not teams & set(keys) and not _is_admin(desk, by):
        names = " or ".join(desk.teams[key].name if key in desk.teams else key for key in keys)
        raise Refused(f"{by.address} is not a member of {names}, nor an admin: nothing was changed on {ticket.ref}")


def _is_admin(desk: Desk, by: Party) -> bool:
    return comparable(by.address) in {comparable(admin) for admin in desk.site.admins}


def record(tx: Tx, place: Workplace, request: Request, words: str) -> int:
    """Write a change into the ticket's history."""
    return place.store.tickets.add_entry(
        tx,
        NewEntry(
            ticket_id=request.ticket.id,
            at=request.now,
            kind="change",
            direction="internal",
            visibility="staff",
            author_name=request.by.name,
            author_address=request.by.address,
            text=words,
        ),
    )


def staff_party(tx: Tx, place: Workplace, ticket: Ticket, address: str) -> TicketParty:
    """The staff member as a party of the ticket, entered when not there yet (their reply address needs a number)."""
    key = comparable(address)
    known = next((party for party in ticket.parties if party.key == key), None)
    return known or place.store.tickets.add_party(
        tx, ticket.id, NewParty(name="", address=address, key=key, role="staff")
    )


RANKS = ("outsider", "staff", "proposed", "watcher", "cc", "requester")
"""The parts one may have in a ticket, from the least."""


def party_of(ticket: Ticket, address: str) -> TicketParty | None:
    """The party with this address, or None."""
    key = comparable(address)
    return next((party for party in ticket.parties if party.key == key), None)


def requester_of(ticket: Ticket) -> TicketParty:
    """Who asked."""
    found = next((party for party in ticket.parties if party.role == "requester"), None)
    if found is None:
        raise Refused(f"{ticket.ref} has no requester")
    return found


def has_part(
    tx: Tx, place: Workplace, ticket: Ticket, name: str, address: str, role: str, *, at_least: bool = False
) -> None:
    """From now on a person has this part in the ticket; with `at_least`, unless they have a larger one."""
    fresh = NewParty(name=name, address=address, key=comparable(address), role=role)
    party = place.store.tickets.add_party(tx, ticket.id, fresh)
    if party.role != role and not (at_least and RANKS.index(party.role) > RANKS.index(role)):
        place.store.tickets.change_party(tx, ticket.id, party.number, role=role)


def is_confidential(desk: Desk, ticket: Ticket) -> bool:
    """Whether a team that sees the ticket keeps its requests confidential."""
    return any(desk.teams[key].confidential for key in (ticket.team, *ticket.helpers) if key in desk.teams)


def briefing(tx: Tx, place: Workplace, ticket: Ticket, request: Request, entry_id: int) -> About:
    """What somebody who gets a ticket needs: the first message, the promises that are open, the words that came with it."""
    first = next((entry for entry in place.store.tickets.entries(tx, ticket.id) if entry.direction == "in"), None)
    mail = None
    if first is not None and not is_confidential(place.desk, ticket):
        mail = MailWords(
            text=first.text,
            author=person(first.author_name, first.author_address),
            received_at=whole_minute(first.at),
            attachments=tuple(a.filename for a in first.attachments),
        )
    stated = place.store.promises.for_ticket(tx, ticket.id)
    hidden = is_confidential(place.desk, ticket)
    return About(
        replace(ticket, subject=HIDDEN) if hidden else ticket,
        entry_id,
        request.now,
        mail=mail,
        promises=tuple(PromiseWords(p.kind, p.due, p.due) for p in stated if p.due and p.outcome == "open"),
        note=f"{READ_THERE} {ticket.ref}" if hidden else request.text,
        actor=person(request.by.name, request.by.address),
    )


def with_note(words: str, note: str) -> str:
    """A change's line in the history, with what was said to it."""
    return f"{words}: {note.strip()}" if note.strip() else words


def owners(desk: Desk, ticket: Ticket) -> tuple[str, ...]:
    """Who is told of news: the assignee and watching staff; while nobody has it, the team's and helpers' members."""
    watching = tuple(p.address for p in ticket.parties if p.role == "watcher" and p.key in desk.staff)
    if ticket.assignee:
        return tuple(dict.fromkeys((ticket.assignee, *watching)))
    return members(desk, (ticket.team, *ticket.helpers))


def members(desk: Desk, teams: tuple[str, ...]) -> tuple[str, ...]:
    """The members of these teams, each once; the admins when none of the teams exists any more."""
    found = [member for key in teams if key in desk.teams for member in desk.teams[key].members]
    return tuple({comparable(address): address for address in (found or list(desk.site.admins))}.values())
