"""From the desk's values to the words' values: what a template may say about the site, a team, a ticket, a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from routing.teams import Desk, Site, Team
from store.tickets import Ticket
from templates.context import ClosedDay, Neighbour, PersonWords, SiteWords, TeamWords, TicketWords

DAYS_AHEAD = 14


def site_words(site: Site) -> SiteWords:
    """What a template may say about the site."""
    return SiteWords(name=site.name, tag=site.tag, zone=site.zone, web_url=site.web_url)


def team_words(team: Team, desk: Desk, now: datetime) -> TeamWords:
    """What a template may say about a team at this moment: its statements, and whether it is open."""
    hours = team.hours
    open_now = hours.is_open(now)
    next_opening = None if open_now else hours.next_opening(now)
    closed = closed_days(team, now)
    return TeamWords(
        key=team.key,
        name=team.name,
        address=team.address,
        helps_with=team.helps_with,
        meet=team.meet,
        urgent=team.urgent,
        zone=hours.zone,
        week=hours.week,
        closed_days=closed,
        open_now=open_now,
        next_opening=next_opening,
        next_opening_after=_holiday_before(closed, next_opening, now, hours.zone),
        not_here=tuple(
            Neighbour(topic=n.topic, team_name=desk.teams[n.team].name, address=desk.teams[n.team].address)
            for n in team.not_here
        ),
    )


def closed_days(team: Team, now: datetime) -> tuple[ClosedDay, ...]:
    """The days of the next fortnight on which the team keeps other hours than its week says."""
    today = now.astimezone(ZoneInfo(team.hours.zone)).date()
    found = []
    for offset in range(DAYS_AHEAD):
        day = today + timedelta(days=offset)
        shifts = team.hours.shifts_on(day)
        if tuple(shifts) != tuple(team.hours.week.get(day.weekday(), ())):
            found.append(ClosedDay(date=day, name=team.hours.closed_names.get(day, ""), shifts=tuple(shifts)))
    return tuple(found)


def _holiday_before(closed: tuple[ClosedDay, ...], opening: datetime | None, now: datetime, zone: str) -> str:
    """The name of a holiday between now and the next opening, or nothing."""
    if opening is None:
        return ""
    first, last = now.astimezone(ZoneInfo(zone)).date(), opening.astimezone(ZoneInfo(zone)).date()
    return next((day.name for day in closed if first <= day.date < last and day.name and not day.shifts), "")


def ticket_words(ticket: Ticket, desk: Desk) -> TicketWords:
    """What a template may say about a ticket."""
    team = desk.teams.get(ticket.team)
    requester = next((party for party in ticket.parties if party.role == "requester"), None)
    return TicketWords(
        requester=person(requester.name, requester.address) if requester else None,
        ref=ticket.ref,
        subject=ticket.subject,
        status=ticket.status,
        team_name=team.name if team else ticket.team,
        assignee_name=ticket.assignee or "",
        related_ref=f"{ticket.ref.rpartition('-')[0]}-{ticket.related_to}" if ticket.related_to else "",
        opened_at=whole_minute(ticket.opened_at),
        priority=ticket.priority,
    )


def whole_minute(moment: datetime) -> datetime:
    """A moment that has passed, as a clock would have shown it; a deadline is never cut this way."""
    return moment.replace(second=0, microsecond=0)


def person(name: str, address: str) -> PersonWords:
    """A person as templates know them."""
    return PersonWords(name=name, address=address)
