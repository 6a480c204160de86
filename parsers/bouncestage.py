"""At which step of the SMTP conversation a mail was refused, from the words of a report.

The step says what the server objected to: the client (connection, HELO), the sender (MAIL), the address (RCPT) or the
mail itself (DATA).  Programs name it in their own ways, all listed here; a transcript shows it by the command before
the reply.  Every search is linear.
"""

from __future__ import annotations

import enum
import re
from typing import Final


class Stage(enum.StrEnum):
    """The step that was refused; NONE when the report does not tell."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    NONE = ""


_NAMES: Final = re.compile(
    r"(?:in reply to|after(?: pipelined)?|command sent:|did not like our|response to|following|\[|while sending)"
    r" ?(?:the |pipelined )?(?P<step>initial connection|connection|ehlo|helo|banner|mail[ _]from|mail|rcpt[ _]to|rcpt"
    r"|end of data|data|text|sending data)\b"
    r"|(?P<rcpt>does not like recipient|rcpt to generated|has rejected address|rcpt command failed)"
    r"|(?P<mail>but sender was rejected|mail command failed|mail from command rejected)"
    r"|(?P<data>failed after i sent the message|failed on data command|for text command|final dot)"
    r"|(?P<connect>my name was rejected|greeting failed|refused to talk to me|initial server greeting|helo handshake)",
    re.IGNORECASE,
)
_STEPS: Final = {
    "initial connection": Stage.CONNECT,
    "connection": Stage.CONNECT,
    "ehlo": Stage.CONNECT,
    "helo": Stage.CONNECT,
    "banner": Stage.CONNECT,
    "mail from": Stage.MAIL,
    "mail": Stage.MAIL,
    "rcpt to": Stage.RCPT,
    "rcpt": Stage.RCPT,
    "end of data": Stage.DATA,
    "data": Stage.DATA,
    "text": Stage.DATA,
    "sending data": Stage.DATA,
}
_COMMANDS: Final = {"helo": Stage.CONNECT, "ehlo": Stage.CONNECT, "mail": Stage.MAIL, "rcpt": Stage.RCPT}
_COMMANDS_OF_THE_MAIL: Final = ("data", "bdat", ".")
_REFUSAL: Final = re.compile(r"<{1,3} ?[45]\d\d")


def stage_of(report: str, address: str, said: str) -> Stage:
    """The step at which `address` was refused with the words `said`; looks at 20,000 characters of the report."""
    text = report[:20000]
    return _named(said) or _in_transcript(text, said) or _named(_after(text, address))


def _after(text: str, address: str) -> str:
    at = text.lower().find(address.lower()) if address else -1
    return text[max(0, at - 200) :] if at < 0 or not _NAMES.search(text, at) else text[at:]


def _named(words: str) -> Stage:
    found = _NAMES.search(words)
    if not found:
        return Stage.NONE
    if found["step"]:
        return _STEPS[found["step"].lower().replace("_", " ")]
    return Stage(found.lastgroup or "")


def _in_transcript(text: str, said: str) -> Stage:
    """The command (``>>> RCPT``) before the refusal (``<<< 550``) that repeats `said`, else before the first refusal."""
    current, first, words = Stage.CONNECT, Stage.NONE, " ".join(said.lower().split())
    for line in text.split("\n")[:1000]:
        bare = line.strip().lower()[:500]
        if bare.startswith(">>>"):
            current = _command(bare.lstrip("> ")) or current
        elif "while talking to" in bare:
            current = Stage.CONNECT
        elif bare.startswith("<<<") and _REFUSAL.match(bare):
            reply = " ".join(bare.lstrip("< ").split())
            if reply and (reply in words or (len(words) > 8 and words in reply)):
                return current
            first = first or current
    return first


def _command(line: str) -> Stage:
    verb = line[:4]
    if verb in _COMMANDS:
        return _COMMANDS[verb]
    return Stage.DATA if line.startswith(_COMMANDS_OF_THE_MAIL) else Stage.NONE
