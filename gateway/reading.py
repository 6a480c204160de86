"""Reader processes: they parse and decide, with limits on memory, processor time and time, and can be killed.

No mail can stop another (mail-safety 0.3): a mail that crashes or exhausts its reader is reported as `Unreadable`, the
reader is replaced, and the others go on.  Small mails travel several at a time, because a hand-over costs more than their
reading; if such a batch fails, each of its mails is read again alone, so that only the guilty one is blamed.

Each reader has a pipe of its own and a thread that waits for it.  A pool that shares one queue among its processes stands
still for ever when a process is killed from outside while it holds the queue's lock; here a killed reader takes nothing
with it.  A reader ends by itself when the daemon is gone: its pipe then reads as closed.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import structlog

from gateway.auth.answers import Answers
from gateway.config.settings import ReaderLimits
from gateway.slowrules import SlowRules
from parsers.message import Envelope
from routing.reading import Reader, Reading

log = structlog.get_logger("reading")

BATCH_MAILS = 16
BATCH_BYTES = 512 * 1024
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A mail that could not be read; `final` when trying again makes no sense (a limit was crossed)."""

    reason: str
    final: bool


@dataclass(frozen=True)
class Unread:
    """What a reader gets: the bytes and the envelope."""

    raw: bytes
    envelope: Envelope
    answers: Answers | None = None
    """What the DNS said about its sender, to be judged with the mail."""
    checked: str = ""
    """Or what was judged before."""


Judge = Callable[[bytes, Answers], str]
"""`gateway.auth.checking.judge`, where senders are checked (it needs an extra)."""
Result = Reading | Unreadable


def _serve(pipe: Connection, reader: Reader, limits: ReaderLimits, judge: Judge | None) -> None:
    """The life of a reader process: batch in, results out, until the pipe is closed."""
    for number in (signal.SIGINT, signal.SIGTERM):  # they may reach the whole group; the daemon ends us in its time
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.freeze()
    pipe.send("ready")
    while True:
        try:
            batch: Sequence[Unread] = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send([_read_one(reader, mail, limits, judge) for mail in batch])


def _read_one(reader: Reader, mail: Unread, limits: ReaderLimits, judge: Judge | None) -> Result:
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    # RLIMIT_CPU counts for the life of the process: give every mail its own allowance from here on
    resource.setrlimit(resource.RLIMIT_CPU, (spent + limits.cpu_seconds + 1, resource.RLIM_INFINITY))
    try:
        checked = mail.checked
        if judge is not None and mail.answers is not None:
            checked = judge(mail.raw, mail.answers)
        return reader.read(mail.raw, mail.envelope, checked)
    except MemoryError:
        return Unreadable("reading it needs more memory than a mail may", final=True)
    except RecursionError:
        return Unreadable("nested too deeply to be read", final=True)
    except Exception as problem:  # noqa: BLE001 - whatever stands in a mail must never end a reader
        return Unreadable(f"reading failed: {type(problem).__name__}: {problem}"[:500], final=False)


class _TookTooLong(Exception):
    """No answer within the time a batch may take."""


class _Ended(Exception):
    """The reader process ended; the argument is its exit code, negative for a signal."""


class _ReaderProcess:
    """One reader and its pipe.  Used by one thread; any other may `kill` it."""

    def __init__(self, reader: Reader, limits: ReaderLimits, judge: Judge | None) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, self._theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=_serve, args=(self._theirs, reader, limits, judge), name="reader", daemon=True
        )
        self._starting = threading.Lock()
        self._killed = False

    def start(self) -> None:
        """Start it and wait until it can read.  Raises _Ended when it cannot, or was killed meanwhile."""
        try:
            with self._starting:
                if self._killed:
                    raise _Ended(None)
                self._process.start()
            self._theirs.close()
            self._answer(START_SECONDS)
        except (OSError, _TookTooLong) as problem:  # no process or no memory to be had: not the mail's fault
            raise _Ended(None) from problem

    def read(self, batch: Sequence[Unread], seconds: float) -> list[Result]:
        """The readings of a batch.  Raises _TookTooLong or _Ended; the process is then of no use any more."""
        try:
            self._pipe.send(batch)
        except (OSError, ValueError) as broken:
            raise self._ended() from broken
        answer = self._answer(seconds)
        assert isinstance(answer, list), "a reader answers a batch with a list"
        return answer

    def _answer(self, seconds: float) -> object:
        try:
            if not self._pipe.poll(seconds):
                raise _TookTooLong
            return self._pipe.recv()
        except (EOFError, OSError) as broken:
            raise self._ended() from broken

    def _ended(self) -> _Ended:
        self._process.join(1.0)
        return _Ended(self._process.exitcode)

    def kill(self) -> None:
        """Make it end, or never start; the thread that uses it hears of that by its pipe."""
        with self._starting:
            self._killed = True
            if self._process.pid is not None:
                self._process.kill()

    def end(self) -> None:
        """Kill it and wait for its end; what it was reading lies in the database."""
        self.kill()
        self._pipe.close()
        self._theirs.close()
        if self._process.pid is not None:
            self._process.join(5.0)


