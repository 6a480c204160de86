"""LMTP (RFC 2033): the same conversation, with LHLO for a greeting and one reply per recipient after the final dot.

One row holds all accepted recipients, so they share one fate: all replies to one mail are the same.
"""

from __future__ import annotations

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope as Transaction

from gateway.sources.dialogue import Dialogue


class LmtpDialogue(Dialogue, LMTP):
    """The conversation with one LMTP client, usually the site's mail server."""

    greeting = "LMTP"
    hello = "LHLO"

    def final_reply(self, reply: str, transaction: Transaction) -> str:
        """A line for every RCPT that was accepted, in their order (RFC 2033 4.2); the same address twice counts
        twice.
        """
        return "\r\n".join([reply] * len(transaction.rcpt_tos))
