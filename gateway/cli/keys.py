"""``deskgate keys``: the keys that sign reply addresses and Message-IDs, told, renewed and retired."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from gateway.cli.common import Complaint, config_option, json_option, now, print_json, settings_of, table
from gateway.keys import KeyFileProblem, Keys, in_use_until, read
from gateway.keys import retire as retire_key
from gateway.keys import rotate as rotate_key

RESTART = "restart the daemon (on every machine) to use it"


@click.group()
def keys() -> None:
    """The keys that sign reply addresses: list, rotate (once a year is enough), retire.

    The file is the same on every machine; copy it to the others after a change.
    """


@keys.command("list")
@config_option
@json_option
def list_(config: Path | None, as_json: bool) -> None:
    """Show the keys, never the secrets: which one signs, since when, and how long addresses of the others may come back."""
    path, found = _ring(config)
    rows = [
        {
            "id": key.id,
            "state": _state(found, key.id),
            "created": key.created.isoformat(),
            "until": _until(found, key.id),
        }
        for key in found.ring.keys
    ]
    if as_json:
        print_json(rows)
    else:
        table(
            str(path),
            ["key", "state", "made", "addresses until"],
            [[str(cell or "") for cell in row.values()] for row in rows],
        )


@keys.command()
@config_option
def rotate(config: Path | None) -> None:
    """Make a new key that signs from now on.  Addresses given out before go on working."""
    path, _ = _ring(config)
    try:
        fresh = rotate_key(path, today())
    except KeyFileProblem as problem:
        raise Complaint(str(problem)) from problem
    click.echo(f"the key {fresh.id!r} signs from now on; {RESTART}, and put a copy of {path} with your backups")


@keys.command()
@click.argument("key_id", metavar="KEY")
@click.option("--yes", is_flag=True, help="Even though addresses signed by it are still about.")
@config_option
def retire(key_id: str, yes: bool, config: Path | None) -> None:
    """Let addresses signed by KEY count as expired: a reply to one makes a new ticket that is linked to the old one.

    For a key that may have become known to others, or whose addresses have all run out.
    """
    path, found = _ring(config)
    key = found.ring.find(key_id)
    until = in_use_until(found.ring, key) if key else None
    if key and key != found.ring.signing and not key.retired and until and until >= today() and not yes:
        raise Complaint(
            f"addresses signed by {key_id!r} may come back until {until.isoformat()}; add --yes to retire it now"
        )
    try:
        retire_key(path, key_id, today())
    except KeyFileProblem as problem:
        raise Complaint(str(problem)) from problem
    click.echo(f"the key {key_id!r} is retired; {RESTART}")


def today() -> date:
    """The day of keys and tokens: that of UTC."""
    return now().date()


def _ring(config: Path | None) -> tuple[Path, Keys]:
    path = settings_of(config).keys_file
    if not path.exists():
        raise Complaint(f"there are no keys yet at {path}: they are made at the first start (deskgate run)")
    try:
        return path, read(path)
    except KeyFileProblem as problem:
        raise Complaint(str(problem)) from problem


def _state(found: Keys, key_id: str) -> str:
    key = found.ring.find(key_id)
    if key == found.ring.signing:
        return "signs"
    return "retired" if key and key.retired else "known"


def _until(found: Keys, key_id: str) -> str | None:
    key = found.ring.find(key_id)
    until = in_use_until(found.ring, key) if key else None
    return until.isoformat() if until else None
