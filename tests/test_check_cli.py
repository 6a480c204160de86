"""``deskgate check``, ``schema`` and ``init`` as people and scripts use them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result

from gateway.cli.check import check, init, schema
from gateway.cli.common import Complaint
from gateway.config.load import load
from gateway.config.mta_aliases import Entry, alias_problems, entries_of
from gateway.config.starting import suggested_tag

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "config.example.toml"
BAD = ROOT / "tests/bad_configs/many_at_once.toml"


@pytest.fixture(autouse=True)
def _a_day_on_which_nothing_is_out_of_date() -> Iterator[None]:
    """The example says when its statements were read; a year later a warning would be right."""
    with time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=True):
        yield


def run(command: object, *arguments: str | Path, stdin: str = "") -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], input=stdin)  # type: ignore[arg-type]


def test_a_right_configuration_ends_with_0_and_says_what_it_holds() -> None:
    result = run(check, "--config", EXAMPLE)
    assert result.exit_code == 0
    assert "all is well (2 teams, 3 aliases, 2 rules, 2 examples)" in result.stdout


def test_a_wrong_configuration_ends_with_78_and_one_line_for_each_problem_on_stdout() -> None:
    result = run(check, "--config", BAD)
    assert result.exit_code == 78
    lines = result.stdout.splitlines()
    assert len(lines) == 5
    assert all(line.startswith(f"{BAD}:") for line in lines)
    assert result.stderr == "5 problems\n"


def test_json_has_the_promised_keys_and_nothing_else_on_stdout() -> None:
    result = run(check, "--config", BAD, "--json")
    assert result.exit_code == 78
    found = json.loads(result.stdout)
    assert found["ok"] is False
    assert found["problems"][2] == {
        "file": str(BAD),
        "line": 30,
        "column": 9,
        "path": "teams.it.hours",
        "message": 'no hours called "ofice"',
        "suggestion": "office",
    }
    assert json.loads(run(check, "--config", EXAMPLE, "--json").stdout) == {"ok": True, "problems": [], "warnings": []}


def test_a_missing_configuration_is_a_problem_like_any_other(tmp_path: Path) -> None:
    result = run(check, "--config", tmp_path / "none.toml", "--json")
    assert result.exit_code == 78
    assert "no such file" in json.loads(result.stdout)["problems"][0]["message"]


def test_a_warning_is_told_but_does_not_fail(tmp_path: Path) -> None:
    file = tmp_path / "deskgate.toml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8").replace("reviewed = 2026-11-01", "reviewed = 2020-11-01"))
    result = run(check, "--config", file)
    assert result.exit_code == 0
    assert result.stderr.count("warning: ") == 2
    assert result.stdout.splitlines() == [f"{file}: all is well (2 teams, 3 aliases, 2 rules, 2 examples)"]
    assert len(json.loads(run(check, "--config", file, "--json").stdout)["warnings"]) == 2


def test_a_template_of_ones_own_that_cannot_be_used_is_a_problem_with_file_and_line(tmp_path: Path) -> None:
    own = tmp_path / "texts/mail/en/acknowledgement.txt"
    own.parent.mkdir(parents=True)
    own.write_text("Subject: We have it\n\nHello {{ persn.name }}\n")
    file = tmp_path / "deskgate.toml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8") + '\n[templates]\nfolder = "texts"\n')
    result = run(check, "--config", file, "--json")
    assert result.exit_code == 78
    [problem] = json.loads(result.stdout)["problems"]
    assert (problem["file"], problem["line"]) == (str(own), 3)
    assert "persn" in problem["message"]


def test_on_a_terminal_problems_are_coloured_and_elsewhere_they_are_not() -> None:
    command = [sys.executable, "-m", "gateway", "check", "--config", str(BAD)]
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    environment.pop("NO_COLOR", None)
    ours, theirs = pty.openpty()
    subprocess.run(
        command, stdout=theirs, stderr=subprocess.DEVNULL, env=environment, check=False, cwd=ROOT, timeout=60
    )
    os.close(theirs)
    assert b"\x1b[1m" in os.read(ours, 10_000)
    os.close(ours)
    plain = subprocess.run(command, capture_output=True, env=environment, check=False, cwd=ROOT, timeout=60)
    assert b"\x1b" not in plain.stdout + plain.stderr


# ---------------------------------------------------------------------------------- the mail server's aliases

ALIASES = r"""
# aliases(5)
postmaster: root
It:   "|/usr/bin/deskgate deliver --config /etc/deskgate.toml --to it@acme.example"
helpdesk:it
hr: otto,
    # a remark
    "|/opt/my\ desk/deskgate deliver --to=hr@acme.example --from \"$SENDER\"", ines
