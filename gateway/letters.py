"""Every mail Deskgate writes: a template's words, safe headers and signed addresses become one outbox row per recipient.

One recipient per mail, because the reply address and the return path in it are that person's own.  The bytes are fixed
here and never change afterwards: a retry sends exactly the same mail with the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from gateway.keys import Keys
from gateway.wording import person, site_words, team_words, ticket_words, whole_minute
from parsers.attachments import content
from parsers.limits import Limits as ReadingLimits
from parsers.message import Message, Party, comparable
from routing.identity import Purpose, make_message_id, reply_address
from routing.ownwords import STAFF_ONLY
from routing.teams import Desk, Team
from store.outbox import NewMail
from store.tickets import Ticket, TicketParty
from templates.context import Context, HeldMailWords, MailWords, PersonWords, PromiseWords, TeamWords, TicketWords
from templates.mail import Built, Face, Mailbox, Outgoing, Part, SpliceOf, build, build_each
from templates.renderer import Renderer, Words

NO_TICKET, NO_PARTY = 0, 0
"""In the Message-ID of a mail about no request: ours all the same."""
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


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A mail about no request: of a team, or of the whole site where `team` is None."""

    kind: str
    team: Team | None
    to: Party
    now: datetime
    subject: str = ""
    in_reply_to: str | None = None
    held: tuple[HeldMailWords, ...] = ()
    held_more: int = 0


class _Reader(NamedTuple):
    """Who gets a copy: the party in whose name it may be answered, where it goes, and whom its To shows."""

    party: TicketParty
    recipient: str
    to: Mailbox
    purpose: Purpose


class _Manner(NamedTuple):
    """What sets an acknowledgement, a notice and an answer apart."""

    kind: str
    from_: Mailbox
    auto_submitted: str | None
    cc: tuple[Mailbox, ...] = ()
    null_sender: bool = False
    threaded: bool = True


