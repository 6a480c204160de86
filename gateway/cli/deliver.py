"""``deskgate deliver``: the door for pipe aliases.  Needs no running daemon; the exit code tells the MTA what to do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from gateway.cli.common import EX_CONFIG, EX_TEMPFAIL, Complaint, config_option, now, opened, settings_of
from parsers.message import comparable
from routing.teams import Desk


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
      78  the configuration is wrong (75 when a mail server calls, so that the mail waits until it is mended)

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
                [full_address(settings.desk, to) for to in recipients],
                envelope_sender(sender),
                sys.stdin.buffer,
                accepts=wanted(settings.desk).accepts,
                intake=DirectIntake(store),
                max_size=settings.limits.message_bytes,
                now=now(),
            )
    except Complaint as complaint:
        click.echo(f"deskgate: {complaint}", err=True)
        ctx.exit(EX_CONFIG if complaint.code == EX_CONFIG and not called_by_mail_server() else EX_TEMPFAIL)
    except (StoreError, OSError) as problem:
        click.echo(f"deskgate: not stored, the mail server should try again: {problem}", err=True)
        ctx.exit(EX_TEMPFAIL)
    if taken.code:
        click.echo(f"deskgate: {taken.words}", err=True)
    ctx.exit(int(taken.code))


MAIL_SERVER_SAYS = ("ORIGINAL_RECIPIENT", "RECIPIENT", "LOCAL_PART", "MAIL_CONFIG")
"""Variables by which Postfix (local, pipe) and Exim let a command know that they call it."""


def called_by_mail_server() -> bool:
    """Whether a mail server waits for the exit code: it would return the mail to its sender for anything but 75.

    A mistake in the configuration is ours, so the mail waits until it is mended; a person who tries the command is told 78.
    """
    return any(name in os.environ for name in MAIL_SERVER_SAYS)


def full_address(desk: Desk, to: str) -> str:
    """The address with its subaddress, where the mail server says it: an alias line names only ``it@``, and the part
    behind the ``+`` is what makes a reply address work.  Taken only if it belongs to the alias that was given.
    """
    for name in MAIL_SERVER_SAYS[:2]:
        said = os.environ.get(name, "")
        local, _, domain = comparable(said).rpartition("@")
        if "+" in local and f"{local.partition('+')[0]}@{domain}" == comparable(to) and desk.team_of_alias(said):
            return said
    return to


def envelope_sender(given: str | None) -> str | None:
    """Who sent it: ``--from``, else $SENDER (Postfix, Exim), else not known.  MAILER-DAEMON is the null sender's alias."""
    sender = os.environ.get("SENDER") if given is None else given
    return "" if sender is not None and sender.upper() in ("MAILER-DAEMON", "<>") else sender
