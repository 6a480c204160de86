"""How a smarthost that is away is treated: one probe at a time, and a gentle beginning when it is back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.delivery.base import Cause, Result
from gateway.delivery.breaker import AFTERMATH, FAILURES, LONGEST_PAUSE, LONGEST_REFUSED, NARROW, Breaker
from gateway.delivery.replies import Step, judge, lost

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
SENT = Result("sent", "250 ok")


def trouble(cause: Cause = "access") -> Result:
    """A mail that did not go."""
    return Result("retry", "connection refused (connecting)", cause)


def breaker(width: int = 4) -> Breaker:
    """With pauses neither stretched nor shortened."""
    return Breaker(width, lambda: 0.5)


def test_a_server_that_works_is_used_to_the_full() -> None:
    one = breaker()
    assert [one.places(busy, NOW) for busy in range(5)] == [4, 3, 2, 1, 0]
    assert one.heard(SENT, 3, NOW) is None
    assert not one.in_order(NOW)


@pytest.mark.parametrize("cause", ["access", "login"])
def test_nobody_gets_in_and_only_one_asks_again_after_growing_pauses(cause: Cause) -> None:
    one, now = breaker(), NOW
    assert one.heard(trouble(cause), 0, now) == "away"
    pauses = []
    for _ in range(12):
        began = now
        while not one.places(0, now):
            assert one.places(1, now) == 0
            now += timedelta(seconds=1)
        assert one.places(0, now) == 1
        pauses.append((now - began).total_seconds())
        assert one.heard(trouble(cause), 0, now) is None
    if cause == "access":
        assert pauses[:5] == [5, 10, 20, 40, 60]
        assert pauses[-1] == LONGEST_PAUSE.total_seconds()
    else:
        assert pauses[:4] == [60, 120, 240, 480]
        assert pauses[-1] == LONGEST_REFUSED.total_seconds()
    assert one.trouble is not None
    assert one.trouble.since == NOW


@pytest.mark.parametrize(
    "answer", [SENT, Result("retry", "450 4.2.0 greylisted"), Result("failed", "550 5.1.1 no", "recipient")]
)
def test_whatever_the_server_says_about_a_mail_shows_that_it_is_back(answer: Result) -> None:
    one = breaker()
    one.heard(trouble(), 0, NOW)
    later = NOW + timedelta(minutes=5)
    assert one.heard(answer, 0, later) == "back"
    assert one.trouble is None
    assert one.in_order(later) and one.in_order(later + AFTERMATH - timedelta(seconds=1))
    assert not one.in_order(later + AFTERMATH)


def test_it_begins_with_two_and_gets_one_more_with_each_mail_that_goes() -> None:
    one = breaker(6)
    one.heard(trouble(), 0, NOW)
    one.heard(SENT, 0, NOW)
    allowed = []
    for _ in range(6):
        allowed.append(one.places(0, NOW))
        one.heard(SENT, 1, NOW)
    assert allowed == [2, 3, 4, 5, 6, 6]


def test_a_server_that_lets_in_only_some_is_asked_for_no_more_for_a_while() -> None:
    one = breaker(4)
    assert one.heard(trouble(), 2, NOW) is None
    assert one.places(0, NOW) == 2
    one.heard(SENT, 1, NOW)
    assert one.places(0, NOW) == 2
    one.heard(SENT, 1, NOW + NARROW + timedelta(seconds=1))
    assert one.places(0, NOW) == 3


def test_the_servers_own_troubles_count_as_away_only_when_there_are_several_in_a_row() -> None:
    one = breaker()
    for _ in range(3):
        for _ in range(FAILURES - 1):
            assert one.heard(trouble("server"), 3, NOW) is None
        one.heard(SENT, 3, NOW)
    changes = [one.heard(trouble("server"), 3, NOW) for _ in range(FAILURES)]
    assert changes == [None] * (FAILURES - 1) + ["away"]


def test_an_address_that_is_none_says_nothing_about_the_server() -> None:
    one = breaker()
    one.heard(trouble(), 0, NOW)
    assert one.heard(Result("failed", "553 5.1.3 no address", "address"), 0, NOW) is None
    assert one.trouble is not None


@pytest.mark.parametrize("jump", [timedelta(days=-3650), timedelta(hours=-1), timedelta(hours=1), timedelta(days=3650)])
def test_a_clock_that_jumps_ends_the_pause_and_never_makes_it_longer(jump: timedelta) -> None:
    one = breaker()
    one.heard(trouble(), 0, NOW)
    assert one.places(0, NOW + jump) == 1
    one.heard(SENT, 0, NOW)
    assert not one.in_order(NOW + jump)


@pytest.mark.parametrize(
    ("step", "code", "text", "kind", "cause"),
    [
        (Step.CONNECT, 421, "too many connections", "retry", "access"),
        (Step.CONNECT, 554, "no service", "retry", "access"),
        (Step.TLS, 454, "TLS not available", "retry", "access"),
        (Step.AUTH, 535, "5.7.8 wrong", "retry", "login"),
        (Step.AUTH, 454, "4.7.0 not now", "retry", "access"),
        (Step.MAIL, 421, "4.3.2 going down", "retry", "server"),
        (Step.MAIL, 451, "4.3.0 queue file write error", "retry", "server"),
        (Step.MAIL, 452, "4.3.1 disk full", "retry", "server"),
        (Step.MAIL, 452, "no space", "retry", "server"),
        (Step.MAIL, 450, "4.7.1 not so fast", "retry", "mail"),
        (Step.RCPT, 450, "4.2.0 greylisted", "retry", "mail"),
        (Step.RCPT, 451, "4.7.1 greylisted", "retry", "mail"),
        (Step.RCPT, 451, "try again later", "retry", "mail"),
        (Step.RCPT, 452, "4.2.2 mailbox full", "retry", "mail"),
        (Step.RCPT, 452, "too many recipients", "retry", "mail"),
        (Step.RCPT, 450, "4.4.1 host does not answer", "retry", "server"),
        (Step.RCPT, 550, "5.1.1 no such user", "failed", "recipient"),
        (Step.RCPT, 550, "no such user", "failed", "recipient"),
        (Step.RCPT, 552, "5.2.2 mailbox full", "failed", "recipient"),
        (Step.RCPT, 554, "5.7.1 relay access denied", "failed", "mail"),
        (Step.RCPT, 550, "5.7.1 sender rejected", "failed", "mail"),
        (Step.RCPT, 554, "go away", "failed", "mail"),
        (Step.MAIL, 550, "5.1.8 bad sender", "failed", "mail"),
        (Step.DATA, 451, "4.3.0 later", "retry", "server"),
        (Step.DATA, 250, "what?", "retry", "server"),
        (Step.DOT, 452, "4.3.1 disk full", "retry", "server"),
        (Step.DOT, 451, "4.7.1 rate limit", "retry", "mail"),
        (Step.DOT, 550, "5.7.1 spam", "failed", "mail"),
        (Step.DOT, 354, "more", "unknown", "server"),
        (Step.DOT, 250, "2.0.0 queued", "sent", "mail"),
    ],
)
def test_a_reply_says_whether_to_go_on_and_whose_fault_it_is(
    step: Step, code: int, text: str, kind: str, cause: str
) -> None:
    result = judge(step, code, text)
    assert (result.kind, result.cause) == (kind, cause)


@pytest.mark.parametrize("step", list(Step))
def test_a_lost_connection_is_unknown_behind_the_dot_and_later_before_it(step: Step) -> None:
    result = lost(step, "connection lost")
    offered = step in (Step.MAIL, Step.RCPT, Step.DATA, Step.DOT)
    assert result.kind == ("unknown" if step is Step.DOT else "retry")
    assert result.cause == ("server" if offered else "access")
