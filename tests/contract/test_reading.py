"""Reader processes: what a hostile mail does to its reader, it does to nobody else."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import pytest

from gateway.config.settings import ReaderLimits
from gateway.reading import BATCH_MAILS, Readers, Unread, Unreadable
from parsers.message import Envelope
from routing.reading import Reader, Reading

LIMITS = ReaderLimits(memory=1024 * 1024 * 1024, cpu_seconds=2, wall_seconds=1.0)


@dataclass(frozen=True)
class Misbehaving:
    """Stands for a reader: does what the mail's bytes say, else gives them back."""

    def read(self, raw: bytes, _envelope: Envelope, _checked: str = "") -> bytes:
        """Sleep, compute, take memory, die or fail."""
        match raw.split(b":")[0]:
            case b"sleep":
                time.sleep(60)
            case b"compute":
                while True:
                    pass
            case b"memory":
                return bytes(8 * 1024 * 1024 * 1024)
            case b"die":
                os.kill(os.getpid(), signal.SIGKILL)
            case b"exit":
                os._exit(3)
            case b"recursion":
                return self.read(raw, _envelope)
            case b"fail":
                raise RuntimeError("a fault")
        return raw


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """One reader process."""
    found = Readers(cast(Reader, Misbehaving()), LIMITS, processes=1)
    yield found
    found.stop()


def read(readers: Readers, *mails: bytes) -> list[object]:
    """What the readers say of some mails."""
    envelope = Envelope("a@b.example", ("it@acme.example",))
    return list(cast(list[object], readers.submit([Unread(raw, envelope) for raw in mails]).result()))


def test_results_come_in_the_order_of_the_mails(readers: Readers) -> None:
    mails = [b"mail %d" % number for number in range(3 * BATCH_MAILS + 1)]
    assert read(readers, *mails) == mails


@pytest.mark.parametrize(
    ("mail", "final"),
    [
        (b"sleep", True),
        (b"compute", True),
        (b"memory", True),
        (b"recursion", True),
        (b"die", False),
        (b"exit", False),
        (b"fail", False),
    ],
)
def test_a_mail_that_harms_its_reader_is_blamed_alone(readers: Readers, mail: bytes, final: bool) -> None:
    before, blamed, after = read(readers, b"before", mail, b"after")
    assert (before, after) == (b"before", b"after")
    assert isinstance(blamed, Unreadable)
    assert blamed.final is final
    assert read(readers, b"next") == [b"next"]


def test_a_large_mail_may_take_longer_than_a_small_one() -> None:
    assert LIMITS.wall(25 * 1024 * 1024) == pytest.approx(LIMITS.wall(0) + 5)


def test_stopping_does_not_wait_for_a_mail_that_is_being_read() -> None:
    own = Readers(cast(Reader, Misbehaving()), ReaderLimits(wall_seconds=60), processes=1)
    assert read(own, b"warm") == [b"warm"]
    pending = own.submit([Unread(b"sleep", Envelope("", ()))])
    time.sleep(0.3)
    began = time.monotonic()
    own.stop()
    assert time.monotonic() - began < 10
    (left,) = cast(list[Reading | Unreadable], pending.result())
    assert isinstance(left, Unreadable)
    assert not left.final


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.3])
def test_a_reader_that_is_still_starting_is_ended_with_the_others(seconds: float) -> None:
    """It ignores SIGTERM: one that is forgotten would keep the daemon from ending, for ever."""
    before = set(multiprocessing.active_children())
    own = Readers(cast(Reader, Misbehaving()), LIMITS, processes=2)
    time.sleep(seconds)
    own.stop()
    assert set(multiprocessing.active_children()) <= before
