"""What a confidential team keeps to itself, seen from the command line: who looks, and what is then left out.

Whoever may read the database can read everything; this keeps a colleague's honest look from showing what is not theirs.
"""

from __future__ import annotations

import getpass

from gateway.cli.common import Complaint
from parsers.message import Envelope, comparable
from routing.holding import ADMINS, team_to_tell
from routing.participants import may_see
from routing.teams import Desk
from store.database import Tx
from store.inbox import InboxRow
from store.store import Store
from store.tickets import Ticket


def decider(desk: Desk, by: str | None) -> str:
    """Who decides, for the books: as given, else the only admin, else who is logged in on this machine."""
    if by:
        return by
    if len(desk.site.admins) == 1:
        return desk.site.admins[0]
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return "somebody at the command line"


def sees(desk: Desk, by: str | None, ticket: Ticket) -> bool:
    """Whether a ticket is shown to `by`; to nobody in particular, who runs the machine, everything is.

    Raises Complaint for somebody who is not on the staff.
    """
    if by is None:
        return True
    if comparable(by) not in desk.staff:
        raise Complaint(f"{by} is not a member of a team, nor an admin")
    return may_see(comparable(by), (ticket.team, *ticket.helpers), desk)


def is_hidden(tx: Tx, store: Store, desk: Desk, row: InboxRow, by: str | None) -> bool:
    """Whether this mail is a confidential team's and `by` (None: nobody in particular) is none of it."""
    ticket = store.tickets.get(tx, row.ticket_id) if row.ticket_id else None
    if ticket is not None:
        teams: tuple[str, ...] = (ticket.team, *ticket.helpers)
    else:
        team = team_to_tell(None, Envelope(row.sender, row.recipients), desk)
        teams = () if team == ADMINS else (team,)
    return not may_see(comparable(by) if by else None, teams, desk)
