"""Marks in the corpus such as ``@@REPLY:T1@@``, replaced by what they stand for in one world."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_tz

from routing.identity import Purpose, reply_address
from routing.teams import Site
from store.outbox import OutboxRow
from store.tickets import Ticket
from tests.attacks.world import STAFF, TICKETS, World

_TAG = re.compile(rb"\[#@@TICKET:(T\d)@@\]")
_MARK = re.compile(rb"@@(TICKET|MSGID|REPLY(?:-[A-Z]+)?|BOUNCE):(T\d)(?::(\w+))?@@")
_DATE = re.compile(rb"^(Date:[ \t]*)([^\r\n]*)", re.MULTILINE | re.IGNORECASE)


class Marks:
    """What the marks mean in one world."""

    def __init__(self, world: World) -> None:
        seen = world.seen()
        self._site = Site("Example", "Europe/London", "DESK", "id.desk.example", ("otto@staff.example",))
        self._ring = world.keys.ring
        self._tickets: dict[str, Ticket] = dict(
            zip(TICKETS, (seen.tickets[number] for number in sorted(seen.tickets)[: len(TICKETS)]), strict=True)
        )
        self._answers: dict[int | None, OutboxRow] = {
            row.ticket_id: row for row in reversed(seen.outbox) if row.recipient not in STAFF and row.kind != "ack"
        }

    def number(self, name: str) -> int:
        """The number of ticket ``T1``."""
        return self._tickets[name].id

    def name(self, number: int | None) -> str:
        """``T1`` for its number, ``new`` for any other."""
        return next((name for name, ticket in self._tickets.items() if ticket.id == number), "new")

    def filled(self, data: bytes, counter: int = 1) -> bytes:
        """`data` without marks; the tag of the site in square brackets is one mark."""
        data = _TAG.sub(lambda m: f"[{self._tickets[m[1].decode()].ref}]".encode(), data)
        data = _MARK.sub(lambda m: self._meaning(m[1].decode(), m[2].decode(), (m[3] or b"").decode()).encode(), data)
        return data.replace(b"@@N@@", str(counter).encode())

    def _meaning(self, mark: str, name: str, who: str) -> str:
        ticket = self._tickets[name]
        answer = self._answers[ticket.id]
        if mark == "TICKET":
            return ticket.ref
        if mark == "MSGID":
            return answer.message_id
        if mark == "BOUNCE":
            return answer.envelope_from
        return self._reply_address(mark, ticket, who)

    def _reply_address(self, mark: str, ticket: Ticket, who: str) -> str:
        assert mark in ("REPLY", "REPLY-BAD", "REPLY-UPPER", "REPLY-EXPIRED"), f"a mark that nobody knows: {mark}"
        today = datetime.now(UTC).date()
        role = "staff" if who else "requester"
        party = next(p for p in ticket.parties if p.role == role and p.key.startswith(who))
        purpose = Purpose.STAFF if who else Purpose.REQUESTER
        issued: date = today - timedelta(days=401) if mark == "REPLY-EXPIRED" else today
        found = reply_address(self._site, self._ring, ticket.alias, (purpose, ticket.id, party.number, issued))
        assert found is not None
        if mark == "REPLY-UPPER":
            return found.partition("@")[0].upper() + "@" + found.partition("@")[2]
        if mark == "REPLY-BAD":
            local, _, domain = found.partition("@")
            return f"{local[:-1]}{'b' if local.endswith('a') else 'a'}@{domain}"
        return found


def dated(raw: bytes, moment: datetime) -> bytes:
    """The mail as sent at this moment: its Date, where it has a well-formed one."""
    head, empty, body = raw.partition(b"\r\n\r\n")

    def now(found: re.Match[bytes]) -> bytes:
        well_formed = parsedate_tz(found[2].decode("ascii", "replace")) is not None
        return found[1] + format_datetime(moment).encode() if well_formed else found[0]

    return _DATE.sub(now, head) + empty + body
