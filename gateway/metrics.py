"""Figures for a monitoring system, in the format of Prometheus: a page of its own on an address of its own.

Every figure is read from the database when the page is asked for, so that it is the same on every node and survives a
restart; nothing is counted in memory.  Asked for more often than every five seconds, the page repeats itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.heartbeat import SILENT_AFTER_SECONDS
from store.store import Store

KEPT_SECONDS = 5.0


class Books(Collector):
    """What the database says now."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now
        self._lock = threading.Lock()
        self._kept: list[Metric] = []
        self._kept_at = float("-inf")

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        with self._lock:
            if time.monotonic() - self._kept_at > KEPT_SECONDS:
                self._kept = [*self._books(), *self._mailboxes()]
                self._kept_at = time.monotonic()
            yield from self._kept

    def _books(self) -> Iterator[Metric]:
        now = self._now()
        with self._store.reading() as tx:
            ends, waiting = self._store.inbox.books(tx), self._store.inbox.counts(tx)
            going, refused = self._store.outbox.counts(tx), self._store.backstops.tallies(tx)
            alive = [
                said
                for said in self._store.status.all(tx)
                if abs((now - said.at).total_seconds()) < SILENT_AFTER_SECONDS
            ]
        yield _gauge("deskgate_nodes", "Daemons that were heard in the last 30 seconds.", len(alive))
        filed = CounterMetricFamily("deskgate_mails_filed", "Accepted mails by their end.", labels=["outcome"])
        for name in ("ticket", "attach", "quarantine", "bounce_record", "duplicate"):
            filed.add_metric([name.replace("_", "-")], getattr(ends, name))
        yield filed
        turned = CounterMetricFamily("deskgate_refused", "Refused at the door, by reason.", labels=["reason"])
        for name, hits in refused.items():
            turned.add_metric([name], hits)
        yield turned
        yield CounterMetricFamily("deskgate_mails_accepted", "Mails that are or were on disk.", ends.accepted)
        yield _gauge("deskgate_inbox_waiting", "Accepted mails that are not filed yet.", waiting.waiting)
        yield _gauge("deskgate_inbox_held", "Mails that wait for somebody to decide.", waiting.held)
        yield _gauge("deskgate_inbox_oldest_seconds", "Age of the oldest of those not filed yet.",
                     _age(waiting.oldest_waiting_at, now))  # fmt: skip
        yield _gauge("deskgate_outbox_waiting", "Mails of ours that are not sent yet.", going.waiting)
        yield _gauge("deskgate_outbox_failed", "Mails of ours that were given up.", going.failed)
        yield _gauge("deskgate_outbox_oldest_seconds", "Age of the oldest of those not sent yet.",
                     _age(going.oldest_waiting_at, now))  # fmt: skip

    def _mailboxes(self) -> Iterator[Metric]:
        now = self._now()
        with self._store.reading() as tx:
            folders = self._store.mailboxes.all(tx)
        labels = ["mailbox", "folder"]
        taken = CounterMetricFamily("deskgate_mailbox_taken", "Mails taken out of a mailbox.", labels=labels)
        left = GaugeMetricFamily("deskgate_mailbox_left", "Old mails left in a mailbox.", labels=labels)
        silent = GaugeMetricFamily("deskgate_mailbox_silent_seconds", "Since a mailbox was last read.", labels=labels)
        for folder in folders:
            where = [folder.place.mailbox, folder.place.folder]
            taken.add_metric(where, folder.taken)
            left.add_metric(where, folder.left)
            if folder.last_read_at is not None:
                silent.add_metric(where, _age(folder.last_read_at, now))
        yield from (taken, left, silent)


class MetricsPage:
    """The page itself: open from construction to `close`.  OSError when the address cannot be had."""

    def __init__(self, host: str, port: int, books: Books) -> None:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(books)
        self._server, self._thread = start_http_server(port, addr=host, registry=registry)

    @property
    def address(self) -> tuple[str, int]:
        """Where it is, the port that was found for port 0 included."""
        server: WSGIServer = self._server
        host, port = server.server_address[:2]
        return str(host), int(port)

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5.0)


def _gauge(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_, value)


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0
