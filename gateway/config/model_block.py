"""The block list as it stands in the configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.config import values
from gateway.config.section import Section
from gateway.config.types import Mailbox, Written


class Block(Section):
    """Whose mail is not wanted."""

    senders: list[Mailbox] = Field(
        [],
        description="Addresses whose mail is set aside, by envelope or From.",
        examples=[["win@prizes.example"]],
    )
    domains: list[Annotated[str, Written(values.blocked_domain)]] = Field(
        [],
        description="The same for all addresses of a domain and below it; with a dot in front only below it.",
        examples=[["prizes.example", ".bulk.example"]],
    )
    at: Literal["quarantine", "refuse"] = Field(
        "quarantine",
        description='"quarantine": their mail is taken and held. "refuse": an envelope sender of the list is refused '
        "with 550; a From of the list is held all the same.",
    )
