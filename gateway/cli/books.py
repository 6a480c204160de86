"""``deskgate books``: does every accepted mail have exactly one end?"""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.common import EX_FAILED, config_option, json_option, opened, print_json, settings_of


@click.command()
@config_option
@json_option
@click.pass_context
def books(ctx: click.Context, config: Path | None, as_json: bool) -> None:
    """The balance of the books: accepted = ticket + attach + quarantine + bounce-record + duplicate + waiting.

    Exits 1 if it does not balance; that would be a fault in Deskgate and a mail to look for.
    """
    with opened(settings_of(config)) as store, store.reading() as tx:
        found, refused = store.inbox.books(tx), store.backstops.tallies(tx)
    ends = {
        "ticket": found.ticket,
        "attach": found.attach,
        "quarantine": found.quarantine,
        "bounce-record": found.bounce_record,
        "duplicate": found.duplicate,
        "waiting": found.waiting,
    }
    if as_json:
        print_json({"accepted": found.accepted, **ends, "balanced": found.balanced, "refused": dict(refused)})
    else:
        click.echo(f"accepted       {found.accepted:>8}")
        for name, count in ends.items():
            click.echo(f"  {name:<13}{count:>8}")
        for name, count in refused.items():
            click.echo(f"refused {name:<7}{count:>8}  (at the door; never accepted)")
        click.echo("balanced" if found.balanced else "NOT BALANCED: a mail has no end, or two")
    if not found.balanced:
        ctx.exit(EX_FAILED)
