"""Coverage chooses: atheris (libFuzzer) hurts mails and keeps those that reach new code of the reading.

    python -m bench.fuzz.guided COUNT SEED FOLDER

Run by `bench.fuzz_parse --engine atheris`, as a process of its own, because libFuzzer ends the process it runs in.  Mails
that break a law are written into FOLDER, and the run goes on; who started it reads them again without instrumentation, so
times and memory are taken there.  Needs the optional extra: ``pip install -e '.[fuzz]'``.
"""

from __future__ import annotations

import hashlib
import importlib
import random
import sys
from pathlib import Path
from typing import Final

atheris = importlib.import_module("atheris")  # an optional extra, and it ships no types

with atheris.instrument_imports(include=["parsers"]):
    from bench.fuzz import laws, parts, sources
    from bench.fuzz.damage import damaged
    from parsers.parse import parse

LONGEST: Final = 100_000
SEEDS: Final = 400
_KINDS: Final = 30
"""Of one sort of finding so many mails are kept."""


class Guided:
    """The target and the mutator that libFuzzer calls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, int] = {}
        self._kept = sources.stock(with_corpus=False)

    def read(self, raw: bytes) -> None:
        """The target: reads a mail and keeps it when it breaks a law."""
        try:
            law = laws.broken(raw, parse(raw))
        except Exception as error:  # noqa: BLE001 - what is looked for
            law = f"raised {type(error).__name__}"
        sort = law[:30]
        if law and self._seen.setdefault(sort, 0) < _KINDS:
            self._seen[sort] += 1
            (self._folder / f"{hashlib.sha256(raw).hexdigest()[:16]}.eml").write_bytes(raw)

    def hurt(self, raw: bytes, most: int, seed: int) -> bytes:
        """The mutator: libFuzzer's own for bytes, ours for mails, and sometimes a new mail."""
        rng = random.Random(seed)
        sort = rng.random()
        if sort < 0.3:
            return bytes(atheris.Mutate(raw, most))
        if sort < 0.33:
            return parts.mail(rng)[:most]
        return damaged(rng, raw, rng.choice(self._kept.letters))[:most]


def main() -> None:
    """Writes the first mails, then gives the process to libFuzzer, which ends it."""
    count, seed, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    first = folder / f"first-{seed}"
    first.mkdir(parents=True, exist_ok=True)
    for number in range(SEEDS):
        raw = parts.mail(random.Random(f"{seed}/{number}"))
        if len(raw) < LONGEST:
            (first / f"{number}").write_bytes(raw)
    guided = Guided(folder)
    options = [
        f"-runs={count}",
        f"-seed={seed}",
        f"-max_len={LONGEST}",
        "-timeout=30",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={folder}/crash-",
    ]
    atheris.Setup([sys.argv[0], *options, str(first)], guided.read, custom_mutator=guided.hurt)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
