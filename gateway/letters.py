"""Every mail Deskgate writes: a template's words, safe headers and signed addresses become one outbox row per recipient.

One recipient per mail, because the reply address and the return path in it are that person's own.  The bytes are fixed
here and never change afterwards: a retry sends exactly the same mail with the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.keys import Keys
from gateway.wording import person, site_words, team_words, ticket_words
from parsers.attachments import content
from parsers.message import Message, Party
from routing.identity import Purpose, make_message_id, reply_address
from routing.teams import Desk, Team
from store.outbox import NewMail
from store.tickets import Ticket, TicketParty
from templates.context import Context, MailWords, PersonWords, PromiseWords, TeamWords
from templates.mail import Mailbox, Outgoing, Part, SpliceOf, build
from templates.renderer import Renderer, Words

SUBJECT_SHOWN = 80
"""Characters of a stranger's subject that an automatic answer repeats (mail-safety 2.3)."""


@dataclass(frozen=True, slots=True)
class About:
    """What a mail of ours is about: the ticket as it is now, the entry it belongs to, and what the words need."""

    ticket: Ticket
    entry_id: int
    now: datetime
    mail: MailWords | None = None
    parts: tuple[Part, ...] = ()
    in_reply_to: str | None = None
    promises: tuple[PromiseWords, ...] = ()
    note: str = ""
    reason: str = ""
    actor: PersonWords | None = None
    """Who did it, for a change by staff."""
    recipient: PersonWords | None = None
    """Whom a mail of ours did not reach."""
    from_team: str = ""
    """The team that had it before."""


def parts_of(message: Message, raw: bytes, raw_sha256: str) -> tuple[Part, ...]:
    """A mail's attachments, to be passed on: copied from the stored mail where possible, else decoded and carried."""
    return tuple(
        Part(
            filename=a.filename,
            content_type=a.content_type,
            inline=a.inline,
            content_id=a.content_id,
            content=None if a.span else content(raw, a.index),
            splice=SpliceOf(raw_sha256, a.span.start, a.span.end, a.span.encoding) if a.span else None,
        )
        for a in message.attachments
    )


def mail_words(message: Message, received_at: datetime, text: str, participant: bool = True) -> MailWords:
    """A received mail as templates know it; `participant` false when its writer has no part in the ticket."""
    author = message.from_ or Party("", "")
    return MailWords(
        text=text,
        author=person(author.name, author.address),
        received_at=received_at,
        attachments=tuple(a.filename for a in message.attachments),
        kind=str(message.kind),
        participant=participant,
    )


