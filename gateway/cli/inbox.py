"""``deskgate inbox``: the incoming books, quarantine included."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from gateway.actions.base import HIDDEN
from gateway.cli.as_json import inbox_json
from gateway.cli.common import (
    Complaint,
    as_option,
    config_option,
    json_option,
    local,
    now,
    opened,
    print_json,
    settings_of,
    table,
)
from gateway.cli.privacy import decider, is_hidden
from routing.teams import Desk
from store.database import Tx
from store.inbox import InboxRow
from store.store import Store
from store.tickets import NewEntry

decider_option = click.option(
    "--as", "by", metavar="ADDRESS", help="Who decides, for the books. Default: the only admin, else who is logged in."
)
OUTCOMES = ("ticket", "attach", "quarantine", "bounce-record", "duplicate")


@click.group()
def inbox() -> None:
    """Every mail that was accepted, what became of it, and why.

    \b
      deskgate inbox list --state held     what was set aside and waits for a person
      deskgate inbox show 17               one mail: envelope, outcome, reason
      deskgate inbox raw 17 > mail.eml     its bytes, unchanged
      deskgate inbox release 17            let it through, with its original envelope
      deskgate inbox drop 17 --reason spam leave it out
    """


@inbox.command("list")
@click.option("--state", type=click.Choice(["waiting", "filed", "held"]), help="Only rows in this state.")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only rows with this end.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1, 100_000), help="At most so many.")
@as_option
@config_option
@json_option
def list_rows(
    state: str | None, outcome: str | None, limit: int, by: str | None, config: Path | None, as_json: bool
) -> None:
    """List accepted mails, newest first, and why each ended as it did.

    Subjects of a confidential team's mails are shown only with --as and the address of a member or admin.
    """
    settings = settings_of(config)
    with opened(settings) as store, store.reading() as tx:
        rows = store.inbox.list(tx, state=state, outcome=outcome, limit=limit)
        rows = [_as_seen(tx, store, settings.desk, row, by) for row in rows]
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
@as_option
@config_option
@json_option
def show(row_id: int, by: str | None, config: Path | None, as_json: bool) -> None:
    """Show one accepted mail: its envelope, its end, the reason, and who decided about it."""
    settings = settings_of(config)
    with opened(settings) as store, store.reading() as tx:
        row = _as_seen(tx, store, settings.desk, _row(tx, store, row_id), by)
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
@decider_option
@config_option
def release(row_id: int, by: str | None, config: Path | None) -> None:
    """Let a held mail through: it goes on where it stopped, with its original envelope, and is not answered automatically.

    Look at it first. You vouch for its sender: a reply in a colleague's name is sent on.
    """
    settings = settings_of(config)
    with opened(settings) as store, store.transaction() as tx:
        row = _held(tx, store, row_id)
        who = _decides(tx, store, settings.desk, row, by)
        store.inbox.release(tx, row_id, now(), who)
    click.echo(f"{row_id}: released by {who}; the daemon files it next")


@inbox.command()
@click.argument("row_id", metavar="ID", type=int)
@click.option("--reason", default="", metavar="WORDS", help="Why, for the books.")
@decider_option
@config_option
def drop(row_id: int, reason: str, by: str | None, config: Path | None) -> None:
    """Decide that a held mail stays out.  Its bytes are kept, and who decided it, when and why."""
    settings = settings_of(config)
    with opened(settings) as store, store.transaction() as tx:
        row = _held(tx, store, row_id)
        who, moment = _decides(tx, store, settings.desk, row, by), now()
        why = f"dropped by {who}" + (f": {reason.strip()[:300]}" if reason.strip() else "")
        store.inbox.drop(tx, row_id, why, by=who, now=moment)
        if row.ticket_id is not None:
            store.tickets.add_entry(tx, _dropped(row, row.ticket_id, why, who, moment))
    click.echo(f"{row_id}: {why}; its bytes are kept (deskgate inbox raw {row_id})")


def _held(tx: Tx, store: Store, row_id: int) -> InboxRow:
    row = _row(tx, store, row_id)
    if row.state != "held":
        raise Complaint(f"{row_id} is not held; see: deskgate inbox list --state held")
    return row


def _decides(tx: Tx, store: Store, desk: Desk, row: InboxRow, by: str | None) -> str:
    """Who decides; a colleague of another team decides nothing about a confidential team's mail."""
    if by is not None and is_hidden(tx, store, desk, row, by):
        raise Complaint(f"there is no mail number {row.id} in the inbox")
    return decider(desk, by)


def _dropped(row: InboxRow, ticket_id: int, why: str, who: str, moment: datetime) -> NewEntry:
    return NewEntry(
        ticket_id=ticket_id,
        at=moment,
        kind="change",
        direction="internal",
        visibility="staff",
        author_name="",
        author_address=who,
        text=f"mail {row.id} of {row.from_address or row.sender}, which was held for this request, was {why}",
        message_id="",
    )


def _as_seen(tx: Tx, store: Store, desk: Desk, row: InboxRow, by: str | None) -> InboxRow:
    """The row, without its subject where that is confidential."""
    return replace(row, subject=HIDDEN) if is_hidden(tx, store, desk, row, by) else row


def _row(tx: Tx, store: Store, row_id: int) -> InboxRow:
    row = store.inbox.get(tx, row_id)
    if row is None:
        raise Complaint(f"there is no mail number {row_id} in the inbox")
    return row
