"""The values that reading a mail gives: frozen, plain, and the same for the same bytes.

``raw`` always means the bytes of a mail, never "message".  A Message is what was understood of them (RFC 5322); an
Envelope is what the transport said about them (RFC 5321).  Addresses are kept as written for showing; whoever compares
two of them uses `comparable`.

None of them has slots: they travel between processes, and Python 3.11 unpickles a frozen class with slots field by field,
four times slower.
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime


class Kind(enum.StrEnum):
    """What sort of mail it is (RFC 3834, 3464, 8098, 5965); decided in `parsers.kind`, first match wins."""

    PERSON = "person"
    AUTO_REPLY = "auto-reply"
    AUTO_GENERATED = "auto-generated"
    BOUNCE = "bounce"
    RECEIPT = "receipt"
    COMPLAINT = "complaint"
    LIST = "list"
    BULK = "bulk"
    OWN = "own"
    LOOP = "loop"
    NULL = "null"
    ROLE = "role"


@dataclass(frozen=True)
class Party:
    """A person by address.  `address` is local@domain without brackets, as written; `name` is decoded, may be empty."""

    name: str
    address: str


def comparable(address: str) -> str:
    """The form in which two addresses are compared: lower case, the domain as A-labels (RFC 5890).

    The local part is lower-cased too: RFC 5321 2.4 would allow a server to tell ``Ann@`` from ``ann@``, none that people
    use does, and treating them as two persons would split conversations.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return address.strip().lower()
    domain = domain.rstrip(".").lower()
    if not domain.isascii():
        with contextlib.suppress(UnicodeError):  # an impossible domain stays as it is and equals nothing but itself
            domain = domain.encode("idna").decode("ascii")
    return f"{local.lower()}@{domain}"


@dataclass(frozen=True)
class Envelope:
    """What the transport said: MAIL FROM (``""`` is the null sender), RCPT TO, and who spoke to us when (UTC)."""

    sender: str
    recipients: tuple[str, ...]
    peer: str = ""
    source: str = ""
    received_at: datetime | None = None


@dataclass(frozen=True)
class Span:
    """Where an encoded leaf body lies in `raw`: bytes ``raw[start:end]``, in `encoding` (``base64`` or ``7bit`` …).

    Given only where the slice may be copied into another mail as it stands: ASCII, CRLF line ends, no line over 998
    bytes (RFC 5321 4.5.3.1.6).
    """

    start: int
    end: int
    encoding: str


@dataclass(frozen=True)
class Attachment:
    """A part that is not body text.  Its content stays in `raw`; `index` (from 0, in tree order) finds it again."""

    index: int
    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    content_id: str = ""
    span: Span | None = None


@dataclass(frozen=True)
class Citations:
    """Ids this mail refers to, nearest first, without angle brackets and without repeats; at most 50."""

    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bounce:
    """A delivery report (RFC 3464): who could not be reached, the status as written, and the reason in a small set."""

    recipients: tuple[str, ...]
    status: str
    reason: str
    diagnostic: str
    original_message_id: str | None = None
    action: str = ""
    """What was done (RFC 3464 2.3.3): failed, delayed …; empty where the report does not say."""


NOTHING_OWN = "no line of this mail is its own, so all of it is shown"
"""Why a reply is the whole text: nothing would have remained.  Good for showing, never for sending on."""


@dataclass(frozen=True)
class Cut:
    """Lines that were left out of the reply text, and why (``quote``, ``signature``, ``header`` …)."""

    why: str
    text: str


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the mail itself cannot say but its kind depends on.  The defaults are those of a lone file.

    `envelope_from` None means unknown (the Return-Path field is asked); ``""`` is the null sender.  `is_own_id` tells
    whether a Message-ID carries this site's signature; `own_addresses` are in the form of `comparable`.
    """

    envelope_from: str | None = None
    own_addresses: frozenset[str] = frozenset()
    own_instance: str = ""
    is_own_id: Callable[[str], bool] = field(default=lambda _message_id: False)
    to_return_path: bool = False
    to_reply_address: bool = False
    proven: bool = False


@dataclass(frozen=True)
class Message:
    """One mail, understood.  Lists keep the mail's order; texts have ``\\n`` line ends and no NUL or lone surrogate."""

    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    from_: Party | None
    """The From to show; None if there is none."""
    identity: str | None
    """The comparable address when From is exactly one mailbox in strict grammar, else None: no identity."""
    to: tuple[Party, ...]
    cc: tuple[Party, ...]
    reply_to: tuple[Party, ...]
    subject: str
    date: datetime | None
    """As the sender claims, aware; never used to order anything."""
    text: str
    """The whole text (from text/plain, else from HTML)."""
    reply: str
    """What this mail adds: no quoted history, no signature.  Never empty when `text` is not."""
    html: str | None
    """Sanitised, nothing remote."""
    cut: tuple[Cut, ...]
    attachments: tuple[Attachment, ...]
    kind: Kind
    kind_reason: str
    bounce: Bounce | None
    citations: Citations
    headers: tuple[tuple[str, str], ...]
    """Every field of the header block, names as written, values unfolded and decoded, within the limits."""
    content_key: str
    """Hex SHA-256 of the canonical content: the same mail by another way has the same key (`parsers.fingerprint`)."""
    size: int
    defects: tuple[str, ...]
    complete: bool
    """False when a structure limit was crossed and only part of the mail was understood."""
    calendar: str = ""
    """Its invitations or their answers in words (what, when, where), "" if there are none.  Where the mail says nothing
    else they are its text."""
    anonymous: bool = False
    """From names nobody at all (there is none, or it is empty), so that `identity` is None; an ambiguous From is not."""

    def shown(self, whole: bool) -> str:
        """What people read of it: what it adds, or its `whole` text; and to what it invites, though the text be silent."""
        words = self.text if whole else self.reply
        return f"{words}\n\n{self.calendar}" if self.calendar and self.calendar not in words else words

    @property
    def says_something(self) -> bool:
        """Whether the reply has words of its own: a bare quotation or signature has none."""
        return bool(self.reply.strip()) and all(cut.why != NOTHING_OWN for cut in self.cut)

    def header(self, name: str) -> tuple[str, ...]:
        """All values of a header field, in order; names are compared without regard to case."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)
