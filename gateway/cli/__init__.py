"""The command line.  Every subcommand is one module, imported only when it is asked for, so that typing stays quick."""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from keyword import iskeyword

import click

from gateway.cli.common import EX_CONFIG, EX_FAILED, EX_TEMPFAIL, Complaint

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("run", "Run the daemon: receive, file, answer, send."),
    "check": ("check", "Check the configuration, the templates and the rules' examples."),
    "schema": ("check", "Print the JSON Schema of the configuration, for completion in editors."),
    "init": ("check", "Write a starting configuration."),
    "status": ("status", "Show how the running daemon is."),
    "login": ("login", "Log in to a mailbox, or try its login (OAuth)."),
    "tickets": ("tickets", "List and show tickets; reply, note, take, assign, move, close, reopen."),
    "inbox": ("inbox", "The incoming books, quarantine included."),
    "outbox": ("outbox", "The outgoing books."),
    "books": ("books", "The balance: every accepted mail has exactly one end."),
    "parse": ("parse", "Show how a mail is understood."),
    "explain": ("explain", "Why a mail goes where it goes: kind, team, ticket, answer, rules."),
    "keys": ("keys", "The keys that sign reply addresses: list, rotate, retire."),
    "deliver": ("deliver", "Take one mail from standard input (for pipe aliases)."),
    "doctor": ("doctor", "Try every connection, name and setting, and say what to fix."),
    "import": ("imports", "Take old mail in: mbox files, Maildirs, folders of mails."),
    "due": ("due", "When a promise given now, or at another time, falls due."),
    "preview": ("preview", "Show a mail as Deskgate would write it."),
}
"""Name to (module in this folder, one line of help); the order is the order in `deskgate --help`."""


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No room for what is written."""
DELIVER_MAY_SAY = (None, 0, 65, 67, 75)
"""What a mail server may hear from `deliver`; it returns the mail to its sender for 65 and 67 only."""


class Commands(click.Group):
    """A group that imports a command when it is used, and lists all of them without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command, in the order people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        attribute = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = getattr(import_module(f"gateway.cli.{COMMANDS[cmd_name][0]}"), attribute)
        assert isinstance(command, click.Command), "every module named in COMMANDS defines its command"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands with their one-line helps."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="deskgate", prog_name="deskgate")
def cli() -> None:
    """Deskgate answers your department's mail alias: at once, with an honest time, and loses nothing.

    \b
    A first look, with the example configuration:
      deskgate check --config config.example.toml
      deskgate run --config config.example.toml
      deskgate tickets list --config config.example.toml

    Every command but parse takes --config FILE; without it: $DESKGATE_CONFIG, ./deskgate.toml, /etc/deskgate/deskgate.toml.
    Exit codes: 0 done, 1 failed, 2 wrong usage, 75 try again later, 78 the configuration is wrong.
    """


def main() -> None:
    """Entry point of the `deskgate` command: turns complaints into one clear line and an exit code."""
    from store.errors import StoreError, StoreUnavailable

    try:
        cli(prog_name="deskgate")
    except SystemExit as ended:
        if sys.argv[1:2] == ["deliver"] and ended.code not in DELIVER_MAY_SAY:
            from gateway.cli.deliver import called_by_mail_server

            if called_by_mail_server():
                sys.exit(EX_TEMPFAIL)  # a wrong option or an unreadable file is our mistake: the mail waits
        raise
    except Complaint as complaint:
        click.echo(f"deskgate: {complaint}", err=True)
        sys.exit(complaint.code)
    except StoreUnavailable as problem:
        click.echo(f"deskgate: the database cannot be used now: {problem}", err=True)
        sys.exit(EX_TEMPFAIL)
    except StoreError as problem:
        click.echo(f"deskgate: the database: {problem}", err=True)
        sys.exit(EX_FAILED)
    except BrokenPipeError:
        sys.exit(EX_FAILED)
    except OSError as problem:
        if problem.errno not in FULL:
            raise  # a fault of ours: whoever looks for it needs the trace
        click.echo(f"deskgate: {problem.strerror}", err=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # it would be told again at the end
        sys.exit(EX_TEMPFAIL if sys.argv[1:2] == ["deliver"] else EX_FAILED)


__all__ = ["COMMANDS", "EX_CONFIG", "cli", "main"]
