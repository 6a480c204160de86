"""May this mail be answered automatically?  RFC 3834, RFC 5230 4.5-4.6 and mail-safety 3.3, as a list of reasons not to.

Two questions, because the second needs counters from the store: `refusal` looks at the mail alone, `over_limit` at how
many acknowledgements went out already.  The first reason found is recorded with the mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsers.message import Envelope, Kind, comparable
from routing.identity import Proof
from routing.reading import Reading
from routing.teams import Desk

HOUR, DAY = 3600, 86400
_SILENCE_ASKED = {"all", "autoreply", "oof"}
_ROLE = re.compile(
    r"(mailer-daemon|postmaster|no-?reply.*|do-?not-?reply.*|owner-.*|.*-request|.*-owner|.*-bounces?|listserv"
    r"|majordomo|bounces?([+=-].*)?)",
)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@]{1,64}@[^\s<>()\[\],;:\\\"@]{1,255}")


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether an acknowledgement goes out, and why (not)."""

    send: bool
    reason: str


def refusal(reading: Reading, envelope: Envelope, desk: Desk) -> str | None:
    """The reason not to answer this mail automatically, or None."""
    message, target = reading.message, envelope.sender
    if message.kind is not Kind.PERSON:
        return f"the mail is not from a person ({message.kind}: {message.kind_reason})"
    if message.identity is None:
        return "the mail names no author (From), so whoever would be answered proves nothing"
    if reading.decision is None or not desk.teams[reading.decision.team].acknowledge:
        return "acknowledgements are switched off for this team"
    if reading.proof is Proof.FALSE:
        return "the sender is proven false by our border"
    if asks_for_silence(reading):
        return "the sender asks for no automatic answers (X-Auto-Response-Suppress)"
    if not addressed_to_us(reading, desk):
        return "none of our addresses stands in To or Cc"
    if (wrong := target_refusal(target, desk)) is not None:
        return wrong
    if any(desk.team_of_alias(party.address) for party in message.reply_to):
        return "Reply-To is an address of ours"
    return None


def target_refusal(target: str, desk: Desk) -> str | None:
    """Why no automatic mail goes to this envelope sender, or None (RFC 3834 4)."""
    if not target or not _ADDRESS.fullmatch(target):
        return "there is no envelope sender to answer"
    if desk.team_of_alias(target) or _ROLE.fullmatch(comparable(target).rpartition("@")[0]):
        return "the envelope sender is a machine or an address of ours"
    return None


def asks_for_silence(reading: Reading) -> bool:
    """X-Auto-Response-Suppress with All, AutoReply or OOF (MS-OXCMAIL); DR, RN and NRN alone do not matter."""
    values = ",".join(reading.message.header("X-Auto-Response-Suppress")).lower()
    return any(word.strip() in _SILENCE_ASKED for word in values.split(","))


def addressed_to_us(reading: Reading, desk: Desk) -> bool:
    """Whether an alias of ours stands in To, Cc, Resent-To or Resent-Cc (RFC 5230 4.5); Bcc and lists get no answer."""
    message = reading.message
    if any(desk.team_of_alias(party.address) for party in (*message.to, *message.cc)):
        return True
    resent = " ".join((*message.header("Resent-To"), *message.header("Resent-Cc")))
    words = re.split(r"[\s,;<>()\"]+", resent[:16_384])
    return any("@" in word and desk.team_of_alias(word) for word in words)


def is_address(text: str) -> bool:
    """Whether this is one address that mail can be sent to, without a name or brackets."""
    return _ADDRESS.fullmatch(text) is not None


def counters(target: str) -> tuple[tuple[str, int], ...]:
    """The counters an acknowledgement to `target` touches: (name, window in seconds)."""
    address = comparable(target)
    return (
        (f"ack:{address}", HOUR),
        (f"ack:{address}", DAY),
        (f"ack-domain:{address.rpartition('@')[2]}", HOUR),
        ("ack-site", HOUR),
    )


def over_limit(counts: tuple[int, ...], target: str, reading: Reading, desk: Desk) -> str | None:
    """The limit that is reached, or None.  `counts` are those of `counters`, in that order."""
    limits = desk.limits
    hour, day, domain, site = counts
    if hour >= limits.acks_per_address_hour:
        return f"{hour} acknowledgements went to this address within an hour"
    if day >= limits.acks_per_address_day:
        return f"{day} acknowledgements went to this address within a day"
    colleague = comparable(target).rpartition("@")[2] in desk.trust.domains
    if colleague and reading.proof is Proof.PROVEN:
        return None
    if domain >= limits.acks_per_domain_hour:
        return "too many acknowledgements to this domain within an hour"
    if site >= limits.acks_per_site_hour:
        return "too many acknowledgements within an hour"
    return None
