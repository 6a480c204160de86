"""Reader processes: they parse and decide, with limits on memory, CPU and time, and can be killed.

No mail can stop another (mail-safety 0.3): a mail that crashes or exhausts its reader is reported as `Unreadable`, the
reader is replaced, and the others go on.  Small mails travel several at a time, because a hand-over costs more than their
reading; if such a batch fails, each of its mails is read again alone, so that only the guilty one is blamed.
"""

from __future__ import annotations

import concurrent.futures
import gc
import multiprocessing
import os
import resource
import signal
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from pebble import ProcessExpired, ProcessFuture, ProcessPool

from gateway.settings import ReaderLimits
from parsers.message import Envelope
from routing.reading import Reader, Reading

log = structlog.get_logger("reading")

BATCH_MAILS = 16
BATCH_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A mail that could not be read; `final` when trying again makes no sense (a limit was crossed)."""

    reason: str
    final: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """What a reader gets: the bytes and the envelope."""

    raw: bytes
    envelope: Envelope


_reader: Reader | None = None
_limits = ReaderLimits()


def _start_reader(reader: Reader, limits: ReaderLimits) -> None:
    """Runs once in each reader process, before any mail."""
    global _reader, _limits
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _reader, _limits = reader, limits
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.freeze()


def _read_batch(batch: Sequence[Unread]) -> list[Reading | Unreadable]:
    """Runs in the reader process."""
    assert _reader is not None, "the pool runs _start_reader first"
    return [_read_one(_reader, mail) for mail in batch]


def _read_one(reader: Reader, mail: Unread) -> Reading | Unreadable:
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    # RLIMIT_CPU counts for the life of the process: give every mail its own allowance from here on
    resource.setrlimit(resource.RLIMIT_CPU, (spent + _limits.cpu_seconds + 1, resource.RLIM_INFINITY))
    try:
        return reader.read(mail.raw, mail.envelope)
    except MemoryError:
        return Unreadable("reading it needs more memory than a mail may", final=True)
    except RecursionError:
        return Unreadable("nested too deeply to be read", final=True)
    except Exception as problem:  # noqa: BLE001 - whatever stands in a mail must never end a reader
        return Unreadable(f"reading failed: {type(problem).__name__}: {problem}"[:500], final=False)


class Readers:
    """A pool of reader processes.  `read` may be called from one thread; results come in the order of the mails."""

    def __init__(self, reader: Reader, limits: ReaderLimits, processes: int | None = None) -> None:
        self._limits = limits
        self._processes = processes or max(1, (os.cpu_count() or 2) - 1)
        self._pool = self._new_pool(reader)

    def _new_pool(self, reader: Reader) -> ProcessPool:
        return ProcessPool(
            max_workers=self._processes,
            context=multiprocessing.get_context("spawn"),
            initializer=_start_reader,
            initargs=(reader, self._limits),
        )

    def replace(self, reader: Reader) -> None:
        """Read with other settings from now on (a reload)."""
        old, self._pool = self._pool, self._new_pool(reader)
        old.close()

    def submit(self, mails: Sequence[Unread]) -> Pending:
        """Hand mails to the readers; nothing is waited for."""
        chunks = _chunks(mails)
        return Pending(self, chunks, [self._schedule(chunk) for chunk in chunks])

    def _schedule(self, chunk: Sequence[Unread]) -> ProcessFuture[list[Reading | Unreadable]]:
        return self._pool.schedule(_read_batch, args=[chunk], timeout=self._limits.wall(sum(len(m.raw) for m in chunk)))

    def collect(
        self, chunk: Sequence[Unread], future: ProcessFuture[list[Reading | Unreadable]]
    ) -> list[Reading | Unreadable]:
        """The readings of a chunk; when the chunk failed as a whole, each mail is read again alone."""
        try:
            return future.result()
        except (concurrent.futures.TimeoutError, ProcessExpired, MemoryError, EOFError) as problem:
            if len(chunk) > 1:
                return [reading for mail in chunk for reading in self.collect([mail], self._schedule([mail]))]
            return [_blame(problem)]

    def stop(self) -> None:
        """End all readers; what they were reading lies in the database."""
        self._pool.stop()
        self._pool.join(timeout=10)


class Pending:
    """Mails on their way through the readers."""

    def __init__(
        self,
        readers: Readers,
        chunks: list[Sequence[Unread]],
        futures: list[ProcessFuture[list[Reading | Unreadable]]],
    ) -> None:
        self._readers, self._chunks, self._futures = readers, chunks, futures

    def result(self) -> list[Reading | Unreadable]:
        """Wait for all of them (bounded by their limits)."""
        pairs = zip(self._chunks, self._futures, strict=True)
        return [reading for chunk, future in pairs for reading in self._readers.collect(chunk, future)]


def _blame(problem: BaseException) -> Unreadable:
    if isinstance(problem, concurrent.futures.TimeoutError):
        return Unreadable("reading took longer than a mail may", final=True)
    if isinstance(problem, ProcessExpired) and problem.exitcode == -signal.SIGXCPU:
        return Unreadable("reading used more processor time than a mail may", final=True)
    return Unreadable(f"the reader process ended while reading it ({type(problem).__name__})", final=False)


def _chunks(mails: Sequence[Unread]) -> list[Sequence[Unread]]:
    """Several small mails together, a large one alone; the order stays."""
    chunks: list[list[Unread]] = []
    size = 0
    for mail in mails:
        if not chunks or len(chunks[-1]) >= BATCH_MAILS or size + len(mail.raw) > BATCH_BYTES:
            chunks.append([])
            size = 0
        chunks[-1].append(mail)
        size += len(mail.raw)
    return list(chunks)
