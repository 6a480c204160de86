"""Two nodes on one PostgreSQL and one mailbox: one reads, the other takes over, nobody takes a mail twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import count

import psycopg
import pytest

from gateway.config.settings import After
from gateway.sources.imap import folder, mailboxes
from store.database import Tx
from store.mailboxes import Place
from tests.contract.test_imap_taking import ids_of
from tests.helpers.desk import mail, wait_for
from tests.helpers.imap import MailServer, Node, mail_server, mailbox, node
from tests.helpers.servers import Server, server

_NUMBERS = count(1)
INBOX = Place("helpdesk", "INBOX")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Server]:
    """A private database server."""
    with server("postgres", "set=synchronous_commit=on") as running:
        yield running


@pytest.fixture(scope="module")
def box() -> Iterator[MailServer]:
    """A mailbox; each test has its own mails in it."""
    with mail_server("dovecot") as running:
        yield running


@pytest.fixture
def nodes(postgresql: Server, box: MailServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Node]]:
    """Two nodes that share a database; leases last two seconds."""
    monkeypatch.setattr(folder, "LEASE", timedelta(seconds=2))
    monkeypatch.setattr(mailboxes, "LEASE", timedelta(seconds=2))
    monkeypatch.setattr(mailboxes, "TEND_SECONDS", 0.3)
    monkeypatch.setattr(folder, "ELSEWHERE_PAUSE", 0.2)
    box.empty("INBOX")
    name = f"imap{next(_NUMBERS)}"
    with psycopg.connect(postgresql.text("url"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    login = f"{postgresql.text('user')}:{postgresql.text('password')}"
    with ExitStack() as stack:
        url = f"postgresql://{login}@127.0.0.1:{postgresql.number('port')}/{name}"
        yield [stack.enter_context(node(url)) for _ in range(2)]


def test_one_node_reads_and_the_other_waits_and_takes_over_at_once_when_it_stops(
    nodes: list[Node], box: MailServer
) -> None:
    mails = [mail() for _ in range(3)]
    for each in nodes:
        each.start(mailbox(box.port))
    box.put(mails[0])
    nodes[0].wait_for(1)
    wait_for(lambda: sorted(each.states()[0] for each in nodes) == ["elsewhere", "waiting"], 20, "one to read")
    states = [each.states()[0] for each in nodes]
    reading, waiting = nodes[states.index("waiting")], nodes[states.index("elsewhere")]
    reading.stop()
    box.put(mails[1])
    waiting.wait_for(2)
    reading.start(mailbox(box.port))
    box.put(mails[2])
    assert waiting.wait_for(3) == ids_of(mails)
    wait_for(lambda: waiting.states() == ["waiting"], 20, "all to be read")


def test_a_node_that_is_paused_in_the_middle_stores_nothing_when_it_comes_back(
    nodes: list[Node], box: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = [mail() for _ in range(60)]
    paused, other = nodes
    reached, go_on = threading.Event(), threading.Event()
    _pause_before_storing(paused, reached, go_on, monkeypatch)
    box.put(*mails)
    paused.start(mailbox(box.port, after=After("move", "Done")))
    assert reached.wait(20)
    _stop_tending(paused)
    other.start(mailbox(box.port, after=After("move", "Done")))
    assert other.wait_for(60) == ids_of(mails)
    go_on.set()
    wait_for(lambda: paused.states() == ["elsewhere"], 20, "noticing that it was replaced")
    other.settled()
    assert other.ids() == ids_of(mails)
    assert (box.count(), box.count("Done")) == (0, 60)


def _pause_before_storing(
    held: Node, reached: threading.Event, go_on: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stop this node's reader between fetching and storing."""
    confirm: Callable[[Tx, Place, int], None] = held.store.mailboxes.confirm

    def wait_first(tx: Tx, place: Place, fence: int) -> None:
        reached.set()
        assert go_on.wait(60)
        confirm(tx, place, fence)

    monkeypatch.setattr(held.store.mailboxes, "confirm", wait_first)


def _stop_tending(held: Node) -> None:
    """A node that is paused renews no lease either."""
    assert held.running is not None
    held.running._tender.stop(5)


def test_a_lease_that_was_lost_ends_the_session(nodes: list[Node], box: MailServer) -> None:
    first, second = nodes
    first.start(mailbox(box.port, poll_seconds=300.0))
    first.settled()
    with second.store.transaction() as tx:
        now = second.store.now(tx) + timedelta(hours=1)  # as if the lease had run out
        assert second.store.mailboxes.lease(tx, INBOX, "somebody", now, now + timedelta(hours=1))
    wait_for(lambda: first.states() == ["elsewhere"], 10, "noticing")


def test_only_one_of_two_nodes_tells_the_operator(
    nodes: list[Node], box: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "UNREAD_FOR", timedelta(seconds=1))
    unreachable = mailbox(1)
    for each in nodes:
        each.start(unreachable)
    wait_for(lambda: nodes[0].operator.told or nodes[1].operator.told, 20, "telling")
    for each in nodes:
        each.stop()
    assert len(nodes[0].operator.told + nodes[1].operator.told) == 1
