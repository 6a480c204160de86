"""``deskgate status``: how the running daemon is, and how much waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from gateway.cli.common import EX_FAILED, config_option, json_option, now, opened, print_json, settings_of, stamp
from gateway.config.settings import Settings
from gateway.heartbeat import SILENT_AFTER_SECONDS
from store.inbox import InboxCounts
from store.outbox import OutboxCounts
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
    found = _found(settings, alive, inbox, outbox, moment, last[0].received_at if last else None)
    if as_json:
        print_json(found)
    else:
        for line in _lines(settings, alive, found):
            click.echo(line)
    if not found["ok"]:
        ctx.exit(EX_FAILED)


def _found(
    settings: Settings, alive: list[Said], inbox: InboxCounts, outbox: OutboxCounts, moment: datetime,
    last_mail_at: datetime | None,
) -> dict[str, Any]:  # fmt: skip
    """Everything that is known, as `--json` prints it."""
    first: Mapping[str, object] = alive[0].words if alive else {}
    folders, oldest = _folders(alive), outbox.oldest_waiting_at
    doors = [str(door) for said in alive for door in _listed(said.words.get("listeners"))]
    listening = {"state": "listening", "last_mail_at": stamp(last_mail_at), "error": None}
    away = [said.words["smarthost"] for said in alive if said.words.get("smarthost")]
    return {
        "ok": bool(alive) and all(folder.get("healthy") for folder in folders),
        "since": first.get("since"),
        "config": {
            "file": str(settings.file),
            "revision": first.get("revision"),
            "loaded_at": first.get("since"),
            "on_disk": settings.revision,
            "problems": [],
            "rules_off": sorted({str(name) for said in alive for name in _listed(said.words.get("rules_off"))}),
        },
        "sources": [{"name": door, **listening} for door in doors] + folders,
        "inbox": {"waiting": inbox.waiting, "held": inbox.held},
        "outbox": {
            "waiting": outbox.waiting,
            "failed": outbox.failed,
            "oldest_waiting_s": (moment - oldest).total_seconds() if oldest else None,
            "smarthost_away": away[0] if away else None,
        },
    }


def _lines(settings: Settings, alive: list[Said], found: dict[str, Any]) -> Iterator[str]:
    """The same for a person."""
    for said in alive:
        roles = ", ".join(str(role) for role in _listed(said.words.get("roles")))
        yield f"running since {said.words.get('since')} ({said.node}: {roles})"
    if not alive:
        yield "no daemon is running (start it with: deskgate run)"
    for source in found["sources"]:
        yield _folder_line(source) if "taken" in source else f"  listening   {source['name']}"
    yield f"  inbox       {found['inbox']['waiting']} waiting, {found['inbox']['held']} held"
    yield f"  outbox      {found['outbox']['waiting']} waiting, {found['outbox']['failed']} failed"
    if away := found["outbox"]["smarthost_away"]:
        yield f"  smarthost   takes no mail since {away['since']}: {away['reply']}; it is tried again by itself"
    for name in found["config"]["rules_off"]:
        yield f'  switched off the rule "{name}": its pattern takes too long; make it simpler and restart'
    if alive and found["config"]["revision"] != settings.revision:
        yield "  the configuration on disk was changed since the daemon read it: restart it to use the new one"


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
