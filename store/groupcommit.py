"""The durable doorstep: many receivers hand mail over, one thread writes it, one COMMIT with fsync serves them all.

Promise: a future that has a result means the mail's bytes and row are on disk.  A future with an exception means "try
again later" (451): nothing was stored, or a repeated mail will be found as a duplicate when it is filed.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from store.crashpoints import point
from store.database import Database
from store.errors import Corrupt, StoreError, StoreUnavailable
from store.inbox import Arrival, Inbox, digests

BATCH_BYTES = 16 * 1024 * 1024
"""A batch is closed above this much mail, so that a small mail does not wait for a hundred large ones."""


class QueueFull(StoreUnavailable):
    """More mail is waiting to be written than memory is set aside for: the disk is slower than the senders."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    arrival: Arrival
    done: Future[int] = field(default_factory=Future)


class GroupCommit:
    """One writer thread for the inbox.  `put` may be called from any thread and never blocks."""

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        *,
        max_batch: int = 64,
        max_queue: int = 2_000,
        max_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._max_batch = max_batch
        self._max_queue = max_queue
        self._max_bytes = max_bytes
        self._changed = threading.Condition()
        self._queue: deque[_Waiting] = deque()
        self._bytes = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Start the writer; once."""
        self._thread.start()

    def stop(self, drain: bool = True, timeout: float = 10.0) -> bool:
        """Take nothing more; write what waits (or, without `drain`, refuse it); end.  False: not within `timeout` s."""
        with self._changed:
            self._stopping = True
            refused = [] if drain else list(self._queue)
            if not drain:
                self._queue.clear()
                self._bytes = 0
            self._changed.notify()
        _fail(refused, StoreUnavailable("stopping"))
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def put(self, arrival: Arrival) -> Future[int]:
        """Hand a mail over; the future gives its inbox id once it is on disk.

        The future fails with StoreUnavailable (QueueFull at once), or with what was wrong with this one mail.  A
        cancelled future does not stop the row: the sender repeats, and the repetition is found as a duplicate.
        """
        item = _Waiting(arrival)
        with self._changed:
            problem = self._problem(len(arrival.raw))
            if problem is None:
                self._queue.append(item)
                self._bytes += len(arrival.raw)
                if len(self._queue) == 1:
                    self._changed.notify()
        if problem is not None:
            item.done.set_exception(problem)
        return item.done

    def _problem(self, size: int) -> StoreUnavailable | None:
        if self._stopping:
            return StoreUnavailable("stopping")
        if len(self._queue) >= self._max_queue or (self._queue and self._bytes + size > self._max_bytes):
            return QueueFull(f"{len(self._queue)} mails ({self._bytes} bytes) wait to be written")
        return None

    def _run(self) -> None:
        while batch := self._take():
            self._write(batch)

    def _take(self) -> list[_Waiting]:
        """What waits now, without waiting for more: while one batch is written, the next gathers by itself."""
        with self._changed:
            while not self._queue:
                if self._stopping:
                    return []
                self._changed.wait()
            batch: list[_Waiting] = []
            size = 0
            while self._queue and len(batch) < self._max_batch and size < BATCH_BYTES:
                item = self._queue.popleft()
                batch.append(item)
                size += len(item.arrival.raw)
            self._bytes -= size
            return batch

    def _write(self, batch: Sequence[_Waiting]) -> None:
        try:
            ids = self._commit([item.arrival for item in batch])
        except (StoreUnavailable, Corrupt) as error:
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever one mail contains
            if len(batch) == 1:
                _fail(batch, error if isinstance(error, StoreError) else StoreError(f"not stored: {error!r}"))
                return
            for item in batch:  # one of them is the cause; the others must not suffer for it
                self._write([item])
        else:
            for item, row_id in zip(batch, ids, strict=True):
                if item.done.set_running_or_notify_cancel():
                    item.done.set_result(row_id)

    def _commit(self, arrivals: Sequence[Arrival]) -> list[int]:
        hashes = digests(arrivals)
        with self._database.transaction() as tx:
            ids = self._inbox.add(tx, arrivals, hashes)
            point("p2.before_commit")
        point("raw.synced")
        point("p2.after_commit")
        return ids


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for item in batch:
        if item.done.set_running_or_notify_cancel():
            item.done.set_exception(error)