"""


def problems_with(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "aliases"
    file.write_text(text)
    desk = load(EXAMPLE).desk
    return [f"{p.line}: {p.message}{p.hint}".replace(str(tmp_path), "") for p in alias_problems([file], desk)]


def test_an_alias_file_is_read_with_its_quotes_remarks_and_lines_that_go_on() -> None:
    assert list(entries_of("f", ALIASES)) == [
        Entry("f", 3, "postmaster", ("root",)),
        Entry("f", 4, "it", ("|/usr/bin/deskgate deliver --config /etc/deskgate.toml --to it@acme.example",)),
        Entry("f", 5, "helpdesk", ("it",)),
        Entry("f", 6, "hr", ("otto", '|/opt/my\\ desk/deskgate deliver --to=hr@acme.example --from "$SENDER"', "ines")),
    ]


def test_nothing_is_told_when_the_mail_server_hands_everything_over(tmp_path: Path) -> None:
    assert problems_with(tmp_path, ALIASES) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            ALIASES.replace("helpdesk:it\n", ""),
            '0: mail to helpdesk@acme.example is not handed to Deskgate; add the line helpdesk: "|deskgate deliver --to '
            'helpdesk@acme.example"',
        ),
        (
            ALIASES.replace("helpdesk:it", "helpdesk: otto"),
            "5: mail to helpdesk@acme.example goes to otto and not to deskgate deliver --to helpdesk@acme.example",
        ),
        (
            ALIASES.replace("helpdesk:it", "helpdesk: hr"),
            '5: mail to helpdesk@acme.example (team "it") is handed over as hr@acme.example (team "hr")',
        ),
        (
            ALIASES + "old: |deskgate deliver --to itt@acme.example\n",
            '9: hands mail to Deskgate for "itt@acme.example", which no team has as an alias; did you mean '
            '"it@acme.example"?',
        ),
        (ALIASES + "old: |deskgate deliver\n", "9: deskgate deliver does not say for whom: add --to and the alias"),
    ],
)
def test_what_the_mail_server_and_deskgate_do_not_agree_on_is_told(tmp_path: Path, text: str, told: str) -> None:
    assert problems_with(tmp_path, text) == [told]


def test_names_that_lead_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    told = problems_with(tmp_path, ALIASES.replace("helpdesk:it", "helpdesk: a\na: b, helpdesk\nb: a"))
    assert [line.partition(" goes")[0] for line in told] == ["5: mail to helpdesk@acme.example"]


def test_several_alias_files_are_read_together(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text(ALIASES.replace("helpdesk:it\n", ""))
    second.write_text("helpdesk: it\n")
    for arguments in (("--aliases", first, "--aliases", second), ("--aliases", first, second)):
        assert run(check, "--config", EXAMPLE, *arguments).exit_code == 0
    assert run(check, "--config", EXAMPLE, "--aliases", first).exit_code == 78


def test_a_file_without_an_option_is_wrong_usage() -> None:
    assert run(check, EXAMPLE).exit_code == 2


# ---------------------------------------------------------------------------------- schema and init


def test_the_schema_is_printed_as_json() -> None:
    result = run(schema)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["title"] == "Deskgate"


NEEDED = ("--site", "Acme", "--alias", "it@acme.example", "--member", "maria@acme.example")


def test_init_writes_a_configuration_that_passes_check_without_asking_anything(tmp_path: Path) -> None:
    result = run(init, tmp_path / "new", *NEEDED)
    assert result.exit_code == 0, result.output
    file = tmp_path / "new/deskgate.toml"
    assert run(check, "--config", file).exit_code == 0
    assert file.read_text(encoding="utf-8").startswith("#:schema ./deskgate.schema.json\n")
    assert json.loads((tmp_path / "new/deskgate.schema.json").read_text(encoding="utf-8"))["title"] == "Deskgate"
    desk = load(file).desk
    assert (desk.site.name, desk.site.tag, desk.site.admins) == ("Acme", "ACME", ("maria@acme.example",))
    assert desk.teams["it"].members == ("maria@acme.example",)


def test_every_answer_has_an_option_and_odd_texts_arrive_whole(tmp_path: Path) -> None:
    odd = 'Ac"me \\ {x} Zürich'
    answers = {
        "--site": odd, "--timezone": "Europe/Zurich", "--tag": "AZ", "--team": "Help 'n' more",
        "--admin": "root@acme.example", "--helps-with": odd, "--meet": odd, "--days": "mon-thu",
        "--times": "08:00-12:00, 13:00-17:00", "--first-reply": "2d",
    }  # fmt: skip
    flags = [word for pair in answers.items() for word in pair]
    people = (
        "--alias",
        "IT.Help@acme.example",
        "--alias",
        "it@acme.example",
        "--member",
        "a@acme.example",
        "--member",
        "b@acme.example",
    )
    result = run(init, tmp_path, *flags, *people)
    assert result.exit_code == 0, result.output
    desk = load(tmp_path / "deskgate.toml").desk
    team = desk.teams["it-help"]
    assert (desk.site.name, desk.site.zone, desk.site.tag, desk.site.admins) == (
        odd,
        "Europe/Zurich",
        "AZ",
        ("root@acme.example",),
    )
    assert (team.name, team.helps_with, team.meet) == ("Help 'n' more", odd, odd)
    assert team.aliases == ("IT.Help@acme.example", "it@acme.example")
    assert team.members == ("a@acme.example", "b@acme.example")
    assert team.hours.week == dict.fromkeys(range(4), ((480, 720), (780, 1020)))
    assert str(team.turnaround.first_reply["normal"]) == "2d"


def test_init_never_replaces_a_configuration_unless_told_to(tmp_path: Path) -> None:
    file = tmp_path / "deskgate.toml"
    file.write_text("precious\n")
    result = run(init, tmp_path, *NEEDED)
    assert isinstance(result.exception, Complaint)
    assert "--force" in str(result.exception)
    assert file.read_text() == "precious\n"
    assert run(init, tmp_path, *NEEDED, "--force").exit_code == 0
    assert load(file).desk.site.name == "Acme"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deskgate.schema.json", "deskgate.toml"]


def test_where_nobody_can_be_asked_a_missing_answer_names_its_option() -> None:
    result = run(init, "--site", "Acme")
    assert result.exit_code == 2
    assert "--alias is needed" in result.stderr


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--alias", "it", "no @"),
        ("--timezone", "Berlin", "did you mean Europe/Berlin?"),
        ("--tag", "acme", "capital letters"),
        ("--times", "9-17", "09:00-17:30"),
        ("--days", "mon-fry", "did you mean fri?"),
        ("--first-reply", "soon", "8h"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused_with_the_right_way(
    tmp_path: Path, option: str, value: str, told: str
) -> None:
    result = run(init, tmp_path, *NEEDED, option, value)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_answers_that_do_not_go_together_leave_nothing_behind(tmp_path: Path) -> None:
    result = run(init, tmp_path, "--site", "Acme", "--alias", "it@acme.example", "--member", "it@acme.example")
    assert isinstance(result.exception, Complaint)
    assert "alias" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_init_asks_and_takes_the_offered_answers(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "gateway", "init", str(tmp_path)]
    process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT)
    os.write(ours, b"Acme\nit\nit@acme.example\nmaria@acme.example, otto@acme.example\n" + b"\n" * 9)
    _, told = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, told
    assert b"there is no @ in it" in told
    assert tomllib.loads((tmp_path / "deskgate.toml").read_text())["teams"]["it"]["members"] == [
        "maria@acme.example",
        "otto@acme.example",
    ]


@pytest.mark.parametrize(
    ("site", "tag"),
    [
        ("Acme Ltd", "ACME"),
        ("3M Desk", "DESK"),
        ("Zürich Versicherung", "ZRICH"),
        ("日本", "DESK"),
        ("Internationalisation", "INTERNAT"),
    ],
)
def test_a_tag_is_suggested_out_of_the_name(site: str, tag: str) -> None:
    assert suggested_tag(site) == tag
