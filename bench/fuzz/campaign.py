"""A campaign: as many mails as wanted, on several processes, with a bar, a tally and a verdict.

Every process takes each n-th number, so the same mails are read whatever the number of processes.  A process that dies or
stands still is a finding about the mail it was reading; another goes on behind that mail.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.fuzz import sources
from bench.fuzz.measured import MEMORY, MEMORY_PER_BYTE, ROUNDS, Cost, Meter

STILL_SECONDS: Final = 120.0
"""Without any sign for so long a process is ended."""
EVERY_SECONDS: Final = 0.5
CLASSES: Final[tuple[tuple[str, int], ...]] = (
    ("up to 10 KB", 10_000), ("up to 100 KB", 100_000), ("up to 1 MB", 1_000_000), ("larger", sys.maxsize),
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """A mail that broke a law; `number` makes it again."""

    number: int
    how: str
    law: str
    size: int


@dataclass
class Tally:
    """What a campaign counted.  Times are in seconds, memory in bytes."""

    mails: int = 0
    size: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)
    late: dict[str, array[float]] = field(default_factory=lambda: {name: array("d") for name, _ in CLASSES})
    """By size of the mails: seconds over what the 99th percentile allows."""
    slowest: tuple[float, int, str] = (0.0, 0, "")
    """Seconds, number, where it came from."""
    greediest: tuple[int, int, str] = (0, 0, "")
    """Bytes beyond six times the mail, number, where it came from."""
    unmeasured: int = 0

    def add(self, number: int, how: str, cost: Cost) -> None:
        """Counts one mail."""
        self.mails += 1
        self.size += cost.size
        self.seconds += cost.seconds
        self.late[next(name for name, most in CLASSES if cost.size <= most)].append(cost.late)
        self.slowest = max(self.slowest, (cost.seconds, number, how))
        self.greediest = max(self.greediest, (cost.memory - MEMORY_PER_BYTE * cost.size, number, how))
        self.unmeasured += cost.memory < 0

    def join(self, other: Tally) -> None:
        """Takes over what another process counted."""
        self.mails += other.mails
        self.size += other.size
        self.seconds += other.seconds
        self.findings += other.findings
        for name, late in other.late.items():
            self.late[name].extend(late)
        self.slowest = max(self.slowest, other.slowest)
        self.greediest = max(self.greediest, other.greediest)
        self.unmeasured += other.unmeasured

    @property
    def p99(self) -> float:
        """By how many seconds the 99th percentile is over (negative: under) its limit."""
        return _p99(array("d", (one for late in self.late.values() for one in late)))


def _p99(late: array[float]) -> float:
    return sorted(late)[int(len(late) * 0.99)] if late else 0.0


@dataclass
class _Runner:
    process: BaseProcess
    pipe: Connection
    at: Synchronized[int]
    heard: float
    done: bool = False


def run(count: int, seed: int, jobs: int, with_corpus: bool = True, found: Callable[[Finding], None] = print) -> Tally:
    """Runs the campaign; `found` hears of each finding at once."""
    tally, numbers = Tally(), sources.numbers(seed, count)
    runners = [_start(numbers[at::jobs], with_corpus) for at in range(min(jobs, max(count, 1)))]
    try:
        with _bar() as bar:
            task = bar.add_task("reading", total=count)
            while runners:
                for runner in _ready(runners):
                    _hear(runner, tally, found)
                for runner in [one for one in runners if one.done or not _alive(one)]:
                    runners.remove(runner)
                    runner.process.join()
                    if not runner.done:
                        left = _blame(runner, tally, found, numbers, jobs)
                        runners += [_start(left, with_corpus)] if left else []
                bar.update(task, completed=tally.mails, description=f"{len(tally.findings)} findings")
    finally:
        for runner in runners:
            runner.process.kill()
    return tally


def _bar() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _start(numbers: range, with_corpus: bool) -> _Runner:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    at: Synchronized[int] = context.Value("q", numbers[0])
    process = context.Process(target=_work, args=(theirs, at, numbers, with_corpus), daemon=True)
    process.start()
    theirs.close()
    return _Runner(process, ours, at, time.monotonic())


def _work(pipe: Connection, at: Synchronized[int], numbers: range, with_corpus: bool) -> None:
    """The life of a process: read, tell, until its numbers are done."""
    kept = sources.stock(with_corpus)
    meter, tally, told = Meter(kept), Tally(), time.monotonic()
    late = array("d")
    for number in numbers:
        at.value = number
        made = sources.mail(number, kept)
        cost, law = meter.examine(number, made.raw)
        if cost.late > 0:
            late.extend((number, cost.seconds, cost.memory, cost.size))
        else:
            tally.add(number, made.how, cost)
        if law:
            tally.findings.append(Finding(number, made.how, law, len(made.raw)))
        if time.monotonic() - told > EVERY_SECONDS:
            pipe.send(tally)
            tally, told = Tally(), time.monotonic()
    pipe.send(tally)
    for part in _once_more(late, meter, kept):
        pipe.send(part)
    pipe.send(None)


def _once_more(late: array[float], meter: Meter, kept: sources.Stock) -> Iterator[Tally]:
    """Reads the late mails again when some time has passed, in several rounds: a busy neighbour may be gone by then.

    They are numbers in one block of memory: values of their own, made between giants, would keep the giants' memory.
    """
    for last in (*(False,) * (ROUNDS - 1), True):
        tally, told, left = Tally(), time.monotonic(), array("d")
        for at in range(0, len(late), 4):
            number, size = int(late[at]), int(late[at + 3])
            made = sources.mail(number, kept)
            best = meter.again(made.raw, Cost(late[at + 1], int(late[at + 2]), size))
            if best.late <= 0 or last:
                tally.add(number, made.how, best)
            else:
                left.extend((number, best.seconds, best.memory, size))
            if time.monotonic() - told > EVERY_SECONDS:
                yield tally
                tally, told = Tally(), time.monotonic()
        yield tally
        late = left


def _ready(runners: list[_Runner]) -> list[_Runner]:
    ready = multiprocessing.connection.wait([one.pipe for one in runners], timeout=1.0)
    return [one for one in runners if one.pipe in ready]


def _hear(runner: _Runner, tally: Tally, found: Callable[[Finding], None]) -> None:
    try:
        told = runner.pipe.recv()
    except EOFError:
        runner.process.join()  # it died; whoever looks next sees it
        return
    runner.heard = time.monotonic()
    if told is None:
        runner.done = True
        return
    tally.join(told)
    for one in told.findings:
        found(one)


def _alive(runner: _Runner) -> bool:
    if time.monotonic() - runner.heard > STILL_SECONDS:
        runner.process.kill()
        return False
    return runner.process.is_alive() or runner.pipe.poll()


def _blame(runner: _Runner, tally: Tally, found: Callable[[Finding], None], numbers: range, jobs: int) -> range:
    """The mail at which a process ended is a finding; gives the numbers that are left."""
    number = runner.at.value
    law = f"the process that read it ended ({runner.process.exitcode}): a crash, or no end of reading"
    finding = Finding(number, "made again by --again", law, 0)
    tally.findings.append(finding)
    tally.mails += 1
    found(finding)
    return range(number + jobs, numbers.stop, jobs)


def summary(tally: Tally, seed: int, wall: float) -> list[str]:
    """The lines of the report, figures beside their limits."""
    lines = [
        f"{tally.mails} mails of seed {seed}, {tally.size / 1e6:.0f} MB, read in {tally.seconds:.0f} s of processor time,"
        f" {wall:.0f} s by the clock: {len(tally.findings)} findings",
        f"processor time: p99 {abs(tally.p99) * 1000:.1f} ms {'OVER' if tally.p99 > 0 else 'under'} its limit of 5 ms and"
        f" 60 ms per MB; worst {tally.slowest[0]:.2f} s (limit 3 s), mail {tally.slowest[1]}, {tally.slowest[2]}",
    ]
    for name, late in tally.late.items():
        if late:
            over = 100 * sum(one > 0 for one in late) / len(late)
            lines.append(
                f"  {name:13}{len(late):8} mails, {over:6.2f} % over that limit, p99 {_p99(late) * 1000:+8.1f} ms"
            )
    excess, number, how = tally.greediest
    if tally.unmeasured:
        lines.append(f"memory: not measured for {tally.unmeasured} mails (this kernel sets no peak back)")
    else:
        lines.append(
            f"memory: at most {excess / 1e6:.1f} MB beyond 6 times the mail (limit {MEMORY / 1e6:.1f}),"
            f" mail {number}, {how}"
        )
    return lines
