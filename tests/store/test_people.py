"""Tickets that are merged and split, and persons with several addresses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store.store import Store
from store.tickets import NewTicket
from tests.store.making import NOW, accepted, entry, opened

BY = "maria@acme.example"


@pytest.mark.parametrize(
    ("joins", "asked", "known"),
    [
        ([], "a@x", {"a@x"}),
        ([("a@x", "b@x")], "a@x", {"a@x", "b@x"}),
        ([("a@x", "b@x")], "b@x", {"a@x", "b@x"}),
        ([("a@x", "b@x"), ("b@x", "c@x")], "a@x", {"a@x", "b@x", "c@x"}),
        ([("a@x", "b@x"), ("c@x", "d@x"), ("d@x", "b@x")], "a@x", {"a@x", "b@x", "c@x", "d@x"}),
        ([("a@x", "b@x"), ("c@x", "d@x")], "c@x", {"c@x", "d@x"}),
    ],
)
def test_a_person_is_known_by_each_of_their_addresses(
    store: Store, joins: list[tuple[str, str]], asked: str, known: set[str]
) -> None:
    with store.transaction() as tx:
        assert all(store.tickets.join_persons(tx, one, other, BY, NOW) for one, other in joins)
        assert store.tickets.same_person(tx, [asked]) == known


def test_joining_again_says_so(store: Store) -> None:
    with store.transaction() as tx:
        assert store.tickets.join_persons(tx, "a@x", "b@x", BY, NOW)
        assert not store.tickets.join_persons(tx, "b@x", "a@x", BY, NOW)
        assert not store.tickets.join_persons(tx, "a@x", "a@x", BY, NOW)


@pytest.mark.parametrize("gone", ["a@x", "b@x", "c@x"])
def test_an_address_that_is_parted_is_alone_and_the_others_stay_together(store: Store, gone: str) -> None:
    others = {"a@x", "b@x", "c@x"} - {gone}
    with store.transaction() as tx:
        store.tickets.join_persons(tx, "a@x", "b@x", BY, NOW)
        store.tickets.join_persons(tx, "a@x", "c@x", BY, NOW)
        assert store.tickets.part_persons(tx, gone)
        assert store.tickets.same_person(tx, [gone]) == {gone}
        assert all(store.tickets.same_person(tx, [one]) == others for one in others)
        assert not store.tickets.part_persons(tx, gone)


def test_a_ticket_remembers_into_which_one_it_was_merged(store: Store) -> None:
    with store.transaction() as tx:
        one, other = opened(store, tx), opened(store, tx)
        assert one.merged_into is None
        store.tickets.change(tx, one.id, merged_into=other.id)
        read = store.tickets.get(tx, one.id)
        assert read is not None
        assert read.merged_into == other.id
        store.tickets.change(tx, one.id, merged_into=None)
        assert [t.merged_into for t in store.tickets.list(tx)] == [None, None]


def test_entries_move_with_their_ids_and_their_place_in_the_books(store: Store) -> None:
    (row_id,) = accepted(store)
    with store.transaction() as tx:
        one, other = opened(store, tx), opened(store, tx)
        stays = store.tickets.add_entry(tx, entry(one.id, "stays", message_id="stays@x"))
        goes = store.tickets.add_entry(tx, entry(one.id, "goes", inbox_id=row_id, message_id="goes@x"))
        store.tickets.remember_ids(tx, one.id, stays, ["stays@x"])
        store.tickets.remember_ids(tx, one.id, goes, ["goes@x"])
        store.tickets.move_entries(tx, [goes], other.id)
        assert [e.text for e in store.tickets.entries(tx, one.id)] == ["stays"]
        assert [e.text for e in store.tickets.entries(tx, other.id)] == ["goes"]
        assert sorted(store.tickets.find_cited(tx, ["stays@x", "goes@x"])) == [
            ("goes@x", other.id),
            ("stays@x", one.id),
        ]
        row = store.inbox.get(tx, row_id)
        assert row is not None
        assert row.ticket_id == other.id


def test_what_was_for_staff_can_be_shown_where_it_goes(store: Store) -> None:
    with store.transaction() as tx:
        one = opened(store, tx)
        draft = NewTicket("ACME", "it", (), "normal", "x", "it@acme.example", (), "en", NOW, one.id, [])
        other = store.tickets.open(tx, draft)
        hidden = [replace(entry(one.id, text), visibility="staff") for text in ("shown", "hidden")]
        numbers = [store.tickets.add_entry(tx, one_line) for one_line in hidden]
        store.tickets.move_entries(tx, numbers, other.id, public=numbers[:1])
        assert [e.visibility for e in store.tickets.entries(tx, other.id)] == ["public", "staff"]
