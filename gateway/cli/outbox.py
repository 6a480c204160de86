"""``deskgate outbox``: the outgoing books."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gateway.cli.as_json import outbox_json
from gateway.cli.common import Complaint, config_option, json_option, local, now, opened, print_json, settings_of, table
from store.outbox import OutboxRow
from store.tickets import NewEntry


@click.group()
def outbox() -> None:
    """Every mail that Deskgate wrote, to whom, and how sending it went.

    \b
      deskgate outbox list --state failed  what could not be delivered
      deskgate outbox raw 17               its bytes, as the smarthost gets them
      deskgate outbox retry 17             try it again now
    """


@outbox.command("list")
@click.option("--state", type=click.Choice(["waiting", "sending", "sent", "failed"]), help="Only rows in this state.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1, 100_000), help="At most so many.")
@config_option
@json_option
def list_rows(state: str | None, limit: int, config: Path | None, as_json: bool) -> None:
    """List outgoing mails, newest first."""
    with opened(settings_of(config)) as store, store.reading() as tx:
        rows = store.outbox.list(tx, state=state, limit=limit)
    if as_json:
        print_json([outbox_json(row) for row in rows])
        return
    cells = [
        [
            str(r.id),
            r.kind,
            r.recipient,
            r.ticket_ref or "",
            r.state,
            str(r.attempts),
            local(r.next_attempt_at),
            r.last_reply or "",
        ]
        for r in rows
    ]
    table("Outbox", ["id", "kind", "to", "ticket", "state", "attempts", "next try", "last reply"], cells)


@outbox.command()
@click.argument("row_id", metavar="ID", type=int)
@config_option
@json_option
def show(row_id: int, config: Path | None, as_json: bool) -> None:
    """Show one outgoing mail and how sending it went."""
    with opened(settings_of(config)) as store, store.reading() as tx:
        row = store.outbox.get(tx, row_id)
    if row is None:
        raise Complaint(f"there is no mail number {row_id} in the outbox")
    if as_json:
        print_json(outbox_json(row))
        return
    for name, value in outbox_json(row).items():
        click.echo(f"{name:<16} {'' if value is None else value}")


@outbox.command()
@click.argument("row_id", metavar="ID", type=int)
@config_option
def raw(row_id: int, config: Path | None) -> None:
    """Write the mail's bytes to standard output."""
    with opened(settings_of(config)) as store, store.reading() as tx:
        found = store.outbox.raw(tx, row_id)
    if found is None:
        raise Complaint(f"there is no mail number {row_id} in the outbox")
    sys.stdout.buffer.write(found)


@outbox.command()
@click.argument("row_id", metavar="ID", type=int)
@config_option
def retry(row_id: int, config: Path | None) -> None:
    """Try to send a waiting or failed mail again now, with the same bytes and Message-ID."""
    with opened(settings_of(config)) as store, store.transaction() as tx:
        done = store.outbox.retry(tx, row_id, now())
        row = store.outbox.get(tx, row_id)
    _or_complain(done, row_id, row)
    click.echo(f"{row_id}: is sent next")


@outbox.command()
@click.argument("row_id", metavar="ID", type=int)
@config_option
def drop(row_id: int, config: Path | None) -> None:
    """Give up a mail that was not sent yet.  It stays in the books as failed."""
    with opened(settings_of(config)) as store, store.transaction() as tx:
        done = store.outbox.drop(tx, row_id)
        row = store.outbox.get(tx, row_id)
        if done and row is not None and row.ticket_id is not None:
            words = f"our mail to {row.recipient} was dropped by hand and will not be sent"
            entry = NewEntry(row.ticket_id, now(), "change", "internal", "staff", "", "", words)
            store.tickets.add_entry(tx, entry)
    _or_complain(done, row_id, row)
    click.echo(f"{row_id}: will not be sent")


def _or_complain(done: bool, row_id: int, row: OutboxRow | None) -> None:
    if done:
        return
    if row is None:
        raise Complaint(f"there is no mail number {row_id} in the outbox")
    why = "was sent already" if row.state == "sent" else "is being sent at this moment"
    raise Complaint(f"{row_id} {why}; nothing was changed")
