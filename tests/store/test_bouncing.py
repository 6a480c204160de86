"""Addresses that take no mail, mails that came back, and tables of the first version."""

from __future__ import annotations

from datetime import timedelta

from store.store import Store
from tests.store.making import NOW, entry, opened, outgoing


def test_an_address_is_marked_on_its_ticket_found_on_all_and_cleared_by_its_owner(store: Store) -> None:
    with store.transaction() as tx:
        first, second = opened(store, tx), opened(store, tx)
        key = first.parties[0].key
        assert store.tickets.bouncing(tx, key) is None
        assert store.tickets.mark_bouncing(tx, first.id, key, NOW, "5.1.1 no such user")
        assert not store.tickets.mark_bouncing(tx, first.id, "nobody@x", NOW, "5.1.1")
    with store.transaction() as tx:
        marked, other = store.tickets.get(tx, first.id), store.tickets.get(tx, second.id)
        assert marked is not None and other is not None
        assert (marked.parties[0].bouncing_since, marked.parties[0].bounce_reason) == (NOW, "5.1.1 no such user")
        assert other.parties[0].bouncing_since is None
        found = store.tickets.bouncing(tx, key)
        assert found is not None and (found.since, found.reason) == (NOW, "5.1.1 no such user")
        assert store.tickets.clear_bouncing(tx, key)
        assert not store.tickets.clear_bouncing(tx, key)
        assert store.tickets.bouncing(tx, key) is None


def test_a_mail_that_came_back_is_found_by_its_ticket_and_message_id(store: Store) -> None:
    with store.transaction() as tx:
        ticket, other = opened(store, tx), opened(store, tx)
        line = store.tickets.add_entry(tx, entry(ticket.id, "an answer"))
        (row_id,) = store.outbox.add(tx, [outgoing(ticket=ticket.id, entry_id=line, kind="reply")])
        row = store.outbox.get(tx, row_id)
        assert row is not None
        found = store.outbox.origin(tx, ticket.id, row.message_id)
        assert found is not None
        assert (found.outbox_id, found.kind, found.author, found.entry_text) == (
            row_id, "reply", "ann@example.org", "an answer",
        )  # fmt: skip
        assert store.outbox.origin(tx, other.id, row.message_id) is None


def test_who_else_got_a_notice_is_counted_without_those_that_failed(store: Store) -> None:
    with store.transaction() as tx:
        ticket = opened(store, tx)
        line = store.tickets.add_entry(tx, entry(ticket.id))
        ids = store.outbox.add(
            tx, [outgoing(ticket=ticket.id, entry_id=line, kind="notice", to=f"{n}@x") for n in range(3)]
        )
        assert store.outbox.others_told(tx, ids[0]) == 2
        store.outbox.claim(tx, "t", NOW, timedelta(minutes=5), 10)
        store.outbox.hold(tx, ids[1], "t", "550")
        assert store.outbox.others_told(tx, ids[0]) == 1


def test_what_is_too_old_can_be_claimed_to_be_given_up_and_nothing_else(store: Store) -> None:
    with store.transaction() as tx:
        old = store.outbox.add(tx, [outgoing(at=NOW - timedelta(days=6)), outgoing(at=NOW - timedelta(days=5))])
        store.outbox.add(tx, [outgoing(at=NOW - timedelta(days=4))])
        lease = timedelta(minutes=5)
        found = store.outbox.claim_overdue(tx, "t", NOW, lease, 10, NOW - timedelta(days=5))
        assert [row.id for row in found] == old
        assert store.outbox.claim_overdue(tx, "t", NOW, lease, 10, NOW - timedelta(days=5)) == []


def test_in_order_nothing_overtakes_however_long_the_earlier_waits(store: Store) -> None:
    with store.transaction() as tx:
        ticket = opened(store, tx)
        lines = [store.tickets.add_entry(tx, entry(ticket.id)) for _ in range(2)]
        first, _later = store.outbox.add(tx, [outgoing(ticket=ticket.id, entry_id=line) for line in lines])
        lease, late = timedelta(minutes=5), NOW + timedelta(days=1)
        assert [mail.row.id for mail in store.outbox.claim(tx, "t", late, lease, 10)] == [first], "never both at once"
        store.outbox.postpone(tx, first, "t", late + timedelta(hours=1), "450 greylisted")
        assert store.outbox.claim(tx, "t", late, lease, 10, in_order=True) == []
        assert len(store.outbox.claim(tx, "t", late, lease, 10)) == 1


def test_a_mail_that_is_given_back_has_lost_neither_its_try_nor_its_place(store: Store) -> None:
    with store.transaction() as tx:
        first, second = store.outbox.add(tx, [outgoing(to="a@x"), outgoing(to="b@x")])
        lease = timedelta(minutes=5)
        store.outbox.claim(tx, "t", NOW, lease, 1)
        store.outbox.give_back(tx, first, "t", "no connection")
        claimed = store.outbox.claim(tx, "t", NOW, lease, 10)
        assert [(mail.row.id, mail.row.attempts) for mail in claimed] == [(first, 1), (second, 1)]
