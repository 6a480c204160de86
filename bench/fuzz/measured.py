"""What reading one mail costs: processor time and memory, taken in a process that does nothing else.

Memory is the peak of resident memory while the mail is read (``VmHWM``, set back through ``/proc/self/clear_refs`` before
each mail), less what the process held after warming up, before any mail was made.  So the mail itself counts, and what
earlier mails left behind.  Where the kernel does not let a process set its peak back, memory is not measured, and the
report says so.  A mail on which reading does not end is ended by the kernel with its process (SIGPROF).
"""

from __future__ import annotations

import ctypes
import gc
import resource
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.fuzz import laws, sources
from parsers.message import Message
from parsers.parse import parse

SECONDS_PER_BYTE: Final = 0.060 / 1e6
SECONDS: Final = 0.005
"""The 99th percentile: 60 ms per MB and 5 ms (mail-safety, row 8)."""
WORST_SECONDS: Final = 3.0
STUCK_SECONDS: Final = 30.0
"""After so much processor time for one mail the process ends."""
MEMORY_PER_BYTE: Final = 6
MEMORY: Final = 32 * 1024 * 1024
"""Peak of memory over that before the mail: six times the mail and 32 MB."""
ADDRESS_SPACE: Final = 2 * 1024**3
TRIMMED: Final = 4 * 1024 * 1024
"""Bytes that earlier mails may leave in the allocator before it is told to give them back."""
WARM_UP: Final = 1000
"""So many mails of up to 1 MB are read before measuring begins: a reader's memory settles with them."""
ROUNDS: Final = 4
"""Mails over the limit of the p99 are read again so often, and their least time counts: neighbours only add to it."""
THOROUGH: Final = 16
"""Every so manieth mail is read twice more (the same value, the same key)."""


@dataclass(frozen=True)
class Cost:
    """Processor time in seconds, memory in bytes (-1: not measured), size of the mail in bytes."""

    seconds: float
    memory: int
    size: int

    @property
    def late(self) -> float:
        """Seconds over (or, negative, under) what the 99th percentile allows."""
        return self.seconds - SECONDS - SECONDS_PER_BYTE * self.size


class Meter:
    """Reads mails and takes what it costs; one to a process."""

    def __init__(self, kept: sources.Stock) -> None:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE if hard < 0 else min(ADDRESS_SPACE, hard), hard))
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        self._trim = _trimmer()
        for number in range(WARM_UP):
            made = sources.mail(-1 - number, kept)
            if len(made.raw) < 1_000_000:
                laws.broken(made.raw, parse(made.raw))
        gc.collect()
        gc.freeze()  # as the readers of the daemon do
        self._trim(0)
        self._floor = _resident("VmRSS")

    def examine(self, number: int, raw: bytes) -> tuple[Cost, str]:
        """Reads a mail; gives what it cost, and the law it broke or ""."""
        message, cost, failure = self._read(raw)
        if message is None:
            return cost, failure
        if cost.seconds > WORST_SECONDS:
            cost = self.again(raw, cost)
        return cost, too_much(cost) or laws.broken(raw, message, number % THOROUGH == 0)

    def again(self, raw: bytes, cost: Cost) -> Cost:
        """What it costs at best, now or before."""
        return replace(cost, seconds=min(cost.seconds, self._read(raw)[1].seconds))

    def _read(self, raw: bytes) -> tuple[Message | None, Cost, str]:
        if _resident("VmRSS") > self._floor + TRIMMED:
            self._trim(0)
        measurable = _forget_peak()
        signal.setitimer(signal.ITIMER_PROF, STUCK_SECONDS)
        start = time.thread_time()  # that of the process is coarse while its timer runs
        try:
            message, failure = parse(raw), ""
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            message, failure = None, f"raised {type(error).__name__} in {_place(error)}"
        taken = time.thread_time() - start
        signal.setitimer(signal.ITIMER_PROF, 0)
        memory = max(0, _resident("VmHWM") - self._floor) if measurable else -1
        return message, Cost(taken, memory, len(raw)), failure


def too_much(cost: Cost) -> str:
    """What a mail cost too much of, or ""; the 99th percentile is a law of all mails together."""
    if cost.seconds > WORST_SECONDS:
        return f"{cost.seconds:.1f} s of processor time"
    if cost.memory > MEMORY + MEMORY_PER_BYTE * cost.size:
        return f"{cost.memory / 1e6:.0f} MB of memory for {cost.size / 1e6:.2f} MB"
    return ""


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


def _resident(line: str) -> int:
    """A figure of ``/proc/self/status`` in bytes; 0 where there is none."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return 0
    _, found, rest = status.partition(f"{line}:")
    return int(rest.split(None, 1)[0]) * 1024 if found else 0


def _forget_peak() -> bool:
    try:
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    except OSError:
        return False
    return True


def _trimmer() -> Callable[[int], object]:
    """The C library's way to give freed memory back to the kernel (glibc has one), or nothing."""
    try:
        trim: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return lambda _: None
    return trim
