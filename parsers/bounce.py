"""Delivery reports: who could not be reached, with which status, and why; whatever program wrote them.

The standard form (RFC 3464) is believed first; then flufl.bounce, which knows many programs' own forms; then our own
reading of the text.  flufl is asked only about mail that already looks like a report: it takes some replies for one.
Every search looks at a bounded piece of text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from parsers import bounceforms as forms
from parsers import bouncelibrary, bouncereason, charset, dsn
from parsers.bouncereason import Evidence
from parsers.bouncestage import stage_of
from parsers.bouncetext import Told
from parsers.citations import message_id
from parsers.limits import BOUNDS
from parsers.message import Bounce
from parsers.transfer import quoted_printable
from parsers.tree import Part

_IN_ASCII: Final = tuple(filter(str.isascii, forms.SENTENCES))
_SIGNS: Final = str.maketrans(">*|", "   ")
_TRANSCRIPT: Final = re.compile(
    r"(?=[45r])(?:\b[45]\d\d[ -]{1,3}#?[45]\.\d{1,2}\.\d{1,3}\b|\b55\d[ :-]{1,3}\S|RCPT TO:)", re.IGNORECASE
)
_ANSWERS: Final = re.compile(r"(?:re|fwd?|aw|wg|tr|sv|vs|rv|antw)\s?:", re.IGNORECASE)
_ORIGINAL_ID: Final = re.compile(
    rb"^[ \t>]{0,8}Message-ID:[ \t]*(?:\r?\n[ \t]+)?(<[^\x00-\x1f<>]{1,998}>)", re.IGNORECASE | re.MULTILINE
)
_IDS: Final = re.compile(
    r"(?:message[- ]id|identificativo messaggio|id messaggio|nachrichten-id|(?:id|identifiant) du message"
    r"|id del mensaje|id da mensagem|идентификатор сообщения)[ \t]{0,8}:[ \t]{0,8}<?([^\s<>]{1,998})"
)
"""What a text calls the name of a mail is nobody's address."""
_STATUS_PARTS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_NOTICE_PARTS: Final = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
"""What sieve scripts send that refuse a mail (RFC 5429 2.1.1): the same fields name who."""
_FOR_THE_LIBRARY: Final = ("from", "x-failed-recipients", "x-mailer", "content-type", "content-transfer-encoding")
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
    from_client: bool = False
    """Its header says that it was written with a program of people."""

    @cached_property
    def told(self) -> Told:
        """The report's own text, without the copy of what was returned."""
        return Told.of(self.text[: BOUNDS.bounce_chars])

    @cached_property
    def library(self) -> list[str]:
        """Whom flufl.bounce takes for unreachable."""
        return _by_library(self.raw, self.root)


def looks_like(suspect: Suspect) -> bool:
    """Whether a mail that carries no RFC 3464 part is a report all the same; two signs of different sort are needed.

    Where neither the sender nor the envelope is a machine's, people's worries about lost mail must not pass for reports:
    subject, sentence and an address or an SMTP reply are all needed.
    """
    if suspect.failed_recipients:
        return True
    if suspect.from_client and not suspect.automatic and "daemon" not in suspect.from_address.partition("@")[0].lower():
        return False
    named = _is_machine(suspect)
    machine = suspect.automatic or named
    subject = _by_subject(suspect.subject)
    if not (machine or subject):
        return False
    if any(part.type.value in _STATUS_PARTS for part in suspect.root.walk()):
        return True
    if suspect.from_somebody and not machine:
        return False  # a person who writes about a bounce, or pastes one, is a person
    opening = " ".join(suspect.told.report[:3000].translate(_SIGNS).lower().split())
    if not machine and opening.startswith(forms.GREETINGS):
        return False
    sentences = [one for one in (_IN_ASCII if opening.isascii() else forms.SENTENCES) if one in opening]
    sentence, sure = bool(sentences), any(one not in forms.WEAK for one in sentences)
    transcript = bool(_TRANSCRIPT.search(opening))
    told = transcript or bool(dsn.ADDRESS.search(opening))
    if named and (subject or sentence or transcript):
        return True
    if suspect.automatic and ((sure and (subject or told)) or (subject and transcript)):
        return True  # not yet one that thanks for "the message you sent", or answers a ticket about a full mailbox
    if named != subject and not sentence:
        return bool(suspect.library)
    return subject and sure and told


def names_client(program: str) -> bool:
    """Whether the value of User-Agent or X-Mailer names a program with which people write."""
    lower = program[:200].lower()
    return any(one in lower for one in forms.CLIENTS)


def _is_machine(suspect: Suspect) -> bool:
    local = suspect.from_address.partition("@")[0].strip('"').lower()
    name = suspect.from_name.lower()
    return local in forms.SENDERS or local.startswith("mailer-daemon") or any(one in name for one in forms.SENDER_NAMES)


def _by_subject(subject: str) -> bool:
    lower = subject[:300].lower()
    return (not _ANSWERS.match(lower) or lower.rstrip().endswith("(delivery failed)")) and any(
        one in lower for one in forms.SUBJECTS
    )


