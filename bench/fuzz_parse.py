"""Throws generated and damaged mails at the reading and looks for anything that breaks its promises.

    bench/campaign parse --count 200000 --seed 1            (or: python -m bench.fuzz_parse …)
    bench/campaign parse --count 1000000 --seed 1           the full run
    bench/campaign parse --engine atheris --count 200000    coverage chooses the mails (needs the extra `fuzz`)
    bench/campaign parse --again 10000042                   one mail again, by the number of its finding

A finding is a mail that makes the reading raise or fail inside, takes more than 3 s of processor time, makes the process
grow by more than 6 times its size and 32 MB, or breaks a law of `bench/fuzz/laws.py` (texts, reply, names, HTML …).
Besides, the 99th percentile of all mails must stay under 60 ms per MB and 5 ms.  Ends with 1 where anything was found.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.fuzz import campaign, sources
from bench.fuzz.campaign import Finding
from bench.fuzz.measured import Meter
from bench.fuzz.shrink import shrunk

MISSING = (
    "atheris is not installed. Install the optional extra with: pip install -e '.[fuzz]' (Linux, CPython 3.11 to 3.13)"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the campaign."""
    parser.add_argument(
        "--count", type=int, default=200_000, help="how many mails (default 200000; the full run: 1000000)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same mails")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one for each core)")
    parser.add_argument(
        "--keep", type=Path, help="folder for the mails that broke something (default: a new one under /tmp)"
    )
    parser.add_argument("--engine", choices=["grammar", "atheris"], default="grammar", help="who makes the mails")
    parser.add_argument("--again", type=int, metavar="NUMBER", help="read only the mail of this number, and keep it")
    parser.add_argument("--shrink", action="store_true", help="make the first 20 findings small as well")
    parser.add_argument("--no-corpus", action="store_true", help="leave the mails beside the checkout alone")


def run(chosen: argparse.Namespace) -> int:
    """Runs what was chosen; gives the exit code."""
    keep = chosen.keep or Path(tempfile.mkdtemp(prefix="deskgate-fuzz-"))
    keep.mkdir(parents=True, exist_ok=True)
    if chosen.again is not None:
        return _again(chosen.again, keep, not chosen.no_corpus)
    if chosen.engine == "atheris":
        return _guided(chosen, keep)
    kept = sources.stock(not chosen.no_corpus)
    if not kept.files and not chosen.no_corpus:
        print("no corpus beside the checkout (DESKGATE_SHARED): only made-up mails are damaged", file=sys.stderr)

    def found(finding: Finding) -> None:
        print(f"mail {finding.number} ({finding.how}, {finding.size} bytes): {finding.law}", flush=True)
        (keep / f"{finding.number}.eml").write_bytes(sources.mail(finding.number, kept).raw)

    began = time.monotonic()
    tally = campaign.run(chosen.count, chosen.seed, max(1, chosen.jobs), not chosen.no_corpus, found)
    if chosen.shrink:
        _shrink([keep / f"{one.number}.eml" for one in tally.findings[:20]])
    print("\n".join(campaign.summary(tally, chosen.seed, time.monotonic() - began)))
    if tally.findings:
        print(f"the mails that broke something lie in {keep}")
    elif chosen.keep is None:
        keep.rmdir()
    return 1 if tally.findings or tally.p99 > 0 else 0


def _again(number: int, keep: Path, with_corpus: bool) -> int:
    """One mail once more, in this process."""
    kept = sources.stock(with_corpus)
    made = sources.mail(number, kept)
    file = keep / f"{number}.eml"
    file.write_bytes(made.raw)
    cost, law = Meter(kept).examine(0, made.raw)
    print(
        f"{made.how}, {cost.size} bytes, {cost.seconds * 1000:.1f} ms, {cost.memory / 1e6:.1f} MB: {law or 'nothing found'}"
    )
    print(f"written to {file}")
    return 1 if law else 0


def _shrink(files: Sequence[Path]) -> None:
    """Writes the small form of each mail beside it; what kills its reader or takes long is left as it is."""
    meter = Meter(sources.stock(with_corpus=False))
    for file in files:
        raw = file.read_bytes()
        cost, law = meter.examine(0, raw) if len(raw) < 1_000_000 else (None, "")
        if cost is not None and law and cost.seconds < 0.5:
            small = shrunk(raw, _like(meter, law))
            file.with_suffix(".small.eml").write_bytes(small)
            print(f"{file.name}: {len(raw)} bytes, small form {len(small)}: {law}")


def _like(meter: Meter, law: str) -> Callable[[bytes], bool]:
    """Whether another mail breaks the same law; its words begin the same, the mail's own words behind differ."""
    return lambda raw: meter.examine(0, raw)[1][:20] == law[:20]


def _guided(chosen: argparse.Namespace, keep: Path) -> int:
    """Coverage-guided runs, one to a process; what they find is read again here, uninstrumented."""
    if importlib.util.find_spec("atheris") is None:
        print(MISSING, file=sys.stderr)
        return 2
    each = chosen.count // max(1, chosen.jobs)
    commands = [
        [sys.executable, "-m", "bench.fuzz.guided", str(each), str(chosen.seed * 1000 + job), str(keep)]
        for job in range(max(1, chosen.jobs))
    ]
    running = [subprocess.Popen(one, cwd=sources.ROOT) for one in commands]
    failed = sum(one.wait() != 0 for one in running)
    meter = Meter(sources.stock(with_corpus=False))
    files = sorted((*keep.glob("*.eml"), *keep.glob("crash-*")))
    for file in files:
        print(f"{file}: {meter.examine(0, file.read_bytes())[1] or 'broken under instrumentation only'}")
    print(f"{each * len(running)} mails chosen by coverage, seed {chosen.seed}: {len(files)} findings, in {keep}")
    if failed:
        print(f"{failed} of {len(running)} runs ended early")
    return 1 if files or failed else 0


def main() -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
