"""Old mail into the durable inbox: the second pass of `deskgate import`, in small transactions, beside a daemon or not.

What survives a crash: every batch whose COMMIT was done.  The same import again passes over every mail whose very bytes are
stored already, so that nothing is filed twice and it goes on where it stopped.  A mail that came by another door with other
trace fields is found to be a duplicate when it is filed.

Beside a daemon, no more than `MOST_WAITING` mails are put before its filer at a time: new mail comes behind them, and must
not wait for a whole archive.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.archives.catalogue import Catalogue, OldMail
from gateway.intake import arrival
from gateway.sources.base import Accepted
from parsers.message import Envelope
from parsers.peek import peek
from routing.history import is_quiet
from store.errors import StoreUnavailable
from store.inbox import Arrival, digests
from store.store import Store

BATCH_MAILS = 50
BATCH_BYTES = 8 * 1024 * 1024
MOST_WAITING = 200
LOOK_SECONDS = 0.05
STALLED_SECONDS = 60.0
"""A filer that has filed nothing for so long is not waited for any more."""
BUSY_TRIES = 5
BUSY_PAUSE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How the mails are taken: `source` as in `routing.history`, for these aliases, at most `largest` bytes each."""

    source: str
    recipients: tuple[str, ...]
    largest: int


@dataclass(slots=True)
class Tally:
    """What became of the mails so far; `bytes` are those of the archive that are done, taken or not."""

    stored: int = 0
    known: int = 0
    failed: int = 0
    bytes: int = 0

    @property
    def done(self) -> int:
        """Mails that need no further look."""
        return self.stored + self.known + self.failed


def take_in(
    catalogue: Catalogue,
    store: Store,
    manner: Manner,
    now: Callable[[], datetime],
    *,
    files_beside: Callable[[], bool],
    told: Callable[[Tally], None],
) -> Tally:
    """Store every mail of the catalogue.  `files_beside`: whether a daemon files meanwhile; `told` hears of each batch.

    Raises StoreUnavailable when the database stays away; what was stored until then is safe.
    """
    tally = Tally()
    for batch in _batches(catalogue, manner, now()):
        good = [mail for mail in batch if not mail.fault]
        for mail in batch:
            if mail.fault:
                catalogue.leave_out(mail.fault, mail.where)
        if good:
            stored = _patiently(store, [_arrival(mail, manner, now()) for mail in good])
            tally.stored += stored
            tally.known += len(good) - stored
        tally.failed += len(batch) - len(good)
        tally.bytes += sum(mail.size for mail in batch)
        told(tally)
        if good and files_beside():
            _let_it_file(store)
    return tally


def _batches(catalogue: Catalogue, manner: Manner, now: datetime) -> Iterator[list[OldMail]]:
    batch: list[OldMail] = []
    weight = 0
    for mail in catalogue.mails(manner.largest, now):
        batch.append(mail)
        weight += len(mail.raw)
        if len(batch) >= BATCH_MAILS or weight >= BATCH_BYTES:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def _arrival(mail: OldMail, manner: Manner, now: datetime) -> Arrival:
    """Quiet mail came when it says it came; other mail comes now, and is answered from now on."""
    sender = peek(mail.raw).from_address if mail.sender is None else mail.sender
    when = min(mail.when, now) if is_quiet(manner.source) else now
    envelope = Envelope(sender, manner.recipients, source=manner.source, received_at=when)
    return arrival(Accepted(manner.source, envelope, mail.raw))


def _patiently(store: Store, arrivals: Sequence[Arrival]) -> int:
    """Store a batch; how many were new.  A database that is busy gets some time."""
    hashes = digests(arrivals)
    for attempt in range(BUSY_TRIES):
        try:
            return _store(store, arrivals, hashes)
        except StoreUnavailable:
            if attempt == BUSY_TRIES - 1:
                raise
            time.sleep(BUSY_PAUSE_SECONDS)
    raise AssertionError("the last attempt returns or raises")


def _store(store: Store, arrivals: Sequence[Arrival], hashes: Sequence[str]) -> int:
    with store.transaction() as tx:
        there = store.inbox.stored(tx, hashes)
        fresh: dict[str, Arrival] = {}
        for digest, one in zip(hashes, arrivals, strict=True):
            if digest not in there:
                fresh.setdefault(digest, one)
        store.inbox.add(tx, list(fresh.values()), list(fresh))
    return len(fresh)


def _let_it_file(store: Store) -> None:
    """Until few mails wait, or the filer does not move any more."""
    least, since = None, time.monotonic()
    while time.monotonic() - since < STALLED_SECONDS:
        with store.reading() as tx:
            waiting = store.inbox.counts(tx).waiting
        if waiting <= MOST_WAITING:
            return
        if least is None or waiting < least:
            least, since = waiting, time.monotonic()
        time.sleep(LOOK_SECONDS)
