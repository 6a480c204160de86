"""Counts against loops and floods, who was told of held mail, and what was refused at the door: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store.backstops import Habit
from store.store import Store
from store.tickets import NewEntry
from tests.store.making import NOW, SECOND, accepted, arrival, claimed, entry, opened, outgoing

HOUR = timedelta(hours=1)


def test_a_count_lasts_from_the_first_for_its_time_and_then_begins_anew(store: Store) -> None:
    with store.transaction() as tx:
        ticket = opened(store, tx)
        hits = [store.backstops.hit(tx, "same:x", at, at + HOUR) for at in (NOW, NOW + SECOND, NOW + HOUR - SECOND)]
        assert [one.hits for one in hits] == [1, 2, 3]
        store.backstops.gather(tx, "same:x", ticket.id)
        assert store.backstops.hit(tx, "same:x", NOW + HOUR - SECOND, NOW).ticket_id == ticket.id
        assert store.backstops.hit(tx, "same:y", NOW, NOW + HOUR).hits == 1
        anew = store.backstops.hit(tx, "same:x", NOW + HOUR, NOW + 2 * HOUR)
        assert (anew.hits, anew.ticket_id) == (1, None)
        assert store.backstops.hit(tx, "same:x", NOW + HOUR, NOW + 2 * HOUR).hits == 2


def test_counts_above_a_limit_are_listed_by_what_follows_their_prefix(store: Store) -> None:
    with store.transaction() as tx:
        for name, times in (("bad:192.0.2.1", 3), ("bad:2001:db8::1", 4), ("bae", 9), ("bad", 9), ("other:1", 9)):
            for _ in range(times):
                store.backstops.hit(tx, name, NOW, NOW + HOUR)
        assert store.backstops.over(tx, "bad:", 3, NOW) == {"2001:db8::1": NOW + HOUR}
        assert set(store.backstops.over(tx, "bad:", 2, NOW)) == {"192.0.2.1", "2001:db8::1"}
        assert store.backstops.over(tx, "bad:", 2, NOW + HOUR) == {}
        store.backstops.forget_old(tx, NOW + HOUR, NOW)
        assert store.backstops.hit(tx, "bad:192.0.2.1", NOW, NOW + HOUR).hits == 1


def test_a_habit_is_remembered_until_it_is_old_and_no_machine_stands_behind_it(store: Store) -> None:
    with store.transaction() as tx:
        assert store.backstops.habit(tx, "a@x.example") == Habit()
        machine = Habit(3, NOW + 24 * HOUR)
        store.backstops.set_habit(tx, "a@x.example", Habit(1), NOW)
        store.backstops.set_habit(tx, "a@x.example", machine, NOW)
        store.backstops.set_habit(tx, "b@x.example", Habit(2), NOW)
        assert store.backstops.habit(tx, "a@x.example") == machine
        store.backstops.forget_old(tx, NOW + HOUR, NOW + SECOND)
        assert store.backstops.habit(tx, "a@x.example") == machine
        assert store.backstops.habit(tx, "b@x.example") == Habit()
        store.backstops.forget_old(tx, NOW + 24 * HOUR, NOW + SECOND)
        assert store.backstops.habit(tx, "a@x.example") == Habit()


def test_the_last_mail_of_ours_is_the_newest_that_went_outside(store: Store) -> None:
    with store.transaction() as tx:
        assert store.backstops.last_of_ours(tx, ["sam@cust.example"]) is None
        kinds = [("ack", 0), ("reply", 5), ("notice", 9)]
        mails = [outgoing(to="sam@cust.example", kind=kind, at=NOW + n * SECOND) for kind, n in kinds]
        store.outbox.add(tx, [*mails, outgoing(to="Sam@cust.example", at=NOW + 3 * SECOND)])
        last = store.backstops.last_of_ours(tx, ["sam@cust.example", "sam@cust.example"])
        assert last is not None and (last.created_at, last.sent_at) == (NOW + 5 * SECOND, None)
        either = store.backstops.last_of_ours(tx, ["sam@cust.example", "Sam@cust.example"])
        assert either is not None and either.created_at == NOW + 3 * SECOND, "the newest row, whatever it says"


def _said(ticket: int, direction: str, author: str, kind: str = "note") -> NewEntry:
    return NewEntry(ticket, NOW, kind, direction, "staff", "", author, "words", "")


@pytest.mark.parametrize(
    ("direction", "author", "ends"),
    [
        ("out", "maria@acme.example", True),
        ("internal", "maria@acme.example", True),
        ("internal", "", False),
        ("in", "sam@cust.example", False),
    ],
)
def test_a_ticket_is_quiet_until_a_member_of_staff_writes(
    store: Store, direction: str, author: str, ends: bool
) -> None:
    with store.transaction() as tx:
        ticket = opened(store, tx).id
        store.tickets.add_entry(tx, _said(ticket, "out", "maria@acme.example"))
        assert not store.backstops.muted(tx, ticket)
        store.backstops.mute(tx, ticket, store.tickets.add_entry(tx, entry(ticket)), NOW)
        assert store.backstops.muted(tx, ticket)
        store.tickets.add_entry(tx, _said(ticket, direction, author))
        assert store.backstops.muted(tx, ticket) is not ends
        store.backstops.mute(tx, ticket, store.tickets.add_entry(tx, entry(ticket)), NOW + HOUR)
        assert store.backstops.muted(tx, ticket)


def test_a_team_is_told_of_held_mail_once_in_a_while_and_then_of_all_that_waits(store: Store) -> None:
    ids = accepted(store, *[arrival(b"%d" % n) for n in range(4)])
    for item in claimed(store):
        with store.transaction() as tx:
            store.inbox.hold(tx, item.row.id, "worker", "unproven", "person", "k", ticket_id=None)
            store.held.add(tx, item.row.id, "hr" if item.row.id == ids[3] else "it")
            store.held.add(tx, item.row.id, "it")
    with store.transaction() as tx:
        assert sorted(store.held.teams(tx)) == ["hr", "it"]
        assert store.held.take_turn(tx, "it", NOW, NOW - HOUR)
        assert not store.held.take_turn(tx, "it", NOW + HOUR - SECOND, NOW - SECOND)
        assert store.held.take_turn(tx, "hr", NOW, NOW - HOUR)
        store.inbox.drop(tx, ids[1], "dropped: spam", by="maria@acme.example", now=NOW)
        store.inbox.release(tx, ids[2], NOW, by="otto@acme.example")
        assert store.held.waiting(tx, "it") == ([ids[0]], [ids[1], ids[2]])
        store.held.forget(tx, ids[:3])
        store.held.forget(tx, [])
        assert store.held.teams(tx) == ["hr"]
        assert store.held.take_turn(tx, "it", NOW + HOUR, NOW)


def test_whoever_decides_about_a_held_mail_is_remembered_until_it_is_read_again(store: Store) -> None:
    ids = accepted(store, arrival(b"1"), arrival(b"2"))
    for item in claimed(store):
        with store.transaction() as tx:
            store.inbox.hold(tx, item.row.id, "worker", "unproven", "person", "k", ticket_id=None)
    with store.transaction() as tx:
        store.inbox.drop(tx, ids[0], "dropped: spam", by="maria@acme.example", now=NOW)
        store.inbox.release(tx, ids[1], NOW + SECOND, by="otto@acme.example")
        rows = [store.inbox.get(tx, one) for one in ids]
        assert [(r.decided_by, r.decided_at, r.reason) for r in rows if r] == [
            ("maria@acme.example", NOW, "unproven (dropped: spam)"),
            ("otto@acme.example", NOW + SECOND, "unproven"),
        ]
        store.inbox.retry(tx, ids[0], NOW)
        again = store.inbox.get(tx, ids[0])
        assert again is not None and (again.decided_by, again.decided_at) == (None, None)


def test_what_was_refused_at_the_door_adds_up(store: Store) -> None:
    with store.transaction() as tx:
        assert store.backstops.tallies(tx) == {}
        for name, hits in (("blocked", 2), ("blocked", 40), ("barred", 1)):
            store.backstops.tally(tx, name, hits)
        assert store.backstops.tallies(tx) == {"barred": 1, "blocked": 42}
