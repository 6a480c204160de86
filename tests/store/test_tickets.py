"""Tickets, their parties and their history."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store.errors import Conflict
from store.store import Store
from store.tickets import NewEntry, NewParty, NewTicket, StoredAttachment, TicketParty
from tests.store.making import NOW, SECOND, accepted, arrival, entry, opened

BOB = NewParty("Bob", "Bob@Example.org", "bob@example.org", "cc")


def test_a_ticket_is_read_as_it_was_opened(store: Store) -> None:
    with store.transaction() as tx:
        first = opened(store, tx)
        parties = [BOB, NewParty("Ann", "ann@x", "ann@x", "requester"), replace(BOB, name="Robert")]
        draft = NewTicket(
            "ACME", "it", ("hr", "fm"), "urgent", "Größe ✓", "it@acme.example", ("vip", "a,b"), "de", NOW, first.id,
            parties, status="waiting", last_message_ids=("a@b", "c@d"),
        )  # fmt: skip
        ticket = store.tickets.open(tx, draft)
    with store.reading() as tx:
        read = store.tickets.get(tx, ticket.id)
        assert store.tickets.get(tx, ticket.id + 1) is None
    assert read == ticket
    assert read.parties == (
        TicketParty(1, "Bob", "Bob@Example.org", "bob@example.org", "cc", False),
        TicketParty(2, "Ann", "ann@x", "ann@x", "requester", False),
    ), "the address that came twice counts once"
    assert (read.status, read.helpers, read.tags, read.related_to) == (
        "waiting",
        ("hr", "fm"),
        ("vip", "a,b"),
        first.id,
    )


def test_references_count_up_from_1001_and_are_found_in_upper_and_lower_case(store: Store) -> None:
    with store.transaction() as tx:
        tickets = [opened(store, tx), opened(store, tx, tag="Help-Desk")]
    assert [ticket.ref for ticket in tickets] == ["ACME-1001", "Help-Desk-1002"]
    table = {
        "ACME-1001": tickets[0], "acme-1001": tickets[0], " ACME-1001 ": tickets[0], "help-desk-1002": tickets[1],
        "ACME-1002": None, "ACME-1003": None, "1001": None, "-1001": None, "ACME-": None, "ACME-٣": None, "": None,
        "ACME-" + "9" * 40: None, "ACME-01001": None,
    }  # fmt: skip
    with store.reading() as tx:
        for ref, ticket in table.items():
            assert store.tickets.by_ref(tx, ref) == ticket, ref


def test_a_party_joins_once_and_gets_the_next_number(store: Store) -> None:
    with store.transaction() as tx:
        ticket, other = opened(store, tx), opened(store, tx)
        bob = store.tickets.add_party(tx, ticket.id, BOB)
        assert (bob.number, bob.role) == (2, "cc")
        assert store.tickets.add_party(tx, ticket.id, replace(BOB, name="X", role="staff")) == bob
        assert store.tickets.add_party(tx, other.id, BOB).number == 2
        store.tickets.change_party(tx, ticket.id, 2, role="watcher", revoked=True)
        assert not store.tickets.change_party(tx, ticket.id, 9, role="watcher")
        assert not store.tickets.change_party(tx, ticket.id, 2)
    with store.reading() as tx:
        read = store.tickets.get(tx, ticket.id)
    assert read is not None and read.parties[1] == replace(bob, role="watcher", revoked=True)


def test_only_the_given_fields_change(store: Store) -> None:
    with store.transaction() as tx:
        before = opened(store, tx)
        store.tickets.change(tx, before.id)
        assert store.tickets.get(tx, before.id, lock=True) == before
        store.tickets.change(tx, before.id, status="closed", closed_at=NOW, assignee="maria@x", reopened=1)
        store.tickets.change(tx, before.id, assignee=None, reopened=1, hand_offs=1, team="hr", helpers=("it",))
        store.tickets.change(
            tx, before.id, tags=("a",), priority="urgent", first_reply_at=NOW, subject="s", token_epoch_day=20_000,
            last_message_ids=tuple(f"{n}@x" for n in range(12)),
        )  # fmt: skip
        after = store.tickets.get(tx, before.id)
    assert after == replace(
        before, status="closed", closed_at=NOW, assignee=None, reopened=2, hand_offs=1, team="hr", helpers=("it",),
        tags=("a",), priority="urgent", first_reply_at=NOW, subject="s", token_epoch_day=20_000,
        last_message_ids=tuple(f"{n}@x" for n in range(2, 12)),
    )  # fmt: skip


def test_the_history_is_read_in_the_order_in_which_it_was_written(store: Store) -> None:
    attachments = (
        StoredAttachment("plan.pdf", "application/pdf", 7, "0" * 64, False, 0),
        StoredAttachment("ü.png", "image/png", 9, "1" * 64, True, 1, "cid@x"),
    )
    with store.transaction() as tx:
        ticket, other = opened(store, tx), opened(store, tx)
        mail = NewEntry(
            ticket.id,
            NOW + SECOND,
            "mail",
            "in",
            "public",
            "Ann",
            "ann@x",
            "a\0b",
            "m@x",
            attachments,
            None,
            {"a": "ü"},
        )
        ids = [store.tickets.add_entry(tx, mail)]
        store.tickets.add_entry(tx, entry(other.id))
        ids.append(store.tickets.add_entry(tx, entry(ticket.id, "later, with an earlier clock")))
    with store.reading() as tx:
        history = store.tickets.entries(tx, ticket.id)
        assert store.tickets.entry(tx, ids[0]) == history[0]
        assert store.tickets.entry(tx, 999) is None
    assert [line.id for line in history] == ids
    assert (history[0].text, history[0].attachments, history[0].data) == ("a\ufffdb", attachments, {"a": "ü"})
    assert (history[1].attachments, history[1].data, history[1].inbox_id) == ((), {}, None)


def test_a_mail_is_filed_once_even_if_somebody_tries_twice(store: Store) -> None:
    (row_id,) = accepted(store)
    with store.transaction() as tx:
        ticket = opened(store, tx)
        line = store.tickets.add_entry(tx, entry(ticket.id, inbox_id=row_id))
    with pytest.raises(Conflict), store.transaction() as tx:
        opened(store, tx)
        store.tickets.add_entry(tx, entry(ticket.id, inbox_id=row_id))
    with store.reading() as tx:
        assert store.tickets.get(tx, ticket.id + 1) is None, "what was written before the mistake is undone with it"
        found = store.tickets.entry_of_inbox(tx, row_id)
        assert found is not None and found.id == line
        assert store.tickets.entry_of_inbox(tx, row_id + 1) is None


def test_an_entry_of_a_ticket_there_is_not_is_refused(store: Store) -> None:
    with pytest.raises(Conflict), store.transaction() as tx:
        store.tickets.add_entry(tx, entry(999))


def test_an_awaited_id_is_known_but_not_cited(store: Store) -> None:
    with store.transaction() as tx:
        ticket = opened(store, tx)
        line = store.tickets.add_entry(tx, entry(ticket.id))
        store.tickets.remember_ids(tx, ticket.id, line, ["here@x"])
        store.tickets.remember_ids(tx, ticket.id, line, ["later@x"], awaited=True)
    with store.reading() as tx:
        found = store.tickets.find_known(tx, ["here@x", "later@x", "nobody@x"])
        assert {(one.message_id, one.ticket_id, one.awaited) for one in found} == {
            ("here@x", ticket.id, False),
            ("later@x", ticket.id, True),
        }
        assert store.tickets.find_cited(tx, ["here@x", "later@x"]) == [("here@x", ticket.id)]


def test_a_line_of_a_mail_that_counts_elsewhere_still_names_the_mail(store: Store) -> None:
    with store.transaction() as tx:
        ticket = opened(store, tx)
        store.tickets.add_entry(tx, replace(entry(ticket.id), data={"mail": "17"}))
    with store.reading() as tx:
        (line,) = store.tickets.entries(tx, ticket.id)
    assert (line.inbox_id, line.mail_id) == (None, 17)


def test_cited_ids_lead_to_their_tickets(store: Store) -> None:
    long = "x" * 5000 + "\0@y"
    with store.transaction() as tx:
        one, two = opened(store, tx), opened(store, tx)
        for ticket, ids in ((one, ["a@x", "shared@x", long]), (two, ["b@x", "shared@x", "b@x"]), (one, ["a@x"])):
            line = store.tickets.add_entry(tx, entry(ticket.id))
            store.tickets.remember_ids(tx, ticket.id, line, ids)
            store.tickets.remember_ids(tx, ticket.id, line, ids[:1])
        store.tickets.remember_ids(tx, one.id, 1, [])
    table: list[tuple[list[str], set[tuple[str, int]]]] = [
        ([], set()),
        (["nobody@x"], set()),
        (["a@x"], {("a@x", one.id)}),
        (["A@X"], set()),
        (["b@x", "nobody@x", "a@x"], {("a@x", one.id), ("b@x", two.id)}),
        (["shared@x"], {("shared@x", one.id), ("shared@x", two.id)}),
        ([long], {(long, one.id)}),
    ]
    with store.reading() as tx:
        for cited, pairs in table:
            found = store.tickets.find_cited(tx, cited)
            assert set(found) == pairs and len(found) == len(pairs)


def test_an_id_that_stands_in_a_thousand_mails_does_not_hide_another(store: Store) -> None:
    with store.transaction() as tx:
        for _ in range(600):
            ticket = opened(store, tx)
            store.tickets.remember_ids(tx, ticket.id, store.tickets.add_entry(tx, entry(ticket.id)), ["flood@x"])
        store.tickets.remember_ids(tx, 1001, store.tickets.add_entry(tx, entry(1001)), ["rare@x"])
        found = store.tickets.find_cited(tx, ["flood@x", "rare@x"])
    assert ("rare@x", 1001) in found and ("flood@x", 1001) in found
    assert len(found) < 600


def test_lists_show_the_newest_first_by_team_and_status(store: Store) -> None:
    with store.transaction() as tx:
        tickets = [opened(store, tx, team=team) for team in ("it", "hr", "it", "it")]
        store.tickets.change(tx, tickets[2].id, status="closed", closed_at=NOW)
        store.tickets.change(tx, tickets[3].id, status="waiting")
    table = {
        (None, None): [3, 2, 1, 0],
        ("it", None): [3, 2, 0],
        (None, "open"): [1, 0],
        ("it", "open"): [0],
        ("it", "closed"): [2],
        ("hr", "waiting"): [],
        ("nobody", None): [],
    }
    with store.reading() as tx:
        for (team, status), places in table.items():
            ids = [ticket.id for ticket in store.tickets.list(tx, team, status)]
            assert ids == [tickets[place].id for place in places], (team, status)
        assert [ticket.id for ticket in store.tickets.list(tx, limit=1)] == [tickets[3].id]
        assert store.tickets.list(tx, limit=1) == [store.tickets.get(tx, tickets[3].id)]
        assert store.tickets.count_open(tx) == {"it": 2, "hr": 1}


SEARCHES = {
    "printer": [0],
    "PRINTER": [0],
    "größe": [1],
    "GRÖSSE": [],
    "Größe payslip": [1],
    "printer payslip": [],
    "ann@example": [0, 1, 2],
    "100%": [2],
    "%": [2],
    "a_b": [2],
    "axb": [],
    "back\\slash": [2],
    "'; drop table tickets; --": [],
    "": [0, 1, 2],
    "  ": [0, 1, 2],
}


@pytest.mark.parametrize(("words", "places"), SEARCHES.items())
def test_a_search_finds_tickets_in_which_every_word_occurs(store: Store, words: str, places: list[int]) -> None:
    texts = [("printer", "it is on fire"), ("Größe", "my payslip"), ("other", "100% a_b back\\slash")]
    with store.transaction() as tx:
        tickets = []
        for subject, text in texts:
            tickets.append(opened(store, tx, subject=subject))
            store.tickets.add_entry(tx, entry(tickets[-1].id, text))
    with store.reading() as tx:
        found = [ticket.id for ticket in store.tickets.list(tx, search=words)]
    assert sorted(found) == [tickets[place].id for place in places]


def test_arrivals_that_were_filed_show_the_reference_of_their_ticket(store: Store) -> None:
    accepted(store, arrival(b"1"))
    with store.transaction() as tx:
        (item,) = store.inbox.claim(tx, "w", NOW, SECOND, 1, 100)
        ticket = opened(store, tx)
        store.inbox.settle(tx, item.row.id, "w", "ticket", ticket.id, "person", "new", "k")
        row = store.inbox.get(tx, item.row.id)
    assert row is not None and row.ticket_ref == ticket.ref
