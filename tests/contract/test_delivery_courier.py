"""The courier on a real store: what is claimed, what is written down, who is told, and what survives a fault."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.delivery.base import OutgoingMail, Result
from gateway.delivery.courier import LEASE, Courier, CourierSettings
from gateway.delivery.maildir import Maildir
from gateway.delivery.opening import SmarthostSettings
from gateway.delivery.schedule import AFTER_UNKNOWN, GIVE_UP_AFTER
from gateway.delivery.smarthost import Smarthost
from store.database import Database
from store.errors import StoreUnavailable
from store.outbox import NewMail, OutboxRow
from store.store import Store
from store.tickets import NewParty, NewTicket
from tests.contract.smarthost_stub import CUT, Stub

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
RAW = b"From: it@desk.test\r\nTo: ann@cust.test\r\n\r\nHello\r\n"
SENT = Result("sent", "250 ok")


class Answering:
    """A transport that answers from a function, after `pause` rounds of the loop."""

    def __init__(self, answer: Callable[[OutgoingMail], Result], width: int = 50) -> None:
        self.answer = answer
        self.width = width
        self.seen: list[OutgoingMail] = []
        self.under_way = self.most_under_way = self.rests = 0
        self.gate: asyncio.Event | None = None
        self.closed = False

    async def send(self, mail: OutgoingMail) -> Result:
        self.seen.append(mail)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            if self.gate is not None:
                await self.gate.wait()
            await asyncio.sleep(0)
            return self.answer(mail)
        finally:
            self.under_way -= 1

    async def rest(self) -> None:
        self.rests += 1

    async def close(self) -> None:
        self.closed = True


class Desk:
    """A store with an outbox, a clock that is set by hand, and a courier."""

    def __init__(self, tmp_path, transport) -> None:
        self.now = START
        self.database = Database(f"sqlite:///{tmp_path}/deskgate.db", clock=lambda: self.now)
        self.database.prepare()
        self.store = Store(self.database, lambda: self.now)
        self.outbox = self.store.outbox
        self.told: list[tuple[OutboxRow, Result]] = []
        self.transport = transport
        self.courier = self.new_courier()

    def new_courier(self, prefix: str = "t") -> Courier:
        tokens = itertools.count()
        return Courier(
            self.store,
            self.transport,
            on_failed=self.tell,
            chance=lambda: 0.5,
            new_token=lambda: f"{prefix}{next(tokens)}",
            settings=CourierSettings(),
        )

    def tell(self, _tx, row: OutboxRow, result: Result) -> None:
        self.told.append((row, result))

    def write(self, count: int = 1, **changes) -> list[int]:
        mails = [
            replace(
                NewMail(
                    None, None, "reply", f"{number}@cust.test", "b@desk.test", f"m{number}@desk.test", RAW, (), START
                ),
                **changes,
            )
            for number in range(count)
        ]
        with self.database.transaction() as tx:
            return self.outbox.add(tx, mails)

    def rows(self) -> list[OutboxRow]:
        with self.database.reading() as tx:
            return sorted(self.outbox.list(tx), key=lambda row: row.id)

    def row(self) -> OutboxRow:
        (row,) = self.rows()
        return row

    def work(self) -> None:
        """Until there is nothing to do now."""
        while self.courier.step():
            pass


@pytest.fixture
def desk_with(tmp_path):
    made: list[Desk] = []

    def make(transport) -> Desk:
        made.append(Desk(tmp_path, transport))
        return made[-1]

    yield make
    for desk in made:
        desk.courier.close(0.5)
        desk.database.close()


def test_a_mail_is_sent_and_the_books_say_so(desk_with):
    desk = desk_with(Answering(lambda _mail: SENT))
    (number,) = desk.write()
    desk.work()
    (mail,) = desk.transport.seen
    assert mail == OutgoingMail(number, "b@desk.test", "0@cust.test", RAW, "m0@desk.test", START)
    row = desk.row()
    assert (row.state, row.last_reply, row.sent_at, row.attempts) == ("sent", "250 ok", START, 1)


def test_nothing_to_do_is_a_rest(desk_with):
    desk = desk_with(Answering(lambda _mail: SENT))
    assert desk.courier.step() is False
    assert desk.transport.rests == 1


def test_a_maildir_gets_every_mail_once(desk_with, tmp_path):
    desk = desk_with(Maildir(tmp_path / "out"))
    desk.write(120)
    desk.work()
    assert len(list((tmp_path / "out" / "new").iterdir())) == 120
    assert {row.state for row in desk.rows()} == {"sent"}


def test_a_smarthost_gets_every_mail_once(desk_with):
    with Stub() as stub:
        desk = desk_with(Smarthost(SmarthostSettings("127.0.0.1", stub.port, tls="none", connections=3)))
        desk.write(30)
        desk.work()
        assert sorted(taken.recipient for taken in stub.taken) == sorted(f"{n}@cust.test" for n in range(30))
        assert stub.most_at_once <= 3


def test_retries_keep_the_rhythm_and_the_bytes(desk_with):
    desk = desk_with(Answering(lambda _mail: Result("retry", "451 greylisted")))
    desk.write()
    for minutes in (1, 5, 15, 30, 60, 60):
        desk.work()
        row = desk.row()
        assert (row.state, row.last_reply) == ("waiting", "451 greylisted")
        assert row.next_attempt_at == desk.now + timedelta(minutes=minutes)
        desk.work()  # too early: nothing happens
        desk.now += timedelta(minutes=minutes)
    assert len(desk.transport.seen) == 6
    assert len(set(desk.transport.seen)) == 1
    desk.transport.answer = lambda _mail: SENT
    desk.work()
    assert desk.row().state == "sent"
    assert desk.told == []


def test_a_final_refusal_sets_the_mail_aside_and_somebody_is_told(desk_with):
    desk = desk_with(Answering(lambda _mail: Result("failed", "550 5.1.1 no such user (RCPT TO)")))
    desk.write()
    desk.work()
    row = desk.row()
    assert (row.state, row.last_reply) == ("failed", "550 5.1.1 no such user (RCPT TO)")
    ((told, result),) = desk.told
    assert told.id == row.id
    assert result == Result("failed", "550 5.1.1 no such user (RCPT TO)")


def test_after_five_days_a_mail_is_given_up_and_somebody_is_told(desk_with):
    desk = desk_with(Answering(lambda _mail: Result("retry", "451 still down")))
    desk.write()
    while desk.row().state == "waiting":
        desk.work()
        desk.now = max(desk.now, desk.row().next_attempt_at or desk.now)
    assert desk.now == START + GIVE_UP_AFTER
    assert desk.row().state == "failed"
    assert desk.row().last_reply == "given up; 451 still down"
    assert len(desk.told) == 1


def test_what_is_told_and_the_mail_set_aside_are_one_transaction(desk_with):
    desk = desk_with(Answering(lambda mail: Result("failed", "550 no") if mail.recipient[0] == "1" else SENT))

    def broken(tx, row: OutboxRow, _result: Result) -> None:
        desk.outbox.add(tx, [NewMail(None, None, "notice", "otto@desk.test", "", "n@desk.test", RAW, (), START)])
        raise RuntimeError("no template")

    desk.courier._on_failed = broken
    desk.write(3)
    desk.work()
    rows = desk.rows()
    assert [row.state for row in rows] == ["sent", "waiting", "sent"]  # no fourth row, and the others were not hurt
    desk.courier._on_failed = desk.tell
    desk.now = rows[1].next_attempt_at or desk.now
    desk.work()
    assert [row.state for row in desk.rows()] == ["sent", "failed", "sent"]
    assert len(desk.told) == 1


def test_a_lost_reply_is_tried_once_more_after_ten_minutes(desk_with):
    with Stub({"dot": CUT}) as stub:
        desk = desk_with(Smarthost(SmarthostSettings("127.0.0.1", stub.port, tls="none")))
        desk.write()
        desk.work()
        row = desk.row()
        assert row.state == "waiting"
        assert (row.last_reply or "").startswith("may have arrived")
        assert row.next_attempt_at == START + AFTER_UNKNOWN
        desk.now += AFTER_UNKNOWN
        stub.replies = {}
        desk.work()
        assert desk.row().state == "sent"
        assert len(stub.taken) == 1


def test_two_lost_replies_are_enough(desk_with):
    desk = desk_with(Answering(lambda _mail: Result("unknown", "connection lost (final dot)")))
    desk.write()
    desk.work()
    desk.now += AFTER_UNKNOWN
    desk.work()
    assert desk.row().state == "failed"
    assert desk.row().last_reply == "may have arrived: connection lost (final dot)"
    assert len(desk.told) == 1


def test_no_more_is_claimed_than_can_be_sent_at_once(desk_with):
    transport = Answering(lambda _mail: SENT, width=4)
    desk = desk_with(transport)
    transport.gate = asyncio.Event()
    desk.write(10)
    assert desk.courier.step()
    assert sorted(row.state for row in desk.rows()) == ["sending"] * 4 + ["waiting"] * 6
    transport.gate.set()
    desk.work()
    assert {row.state for row in desk.rows()} == {"sent"}
    assert transport.most_under_way == 4


def test_a_slow_mail_does_not_hold_up_the_others(desk_with):
    transport = Answering(lambda _mail: SENT, width=2)
    desk = desk_with(transport)
    slow = asyncio.Event()
    quick = transport.send

    async def send(mail: OutgoingMail) -> Result:
        if mail.recipient.startswith("0"):
            await slow.wait()
        return await quick(mail)

    transport.send = send  # type: ignore[method-assign]
    desk.write(6)
    for _ in range(8):
        desk.courier.step()
    assert [row.state for row in desk.rows()] == ["sending", *["sent"] * 5]
    slow.set()
    desk.work()
    assert {row.state for row in desk.rows()} == {"sent"}


@contextmanager
def database_away(desk: Desk, monkeypatch):
    @contextmanager
    def away():
        raise StoreUnavailable("database is locked")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(desk.database, "transaction", away)
        yield


def test_what_was_sent_while_the_database_was_away_is_written_down_later_and_not_sent_again(desk_with, monkeypatch):
    transport = Answering(lambda _mail: SENT)
    desk = desk_with(transport)
    transport.gate = asyncio.Event()
    desk.write(3)
    desk.courier.step()
    with database_away(desk, monkeypatch):
        transport.gate.set()
        with pytest.raises(StoreUnavailable):
            for _ in range(10):
                desk.courier.step()
    assert {row.state for row in desk.rows()} == {"sending"}
    desk.work()
    assert {row.state for row in desk.rows()} == {"sent"}
    assert len(transport.seen) == 3


def test_a_database_that_is_away_is_told_to_the_worker(desk_with, monkeypatch):
    desk = desk_with(Answering(lambda _mail: SENT))
    desk.write()
    with database_away(desk, monkeypatch), pytest.raises(StoreUnavailable):
        desk.courier.step()
    desk.work()
    assert desk.row().state == "sent"


def test_a_mail_that_somebody_else_took_over_is_left_to_them(desk_with):
    transport = Answering(lambda _mail: SENT)
    desk = desk_with(transport)
    transport.gate = asyncio.Event()
    desk.write(2)
    desk.courier.step()
    desk.now += LEASE + timedelta(seconds=1)
    with desk.database.transaction() as tx:
        (mine,) = desk.outbox.claim(tx, "other", desk.now, LEASE, 1)
    transport.gate.set()
    desk.work()
    assert [row.state for row in desk.rows()] == ["sending", "sent"]
    assert desk.rows()[0].id == mine.row.id
    assert desk.rows()[0].claim_token == "other"


def test_a_mail_whose_courier_died_is_sent_again_when_its_lease_is_over(desk_with):
    transport = Answering(lambda _mail: SENT)
    desk = desk_with(transport)
    transport.gate = asyncio.Event()
    desk.write()
    desk.courier.step()
    desk.courier.close(0)  # it never ended
    transport.gate = None
    desk.courier = desk.new_courier("u")
    desk.work()
    assert desk.row().state == "sending"
    desk.now += LEASE + timedelta(seconds=1)
    desk.work()
    assert desk.row().state == "sent"
    assert transport.seen[0] == transport.seen[1]


def test_a_transport_that_raises_loses_no_mail(desk_with):
    def broken(_mail: OutgoingMail) -> Result:
        raise RuntimeError("a mistake of ours")

    desk = desk_with(Answering(broken))
    desk.write()
    desk.work()
    assert desk.row().state == "waiting"
    assert "a mistake of ours" in (desk.row().last_reply or "")


def test_closing_lets_mails_under_way_end_and_takes_no_new_ones(desk_with):
    transport = Answering(lambda _mail: SENT, width=1)
    desk = desk_with(transport)
    desk.write(2)
    transport.gate = asyncio.Event()
    desk.courier.step()
    transport.gate.set()
    desk.courier.close(5)
    assert [row.state for row in desk.rows()] == ["sent", "waiting"]
    assert transport.closed
    desk.courier = desk.new_courier("u")


def test_a_server_that_speaks_in_odd_bytes_does_not_stop_the_books(desk_with):
    odd = "550 caf\udce9 \x00\x1b[31m\r\nno"
    with Stub({"RCPT": "550 no\x00\x1b[31m"}) as stub:
        desk = desk_with(Smarthost(SmarthostSettings("127.0.0.1", stub.port, tls="none")))
        desk.write()
        desk.work()
        assert desk.row().state == "failed"
        assert (desk.row().last_reply or "").isprintable()
    assert odd.isprintable() is False


# --- a server that is away

REFUSED = Result("retry", "connection refused (connecting)", "access")


class Away:
    """A server that can be switched off; asked while it is off it refuses the connection."""

    def __init__(self) -> None:
        self.off = True

    def __call__(self, _mail: OutgoingMail) -> Result:
        return REFUSED if self.off else SENT


def pass_time(desk: Desk, span: timedelta, tick: timedelta = timedelta(seconds=5)) -> None:
    """Work while the clock goes on."""
    until = desk.now + span
    while desk.now < until:
        desk.work()
        desk.now += tick


def test_while_the_server_is_away_one_mail_asks_and_no_try_is_counted(desk_with):
    away = Away()
    desk = desk_with(Answering(away, width=10))
    desk.write(100)
    pass_time(desk, timedelta(hours=1))
    assert {(row.state, row.attempts) for row in desk.rows()} == {("waiting", 0)}
    assert len(desk.transport.seen) < 10 + 75
    assert desk.courier.trouble is not None
    assert desk.courier.trouble.since - START < timedelta(seconds=10)
    away.off = False
    pass_time(desk, timedelta(minutes=2))
    assert {row.state for row in desk.rows()} == {"sent"}
    assert desk.courier.trouble is None
    sent = [mail.outbox_id for mail in desk.transport.seen if mail.outbox_id != 1][-99:]
    assert sent == sorted(sent)


def test_a_mail_that_waits_for_its_own_sake_keeps_its_time_when_the_server_is_back(desk_with):
    transport = Answering(lambda _mail: Result("retry", "450 4.2.0 greylisted"))
    desk = desk_with(transport)
    desk.write()
    for minutes in (1, 5, 15):
        desk.work()
        desk.now += timedelta(minutes=minutes)
    desk.work()
    due = desk.row().next_attempt_at
    transport.answer = Away()
    desk.write(1, recipient="b@cust.test", message_id="b@desk.test")
    desk.work()
    transport.answer.off = False
    pass_time(desk, timedelta(minutes=2))
    first, second = desk.rows()
    assert (first.state, first.next_attempt_at, second.state) == ("waiting", due, "sent")


def test_a_mail_that_waits_for_the_servers_trouble_goes_when_that_is_over(desk_with):
    transport = Answering(lambda _mail: Result("retry", "451 4.3.0 disk trouble", "server"), width=4)
    desk = desk_with(transport)
    desk.write(50)
    pass_time(desk, timedelta(hours=3), timedelta(seconds=20))
    tries = sum(row.attempts for row in desk.rows())
    assert tries < 4 + 3 * 60 * 1.3, "one at a time"
    transport.answer = lambda _mail: SENT
    pass_time(desk, timedelta(minutes=3))
    assert {row.state for row in desk.rows()} == {"sent"}


def test_a_mail_that_breaks_every_connection_does_not_hold_up_the_others(desk_with):
    poison = Result("retry", "connection lost (DATA)", "server")
    transport = Answering(lambda mail: poison if mail.outbox_id == 1 else SENT, width=1)
    desk = desk_with(transport)
    desk.write(30)
    desk.work()
    assert [row.state for row in desk.rows()] == ["waiting", *["sent"] * 29]


def test_what_is_too_old_is_given_up_although_nothing_can_be_offered(desk_with):
    desk = desk_with(Answering(Away()))
    desk.write(120)
    pass_time(desk, timedelta(hours=2), timedelta(minutes=1))
    desk.now = START + GIVE_UP_AFTER - timedelta(minutes=5)
    desk.write(3, created_at=START + timedelta(days=4), message_id="fresh@desk.test")
    pass_time(desk, timedelta(minutes=10), timedelta(minutes=1))
    assert [row.state for row in desk.rows()] == ["failed"] * 120 + ["waiting"] * 3
    assert len(desk.told) == 120
    assert {result.reply for _row, result in desk.told} == {"given up; connection refused (connecting)"}


def test_nothing_overtakes_on_its_ticket_after_an_outage(desk_with):
    away = Away()
    transport = Answering(away, width=10)
    desk = desk_with(transport)
    with desk.database.transaction() as tx:
        people = [NewParty("", f"{n}@cust.test", f"{n}@cust.test", "requester") for n in range(3)]
        ticket = desk.store.tickets.open(
            tx, NewTicket("A", "it", (), "normal", "x", "it@desk.test", (), "en", START, None, people)
        )
    for number in range(60):
        desk.write(
            1, ticket_id=ticket.id, recipient=f"{number % 3}@cust.test", message_id=f"m{number}@d", created_at=desk.now
        )
        pass_time(desk, timedelta(minutes=20), timedelta(minutes=5))
    away.off = False
    transport.seen.clear()
    pass_time(desk, timedelta(minutes=30))
    assert {row.state for row in desk.rows()} == {"sent"}
    for person in range(3):
        ids = [mail.outbox_id for mail in transport.seen if mail.recipient == f"{person}@cust.test"]
        assert ids == sorted(ids)
        assert len(ids) == 20


def test_two_mails_to_one_person_on_one_ticket_are_never_under_way_together(desk_with):
    transport = Answering(lambda _mail: SENT, width=10)
    desk = desk_with(transport)
    with desk.database.transaction() as tx:
        party = NewParty("", "a@cust.test", "a@cust.test", "requester")
        ticket = desk.store.tickets.open(
            tx, NewTicket("A", "it", (), "normal", "x", "it@desk.test", (), "en", START, None, [party])
        )
    for number in range(4):
        desk.write(1, ticket_id=ticket.id, recipient="a@cust.test", message_id=f"m{number}@d")
    desk.now += timedelta(days=1)
    desk.work()
    assert [mail.outbox_id for mail in transport.seen] == [1, 2, 3, 4]
    assert transport.most_under_way == 1


@pytest.mark.parametrize(
    "second", [Result("failed", "550 5.1.1 no", "recipient"), Result("unknown", "lost (final dot)")]
)
def test_after_a_lost_reply_a_mail_ends_as_one_that_may_have_arrived(desk_with, second):
    answers = [Result("unknown", "lost (final dot)"), second]
    desk = desk_with(Answering(lambda _mail: answers.pop(0)))
    desk.write()
    desk.work()
    assert desk.told == []
    desk.now += AFTER_UNKNOWN
    desk.work()
    ((_row, told),) = desk.told
    assert told.kind == "unknown"
    assert told.reply.startswith("may have arrived: ")
    assert desk.row().state == "failed"


def test_a_lost_reply_is_not_hurried_by_a_server_that_comes_back(desk_with):
    answers: dict[int, list[Result]] = {1: [Result("unknown", "lost (final dot)", "server"), SENT], 2: [REFUSED, SENT]}
    desk = desk_with(Answering(lambda mail: answers[mail.outbox_id].pop(0), width=1))
    desk.write(2)
    pass_time(desk, timedelta(minutes=9))
    assert [row.state for row in desk.rows()] == ["waiting", "sent"]
    pass_time(desk, timedelta(minutes=3))
    assert [row.state for row in desk.rows()] == ["sent", "sent"]
