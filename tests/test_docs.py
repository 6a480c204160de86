"""The pages tell the truth: the commands, options, rules, events, files and links in them exist, and none is missing.

Settings are held to docs/configuration.md by test_config_docs, template values to docs/templates.md by
unit/test_templates_documented.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway.cli import COMMANDS, cli
from gateway.cli.parse import CUTS
from gateway.delivery.schedule import GIVE_UP_AFTER, PAUSES
from gateway.sources.pipe import Exit
from parsers.as_json import as_json
from parsers.bouncecodes import PRECISE, VAGUE
from parsers.bouncephrases import GENERAL, PHRASES
from parsers.bouncewords import SENTENCES
from parsers.message import Kind
from parsers.parse import parse
from parsers.reply import WHY
from routing.conditions import CONDITIONS
from store.crashpoints import NAMES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
ROOMS = ("gateway", "parsers", "routing", "templates", "store")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]

DESK = """
[site]
name = "Acme"
timezone = "Europe/London"
tag = "ACME"
domain = "desk.acme.example"
admins = ["root@acme.example"]
[[receive.lmtp]]
listen = "127.0.0.1:0"
[send]
maildir = "outgoing"
[hours.office]
week = { mon-fri = ["09:00-17:00"] }
[teams.it]
name = "IT"
aliases = ["it@acme.example", "helpdesk@acme.example"]
hours = "office"
helps_with = "computers"
meet = "Reply."
members = ["maria@acme.example"]
[teams.it.turnaround]
first_reply = { normal = "8h", urgent = "30m" }
[teams.hr]
name = "HR"
aliases = ["hr@acme.example"]
hours = "office"
helps_with = "pay"
meet = "Reply."
members = ["ines@acme.example"]
[teams.hr.turnaround]
first_reply = { normal = "2d" }
"""


def page_name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def headings(text: str) -> Iterator[tuple[int, str]]:
    """(level, words) of every heading outside fenced blocks."""
    for line in re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE).splitlines():
        if found := re.match(r"(#+) (.+)", line):
            yield len(found[1]), found[2]


def fences(text: str, language: str) -> list[str]:
    """The fenced blocks in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def code_pieces(text: str) -> Iterator[str]:
    """Every line of shell blocks and indented blocks, and every piece of code within a sentence."""
    for block in fences(text, "sh"):
        yield from block.splitlines()
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    yield from (line for line in prose.splitlines() if re.match(r" {4,}\S", line))
    yield from re.findall(r"`([^`]+)`", re.sub(r"^ {4,}\S.*$", "", prose, flags=re.MULTILINE))


# ------------------------------------------------------------------------------------------------ commands


