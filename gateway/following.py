"""Which ticket is meant today: a merged one is followed to where it went, a person is known by every address of theirs.

Both only help people to their own ticket.  A signed address that was revoked stays revoked, and another address of a
person has the rights of a participant, never those of staff.
"""

from __future__ import annotations

from dataclasses import replace

from routing.participants import TAKES_PART
from routing.steps import Candidate
from routing.teams import Desk
from store.database import Tx
from store.tickets import Ticket, Tickets

MOST_MERGES = 10


def final(tx: Tx, tickets: Tickets, ticket: Ticket, *, lock: bool = True) -> Ticket:
    """The ticket into which this one was merged, at the end of the chain; itself when it was not.  Locked, if `lock`."""
    for _ in range(MOST_MERGES):
        following = tickets.get(tx, ticket.merged_into, lock=lock) if ticket.merged_into is not None else None
        if following is None:
            break
        ticket = following
    return ticket


def followed(
    tx: Tx, tickets: Tickets, candidate: Candidate, ticket: Ticket, *, lock: bool = True
) -> tuple[Candidate, Ticket]:
    """The candidate as the ticket it means today.

    The party of a signed address is found again by their address.  Where that fails, or the address was revoked before,
    the old ticket remains the candidate, and is judged as it is.
    """
    target = final(tx, tickets, ticket, lock=lock)
    if target is ticket:
        return candidate, ticket
    token, number = candidate.token, candidate.token.party if candidate.token else candidate.party
    before = next((party for party in ticket.parties if party.number == number), None)
    now = next((party for party in target.parties if before is not None and party.key == before.key), None)
    if token is not None:
        if before is None or now is None or before.revoked or token.issued_day < ticket.token_epoch_day:
            return candidate, ticket
        token = replace(token, ticket=target.id, party=now.number)
    party = now.number if now else None
    return replace(candidate, ticket=target, token=token, party=party, followed=ticket.ref), target


def recognised(
    tx: Tx, tickets: Tickets, candidate: Candidate, ticket: Ticket, who: str | None, desk: Desk
) -> Candidate:
    """The candidate with `who` among its parties, if another address of theirs (`join`) takes part.

    Only the decision sees this: mail goes to the address that stands in the ticket.
    """
    taking_part = {party.key: party for party in ticket.parties if party.role in TAKES_PART and not party.revoked}
    if who is None or who in desk.staff or who in taking_part:
        return candidate
    others = tickets.same_person(tx, [who]) - desk.staff.keys()
    known = next((party for key, party in taking_part.items() if key in others), None)
    if known is None:
        return candidate
    return replace(candidate, ticket=replace(ticket, parties=(*ticket.parties, replace(known, key=who, address=who))))
