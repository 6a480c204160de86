"""Builds, starts and stops everything, in order.  The page to read first.

    lock -> database -> keys -> readers -> filer -> courier -> clock -> writer -> doors -> mailboxes

Each part needs only those before it.  Stopping runs the other way: nobody new is let in, what is under way finishes, and
what does not finish in time lies in the database for the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_network

import structlog

from gateway.actions.base import Workplace
from gateway.barring import Doorkeeper
from gateway.clock import Clock
from gateway.config.settings import Listener as ListenAddress
from gateway.config.settings import Settings
from gateway.delivery.breaker import Trouble
from gateway.delivery.wiring import courier_of
from gateway.filing import Evidence, Filer
from gateway.heartbeat import Heartbeat, nothing_wrong
from gateway.held import tell_all
from gateway.keys import Keys, load_or_create
from gateway.letters import Letters
from gateway.metrics import Books, MetricsPage
from gateway.operator import Operator
from gateway.previewing import renderer_of
from gateway.reading import Judge, Readers
from gateway.receiving import CannotListen, Doors, Receiver
from gateway.sources.base import LOOPBACK, ListenSettings
from gateway.sources.imap.mailboxes import Mailboxes
from gateway.stopping import Stop
from gateway.undelivered import ReturnPath, Undelivered
from gateway.worker import Nudge, Worker
from routing.reading import Reader
from store.database import Database
from store.errors import Corrupt, StoreError
from store.groupcommit import GroupCommit
from store.store import Store

log = structlog.get_logger("service")

ROLES = ("receive", "file", "send", "clock")
GRACE_SECONDS = 10.0


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def letters_of(settings: Settings, keys: Keys) -> Letters:
    """The writer of all mails for this configuration."""
    signed_acks = settings.send.ack_envelope == "signed"
    return Letters(settings.desk, keys, renderer_of(settings), lambda: secrets.randbits(40), signed_acks)


class Service:
    """One daemon: construct, `run`, and it is over when a signal says so."""

    def __init__(
        self, settings: Settings, roles: frozenset[str] = frozenset(ROLES), log_json: bool | None = None
    ) -> None:
        self._settings, self._roles, self._log_json = settings, roles, log_json
        self._inbox_nudge, self._outbox_nudge = Nudge(), Nudge()
        self._workers: list[Worker] = []
        self._damage: Corrupt | None = None

    def run(self, started: Callable[[list[str]], None] = lambda _lines: None) -> None:
        """Run until SIGTERM or SIGINT.  `started` is told, in lines for a person, where everything is.

        Raises AlreadyRunning, CannotListen, KeyFileProblem or a StoreError before anything was touched.
        """
        settings, stop = self._settings, Stop()
        with ExitStack() as stack:
            database = Database(settings.store.url, allow_unsafe_commits=settings.store.unsafe_async)
            stack.callback(database.close)
            self._find_obstacles(database)
            if database.file is not None:
                database.file.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(database.lock_for_run())
            bereft = not settings.keys_file.exists() and database.file is not None and database.file.exists()
            checked = database.prepare()
            store = Store(database, utc_now)
            keys = load_or_create(settings.keys_file, utc_now().date())
            if bereft:
                log.warning("new keys beside an old database: reply addresses given out before no longer work")
            self._forget_old_claims(store)
            place = Workplace(store, settings.desk, letters_of(settings, keys))
            writer = GroupCommit(database, store.inbox)
            mailboxes = self._mailboxes(place, keys)
            self._start_workers(stack, place, keys, mailboxes)
            opened: tuple[tuple[str, int], ...] = ()
            if "receive" in self._roles and settings.receive:
                writer.start()
                stack.callback(writer.stop)
                receiver = self._receiver(writer, database)
                keeper = Doorkeeper(store, receiver, settings.desk.limits.bad_tokens_per_client_hour, utc_now)
                stack.callback(keeper.flush)
                opened = receiver.start()
                stack.callback(receiver.stop)
                self._work(stack, Worker("doorkeeper", keeper.step, Nudge(), idle=keeper.every))
            if mailboxes is not None:
                stack.callback(mailboxes.stop)
                mailboxes.start()
            if settings.metrics:
                stack.callback(self._metrics_page(store, settings.metrics).close)
            log.info("started", roles=sorted(self._roles), revision=settings.revision[:12], doors=len(opened))
            if not checked:
                threading.Thread(target=self._check_slowly, args=(database,), name="check", daemon=True).start()
            started(self._where_everything_is(opened))
            stop.wait()
            log.info("stopping")
        log.info("stopped")
        if self._damage is not None:
            raise self._damage

    def _check_slowly(self, database: Database) -> None:
        """A large database is looked over beside the work; one that is damaged must not accept another mail."""
        try:
            database.check()
        except Corrupt as damage:
            log.error("the database is damaged; nothing more is accepted", problem=str(damage))
            self._damage = damage
            os.kill(os.getpid(), signal.SIGTERM)
        except StoreError as problem:
            log.warning("the database could not be checked", problem=str(problem))

    def _find_obstacles(self, database: Database) -> None:
        """Find out before anything is touched whether this daemon can start."""
        try:
            if "receive" in self._roles:
                asyncio.run(self._probe())
        except CannotListen:
            if database.file is not None and database.file.exists():
                with database.lock_for_run():  # if another daemon runs here, that is the better answer
                    pass
            raise

    async def _probe(self) -> None:
        """Whether all addresses to listen on can be had."""
        loop = asyncio.get_running_loop()
        for address in self._settings.receive:
            try:
                server = await loop.create_server(asyncio.Protocol, address.host, address.port)
            except OSError as problem:
                raise CannotListen(str(address), problem.strerror or str(problem)) from problem
            server.close()

    def _metrics_page(self, store: Store, place: tuple[str, int]) -> MetricsPage:
        try:
            return MetricsPage(*place, Books(store, utc_now))
        except OSError as problem:
            raise CannotListen(f"metrics {place[0]}:{place[1]}", problem.strerror or str(problem)) from problem

    def _forget_old_claims(self, store: Store) -> None:
        """On SQLite nobody else can hold a claim: what a killed daemon held is free at once."""
        if store.database.is_sqlite:
            with store.transaction() as tx:
                store.inbox.reset_claims(tx)
                store.outbox.reset_claims(tx)
                store.mailboxes.reset_leases(tx)

    def _mailboxes(self, place: Workplace, keys: Keys) -> Mailboxes | None:
        """The mailboxes that are read by IMAP, not yet started."""
        settings = self._settings
        if "receive" not in self._roles or not settings.mailboxes:
            return None
        largest = settings.limits.message_bytes
        operator = Operator(
            settings.desk, keys, renderer_of(settings), place.store.outbox, lambda: secrets.randbits(40), utc_now
        )
        return Mailboxes(settings.mailboxes, settings.desk, place.store, self._inbox_nudge, operator, largest)

    def _start_workers(self, stack: ExitStack, place: Workplace, keys: Keys, mailboxes: Mailboxes | None) -> None:
        settings, store = self._settings, place.store
        rules_off: Callable[[], tuple[str, ...]] = tuple
        trouble: Callable[[], Trouble | None] = nothing_wrong
        if "file" in self._roles:
            reader = Reader(settings.desk, keys.ring, keys.instance)
            evidence, judge = self._sender_checks(stack)
            readers = Readers(reader, settings.reader, settings.readers, judge)
            stack.callback(readers.stop)
            rules_off = partial(getattr, readers.slow_rules, "disabled")
            filer = Filer(lambda: place, readers, utc_now, self._outbox_nudge, evidence)
            self._work(stack, Worker("filer", filer.step, self._inbox_nudge))
        if "send" in self._roles:
            undelivered = Undelivered(lambda: place, utc_now)
            return_path = ReturnPath(settings.desk.site, keys.ring, utc_now)
            courier = courier_of(settings.send, store, settings.desk.site.domain, undelivered, return_path)
            stack.callback(courier.close)
            trouble = partial(getattr, courier, "trouble")
            self._work(stack, Worker("courier", courier.step, self._outbox_nudge))
        sources = mailboxes.sources if mailboxes else tuple
        heartbeat = Heartbeat(store, settings, self._roles, utc_now, sources, rules_off, trouble)
        stack.callback(heartbeat.stop)
        self._work(stack, Worker("heartbeat", heartbeat.step, Nudge(), idle=heartbeat.every))
        if "clock" in self._roles:
            clock = Clock(store, utc_now, (lambda tx, now: tell_all(tx, place, now),))
            self._work(stack, Worker("clock", clock.step, Nudge(), idle=5.0))

    def _sender_checks(self, stack: ExitStack) -> tuple[Evidence | None, Judge | None]:
        """What checks senders, where we do that ourselves; what it needs is installed only then."""
        trust = self._settings.desk.trust
        if not trust.check_senders:
            return None, None
        from gateway.auth.checking import judge
        from gateway.auth.senders import SenderChecks
        from gateway.evidence import SenderEvidence

        checks = SenderChecks(trust, self._settings.nameservers)
        stack.callback(checks.stop)
        return SenderEvidence(checks, trust), judge

    def _work(self, stack: ExitStack, worker: Worker) -> None:
        self._workers.append(worker)
        worker.start()
        stack.callback(worker.stop)

    def _receiver(self, writer: GroupCommit, database: Database) -> Receiver:
        settings = self._settings
        doors = Doors(
            listeners=tuple(listen_settings(address, settings) for address in settings.receive),
            desk=settings.desk,
            room=database.file.parent if database.file else None,
            min_free=settings.limits.min_free_bytes,
            log_json=self._log_json,
        )
        return Receiver(doors, writer, self._inbox_nudge)

    def _where_everything_is(self, opened: tuple[tuple[str, int], ...]) -> list[str]:
        settings = self._settings
        pairs = zip(settings.receive, opened, strict=False)
        lines = [f"{door.protocol.upper():<9} {host}:{port}" for door, (host, port) in pairs]
        if "receive" in self._roles:
            lines += [f"IMAP      {box.user} at {box.host}: {', '.join(box.folders)}" for box in settings.mailboxes]
        lines.append(f"database  {settings.store.shown}")
        if settings.send.maildir:
            lines.append(f"outgoing  {settings.send.maildir} (Maildir)")
        elif settings.send.smtp:
            lines.append(f"outgoing  smarthost {settings.send.smtp.host}:{settings.send.smtp.port}")
        lines.append(f"keys      {settings.keys_file}")
        lines.append(f"config    {settings.file}")
        return lines


def listen_settings(address: ListenAddress, settings: Settings) -> ListenSettings:
    """What one listener may take, from the configuration's limits."""
    limits = settings.limits
    return ListenSettings(
        host=address.host,
        port=address.port,
        kind=address.protocol,
        tls_cert=str(address.tls_cert) if address.tls_cert else None,
        tls_key=str(address.tls_key) if address.tls_key else None,
        hostname=settings.desk.site.domain,
        max_size=limits.message_bytes,
        max_line=limits.line_bytes,
        max_recipients=limits.recipients,
        max_connections=limits.connections,
        max_per_address=limits.connections_per_address,
        command_timeout=limits.command_seconds,
        data_timeout=limits.data_seconds,
        session_timeout=limits.session_seconds,
        exempt=(*LOOPBACK, *(ip_network(relay) for relay in settings.desk.trust.relays)),
    )


def tune_interpreter() -> None:
    """The faster event loop where it exists, and turns of a millisecond instead of five for threads that compute.

    With the default, every wake-up of the event loop waits up to 5 ms while the filer computes: a conversation of eight
    replies then takes 40 ms.
    """
    sys.setswitchinterval(0.001)
    with contextlib.suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
