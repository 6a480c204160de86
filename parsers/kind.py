"""What sort of mail it is: the decision table, first match wins, each row with its reason and the RFC it comes from.

Pure: everything a row asks is in `Clues`.  Rows that depend on the site (own addresses, our Message-IDs, the envelope)
read it from `Circumstances`; a lone file is judged by its Return-Path field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from parsers.away import begins_away, says_away
from parsers.message import Circumstances, Kind, comparable

LOOP_AFTER: Final = 100
"""Received fields; RFC 5321 6.3 calls for at least 100."""

ROLES: Final = re.compile(
    r"mailer-daemon|postmaster|no-?_?reply.*|do-?_?not-?_?reply.*|owner-.*|.*-request|.*-owner|.*-bounces?|listserv|majordomo"
    r"|bounces?(?:[^a-z].*)?"
)
_COMMENT: Final = re.compile(r"\([^()]{0,200}\)")

BY_WORDS: Final = "subject and text are those of an absence note; no field says so"
"""A reason that is no proof: what it is given for must not be held."""

MARKS: Final = ("x-loop", "x-deskgate-instance")
"""Fields in which a program marks what went through it, with its own name or, by custom, with its address."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What the decision needs to know about a mail."""

    fields: Mapping[str, Sequence[str]]
    """Lower-case field name to values, decoded."""
    content_type: str
    report_type: str
    """The report-type parameter of multipart/report, or what its second part shows it to be."""
    message_id: str | None
    from_address: str
    subject: str
    cited: tuple[str, ...]
    reads_as_bounce: bool
    """The text and sender look like a delivery report (`parsers.bounce`)."""
    seen: Circumstances
    absence_note: bool = False
    """Subject and text are those of an absence note (`parsers.away`)."""

    def first(self, name: str) -> str:
        """The first value of a field, or ""."""
        values = self.fields.get(name)
        return values[0] if values else ""

    def word(self, name: str) -> str:
        """The first value of a field that says something, without comments and parameters, in lower case; ``no`` says
        nothing beside another."""
        words = [
            uncommented(one).split(";", 1)[0].split("(", 1)[0].strip().lower() for one in self.fields.get(name, ())
        ]
        return next((one for one in words if one and one != "no"), next(iter(words), ""))

    @property
    def sender(self) -> str | None:
        """The envelope sender, "" for the null sender, None if nothing is known."""
        if self.seen.envelope_from is not None:
            return self.seen.envelope_from.strip("<> ")
        paths = self.fields.get("return-path")
        return paths[0].strip().strip("<>").strip() if paths else None

    @property
    def refers_to_us(self) -> bool:
        """It came to a signed address of ours or cites a mail of ours."""
        return self.seen.to_reply_address or any(self.seen.is_own_id(one) for one in self.cited)


def uncommented(value: str) -> str:
    """A value without its comments (RFC 5322 3.2.2), those in comments aside."""
    return _COMMENT.sub(" ", value[:1000]) if "(" in value else value


def decide(clues: Clues) -> tuple[Kind, str]:
    """The kind and the reason in plain words."""
    for kind, test in TABLE:
        reason = test(clues)
        if reason:
            return kind, reason
    return Kind.PERSON, "nothing says that a machine wrote it"


def _own_id(clues: Clues) -> str:
    if clues.message_id and clues.seen.is_own_id(clues.message_id):
        return "its Message-ID was made here"
    seen = clues.seen
    for mark in (one.strip() for name in MARKS for one in clues.fields.get(name, ())):
        if (seen.own_instance and mark == seen.own_instance) or comparable(mark.strip("<>")) in seen.own_addresses:
            return "it carries the mark of this installation"
    return ""


def _loop(clues: Clues) -> str:
    count = len(clues.fields.get("received", ()))
    return f"{count} Received fields: it goes round in circles" if count > LOOP_AFTER else ""


def _own_address(clues: Clues) -> str:
    own = clues.seen.own_addresses
    if not own:
        return ""
    delivered = [comparable(value.strip("<> ")) for value in clues.fields.get("delivered-to", ())]
    if any(delivered.count(address) > 1 for address in set(delivered) & own):
        return "it was delivered here twice"
    if clues.seen.proven:
        return ""
    if comparable(clues.from_address) in own:
        return "its From is an alias of this site, and nothing proves it"
    if clues.sender and comparable(clues.sender) in own:
        return "its envelope sender is an alias of this site, and nothing proves it"
    return ""


def _bounce(clues: Clues) -> str:
    if clues.report_type == "delivery-status":
        return "a delivery report (RFC 3464)"
    if clues.seen.to_return_path:
        return "it came to a signed return path"
    if "x-ms-exchange-message-is-ndr" in clues.fields:
        return "field x-ms-exchange-message-is-ndr"
    if clues.reads_as_bounce and not _digest(clues) and not _challenge(clues):
        return "it reads like a delivery report"
    return ""


def _digest(clues: Clues) -> bool:
    """Whether a list wrote it itself, about bounces maybe; what it only passes on keeps the sender of the report."""
    local = clues.from_address.rpartition("@")[0].lower()
    return bool(clues.first("list-id")) and local.endswith(("-request", "-bounces", "-owner"))


def _challenge(clues: Clues) -> bool:
    """Whether a program asks the sender to confirm; TMDA borrows its first line from reports."""
    return any(value.strip().lower().startswith("tmda") for value in clues.fields.get("x-delivery-agent", ()))


