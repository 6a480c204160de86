"""How a folder is, as a plain value: for `deskgate status`, health and metrics.

Knows nothing of IMAP, so that a command that only shows it stays quick.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SourceState:
    """One folder for `deskgate status`, health and metrics.  Moments are UTC, counts since ever where not said."""

    name: str
    mailbox: str
    folder: str
    state: str
    """starting, connecting, reading, waiting (for mail), paused (the inbox is full), elsewhere (another node reads it),
    failed, refused, stopped."""
    healthy: bool
    last_mail_at: datetime | None
    last_read_at: datetime | None
    error: str | None
    taken: int
    left: int
    """Old mails that were left at the first start."""
    waiting: int
    """Mails in the folder that are still to be fetched."""
    fetched: int
    """Since this daemon started."""
    reconnects: int
    """Since this daemon started."""


def describe(source: SourceState) -> dict[str, object]:
    """For the daemon's own words (`deskgate status`)."""
    return {
        "name": source.name,
        "state": source.state,
        "healthy": source.healthy,
        "last_mail_at": source.last_mail_at.isoformat() if source.last_mail_at else None,
        "last_read_at": source.last_read_at.isoformat() if source.last_read_at else None,
        "error": source.error,
        "taken": source.taken,
        "left": source.left,
        "waiting": source.waiting,
        "fetched": source.fetched,
        "reconnects": source.reconnects,
    }


Sources = Callable[[], Sequence[SourceState]]
