"""What stops loops and floods when every header lies (mail-safety 3.5 and 2.3): how such mail is told, what becomes of it.

Nothing here drops a mail.  What looks automatic is kept without a word to anybody; what comes again and again is gathered
on one ticket.  The counting itself is done by whoever has the database; this page says what is counted and what follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Protocol

from parsers.message import Envelope, Kind, Message, comparable
from routing.reading import Reading
from routing.steps import (
    Acknowledge,
    AddEntry,
    Audience,
    Case,
    KnownTicket,
    Notify,
    OpenTicket,
    Outcome,
    Plan,
    StatePromise,
    Step,
)

QUICK: Final = timedelta(seconds=3)
"""No person answers a mail of ours so soon."""
WRITTEN_BEFORE: Final = timedelta(seconds=5)
"""A mail dated so long before ours is no answer to it: it crossed ours on its way."""
MUTE_WINDOW: Final = timedelta(minutes=10)
HOUR: Final = timedelta(hours=1)
MACHINE_FOR: Final = timedelta(hours=24)
LONGEST_SUBJECT: Final = 500
_REPEATED: Final = re.compile(r"\[[^\]\s]{1,30}\]|\b(?:re|aw|antw|sv|tr|fwd?|wg)\s?:", re.IGNORECASE)
"""What a robot's subject gathers with every round; people who write the same letter about other things change the rest."""
_MACHINES = frozenset({Kind.AUTO_REPLY, Kind.AUTO_GENERATED, Kind.NULL, Kind.ROLE})


class Ours(Protocol):
    """The last mail of ours to somebody; `sent_at` is None while nobody knows that it was sent."""

    @property
    def created_at(self) -> datetime: ...
    @property
    def sent_at(self) -> datetime | None: ...


def sender_of(message: Message, envelope: Envelope) -> str:
    """Whose mail it is, for counting: the author, else the envelope sender; comparable, empty if there is neither."""
    return message.identity or comparable(envelope.sender)


def is_quick_answer(reading: Reading, ours: Ours | None, received: datetime, *, repeated: bool) -> bool:
    """Whether this is an answer to our last mail that no person can have written in that time.

    A person may send several mails at once, for example when their computer finds the network again; such a mail answers
    nothing, or was written before ours.
    """
    if ours is None or received < ours.created_at or received - (ours.sent_at or ours.created_at) > QUICK:
        return False
    message = reading.message
    if message.date is not None and message.date < ours.created_at - WRITTEN_BEFORE:
        return False
    return (
        repeated
        or message.date is None
        or bool(reading.tokens or reading.own_ids or reading.tags or message.in_reply_to)
    )


def looks_automatic(message: Message, *, quick: bool, repeated: bool) -> str | None:
    """Why a mail seems to be a machine's, whatever its header says, or None."""
    if message.kind in _MACHINES:
        return f"{message.kind}: {message.kind_reason}"
    if quick:
        return f"it answered within {QUICK.seconds} seconds"
    return "it says the same as one before" if repeated else None


def as_machine(reading: Reading) -> Reading:
    """The same mail, taken for an automatic answer."""
    why = f"its sender answered within {QUICK.seconds} seconds of our mails, several times running"
    return replace(reading, message=replace(reading.message, kind=Kind.AUTO_REPLY, kind_reason=why))


def words_mark(message: Message) -> str:
    """The same for mails of one sender that add the same words and files, whatever numbers and times stand in them."""
    words = "".join(" " if c.isdigit() else c for c in message.reply.casefold())
    return _mark(words, message)


def text_mark(message: Message) -> str:
    """The same for mails with the same whole text, files and subject, whatever `Re:` and references stand in it."""
    subject = _REPEATED.sub(" ", message.subject[:LONGEST_SUBJECT])
    return _mark(f"{message.text}\n{subject.strip()}", message)


def _mark(text: str, message: Message) -> str:
    files = (attachment.sha256 for attachment in message.attachments)
    return sha256("\n".join((" ".join(text.split()), *files)).encode("utf-8", "replace")).hexdigest()[:32]


def limits_notices(message: Message) -> bool:
    """Whether staff are told of this sender's mails only so often an hour: nobody writes them, so nobody stops."""
    return message.kind in (Kind.AUTO_GENERATED, Kind.NULL, Kind.ROLE)


def without_notices(decided: Plan, why: str, *, also: bool = True) -> Plan:
    """The same, but nobody is told; `also`: nor on any other ticket that keeps the mail."""
    found = _everywhere(decided, lambda step: None if isinstance(step, Notify) else step)
    found = found if also else replace(found, also=decided.also)
    return decided if found == decided else replace(found, reason=f"{decided.reason}; nobody is told: {why}")


def without_answers(decided: Plan, why: str) -> Plan:
    """The same, but nobody outside hears of it."""
    found = _everywhere(decided, _unanswered)
    answered = any(isinstance(step, Acknowledge) for plan in (decided, *decided.also) for step in plan.steps)
    return replace(found, reason=f"{decided.reason}; not acknowledged: {why}") if answered else decided


def _unanswered(step: Step) -> Step | None:
    if isinstance(step, StatePromise):
        return replace(step, told=False)
    return None if isinstance(step, Acknowledge) else step


def muting(decided: Plan, sender: str, count: int, why: str) -> Plan:
    """The last mail of which staff hear, with a word about the silence that begins."""
    note = (
        f"{count} mails of {sender} within {MUTE_WINDOW.seconds // 60} minutes look automatic ({why}): further mails on "
        "this request are kept, and nobody is told of them until one of you writes"
    )
    return replace(decided, steps=tuple(_noted(step, note) for step in decided.steps))


def _everywhere(decided: Plan, change: Callable[[Step], Step | None]) -> Plan:
    """The plan with its steps changed or left out (None), for its own ticket and for the others that keep the mail."""
    steps = tuple(new for step in decided.steps if (new := change(step)) is not None)
    return replace(decided, steps=steps, also=tuple(_everywhere(plan, change) for plan in decided.also))


def gathered(decided: Plan, ticket: KnownTicket, why: str, *, first: bool) -> Plan:
    """Instead of a new ticket an entry, for staff only, on the one where mails of the kind are gathered."""
    told = (Notify(Audience.OWNER, "notice_reply"),) if first else ()
    note = f"{why}: gathered here"
    return replace(decided, outcome=Outcome.ATTACH, reason=note, ticket=ticket, steps=(AddEntry("staff", note), *told))


def flood(decided: Plan, case: Case, count: int) -> Plan:
    """The new ticket becomes the one on which all further mails of this sender are gathered; its sender hears nothing."""
    sender = sender_of(case.reading.message, case.envelope) or "nobody"
    note = f"{count} new requests of {sender} within an hour: this one and all further ones are gathered here"
    subject = f"Many mails from {sender}"
    kept: list[Step] = []
    for step in decided.steps:
        if isinstance(step, OpenTicket):
            tags = tuple(dict.fromkeys((*step.tags, "flood")))
            kept.append(replace(step, subject=subject[:250], tags=tags, joined=(), proposed=()))
        elif isinstance(step, AddEntry | Notify):
            kept.append(_noted(step, note))
    return replace(decided, reason=note, steps=tuple(kept))


def _noted(step: Step, note: str) -> Step:
    """The step, with a word for staff if it is the entry."""
    if not isinstance(step, AddEntry):
        return step
    return replace(step, note=f"{step.note}\n{note}" if step.note else note)
