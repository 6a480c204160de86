"""Mails to the site's operators: what only somebody with access to servers can put right.

They are about no request.  They come from the first team's address, carry the null return path so that nothing comes
back, and an answer to them goes to the operators themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from gateway.config.settings import Mailbox as MailboxSettings
from gateway.keys import Keys
from gateway.wording import person, site_words, whole_minute
from routing.identity import make_message_id
from routing.teams import Desk
from store.database import Tx
from store.outbox import NewMail, Outbox
from templates.context import Context, SourceWords, TeamWords, TicketWords
from templates.mail import Mailbox, Outgoing, build
from templates.renderer import Renderer

NO_TICKET, NO_PARTY = 0, 0
"""In the Message-ID: ours, but of no request."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A mailbox that is not read: its name and server, since when (UTC; when all is well: when it was told), what the
    server said, what to do.
    """

    name: str
    host: str
    since: datetime
    reason: str = ""
    advice: str = ""


log = structlog.get_logger("operator")

LOOK_CLOSER = "Run deskgate doctor on the machine. It tries the mailbox at once and says what to do"


class Operator:
    """Writes to `site.admins`.  `nonce` gives 40 random bits for each Message-ID, `now` the moment (UTC)."""

    def __init__(
        self,
        desk: Desk,
        keys: Keys,
        renderer: Renderer,
        outbox: Outbox,
        nonce: Callable[[], int],
        now: Callable[[], datetime],
    ) -> None:
        self._desk, self._keys, self._renderer, self._outbox = desk, keys, renderer, outbox
        self._nonce, self._now = nonce, now

    def on_trouble(self, tx: Tx, mailbox: MailboxSettings, since: datetime, error: str) -> None:
        """Tell that a mailbox cannot be read.  In the transaction that remembers it was told."""
        log.error("the mailbox is not read", mailbox=mailbox.name, since=since.isoformat(), problem=error)
        self._write(tx, "operator_source_silent", Trouble(mailbox.name, mailbox.host, since, error, LOOK_CLOSER))

    def on_well(self, tx: Tx, mailbox: MailboxSettings, told_at: datetime) -> None:
        """Tell that it is read again."""
        log.info("the mailbox is read again", mailbox=mailbox.name)
        self._write(tx, "operator_source_well", Trouble(mailbox.name, mailbox.host, told_at))

    def on_left(self, tx: Tx, mailbox: MailboxSettings, folder: str, reason: str) -> None:
        """A single mail stays in the mailbox: the log and `deskgate status` say so, nobody is mailed."""

    def _write(self, tx: Tx, template: str, trouble: Trouble) -> None:
        desk, now = self._desk, self._now()
        words = self._renderer.render(template, desk.site.language, self._context(trouble, now))
        first = next(iter(desk.teams.values()))
        admins = tuple(Mailbox("", address) for address in desk.site.admins)
        for admin in admins:
            message_id = make_message_id(self._keys.ring, desk.site.domain, NO_TICKET, NO_PARTY, self._nonce())
            outgoing = Outgoing(
                from_=Mailbox(f"Deskgate at {desk.site.name}", first.address),
                to=(admin,),
                reply_to=admins[0],
                subject=words.subject,
                date=now,
                message_id=message_id,
                auto_submitted="auto-generated",
                suppress_auto_responses=True,
                instance=self._keys.instance,
                language=desk.site.language,
                text=words.text,
            )
            self._outbox.add(tx, [_row(admin.address, message_id, build(outgoing).literal, now)])

    def _context(self, trouble: Trouble, now: datetime) -> Context:
        site = self._desk.site
        nobody: Mapping[int, tuple[tuple[int, int], ...]] = {}
        return Context(
            site=site_words(site),
            team=TeamWords("", site.name, "", "", "", "", site.zone, nobody),
            ticket=TicketWords("", "", "", "", "", "", now),
            person=person("", ""),
            reason=trouble.reason,
            language=site.language,
            source=SourceWords(trouble.name, trouble.host, whole_minute(trouble.since), trouble.advice),
            now=now,
        )


def _row(recipient: str, message_id: str, literal: bytes, now: datetime) -> NewMail:
    return NewMail(
        ticket_id=None,
        entry_id=None,
        kind="operator",
        recipient=recipient,
        envelope_from="",
        message_id=message_id,
        literal=literal,
        splices=(),
        created_at=now,
    )