class Readers:
    """A few reader processes, each with the thread that waits for it.  `submit` may be called from any thread."""

    def __init__(
        self, reader: Reader, limits: ReaderLimits, processes: int | None = None, judge: Judge | None = None
    ) -> None:
        self._reader, self._limits, self._judge = reader, limits, judge
        self.slow_rules = SlowRules()
        """Rules that are switched off because their patterns take too long."""
        self._count = processes or max(1, (os.cpu_count() or 2) - 1)
        self._mine = threading.local()
        self._all: set[_ReaderProcess] = set()
        self._lock = threading.Lock()
        self._stopping = False
        self._threads = ThreadPoolExecutor(self._count, thread_name_prefix="reader")
        for _ in range(self._count):
            self._threads.submit(self._read, [])  # starts the processes now, not with the first mail

    def submit(self, mails: Sequence[Unread]) -> Pending:
        """Hand mails to the readers; nothing is waited for."""
        return Pending([self._threads.submit(self._read, chunk) for chunk in _chunks(mails)])

    def stop(self) -> None:
        """End all readers.  Mails under way are not lost: their rows still wait."""
        with self._lock:
            self._stopping = True
            running = list(self._all)
        for process in running:
            process.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for process in running:
            process.end()

    def _read(self, batch: Sequence[Unread]) -> list[Result]:
        """Runs in a reader's thread.  When a batch fails as a whole, each of its mails is read again alone."""
        try:
            results = self._process().read(batch, self._limits.wall(sum(len(mail.raw) for mail in batch)))
            self.slow_rules.note(results)
            return results
        except (_TookTooLong, _Ended) as problem:
            self._give_up()
            if len(batch) > 1:
                return [result for mail in batch for result in self._read([mail])]
            return [self._blame(problem)] if batch else []

    def _process(self) -> _ReaderProcess:
        """This thread's process, started anew when it has none."""
        known: _ReaderProcess | None = getattr(self._mine, "process", None)
        switched_off = self.slow_rules.disabled
        if known is not None and self._mine.without == switched_off:
            return known
        self._give_up()
        fresh = _ReaderProcess(self.slow_rules.without(self._reader), self._limits, self._judge)
        with self._lock:  # known before it runs: one that is missed by `stop` ignores SIGTERM and outlives the daemon
            if self._stopping:
                raise _Ended(0)
            self._all.add(fresh)
        self._mine.process, self._mine.without = fresh, switched_off
        fresh.start()
        return fresh

    def _give_up(self) -> None:
        process: _ReaderProcess | None = getattr(self._mine, "process", None)
        self._mine.process = None
        if process is not None and not self._stopping:
            process.end()
            with self._lock:
                self._all.discard(process)

    def _blame(self, problem: Exception) -> Unreadable:
        if isinstance(problem, _TookTooLong):
            return Unreadable("reading took longer than a mail may", final=True)
        if problem.args and problem.args[0] == -signal.SIGXCPU:
            return Unreadable("reading used more processor time than a mail may", final=True)
        if not self._stopping:
            log.warning("a reader ended while it read a mail", exit_code=problem.args[0] if problem.args else None)
        return Unreadable("the reader process ended while it read this mail", final=False)


class Pending:
    """Mails on their way through the readers."""

    def __init__(self, futures: list[Future[list[Result]]]) -> None:
        self._futures = futures

    def result(self) -> list[Result]:
        """Wait for all of them (bounded by their limits), in the order of the mails."""
        return [result for future in self._futures for result in future.result()]


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
