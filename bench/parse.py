"""How fast mails are read: the whole reading beside mail-parser alone and the standard library alone, in one run.

    python -m bench.parse [--count 400] [--seed 1] [--rounds 5]

Prints, for the light and the mixed set, mails per second, megabytes per second and CPU time per mail (medians over the
rounds, taken in turn), and the ratio of the whole reading to mail-parser alone.  Only ratios of one run say anything.
"""

from __future__ import annotations

import argparse
import email
import logging
import statistics
import time
from collections.abc import Callable, Sequence

import mailparser

from bench.mails import light, mixed
from parsers.parse import parse

Reader = Callable[[bytes], object]
READERS: tuple[tuple[str, Reader], ...] = (
    ("deskgate: whole reading", parse),
    ("mail-parser alone", mailparser.parse_from_bytes),
    ("standard library alone", email.message_from_bytes),
)


def main() -> None:
    """Reads the arguments, measures, prints."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    arguments.add_argument("--count", type=int, default=400, help="mails in each set")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--rounds", type=int, default=5)
    chosen = arguments.parse_args()
    logging.getLogger("mailparser").setLevel(logging.ERROR)
    for name, make in (("light", light), ("mixed", mixed)):
        report(name, list(make(chosen.count, chosen.seed)), chosen.rounds)


def report(name: str, mails: Sequence[bytes], rounds: int) -> None:
    """Measures every reader on one set and prints a table."""
    megabytes = sum(map(len, mails)) / 1e6
    print(f"{name}: {len(mails)} mails, {megabytes:.1f} MB, {rounds} rounds")
    times: dict[str, list[float]] = {label: [] for label, _ in READERS}
    for _ in range(rounds):
        for label, reader in READERS:
            start = time.process_time()
            for raw in mails:
                reader(raw)
            times[label].append(time.process_time() - start)
    median = {label: statistics.median(taken) for label, taken in times.items()}
    for label, taken in median.items():
        each = taken / len(mails) * 1000
        print(f"  {label:26} {len(mails) / taken:9.0f} mails/s {megabytes / taken:8.1f} MB/s {each:8.3f} ms CPU a mail")
    print(f"  whole reading over mail-parser alone: {median[READERS[0][0]] / median[READERS[1][0]]:.2f}\n")


if __name__ == "__main__":
    main()
