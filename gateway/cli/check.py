"""``deskgate check``, ``schema`` and ``init``: from no configuration to one that is right.

`check` tells every problem at once, with file, line and column; it opens no database and no connection.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from gateway.cli.common import EX_CONFIG, config_option, json_option, print_json
from gateway.cli.init import init
from gateway.config.load import find_config, load
from gateway.config.mta_aliases import alias_problems
from gateway.config.problems import ConfigProblems, Problem
from gateway.config.schema import schema as schema_of
from gateway.config.settings import Settings
from templates import wording
from templates.renderer import Renderer, TemplateProblem
from templates.samples import sample_contexts

__all__ = ["check", "init", "schema"]

_PLACE = re.compile(r"(?P<file>.+?)(?::(?P<line>\d+))?: (?P<words>.*)", re.DOTALL)


@click.command()
@config_option
@json_option
@click.option(
    "--aliases",
    multiple=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Compare with the mail server's aliases, files in the form of /etc/aliases.",
)
@click.argument("more", nargs=-1, metavar="", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(config: Path | None, as_json: bool, aliases: tuple[Path, ...], more: tuple[Path, ...]) -> None:
    """Check the configuration, the templates and the rules' examples.

    Prints every problem with file, line and column, and ends with 78 if there is one.
    """
    if more and not aliases:
        raise click.UsageError("name the configuration with --config FILE, aliases with --aliases FILE")
    settings: Settings | None = None
    try:
        settings = load(find_config(str(config) if config else None))
        problems = (*template_problems(settings), *alias_problems((*aliases, *more), settings.desk))
    except ConfigProblems as wrong:
        problems = wrong.problems
    warnings = settings.warnings if settings else ()
    if settings and not problems:
        warnings = (*warnings, *wording_advice(settings))
    if as_json:
        print_json({"ok": not problems, "problems": _rows(problems), "warnings": _rows(warnings)})
    else:
        _show(problems, warnings, settings)
    if problems:
        raise click.exceptions.Exit(EX_CONFIG)


@click.command()
@config_option
def schema(config: Path | None) -> None:
    """Print the JSON Schema of the configuration, for completion in editors.

    It is the same for every configuration.  Write it next to yours: deskgate schema > deskgate.schema.json
    """
    del config  # every command takes it
    print_json(schema_of())


def _rows(problems: tuple[Problem, ...]) -> list[dict[str, object]]:
    return [dataclasses.asdict(problem) for problem in problems]


def template_problems(settings: Settings) -> Iterator[Problem]:
    """Templates that cannot be rendered, for every language of the desk."""
    try:
        renderer = Renderer(str(settings.templates_folder) if settings.templates_folder else None)
    except TemplateProblem as problem:
        yield _template_problem(str(problem))
        return
    languages = {settings.desk.site.language, *(team.language for team in settings.desk.teams.values())}
    found = (
        problem
        for language in sorted(languages)
        for name in renderer.names(language)
        for problem in renderer.check(name, language)
    )
    yield from map(_template_problem, dict.fromkeys(found))


def wording_advice(settings: Settings) -> Iterator[Problem]:
    """What a reader who waits would miss in the texts; advice, since the administrator's words are their own."""
    renderer = Renderer(str(settings.templates_folder) if settings.templates_folder else None)
    languages = {settings.desk.site.language, *(team.language for team in settings.desk.teams.values())}
    for language in sorted(languages):
        for name in renderer.names(language):
            found = {
                words
                for context in sample_contexts()
                for words in wording.problems(renderer.render(name, language, context), context)
            }
            yield from (Problem(f"mail/{language}/{name}.txt", 0, 0, "", words) for words in sorted(found))


def _template_problem(text: str) -> Problem:
    found = _PLACE.fullmatch(text)
    if not found:
        return Problem("templates", 0, 0, "", text)
    line = int(found["line"] or 0)
    return Problem(found["file"], line, min(line, 1), "", found["words"])


def _show(problems: tuple[Problem, ...], warnings: tuple[Problem, ...], settings: Settings | None) -> None:
    """Problems on standard output, the rest on standard error; in colour on a terminal."""
    out, err = (Console(stderr=stderr, soft_wrap=True, highlight=False) for stderr in (False, True))
    for warning in warnings:
        err.print(Text.assemble(("warning: ", "yellow"), *_coloured(warning)))
    for problem in problems:
        out.print(Text.assemble(*_coloured(problem)))
    if problems:
        number = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        err.print(Text(number, "red"))
    elif settings:
        out.print(Text(summary(settings), "green"))


def _coloured(problem: Problem) -> list[tuple[str, str]]:
    """A problem in pieces with their colours; together they are its text."""
    path = f" {problem.path}:" if problem.path else ""
    return [(f"{problem.place}:", "bold"), (path, "cyan"), (f" {problem.message}", ""), (problem.hint, "green")]


def summary(settings: Settings) -> str:
    """What a right configuration amounts to, in a line."""
    desk = settings.desk
    examples = sum(len(rule.examples) for rule in desk.rules)
    counts = [
        _count(len(desk.teams), "team"),
        _count(len(desk.alias_addresses), "alias", "aliases"),
        _count(len(desk.rules), "rule"),
        _count(examples, "example"),
    ]
    return f"{settings.file}: all is well ({', '.join(counts)})"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