def _receipt(clues: Clues) -> str:
    return "a disposition notification (RFC 8098)" if clues.report_type == "disposition-notification" else ""


def _complaint(clues: Clues) -> str:
    return "a complaint report (RFC 5965)" if clues.report_type == "feedback-report" else ""


def _auto_reply(clues: Clues) -> str:
    value = clues.word("auto-submitted")
    return "Auto-Submitted: auto-replied (RFC 3834)" if value == "auto-replied" else ""


def _exchange_away(clues: Clues) -> str:
    value = clues.word("auto-submitted")
    if value and value != "no" and (clues.refers_to_us or says_away(clues.subject)):
        return f"Auto-Submitted: {value[:40]}, and it answers"
    return ""


def _auto_generated(clues: Clues) -> str:
    value = clues.word("auto-submitted")
    return f"Auto-Submitted: {value[:40]} (RFC 3834)" if value and value != "no" else ""


AUTO_REPLY_FIELDS: Final[tuple[tuple[str, str], ...]] = (
    ("x-autoreply", ""),
    ("x-autorespond", ""),
    ("x-autoresponder", ""),
    ("x-auto-reply", ""),
    ("x-autoreply-from", ""),
    ("x-mail-autoreply", ""),
    ("x-autogenerated", "reply"),
    ("precedence", "auto_reply"),
    ("precedence", "auto-reply"),
    ("x-precedence", "auto_reply"),
    ("x-precedence", "auto-reply"),
    ("delivered-to", "autoresponder"),
    ("x-fc-machinegenerated", "true"),
    ("x-post-messageclass", "9; autoresponder"),
    ("x-cyberoam-autoreply", ""),
    ("x-kayako-autoresponder", ""),
    ("x-zendesk-autoreply", ""),
    ("x-vacation", ""),
)
"""Fields of vendors that mean "a robot answers"; "" stands for any value but ``no``."""


def _vendor_reply(clues: Clues) -> str:
    for name, wanted in AUTO_REPLY_FIELDS:
        for value in clues.fields.get(name, ()):
            plain = uncommented(value).strip().lower()
            if plain == wanted if wanted else plain not in ("no", "false", "0"):
                return f"field {name}"
    return ""


def _away(clues: Clues) -> str:
    alone = not clues.first("list-unsubscribe") and not _list(clues)
    asks_silence = clues.word("precedence") in ("bulk", "junk") and alone
    if asks_silence and clues.sender == "":
        return "the null sender and Precedence, as programs that answer write it"
    if not says_away(clues.subject):
        return ""
    if clues.sender == "":
        return "an out-of-office subject and the null sender"
    if "x-auto-response-suppress" in clues.fields and begins_away(clues.subject):
        return "an out-of-office subject, and it asks for no automatic answer"
    if clues.refers_to_us and begins_away(clues.subject):
        return "an out-of-office subject, and it answers our mail"
    if asks_silence:
        return "an out-of-office subject and Precedence, as vacation programs write it"
    return ""


def _by_words(clues: Clues) -> str:
    """The last resort, where a gateway took every field away: people are so rarely taken for machines that it may."""
    return BY_WORDS if clues.absence_note else ""


def _inbox_rule(clues: Clues) -> str:
    """Exchange: a rule of the mailbox wrote it (and not only passed it on, for then nobody asks for silence)."""
    silent = any(word.strip() == "all" for word in clues.first("x-auto-response-suppress").lower().split(","))
    return "a rule of an Exchange mailbox" if silent and "x-ms-exchange-inbox-rules-loop" in clues.fields else ""


def _list(clues: Clues) -> str:
    for name in ("list-id", "list-post"):
        if clues.first(name):
            return f"field {name} (RFC 2919, 2369)"
    return "Precedence: list" if clues.word("precedence") == "list" else ""


def _bulk(clues: Clues) -> str:
    if clues.first("list-unsubscribe"):
        return "field list-unsubscribe (RFC 2369)"
    precedence = clues.word("precedence")
    return f"Precedence: {precedence}" if precedence in ("bulk", "junk") else ""


def _null(clues: Clues) -> str:
    return "the null sender (RFC 5321 4.5.5)" if clues.sender == "" else ""


def _role(clues: Clues) -> str:
    local = clues.from_address.rpartition("@")[0].lower()
    return f"from the role address {local[:64]}" if local and ROLES.fullmatch(local) else ""


TABLE: Final[tuple[tuple[Kind, Callable[[Clues], str]], ...]] = (
    (Kind.OWN, _own_id),
    (Kind.LOOP, _loop),
    (Kind.OWN, _own_address),
    (Kind.BOUNCE, _bounce),
    (Kind.RECEIPT, _receipt),
    (Kind.COMPLAINT, _complaint),
    (Kind.AUTO_REPLY, _auto_reply),
    (Kind.AUTO_REPLY, _exchange_away),
    (Kind.AUTO_GENERATED, _auto_generated),
    (Kind.AUTO_REPLY, _vendor_reply),
    (Kind.AUTO_REPLY, _inbox_rule),
    (Kind.AUTO_REPLY, _away),
    (Kind.LIST, _list),
    (Kind.BULK, _bulk),
    (Kind.AUTO_REPLY, _by_words),
    (Kind.NULL, _null),
    (Kind.ROLE, _role),
)
"""The rows, first match wins; what matches none is from a person."""