def parts_of(message: Message, raw: bytes, raw_sha256: str, limits: ReadingLimits) -> tuple[Part, ...]:
    """A mail's attachments, to be passed on: copied from the stored mail where possible, else decoded and carried."""
    return tuple(
        Part(
            filename=a.filename,
            content_type=a.content_type,
            inline=a.inline,
            content_id=a.content_id,
            content=None if a.span else content(raw, a.index, limits),
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
        received_at=whole_minute(received_at),
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
        manner = _Manner(
            kind="ack",
            from_=Mailbox(team.name, about.ticket.alias),
            auto_submitted="auto-replied",
            null_sender=not self._signed_acks,
            threaded=False,
        )
        shown = Mailbox(requester.name if to == requester.address else "", to)
        (mail,) = self._mails(about, words, manner, [_Reader(requester, to, shown, Purpose.REQUESTER)])
        return mail

    def notices(self, about: About, template: str, staff: Sequence[TicketParty], kind: str = "notice") -> list[NewMail]:
        """The same notice to each of `staff`, each with a personal reply address.

        `kind` ``alarm``: it tells that a notice was lost, and if it is lost itself nobody is told.
        """
        if not staff:
            return []
        team = self._team(about.ticket)
        words = self._words(template, about, person("", ""))
        words = replace(words, text=f"{STAFF_ONLY}\n\n{words.text}")
        author = about.mail.author if about.mail else person("", "")
        shown = f"{author.name or author.address} via {team.name}" if author.address else team.name
        manner = _Manner(kind, Mailbox(shown, about.ticket.alias), "auto-generated")
        readers = [_Reader(p, p.address, Mailbox(p.name, p.address), Purpose.STAFF) for p in staff]
        return self._mails(about, words, manner, readers)

    def answers(self, about: About, template: str, by: Party, to: Sequence[TicketParty]) -> list[NewMail]:
        """A staff member's words to the requester and the participants, from the team's address.  A human mail."""
        team = self._team(about.ticket)
        words = self._words(template, about, person(to[0].name, to[0].address))
        shown, *others = (Mailbox(party.name, party.address) for party in to)
        from_ = Mailbox(f"{by.name}, {team.name}" if by.name else team.name, about.ticket.alias)
        manner = _Manner("reply", from_, auto_submitted=None, cc=tuple(others))
        readers: dict[str, _Reader] = {}
        for party in to:
            for address in self._reached(party):
                readers.setdefault(comparable(address), _Reader(party, address, shown, _purpose(party)))
        return self._mails(about, words, manner, list(readers.values()))

    def bulletin(self, template: str, about: Bulletin) -> NewMail:
        """The mail, with the null return path.  An answer to a notice goes to the admins, to any other mail to the team."""
        site, is_notice = self._desk.site, about.kind == "notice"
        team = about.team or next(iter(self._desk.teams.values()))
        words = self._renderer.render(template, team.language, self._bulletin_context(about))
        message_id = make_message_id(self._keys.ring, site.domain, NO_TICKET, NO_PARTY, self._nonce())
        outgoing = Outgoing(
            from_=Mailbox(about.team.name if about.team else f"Deskgate at {site.name}", team.address),
            to=(Mailbox(about.to.name, about.to.address),),
            reply_to=Mailbox("", site.admins[0]) if is_notice else None,
            subject=words.subject,
            date=about.now,
            message_id=message_id,
            in_reply_to=about.in_reply_to,
            references=(about.in_reply_to,) if about.in_reply_to else (),
            auto_submitted="auto-generated" if is_notice else "auto-replied",
            suppress_auto_responses=True,
            instance=self._keys.instance,
            language=team.language,
            text=words.text,
        )
        return NewMail(
            ticket_id=None,
            entry_id=None,
            kind=about.kind,
            recipient=about.to.address,
            envelope_from="",
            message_id=message_id,
            literal=build(outgoing).literal,
            splices=(),
            created_at=about.now,
        )

    def _bulletin_context(self, about: Bulletin) -> Context:
        site, team = self._desk.site, about.team
        nobody = TeamWords("", site.name, "", "", "", "", site.zone, {})
        return Context(
            site=self._site,
            team=self._team_words(team, about.now) if team else nobody,
            ticket=TicketWords("", about.subject, "", "", "", "", about.now),
            person=person(about.to.name, about.to.address),
            language=team.language if team else site.language,
            held=about.held,
            held_more=about.held_more,
            now=about.now,
        )

    def _reached(self, party: TicketParty) -> tuple[str, ...]:
        """Where a mail to this party goes: to a team that asked another team, each of its members gets a copy.

        To its alias it would come back to us, as mail of our own.
        """
        team = self._desk.team_of_alias(party.address)
        return (party.address,) if team is None else team.members

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

    def _mails(self, about: About, words: Words, manner: _Manner, readers: Sequence[_Reader]) -> list[NewMail]:
        """The same words to each of the readers, each with a reply address and a Message-ID of their own."""
        faces = [self._face(about, manner.from_.name, reader) for reader in readers]
        copies = build_each(self._outgoing(about, words, manner, faces[0]), faces)
        return [
            self._new_mail(about, manner, reader, face.message_id, built)
            for reader, face, built in zip(readers, faces, copies, strict=True)
        ]

    def _face(self, about: About, from_name: str, reader: _Reader) -> Face:
        site, ring, ticket, number = self._desk.site, self._keys.ring, about.ticket, reader.party.number
        reply_to = reply_address(site, ring, ticket.alias, (reader.purpose, ticket.id, number, about.now.date()))
        return Face(
            to=(reader.to,),
            reply_to=Mailbox(from_name, reply_to) if reply_to else None,
            message_id=make_message_id(ring, site.domain, ticket.id, number, self._nonce()),
        )

    def _outgoing(self, about: About, words: Words, manner: _Manner, first: Face) -> Outgoing:
        earlier = about.ticket.last_message_ids if manner.threaded else ()
        cited = about.in_reply_to or (earlier[-1] if earlier else None)
        return Outgoing(
            from_=manner.from_,
            to=first.to,
            cc=manner.cc,
            reply_to=first.reply_to,
            subject=words.subject,
            date=about.now,
            message_id=first.message_id,
            in_reply_to=cited,
            references=tuple(dict.fromkeys((*earlier, *((cited,) if cited else ())))),
            auto_submitted=manner.auto_submitted,
            suppress_auto_responses=manner.auto_submitted is not None,
            instance=self._keys.instance,
            language=self._team(about.ticket).language,
            text=words.text,
            parts=about.parts if manner.kind != "ack" else (),
        )

    def _new_mail(self, about: About, manner: _Manner, reader: _Reader, message_id: str, built: Built) -> NewMail:
        return NewMail(
            ticket_id=about.ticket.id,
            entry_id=about.entry_id,
            kind=manner.kind,
            recipient=reader.recipient,
            envelope_from="" if manner.null_sender else self._bounce_address(about, reader.party),
            message_id=message_id,
            literal=built.literal,
            splices=tuple((s.at, s.sha256, s.start, s.end) for s in built.splices),
            created_at=about.now,
        )

    def _bounce_address(self, about: About, party: TicketParty) -> str:
        """Where a report goes that the mail did not reach this party."""
        ticket, token = about.ticket, (Purpose.BOUNCE, about.ticket.id, party.number, about.now.date())
        return reply_address(self._desk.site, self._keys.ring, ticket.alias, token) or ticket.alias


def _purpose(party: TicketParty) -> Purpose:
    return Purpose.REQUESTER if party.role == "requester" else Purpose.PARTICIPANT
