"""What the process with the doors says first: that all are open, also when a client was quicker than the last door."""

from __future__ import annotations

from datetime import UTC, datetime
from multiprocessing import Pipe

from gateway.receiving import Handed, Opened, PipeIntake
from gateway.sources.base import Accepted
from parsers.message import Envelope

AT = datetime(2026, 11, 2, 10, 14, tzinfo=UTC)
MAIL = Accepted(
    "smtp",
    Envelope("ann@example.org", ("it@example.com",), "", "smtp", AT),
    b"From: ann@example.org\r\n\r\nhello\r\n",
)


def test_mail_handed_over_before_the_last_door_is_open_waits_until_the_daemon_knows_of_all() -> None:
    heard, out = Pipe(duplex=False)
    intake = PipeIntake(out)
    intake.put(MAIL)
    assert not heard.poll()
    intake.opened((("127.0.0.1", 8025), ("127.0.0.1", 8024)))
    assert heard.recv() == Opened((("127.0.0.1", 8025), ("127.0.0.1", 8024)))
    early = heard.recv()
    assert isinstance(early, Handed)
    assert early.number == 1
    intake.put(MAIL)
    later = heard.recv()
    assert isinstance(later, Handed)
    assert later.number == 2
