"""Senders checked beside the filer: a few threads that wait for the DNS, so that nothing else has to.

A batch waits for its questions a second at most.  Mail whose questions take longer is filed later, and the others pass
it; after half a minute it is filed with what is known, which proves nobody.  What was found out dies with the daemon and
is asked again: nothing was decided by it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import structlog

from gateway.auth.answers import Answers, Names
from gateway.auth.asking import ask
from gateway.auth.heads import header_of
from gateway.auth.names import Resolver, new_cache
from parsers.message import Envelope
from routing.alignment import organisation
from routing.teams import Trust

log = structlog.get_logger("senders")

THREADS = 32
SECONDS = 8.0
"""For all questions about one mail."""
WAIT_SECONDS = 1.0
"""How long a batch waits."""
PATIENCE_SECONDS = 30.0
"""How long a mail does, its turn in the queue included."""
MOST_UNDER_WAY = 500
FORGOTTEN_AFTER = 600.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A mail whose sender is to be checked: its inbox id, header and envelope."""

    row_id: int
    raw: bytes
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class _UnderWay:
    answers: Future[Answers]
    since: float


class SenderChecks:
    """Asks about mails; used by one thread, the filer's."""

    def __init__(
        self,
        trust: Trust,
        servers: Sequence[str] = (),
        monotonic: Callable[[], float] = time.monotonic,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._trust, self._servers, self._monotonic, self._wait = trust, tuple(servers), monotonic, wait_seconds
        self._cache = new_cache()
        organisation("example.org")  # reads the list of public suffixes, once, before anybody waits
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sender")
        self._under_way: dict[int, _UnderWay] = {}
        self._stopping = False

    def begin(self, mails: Sequence[Asked]) -> dict[int, Answers | None]:
        """What is known about these mails, after a short wait: answers by inbox id; None where it took too long.

        A mail that is not among them is still being asked about: come again with it.
        """
        now = self._monotonic()
        self._forget(now)
        fresh = [mail for mail in mails if mail.row_id not in self._under_way]
        for mail in fresh[: max(0, MOST_UNDER_WAY - len(self._under_way))]:
            answers = self._threads.submit(self._ask, header_of(mail.raw), mail.envelope)
            self._under_way[mail.row_id] = _UnderWay(answers, now)
        begun = [self._under_way[mail.row_id].answers for mail in fresh if mail.row_id in self._under_way]
        if begun:
            wait(begun, self._wait)
        known = {mail.row_id: self._under_way[mail.row_id] for mail in mails if mail.row_id in self._under_way}
        found = {number: _answers(one.answers) for number, one in known.items() if one.answers.done()}
        late = {n for n, one in known.items() if n not in found and now - one.since > PATIENCE_SECONDS}
        for number in (*found, *late):
            del self._under_way[number]
        crowded = [mail.row_id for mail in fresh if mail.row_id not in known]
        if late or crowded:
            log.warning("senders were not checked: the DNS is too slow", mails=len(late) + len(crowded))
        return {**found, **dict.fromkeys((*late, *crowded))}

    def stop(self) -> None:
        """End as soon as the questions under way are answered or out of time (seconds)."""
        self._stopping = True
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, header: bytes, envelope: Envelope) -> Answers:
        return ask(header, envelope, self._trust, self._names())

    def _names(self) -> Names:
        return Resolver(self._servers, 0.0 if self._stopping else SECONDS, self._cache)

    def _forget(self, now: float) -> None:
        """Drop what nobody asked for again: another machine has filed it."""
        for number in [n for n, one in self._under_way.items() if now - one.since > FORGOTTEN_AFTER]:
            self._under_way.pop(number).answers.cancel()


def _answers(done: Future[Answers]) -> Answers | None:
    try:
        return done.result()
    except Exception:
        log.exception("a sender could not be checked")
        return None
