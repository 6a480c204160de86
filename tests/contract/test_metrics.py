"""The page with figures: read from the database, in a form that Prometheus takes, and never in the way of the daemon."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.metrics import Books, MetricsPage
from store.database import Database
from store.inbox import Arrival
from store.mailboxes import Place
from store.store import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty database."""
    database = Database(f"sqlite:///{tmp_path}/desk.db")
    database.prepare()
    yield Store(database, lambda: NOW)
    database.close()


def figures(page: MetricsPage) -> dict[str, float]:
    """Every figure of the page: its name, and the values of its labels (mailbox before folder)."""
    host, port = page.address
    with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return {
        " ".join((sample.name, *(sample.labels[name] for name in sorted(sample.labels, reverse=True)))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_waits_and_how_long_can_be_watched(store: Store) -> None:
    mail = Arrival(
        "smtp", "sam@cust.example", ("it@acme.example",), "", NOW - timedelta(minutes=5), b"x\r\n", "", "", ""
    )
    with store.transaction() as tx:
        store.inbox.add(tx, [mail])
    page = MetricsPage("127.0.0.1", 0, Books(store, lambda: NOW))
    try:
        found = figures(page)
    finally:
        page.close()
    assert found["deskgate_mails_accepted_total"] == 1
    assert found["deskgate_inbox_waiting"] == 1
    assert found["deskgate_inbox_oldest_seconds"] == 300
    assert found["deskgate_mails_filed_total bounce-record"] == 0
    assert found["deskgate_outbox_waiting"] == 0
    assert found["deskgate_nodes"] == 0


def test_every_mailbox_says_how_much_was_taken_and_since_when_it_is_silent(store: Store) -> None:
    place = Place("helpdesk", "INBOX")
    with store.transaction() as tx:
        store.mailboxes.know(tx, place)
        fence = store.mailboxes.lease(tx, place, "me", NOW, NOW + timedelta(minutes=1))
        assert fence is not None
        store.mailboxes.begin(tx, place, fence, 1, 0, 0, None, 3)
        store.mailboxes.advance(tx, place, fence, 7, NOW - timedelta(minutes=2), taken=7)
    page = MetricsPage("127.0.0.1", 0, Books(store, lambda: NOW))
    try:
        found = figures(page)
    finally:
        page.close()
    assert found["deskgate_mailbox_taken_total helpdesk INBOX"] == 7
    assert found["deskgate_mailbox_left helpdesk INBOX"] == 3
    assert found["deskgate_mailbox_silent_seconds helpdesk INBOX"] == 120


def test_a_page_that_was_closed_answers_nobody_and_frees_its_address(store: Store) -> None:
    page = MetricsPage("127.0.0.1", 0, Books(store, lambda: NOW))
    host, port = page.address
    page.close()
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind((host, port))
