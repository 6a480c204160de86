"""What becomes of imported mail: history without a word to anybody, at its own time, in its own threads; or new mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from gateway.actions.base import Workplace
from gateway.archives.catalogue import catalogue_of
from gateway.config.load import load
from gateway.importing import Manner, Tally, take_in
from gateway.keys import Keys, load_or_create
from gateway.service import letters_of
from routing.answering import counters
from routing.history import IMPORT, QUIET, QUIET_CLOSED
from routing.identity import make_message_id
from routing.reading import Reader
from store.database import Database
from store.entries import Entry
from store.inbox import InboxRow
from store.store import Store
from store.tickets import Ticket
from tests.contract.test_filing import World, drain
from tests.helpers.desk import Desk, wait_for

REPORT = "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n"
BEGAN = datetime(2024, 3, 4, 9, 0, tzinfo=UTC)
SAM, MARIA, TEAM, EVE = "sam@cust.example", "maria@acme.example", "it@acme.example", "eve@other.example"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Past:
    """An archive in the making, and the desk it is imported into."""

    folder: Path
    world: World
    keys: Keys
    count: int = 0
    archive: Path = field(init=False)

    def __post_init__(self) -> None:
        self.archive = self.folder / "archive"
        self.archive.mkdir()

    def write(
        self, name: str, who: str = SAM, to: str = TEAM, cites: str = "", after_days: float = 0, more: str = "",
        message_id: str = "",
    ) -> None:  # fmt: skip
        """A mail called `name` (its subject, and its Message-ID), so many days after the beginning."""
        self.count += 1
        moment = BEGAN + timedelta(days=after_days, minutes=self.count)
        cited = f"In-Reply-To: <{cites}@cust.example>\n" if cites else ""
        text = (
            f"Return-Path: <{who}>\nFrom: <{who}>\nTo: {to}\nSubject: {name}\nDate: {format_datetime(moment)}\n"
            f"Message-ID: <{message_id or f'{name}@cust.example'}>\n{cited}{more}\nWords of {name}.\n"
        )
        (self.archive / f"{self.count:03}.eml").write_text(text)

    def take(self, source: str = QUIET) -> Tally:
        """Import the archive and file it."""
        tally = self.store_only(source)
        drain(self.world.filer())
        return tally

    def store_only(self, source: str = QUIET) -> Tally:
        """Import the archive."""
        return take_in(
            catalogue_of((self.archive,), now()),
            self.world.place.store,
            Manner(source, (TEAM,), 100_000),
            now,
            files_beside=lambda: False,
            told=lambda _tally: None,
        )

    def tickets(self) -> list[Ticket]:
        """All tickets, the oldest first."""
        store = self.world.place.store
        with store.reading() as tx:
            return sorted(store.tickets.list(tx), key=lambda ticket: ticket.id)

    def history(self, number: int = 0) -> list[Entry]:
        """What stands in a ticket."""
        store, ticket = self.world.place.store, self.tickets()[number]
        with store.reading() as tx:
            return store.tickets.entries(tx, ticket.id)

    def lines(self, number: int = 0) -> list[tuple[str, str, str]]:
        """The same as (who, direction, visibility)."""
        return [(entry.author_address, entry.direction, entry.visibility) for entry in self.history(number)]

    def rows(self) -> dict[str, InboxRow]:
        """The books, by subject."""
        store = self.world.place.store
        with store.reading() as tx:
            return {row.subject: row for row in store.inbox.list(tx)}

    def is_silent(self) -> bool:
        """Whether nothing goes out and nothing was promised."""
        store = self.world.place.store
        with store.reading() as tx:
            promised = [p for ticket in store.tickets.list(tx) for p in store.promises.for_ticket(tx, ticket.id)]
            return not store.outbox.list(tx) and not promised


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    """An empty desk and an empty archive."""
    settings = load(Desk(tmp_path / "desk").config)
    database = Database(settings.store.url)
    database.prepare()
    keys = load_or_create(settings.keys_file, date(2026, 11, 23))
    store = Store(database, now)
    place = Workplace(store, settings.desk, letters_of(settings, keys))
    yield Past(tmp_path, World(place, Reader(settings.desk, keys.ring, keys.instance)), keys)
    database.close()


def test_a_conversation_becomes_one_ticket_with_our_answers_in_it_at_its_own_times_and_nobody_hears_of_it(
    past: Past,
) -> None:
    past.write("question")
    past.write("answer", MARIA, SAM, cites="question", after_days=1)
    past.write("thanks", cites="answer", after_days=2)
    past.take()
    (ticket,) = past.tickets()
    assert past.lines() == [(SAM, "in", "public"), (MARIA, "out", "public"), (SAM, "in", "public")]
    assert [entry.at for entry in past.history()] == [BEGAN + timedelta(days=day, minutes=day + 1) for day in (0, 1, 2)]
    assert (ticket.opened_at, ticket.first_reply_at) == (past.history()[0].at, past.history()[1].at)
    assert (ticket.status, ticket.assignee) == ("open", None)
    assert past.is_silent()


def test_answers_from_the_team_s_own_address_are_answers(past: Past) -> None:
    past.write("question")
    past.write("answer", TEAM, SAM, cites="question")
    past.take()
    assert past.lines() == [(SAM, "in", "public"), (TEAM, "out", "public")]


def test_words_among_colleagues_stay_among_them(past: Past) -> None:
    past.write("question")
    past.write("aside", MARIA, "otto@acme.example", cites="question")
    past.take()
    assert past.lines() == [(SAM, "in", "public"), (MARIA, "in", "staff")]


def test_a_colleague_s_own_question_is_a_ticket_of_theirs(past: Past) -> None:
    past.write("question", MARIA, TEAM)
    past.write("more", MARIA, TEAM, cites="question")
    past.take()
    (ticket,) = past.tickets()
    assert ticket.parties[0].address == MARIA
    assert past.lines() == [(MARIA, "in", "public"), (MARIA, "in", "public")]


def test_a_conversation_that_we_began_belongs_to_whom_we_wrote_to(past: Past) -> None:
    past.write("offer", MARIA, SAM)
    past.write("yes", SAM, TEAM, cites="offer")
    past.take()
    (ticket,) = past.tickets()
    assert [(p.address, p.role) for p in ticket.parties if p.role == "requester"] == [(SAM, "requester")]
    assert past.lines() == [(MARIA, "out", "public"), (SAM, "in", "public")]


def test_somebody_else_in_the_conversation_stays_in_it_but_gets_no_part_in_it(past: Past) -> None:
    past.write("question")
    past.write("meddling", EVE, TEAM, cites="question")
    past.take()
    (ticket,) = past.tickets()
    assert past.lines() == [(SAM, "in", "public"), (EVE, "in", "staff")]
    assert EVE not in [party.address for party in ticket.parties]


def test_replies_find_their_question_although_they_were_stored_before_it_and_two_nodes_file(past: Past) -> None:
    past.write("answer", MARIA, SAM, cites="question", after_days=1)
    past.write("question", after_days=0)
    past.write("more", cites="question", after_days=900)
    past.store_only()
    store = past.world.place.store
    with store.transaction() as tx:  # a slow node has the question
        (claimed,) = store.inbox.claim(tx, "slow", now(), timedelta(minutes=1), 1, 1_000_000)
    drain(past.world.filer())
    assert (claimed.row.subject, past.tickets()) == ("question", [])
    with store.transaction() as tx:
        store.inbox.reset_claims(tx)

    def filed() -> bool:
        drain(past.world.filer())
        return len(past.tickets()) == 1 and len(past.history()) == 3

    wait_for(filed, 10, "filing the replies behind their question")


def test_with_closed_tickets_are_closed_at_their_last_mail_and_a_late_reply_still_belongs_to_them(past: Past) -> None:
    past.write("question")
    past.write("much later", cites="question", after_days=500)
    past.take(QUIET_CLOSED)
    (ticket,) = past.tickets()
    assert (ticket.status, ticket.closed_at) == ("closed", past.history()[1].at)
    assert ticket.reopened == 0
    assert past.is_silent()


def test_history_neither_opens_nor_closes_what_is_there(past: Past) -> None:
    past.write("question", after_days=900)
    past.take(QUIET)
    past.write("earlier", SAM, cites="question", after_days=-10)
    past.take(QUIET_CLOSED)
    (ticket,) = past.tickets()
    assert ticket.status == "open"
    store = past.world.place.store
    with store.transaction() as tx:
        store.tickets.change(tx, ticket.id, status="closed", closed_at=now())
    past.write("an old word", SAM, cites="question", after_days=901)
    past.take(QUIET)
    assert past.tickets()[0].status == "closed"
    assert len(past.history()) == 3


def test_running_it_again_stores_nothing_and_files_nothing(past: Past) -> None:
    for number in range(120):
        past.write(f"m{number}")
    assert past.take().stored == 120
    again = past.take()
    assert (again.stored, again.known, len(past.tickets())) == (0, 120, 120)


def test_the_same_mail_twice_in_an_archive_is_one_and_with_other_trace_fields_a_duplicate(past: Past) -> None:
    past.write("question")
    first = past.archive / "001.eml"
    (past.archive / "copy.eml").write_text(first.read_text())
    (past.archive / "moved.eml").write_text(
        "Received: by imap.cust.example; " + format_datetime(BEGAN + timedelta(days=9)) + "\n" + first.read_text()
    )
    tally = past.take()
    assert (tally.stored, tally.known) == (2, 1)
    assert past.world.outcomes() == ["duplicate", "ticket"]


def test_machines_of_the_past_ask_nobody_for_a_decision(past: Past) -> None:
    past.write("away", more="Auto-Submitted: auto-replied\n")
    past.write(
        "report",
        "mailer-daemon@cust.example",
        more=REPORT,
    )
    past.write("unclear", more="From: <two@cust.example>\n")
    past.take()
    found = {name: (row.state, row.outcome) for name, row in past.rows().items()}
    assert found == {
        "away": ("filed", "quarantine"),
        "report": ("filed", "quarantine"),
        "unclear": ("held", "quarantine"),
    }
    assert past.is_silent()


def test_what_deskgate_wrote_itself_becomes_no_ticket(past: Past) -> None:
    own = make_message_id(past.keys.ring, "desk.acme.example", 1001, 1, 7)
    past.write("acknowledgement", TEAM, SAM, message_id=own)
    past.take()
    row = past.rows()["acknowledgement"]
    assert (row.kind, row.state, row.outcome, past.tickets()) == ("own", "filed", "quarantine", [])


def test_without_quiet_it_is_new_mail_that_meets_no_limit_and_uses_none_up(past: Past) -> None:
    for number in range(15):
        past.write(f"m{number}")
    past.take(IMPORT)
    store = past.world.place.store
    with store.reading() as tx:
        kinds = [mail.kind for mail in store.outbox.list(tx)]
        used = store.rates.read(tx, counters(SAM), now())
        newest = store.inbox.list(tx, limit=1)[0]
    assert (kinds.count("ack"), kinds.count("notice")) == (15, 30)
    assert used == (0, 0, 0, 0)
    assert now() - newest.received_at < timedelta(minutes=1)
    assert not past.is_silent()


def test_a_mail_in_quarantine_that_is_let_through_stays_quiet(past: Past) -> None:
    past.write("unclear", more="From: <two@cust.example>\n")
    past.take()
    store = past.world.place.store
    with store.transaction() as tx:
        assert store.inbox.release(tx, past.rows()["unclear"].id, now())
    drain(past.world.filer())
    assert past.rows()["unclear"].outcome == "ticket"
    assert past.is_silent()
