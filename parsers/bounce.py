"""Delivery reports: who could not be reached, with which status, and why; whatever program wrote them.

The standard form (RFC 3464) is believed first; then flufl.bounce, which knows many programs' own forms; then our own
reading of the text.  flufl is asked only about mail that already looks like a report: it takes some replies for one.
Every search looks at a bounded piece of text.
"""

from __future__ import annotations

import email
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from flufl.bounce import scan_message

from parsers import bounceforms as forms
from parsers import bouncereason, charset, dsn
from parsers.bouncetext import Told
from parsers.citations import message_id
from parsers.limits import LIMITS
from parsers.message import Bounce
from parsers.tree import Part

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)

_BLANKS: Final = re.compile(r"[\s>*|]+")
_TRANSCRIPT: Final = re.compile(
    r"\b[45]\d\d[ -]{1,3}#?[45]\.\d{1,2}\.\d{1,3}\b|\b55\d[ :-]{1,3}\S|RCPT TO:", re.IGNORECASE
)
_ANSWERS: Final = re.compile(r"(?:re|fwd?|aw|wg|tr|sv|vs|rv|antw)\s?:", re.IGNORECASE)
_ORIGINAL_ID: Final = re.compile(
    rb"^[ \t>]{0,8}Message-ID:[ \t]*(?:\r?\n[ \t]+)?(<[^\r\n<>]{1,998}>)", re.IGNORECASE | re.MULTILINE
)
_STATUS_PARTS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_COPIES: Final = frozenset(
    {
        "message/rfc822",
        "text/rfc822-headers",
        "message/global",
        "message/global-headers",
        "message/rfc822-headers",
        "message/partial",
    }
)


@dataclass(frozen=True)
class Suspect:
    """What is known of a mail that may be a report."""

    raw: bytes
    root: Part
    text: str
    subject: str
    from_name: str
    from_address: str
    recipients: tuple[str, ...]
    """To whom the report itself was sent, in lower case."""
    failed_recipients: str
    """The value of X-Failed-Recipients."""
    automatic: bool
    """The null sender, or Auto-Submitted says that a program wrote it."""
    from_somebody: bool = False
    """The envelope is known and names a sender: a report would come from nobody (RFC 5321 4.5.5)."""

    @cached_property
    def told(self) -> Told:
        """The report's own text, without the copy of what was returned."""
        return Told.of(self.text[: LIMITS.bounce_chars])


def looks_like(suspect: Suspect) -> bool:
    """Whether a mail that carries no RFC 3464 part is a report all the same; two signs of different sort are needed.

    Where neither the sender nor the envelope is a machine's, people's worries about lost mail must not pass for reports:
    subject, sentence and an address or an SMTP reply are all needed.
    """
    if suspect.failed_recipients:
        return True
    named = _is_machine(suspect)
    machine = suspect.automatic or named
    subject = _by_subject(suspect.subject)
    if not (machine or subject):
        return False
    if any(part.type.value in _STATUS_PARTS for part in suspect.root.walk()):
        return True
    if suspect.from_somebody and not machine:
        return False  # a person who writes about a bounce, or pastes one, is a person
    opening = _BLANKS.sub(" ", suspect.told.report[:3000]).lower()
    sentence = any(one in opening for one in forms.SENTENCES)
    if machine and (subject or sentence or bool(named and _TRANSCRIPT.search(opening))):
        return True
    if named != subject and not sentence:
        return bool(_by_library(suspect.raw))
    return subject and sentence and bool(_TRANSCRIPT.search(opening) or dsn.ADDRESS.search(opening))


def _is_machine(suspect: Suspect) -> bool:
    local = suspect.from_address.partition("@")[0].strip('"').lower()
    name = suspect.from_name.lower()
    return local in forms.SENDERS or local.startswith("mailer-daemon") or any(one in name for one in forms.SENDER_NAMES)


def _by_subject(subject: str) -> bool:
    lower = subject[:300].lower()
    return not (_ANSWERS.match(lower) and "delivery failed" not in lower) and any(
        one in lower for one in forms.SUBJECTS
    )


def read(suspect: Suspect) -> Bounce:
    """The report as a value; recipients may be empty when nobody can be named."""
    reports = [part for part in suspect.root.walk() if part.type.value in _STATUS_PARTS]
    failed = [one for part in reports for one in dsn.recipients(part.content()[0])]
    bad = [one for one in failed if one.action not in ("delivered", "relayed", "expanded")] or failed
    addresses = _unique(one.recipient for one in bad) or _others(suspect)
    diagnostic = next((one.diagnostic for one in bad if one.diagnostic), "")
    first = addresses[0] if addresses else ""
    fields = " ".join(one.diagnostic for one in bad[:5])
    said = fields or suspect.told.diagnostic(first)
    status = _status(bad, fields, suspect.told)
    action = next((one.action for one in bad if one.action), "")
    about = suspect.told.about(first)
    reason = bouncereason.reason_of(status, said, f"{about} {suspect.subject}", action)
    return Bounce(
        recipients=tuple(addresses[: LIMITS.bounce_recipients]),
        status=status or bouncereason.STATUS_OF.get(reason, ""),
        reason=reason,
        diagnostic=diagnostic or suspect.told.diagnostic(first),
        original_message_id=_original(suspect),
    )


def _others(suspect: Suspect) -> list[str]:
    """Recipients of a report that has no RFC 3464 part: the field, the library, the text."""
    named = _unique(dsn.ADDRESS.findall(suspect.failed_recipients))
    if named:
        return named
    found = [
        one for one in _by_library(suspect.raw) if one.lower() not in suspect.recipients or len(suspect.recipients) > 5
    ]
    return found or suspect.told.recipients(suspect.recipients)


def _unique(addresses: Iterable[str]) -> list[str]:
    seen: dict[str, str] = {}
    for one in addresses:
        seen.setdefault(one.lower(), one)
    return list(seen.values())


def _by_library(raw: bytes) -> list[str]:
    try:
        found = scan_message(email.message_from_bytes(raw[: LIMITS.peek_bytes]))
    except Exception:  # noqa: BLE001 - it raises IndexError and others on mail without a usable From
        return []
    return [one for one in (charset.decode(each).text.strip("<>() ") for each in sorted(found)) if "@" in one]


def _status(failed: list[dsn.Failed], said: str, told: Told) -> str:
    """The status as in the report: what the refusing server said, then the field, then the text; ``5.0.0`` says little."""
    fields = [one.status for one in failed if one.status]
    exact = next((one for one in fields if not one.endswith(".0.0")), "")
    spoken = dsn.STATUS.search(said)
    if spoken and not spoken[0].endswith(".0.0"):
        return spoken[0]
    return exact or (spoken[0] if spoken else "") or told.status or (fields[0] if fields else "")


def _original(suspect: Suspect) -> str | None:
    """The Message-ID of the mail that was returned: from its attached copy, else from a copy in the text."""
    for part in suspect.root.walk():
        if part.type.value in _COPIES:
            found = _ORIGINAL_ID.search(part.content()[0][: LIMITS.peek_bytes])
            if found:
                return message_id(found[1].decode("latin-1"))
    in_text = _ORIGINAL_ID.search(suspect.told.copy[: LIMITS.peek_bytes].encode("utf-8", "replace"))
    return message_id(in_text[1].decode("utf-8", "replace")) if in_text else None
