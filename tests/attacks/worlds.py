"""Worlds for one case after the other: made once, copied, and kept while nobody has disturbed them."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

from store.tickets import Ticket
from tests.attacks.world import MANY_ACKS, SECRET, STAFF, TICKETS, World


def make(folder: Path) -> Path:
    """The folder of a stopped world with its tickets; `TICKETS` name them in the order of their numbers."""
    world = World(folder, limits=MANY_ACKS)
    with world.open():
        for name, (requester, _) in TICKETS.items():
            copied = ("To: support@desk.example", "Cc: carol@other.example") if name == "T5" else ()
            world.say(requester, "support@desk.example", f"About {name}", f"{SECRET} {name}", *copied)
        for number, ticket in sorted(world.seen().tickets.items()):
            world.say("maria@staff.example", _staff_address(world, number), f"Re: {ticket.subject}", "We look at it.")
        with world.store.transaction() as tx:
            for (_, closed), number in zip(TICKETS.values(), sorted(world.seen().tickets), strict=True):
                if closed:
                    world.store.tickets.change(
                        tx, number, status="closed", closed_at=datetime.now(UTC).replace(microsecond=0) - closed
                    )
                else:
                    world.store.tickets.change(tx, number, status="open")
    return folder


def _staff_address(world: World, ticket: int) -> str:
    """Maria's own reply address, as her notice has it."""
    row = next(r for r in world.seen().outbox if r.ticket_id == ticket and r.recipient == STAFF[0])
    letter = message_from_bytes(world.sent(row.id), policy=policy.default)
    return str(letter["Reply-To"].addresses[0].addr_spec)


def copied(template: Path, folder: Path, limits: str = "") -> World:
    """A world of its own, with the tickets of the template."""
    shutil.copytree(template, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.lock", "log", "outgoing"))
    return World(folder, limits=limits)


class Worlds:
    """One world after the other: the next case gets the same while its tickets are as they were made."""

    def __init__(self, template: Path, folder: Path) -> None:
        self._template, self._folder = template, folder
        self._open = ExitStack()
        self._now: World | None = None
        self._made: dict[int, Ticket] = {}
        self._count = 0

    def next(self, *, own: bool = False) -> World:
        """A world whose five tickets nobody has touched; `own`: with the limits of a site, and for one case only."""
        if self._now is None or own or self._disturbed(self._now):
            self.close()
            self._count += 1
            fresh = copied(self._template, self._folder / str(self._count), "" if own else MANY_ACKS)
            self._now = self._open.enter_context(fresh.open())
            self._made = dict(sorted(self._now.seen().tickets.items())[: len(TICKETS)])
        world = self._now
        self._now = None if own else world
        return world

    def _disturbed(self, world: World) -> bool:
        """Whether somebody joined, or something was opened, closed, moved or answered."""
        alive = world.process is not None and world.process.poll() is None
        now = world.seen().tickets if alive else {}
        return any(
            number not in now or replace(now[number], last_message_ids=made.last_message_ids) != made
            for number, made in self._made.items()
        )

    def close(self) -> None:
        """Stop the daemon."""
        self._open.close()
        self._now = None
