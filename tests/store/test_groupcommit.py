"""The durable doorstep."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager

import pytest

from store.database import Database, Tx
from store.errors import Corrupt, Refused, StoreError, StoreUnavailable
from store.groupcommit import GroupCommit, QueueFull
from store.inbox import Arrival, Inbox
from store.store import Store
from tests.store.making import arrival

SECONDS = 30.0


@contextmanager
def _running(writer: GroupCommit) -> Iterator[GroupCommit]:
    writer.start()
    try:
        yield writer
    finally:
        assert writer.stop(timeout=SECONDS)


class Gate(Inbox):
    """An inbox whose transactions wait at a gate, and fail where the test says so."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.open = threading.Event()
        self.reached = threading.Event()
        self.batches: list[list[bytes]] = []
        self.failure: Exception | None = None
        self.fails_on: bytes | None = None

    def add(self, tx: Tx, arrivals: Sequence[Arrival], hashes: Sequence[str] | None = None) -> list[int]:
        self.reached.set()
        assert self.open.wait(SECONDS)
        self.batches.append([mail.raw for mail in arrivals])
        if self.failure is not None and (self.fails_on is None or self.fails_on in self.batches[-1]):
            raise self.failure
        return super().add(tx, arrivals, hashes)


@pytest.fixture
def gate(database: Database) -> Gate:
    return Gate(database)


def _gathered(writer: GroupCommit, gate: Gate, raws: Sequence[bytes]) -> list[Future[int]]:
    """Put the first; while it stands at the gate, put the others; let all through."""
    futures = [writer.put(arrival(raws[0]))]
    assert gate.reached.wait(SECONDS)
    futures += [writer.put(arrival(raw)) for raw in raws[1:]]
    gate.open.set()
    return futures


def _stored(store: Store) -> list[bytes | None]:
    with store.reading() as tx:
        return [store.inbox.raw(tx, row.id) for row in reversed(store.inbox.list(tx))]


def test_a_future_that_is_done_means_that_another_connection_finds_the_mail(store: Store) -> None:
    with _running(GroupCommit(store.database, store.inbox)) as writer:
        for number in range(5):
            row_id = writer.put(arrival(b"%d" % number)).result(SECONDS)
            with store.reading() as tx:
                assert store.inbox.raw(tx, row_id) == b"%d" % number


def test_mails_from_many_threads_are_all_stored_once_each_with_its_own_id(store: Store) -> None:
    found: dict[int, bytes] = {}

    def send(thread: int) -> None:
        for number in range(20):
            raw = b"%d-%d" % (thread, number)
            found[writer.put(arrival(raw)).result(SECONDS)] = raw

    with _running(GroupCommit(store.database, store.inbox)) as writer:
        threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 160
    with store.reading() as tx:
        assert {row_id: store.inbox.raw(tx, row_id) for row_id in found} == found
        assert store.inbox.books(tx).accepted == 160


def test_what_waits_while_one_commit_is_under_way_shares_the_next(store: Store, gate: Gate) -> None:
    raws = [b"%d" % number for number in range(6)]
    with _running(GroupCommit(store.database, gate, max_batch=3)) as writer:
        futures = _gathered(writer, gate, raws)
        ids = [future.result(SECONDS) for future in futures]
    assert gate.batches == [raws[:1], raws[1:4], raws[4:]]
    assert ids == sorted(ids)
    assert _stored(store) == raws


def test_a_failed_commit_fails_every_mail_of_its_batch_and_the_next_goes_on(store: Store, gate: Gate) -> None:
    gate.failure = StoreUnavailable("disk full")
    with _running(GroupCommit(store.database, gate)) as writer:
        futures = _gathered(writer, gate, [b"1", b"2", b"3"])
        for future in futures:
            with pytest.raises(StoreUnavailable, match="disk full"):
                future.result(SECONDS)
        assert gate.batches == [[b"1"], [b"2", b"3"]], "the database is the trouble: no use in trying one by one"
        gate.failure = None
        assert writer.put(arrival(b"4")).result(SECONDS)
    assert _stored(store) == [b"4"]


