"""Who may touch what: signed addresses and signed Message-IDs.  How well a sender is proven: `routing.proving`.

A number names, a token permits.  Every address Deskgate gives out carries a token that binds a ticket, a party of that
ticket, a purpose, the day and the mailbox with a MAC (HMAC-SHA-256); no table of tokens exists, so a restored backup still
knows them all.  Tokens use only ``a-z2-7`` and ``-``: some mail systems change case, others cut at a second ``+``.
"""

from __future__ import annotations

import base64
import enum
import hmac
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from parsers.message import comparable
from routing.proof import Proof as Proof  # noqa: PLC0414 - given on: those who ask for tokens ask for proof, too
from routing.teams import Site

VERSION = 1
KEY_IDS = "abcdefghijklmnopqrstuvwxyz234567"
TOKEN_LENGTH = 38
LONGEST_MAILBOX = 25
"""Longest local part of an alias that leaves room for ``+`` and a token within 64 octets (RFC 5321 4.5.3.1.1)."""
REPLY_LIFE = timedelta(days=400)
BOUNCE_LIFE = timedelta(days=10)
_EPOCH = date(1970, 1, 1)
_PAIRS = tuple(first + second for first in KEY_IDS for second in KEY_IDS)
"""Ten bits as two letters.  A mail of ours takes six numbers in base 32; that adds up."""


class Purpose(enum.IntEnum):
    """What a reply address is for; bound by the MAC, so that one never works as another."""

    REQUESTER = 1
    PARTICIPANT = 2
    STAFF = 3
    BOUNCE = 4
    LEAVE = 5


@dataclass(frozen=True, slots=True)
class Key:
    """One signing key: a letter of `KEY_IDS`, 32 random bytes, and the day (UTC) it was made."""

    id: str
    secret: bytes
    created: date
    retired: date | None = None
    """Since when what it signed counts as expired."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The first key signs, all verify.  What a retired key signed is expired, what a key that is gone signed is unknown."""

    keys: tuple[Key, ...]

    @property
    def signing(self) -> Key:
        """The key that signs."""
        return self.keys[0]

    def find(self, key_id: str) -> Key | None:
        """The key with this letter, or None."""
        return next((key for key in self.keys if key.id == key_id), None)


@dataclass(frozen=True, slots=True)
class Token:
    """What a genuine reply address says."""

    purpose: Purpose
    ticket: int
    party: int
    issued: date
    mailbox: str
    retired: bool = False
    """The key that signed it was retired."""

    @property
    def issued_day(self) -> int:
        """Days from 1 January 1970 to the day of issue."""
        return (self.issued - _EPOCH).days


@dataclass(frozen=True, slots=True)
class OwnId:
    """What a genuine Message-ID of ours says: the ticket, and the party the mail went to."""

    ticket: int
    party: int


def _base32(data: bytes) -> str:
    """RFC 4648 6 in small letters, without padding."""
    letters = -(-len(data) * 8 // 5)
    even = letters + letters % 2
    number = int.from_bytes(data, "big") << even * 5 - len(data) * 8
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(even * 5 - 10, -10, -10)])[:letters]


def _unbase32(text: str) -> bytes | None:
    try:
        return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError:
        return None


def _mac(key: Key, label: str, mailbox: str, body: str, length: int) -> str:
    signed = f"{label}\0{mailbox}\0{body}".encode()
    return _base32(hmac.digest(key.secret, signed, "sha256")[:10])[:length]


def make_token(ring: KeyRing, purpose: Purpose, ticket: int, party: int, issued: date, mailbox: str) -> str:
    """``t`` key-id ``-`` body(18) ``-`` mac(16).  `mailbox` is the comparable address or domain it hangs on."""
    number = (VERSION << 84) | (purpose << 80) | (ticket << 40) | (party << 16) | (issued - _EPOCH).days
    body = _base32(number.to_bytes(11, "big"))
    key = ring.signing
    return f"t{key.id}-{body}-{_mac(key, _label(purpose), mailbox, body, 16)}"


def _label(purpose: Purpose) -> str:
    return "deskgate-bounce-v1" if purpose is Purpose.BOUNCE else "deskgate-reply-v1"


