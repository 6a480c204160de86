"""What a smarthost's reply means for the mail: by step and reply code, as a table that can be read.

4xx is always "later".  5xx is final only where it is about this mail.  Refused at the greeting, EHLO, STARTTLS or AUTH,
the server is refusing us and not the mail: an expired password must not turn every waiting mail into a failure, so the
mail waits until somebody has put it right, or until it has waited too long.

Whose fault it is decides when it is tried again, and what happens to the others (`Result.cause`): a mail that is
greylisted keeps its own time; a server that is full or going down holds up all of them, and all go when it is well.
"""

from __future__ import annotations

import enum
import re

from gateway.delivery.base import Cause, Result, one_line


class Step(enum.Enum):
    """Where in the conversation we are."""

    CONNECT = "connecting"
    HELLO = "EHLO"
    TLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL FROM"
    RCPT = "RCPT TO"
    DATA = "DATA"
    DOT = "final dot"


ABOUT_THE_MAIL = frozenset({Step.MAIL, Step.RCPT, Step.DATA, Step.DOT})

_ABOUT_THE_RECIPIENT = re.compile(r"5\.(?:1\.(?:1|2|3|6|10)|2\.\d+|4\.\d+)\b")
_NO_SUCH_RECIPIENT = re.compile(r"5\.(?:1\.(?:1|2|3|6|10)|2\.[12])\b")
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
_THE_SERVERS_TROUBLE = re.compile(r"4\.[34]\.\d{1,3}\b")
"""RFC 3463 3.4 and 3.5: the mail system, the network."""


def judge(step: Step, code: int, text: str) -> Result:
    """What a reply that is not the wanted one means; with the final dot's 2xx: sent."""
    reply = one_line(f"{code} {text}") + f" ({step.value})"
    if step is Step.DOT and 200 <= code <= 299:
        return Result("sent", one_line(f"{code} {text}"))
    if 500 <= code <= 599 and step in ABOUT_THE_MAIL:
        return Result("failed", reply, "recipient" if _names_the_recipient(step, code, text) else "mail")
    if step is Step.DOT and not 400 <= code <= 599:
        return Result("unknown", reply, "server")
    return Result("retry", reply, _whose(step, code, text))


def _whose(step: Step, code: int, text: str) -> Cause:
    """The cause of a refusal for now."""
    if step not in ABOUT_THE_MAIL:
        return "login" if step is Step.AUTH and 500 <= code <= 599 else "access"
    if code in (421, 454) or not 400 <= code <= 499 or _THE_SERVERS_TROUBLE.match(text):
        return "server"
    return "server" if code == 452 and step is not Step.RCPT and not _ENHANCED.match(text) else "mail"


def _names_the_recipient(step: Step, code: int, text: str) -> bool:
    """Whether a final refusal says that this address takes no mail, whoever writes and whatever."""
    if step is not Step.RCPT:
        return False
    return bool(_NO_SUCH_RECIPIENT.match(text)) if _ENHANCED.match(text) else code in (550, 551, 553)


def lost(step: Step, why: str) -> Result:
    """The connection broke or nothing came: after the final dot nobody knows, before it nothing has happened."""
    reply = one_line(f"{why} ({step.value})")
    if step is Step.DOT:
        return Result("unknown", reply, "server")
    return Result("retry", reply, "server" if step in ABOUT_THE_MAIL else "access")


def blames_the_sender(step: Step, code: int, text: str) -> bool:
    """Whether a refusal is, or may be, about the envelope sender: many servers hold that verdict back until RCPT."""
    if not 500 <= code <= 599:
        return False
    return step is Step.MAIL or (step is Step.RCPT and not _ABOUT_THE_RECIPIENT.match(text))
