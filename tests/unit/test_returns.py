"""What a delivery report proves: only of the address its return path is bound to, and only while that lives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from parsers.message import Bounce
from routing.identity import Purpose, Token
from routing.returns import is_final, judged
from tests.helpers.world import NOW, TicketOf

SAM, MARIA = "sam@cust.example", "maria@acme.example"


@dataclass(frozen=True)
class Sent:
    """The mail that came back."""

    kind: str
    recipient: str = SAM
    author: str = ""
    entry_text: str = ""
    outbox_id: int = 1


def bounce(*recipients: str, status: str = "5.1.1", action: str = "failed") -> Bounce:
    """A report."""
    return Bounce(recipients or (SAM,), status, "userunknown", "550 no such user", None, action)


def token(party: int = 1, purpose: Purpose = Purpose.BOUNCE, days: int = 0) -> Token:
    """A genuine return path, so many days old."""
    return Token(purpose, 1001, party, NOW.date() - timedelta(days=days), "it@acme.example")


@pytest.mark.parametrize(
    ("report", "path", "origin", "address", "mark", "tell"),
    [
        (bounce(), token(), None, SAM, True, True),
        (bounce("Sam@CUST.example"), token(), Sent("reply"), SAM, True, True),
        (bounce("other@cust.example", SAM), token(), None, SAM, True, True),
        (bounce(status="4.4.7"), token(), None, SAM, False, True),
        (bounce(status="4.4.7", action="delayed"), token(), None, None, False, False),
        (bounce(status="5.0.0", action="delayed"), token(), None, None, False, False),
        (bounce(status="4.2.2", action=""), token(), None, None, False, False),
        (bounce(status="2.0.0", action="delivered"), token(), None, None, False, False),
        (bounce(status="", action=""), token(), None, None, False, False),
        (bounce("other@cust.example"), token(), None, None, False, False),
        (
            bounce("sam@envelope.example"),
            token(),
            Sent("ack", "Sam@envelope.example"),
            "sam@envelope.example",
            True,
            True,
        ),
        (bounce("sam@envelope.example"), token(), None, None, False, False),
        (bounce(), token(days=10), None, SAM, True, True),
        (bounce(), token(days=11), None, None, False, False),
        (bounce(), token(party=99), None, None, False, False),
        (bounce(), token(purpose=Purpose.REQUESTER), None, None, False, False),
        (bounce(), None, None, None, False, False),
        (bounce(MARIA), token(party=3), Sent("notice", MARIA), MARIA, True, True),
        (bounce(MARIA), token(party=3), Sent("alarm", MARIA), MARIA, True, False),
        (bounce(MARIA), token(party=3), None, MARIA, True, False),
    ],
)
def test_what_a_report_proves(
    report: Bounce, path: Token | None, origin: Sent | None, address: str | None, mark: bool, tell: bool
) -> None:
    found = judged(report, path, TicketOf().parties, origin, NOW)
    assert (found.address, found.mark, found.tell) == (address, mark, tell)
    assert found.words
    assert bool(found.reason) is (address is not None)


@pytest.mark.parametrize(
    ("status", "action", "final"),
    [
        ("5.1.1", "", True),
        ("5.1.1", "failed", True),
        ("4.4.1", "failed", True),
        ("4.4.1", "", False),
        ("", "delayed", False),
    ],
)
def test_a_failure_is_final_when_refused_for_good_or_given_up(status: str, action: str, final: bool) -> None:
    assert is_final(bounce(status=status, action=action)) is final