def walk(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it, with full names."""
    yield name, command
    if isinstance(command, click.Group):
        for below in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), below)
            assert found is not None
            yield from walk(found, f"{name} {below}")


TREE = [(name, command) for name, command in walk(cli, "deskgate") if name != "deskgate"]


@cache
def sections() -> dict[str, str]:
    """Heading to its text in docs/commands.md."""
    parts = re.split(r"^#{2,3} (.+)$", (DOCS / "commands.md").read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize(("name", "command"), TREE, ids=[name for name, _ in TREE])
def test_every_command_is_described_with_its_options_an_example_and_how_it_ends(
    name: str, command: click.Command
) -> None:
    text = sections()[name]
    options = [part for part in command.params if isinstance(part, click.Option)]
    missing = [flag for one in options for flag in (*one.opts, *one.secondary_opts) if f"`{flag}" not in text]
    assert missing == []
    if not isinstance(command, click.Group):
        assert re.search(rf"^ {{4,}}{name}\b", text, re.MULTILINE), "an example"
    group = name.rpartition(" ")[0]
    assert re.search(r"nds? with (0|\d)|exit code", text + sections().get(group, ""), re.IGNORECASE)


def test_no_command_is_described_that_does_not_exist() -> None:
    assert set(sections()) == {name for name, _ in TREE}
    assert set(COMMANDS) == {name.split()[1] for name in sections()}


def test_no_option_is_described_that_does_not_exist() -> None:
    for name, command in TREE:
        known = {flag for one in command.params for flag in (*one.opts, *one.secondary_opts)}
        own_lines = [line for line in sections()[name].splitlines() if line.startswith("- `--")]
        assert set(re.findall(r"`(--[a-z-]+)", "\n".join(own_lines))) <= known, name


def test_every_exit_code_for_mail_servers_is_described() -> None:
    text = sections()["deskgate deliver"]
    assert [code for code in Exit if not re.search(rf"\b{int(code)}\b", text)] == []


def called(piece: str) -> Iterator[list[str]]:
    """The arguments of every call of deskgate in a piece of code; placeholders in capitals are no calls."""
    for found in re.finditer(r"(?<![\w.-])(?<!-u )deskgate(?= [a-z])", piece):
        rest = piece[found.end() :]
        try:
            words = shlex.split(rest, comments=True)
        except ValueError:  # the call itself stands in quotes
            words = shlex.split(rest.rpartition('"')[0], comments=True)
        yield list(takewhile(lambda word: not re.match(r"[|<>;&…]|\$@", word), words))


CALLS = [
    (page_name(page), words)
    for page in PAGES
    for piece in code_pieces(page.read_text("utf-8"))
    for words in called(piece)
]


@pytest.mark.parametrize(("page", "words"), CALLS, ids=[f"{page}: {' '.join(words)[:60]}" for page, words in CALLS])
def test_every_command_line_shown_is_one_that_deskgate_takes(page: str, words: list[str]) -> None:
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"{page}: deskgate has no {words[0]}"
        command, words = found, words[1:]
    context = click.Context(command)
    given, left, _ = command.make_parser(context).parse_args(args=list(words))
    assert left == [], f"{page}: too many words"
    for part in command.params:
        value = given.get(part.name or "")
        if isinstance(part.type, click.Choice) and isinstance(value, str):
            part.type.convert(value, part, context)


def test_the_pages_show_many_command_lines() -> None:
    assert len(CALLS) > 80, "if the pattern finds no calls, the test above proves nothing"


# ------------------------------------------------------------------------------------------------ rules

RULES_PAGE = (DOCS / "rules.md").read_text("utf-8")
RECIPES = [block for block in fences(RULES_PAGE, "toml") if "[[rules]]" in block]


def checked(folder: Path, rules: str) -> tuple[int, str]:
    """What `deskgate check` says of a small desk with these rules."""
    file = folder / "deskgate.toml"
    file.write_text(DESK + rules, encoding="utf-8")
    done = CliRunner().invoke(cli, ["check", "--config", str(file)])
    return done.exit_code, done.stdout


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_condition_and_each_of_its_operators_is_described(name: str) -> None:
    rows = "\n".join(re.findall(rf"^\| `{name}\b.*$", RULES_PAGE, re.MULTILINE))
    assert rows
    for operator in CONDITIONS[name].operators:
        assert re.search(rf"`(?:{name}[^`]*\.)?{operator}`", rows), f"{name}.{operator}"


def test_every_kind_of_mail_is_named() -> None:
    assert [kind.value for kind in Kind if f"`{kind.value}`" not in RULES_PAGE] == []


def test_every_key_that_parse_prints_and_every_kind_is_explained_on_the_page_about_reading() -> None:
    page = (DOCS / "reading.md").read_text("utf-8")
    described = {
        name for row in re.findall(r"^\| (`[^|]*) \|", page, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)
    }
    keys = {"file", *as_json(parse(b"From: ann@example.org\r\n\r\nhello"))}
    assert keys | {kind.value for kind in Kind} <= described


def test_every_reason_of_a_bounce_and_every_reason_of_a_cut_is_explained() -> None:
    page = (DOCS / "reading.md").read_text("utf-8")
    rows = re.findall(r"^\| (\w+) \| [^|]+ \|$", page, re.MULTILINE)
    assert [one for one in rows if one in SENTENCES] == list(SENTENCES)
    told = {reason for reason, _ in (*PHRASES, *GENERAL)} | {*PRECISE.values(), *VAGUE.values()}
    assert told <= SENTENCES.keys()
    assert [why for why in CUTS if f"`{why}`" not in page] == []
    assert {why for why in WHY.values() if why != "divider"} <= CUTS.keys()


def test_the_recipes_use_every_condition() -> None:
    used = {name for block in RECIPES for rule in tomllib.loads(block)["rules"] for name in rule["when"]}
    assert set(CONDITIONS) == used


@pytest.mark.parametrize("recipe", RECIPES, ids=[tomllib.loads(block)["rules"][0]["name"] for block in RECIPES])
def test_every_recipe_works_and_its_examples_come_out_as_it_says(tmp_path: Path, recipe: str) -> None:
    rules = tomllib.loads(recipe)["rules"]
    examples = sum(len(rule.get("examples", [])) for rule in rules)
    code, said = checked(tmp_path, recipe)
    assert (code, f"{examples} example" in said) == (0, True), said
    assert examples


def test_a_failing_example_is_told_as_the_page_shows_it(tmp_path: Path) -> None:
    code, said = checked(tmp_path, RECIPES[0].replace('expect = { team = "hr", tags', 'expect = { team = "it", tags'))
    (shown,) = re.findall(r"^deskgate\.toml:\d+:\d+: (rules.*)$", RULES_PAGE, re.MULTILINE)
    assert code == 78
    assert said.rstrip().endswith(shown)


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_piece_of_toml_is_toml(page: Path) -> None:
    for block in fences(page.read_text("utf-8"), "toml"):
        assert tomllib.loads(block) or all(line.lstrip().startswith("#") for line in block.split("\n") if line.strip())


def test_the_pages_show_many_pieces_of_toml() -> None:
    assert sum(len(list(fences(page.read_text("utf-8"), "toml"))) for page in PAGES) >= 8


# ------------------------------------------------------------------------------------------------ the daemon


def sources() -> Iterator[str]:
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            yield file.read_text("utf-8")


def test_the_crash_table_names_every_crash_point_that_the_code_passes_and_no_other() -> None:
    passed = {name for text in sources() for name in re.findall(r'\bpoint\("([a-z0-9_.]+)"\)', text)}
    rows = [line for line in (DOCS / "trip.md").read_text("utf-8").splitlines() if line.startswith("|")]
    told = {name for row in rows for name in re.findall(r"`([a-z][a-z0-9]*\.[a-z0-9_]+)`", row)} & set(NAMES)
    assert passed <= set(NAMES)
    assert told == passed


def test_every_event_of_the_log_that_is_described_exists() -> None:
    text = (DOCS / "operations.md").read_text("utf-8")
    table = text[text.index("| `event` | when") :].partition("\n\n")[0]
    events = {name for row in table.splitlines()[2:] for name in re.findall(r"`([^`]+)`", row.split("|")[1])}
    known = {name for text in sources() for name in re.findall(r'\blog\.\w+\(\s*"([^"]+)"', text)}
    assert events >= {"accepted", "filed", "sent", "not sent", "promise missed"}
    assert events - known == set()


def test_the_rhythm_of_the_outbox_is_told_as_it_is() -> None:
    text = " ".join((DOCS / "operations.md").read_text("utf-8").split())
    first, last = [str(int(pause.total_seconds() // 60)) for pause in PAUSES[:-1]], PAUSES[-1]
    assert f"{', '.join(first)} and {int(last.total_seconds() // 60)} minutes, then every hour" in text
    assert f"{GIVE_UP_AFTER.days} days" in text


def test_the_schema_in_the_repository_is_that_of_this_program() -> None:
    printed = CliRunner().invoke(cli, ["schema"]).stdout
    assert (ROOT / "deskgate.schema.json").read_text("utf-8") == printed, "write it anew with: make schema"


# ------------------------------------------------------------------------------------------------ links, files, targets


def anchor(heading: str) -> str:
    """A heading's anchor as forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, place = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page.name}: {target}"
        if place:
            assert place in {anchor(words) for _, words in headings(file.read_text("utf-8"))}, f"{page.name}: {target}"


def test_the_readme_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\(([^)#\s]+)", (ROOT / "README.md").read_text("utf-8")))
    assert {page_name(page) for page in PAGES} - linked == {"README.md"}


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    """Paths below our folders, and bare names of Python files and pages; words in capitals stand for a name."""
    anywhere = {file.name for folder in (*ROOMS, "tests", "docs", "bench") for file in (ROOT / folder).rglob("*.*")}
    words = {word for piece in code_pieces(page.read_text("utf-8")) for word in re.split(r"[\s,;:\"'=()]+", piece)}
    below = re.compile(rf"(?:{'|'.join((*ROOMS, 'tests', 'docs', 'bench'))})/[a-z0-9_./-]*")
    gone = [word for word in words if below.fullmatch(word) and not (ROOT / word).exists()]
    gone += [word for word in words if re.fullmatch(r"[a-z_]+\.(?:py|md)", word) and word not in anywhere]
    assert gone == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {
        target
        for page in PAGES
        for piece in code_pieces(page.read_text("utf-8"))
        for target in re.findall(r"(?:^|&& |\s)make ([a-z]+)", piece)
    }
    assert {"run", "test"} <= named <= targets
