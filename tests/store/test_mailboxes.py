"""How far folders are read, who reads them, and which mails are not finished."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store.errors import ClaimLost
from store.mailboxes import AGAIN, FLAGGED, NEVER, STAYS, STORED, Place, Uid
from store.store import Store
from tests.store.making import NOW, SECOND, accepted, arrival, claimed, filed

INBOX = Place("helpdesk", "INBOX")
OTHER = Place("helpdesk", "Später & mehr")
MINUTE = timedelta(minutes=1)


def leased(store: Store, place: Place = INBOX, owner: str = "node-1") -> int:
    """Lease a folder for a minute; the fence."""
    with store.transaction() as tx:
        store.mailboxes.know(tx, place)
        fence = store.mailboxes.lease(tx, place, owner, NOW, NOW + MINUTE)
    assert fence is not None
    return fence


def test_a_new_folder_has_never_been_read(store: Store) -> None:
    with store.transaction() as tx:
        assert store.mailboxes.get(tx, INBOX) is None
        state = store.mailboxes.know(tx, INBOX)
        assert store.mailboxes.know(tx, INBOX) == state
        assert (state.place, state.uidvalidity, state.last_uid, state.taken, state.fence) == (INBOX, None, 0, 0, 0)
        assert store.mailboxes.all(tx) == [state]


def test_one_node_reads_a_folder_until_its_lease_ends(store: Store) -> None:
    first = leased(store)
    with store.transaction() as tx:
        boxes = store.mailboxes
        assert boxes.lease(tx, INBOX, "node-2", NOW + 59 * SECOND, NOW + 2 * MINUTE) is None
        assert boxes.renew(tx, INBOX, first, NOW + 2 * MINUTE, NOW, None)
        assert boxes.lease(tx, INBOX, "node-2", NOW + 61 * SECOND, NOW + 3 * MINUTE) is None
        second = boxes.lease(tx, INBOX, "node-2", NOW + 2 * MINUTE, NOW + 3 * MINUTE)
        assert second is not None
        assert second > first
        assert not boxes.renew(tx, INBOX, first, NOW + 4 * MINUTE, NOW, None)


def test_who_was_paused_and_comes_back_can_store_nothing(store: Store) -> None:
    stale = leased(store)
    with store.transaction() as tx:
        assert store.mailboxes.lease(tx, INBOX, "node-2", NOW + 2 * MINUTE, NOW + 3 * MINUTE)
    with pytest.raises(ClaimLost), store.transaction() as tx:
        store.mailboxes.confirm(tx, INBOX, stale)
    with pytest.raises(ClaimLost), store.transaction() as tx:
        store.mailboxes.advance(tx, INBOX, stale, 7, NOW, taken=1)
    with pytest.raises(ClaimLost), store.transaction() as tx:
        store.mailboxes.begin(tx, INBOX, stale, 1, 0, 0, None, 0)
    with store.reading() as tx:
        state = store.mailboxes.get(tx, INBOX)
        assert state is not None
        assert (state.last_uid, state.uidvalidity) == (0, None)


def test_a_lease_that_was_given_back_is_free_at_once_and_only_its_holder_can_give_it_back(store: Store) -> None:
    fence = leased(store)
    with store.transaction() as tx:
        store.mailboxes.release(tx, INBOX, fence - 1)
        assert store.mailboxes.lease(tx, INBOX, "node-2", NOW, NOW + MINUTE) is None
        store.mailboxes.release(tx, INBOX, fence)
        assert store.mailboxes.lease(tx, INBOX, "node-2", NOW, NOW + MINUTE) is not None


def test_how_far_a_folder_is_read_and_how_much_was_taken_add_up(store: Store) -> None:
    fence, other = leased(store), leased(store, OTHER)
    with store.transaction() as tx:
        boxes = store.mailboxes
        boxes.begin(tx, INBOX, fence, 77, 10, 0, NOW, 10)
        boxes.advance(tx, INBOX, fence, 12, NOW, taken=2)
        boxes.advance(tx, INBOX, fence, 15, NOW + SECOND, taken=0, left=3)
        boxes.advance(tx, OTHER, other, 4, NOW, taken=4)
        state = boxes.get(tx, INBOX)
    assert state is not None
    assert (state.uidvalidity, state.last_uid, state.started_at, state.left, state.taken) == (77, 15, NOW, 13, 2)
    assert (state.last_mail_at, state.last_read_at) == (NOW, NOW + SECOND)


def test_mails_that_are_not_finished_come_up_when_their_time_has_come(store: Store) -> None:
    (row_id,) = accepted(store, arrival())
    with store.transaction() as tx:
        boxes = store.mailboxes
        boxes.know(tx, INBOX)
        boxes.note(
            tx,
            INBOX,
            [
                Uid(3, STORED, NOW, row_id),
                Uid(2, FLAGGED, NOW + MINUTE, row_id),
                Uid(1, STAYS, NEVER, None, 1, "too large"),
            ],
        )
        boxes.note(tx, OTHER, [Uid(3, AGAIN, NOW)])
        assert [one.uid for one in boxes.noted(tx, INBOX, NOW, 10)] == [3]
        assert [one.uid for one in boxes.noted(tx, INBOX, NOW + MINUTE, 10)] == [3, 2]
        assert [one.uid for one in boxes.noted(tx, INBOX, NOW + MINUTE, 1)] == [3]
        assert boxes.troubles(tx, INBOX) == (1, "too large")
        boxes.note(tx, INBOX, [Uid(3, FLAGGED, NOW, row_id, 2, "quota")])
        assert boxes.noted(tx, INBOX, NOW, 10) == [Uid(3, FLAGGED, NOW, row_id, 2, "quota")]
        assert boxes.troubles(tx, INBOX)[0] == 2
        boxes.finish(tx, INBOX, [1, 2, 3])
        assert boxes.noted(tx, INBOX, NEVER, 10) == []
        assert [one.uid for one in boxes.noted(tx, OTHER, NOW, 10)] == [3]


def test_numbers_that_are_void_take_their_notes_with_them(store: Store) -> None:
    fence = leased(store)
    with store.transaction() as tx:
        store.mailboxes.note(tx, INBOX, [Uid(3, STORED, NOW)])
        store.mailboxes.note(tx, OTHER, [Uid(4, STORED, NOW)])
        store.mailboxes.begin(tx, INBOX, fence, 2, 0, 5, None, 0)
        assert store.mailboxes.noted(tx, INBOX, NOW, 10) == []
        assert len(store.mailboxes.noted(tx, OTHER, NOW, 10)) == 1


def test_a_mail_is_known_by_its_bytes_or_its_content_if_it_came_from_the_same_folder(store: Store) -> None:
    here = [arrival(b"one"), arrival(b"two")]
    accepted(store, *[type(one)(str(INBOX), *list(vars(one).values())[1:]) for one in here], arrival(b"by smtp"))
    rows = claimed(store)
    for number, row in enumerate(rows):
        filed(store, row, key=f"key {number}")
    hashes = [row.row.raw_sha256 for row in rows]
    with store.reading() as tx:
        mails = {1: (hashes[0], None), 2: ("0" * 64, "key 1"), 3: (hashes[2], "key 2"), 4: ("1" * 64, "key 9")}
        assert store.mailboxes.known(tx, INBOX, mails) == {1, 2}
        assert store.mailboxes.known(tx, OTHER, mails) == frozenset()
        assert store.mailboxes.known(tx, INBOX, {}) == frozenset()


def test_what_the_operator_was_told_is_remembered_for_the_whole_mailbox(store: Store) -> None:
    leased(store), leased(store, OTHER)
    with store.transaction() as tx:
        store.mailboxes.told(tx, "helpdesk", NOW)
        assert [state.told_at for state in store.mailboxes.lock(tx, "helpdesk")] == [NOW, NOW]
        store.mailboxes.told(tx, "helpdesk", None)
        assert [state.told_at for state in store.mailboxes.lock(tx, "helpdesk")] == [None, None]
        assert store.mailboxes.lock(tx, "sales") == []


def test_how_reading_goes_is_remembered_and_no_news_erases_nothing(store: Store) -> None:
    fence = leased(store)
    with store.transaction() as tx:
        assert store.mailboxes.renew(tx, INBOX, fence, NOW + MINUTE, NOW, "the server is down")
        assert store.mailboxes.renew(tx, INBOX, fence, NOW + MINUTE, None, None)
        state = store.mailboxes.get(tx, INBOX)
    assert state is not None
    assert (state.last_read_at, state.error) == (NOW, None)
