"""What a smarthost's reply means for the mail: by step and reply code, as a table that can be read.

4xx is always "later".  5xx is final only where it is about this mail.  Refused at the greeting, EHLO, STARTTLS or AUTH,
the server is refusing us and not the mail: an expired password must not turn every waiting mail into a failure, so the
mail waits until somebody has put it right, or until it has waited too long.
"""

from __future__ import annotations

import enum
import re

from gateway.delivery.base import Result, one_line


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


def judge(step: Step, code: int, text: str) -> Result:
    """What a reply that is not the wanted one means; with the final dot's 2xx: sent."""
    reply = one_line(f"{code} {text}") + f" ({step.value})"
    if step is Step.DOT and 200 <= code <= 299:
        return Result("sent", one_line(f"{code} {text}"))
    if 500 <= code <= 599 and step in ABOUT_THE_MAIL:
        return Result("failed", reply)
    if step is Step.DOT and not 400 <= code <= 599:
        return Result("unknown", reply)
    return Result("retry", reply)


def lost(step: Step, why: str) -> Result:
    """The connection broke or nothing came: after the final dot nobody knows, before it nothing has happened."""
    return Result("unknown" if step is Step.DOT else "retry", one_line(f"{why} ({step.value})"))


def blames_the_sender(step: Step, code: int, text: str) -> bool:
    """Whether a refusal is, or may be, about the envelope sender: many servers hold that verdict back until RCPT."""
    if not 500 <= code <= 599:
        return False
    return step is Step.MAIL or (step is Step.RCPT and not _ABOUT_THE_RECIPIENT.match(text))
