"""``deskgate run``: the daemon."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.common import EX_CONFIG, EX_FAILED, EX_TEMPFAIL, EX_USAGE, Complaint, config_option, settings_of


@click.command()
@click.option(
    "--only", metavar="ROLES", help="Some roles of: receive,file,send,clock (several machines, one PostgreSQL)."
)
@click.option("--log-json/--log-text", default=None, help="Default: text at a terminal, else JSON.")
@config_option
def run(only: str | None, log_json: bool | None, config: Path | None) -> None:
    """Run the daemon: receive, file, answer, send.

    Stops on SIGTERM or Ctrl-C, in order, and loses nothing; a second signal ends it at once, and loses nothing either.
    Exits 75 when another daemon uses the same database or an address is taken, 78 when the configuration is wrong.
    """
    from gateway.keys import KeyFileProblem
    from gateway.logs import configure
    from gateway.receiving import CannotListen
    from gateway.service import ROLES, Service, tune_interpreter
    from store.errors import AlreadyRunning, StoreError, StoreUnavailable

    roles = frozenset(only.replace(" ", "").split(",")) if only is not None else frozenset(ROLES)
    if roles - set(ROLES):
        raise Complaint(f"--only knows {', '.join(ROLES)}, not {', '.join(sorted(roles - set(ROLES)))}", EX_USAGE)
    settings = settings_of(config, try_examples=True)
    configure(json=log_json)
    tune_interpreter()
    try:
        Service(settings, roles, log_json).run(_announce)
    except AlreadyRunning as holder:
        raise Complaint(f"{holder}; nothing was touched", EX_TEMPFAIL) from None
    except CannotListen as problem:
        raise Complaint(f"{problem} Nothing was touched.", EX_TEMPFAIL) from None
    except KeyFileProblem as problem:
        raise Complaint(str(problem), EX_CONFIG) from None
    except StoreUnavailable as problem:
        raise Complaint(f"the database cannot be used now: {problem}", EX_TEMPFAIL) from None
    except StoreError as problem:
        raise Complaint(f"the database: {problem}", EX_FAILED) from None


def _announce(lines: list[str]) -> None:
    """Where everything is, on standard error, for the person who started it."""
    click.echo("Deskgate is running. Stop it with Ctrl-C.", err=True)
    for line in lines:
        click.echo(f"  {line}", err=True)