class Letters:
    """Writes mails for one desk.

    `nonce` gives 40 random bits for each Message-ID.  `signed_acks`: acknowledgements too carry a signed return path, for
    smarthosts that refuse the null sender.
    """

    def __init__(
        self, desk: Desk, keys: Keys, renderer: Renderer, nonce: Callable[[], int], signed_acks: bool = False
    ) -> None:
        self._desk, self._keys, self._renderer, self._nonce = desk, keys, renderer, nonce
        self._signed_acks = signed_acks
        self._site = site_words(desk.site)
        self._teams: dict[str, tuple[datetime, TeamWords]] = {}

    def acknowledgement(self, about: About, requester: TicketParty, to: str) -> NewMail:
        """ "We have it, and by when you will hear": to the envelope sender, with the null return path (RFC 3834 3.3)."""
        team = self._team(about.ticket)
        words = self._words("acknowledgement", about, person(requester.name, requester.address))
        return self._mail(
            about,
            words,
            kind="ack",
            from_=Mailbox(team.name, about.ticket.alias),
            party=requester,
            recipient=to,
            headers_to=(Mailbox(requester.name if to == requester.address else "", to),),
            purpose=Purpose.REQUESTER,
            auto_submitted="auto-replied",
            envelope_from=None if self._signed_acks else "",
            threaded=False,
        )

    def notices(self, about: About, template: str, staff: Sequence[TicketParty]) -> list[NewMail]:
        """The same notice to each of `staff`, each with a personal reply address."""
        if not staff:
            return []
        team = self._team(about.ticket)
        words = self._words(template, about, person("", ""))
        author = about.mail.author if about.mail else person("", "")
        shown = f"{author.name or author.address} via {team.name}" if author.address else team.name
        return [
            self._mail(
                about,
                words,
                kind="notice",
                from_=Mailbox(shown, about.ticket.alias),
                party=party,
                recipient=party.address,
                headers_to=(Mailbox(party.name, party.address),),
                purpose=Purpose.STAFF,
                auto_submitted="auto-generated",
                envelope_from=None,
            )
            for party in staff
        ]

    def answers(self, about: About, template: str, by: Party, to: Sequence[TicketParty]) -> list[NewMail]:
        """A staff member's words to the requester and the participants, from the team's address.  A human mail."""
        team = self._team(about.ticket)
        words = self._words(template, about, person(to[0].name, to[0].address))
        first, others = to[0], to[1:]
        copied = tuple(Mailbox(party.name, party.address) for party in others)
        return [
            self._mail(
                about,
                words,
                kind="reply",
                from_=Mailbox(f"{by.name}, {team.name}" if by.name else team.name, about.ticket.alias),
                party=party,
                recipient=party.address,
                headers_to=(Mailbox(first.name, first.address),),
                headers_cc=copied,
                purpose=Purpose.REQUESTER if party.role == "requester" else Purpose.PARTICIPANT,
                auto_submitted=None,
                envelope_from=None,
            )
            for party in to
        ]

    def _team(self, ticket: Ticket) -> Team:
        """The ticket's team; a team that left the configuration is replaced by the first, so that nobody goes unheard."""
        return self._desk.teams.get(ticket.team) or next(iter(self._desk.teams.values()))

    def _team_words(self, team: Team, now: datetime) -> TeamWords:
        """The team's statements as they are in this minute; opening hours change on whole minutes only."""
        minute = now.replace(second=0, microsecond=0)
        known = self._teams.get(team.key)
        if known is None or known[0] != minute:
            known = self._teams[team.key] = (minute, team_words(team, self._desk, now))
        return known[1]

    def _words(self, template: str, about: About, reader: PersonWords) -> Words:
        team = self._team(about.ticket)
        context = Context(
            site=self._site,
            team=self._team_words(team, about.now),
            ticket=ticket_words(about.ticket, self._desk),
            person=reader,
            mail=about.mail,
            promises=about.promises,
            measured=None,
            note=about.note,
            reason=about.reason,
            language=team.language,
            actor=about.actor,
            recipient=about.recipient,
            from_team=about.from_team,
            now=about.now,
        )
        return self._renderer.render(template, team.language, context)

    def _mail(
        self,
        about: About,
        words: Words,
        *,
        kind: str,
        from_: Mailbox,
        party: TicketParty,
        recipient: str,
        headers_to: tuple[Mailbox, ...],
        purpose: Purpose,
        auto_submitted: str | None,
        envelope_from: str | None,
        headers_cc: tuple[Mailbox, ...] = (),
        threaded: bool = True,
    ) -> NewMail:
        ticket, site, ring = about.ticket, self._desk.site, self._keys.ring
        issued = about.now.date()
        reply_to = reply_address(site, ring, ticket.alias, (purpose, ticket.id, party.number, issued))
        bounce_to = reply_address(site, ring, ticket.alias, (Purpose.BOUNCE, ticket.id, party.number, issued))
        message_id = make_message_id(ring, site.domain, ticket.id, party.number, self._nonce())
        earlier = ticket.last_message_ids if threaded else ()
        cited = about.in_reply_to or (earlier[-1] if earlier else None)
        built = build(
            Outgoing(
                from_=from_,
                to=headers_to,
                cc=headers_cc,
                reply_to=Mailbox(from_.name, reply_to) if reply_to else None,
                subject=words.subject,
                date=about.now,
                message_id=message_id,
                in_reply_to=cited,
                references=tuple(dict.fromkeys((*earlier, *((cited,) if cited else ())))),
                auto_submitted=auto_submitted,
                suppress_auto_responses=auto_submitted is not None,
                instance=self._keys.instance,
                language=self._team(ticket).language,
                text=words.text,
                parts=about.parts if kind != "ack" else (),
            )
        )
        return NewMail(
            ticket_id=ticket.id,
            entry_id=about.entry_id,
            kind=kind,
            recipient=recipient,
            envelope_from=(bounce_to or ticket.alias) if envelope_from is None else envelope_from,
            message_id=message_id,
            literal=built.literal,
            splices=tuple((s.at, s.sha256, s.start, s.end) for s in built.splices),
            created_at=about.now,
        )
