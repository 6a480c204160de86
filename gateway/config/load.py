"""The configuration: found, read, checked as a whole, and turned into Settings.

`load` either returns a Settings in which everything is right, or raises ConfigProblems with all that is wrong, each
with file, line, column and advice.  Nothing is half loaded, so a reload can keep the old settings when the new are bad.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.config.advice import warnings
from gateway.config.build import build, example_problems, promise_problems
from gateway.config.checks import cross_problems
from gateway.config.files import Document, read
from gateway.config.mailboxes import mailbox_problems
from gateway.config.outside import outside_problems
from gateway.config.problems import ConfigProblems, Problem
from gateway.config.settings import Settings
from gateway.config.words import shape_problems

__all__ = ["ConfigProblems", "Moment", "Problem", "find_config", "load"]

NAME = "deskgate.toml"
VARIABLE = "DESKGATE_CONFIG"
SYSTEM_FILE = Path("/etc/deskgate") / NAME


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where a configuration is read: the time (aware), and the environment for passwords."""

    now: datetime
    environment: Mapping[str, str]

    @classmethod
    def here(cls) -> Moment:
        """The machine's clock and this process's environment."""
        return cls(datetime.now(UTC), os.environ)


def load(path: Path, moment: Moment | None = None, *, try_examples: bool = True) -> Settings:
    """The settings of a configuration file and what it includes.  Raises ConfigProblems with everything that is wrong.

    Holidays are worked out for the year of `moment`, the one before and the one after.  Every rule's examples are tried
    against all rules, which with many hundred rules takes seconds; a command that routes nothing can do without.
    """
    moment = moment or Moment.here()
    document, merging = read(path)
    found, wrong = shape_problems(document)
    problems = [*merging, *wrong, *cross_problems(document), *mailbox_problems(document)]
    problems += outside_problems(document, moment.environment)
    if problems or found is None:
        raise ConfigProblems(in_order(document, problems))
    today = moment.now.astimezone(ZoneInfo(found.site.timezone)).date()
    settings = build(document, found, today, moment.environment)
    late = [*promise_problems(document, settings.desk, moment.now)]
    late += example_problems(document, settings.desk) if try_examples else ()
    if late:
        raise ConfigProblems(in_order(document, late))
    return replace(settings, warnings=in_order(document, warnings(document, found, today)))


def in_order(document: Document, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once, by file, line and column."""
    files = {source.shown: number for number, source in enumerate(document.sources)}
    return tuple(
        sorted(dict.fromkeys(problems), key=lambda p: (files.get(p.file, len(files)), p.line, p.column, p.path))
    )


def find_config(explicit: str | None, environment: Mapping[str, str] | None = None) -> Path:
    """The configuration file to use: the one named, ``$DESKGATE_CONFIG``, ``./deskgate.toml``, the one in /etc.

    Raises ConfigProblems when there is none; a file that was named is not replaced by another.
    """
    environment = os.environ if environment is None else environment
    named = [(explicit, "--config"), (environment.get(VARIABLE), f"${VARIABLE}")]
    for name, origin in named:
        if name:
            if Path(name).exists() and not Path(name).is_dir():
                return Path(name)
            raise ConfigProblems([Problem(name, 0, 0, "", f"there is no such file (named by {origin})")])
    for file in (Path(NAME), SYSTEM_FILE):
        if file.is_file():
            return file
    words = (
        f"there is no {NAME} here and no {SYSTEM_FILE}; write one with deskgate init, "
        f"or name yours with --config FILE or in ${VARIABLE}"
    )
    raise ConfigProblems([Problem(NAME, 0, 0, "", words)])
