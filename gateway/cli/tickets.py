"""``deskgate tickets``: look at tickets, and everything staff may do to them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gateway.actions import ACTIONS
from gateway.actions.base import Action, Refused, Request, Workplace, authorise
from gateway.cli.as_json import entry_json, ticket_json
from gateway.cli.common import (
    EX_CONFIG,
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
    table,
    visible,
)
from gateway.cli.privacy import sees
from gateway.config.settings import Settings
from parsers.message import Party, comparable
from store.database import Tx
from store.store import Store
from store.tickets import Entry, Ticket, TicketParty


@click.group()
def tickets() -> None:
    """Tickets: list, show, and act on them as a member of staff.

    \b
      deskgate tickets list --team it --status open
      deskgate tickets show ACME-1042
      deskgate tickets reply ACME-1042 --as maria@acme.example "Please try again now."
      deskgate tickets move ACME-1042 hr --as maria@acme.example
    """


@tickets.command("list")
@click.option("--team", metavar="KEY", help="Only this team's tickets.")
@click.option("--status", type=click.Choice(["open", "waiting", "closed"]), help="Only tickets in this state.")
@click.option("--search", metavar="WORDS", help="Only tickets in which all these words occur.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1, 100_000), help="At most so many.")
@as_option
@config_option
@json_option
def list_tickets(
    team: str | None,
    status: str | None,
    search: str | None,
    limit: int,
    by: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """List tickets, newest first.  With --as only those that this member of staff may see."""
    settings = settings_of(config)
    if team is not None and team not in settings.desk.teams:
        raise Complaint(f"there is no team {team!r}; there are: {', '.join(settings.desk.teams)}", EX_USAGE)
    with opened(settings) as store, store.reading() as tx:
        found = store.tickets.list(tx, team=team, status=status, search=search, limit=limit)
        found = [ticket for ticket in found if sees(settings.desk, by, ticket)]
        promises = {ticket.id: store.promises.for_ticket(tx, ticket.id) for ticket in found}
    if as_json:
        print_json([ticket_json(ticket, promises[ticket.id]) for ticket in found])
        return
    rows = []
    for ticket in found:
        due = next((p.due for p in promises[ticket.id] if (p.kind, p.outcome) == ("first_reply", "open")), None)
        requester = next((p.address for p in ticket.parties if p.role == "requester"), "")
        rows.append(
            [ticket.ref, ticket.team, ticket.status, requester, ticket.subject, ticket.assignee or "", local(due)]
        )
    table("Tickets", ["ref", "team", "status", "requester", "subject", "assignee", "first reply due"], rows)


@tickets.command()
@click.argument("ref")
@as_option
@config_option
@json_option
def show(ref: str, by: str | None, config: Path | None, as_json: bool) -> None:
    """Show one ticket with its promises and its whole history."""
    settings = settings_of(config)
    with opened(settings) as store, store.reading() as tx:
        ticket = _seen(tx, store, settings, ref, by)
        promises, entries = store.promises.for_ticket(tx, ticket.id), store.tickets.entries(tx, ticket.id)
    if not as_json:
        _print_ticket(ticket, [f"{p.kind.replace('_', ' ')} by {p.shown}: {p.outcome}" for p in promises], entries)
        return
    shown, number = [], 0
    for entry in entries:
        shown.append(entry_json(entry, number))
        number += len(entry.attachments)
    print_json({**ticket_json(ticket, promises), "entries": shown})


def _print_ticket(ticket: Ticket, promises: list[str], entries: list[Entry]) -> None:
    click.secho(f"{ticket.ref}  {visible(ticket.subject)}", bold=True)
    helpers = f", helped by {', '.join(ticket.helpers)}" if ticket.helpers else ""
    click.echo(f"{ticket.status}, {ticket.priority}; team {ticket.team}{helpers}; {ticket.assignee or 'nobody'} has it")
    for party in ticket.parties:
        who = f"{visible(party.name)} <{party.address}>" if party.name else party.address
        click.echo(f"  {party.role:<10} {who}{_bouncing(party)}")
    for line in promises:
        click.echo(f"  promise    {line}")
    number = 0
    for entry in entries:
        hidden = ", staff only" if entry.visibility == "staff" else ""
        author = visible(entry.author_name) or entry.author_address or "Deskgate"
        kind = f"{entry.kind} {entry.direction}{hidden}, number {entry.id}"
        click.secho(f"\n{local(entry.at)}  {author}  ({kind})", bold=True)
        click.echo(visible(entry.text))
        for attachment in entry.attachments:
            number += 1
            click.echo(
                f"  [{number}] {visible(attachment.filename)} ({attachment.content_type}, {attachment.size} bytes)"
            )


def _bouncing(party: TicketParty) -> str:
    if party.bouncing_since is None:
        return ""
    return f"  mail to it came back on {local(party.bouncing_since)}: {visible(party.bounce_reason or '')}"


@tickets.command()
@click.argument("ref")
@click.argument("number", metavar="N", type=click.IntRange(1))
@as_option
@config_option
def attachment(ref: str, number: int, by: str | None, config: Path | None) -> None:
    """Write attachment N of a ticket (as numbered by `show`) to standard output."""
    from parsers.attachments import content

    settings = settings_of(config)
    with opened(settings) as store, store.reading() as tx:
        ticket = _seen(tx, store, settings, ref, by)
        listed = [(entry, a) for entry in store.tickets.entries(tx, ticket.id) for a in entry.attachments]
        if number > len(listed):
            raise Complaint(f"{ticket.ref} has {len(listed)} attachment(s)")
        entry, wanted = listed[number - 1]
        raw = store.inbox.raw(tx, entry.mail_id) if entry.mail_id is not None else None
    found = content(raw, wanted.index, settings.desk.reading) if raw is not None else None
    if found is None:
        raise Complaint(f"the mail that carried attachment {number} is not stored any more")
    sys.stdout.buffer.write(found)


def _ticket(tx: Tx, store: Store, ref: str) -> Ticket:
    ticket = store.tickets.by_ref(tx, ref.strip("[]# "))
    if ticket is None:
        raise Complaint(f"there is no ticket {ref}; see: deskgate tickets list")
    return ticket


def _seen(tx: Tx, store: Store, settings: Settings, ref: str, by: str | None) -> Ticket:
    """The ticket, as far as `by` may see it: of another team's confidential one not even that it exists."""
    ticket = store.tickets.by_ref(tx, ref.strip("[]# "))
    if ticket is None or not sees(settings.desk, by, ticket):
        raise Complaint(f"there is no ticket {ref}; see: deskgate tickets list")
    return ticket


