"""What several commands need: the --config option, the settings, the store, JSON out, and complaints with an exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from unicodedata import category
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:  # read by every command, `parse` and --help among them, which need neither of these two
    from gateway.config.settings import Settings
    from store.store import Store

EX_FAILED, EX_USAGE, EX_TEMPFAIL, EX_CONFIG = 1, 2, 75, 78

F = TypeVar("F", bound=Callable[..., Any])


class Complaint(Exception):
    """What goes wrong for a user of the command line: one line that says what to do, and the exit code."""

    def __init__(self, message: str, code: int = EX_FAILED) -> None:
        super().__init__(message)
        self.code = code


def config_option(command: F) -> F:
    """``--config FILE``, on every command that needs one."""
    return click.option(
        "--config",
        "config",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The configuration. Default: $DESKGATE_CONFIG, ./deskgate.toml, /etc/deskgate/deskgate.toml.",
    )(command)


def json_option(command: F) -> F:
    """``--json``: one JSON document on standard output and nothing else."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")(command)


def as_option(command: F) -> F:
    """``--as ADDRESS`` for commands that show something: who looks."""
    return click.option("--as", "by", metavar="ADDRESS", help="Who looks: others' confidential requests are left out.")(
        command
    )


def settings_of(config: Path | None, *, try_examples: bool = False) -> Settings:
    """Load the configuration; its problems become a complaint with one line each (exit code 78).

    The examples of the rules are tried only by the commands that stand for the configuration (`run`, `check`).
    """
    from gateway.config.load import find_config, load
    from gateway.config.problems import ConfigProblems

    try:
        return load(find_config(str(config) if config else None), try_examples=try_examples)
    except ConfigProblems as wrong:
        lines = [str(problem) for problem in wrong.problems]
        raise Complaint("the configuration is wrong\n" + "\n".join(lines), EX_CONFIG) from wrong


@contextmanager
def opened(settings: Settings, *, create: bool = False) -> Iterator[Store]:
    """Within: the store of this configuration.  Without `create`, a database that is not there yet is a complaint."""
    from store.database import Database
    from store.store import Store

    database = Database(settings.store.url, allow_unsafe_commits=settings.store.unsafe_async)
    if database.file is not None and not database.file.exists() and not create:
        raise Complaint(f"there is no database yet at {database.file}: start the daemon first (deskgate run)")
    try:
        database.prepare()
        yield Store(database, now)
    finally:
        database.close()


def now() -> datetime:
    """This moment, UTC."""
    return datetime.now(UTC)


def moment_of(text: str | None, zone: str) -> datetime:
    """The moment of an ``--at`` option: ISO 8601, without offset in `zone`; nothing given is now."""
    if text is None:
        return now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise Complaint(f"--at {text!r} is not a time; write it as 2026-11-23T16:30", EX_USAGE) from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1, default=_plain)
    sys.stdout.write("\n")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    raise TypeError(f"{type(value).__name__} has no JSON form")


def stamp(moment: datetime | None) -> str | None:
    """A moment for JSON: ISO 8601 with offset, in UTC; None stays None."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def local(moment: datetime | None) -> str:
    """A moment for a table: the machine's own zone, to the minute."""
    return "" if moment is None else moment.astimezone().strftime("%a %d %b %H:%M")


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """A table on standard output; what does not fit is folded, never cut."""
    from rich.console import Console
    from rich.table import Table

    console = Console(soft_wrap=False)
    if not rows:
        console.print(f"{title}: none")
        return
    grid = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*[_unmarked(cell) for cell in row])
    console.print(grid)


def visible(text: str) -> str:
    """Text from strangers for a terminal: line ends, tabs and every kind of blank stay, control characters do not."""
    return "".join(c if c.isprintable() or c in "\n\t" or category(c) == "Zs" else "�" for c in text)


def _unmarked(cell: str) -> str:
    """Text as text: square brackets are no markup, control characters never reach a terminal."""
    from rich.markup import escape

    return escape(visible(cell))
