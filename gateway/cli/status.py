"""``deskgate status``: how the running daemon is, and how much waits."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from gateway.cli.common import EX_FAILED, config_option, json_option, now, opened, print_json, settings_of, stamp
from gateway.heartbeat import SILENT_AFTER_SECONDS
from store.status import Said


@click.command()
@config_option
@json_option
@click.pass_context
def status(ctx: click.Context, config: Path | None, as_json: bool) -> None:
    """Show how the running daemon is: since when, which doors are open, what waits.

    Exits 1 when no daemon runs (or none was heard for 30 seconds), or when a mailbox is not read.
    """
    settings, moment = settings_of(config), now()
    with opened(settings) as store, store.reading() as tx:
        alive = [said for said in store.status.all(tx) if _alive(said, moment)]
        inbox, outbox = store.inbox.counts(tx), store.outbox.counts(tx)
        last = store.inbox.list(tx, limit=1)
    oldest = (moment - outbox.oldest_waiting_at).total_seconds() if outbox.oldest_waiting_at else None
    doors = [str(door) for said in alive for door in _listed(said.words.get("listeners"))]
    folders = _folders(alive)
    rules_off = sorted({str(name) for said in alive for name in _listed(said.words.get("rules_off"))})
    found = {
        "ok": bool(alive) and all(folder.get("healthy") for folder in folders),
        "since": alive[0].words.get("since") if alive else None,
        "config": {
            "file": str(settings.file),
            "revision": alive[0].words.get("revision") if alive else None,
            "loaded_at": alive[0].words.get("since") if alive else None,
            "on_disk": settings.revision,
            "problems": [],
            "rules_off": rules_off,
        },
        "sources": [
            {
                "name": door,
                "state": "listening",
                "last_mail_at": stamp(last[0].received_at) if last else None,
                "error": None,
            }
            for door in doors
        ]
        + folders,
        "inbox": {"waiting": inbox.waiting, "held": inbox.held},
        "outbox": {"waiting": outbox.waiting, "failed": outbox.failed, "oldest_waiting_s": oldest},
    }
    if as_json:
        print_json(found)
    else:
        for said in alive:
            roles = ", ".join(str(role) for role in _listed(said.words.get("roles")))
            click.echo(f"running since {said.words.get('since')} ({said.node}: {roles})")
        if not alive:
            click.echo("no daemon is running (start it with: deskgate run)")
        for door in doors:
            click.echo(f"  listening   {door}")
        for folder in folders:
            click.echo(_folder_line(folder))
        click.echo(f"  inbox       {inbox.waiting} waiting, {inbox.held} held")
        click.echo(f"  outbox      {outbox.waiting} waiting, {outbox.failed} failed")
        for name in rules_off:
            click.echo(f'  switched off the rule "{name}": its pattern takes too long; make it simpler and restart')
        if alive and alive[0].words.get("revision") != settings.revision:
            click.echo(
                "  the configuration on disk was changed since the daemon read it: restart it to use the new one"
            )
    if not found["ok"]:
        ctx.exit(EX_FAILED)


def _alive(said: Said, moment: datetime) -> bool:
    return abs((moment - said.at).total_seconds()) < SILENT_AFTER_SECONDS


def _folders(alive: list[Said]) -> list[dict[str, object]]:
    """The folders that are read by IMAP, by name; of several nodes the word of the one that reads it counts."""
    found: dict[str, dict[str, object]] = {}
    for said in alive:
        for source in _listed(said.words.get("sources")):
            if isinstance(source, dict):
                name = str(source.get("name"))
                if name not in found or found[name].get("state") in ("elsewhere", "starting"):
                    found[name] = source
    return [found[name] for name in sorted(found)]


def _folder_line(folder: dict[str, object]) -> str:
    """One line for a person: how it is, how much, and what is wrong."""
    facts = [f"{folder.get('taken')} taken"]
    facts += [f"{folder[key]} {words}" for key, words in _COUNTS if folder.get(key)]
    line = f"  {folder.get('state')!s:<11} {folder.get('name')} ({', '.join(facts)})"
    return f"{line}: {folder['error']}" if folder.get("error") else line


_COUNTS = (("waiting", "to be fetched"), ("left", "old ones left"))


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []
