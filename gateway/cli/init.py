"""``deskgate init``: asks for what a desk needs to begin with, and writes it down."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from gateway.cli.common import Complaint, config_option
from gateway.config import values
from gateway.config.load import NAME
from gateway.config.problems import ConfigProblems
from gateway.config.schema import schema
from gateway.config.starting import Answers, suggested_tag, this_zone, write

SCHEMA_NAME = "deskgate.schema.json"

T = TypeVar("T")


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path))
@config_option
@click.option("--site", metavar="NAME", help="What your organisation is called.")
@click.option("--timezone", metavar="ZONE", help="Its time zone. Default: the machine's.")
@click.option("--tag", metavar="TAG", help="Prefix of references. Default: out of the site's name.")
@click.option("--team", metavar="NAME", help="What the first team is called. Default: IT Service Desk.")
@click.option(
    "--alias", "aliases", multiple=True, metavar="ADDRESS", help="The team's mail address; may be given several times."
)
@click.option(
    "--member", "members", multiple=True, metavar="ADDRESS", help="A person of the team; may be given several times."
)
@click.option("--admin", metavar="ADDRESS", help="Who gets the operator's mails. Default: the first member.")
@click.option("--helps-with", metavar="TEXT", help="What people can ask the team for.")
@click.option("--meet", metavar="TEXT", help="How to meet or speak to somebody.")
@click.option("--days", metavar="DAYS", help="When the team is there. Default: mon-fri.")
@click.option(
    "--times", metavar="TIMES", help="Its hours. Default: 09:00-17:00; with a break: 09:00-12:30,13:30-17:30."
)
@click.option("--first-reply", metavar="DURATION", help="How soon a person answers. Default: 8h of opening time.")
@click.option("--force", is_flag=True, help="Replace a configuration that is there.")
def init(
    folder: Path,
    config: Path | None,
    *,
    site: str | None,
    timezone: str | None,
    tag: str | None,
    team: str | None,
    aliases: tuple[str, ...],
    members: tuple[str, ...],
    admin: str | None,
    helps_with: str | None,
    meet: str | None,
    days: str | None,
    times: str | None,
    first_reply: str | None,
    force: bool,
) -> None:
    """Write a starting configuration into DIR (here, if none is named).

    Asks on a terminal for what no option gives.  Elsewhere --site, --alias and --member are needed.
    """
    target = config or folder / NAME
    if target.exists() and not force:
        raise Complaint(f"{target} is there already and was not touched; --force replaces it")
    site = _answer("--site", site, "What is your organisation called?", values.words)
    alias = _answers("--alias", aliases, "The mail address of the first team (several: with commas)")
    member = _answers("--member", members, "The addresses of its people (with commas)")
    answers = Answers(
        site=site,
        timezone=_answer("--timezone", timezone, "Time zone", values.zone, this_zone()),
        tag=_answer("--tag", tag, "Prefix of references", values.tag, suggested_tag(site)),
        team=_answer("--team", team, "What is the team called?", values.words, "IT Service Desk"),
        aliases=alias,
        members=member,
        admin=_answer("--admin", admin, "Who gets the operator's mails?", values.mailbox, member[0]),
        helps_with=_answer(
            "--helps-with", helps_with, "What can people ask it for?", values.words, "computers, passwords, software"
        ),
        meet=_answer(
            "--meet", meet, "How can they meet somebody?", values.words, "Reply with two times that suit you."
        ),
        days=_answer("--days", days, "On which days is it there?", values.checked(values.days), "mon-fri"),
        times=_answer("--times", times, "From when to when?", values.checked(_times), "09:00-17:00"),
        first_reply=_answer(
            "--first-reply", first_reply, "How soon does a person answer?", values.checked(values.duration), "8h"
        ),
    )
    _write(target, answers, force)


def _write(target: Path, answers: Answers, force: bool) -> None:
    try:
        write(target, answers, replace=force)
        beside = target.parent / SCHEMA_NAME
        if force or not beside.exists():
            beside.write_text(json.dumps(schema(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except FileExistsError as error:
        raise Complaint(f"{target} is there already and was not touched; --force replaces it") from error
    except ConfigProblems as wrong:
        lines = "\n".join(f"{problem.path}: {problem.message}{problem.hint}" for problem in wrong.problems)
        raise Complaint(f"these answers do not go together, nothing was written\n{lines}") from wrong
    except OSError as error:
        raise Complaint(f"cannot write {target}: {error.strerror or error}") from error
    click.echo(
        f"Wrote {target}. Look through it, then:\n  deskgate check --config {target}\n  deskgate run --config {target}"
    )


def _answer(
    option: str, given: str | None, question: str, parse: Callable[[str], str], default: str | None = None
) -> str:
    """The option's value, else what a person says, else the default.  Raises a usage error that names the option."""
    if given is not None:
        return _parsed(parse, option)(given)
    if not sys.stdin.isatty():
        if default is None:
            raise click.UsageError(f"{option} is needed where nobody can be asked")
        return default
    answer: str = click.prompt(question, default=default, value_proc=_parsed(parse, option), err=True)
    return answer


def _answers(option: str, given: tuple[str, ...], question: str) -> tuple[str, ...]:
    """One address or more."""
    text = _answer(option, ",".join(given) or None, question, values.checked(_mailboxes))
    return _mailboxes(text)


def _mailboxes(text: str) -> tuple[str, ...]:
    return tuple(values.mailbox(part.strip()) for part in text.split(","))


def _times(text: str) -> tuple[object, ...]:
    return tuple(values.shift(part) for part in text.split(","))


def _parsed(parse: Callable[[str], T], option: str) -> Callable[[str], T]:
    def tell(text: str) -> T:
        try:
            return parse(text)
        except values.Wrong as wrong:
            hint = f"; did you mean {wrong.suggestion}?" if wrong.suggestion else ""
            raise click.BadParameter(f"{wrong}{hint}", param_hint=option) from wrong

    return tell
