"""``deskgate inbox``: the incoming books, quarantine included."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gateway.cli.as_json import inbox_json
from gateway.cli.common import Complaint, config_option, json_option, local, now, opened, print_json, settings_of, table
from store.database import Tx
from store.inbox import InboxRow
from store.store import Store

OUTCOMES = ("ticket", "attach", "quarantine", "bounce-record", "duplicate")


@click.group()
def inbox() -> None:
    """Every mail that was accepted, what became of it, and why.

    \b
      deskgate inbox list --state held     what was set aside and waits for a person
      deskgate inbox show 17               one mail: envelope, outcome, reason
      deskgate inbox raw 17 > mail.eml     its bytes, unchanged
      deskgate inbox release 17            let it through, with its original envelope
    """


@inbox.command("list")
@click.option("--state", type=click.Choice(["waiting", "filed", "held"]), help="Only rows in this state.")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only rows with this end.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1, 100_000), help="At most so many.")
@config_option
@json_option
def list_rows(state: str | None, outcome: str | None, limit: int, config: Path | None, as_json: bool) -> None:
    """List accepted mails, newest first."""
    with opened(settings_of(config)) as store, store.reading() as tx:
        rows = store.inbox.list(tx, state=state, outcome=outcome, limit=limit)
    if as_json:
        print_json([inbox_json(row) for row in rows])
        return
    cells = [
        [
            str(r.id),
            local(r.received_at),
            r.sender or "<>",
            r.subject,
            r.outcome or r.state,
            r.ticket_ref or "",
            r.reason or "",
        ]
        for r in rows
    ]
    table("Inbox", ["id", "received", "from", "subject", "outcome", "ticket", "reason"], cells)


@inbox.command()
@click.argument("row_id", metavar="ID", type=int)
@config_option
@json_option
def show(row_id: int, config: Path | None, as_json: bool) -> None:
    """Show one accepted mail: its envelope, its end, the reason."""
    with opened(settings_of(config)) as store, store.reading() as tx:
        row = _row(tx, store, row_id)
    if as_json:
        print_json(inbox_json(row))
        return
    for name, value in inbox_json(row).items():
        shown = f"from {row.sender or '<>'} to {', '.join(row.recipients)}" if name == "envelope" else value
        click.echo(f"{name:<12} {'' if shown is None else shown}")


@inbox.command()
@click.argument("row_id", metavar="ID", type=int)
@config_option
def raw(row_id: int, config: Path | None) -> None:
    """Write the mail's bytes, exactly as they came, to standard output."""
    with opened(settings_of(config)) as store, store.reading() as tx:
        found = store.inbox.raw(tx, row_id)
    if found is None:
        raise Complaint(f"there is no mail number {row_id} in the inbox")
    sys.stdout.buffer.write(found)


@inbox.command()
@click.argument("row_id", metavar="ID", type=int)
@config_option
def retry(row_id: int, config: Path | None) -> None:
    """Read and decide again, as if it had just come (after the configuration was changed, say)."""
    with opened(settings_of(config)) as store, store.transaction() as tx:
        row = _row(tx, store, row_id)
        if not store.inbox.retry(tx, row_id, now()):
            raise Complaint(f"{row_id} is {row.outcome or 'waiting'}; only quarantined mails are read again")
    click.echo(f"{row_id}: waits to be filed again")


@inbox.command()
@click.argument("row_id", metavar="ID", type=int)
@config_option
def release(row_id: int, config: Path | None) -> None:
    """Let a held mail through: it goes on with its original envelope, and is not answered automatically."""
    with opened(settings_of(config)) as store, store.transaction() as tx:
        if _row(tx, store, row_id).state != "held":
            raise Complaint(f"{row_id} is not held; see: deskgate inbox list --state held")
        store.inbox.release(tx, row_id, now())
    click.echo(f"{row_id}: released; the daemon files it next")


@inbox.command()
@click.argument("row_id", metavar="ID", type=int)
@config_option
def drop(row_id: int, config: Path | None) -> None:
    """Decide that a held mail stays out.  Its bytes are kept."""
    with opened(settings_of(config)) as store, store.transaction() as tx:
        if _row(tx, store, row_id).state != "held":
            raise Complaint(f"{row_id} is not held; see: deskgate inbox list --state held")
        store.inbox.drop(tx, row_id)
    click.echo(f"{row_id}: dropped; its bytes are kept (deskgate inbox raw {row_id})")


def _row(tx: Tx, store: Store, row_id: int) -> InboxRow:
    row = store.inbox.get(tx, row_id)
    if row is None:
        raise Complaint(f"there is no mail number {row_id} in the inbox")
    return row
