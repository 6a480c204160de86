"""The books of accepted mail."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from store.database import Tx
from store.errors import ClaimLost
from store.store import Store
from tests.store.making import LEASE, NOW, SECOND, accepted, arrival, claimed, filed


def test_accepted_mails_get_growing_ids_in_their_order_and_give_their_bytes_back(store: Store) -> None:
    raws = [b"", b"\0\r\nbare\rcr", bytes(range(256)) * 300, "Grüße".encode("latin-1")]
    ids = accepted(store, *[arrival(raw) for raw in raws])
    assert ids == sorted(ids)
    with store.reading() as tx:
        assert [store.inbox.raw(tx, row_id) for row_id in ids] == raws
        assert store.inbox.raw(tx, ids[-1] + 1) is None


def test_a_row_says_what_the_transport_said(store: Store) -> None:
    mail = arrival(b"x", message_id="a@b")
    (row_id,) = accepted(store, mail)
    with store.reading() as tx:
        row = store.inbox.get(tx, row_id)
        assert store.inbox.get(tx, row_id + 1) is None
    assert row is not None
    assert (row.source, row.sender, row.recipients, row.peer) == (mail.source, mail.sender, mail.recipients, mail.peer)
    assert (row.received_at, row.size, row.message_id, row.subject) == (NOW, 1, "a@b", "printer")
    assert (row.state, row.outcome, row.ticket_ref, row.tries, row.released) == ("waiting", None, None, 0, False)


def test_equal_bytes_are_stored_once_for_two_mails(store: Store) -> None:
    first, second = accepted(store, arrival(b"same"), arrival(b"same"))
    (third,) = accepted(store, arrival(b"same"))
    with store.reading() as tx:
        rows = [store.inbox.get(tx, row_id) for row_id in (first, second, third)]
        sha = {row.raw_sha256 for row in rows if row}
        assert len(sha) == 1
        assert store.inbox.raw_by_sha(tx, sha.pop()) == b"same"
        assert store.inbox.raw_by_sha(tx, "0" * 64) is None


HOSTILE = {
    "NUL": ("a\0b", "a\ufffdb"),
    "a lone surrogate": ("a\ud800b", "a\ufffdb"),
    "a surrogate pair": ("\ud83d\ude00", "\U0001f600"),
    "quotes": ("';drop table inbox;--\"", "';drop table inbox;--\""),
}


@pytest.mark.parametrize(("text", "stored"), HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_keeps_a_mail_from_being_stored(store: Store, text: str, stored: str) -> None:
    mail = arrival(message_id=text)
    hostile = [
        type(mail)(mail.source, text, (text,), text, NOW, b"x", text, text, text),
        arrival(b"y"),
    ]
    row_id, other = accepted(store, *hostile)
    with store.reading() as tx:
        row = store.inbox.get(tx, row_id)
        assert store.inbox.get(tx, other) is not None
    assert row is not None
    assert (row.sender, row.subject, row.from_address, row.message_id) == (stored,) * 4


def test_a_message_id_of_any_length_is_stored_and_found_again(store: Store) -> None:
    long = "ü" * 100_000
    parent, reply = accepted(store, arrival(b"1", message_id=long), arrival(b"2"))
    with store.transaction() as tx:
        assert store.inbox.parent_still_waiting(tx, reply, [long], NOW)
        assert not store.inbox.parent_still_waiting(tx, reply, [long + "x"], NOW)
        assert [row.id for row in store.inbox.by_message_id(tx, long)] == [parent]


def test_the_oldest_mail_is_claimed_first_and_by_one_worker_only(store: Store) -> None:
    ids = accepted(store, *[arrival(b"%d" % n) for n in range(5)])
    first = claimed(store, "one", limit=2)
    assert [(item.row.id, item.raw) for item in first] == [(ids[0], b"0"), (ids[1], b"1")]
    assert {(item.row.claim_token, item.row.tries) for item in first} == {("one", 1)}
    assert [item.row.id for item in claimed(store, "two")] == ids[2:]
    assert claimed(store, "three") == []


def test_a_claim_takes_as_much_mail_as_it_may_and_always_one(store: Store) -> None:
    ids = accepted(store, *[arrival(bytes([n]) * 600) for n in range(4)])
    with store.transaction() as tx:
        assert [item.row.id for item in store.inbox.claim(tx, "a", NOW, LEASE, 10, 100)] == ids[:1]
        assert [item.row.id for item in store.inbox.claim(tx, "b", NOW, LEASE, 10, 1200)] == ids[1:3]


def test_a_lease_that_ran_out_gives_the_mail_to_the_next_worker_and_counts_the_try(store: Store) -> None:
    accepted(store)
    (item,) = claimed(store, "slow")
    assert claimed(store, "quick", at=NOW + LEASE - SECOND) == []
    (again,) = claimed(store, "quick", at=NOW + LEASE)
    assert (again.row.id, again.row.tries, again.row.claim_token) == (item.row.id, 2, "quick")


@pytest.mark.parametrize("verb", ["settle", "postpone", "hold", "confirm"])
def test_a_worker_whose_lease_ran_out_can_do_nothing_more(store: Store, verb: str) -> None:
    accepted(store)
    (item,) = claimed(store, "slow")
    claimed(store, "quick", at=NOW + LEASE)
    with pytest.raises(ClaimLost), store.transaction() as tx:
        _do(store, tx, verb, item.row.id, "slow")
    with store.transaction() as tx:
        row = store.inbox.get(tx, item.row.id)
        assert row is not None and (row.state, row.claim_token) == ("waiting", "quick")
        _do(store, tx, verb, item.row.id, "quick")


def _do(store: Store, tx: Tx, verb: str, row_id: int, token: str) -> None:
    verbs = {
        "settle": lambda: store.inbox.settle(tx, row_id, token, "attach", None, "person", "why", "k"),
        "postpone": lambda: store.inbox.postpone(tx, row_id, token, NOW, "why"),
        "hold": lambda: store.inbox.hold(tx, row_id, token, "why", "person", "k"),
        "confirm": lambda: store.inbox.confirm(tx, row_id, token),
    }
    verbs[verb]()


def test_a_settled_mail_cannot_be_settled_again(store: Store) -> None:
    accepted(store)
    (item,) = claimed(store)
    filed(store, item)
    with pytest.raises(ClaimLost):
        filed(store, item)


def test_a_postponed_mail_comes_back_at_its_time_with_its_try_counted_or_not(store: Store) -> None:
    accepted(store)
    (item,) = claimed(store)
    later = NOW + 10 * SECOND
    with store.transaction() as tx:
        store.inbox.postpone(tx, item.row.id, "worker", later, "its parent is not filed", give_back_try=True)
    assert claimed(store, at=later - SECOND) == []
    (item,) = claimed(store, at=later)
    assert (item.row.tries, item.row.reason) == (1, "its parent is not filed")
    with store.transaction() as tx:
        store.inbox.postpone(tx, item.row.id, "worker", later, "crashed")
    (item,) = claimed(store, at=later)
    assert item.row.tries == 2


def test_a_clock_that_was_set_back_does_not_hide_fresh_mail(store: Store) -> None:
    (row_id,) = accepted(store, arrival(at=NOW))
    assert [item.row.id for item in claimed(store, at=NOW - timedelta(days=3650))] == [row_id]


PARENTS = {
    "an earlier waiting row with a cited id": ({}, True),
    "that id among others": ({"cited": ["other@x", "parent@x"]}, True),
    "another id": ({"cited": ["other@x"]}, False),
    "no ids": ({"cited": []}, False),
    "29 seconds later": ({"now": NOW + 29 * SECOND}, True),
    "30 seconds later": ({"now": NOW + 30 * SECOND}, False),
    "it is claimed": ({"parent": "claimed"}, True),
    "it is filed": ({"parent": "filed"}, False),
    "it is held": ({"parent": "held"}, False),
    "it came later": ({"earlier": False}, False),
}


@pytest.mark.parametrize(("case", "waits"), PARENTS.values(), ids=PARENTS.keys())
def test_a_reply_waits_for_its_parent_when(store: Store, case: dict[str, object], waits: bool) -> None:
    parent, reply = accepted(store, arrival(b"1", message_id="parent@x"), arrival(b"2", message_id="reply@x"))
    if case.get("parent"):
        (item,) = claimed(store, limit=1)
        with store.transaction() as tx:
            if case["parent"] != "claimed":
                _do(store, tx, {"filed": "settle", "held": "hold"}[str(case["parent"])], item.row.id, "worker")
    asks = reply if case.get("earlier", True) else parent
    cited = case.get("cited", ["parent@x"]) if case.get("earlier", True) else ["reply@x"]
    now = case.get("now", NOW)
    assert isinstance(cited, list) and isinstance(now, datetime)
    with store.transaction() as tx:
        assert store.inbox.parent_still_waiting(tx, asks, cited, now) is waits


def test_the_same_content_is_found_once_it_is_filed_and_not_when_it_is_old_or_itself(store: Store) -> None:
    ids = accepted(store, *[arrival(b"%d" % n) for n in range(4)])
    items = claimed(store)
    with store.transaction() as tx:
        assert store.inbox.find_duplicate(tx, "same", NOW, ids[1]) is None
    filed(store, items[0], key="same")
    filed(store, items[1], key="same", outcome="duplicate")
    with store.transaction() as tx:
        found = store.inbox.find_duplicate(tx, "same", NOW, ids[2])
        assert found is not None and found.id == ids[0] and found.ticket_ref == "ACME-1001"
        assert store.inbox.find_duplicate(tx, "same", NOW + SECOND, ids[2]) is None
        assert store.inbox.find_duplicate(tx, "same", NOW, ids[0]) is None
        assert store.inbox.find_duplicate(tx, "other", NOW, ids[2]) is None


@pytest.mark.parametrize("outcome", ["ticket", "attach", "quarantine", "bounce-record"])
def test_every_end_but_duplicate_makes_the_next_equal_mail_a_duplicate(store: Store, outcome: str) -> None:
    accepted(store)
    (item,) = claimed(store)
    filed(store, item, key="same", outcome=outcome)
    with store.transaction() as tx:
        assert store.inbox.find_duplicate(tx, "same", NOW, 0) is not None


def test_mails_without_a_content_key_are_not_each_others_duplicates(store: Store) -> None:
    accepted(store)
    (item,) = claimed(store)
    with store.transaction() as tx:
        store.inbox.hold(tx, item.row.id, "worker", "not readable", "", "")
        assert store.inbox.find_duplicate(tx, "", NOW, 0) is None


def test_the_books_balance_at_every_stage(store: Store) -> None:
    accepted(store, *[arrival(b"%d" % n) for n in range(7)])

    def books() -> tuple[int, ...]:
        with store.reading() as tx:
            b = store.inbox.books(tx)
        assert b.balanced
        return (b.accepted, b.ticket, b.attach, b.quarantine, b.bounce_record, b.duplicate, b.waiting)

    assert books() == (7, 0, 0, 0, 0, 0, 7)
    items = claimed(store, limit=6)
    assert books() == (7, 0, 0, 0, 0, 0, 7)
    for item, outcome in zip(items, ["ticket", "attach", "quarantine", "bounce-record", "duplicate"], strict=False):
        filed(store, item, outcome=outcome)
    assert books() == (7, 1, 1, 1, 1, 1, 2)
    with store.transaction() as tx:
        store.inbox.hold(tx, items[5].row.id, "worker", "complex")
    assert books() == (7, 1, 1, 2, 1, 1, 1)


def test_counts_say_what_waits_and_since_when(store: Store) -> None:
    with store.reading() as tx:
        empty = store.inbox.counts(tx)
    assert (empty.waiting, empty.held, empty.oldest_waiting_at) == (0, 0, None)
    accepted(store, arrival(b"1", at=NOW - SECOND), arrival(b"2"), arrival(b"3"))
    (item,) = claimed(store, limit=1)
    with store.transaction() as tx:
        store.inbox.hold(tx, item.row.id, "worker", "complex")
        counts = store.inbox.counts(tx)
    assert (counts.waiting, counts.held, counts.oldest_waiting_at) == (2, 1, NOW)


def test_rows_are_listed_newest_first_by_state_and_outcome(store: Store) -> None:
    ids = accepted(store, *[arrival(b"%d" % n) for n in range(4)])
    items = claimed(store, limit=3)
    filed(store, items[0])
    filed(store, items[1], outcome="quarantine")
    with store.transaction() as tx:
        store.inbox.hold(tx, items[2].row.id, "worker", "complex")
    table = {
        (None, None): [3, 2, 1, 0],
        ("waiting", None): [3],
        ("filed", None): [1, 0],
        ("held", None): [2],
        (None, "quarantine"): [2, 1],
        ("filed", "quarantine"): [1],
        (None, "ticket"): [0],
        ("held", "ticket"): [],
    }
    with store.reading() as tx:
        for (state, outcome), places in table.items():
            assert [row.id for row in store.inbox.list(tx, state, outcome)] == [ids[place] for place in places]
        assert [row.id for row in store.inbox.list(tx, limit=2)] == [ids[3], ids[2]]


def test_a_held_mail_is_released_dropped_or_read_again_by_a_human_only(store: Store) -> None:
    ids = accepted(store, *[arrival(b"%d" % n) for n in range(3)])
    for item in claimed(store):
        with store.transaction() as tx:
            store.inbox.hold(tx, item.row.id, "worker", "unproven", "person", "k", ticket_id=None)
    assert claimed(store, at=NOW + timedelta(days=1)) == []
    with store.transaction() as tx:
        assert store.inbox.release(tx, ids[0], NOW)
        assert store.inbox.drop(tx, ids[1])
        assert store.inbox.retry(tx, ids[2], NOW)
        assert not store.inbox.release(tx, ids[1], NOW), "dropped: only reading it again brings it back"
    released, again = claimed(store)
    assert (released.row.id, released.row.released, released.row.tries) == (ids[0], True, 1)
    assert (again.row.id, again.row.released, again.row.tries) == (ids[2], False, 1)
    with store.transaction() as tx:
        dropped = store.inbox.get(tx, ids[1])
        assert dropped is not None and (dropped.state, dropped.outcome) == ("filed", "quarantine")
        assert dropped.reason == "unproven (dropped)"
        assert store.inbox.books(tx).balanced
        assert store.inbox.retry(tx, ids[1], NOW), "a dropped mail can still be read again"


def test_what_is_not_in_quarantine_cannot_be_retried_released_or_dropped(store: Store) -> None:
    (row_id,) = accepted(store)
    (item,) = claimed(store)
    filed(store, item)
    with store.transaction() as tx:
        assert not store.inbox.retry(tx, row_id, NOW)
        assert not store.inbox.release(tx, row_id, NOW)
        assert not store.inbox.drop(tx, row_id)
        assert not store.inbox.drop(tx, row_id + 1)


def test_a_released_mail_remembers_the_ticket_it_was_held_for(store: Store) -> None:
    accepted(store, arrival(b"1"), arrival(b"2"))
    first, second = claimed(store)
    filed(store, first)
    with store.transaction() as tx:
        store.inbox.hold(tx, second.row.id, "worker", "unproven", "person", "k", ticket_id=1001)
        store.inbox.release(tx, second.row.id, NOW)
    (item,) = claimed(store)
    assert (item.row.ticket_id, item.row.ticket_ref) == (1001, "ACME-1001")


def test_claims_from_before_a_crash_are_freed_at_the_start(store: Store) -> None:
    ids = accepted(store, arrival(b"1"), arrival(b"2"))
    claimed(store, "before the crash")
    with store.transaction() as tx:
        assert store.inbox.reset_claims(tx) == 2
    assert [(item.row.id, item.row.tries) for item in claimed(store, "after")] == [(ids[0], 2), (ids[1], 2)]