def read(suspect: Suspect) -> Bounce:
    """The report as a value; recipients may be empty when nobody can be named."""
    bad = _failed(suspect)
    addresses = _unique(one.recipient for one in bad if one.recipient) or _others(suspect)
    first = addresses[0] if addresses else ""
    fields = " ".join(one.diagnostic for one in bad[:5])
    told = suspect.told.diagnostic(first)
    status = _status(bad, fields or told, suspect.told)
    reason = bouncereason.reason_of(
        Evidence(
            status=status,
            said=fields or told,
            more=told,
            about=suspect.told.about(first),
            subject=suspect.subject,
            action=next((one.action for one in bad if one.action), ""),
            stage=stage_of(suspect.told.report, first, fields or told),
            local=bool(bad) and all(one.local for one in bad),
        )
    )
    return Bounce(
        recipients=tuple(addresses[: BOUNDS.bounce_recipients]),
        status=status or bouncereason.STATUS_OF.get(reason, ""),
        reason=reason,
        diagnostic=next((one.diagnostic for one in bad if one.diagnostic), "") or told,
        original_message_id=_original(suspect),
        action=next((one.action for one in bad if one.action), ""),
    )


def _failed(suspect: Suspect) -> list[dsn.Failed]:
    """The recipients that were not reached, of the RFC 3464 part or of such fields in the text."""
    walked = list(suspect.root.walk())
    parts = [part.content()[0] for part in walked if part.type.value in _STATUS_PARTS]
    parts = parts or [part.content()[0] for part in walked if part.type.value in _NOTICE_PARTS]
    found = [one for content in parts or [suspect.told.fields] for one in dsn.recipients(content)]
    bad = [one for one in found if one.action not in ("delivered", "relayed", "expanded")] or found
    return sorted(bad, key=lambda one: one.action == "delayed")  # what has failed tells more than what may still arrive


def _others(suspect: Suspect) -> list[str]:
    """Recipients of a report that has no RFC 3464 part: the field, the library, the text."""
    named = _unique(dsn.ADDRESS.findall(suspect.failed_recipients))
    if named:
        return named
    block = suspect.root.block
    marked = b" ".join(block.first(one)[:2000] for one in ("message-id", "in-reply-to", "references"))
    ids = {*_IDS.findall(suspect.text[:20000].lower()), *dsn.ADDRESS.findall(marked.decode("latin-1").lower())}
    ids |= {_as_quoted(one) for one in ids if "=" in one}
    found = [
        one
        for one in suspect.library
        if one.lower() not in ids and (one.lower() not in suspect.recipients or len(suspect.recipients) > 5)
    ]
    return found or [one for one in suspect.told.recipients(suspect.recipients) if one.lower() not in ids]


def _as_quoted(address: str) -> str:
    """As the library reads it, which takes every text for quoted-printable."""
    return quoted_printable(address.encode("utf-8")).decode("utf-8", "replace")


def _unique(addresses: Iterable[str]) -> list[str]:
    seen: dict[str, str] = {}
    for one in addresses:
        seen.setdefault(one.lower(), one)
    return list(seen.values())


def _by_library(raw: bytes, root: Part) -> list[str]:
    """Sees the fields it asks for, if they are there (an empty one is an address to it), and the body's first lines."""
    seen = ((name, root.block.first(name)[:500]) for name in _FOR_THE_LIBRARY)
    fields = b"".join(f"{name}: ".encode() + value + b"\n" for name, value in seen if value)
    start = raw.find(b"\n\n") + 2 if root.start < 0 else root.start
    lines = raw[start : start + BOUNDS.library_bytes].split(b"\n")[: BOUNDS.library_lines]
    try:
        found = bouncelibrary.unreachable(fields + b"\n" + b"\n".join(lines))
    except Exception:  # noqa: BLE001 - it raises IndexError and others on mail without a usable From
        return []
    return [one for one in (charset.decode(each).text.strip("<>() ") for each in sorted(found)) if "@" in one]


def _status(failed: list[dsn.Failed], said: str, told: Told) -> str:
    """The status as in the report: what the refusing server said, then the field, then the text; ``5.0.0`` says little."""
    fields = [one.status for one in failed if one.status]
    exact = next((one for one in fields if not one.endswith(".0.0")), "")
    spoken = _telling([one[0] for one in dsn.STATUS.finditer(said[:4000]) if one[1] != "2"])
    if spoken and not spoken.endswith(".0.0"):
        return spoken
    return exact or spoken or told.status or (fields[0] if fields else "")


def _telling(statuses: list[str]) -> str:
    """The first status that says something: that time ran out (x.4.7) says less than what happened until then, if that has
    a name (x.4.0 has none)."""
    exact = [one for one in statuses if not one.endswith(".0.0")]
    first = (exact or statuses or [""])[0]
    return next((one for one in exact if one[2:] not in ("4.7", "4.0")), first) if first[2:] == "4.7" else first


def _original(suspect: Suspect) -> str | None:
    """The Message-ID of the mail that was returned: from its attached copy, else from a copy in the text."""
    for part in suspect.root.walk():
        if part.type.value in _COPIES:
            found = _ORIGINAL_ID.search(part.content()[0][: BOUNDS.peek_bytes])
            if found:
                return message_id(found[1].decode("latin-1"))
    in_text = _ORIGINAL_ID.search(suspect.told.copy[: BOUNDS.peek_bytes].encode("utf-8", "replace"))
    return message_id(in_text[1].decode("utf-8", "replace")) if in_text else None
