"""``deskgate explain``: which kind, which team, which ticket, which answer, and why."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from gateway.actions.base import Workplace
from gateway.cli.common import (
    EX_USAGE,
    Complaint,
    as_option,
    config_option,
    json_option,
    local,
    now,
    opened,
    print_json,
    settings_of,
    stamp,
    visible,
)
from gateway.cli.privacy import is_hidden
from gateway.config.settings import Settings
from gateway.explaining import Explanation, explained, stranger
from gateway.keys import Keys
from parsers.message import Envelope
from parsers.parse import parse
from routing.identity import Key, KeyRing
from routing.reading import Reader
from routing.teams import Desk
from store.database import Tx
from store.inbox import InboxRow
from store.store import Store

LARGEST = 256 * 1024 * 1024


@click.command()
@click.argument("what", metavar="FILE|INBOX-ID|MESSAGE-ID")
@click.option(
    "--from", "sender", metavar="ADDRESS", help="Envelope sender of a FILE. Default: its Return-Path, its From."
)
@click.option(
    "--to", "recipients", metavar="ADDRESS", multiple=True, help="Envelope recipient of a FILE; may be repeated."
)
@as_option
@config_option
@json_option
def explain(
    what: str, sender: str | None, recipients: tuple[str, ...], by: str | None, config: Path | None, as_json: bool
) -> None:
    """Explain a mail: its kind, its team, its ticket, its answer, each rule that was tried, and why.

    A FILE (- for standard input) is decided as if it came now; nothing is stored. A mail of the inbox is told as it was
    decided, and as it would be decided today where that differs. Without --to, a FILE is taken as written to those
    addresses of ours that stand in it.

    \b
      deskgate explain mail.eml --to it@acme.example
      deskgate explain 17
      deskgate explain '<abc@cust.example>' --json
    """
    settings = settings_of(config)
    keys = _keys(settings)
    reader = Reader(settings.desk, keys.ring, keys.instance)
    file = _file(what)
    if file is None and (sender is not None or recipients):
        raise Complaint("--from and --to belong to a FILE; a stored mail has its own envelope", EX_USAGE)
    with _store(settings, needed=file is None) as store, store.reading() as tx:
        place = _workplace(store, settings, keys)
        if file is not None:
            row = stranger(file, _envelope(file, sender, recipients, settings.desk), now())
            raw = file
        else:
            row = _stored(tx, store, what)
            raw = store.inbox.raw(tx, row.id) or b""
            if is_hidden(tx, store, settings.desk, row, by):
                row = replace(row, subject="")
        found = explained(tx, place, reader, row, raw, now())
    if as_json:
        print_json(explanation_json(found))
        return
    _print(row, found)


def _file(what: str) -> bytes | None:
    """The mail, if a file is meant."""
    if what == "-":
        return sys.stdin.buffer.read(LARGEST)
    path = Path(what)
    if what.isdigit() or not (path.exists() or "/" in what or what.endswith(".eml")):
        return None
    try:
        return path.read_bytes()
    except OSError as problem:
        raise Complaint(f"{what}: {problem.strerror}") from problem


def _stored(tx: Tx, store: Store, what: str) -> InboxRow:
    """The accepted mail by number or Message-ID; of several with one id, the first that is no copy."""
    if what.isdigit():
        row = store.inbox.get(tx, int(what)) if len(what) < 19 else None
        if row is None:
            raise Complaint(f"there is no mail number {what} in the inbox, and no such file")
        return row
    rows = store.inbox.by_message_id(tx, what.strip().strip("<>"))
    if not rows:
        raise Complaint(f"{what} is neither a file nor the Message-ID of an accepted mail; see: deskgate inbox list")
    rows.sort(key=lambda one: (one.outcome == "duplicate", one.id))
    if len(rows) > 1:
        others = ", ".join(str(one.id) for one in rows[1:])
        click.echo(
            f"{len(rows)} accepted mails have this Message-ID; this is number {rows[0].id}, see also {others}", err=True
        )
    return rows[0]


def _envelope(raw: bytes, sender: str | None, recipients: tuple[str, ...], desk: Desk) -> Envelope:
    """The envelope as given, else as the mail suggests."""
    message = parse(raw)
    if sender is None:
        paths = message.header("Return-Path")
        written = message.from_.address if message.from_ else ""
        sender = paths[0].strip().strip("<>") if paths else written
    if not recipients:
        ours = (p.address for p in (*message.to, *message.cc) if desk.team_of_alias(p.address))
        recipients = tuple(dict.fromkeys(ours)) or (next(iter(desk.teams.values())).address,)
    return Envelope(sender.strip("<>"), recipients, "", "explain")


def _keys(settings: Settings) -> Keys:
    """The site's keys; before the first start nobody can have signed anything."""
    from gateway.keys import KeyFileProblem, read

    if not settings.keys_file.exists():
        return Keys("", KeyRing((Key("a", bytes(32), date(2000, 1, 1)),)))
    try:
        return read(settings.keys_file)
    except KeyFileProblem as problem:
        raise Complaint(str(problem)) from problem


