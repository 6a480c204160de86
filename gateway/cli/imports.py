"""``deskgate import``: old mail from mbox files, Maildirs and folders, with a progress bar, as often as one likes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gateway.archives.catalogue import Catalogue, catalogue_of
from gateway.cli.common import (
    EX_FAILED,
    EX_TEMPFAIL,
    EX_USAGE,
    Complaint,
    config_option,
    json_option,
    now,
    opened,
    print_json,
    settings_of,
    visible,
)
from gateway.config.settings import Settings
from gateway.heartbeat import files_now
from gateway.importing import Manner, Tally, take_in
from parsers.message import comparable
from routing.history import IMPORT, QUIET, QUIET_CLOSED
from store.errors import StoreUnavailable
from store.store import Store

ALIVE_FOR_SECONDS = 2.0
"""How long the answer to "does a daemon file?" is believed."""
PLAIN_EVERY_SECONDS = 5.0

Step = Callable[[int, int], None]
"""Mails and bytes that are done."""


@click.command("import")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--to", "aliases", multiple=True, required=True, metavar="ALIAS", help="The team's address; may be repeated."
)
@click.option("--quiet", is_flag=True, help="History: nobody is told, nothing is promised, times are the mails' own.")
@click.option("--closed", is_flag=True, help="With --quiet: the tickets are filed as closed.")
@config_option
@json_option
def import_(
    paths: tuple[Path, ...], aliases: tuple[str, ...], quiet: bool, closed: bool, config: Path | None, as_json: bool
) -> None:
    """Take old mail in: mbox files, Maildirs, single mails, folders of them.

    Stop it whenever you like: the same command goes on, and files nothing twice.

    \b
      deskgate import Archive.mbox --to it@acme.example --quiet --closed
      deskgate import ~/Maildir ~/Maildir/.Sent --to it@acme.example --quiet
    """
    if closed and not quiet:
        raise Complaint("--closed goes with --quiet only: a ticket that was just acknowledged is open", EX_USAGE)
    settings, started = settings_of(config), time.monotonic()
    manner = Manner(
        QUIET_CLOSED if closed else QUIET if quiet else IMPORT,
        _known(aliases, settings),
        settings.limits.message_bytes,
    )
    with opened(settings, create=True) as store:
        with _shown("looking", 0, 0) as step:
            catalogue = catalogue_of(paths, now(), step)
        beside = _Beside(store)
        try:
            with _shown("storing", len(catalogue), catalogue.bytes) as step:
                tally = take_in(
                    catalogue, store, manner, now, files_beside=beside, told=lambda t: step(t.done, t.bytes)
                )
        except StoreUnavailable as problem:
            raise Complaint(f"{problem}; what was stored is safe: try the same again", EX_TEMPFAIL) from problem
        except KeyboardInterrupt as stopped:
            raise Complaint("stopped; what was stored is safe: the same command goes on", EX_FAILED) from stopped
        with store.reading() as tx:
            waiting = store.inbox.counts(tx).waiting
    seconds = time.monotonic() - started
    if as_json:
        print_json(_as_json(catalogue, tally, seconds, waiting))
    else:
        _tell(catalogue, tally, seconds, waiting, beside())
    if not len(catalogue):
        raise Complaint("no mail was found there", EX_FAILED)


def _known(aliases: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    known = settings.desk.alias_addresses
    for alias in aliases:
        if comparable(alias) not in known:
            raise Complaint(f"{alias} is no alias of a team; there are: {', '.join(sorted(known))}", EX_USAGE)
    return tuple(dict.fromkeys(aliases))


class _Beside:
    """Whether a daemon files mail now; asked often, looked up seldom."""

    def __init__(self, store: Store) -> None:
        self._store, self._asked, self._answer = store, float("-inf"), False

    def __call__(self) -> bool:
        if time.monotonic() - self._asked > ALIVE_FOR_SECONDS:
            with self._store.reading() as tx:
                self._answer = files_now(self._store.status.all(tx), now())
            self._asked = time.monotonic()
        return self._answer


@contextmanager
def _shown(what: str, mails: int, size: int) -> Iterator[Step]:
    """Within: what was done is shown on standard error, as a bar at a terminal, else as a line every few seconds."""
    if sys.stderr.isatty():
        with _bar(what, mails, size) as step:
            yield step
        return
    began = last = time.monotonic()

    def plain(done: int, taken: int) -> None:
        nonlocal last
        if time.monotonic() - last < PLAIN_EVERY_SECONDS:
            return
        last = time.monotonic()
        rate = done / max(0.001, last - began)
        left = f" of {mails:,}, {(mails - done) / max(rate, 0.001):.0f} s left" if mails else ""
        click.echo(f"{what}: {done:,} mails{left}, {taken / 1e6:,.1f} MB, {rate:,.0f} mails/s", err=True)

    yield plain


@contextmanager
def _bar(what: str, mails: int, size: int) -> Iterator[Step]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = [TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[words]}")]
    with Progress(*columns, *([TimeRemainingColumn()] if mails else []), console=Console(stderr=True)) as progress:
        bar, began = progress.add_task(what, total=mails or None, words=""), time.monotonic()

        def step(done: int, taken: int) -> None:
            rate = done / max(0.001, time.monotonic() - began)
            shown = f"{done:,}/{mails:,}" if mails else f"{done:,}"
            of = f"/{size / 1e6:,.1f}" if size else ""
            progress.update(bar, completed=done, words=f"{shown} mails  {taken / 1e6:,.1f}{of} MB  {rate:,.0f}/s")

        yield step


def _tell(catalogue: Catalogue, tally: Tally, seconds: float, waiting: int, filing: bool) -> None:
    """For a person: what was done, what was left out and why, and what comes next."""
    rate = tally.done / max(seconds, 0.001)
    click.echo(f"{tally.stored:,} mails stored ({tally.bytes / 1e6:,.1f} MB looked at, {seconds:.1f} s, {rate:,.0f}/s)")
    if tally.known:
        click.echo(f"{tally.known:,} were here already: nothing is filed twice")
    for why, count in catalogue.left_out.most_common():
        click.echo(f"{count:,} left out: {visible(why)}")
        names = [where for where, reason in catalogue.names if reason == why]
        for name in names:
            click.echo(f"    {visible(name)}", err=True)
        if count > len(names):
            click.echo(f"    and {count - len(names):,} more", err=True)
    for folder in catalogue.nearby:
        click.echo(f"not taken, since you did not name it: {visible(str(folder))}")
    if waiting:
        who = "the daemon files them now" if filing else "the daemon files them when it runs (deskgate run)"
        click.echo(f"{waiting:,} mails wait to be filed: {who}; see: deskgate books")


def _as_json(catalogue: Catalogue, tally: Tally, seconds: float, waiting: int) -> dict[str, object]:
    return {
        "found": len(catalogue),
        "stored": tally.stored,
        "known": tally.known,
        "left_out": dict(catalogue.left_out),
        "not_taken": [str(folder) for folder in catalogue.nearby],
        "bytes": tally.bytes,
        "seconds": round(seconds, 3),
        "waiting": waiting,
    }
