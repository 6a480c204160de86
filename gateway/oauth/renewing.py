"""A token that is always fresh: kept in memory, asked for anew before it runs out, by one thread at a time.

Renewed five minutes or a tenth of its life before its end, whichever is less.  While the provider cannot answer, the old
token serves as long as it lives.  Between two questions that failed lies a wait (the provider's Retry-After, else
doubling), however many connections ask.  A refusal is written to the log once, until it changes or ends.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from gateway.oauth.base import Granted, TokenRefused, TokenUnavailable, Who

log = structlog.get_logger("oauth")

EARLY_SECONDS, EARLY_SHARE = 300.0, 0.1
SHORTEST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
REFUSED_PAUSE = 300.0
"""Seconds between two questions after a refusal: what a person does at the provider is noticed by itself."""
WAIT_SECONDS = 120.0
SHORTEST_LIFE = 1.0
"""Seconds; a token is used at least for what it was asked for."""


@dataclass(frozen=True, slots=True)
class _Held:
    token: str = field(repr=False)
    renew_at: float
    ends_at: float


class Renewing:
    """A TokenSource over `fetch`, which asks the provider.

    `clock` is monotonic, in seconds.  `state` is a value that changes when a person has logged in: then a refusal is not
    waited out.  `quiet`: nothing is written to the log.
    """

    def __init__(
        self,
        fetch: Callable[[], Granted],
        clock: Callable[[], float],
        who: Who,
        state: Callable[[], object] = lambda: None,
        *,
        quiet: bool = False,
    ) -> None:
        self._fetch, self._clock, self._who, self._state = fetch, clock, who, state
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._problem: TokenRefused | TokenUnavailable | None = None
        self._again_at = 0.0
        self._pause = SHORTEST_PAUSE
        self._refused_at_state: object = None
        self._told, self._quiet = "", quiet

    def token(self) -> str:
        """A token that is valid now.  Raises TokenRefused or TokenUnavailable."""
        held, now = self._held, self._clock()
        if held is not None and now < held.renew_at:
            return held.token
        if held is not None and now < held.ends_at and self._lock.locked():
            return held.token  # another thread is asking; nobody waits while the old one is good
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            raise TokenUnavailable("another connection has been asking for a token for two minutes", SHORTEST_PAUSE)
        try:
            return self._token()
        finally:
            self._lock.release()

    def forget(self, token: str | None = None) -> None:
        """The server did not take `token` (None: whichever it was)."""
        with self._lock:
            if self._held is not None and token in (None, self._held.token):
                self._held = None

    def _token(self) -> str:
        now = self._clock()
        if self._held is not None and now < self._held.renew_at:
            return self._held.token  # another thread was quicker
        if not self._waits(now):
            self._ask()
        if self._held is not None and self._clock() < self._held.ends_at:
            return self._held.token
        assert self._problem is not None, "a question ends with a token or a problem"
        raise self._again()

    def _waits(self, now: float) -> bool:
        """Whether the last question failed so recently that asking again is no use."""
        if self._problem is None or now >= self._again_at:
            return False
        return not (isinstance(self._problem, TokenRefused) and self._state() != self._refused_at_state)

    def _again(self) -> TokenRefused | TokenUnavailable:
        """The problem as a new exception: the same one, raised by many threads, would pile up their traces."""
        if isinstance(self._problem, TokenUnavailable):
            return TokenUnavailable(self._problem.why, max(self._again_at - self._clock(), 0.0))
        assert self._problem is not None
        return TokenRefused(self._problem.advice, self._problem.code)

    def _ask(self) -> None:
        state = self._state()
        try:
            granted = self._fetch()
        except TokenRefused as refused:
            self._problem, self._again_at = refused, self._clock() + REFUSED_PAUSE
            self._refused_at_state = state
            if self._news(f"refused: {refused.advice}"):
                log.error("token refused", mailbox=self._who.mailbox, code=refused.code, advice=refused.advice)
        except TokenUnavailable as problem:
            pause = max(problem.retry_after, self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            self._problem, self._again_at = problem, self._clock() + pause
            if self._news("unavailable"):
                log.warning("no token now", mailbox=self._who.mailbox, why=problem.why, wait=round(pause, 1))
        else:
            self._keep(granted)

    def _keep(self, granted: Granted) -> None:
        now, life = self._clock(), max(granted.expires_in, SHORTEST_LIFE)
        early = min(EARLY_SECONDS, life * EARLY_SHARE)
        self._held = _Held(granted.access_token, now + life - early, now + life)
        self._problem, self._pause = None, SHORTEST_PAUSE
        if self._told and not self._quiet:
            log.info("token given again", mailbox=self._who.mailbox)
        self._told = ""

    def _news(self, what: str) -> bool:
        """Whether this has not been told yet."""
        told, self._told = self._told, what
        return told != what and not self._quiet