@pytest.mark.parametrize("failure", [Refused("this value"), ValueError("a bug"), StoreError("other")])
def test_one_mail_that_cannot_be_stored_does_not_take_the_others_with_it(
    store: Store, gate: Gate, failure: Exception
) -> None:
    gate.failure, gate.fails_on = failure, b"bad"
    with _running(GroupCommit(store.database, gate)) as writer:
        first, good, bad, also_good = _gathered(writer, gate, [b"0", b"1", b"bad", b"2"])
        assert all(future.result(SECONDS) for future in (first, good, also_good))
        with pytest.raises(StoreError):
            bad.result(SECONDS)
        assert writer.put(arrival(b"3")).result(SECONDS)
    assert _stored(store) == [b"0", b"1", b"2", b"3"]


def test_a_corrupt_database_fails_the_whole_batch_at_once(database: Database, gate: Gate) -> None:
    gate.failure = Corrupt("damaged")
    with _running(GroupCommit(database, gate)) as writer:
        for future in _gathered(writer, gate, [b"1", b"2"]):
            with pytest.raises(Corrupt):
                future.result(SECONDS)


def test_a_cancelled_future_does_not_stop_the_row_nor_its_neighbours(store: Store, gate: Gate) -> None:
    with _running(GroupCommit(store.database, gate)) as writer:
        futures = [writer.put(arrival(b"1"))]
        assert gate.reached.wait(SECONDS)
        futures += [writer.put(arrival(b"2")), writer.put(arrival(b"3"))]
        assert futures[1].cancel()
        gate.open.set()
        assert futures[0].result(SECONDS) < futures[2].result(SECONDS)
    assert _stored(store) == [b"1", b"2", b"3"]


def test_more_than_memory_is_set_aside_for_is_refused_at_once(store: Store, gate: Gate) -> None:
    writer = GroupCommit(store.database, gate, max_queue=3, max_bytes=100)
    large = writer.put(arrival(b"x" * 1000))  # alone, a mail of any size is taken: its size was checked before
    too_much = writer.put(arrival(b"y"))
    with pytest.raises(QueueFull):
        too_much.result(0)
    gate.open.set()
    with _running(writer):
        assert large.result(SECONDS)
    writer = GroupCommit(store.database, gate, max_queue=3, max_bytes=100)
    taken = [writer.put(arrival(b"y")) for _ in range(3)]
    with pytest.raises(QueueFull):
        writer.put(arrival(b"y")).result(0)
    with _running(writer):
        assert all(future.result(SECONDS) for future in taken)
        assert writer.put(arrival(b"z")).result(SECONDS), "there is room again"


def test_stopping_writes_what_waits_and_takes_nothing_more(store: Store, gate: Gate) -> None:
    writer = GroupCommit(store.database, gate)
    writer.start()
    futures = [writer.put(arrival(b"1"))]
    assert gate.reached.wait(SECONDS)
    futures.append(writer.put(arrival(b"2")))
    assert not writer.stop(timeout=0.01), "it stands at the gate"
    with pytest.raises(StoreUnavailable, match="stopping"):
        writer.put(arrival(b"3")).result(0)
    gate.open.set()
    assert writer.stop(timeout=SECONDS)
    assert all(future.result(0) for future in futures)
    assert _stored(store) == [b"1", b"2"]


def test_stopping_without_draining_tells_those_who_wait(store: Store, gate: Gate) -> None:
    writer = GroupCommit(store.database, gate)
    writer.start()
    first = writer.put(arrival(b"1"))
    assert gate.reached.wait(SECONDS)
    second = writer.put(arrival(b"2"))
    gate.open.set()
    assert writer.stop(drain=False, timeout=SECONDS)
    assert first.result(SECONDS)
    assert second.done()


def test_a_writer_that_was_never_started_can_be_stopped(database: Database, gate: Gate) -> None:
    writer = GroupCommit(database, gate)
    future = writer.put(arrival(b"1"))
    assert writer.stop(drain=False)
    with pytest.raises(StoreUnavailable):
        future.result(0)
