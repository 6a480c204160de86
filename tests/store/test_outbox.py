"""Mail that waits to be sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

import pytest

from store.database import Tx
from store.errors import ClaimLost, Conflict
from store.outbox import ClaimedMail, NewMail, RawMissing
from store.store import Store
from tests.store.making import LEASE, NOW, SECOND, accepted, arrival, entry, opened, outgoing

MINUTE = timedelta(minutes=1)


def _claimed(store: Store, token: str = "sender", *, at: datetime = NOW, limit: int = 100) -> list[ClaimedMail]:
    with store.transaction() as tx:
        return store.outbox.claim(tx, token, at, LEASE, limit)


def _added(store: Store, *mails: NewMail) -> list[int]:
    with store.transaction() as tx:
        return store.outbox.add(tx, mails)


def test_mails_are_claimed_in_their_order_with_the_bytes_they_were_written_with(store: Store) -> None:
    ids = _added(store, *[outgoing(literal=b"mail %d\r\n" % n) for n in range(3)])
    claimed = _claimed(store, limit=2)
    assert [(mail.row.id, mail.raw) for mail in claimed] == [(ids[0], b"mail 0\r\n"), (ids[1], b"mail 1\r\n")]
    assert {(mail.row.state, mail.row.attempts, mail.row.claim_token) for mail in claimed} == {("sending", 1, "sender")}
    assert [mail.row.id for mail in _claimed(store, "other")] == ids[2:]


def test_pieces_of_stored_mails_are_put_in_where_they_belong(store: Store) -> None:
    raw = bytes(range(256)) * 40
    accepted(store, arrival(raw))
    sha = sha256(raw).hexdigest()
    table = {
        b"headbodytail": (b"headbodytail", ()),
        b"head" + raw + b"tail": (b"headtail", ((4, sha, 0, len(raw)),)),
        raw[10:20] + b"x" + raw[30:30] + raw[5:6]: (b"x", ((0, sha, 10, 20), (1, sha, 30, 30), (1, sha, 5, 6))),
    }
    ids = _added(store, *[outgoing(literal=literal, splices=splices) for literal, splices in table.values()])
    assert [mail.raw for mail in _claimed(store)] == list(table)
    with store.reading() as tx:
        assert [store.outbox.raw(tx, row_id) for row_id in ids] == list(table)
        sizes = [row.size for row in reversed(store.outbox.list(tx))]
        assert sizes == [len(raw) for raw in table]
        assert store.outbox.raw(tx, ids[-1] + 1) is None


def test_a_mail_whose_piece_is_missing_is_set_aside_and_the_others_go_out(store: Store) -> None:
    accepted(store, arrival(b"short"))
    splices = [((0, "0" * 64, 0, 5),), ((0, sha256(b"short").hexdigest(), 0, 6),), ()]
    missing, too_long, fine = _added(store, *[outgoing(splices=piece) for piece in splices])
    assert [mail.row.id for mail in _claimed(store)] == [fine]
    with store.reading() as tx:
        assert [row.id for row in store.outbox.list(tx, "failed")] == [too_long, missing]
        with pytest.raises(RawMissing):
            store.outbox.raw(tx, missing)


def test_a_claim_takes_as_many_bytes_as_it_may_and_always_one_mail(store: Store) -> None:
    ids = _added(store, *[outgoing(literal=b"x" * 600) for _ in range(3)])
    with store.transaction() as tx:
        assert [mail.row.id for mail in store.outbox.claim(tx, "a", NOW, LEASE, 10, max_bytes=100)] == ids[:1]
        assert [mail.row.id for mail in store.outbox.claim(tx, "b", NOW, LEASE, 10, max_bytes=1200)] == ids[1:]


def test_a_sent_mail_is_never_claimed_again_and_says_what_the_smarthost_said(store: Store) -> None:
    (row_id,) = _added(store, outgoing())
    _claimed(store)
    with store.transaction() as tx:
        store.outbox.settle(tx, row_id, "sender", "250 2.0.0 queued", NOW + SECOND)
    assert _claimed(store, at=NOW + timedelta(days=5)) == []
    with store.reading() as tx:
        row = store.outbox.get(tx, row_id)
        assert store.outbox.get(tx, row_id + 1) is None
    assert row is not None
    assert (row.state, row.last_reply, row.sent_at) == ("sent", "250 2.0.0 queued", NOW + SECOND)
    assert (row.next_attempt_at, row.claim_token, row.attempts) == (None, None, 1)


def test_when_the_lease_runs_out_the_same_bytes_are_sent_again_and_the_first_sender_is_told(store: Store) -> None:
    (row_id,) = _added(store, outgoing())
    (first,) = _claimed(store, "slow")
    assert _claimed(store, "quick", at=NOW + LEASE - SECOND) == []
    (second,) = _claimed(store, "quick", at=NOW + LEASE)
    assert (second.raw, second.row.message_id, second.row.attempts) == (first.raw, first.row.message_id, 2)
    for verb in ("settle", "postpone", "hold"):
        with pytest.raises(ClaimLost), store.transaction() as tx:
            _do(store, tx, verb, row_id, "slow")
    with store.transaction() as tx:
        _do(store, tx, "settle", row_id, "quick")


def _do(store: Store, tx: Tx, verb: str, row_id: int, token: str) -> None:
    verbs = {
        "settle": lambda: store.outbox.settle(tx, row_id, token, "250", NOW),
        "postpone": lambda: store.outbox.postpone(tx, row_id, token, NOW + MINUTE, "451"),
        "hold": lambda: store.outbox.hold(tx, row_id, token, "554"),
    }
    verbs[verb]()


def test_a_postponed_mail_waits_for_its_time_and_says_when_that_is(store: Store) -> None:
    (row_id,) = _added(store, outgoing())
    _claimed(store)
    with store.transaction() as tx:
        _do(store, tx, "postpone", row_id, "sender")
        row = store.outbox.get(tx, row_id)
    assert row is not None and (row.state, row.next_attempt_at, row.last_reply) == ("waiting", NOW + MINUTE, "451")
    assert _claimed(store, at=NOW + MINUTE - SECOND) == []
    assert [mail.row.attempts for mail in _claimed(store, at=NOW + MINUTE)] == [2]


def test_a_mail_may_be_written_for_later(store: Store) -> None:
    _added(store, outgoing(not_before=NOW + MINUTE))
    assert _claimed(store, at=NOW) == []
    assert len(_claimed(store, at=NOW + MINUTE)) == 1


def test_a_clock_that_was_set_back_does_not_keep_fresh_mail_from_going(store: Store) -> None:
    (row_id,) = _added(store, outgoing(at=NOW))
    assert [mail.row.id for mail in _claimed(store, at=NOW - timedelta(days=1))] == [row_id]


def _two_to_one_person(store: Store, *, to: str = "ann@example.org", on_ticket: bool = True) -> tuple[int, int]:
    """… unless the second is `to` another or not `on_ticket`."""
    with store.transaction() as tx:
        ticket = opened(store, tx)
        entries = [store.tickets.add_entry(tx, entry(ticket.id)) for _ in range(2)]
        mails = [
            outgoing(ticket=ticket.id, entry_id=entries[0]),
            outgoing(ticket=ticket.id if on_ticket else None, entry_id=entries[1], to=to),
        ]
        first, later = store.outbox.add(tx, mails)
    return first, later


def test_a_later_mail_to_the_same_person_on_the_same_ticket_waits_for_the_earlier_one(store: Store) -> None:
    first, later = _two_to_one_person(store)
    assert [mail.row.id for mail in _claimed(store)] == [first]
    assert _claimed(store) == [], "the earlier one is being sent"
    with store.transaction() as tx:
        _do(store, tx, "settle", first, "sender")
    assert [mail.row.id for mail in _claimed(store)] == [later]


def test_it_waits_ten_minutes_at_most(store: Store) -> None:
    first, later = _two_to_one_person(store)
    _claimed(store)
    with store.transaction() as tx:
        store.outbox.postpone(tx, first, "sender", NOW + timedelta(hours=1), "451")
    assert _claimed(store, at=NOW + 10 * MINUTE - SECOND) == []
    assert [mail.row.id for mail in _claimed(store, at=NOW + 10 * MINUTE)] == [later]


def test_it_does_not_wait_for_one_that_was_given_up(store: Store) -> None:
    first, later = _two_to_one_person(store)
    _claimed(store)
    with store.transaction() as tx:
        _do(store, tx, "hold", first, "sender")
    assert [mail.row.id for mail in _claimed(store)] == [later]


def test_mails_that_are_not_to_the_same_person_on_the_same_ticket_do_not_wait(store: Store) -> None:
    another_person = _two_to_one_person(store, to="bob@example.org")
    another_matter = _two_to_one_person(store, on_ticket=False)
    assert [mail.row.id for mail in _claimed(store)] == [*another_person, *another_matter]


def test_after_an_outage_everything_may_go_at_once_and_still_in_order(store: Store) -> None:
    first, later = _two_to_one_person(store)
    (other,) = _added(store, outgoing(not_before=NOW + timedelta(days=2)))
    for at, postponed in ((NOW, first), (NOW + 10 * MINUTE, later)):
        _claimed(store, at=at)
        with store.transaction() as tx:
            store.outbox.postpone(tx, postponed, "sender", NOW + timedelta(hours=5), "no connection", "server")
    back = NOW + timedelta(hours=1)
    assert _claimed(store, at=back) == []
    with store.transaction() as tx:
        assert store.outbox.wake(tx, back) == 2, f"{other} was written for later and was never tried"
    assert [mail.row.id for mail in _claimed(store, at=back)] == [first]
    with store.transaction() as tx:
        _do(store, tx, "settle", first, "sender")
    assert [mail.row.id for mail in _claimed(store, at=back)] == [later]


def test_nobody_gets_the_same_news_twice(store: Store) -> None:
    with store.transaction() as tx:
        ticket = opened(store, tx)
        line = store.tickets.add_entry(tx, entry(ticket.id))
        mail = outgoing(ticket=ticket.id, entry_id=line)
        store.outbox.add(tx, [mail, outgoing(ticket=ticket.id, entry_id=line, kind="notice")])
    with pytest.raises(Conflict):
        _added(store, mail)
    _added(store, outgoing(kind="digest"), outgoing(kind="digest"))  # without an entry there is nothing to compare


def test_a_failed_mail_is_sent_again_or_dropped_only_when_a_human_says_so(store: Store) -> None:
    again, never = _added(store, outgoing(to="a@b"), outgoing(to="c@d"))
    for mail in _claimed(store):
        with store.transaction() as tx:
            _do(store, tx, "hold", mail.row.id, "sender")
    assert _claimed(store, at=NOW + timedelta(days=9)) == []
    with store.transaction() as tx:
        assert store.outbox.drop(tx, never)
        assert store.outbox.retry(tx, again, NOW)
    assert [(mail.row.id, mail.row.attempts) for mail in _claimed(store)] == [(again, 1)]
    with store.transaction() as tx:
        assert not store.outbox.retry(tx, again, NOW), "it is being sent"
    with store.reading() as tx:
        dropped = store.outbox.get(tx, never)
    assert dropped is not None and (dropped.state, dropped.last_reply) == ("failed", "dropped")


def test_a_mail_that_waits_for_its_next_try_goes_at_once_when_a_human_says_so(store: Store) -> None:
    (row_id,) = _added(store, outgoing(not_before=NOW + MINUTE))
    assert _claimed(store) == []
    with store.transaction() as tx:
        assert store.outbox.retry(tx, row_id, NOW)
        assert not store.outbox.retry(tx, row_id + 1, NOW)
    assert [mail.row.id for mail in _claimed(store)] == [row_id]


def test_a_waiting_mail_can_be_dropped_but_not_one_that_is_being_sent(store: Store) -> None:
    waiting, sending = _added(store, outgoing(not_before=NOW + MINUTE), outgoing())
    _claimed(store)
    with store.transaction() as tx:
        assert store.outbox.drop(tx, waiting)
        assert not store.outbox.drop(tx, sending)
    assert _claimed(store, at=NOW + MINUTE) == []


def test_lists_and_counts_show_each_state(store: Store) -> None:
    waiting, sending, sent, failed = _added(
        store, outgoing(not_before=NOW + MINUTE, at=NOW - MINUTE), *[outgoing(to=f"{n}@b") for n in range(3)]
    )
    _claimed(store)
    with store.transaction() as tx:
        _do(store, tx, "settle", sent, "sender")
        _do(store, tx, "hold", failed, "sender")
    states = {"waiting": [waiting], "sending": [sending], "sent": [sent], "failed": [failed]}
    with store.reading() as tx:
        for state, ids in states.items():
            rows = store.outbox.list(tx, state)
            assert [(row.id, row.state) for row in rows] == [(row_id, state) for row_id in ids]
        assert [row.id for row in store.outbox.list(tx)] == [failed, sent, sending, waiting]
        assert [row.id for row in store.outbox.list(tx, limit=1)] == [failed]
        counts = store.outbox.counts(tx)
    assert (counts.waiting, counts.failed, counts.oldest_waiting_at) == (2, 1, NOW - MINUTE)


def test_mails_claimed_before_a_crash_are_freed_at_the_start(store: Store) -> None:
    (row_id,) = _added(store, outgoing())
    _claimed(store, "before")
    with store.transaction() as tx:
        assert store.outbox.reset_claims(tx) == 1
    assert [(mail.row.id, mail.row.attempts) for mail in _claimed(store, "after")] == [(row_id, 2)]
