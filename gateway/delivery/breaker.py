"""How many mails may be under way to a smarthost, by how it has behaved: all, a few, or one now and then to see if it is
back.

Three states, and what leads from one to the next:

    well      up to `width` at once.  One that could not get in while others could: no more than the others for a minute.
              Nobody got in, or FAILURES in a row were the server's own fault: away.
    away      nothing, but one probe when the pause is over.  It fails: a longer pause.  The server answers: well again,
              beginning with two at once and one more with each mail that goes, so that a server that has just come up is
              not run over.

A probe is any mail whose turn it is; what keeps a mail from blocking the rest as an eternal probe is the courier's doing
(a mail that was really offered has had its try, and waits its own time).  Time is given and may jump: a clock that was
set back ends the pause.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from gateway.delivery.base import Result
from gateway.delivery.schedule import JITTER

FAILURES = 5
"""The server's own troubles in a row, from different mails, after which it counts as away."""
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=1)
REFUSED_PAUSE = timedelta(minutes=1)
"""The first pause after the server refused our login: many wrong ones in a row look like an attack."""
LONGEST_REFUSED = timedelta(minutes=15)
NARROW = timedelta(minutes=1)
AFTERMATH = timedelta(minutes=10)
"""How long after its return nothing overtakes."""

NOT_OFFERED = frozenset({"access", "login"})
"""Causes that say nothing about the mail: it has not been offered."""

Change = Literal["away", "back"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """The server is away: since when, by what was said first and last."""

    since: datetime
    reply: str
    tries: int


class Breaker:
    """One smarthost's behaviour.  Belongs to one thread."""

    def __init__(self, width: int, chance: Callable[[], float]) -> None:
        self._width = width
        self._chance = chance
        self._allowed = width
        self._failures = 0
        self._narrow_until: datetime | None = None
        self._probe_at: datetime | None = None
        self._pause_began: datetime | None = None
        self._back_at: datetime | None = None
        self.trouble: Trouble | None = None

    def places(self, under_way: int, now: datetime) -> int:
        """How many more mails may be started."""
        if self.trouble is not None:
            return int(under_way == 0 and self._probe_is_due(now))
        return max(0, self._allowed - under_way)

    def in_order(self, now: datetime) -> bool:
        """Whether nothing may overtake: while the server is away, and for a while after it came back."""
        if self.trouble is not None:
            return True
        return self._back_at is not None and timedelta(0) <= now - self._back_at < AFTERMATH

    def heard(self, result: Result, others_in: int, now: datetime) -> Change | None:
        """Take note of a result; `others_in`: how many other mails are being taken at this moment."""
        if result.cause == "address":
            return None
        if result.kind in ("sent", "failed") or result.cause in ("mail", "recipient"):
            return self._answered(now)
        if result.cause in NOT_OFFERED and self.trouble is None and others_in:
            self._allowed, self._narrow_until = others_in, now + NARROW
            return None
        self._failures += 1
        if self.trouble is None and result.cause not in NOT_OFFERED and self._failures < FAILURES:
            return None
        return self._away(result, now)

    def _answered(self, now: datetime) -> Change | None:
        """It took a mail, or had something to say about one: it is there."""
        self._failures = 0
        if self.trouble is not None:
            self.trouble, self._back_at, self._narrow_until = None, now, None
            self._allowed = min(2, self._width)
            return "back"
        narrow = self._narrow_until
        if narrow is None or not timedelta(0) <= narrow - now <= NARROW:
            self._narrow_until = None
            self._allowed = min(self._width, self._allowed + 1)
        return None

    def _away(self, result: Result, now: datetime) -> Change | None:
        before = self.trouble
        tries = before.tries + 1 if before else 1
        self.trouble = Trouble(before.since if before else now, result.reply, tries)
        shut_out = result.cause == "login"
        first, longest = (REFUSED_PAUSE, LONGEST_REFUSED) if shut_out else (FIRST_PAUSE, LONGEST_PAUSE)
        pause = min(longest, first * 2 ** min(tries - 1, 20)) * (1 - JITTER + 2 * JITTER * self._chance())
        self._pause_began, self._probe_at = now, now + pause
        return "away" if before is None else None

    def _probe_is_due(self, now: datetime) -> bool:
        if self._probe_at is None or self._pause_began is None:
            return True
        return not self._pause_began <= now < self._probe_at
