"""Senders checked beside the filer: slow names hold nobody up, everybody is decided in the end, nothing grows."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from gateway.auth import senders
from gateway.auth.answers import Answers, Names
from gateway.auth.senders import PATIENCE_SECONDS, Asked, SenderChecks
from parsers.message import Envelope
from tests.helpers.desk import wait_for
from tests.helpers.signing import STRANGER, TRUST
from tests.helpers.world import NOW


@dataclass
class Gate:
    """A DNS that knows nothing, and for names under slow.example says so only when it is let."""

    opened: threading.Event = field(default_factory=threading.Event)

    def records(self, name: str, kind: str) -> Sequence[str | bytes]:
        """As Names has it."""
        if name.endswith("slow.example"):
            self.opened.wait(30)
        return []


class Checks(SenderChecks):
    """With that DNS, and a clock that the test moves."""

    def __init__(self) -> None:
        self.gate, self.now = Gate(), 0.0
        super().__init__(TRUST, (), lambda: self.now, wait_seconds=1.0)

    def _names(self) -> Names:
        return self.gate


@pytest.fixture
def checks() -> Iterator[Checks]:
    found = Checks()
    yield found
    found.gate.opened.set()
    found.stop()


def asked(number: int, domain: str = "cust.example") -> Asked:
    """A mail."""
    raw = f"From: a@{domain}\r\nSubject: Hi\r\n\r\nHello\r\n".encode()
    return Asked(number, raw, Envelope(f"a@{domain}", ("it@acme.example",), STRANGER, "smtp", NOW))


def test_a_slow_name_is_waited_for_shortly_and_found_when_one_comes_again(checks: Checks) -> None:
    first = checks.begin([asked(1), asked(2, "slow.example"), asked(3)])
    assert set(first) == {1, 3}
    assert all(isinstance(one, Answers) for one in first.values())
    assert checks.begin([asked(2, "slow.example"), asked(4)]).keys() == {4}
    checks.gate.opened.set()
    again = wait_for(lambda: checks.begin([asked(2, "slow.example")]), 10, "the answer")
    assert isinstance(again[2], Answers)


def test_after_half_a_minute_a_mail_goes_on_with_what_is_known(checks: Checks) -> None:
    assert checks.begin([asked(1, "slow.example")]) == {}
    checks.now = PATIENCE_SECONDS - 1
    assert checks.begin([asked(1, "slow.example")]) == {}
    checks.now = PATIENCE_SECONDS + 1
    assert checks.begin([asked(1, "slow.example")]) == {1: None}


def test_a_flood_of_slow_names_fills_no_more_than_its_place(checks: Checks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "MOST_UNDER_WAY", 40)
    flood = [asked(number, "slow.example") for number in range(100)]
    assert checks.begin(flood) == dict.fromkeys(range(40, 100))
    assert len(checks._under_way) == 40
    checks.now = 10_000.0
    checks.begin([])
    assert not checks._under_way, "what nobody asks for any more is forgotten"


def test_a_fault_in_a_check_is_told_as_no_answer(checks: Checks, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> Answers:
        raise RuntimeError("a fault")

    monkeypatch.setattr(senders, "ask", fails)
    assert checks.begin([asked(1)]) == {1: None}
