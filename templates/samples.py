"""Made-up contexts, so that a template can be tried before a mail depends on it (`deskgate check`, `preview`).

Promise: between them the samples reach every branch of the built-in texts: in and out of hours, before a holiday,
with and without a name, promises, attachments and a mail.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from templates.context import (
    ClosedDay,
    Context,
    HeldMailWords,
    MailWords,
    Neighbour,
    PersonWords,
    PromiseWords,
    SiteWords,
    SourceWords,
    TeamWords,
    TicketWords,
)

SAMPLE_NOW = datetime(2026, 11, 23, 10, 12, tzinfo=UTC)
"""A Monday morning in winter time."""

_OFFICE = dict.fromkeys(range(5), ((540, 750), (810, 1050)))


def sample_site() -> SiteWords:
    """An organisation."""
    return SiteWords("Acme", "ACME", "Europe/London", "http://127.0.0.1:8080/")


def sample_team() -> TeamWords:
    """A team, open at `SAMPLE_NOW`."""
    return TeamWords(
        key="it",
        name="IT Service Desk",
        address="it@acme.example",
        helps_with="laptops, passwords, video calls, software",
        meet="Reply with two times that suit you, or book: https://meet.acme.example/it",
        urgent="If nobody in a room can work, call 1234.",
        zone="Europe/London",
        week=_OFFICE,
        not_here=(Neighbour("payroll", "Human Resources", "hr@acme.example"),),
    )


def sample_context(
    now: datetime = SAMPLE_NOW,
    site: SiteWords | None = None,
    team: TeamWords | None = None,
    mail: MailWords | None = None,
    promises: tuple[PromiseWords, ...] | None = None,
) -> Context:
    """One context with everything in it; what is given takes the place of the made-up value.

    Promises fall due at the team's next opening and a day later where none are given: made up, not worked out.
    """
    site, team = site or sample_site(), team or sample_team()
    sam = PersonWords("Sam Field", "sam@example.org")
    mail = mail or MailWords(
        "Hello,\n\nthe projector in room 3.14 shows only green.\nCan you help before Wednesday?\n\nSam",
        sam, now, ("green.jpg",),
    )  # fmt: skip
    if promises is None:
        due = (team.next_opening or now).replace(minute=0, second=0, microsecond=0) + timedelta(hours=6)
        promises = (PromiseWords("first_reply", due, due), PromiseWords("resolve", *(due + timedelta(days=1),) * 2))
    ticket = TicketWords(
        ref=f"{site.tag}-1042", subject="Projector in room 3.14", status="open", team_name=team.name,
        assignee_name="Maria", related_ref=f"{site.tag}-998", opened_at=now, requester=mail.author,
    )  # fmt: skip
    return Context(
        site=site, team=team, ticket=ticket, person=mail.author, mail=mail, promises=promises,
        note="We have changed the cable. Please try it again.", reason="it is about a projector",
        actor=PersonWords("Otto", "otto@acme.example"), recipient=sam, from_team="Facilities", now=now,
        source=SourceWords("helpdesk/INBOX", "imap.acme.example", now - timedelta(minutes=20), "Renew its password."),
        held=(HeldMailWords(17, sam.address, now, "Projector", "the sender is proven false", f"{site.tag}-1042"),),
    )  # fmt: skip


def sample_contexts() -> tuple[Context, ...]:
    """Contexts that differ in everything a text may have to say."""
    usual = sample_context()
    team = sample_team()
    holiday = replace(
        team, open_now=False, next_opening=datetime(2026, 12, 29, 9, 0, tzinfo=UTC), next_opening_after="Boxing Day",
        closed_days=(
            ClosedDay(date(2026, 12, 24), "", ((540, 720),)),
            ClosedDay(date(2026, 12, 25), "Christmas Day", ()),
            ClosedDay(date(2026, 12, 28), "Boxing Day", ()),
        ),
    )  # fmt: skip
    bare = replace(team, meet="", urgent="", helps_with="", not_here=(), week={}, open_now=False)
    stranger = PersonWords("", "x@example.net")
    outsider = MailWords("May I know more?", stranger, SAMPLE_NOW, (), "person", participant=False)
    machine = MailWords("", stranger, SAMPLE_NOW, (), "auto-generated")
    closed_now = replace(team, open_now=False, next_opening=SAMPLE_NOW + timedelta(hours=23))
    return (
        usual,
        replace(usual, team=closed_now),
        sample_context(datetime(2026, 12, 24, 17, 30, tzinfo=UTC), team=holiday),
        replace(usual, promises=usual.promises[:1], person=stranger),
        replace(usual, promises=(), team=bare, note="", reason="", actor=None, recipient=None, from_team=""),
        replace(usual, mail=outsider),
        replace(usual, mail=machine, ticket=replace(usual.ticket, requester=None, related_ref="", assignee_name="")),
        replace(usual, mail=None, ticket=replace(usual.ticket, requester=None, subject="")),
        replace(usual, source=SourceWords("helpdesk/INBOX", "", SAMPLE_NOW), reason=""),
        replace(usual, held=(HeldMailWords(18, "x@example.net", SAMPLE_NOW),) * 2, held_more=3),
        replace(usual, held=(), held_more=1),
    )
