"""How much is known about who wrote a mail: the three levels that every decision about senders uses."""

from __future__ import annotations

import enum


class Proof(enum.StrEnum):
    """How well the From address is proven (`routing.proving`)."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    FALSE = "false"
