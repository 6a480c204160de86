"""When a mail that could not be sent is tried again (mail-safety 4.6): 1, 5, 15 and 30 minutes, then hourly, 5 days
long.

This is the rhythm towards the site's own smarthost; the 30 minutes of RFC 5321 4.5.4.1 are meant for strangers'
servers. Every pause is stretched or shortened by up to a fifth, so that a thousand mails which failed together do not
come back together.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=30))
THEN = timedelta(hours=1)
JITTER = 0.2
GIVE_UP_AFTER = timedelta(days=5)
AFTER_UNKNOWN = timedelta(minutes=10)
"""After a reply that was lost behind the final dot: not at once, for the mail may well have arrived."""

Chance = Callable[[], float]
"""A random number from 0 to 1, such as `random.random`."""


def pause_after(attempts: int, chance: Chance) -> timedelta:
    """How long to wait after the given number of attempts (from 1)."""
    pause = PAUSES[attempts - 1] if 1 <= attempts <= len(PAUSES) else THEN
    return pause * (1 - JITTER + 2 * JITTER * chance())


def next_attempt(
    attempts: int, since: datetime, now: datetime, chance: Chance, give_up_after: timedelta = GIVE_UP_AFTER
) -> datetime | None:
    """When to try again a mail that waits `since` then and has been tried `attempts` times; None: give it up.

    The last try is made when the time is up, not up to an hour before.  A mail whose time was up before it was tried
    often enough (it was written long before it could go, or the daemon was stopped) gets the short pauses all the same.
    """
    end = since + give_up_after
    if now >= end and attempts > len(PAUSES):
        return None
    again = now + pause_after(attempts, chance)
    return min(again, end) if now < end else again
