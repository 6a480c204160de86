"""How fast mails are read: the whole reading beside mail-parser alone and the standard library alone, in one run.

    python -m bench.parse [--count 400] [--seed 1] [--rounds 7]

The whole reading gives reply text, kind, sanitised HTML and hashed attachments; the two others only take the mail apart.
Prints, for the light and the mixed set, mails per second, megabytes per second and processor time per mail (medians over
the rounds; the order is turned round after each), and the ratio of the whole reading to mail-parser alone, as the median
of the rounds, beside what is wanted.  Only ratios of one run say anything: machines differ and are noisy.
"""

from __future__ import annotations

import argparse
import email
import gc
import importlib.metadata
import logging
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import mailparser

from bench.mails import light, mixed
from parsers.parse import parse

OURS, LIBRARY, STANDARD = "deskgate: whole reading", "mail-parser alone", "standard library alone"
READERS: Final[dict[str, Callable[[bytes], object]]] = {
    OURS: parse,
    LIBRARY: mailparser.parse_from_bytes,
    STANDARD: email.message_from_bytes,
}


@dataclass(frozen=True)
class Set:
    """A set of mails, and how much the whole reading may cost over mail-parser alone."""

    name: str
    make: Callable[[int, int], Iterator[bytes]]
    wanted: float


SETS: Final = (Set("light", light, 2.0), Set("mixed", mixed, 0.6))


def main() -> None:
    """Reads the arguments, measures, prints."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    arguments.add_argument("--count", type=int, default=400, help="mails in each set")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--rounds", type=int, default=7, help="at least 5 for a figure that is told to others")
    chosen = arguments.parse_args()
    logging.getLogger("mailparser").setLevel(logging.ERROR)
    print(machine())
    for one in SETS:
        report(one, list(one.make(chosen.count, chosen.seed)), max(1, chosen.rounds))


def machine() -> str:
    """What the figures were taken on, in a line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        named = [line.partition(":")[2] for line in cpuinfo.read_text("utf-8").splitlines() if "model name" in line]
        model = " ".join((named or [model])[0].split())
    library = importlib.metadata.version("mail-parser")
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {model}, {platform.system()} {platform.release()}, Python {platform.python_version()},"
        f" mail-parser {library}, load {load:.1f} before the run\n"
    )


def report(one: Set, mails: Sequence[bytes], rounds: int) -> None:
    """Measures every reader on one set and prints a table."""
    megabytes = sum(map(len, mails)) / 1e6
    print(f"{one.name}: {len(mails)} mails, {megabytes:.1f} MB, {rounds} rounds")
    times = measured(mails, rounds)
    for label, taken in times.items():
        seconds = statistics.median(taken)
        each = seconds / len(mails) * 1000
        print(
            f"  {label:24}{len(mails) / seconds:9.0f} mails/s{megabytes / seconds:9.1f} MB/s{each:9.3f} ms CPU a mail"
        )
    ratios = [ours / theirs for ours, theirs in zip(times[OURS], times[LIBRARY], strict=True)]
    ratio = statistics.median(ratios)
    verdict = "reached" if ratio <= one.wanted else "MISSED"
    print(
        f"  whole reading over mail-parser alone: {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f});"
        f" wanted at most {one.wanted}: {verdict}\n"
    )


def measured(mails: Sequence[bytes], rounds: int) -> dict[str, list[float]]:
    """Seconds of processor time of each reader for all mails, round by round, after one round that does not count."""
    times: dict[str, list[float]] = {label: [] for label in READERS}
    for number in range(rounds + 1):
        labels = list(READERS)
        for label in labels if number % 2 else reversed(labels):
            reader = READERS[label]
            gc.collect()
            start = time.process_time()
            for raw in mails:
                reader(raw)
            taken = time.process_time() - start
            if number:
                times[label].append(taken)
    return times


if __name__ == "__main__":
    main()
