"""Filing under trouble: claims that lapse, faults in the middle of a batch, a database that is away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

import pytest

from gateway.actions.base import Workplace
from gateway.config.load import load
from gateway.filing import Filer, envelope_of
from gateway.intake import arrival
from gateway.keys import load_or_create
from gateway.reading import Readers, Unread
from gateway.service import letters_of
from gateway.sources.base import Accepted
from gateway.worker import Nudge
from parsers.message import Envelope
from routing.reading import Reader
from store.database import Database
from store.store import Store
from tests.helpers.books import InlineReaders
from tests.helpers.desk import Desk, mail


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


@dataclass
class World:
    """A store with a desk, and ways to put mail in and to file."""

    place: Workplace
    reader: Reader

    def filer(self) -> Filer:
        """A filer of its own, as another node or a later life has one."""
        return Filer(lambda: self.place, cast(Readers, InlineReaders(self.reader)), now, Nudge())

    def arrive(self, count: int) -> None:
        """Mails of different people."""
        store = self.place.store
        with store.transaction() as tx:
            for number in range(count):
                sender = f"p{number}@cust.example"
                raw = mail(sender=sender).as_bytes().replace(b"\n", b"\r\n")
                envelope = Envelope(sender, ("it@acme.example",), "", "smtp", now())
                store.inbox.add(tx, [arrival(Accepted("smtp", envelope, raw))])

    def outcomes(self) -> list[str | None]:
        """What became of all mails."""
        with self.place.store.reading() as tx:
            return sorted(str(row.outcome or row.state) for row in self.place.store.inbox.list(tx))

    def tickets(self) -> int:
        """How many tickets there are."""
        with self.place.store.reading() as tx:
            return len(self.place.store.tickets.list(tx))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An empty desk."""
    yield from opened_world(Desk(tmp_path).config)


def opened_world(config: Path) -> Iterator[World]:
    """The desk that a configuration describes; closed afterwards."""
    settings = load(config)
    database = Database(settings.store.url)
    database.prepare()
    keys = load_or_create(settings.keys_file, date(2026, 11, 23))
    store = Store(database, now)
    place = Workplace(store, settings.desk, letters_of(settings, keys))
    yield World(place, Reader(settings.desk, keys.ring, keys.instance))
    database.close()


def drain(filer: Filer) -> None:
    """File until nothing is left; bounded."""
    for _ in range(50):
        if not filer.step():
            return
    raise AssertionError("the filer never comes to an end")


def test_a_filer_whose_claims_lapsed_files_nothing_twice_and_goes_on(world: World) -> None:
    world.arrive(40)
    slow, quick = world.filer(), world.filer()
    claimed = slow._claim()
    with world.place.store.transaction() as tx:
        world.place.store.inbox.reset_claims(tx)
    drain(quick)
    readings = InlineReaders(world.reader).submit([Unread(c.raw, envelope_of(c.row)) for c in claimed]).result()
    slow.file(claimed, readings)
    world.arrive(3)
    drain(slow)
    assert world.outcomes() == ["ticket"] * 43
    assert world.tickets() == 43


def test_a_batch_whose_commit_succeeded_unheard_is_not_filed_again(world: World) -> None:
    world.arrive(5)
    filer = world.filer()
    claimed = filer._claim()
    readings = InlineReaders(world.reader).submit([Unread(c.raw, envelope_of(c.row)) for c in claimed]).result()
    filer.file(claimed, readings)
    filer.file(claimed, readings)
    assert world.outcomes() == ["ticket"] * 5
    assert world.tickets() == 5


def test_one_mail_that_cannot_be_filed_does_not_stop_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.arrive(6)
    real = world.place.letters.acknowledgement

    def fails_once(about: object, requester: object, to: str) -> object:
        if to == "p3@cust.example":
            raise RuntimeError("a fault")
        return real(about, requester, to)  # type: ignore[arg-type]

    monkeypatch.setattr(world.place.letters, "acknowledgement", fails_once)
    drain(world.filer())
    assert world.outcomes() == ["ticket"] * 5 + ["waiting"]
    with world.place.store.reading() as tx:
        (left,) = world.place.store.inbox.list(tx, state="waiting")
    assert (left.tries, "fault" in str(left.reason)) == (1, True)