@contextmanager
def _store(settings: Settings, *, needed: bool) -> Iterator[Store]:
    """The site's books; for a file, empty ones where there are none yet."""
    from store.database import Database

    database = Database(settings.store.url, allow_unsafe_commits=settings.store.unsafe_async)
    missing = database.file is not None and not database.file.exists()
    database.close()
    if needed or not missing:
        with opened(settings) as store:
            yield store
        return
    with tempfile.TemporaryDirectory(prefix="deskgate-") as folder:
        empty = Database(f"sqlite:///{folder}/empty.db")
        try:
            empty.prepare()
            yield Store(empty, now)
        finally:
            empty.close()


def _workplace(store: Store, settings: Settings, keys: Keys) -> Workplace:
    from gateway.service import letters_of

    return Workplace(store, settings.desk, letters_of(settings, keys))


def explanation_json(found: Explanation) -> dict[str, object]:
    """The JSON form, as the contract names its keys."""
    return {
        "inbox_id": found.inbox_id,
        "outcome": found.outcome,
        "kind": found.kind,
        "kind_reason": found.kind_reason,
        "proof": found.proof,
        "proof_reason": found.proof_reason,
        "duplicate_of": found.duplicate_of,
        "ticket": found.ticket,
        "ticket_reason": found.ticket_reason,
        "team": found.team,
        "helpers": list(found.helpers),
        "rules": [
            {
                "name": tried.name,
                "file": tried.file,
                "line": tried.line,
                "matched": tried.matched,
                "failed_condition": tried.failed_condition,
            }
            for tried in found.rules
        ],
        "winner": found.winner,
        "runner_up": found.runner_up,
        "answer": {"send": found.answer.send, "template": found.answer.template, "reason": found.answer.reason},
        "promises": [
            {"kind": one.kind, "shown": one.shown, "due": stamp(one.due), "told": one.told} for one in found.promises
        ],
        "now": explanation_json(found.now) if found.now else None,
    }


def _print(row: InboxRow, found: Explanation) -> None:
    """For a person at a terminal."""
    if row.id:
        click.secho(f"mail {row.id}, received {local(row.received_at)}", bold=True, underline=True)
    _field("from", f"{row.sender or '<>'} to {', '.join(row.recipients)}")
    _field("subject", row.subject)
    _told(found)
    if found.now is not None:
        click.secho("\nToday it would be decided otherwise", bold=True, underline=True)
        _told(found.now)


def _field(label: str, value: str) -> None:
    if value:
        click.echo(f"{click.style(f'{label:<10}', bold=True)} {visible(value)}")


def _told(found: Explanation) -> None:
    _field("outcome", f"{found.outcome or 'waits'}: {found.reason}")
    _field("kind", f"{found.kind}, because {found.kind_reason}")
    _field("sender", f"{found.proof}{f', because {found.proof_reason}' if found.proof_reason else ''}")
    if found.duplicate_of is not None:
        _field("copy of", f"mail {found.duplicate_of}")
    _field("ticket", found.ticket or ("a new one" if found.outcome == "ticket" else "none"))
    decided = f'the rule "{found.winner}"' if found.winner else "the address it was written to"
    runner_up = f'; next would have been "{found.runner_up}"' if found.runner_up else ""
    helpers = f", helped by {', '.join(found.helpers)}" if found.helpers else ""
    _field("team", f"{found.team}{helpers}; decided by {decided}{runner_up}" if found.team else "none")
    for tried in found.rules:
        verdict = "matches" if tried.matched else f"does not: {tried.failed_condition}"
        _field("rule", f'{tried.file}:{tried.line}: "{tried.name}" {verdict}')
    answer = found.answer
    _field("answer", f"{answer.template}, {answer.reason}" if answer.send else f"none, because {answer.reason}")
    for promise in found.promises:
        _field("promise", f"{promise.kind} by {promise.shown}{'' if promise.told else ' (told to nobody)'}")
