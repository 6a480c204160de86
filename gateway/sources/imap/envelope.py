"""For whom a mail in a mailbox is, and who sent it: what SMTP would have said, as far as the mail still tells.

A reply address is believed only where the site's own mail server wrote it at delivery (the configured field, its topmost
occurrence).  One that merely stands in To or Cc gives no right: everybody can write there (mail-safety 5.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from gateway.config.settings import Mailbox
from gateway.intake import recipients
from parsers.addresses import parties, text_of
from parsers.fields import Block, read_block
from parsers.message import Envelope, comparable
from parsers.peek import peek
from routing.teams import Desk

MOST_ADDRESSES = 100
_ANGLED = re.compile(r"<([^<>\s]*)>")


class EnvelopeReader:
    """Reads envelopes for one mailbox."""

    def __init__(self, mailbox: Mailbox, desk: Desk, source: str) -> None:
        self._mailbox, self._desk, self._source = mailbox, desk, source
        self._accepts = recipients(desk).accepts
        self._header = (mailbox.recipient_header or "").lower()

    def read(self, raw: bytes, now: datetime) -> Envelope:
        """The envelope; `now` is when we got the mail, UTC.  Never raises for what stands in it."""
        block = read_block(raw)
        return Envelope(
            sender=_sender(block, raw),
            recipients=self._recipients(block),
            peer=self._mailbox.host,
            source=self._source,
            received_at=now,
        )

    def _recipients(self, block: Block) -> tuple[str, ...]:
        delivered = self._delivered_to(block)
        aliases = self._mailbox.aliases
        if delivered and (not aliases or self._is_reply_address(delivered)):
            return (delivered,)
        named = tuple(dict.fromkeys(alias for address in _written(block) if (alias := self._alias(address))))
        if not aliases:
            return named
        bound = {comparable(alias): alias for alias in aliases}
        return tuple(bound[comparable(alias)] for alias in named if comparable(alias) in bound) or aliases

    def _delivered_to(self, block: Block) -> str | None:
        """The address in the configured field, when it is one of ours."""
        if not self._header or not (value := block.first(self._header)):
            return None
        found = parties(text_of(value))
        address = found[0].address if found else ""
        return address if address and self._accepts(address) else None

    def _is_reply_address(self, address: str) -> bool:
        """Not the address of an alias itself: it may carry a token."""
        return comparable(address) not in self._desk.alias_addresses

    def _alias(self, address: str) -> str | None:
        """The alias behind an address, without what hangs on it."""
        team = self._desk.team_of_alias(address)
        if team is None:
            return None
        local, _, domain = comparable(address).rpartition("@")
        plain = (f"{local}@{domain}", f"{local.partition('+')[0]}@{domain}")
        return next((alias for one in plain for alias in team.aliases if comparable(alias) == one), None)


def _written(block: Block) -> Iterator[str]:
    """The addresses in To and Cc, those of a forwarding server first (RFC 5322 3.6.6)."""
    seen = 0
    for key in ("resent-to", "resent-cc", "to", "cc"):
        for value in block.all(key):
            for party in parties(text_of(value)):
                seen += 1
                if seen > MOST_ADDRESSES:
                    return
                yield party.address


def _sender(block: Block, raw: bytes) -> str:
    """What the last server wrote as Return-Path; without one the author, as a pipe does."""
    value = text_of(block.first("return-path")).strip()
    if not value:
        return peek(raw).from_address
    angled = _ANGLED.search(value)
    if angled:
        return angled[1]
    return value if "@" in value and " " not in value else peek(raw).from_address