def _actor(settings: Settings, by: str | None) -> Party:
    """Who acts: ``--as``, or the only admin."""
    admins = settings.desk.site.admins
    if by is None and len(admins) != 1:
        raise Complaint(f"say who acts: --as ADDRESS (admins: {', '.join(admins)})", EX_USAGE)
    return Party("", by or admins[0])


def workplace(settings: Settings, store: Store) -> Workplace:
    """What an action from the command line works with: the same as in the daemon."""
    import secrets

    from gateway.keys import KeyFileProblem, load_or_create
    from gateway.letters import Letters
    from templates.renderer import Renderer

    try:
        keys = load_or_create(settings.keys_file, now().date())
    except KeyFileProblem as problem:
        raise Complaint(str(problem), EX_CONFIG) from problem
    folder = str(settings.templates_folder) if settings.templates_folder else None
    letters = Letters(
        settings.desk, keys, Renderer(folder), lambda: secrets.randbits(40), settings.send.ack_envelope == "signed"
    )
    return Workplace(store, settings.desk, letters)


def _act(action: Action, ref: str, argument: str, text: str, by: str | None, config: Path | None) -> None:
    settings = settings_of(config)
    actor = _actor(settings, by)
    with opened(settings) as store:
        place = workplace(settings, store)
        try:
            with store.transaction() as tx:
                ticket = store.tickets.get(tx, _ticket(tx, store, ref).id, lock=True)
                assert ticket is not None, "found a line above, in the same transaction"
                authorise(settings.desk, actor, ticket)
                said = action.run(tx, place, Request(ticket, _named(ticket, actor), now(), argument, text))
        except Refused as refused:
            raise Complaint(str(refused)) from refused
    click.echo(said)


def _named(ticket: Ticket, actor: Party) -> Party:
    """The actor with the name under which the ticket knows them."""
    key = comparable(actor.address)
    return next((Party(p.name, p.address) for p in ticket.parties if p.key == key and p.name), actor)


def _verb(action: Action) -> click.Command:
    """A command for an action of the registry."""

    def run(ref: str, by: str | None, config: Path | None, **given: Any) -> None:
        text = given.get("text") or ""
        if text == "-":
            text = sys.stdin.read(1024 * 1024)
        _act(action, ref, given.get("argument") or "", text, by, config)

    decorators: list[Callable[[Any], Any]] = [config_option]
    decorators.append(
        click.option("--as", "by", metavar="ADDRESS", help="Who acts. Default: the only admin, else required.")
    )
    if action.text != "none":
        decorators.append(
            click.argument(
                "text", metavar="TEXT" if action.text == "required" else "[TEXT]", required=action.text == "required"
            )
        )
    if action.argument:
        needed = not action.argument.startswith("[")
        decorators.append(click.argument("argument", metavar=action.argument, required=needed))
    decorators.append(click.argument("ref", metavar="REF"))
    for decorate in decorators:
        run = decorate(run)
    more = "\n\nWith - as TEXT the words are read from standard input." if action.text != "none" else ""
    return click.command(action.name, help=action.help + more, short_help=action.help)(run)


for _action in ACTIONS:
    tickets.add_command(_verb(_action))
