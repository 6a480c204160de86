"""``deskgate due``: when does a promise given now fall due, in the team's hours?"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

import click

from gateway.cli.common import EX_USAGE, Complaint, config_option, json_option, moment_of, print_json, settings_of
from routing.promise import Duration
from routing.promise import due as due_at
from routing.teams import Desk, Team


@click.command()
@click.argument("team", required=False)
@click.option("--at", "at_text", metavar="TIME", help="When it is asked (ISO 8601; without offset: the team's zone).")
@click.option("--within", metavar="DURATION", help='Open time ("4h", "30m") or working days ("3d").')
@click.option("--priority", default="normal", show_default=True, help="Whose declared first reply to use.")
@click.option(
    "--batch",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="JSON lines in, JSON lines out; - is standard input.",
)
@config_option
@json_option
def due(
    team: str | None,
    at_text: str | None,
    within: str | None,
    priority: str,
    batch: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Say when a promise given at a time falls due, and count it out piece by piece.

    \b
      deskgate due it
      deskgate due it --at 2026-12-23T16:00 --within 8h
      deskgate due --batch questions.jsonl
    """
    desk = settings_of(config).desk
    if batch is not None:
        _batch(desk, batch)
        return
    if team is None:
        raise Complaint(f"name a team: {', '.join(desk.teams)}", EX_USAGE)
    answer = _answer(desk, team, at_text, within, priority)
    if as_json:
        print_json(asdict(answer))
        return
    for line in answer.explanation:
        click.echo(line)


@dataclass(frozen=True, slots=True)
class Answer:
    """What `due` says: the question, the moment in the team's zone (None: never), and the way there."""

    team: str
    at: str
    within: str
    due: str | None
    explanation: tuple[str, ...]


def _answer(desk: Desk, team_key: str, at_text: str | None, within: str | None, priority: str) -> Answer:
    team = desk.teams.get(team_key)
    if team is None:
        raise Complaint(f"there is no team {team_key!r}; there are: {', '.join(desk.teams)}", EX_USAGE)
    at = moment_of(at_text, team.hours.zone)
    duration = _duration(within, team, priority)
    found = due_at(team.hours, at, duration)
    zone = ZoneInfo(team.hours.zone)
    return Answer(
        team=team_key,
        at=at.astimezone(zone).isoformat(),
        within=str(duration),
        due=found.at.astimezone(zone).isoformat() if found.at else None,
        explanation=tuple(found.explanation),
    )


def _duration(text: str | None, team: Team, priority: str) -> Duration:
    if text is not None:
        try:
            return Duration.parse(text)
        except ValueError as problem:
            raise Complaint(f"--within: {problem}", EX_USAGE) from problem
    declared = team.turnaround.first_reply
    return declared.get(priority) or declared["normal"]


def _batch(desk: Desk, file: Path) -> None:
    """Each line {"team", "at", "within"} comes back with "due"; a line that cannot be answered with "error"."""
    source = sys.stdin if str(file) == "-" else _open(file)
    with source:
        for number, line in enumerate(source, start=1):
            if not line.strip():
                continue
            try:
                question = json.loads(line)
                answer = _answer(desk, question["team"], question.get("at"), question.get("within"), "normal")
                result = {**question, "due": answer.due}
            except (Complaint, ValueError, KeyError, TypeError) as problem:
                result = {"line": number, "error": str(problem), "due": None}
            click.echo(json.dumps(result, ensure_ascii=False))


def _open(file: Path) -> TextIO:
    try:
        return file.open(encoding="utf-8")
    except OSError as problem:
        raise Complaint(f"{file}: {problem.strerror}") from problem
