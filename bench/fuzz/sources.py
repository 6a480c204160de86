"""From a number to a mail: the same number makes the same mail, so that a finding is a number.

Most mails are written by the grammar of `parts`; some of those are then damaged; where the shared corpus lies beside the
checkout (``DESKGATE_SHARED``, else ``../shared``), real mails of it are damaged too, read where they lie.  One in a hundred
is tall (up to a megabyte), one in a thousand a giant (up to 25 MB).
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.fuzz import giants, parts
from bench.fuzz.damage import damaged
from bench.mails import light

ROOT: Final = Path(__file__).resolve().parent.parent.parent
STRIDE: Final = 10_000_000
"""Numbers of one campaign: a mail's own number is seed * STRIDE + its place."""
MIB: Final = 1024 * 1024


@dataclass(frozen=True)
class Stock:
    """What is damaged: made-up letters, and the files of the corpus, in an order that does not change."""

    letters: tuple[bytes, ...]
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Made:
    """A mail and where it came from, in words."""

    number: int
    how: str
    raw: bytes


def stock(with_corpus: bool = True) -> Stock:
    """The stock of this machine; without a corpus beside the checkout only made-up mails are damaged."""
    base = Path(os.environ.get("DESKGATE_SHARED") or ROOT.parent / "shared")
    files = sorted(base.glob("corpus*/**/*.eml")) if with_corpus else []
    return Stock(tuple(light(40, 1)), tuple(files))


def numbers(seed: int, count: int) -> range:
    """The numbers of a campaign's mails."""
    return range(seed * STRIDE, seed * STRIDE + count)


def mail(number: int, kept: Stock) -> Made:
    """The mail of this number."""
    rng = random.Random(number)
    sort = rng.random()
    if sort < 0.001:
        how, raw = giants.giant(rng, MIB, giants.LARGEST)
        return Made(number, f"giant: {how}", raw)
    if sort < 0.011:
        how, raw = giants.giant(rng, 20_000, MIB)
        return Made(number, f"tall: {how}", raw)
    if sort < 0.5:
        return Made(number, "written", parts.mail(rng))
    if sort < 0.75 or not kept.files:
        other = rng.choice(kept.letters)
        raw = parts.mail(rng) if rng.random() < 0.8 else rng.choice(kept.letters)
        return Made(number, "written, damaged", damaged(rng, raw, other))
    path = rng.choice(kept.files)
    return Made(
        number,
        f"{path.parent.parent.name}/{path.name}, damaged",
        damaged(rng, path.read_bytes(), _other(rng, kept.files)),
    )


def _other(rng: random.Random, files: Sequence[Path]) -> bytes:
    return rng.choice(files).read_bytes() if rng.random() < 0.2 else b"x"
