"""The administrator's rules as values, and the small mail that a rule's example stands for."""

from __future__ import annotations

from dataclasses import dataclass

from parsers.message import Citations, Envelope, Kind, Message, Party, comparable
from routing.conditions import Condition

NORMAL_PRIORITY = "normal"


@dataclass(frozen=True)
class Example:
    """A mail as short as a rule needs it, and what must become of it; what is None or empty is not checked."""

    to: tuple[str, ...]
    from_: str = ""
    subject: str = ""
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    expect_team: str | None = None
    expect_tags: tuple[str, ...] = ()
    """Tags that must be there; others may be, too."""
    expect_priority: str | None = None
    line: int = 0
    expect_quarantine: bool | None = None


@dataclass(frozen=True)
class Rule:
    """If all `conditions` hold (none: always), what to set.  `file` and `line` say where it stands."""

    name: str
    conditions: tuple[Condition, ...] = ()
    team: str | None = None
    tags: tuple[str, ...] = ()
    priority: str | None = None
    helpers: tuple[str, ...] = ()
    stop: bool = False
    file: str = ""
    line: int = 0
    examples: tuple[Example, ...] = ()
    quarantine: bool = False
    """A new request is held, with this rule's name as the reason."""


def blank_message(
    *,
    to: tuple[str, ...] = (),
    from_: str = "",
    subject: str = "",
    body: str = "",
    headers: tuple[tuple[str, str], ...] = (),
    kind: Kind = Kind.PERSON,
) -> Message:
    """A plain mail from one person, with nothing in it but what is given."""
    sender = Party("", from_) if from_ else None
    return Message(
        message_id=None,
        in_reply_to=(),
        references=(),
        from_=sender,
        identity=comparable(from_) if from_ else None,
        to=tuple(Party("", address) for address in to),
        cc=(),
        reply_to=(),
        subject=subject,
        date=None,
        text=body,
        reply=body,
        html=None,
        cut=(),
        attachments=(),
        kind=kind,
        kind_reason="example",
        bounce=None,
        citations=Citations(),
        headers=headers,
        content_key="",
        size=len(body.encode("utf-8", "replace")),
        defects=(),
        complete=True,
    )


def mail_of(example: Example) -> tuple[Message, Envelope]:
    """The mail an example stands for; nobody given writes as ``somebody@example.invalid``."""
    sender = example.from_ or "somebody@example.invalid"
    message = blank_message(
        to=example.to, from_=sender, subject=example.subject, body=example.body, headers=example.headers
    )
    return message, Envelope(sender=sender, recipients=example.to)
