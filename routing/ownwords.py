"""What a staff member's reply itself says: the only part of it that may reach the requester.

A notice to staff may hold what the requester must not see, so here losing a word is the smaller error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parsers.away import answers
from parsers.htmltext import render
from parsers.limits import Limits
from parsers.message import NOTHING_OWN, Message
from parsers.reply import Setting, reply_of
from parsers.replynamed import NOBODY, Signer

if TYPE_CHECKING:
    from routing.reading import Reading

STAFF_ONLY = "[Staff only: nothing from this line on is sent to the requester]"
"""Stands at the top of every notice to staff.  Mail programs quote in a hundred ways; whatever way they take, a reply is
sent on only up to this line, so that a notice can never leave with it."""
_INTRODUCTION = re.compile(r"[_\-=]{5,}.*|[^\s:][^:]{0,30}:(\s.*)?|")


def own_words(reading: Reading) -> str:
    """What a staff member's reply itself says, without anything of our notice; nothing when it says nothing.

    A notice may hold what the requester must not see, so here losing a word is the smaller error.
    """
    message = reading.message
    return own_lines(message.reply) if message.says_something else ""


def look_of(message: Message, limits: Limits) -> str | None:
    """The same of the HTML part alone, which is what most people see; None when there is no HTML."""
    if message.html is None:
        return None
    shown = render(message.html)
    sender = message.from_
    setting = Setting(
        answers(message.subject, True), signer=Signer.of(sender.name, sender.address) if sender else NOBODY
    )
    reply, cut = reply_of(shown.text[: limits.text_chars], shown.marks, setting, limits)
    return "" if any(one.why == NOTHING_OWN for one in cut) else own_lines(reply)


def own_lines(reply: str) -> str:
    """The lines of a reply above the mark of our notice, without the header some programs put over it."""
    lines = reply.splitlines()
    mark = STAFF_ONLY.partition(":")[0]
    ours = (at for at, line in enumerate(lines) if mark in line and not line.lstrip().startswith(">"))
    cut = next(ours, None)
    kept = lines if cut is None else _without_introduction(lines[:cut])
    said = any(line.strip() and not line.lstrip().startswith(">") for line in kept)
    return "\n".join(kept).rstrip() if said else ""


def _without_introduction(lines: list[str]) -> list[str]:
    """Lines before a quoted notice without the header that some programs put over it (``From: … Sent: … Subject: …``)."""
    start = len(lines)
    while start > 0 and len(lines) - start < 12 and _INTRODUCTION.fullmatch(lines[start - 1].strip()):
        start -= 1
    fields = sum(":" in line for line in lines[start:])
    return lines[:start] if fields > 1 else lines
