"""Which tickets a mail points to, as the database has them: by signed address, citation, number, or by other mails' ids.

Reads only.  Whether the sender may touch any of them is `routing.plan`'s to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gateway.actions.base import Workplace
from gateway.following import followed, recognised
from parsers.message import comparable
from routing.reading import Reading
from routing.steps import Candidate, Earlier
from store.database import Tx
from store.tickets import KnownId, Ticket

MOST_CANDIDATES = 3
"""Of a kind."""
MOST_CITED = 10
MOST_OF_THE_SAME_ID = 3

Pointed = tuple[Candidate, Ticket]


def find_tickets(
    tx: Tx, reading: Reading, place: Workplace, *, lock: bool = True, itself: int | None = None
) -> list[Pointed]:
    """The tickets a mail points to, best first: signed address, a list's copy, citations nearest first, the subject tag,
    and last a ticket whose first mail answers this one.

    `lock`: nobody else changes them until the transaction ends.  `itself`: its number, if it was filed before.
    """
    tickets, found = place.store.tickets, list[Pointed]()
    for token in reading.tokens[:MOST_CANDIDATES]:
        if (ticket := tickets.get(tx, token.ticket, lock=lock)) is not None:
            found.append((Candidate("token", ticket, token=token), ticket))
    own, mine = dict(reading.own_ids), reading.message.message_id
    foreign = [message_id for message_id in reading.message.citations.message_ids if message_id not in own]
    known: dict[str, list[KnownId]] = {}
    for one in tickets.find_known(tx, [*foreign, *([mine] if mine else [])]):
        known.setdefault(one.message_id, []).append(one)
    of_mine = known.get(mine, []) if mine else []
    same_id = [one for one in of_mine if not one.awaited][:MOST_OF_THE_SAME_ID]
    found += _copies(tx, same_id, place, lock, itself)
    found += _cited(tx, reading, known, place, lock)
    for ref in reading.tags[:MOST_CANDIDATES]:
        if (ticket := tickets.by_ref(tx, ref)) is not None:
            found.append((Candidate("tag", ticket), ticket))
    for one in [one for one in of_mine if one.awaited][:MOST_OF_THE_SAME_ID]:
        if (ticket := tickets.get(tx, one.ticket_id, lock=lock)) is not None:
            found.append((Candidate("answer", ticket), ticket))
    meant = [followed(tx, tickets, candidate, ticket, lock=lock) for candidate, ticket in found]
    who, desk = reading.message.identity, place.desk
    return [(recognised(tx, tickets, candidate, ticket, who, desk), ticket) for candidate, ticket in meant]


def _copies(tx: Tx, known: Sequence[KnownId], place: Workplace, lock: bool, itself: int | None) -> Iterator[Pointed]:
    """Tickets that have a mail with the Message-ID of this one, and what that mail was."""
    store = place.store
    for one in known:
        entry, ticket = store.tickets.entry(tx, one.entry_id), store.tickets.get(tx, one.ticket_id, lock=lock)
        row = store.inbox.get(tx, entry.inbox_id) if entry and entry.inbox_id else None
        if entry is None or ticket is None or row is None or row.id == itself:
            continue
        earlier = Earlier(comparable(entry.author_address), entry.text, row.kind or "", row.outcome == "ticket")
        yield Candidate("copy", ticket, earlier=earlier), ticket


def _cited(
    tx: Tx, reading: Reading, known: Mapping[str, Sequence[KnownId]], place: Workplace, lock: bool
) -> list[Pointed]:
    """Cited tickets, nearest first, those in which the sender takes part before the others: a Message-ID that a stranger
    used again must not lead people away from their own ticket.
    """
    own, identity = dict(reading.own_ids), reading.message.identity
    ids = dict.fromkeys(
        pair
        for message_id in dict.fromkeys((*reading.message.citations.message_ids, *own))
        for pair in (
            [(own[message_id].ticket, own[message_id].party)]
            if message_id in own
            else [(one.ticket_id, None) for one in known.get(message_id, ()) if not one.awaited]
        )
    )
    found: dict[int, Pointed] = {}
    for ticket_id, party in list(ids)[:MOST_CITED]:
        if ticket_id not in found and (ticket := place.store.tickets.get(tx, ticket_id, lock=lock)) is not None:
            found[ticket_id] = (Candidate("citation", ticket, party=party), ticket)
    own_first = sorted(found.values(), key=lambda pair: all(party.key != identity for party in pair[1].parties))
    return own_first[:MOST_CANDIDATES]
