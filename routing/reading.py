"""One mail, read as this desk reads it: parsed, its kind decided, its tokens checked, its team chosen.

This is all that can be known without the database.  It runs in a reader process with limits; what comes back is a plain
value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from parsers.message import Circumstances, Envelope, Message
from parsers.parse import parse
from routing.history import is_quiet
from routing.identity import KeyRing, OwnId, Proof, Purpose, Token, read_message_id, token_of
from routing.ownwords import look_of
from routing.proving import prove
from routing.router import Decision, route
from routing.teams import Desk

MOST_TAGS = 5


@dataclass(frozen=True)
class Reading:
    """What a mail is, whom it cites, and who should have it."""

    message: Message
    proof: Proof
    tokens: tuple[Token, ...]
    """Genuine tokens among the envelope recipients, in their order."""
    own_ids: tuple[tuple[str, OwnId], ...]
    """Cited Message-IDs that are ours, nearest first; behind them reply addresses that only the header names."""
    tags: tuple[str, ...]
    """References named in the subject, for example ``ACME-1042``."""
    decision: Decision | None
    """None when no recipient is an alias of a team (a reply domain of its own)."""
    proof_reason: str = ""
    """Why `proof` is what it is, in words for people."""
    checked: str = ""
    """What our own check of the sender found, as an Authentication-Results value; empty: there was none."""
    look: str | None = None
    """Of a colleague's mail with HTML: what the HTML itself says, apart from quotes; None of all others."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Everything a reading needs besides the mail; sent once to every reader process."""

    desk: Desk
    ring: KeyRing
    instance: str
    """What our own mails carry in X-Deskgate-Instance."""

    def read(self, raw: bytes, envelope: Envelope, checked: str = "") -> Reading:
        """Read one mail; `checked` as in Reading.  Never raises for what stands in the mail."""
        site = self.desk.site
        tokens = tuple(t for r in envelope.recipients if (t := token_of(site, self.ring, r)))
        own = partial(read_message_id, self.ring, site.domain)
        message = parse(raw, self._circumstances(envelope, tokens), self.desk.reading)
        verdict = prove(message, self.desk.trust, envelope, checked)
        if verdict.proof is Proof.PROVEN and message.identity in self.desk.alias_addresses:
            message = parse(raw, self._circumstances(envelope, tokens, proven=True), self.desk.reading)
        bounced = message.bounce.original_message_id if message.bounce else None
        named = (*((bounced,) if bounced else ()), *message.citations.message_ids)
        cited = ((mid, mine) for mid in dict.fromkeys(named) if (mine := own(mid)))
        return Reading(
            message=message,
            proof=verdict.proof,
            tokens=tokens,
            own_ids=(*cited, *self._named_in_header(message, envelope)),
            tags=subject_tags(message.subject, site.tag),
            decision=self._decide(message, envelope, verdict.proof),
            proof_reason=verdict.reason,
            checked=checked,
            look=look_of(message, self.desk.reading) if self._is_colleague(message.identity) else None,
        )

    def _is_colleague(self, identity: str | None) -> bool:
        if identity is None:
            return False
        return identity in self.desk.staff or identity.rpartition("@")[2] in self.desk.trust.domains

    def _named_in_header(self, message: Message, envelope: Envelope) -> tuple[tuple[str, OwnId], ...]:
        """Reply addresses in To and Cc of a mail out of a mailbox, where nobody tells the envelope's recipient.

        Everybody can write there, so they count as citations do: for participants only (mail-safety 5.2).
        """
        if not envelope.source.startswith("imap:"):
            return ()
        written = (party.address for party in (*message.to, *message.cc) if party.address not in envelope.recipients)
        tokens = ((address, token_of(self.desk.site, self.ring, address)) for address in written)
        return tuple(
            (address, OwnId(t.ticket, t.party)) for address, t in tokens if t and t.purpose is not Purpose.BOUNCE
        )

    def _circumstances(self, envelope: Envelope, tokens: tuple[Token, ...], proven: bool = False) -> Circumstances:
        return Circumstances(
            envelope_from=envelope.sender,
            own_addresses=self.desk.alias_addresses,
            own_instance=self.instance,
            is_own_id=partial(_is_own, self.ring, self.desk.site.domain),
            to_return_path=any(t.purpose is Purpose.BOUNCE for t in tokens),
            to_reply_address=any(t.purpose is not Purpose.BOUNCE for t in tokens),
            proven=proven or is_quiet(envelope.source),  # an archive of ours may hold what we wrote
        )

    def _decide(self, message: Message, envelope: Envelope, proof: Proof) -> Decision | None:
        if not any(self.desk.team_of_alias(recipient) for recipient in envelope.recipients):
            return None
        return route(message, envelope, self.desk, proof=proof)


def _is_own(ring: KeyRing, domain: str, message_id: str) -> bool:
    return read_message_id(ring, domain, message_id) is not None


def subject_tags(subject: str, tag: str) -> tuple[str, ...]:
    """References in square brackets that carry the site's tag, in order: ``Re: [ACME-1042] …``; at most five."""
    found = re.findall(rf"\[#?({re.escape(tag)}-[0-9]{{1,12}})\]", subject, re.IGNORECASE)
    return tuple(dict.fromkeys(ref.upper() for ref in found[:MOST_TAGS]))