def read_token(ring: KeyRing, text: str, mailbox: str) -> Token | None:
    """The token, if its MAC is genuine for this mailbox; None for anything else.  Constant time in the secret part."""
    text = text.lower()
    if len(text) != TOKEN_LENGTH or text[0] != "t" or text[2] != "-" or text[21] != "-":
        return None
    key, body, mac = ring.find(text[1]), text[3:21], text[22:]
    data = _unbase32(body)
    if key is None or data is None or len(data) != 11 or not mac.isascii():
        return None
    number = int.from_bytes(data, "big")
    if number >> 84 != VERSION or not 1 <= (kind := number >> 80 & 15) <= max(Purpose):
        return None
    purpose = Purpose(kind)
    if not hmac.compare_digest(mac, _mac(key, _label(purpose), mailbox, body, 16)):
        return None
    issued = _EPOCH + timedelta(days=number & 0xFFFF)
    ticket, party = number >> 40 & (1 << 40) - 1, number >> 16 & (1 << 24) - 1
    return Token(purpose, ticket, party, issued, mailbox, retired=key.retired is not None)


def reply_address(site: Site, ring: KeyRing, alias: str, token: tuple[Purpose, int, int, date]) -> str | None:
    """The address a reply shall go to: a subaddress of `alias`, or on the site's reply domain; None when switched off."""
    if site.reply_addresses == "none":
        return None
    if site.reply_addresses == "subaddress":
        local, _, domain = alias.rpartition("@")
        return f"{local}+{make_token(ring, *token, comparable(alias))}@{domain}"
    return f"{make_token(ring, *token, site.reply_addresses)}@{site.reply_addresses}"


def looks_signed(site: Site, address: str) -> bool:
    """Whether an envelope recipient has the shape of a reply address.  Good and bad ones look alike (no guessing)."""
    local, _, domain = comparable(address).rpartition("@")
    if domain == site.reply_addresses:
        return len(local) == TOKEN_LENGTH
    return "+" in local and site.reply_addresses == "subaddress"


def token_of(site: Site, ring: KeyRing, address: str) -> Token | None:
    """The genuine token in an envelope recipient, or None."""
    local, _, domain = comparable(address).rpartition("@")
    if site.reply_addresses == "subaddress":
        mailbox, _, text = local.partition("+")
        return read_token(ring, text, f"{mailbox}@{domain}")
    if domain == site.reply_addresses:
        return read_token(ring, local, domain)
    return None


def make_message_id(ring: KeyRing, domain: str, ticket: int, party: int, nonce: int) -> str:
    """A Message-ID of ours, without angle brackets; `nonce` is 40 random bits (mail-safety 5.3: own mail knows itself)."""
    key = ring.signing
    body = _base32((ticket << 64 | party << 40 | nonce).to_bytes(13, "big"))
    return f"dg.{key.id}{body}.{_mac(key, 'deskgate-mid-v1', domain, body, 13)}@{domain}"


def read_message_id(ring: KeyRing, domain: str, message_id: str) -> OwnId | None:
    """What a Message-ID of ours says; None when it is not ours or its MAC is wrong."""
    left, at, right = message_id.lower().rpartition("@")
    parts = left.split(".")
    if not at or right != domain.lower() or len(parts) != 3 or parts[0] != "dg" or len(parts[1]) != 22:
        return None
    key, body = ring.find(parts[1][0]), parts[1][1:]
    data = _unbase32(body)
    if key is None or data is None or len(data) != 13 or not parts[2].isascii():
        return None
    if not hmac.compare_digest(parts[2], _mac(key, "deskgate-mid-v1", domain, body, 13)):
        return None
    number = int.from_bytes(data, "big")
    return OwnId(number >> 64, number >> 40 & (1 << 24) - 1)


def expired(token: Token, now: datetime, closed_at: datetime | None, reopen_within: timedelta) -> bool:
    """Whether a genuine token is past its life: 400 days from issue, `reopen_within` after the ticket was closed, or with
    the key that signed it.
    """
    if token.retired:
        return True
    life = BOUNCE_LIFE if token.purpose is Purpose.BOUNCE else REPLY_LIFE
    if now.astimezone(UTC).date() - token.issued > life:
        return True
    return closed_at is not None and now - closed_at > reopen_within
