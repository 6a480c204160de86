"""``deskgate deliver``: the door for pipe aliases.  Needs no running daemon; the exit code tells the MTA what to do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from gateway.cli.common import EX_CONFIG, EX_TEMPFAIL, Complaint, config_option, now, opened, settings_of


@click.command()
@click.option(
    "--to",
    "recipients",
    multiple=True,
    required=True,
    metavar="ALIAS",
    help="The address it was sent to; may be given several times.",
)
@click.option(
    "--from",
    "sender",
    metavar="SENDER",
    help="The envelope sender; empty for the null sender. Default: $SENDER, else Return-Path.",
)
@config_option
@click.pass_context
def deliver(ctx: click.Context, recipients: tuple[str, ...], sender: str | None, config: Path | None) -> None:
    """Take one mail on standard input into the durable inbox.

    \b
    Exit codes are those MTAs know (sysexits.h):
      0   stored on disk            65  not a mail, or too large
      67  no such alias             75  not now: keep it and try again
      77  not permitted             78  the configuration is wrong

    \b
    In /etc/aliases:
      it: "|deskgate deliver --config /etc/deskgate/deskgate.toml --to it@acme.example"
    """
    from gateway.intake import DirectIntake
    from gateway.intake import recipients as wanted
    from gateway.sources.pipe import deliver as take
    from store.errors import StoreError

    try:
        settings = settings_of(config)
        with opened(settings, create=True) as store:
            taken = take(
                recipients,
                os.environ.get("SENDER") if sender is None else sender,
                sys.stdin.buffer,
                accepts=wanted(settings.desk).accepts,
                intake=DirectIntake(store),
                max_size=settings.limits.message_bytes,
                now=now(),
            )
    except Complaint as complaint:
        click.echo(f"deskgate: {complaint}", err=True)
        ctx.exit(EX_CONFIG if complaint.code == EX_CONFIG else EX_TEMPFAIL)
    except (StoreError, OSError) as problem:
        click.echo(f"deskgate: not stored, the mail server should try again: {problem}", err=True)
        ctx.exit(EX_TEMPFAIL)
    if taken.code:
        click.echo(f"deskgate: {taken.words}", err=True)
    ctx.exit(int(taken.code))
