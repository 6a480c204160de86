"""What was promised, and how often something happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from store.promises import NewPromise
from store.store import Store
from tests.store.making import NOW, SECOND, opened

HOUR = timedelta(hours=1)


def _promise(ticket: int, kind: str = "first_reply", due: datetime | None = NOW + HOUR) -> NewPromise:
    return NewPromise(ticket, kind, "declared", None, due, "at 10:30", NOW, "ann@example.org")


def test_a_promise_is_kept_in_time_missed_after_it_and_stays_as_it_is_then(store: Store) -> None:
    cases = {NOW: "kept", NOW + HOUR: "kept", NOW + HOUR + timedelta(microseconds=1): "missed"}
    with store.transaction() as tx:
        for at, outcome in cases.items():
            ticket = opened(store, tx).id
            first, resolve = [store.promises.state(tx, _promise(ticket, kind)) for kind in ("first_reply", "resolve")]
            store.promises.settle(tx, ticket, "first_reply", at)
            store.promises.settle(tx, ticket, "first_reply", at + 9 * HOUR)
            store.promises.withdraw(tx, ticket, at + 10 * HOUR)
            read = store.promises.for_ticket(tx, ticket)
            assert [(p.id, p.kind, p.outcome, p.settled_at) for p in read] == [
                (first, "first_reply", outcome, at),
                (resolve, "resolve", "withdrawn", at + 10 * HOUR),
            ]
            assert (read[0].due, read[0].stated_at, read[0].shown) == (NOW + HOUR, NOW, "at 10:30")


def test_a_promise_without_a_moment_is_kept_whenever(store: Store) -> None:
    with store.transaction() as tx:
        ticket = opened(store, tx).id
        store.promises.state(tx, _promise(ticket, due=None))
        assert store.promises.mark_missed(tx, NOW + timedelta(days=4000), 10) == []
        store.promises.settle(tx, ticket, "first_reply", NOW + timedelta(days=4000))
        assert [p.outcome for p in store.promises.for_ticket(tx, ticket)] == ["kept"]


def test_promises_whose_time_has_passed_become_missed_once_the_longest_overdue_first(store: Store) -> None:
    with store.transaction() as tx:
        ticket = opened(store, tx).id
        hours = [3, 1, 2, 9]
        ids = [store.promises.state(tx, _promise(ticket, due=NOW + n * HOUR)) for n in hours]
        now = NOW + 4 * HOUR
        assert [p.id for p in store.promises.mark_missed(tx, now, 2)] == [ids[1], ids[2]]
        (last,) = store.promises.mark_missed(tx, now, 2)
        assert (last.id, last.outcome, last.settled_at) == (ids[0], "missed", now)
        assert store.promises.mark_missed(tx, now, 2) == []
        store.promises.settle(tx, ticket, "first_reply", now)
        assert [p.outcome for p in store.promises.for_ticket(tx, ticket)] == ["missed", "missed", "missed", "kept"]


def test_hits_are_counted_per_window(store: Store) -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)  # where a window of an hour and one of a day begin together
    hourly, daily, other = ("to:ann", 3600), ("to:ann", 86400), ("to:bob", 3600)
    with store.transaction() as tx:
        assert store.rates.read(tx, [], start) == ()
        store.rates.hit(tx, [], start)
        for _ in range(3):
            store.rates.hit(tx, [hourly, daily], start)
        store.rates.hit(tx, [other, hourly, hourly], start + 59 * timedelta(minutes=1))
        table = {
            start: (4, 3, 1),
            start + HOUR - SECOND: (4, 3, 1),
            start + HOUR: (0, 3, 0),
            start + 24 * HOUR: (0, 0, 0),
        }
        for at, counts in table.items():
            assert store.rates.read(tx, [hourly, daily, other], at) == counts
        assert store.rates.forget_old(tx, start + HOUR) == 2
        assert store.rates.read(tx, [daily], start) == (3,)


def test_a_counter_of_any_length_and_content_is_counted(store: Store) -> None:
    names = ["x" * 100_000, "x" * 100_000 + "y", "a\0b", "\ud800", ""]
    with store.transaction() as tx:
        for times, name in enumerate(names, start=1):
            for _ in range(times):
                store.rates.hit(tx, [(name, 60)], NOW)
        assert store.rates.read(tx, [(name, 60) for name in names], NOW) == (1, 2, 3, 4, 5)
