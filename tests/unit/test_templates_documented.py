"""docs/templates.md names every text, every value and every filter: the build fails when one is missing, or too many."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from templates import context, renderer
from templates.filters import FILTERS
from templates.samples import sample_context

PAGE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `([^`]+)` \| (.+?) \|$", PAGE, re.MULTILINE))
"""First cell of every table row to the rest of the row."""

CALLED = {
    "site": context.SiteWords,
    "team": context.TeamWords,
    "day": context.ClosedDay,
    "other": context.Neighbour,
    "ticket": context.TicketWords,
    "person": context.PersonWords,
    "promise": context.PromiseWords,
    "mail": context.MailWords,
    "source": context.SourceWords,
    "one": context.HeldMailWords,
}


def values() -> set[str]:
    """``team.name`` and all the others, properties too, and the names that stand alone."""
    found = set(renderer._variables(sample_context(), "en")) - {"_budget"}
    for called, kind in CALLED.items():
        found |= {f"{called}.{field.name}" for field in fields(kind)}
        found |= {f"{called}.{name}" for name, value in vars(kind).items() if isinstance(value, property)}
    return found


@pytest.mark.parametrize("value", sorted(values()))
def test_every_value_is_described_with_an_example(value: str) -> None:
    assert value in ROWS, f"docs/templates.md does not describe {value}"
    if value != "measured":
        assert all(cell.strip() for cell in ROWS[value].split("|")), f"{value} has no example"


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_every_filter_is_described_with_an_example(name: str) -> None:
    assert f"| {name}" in ROWS[name].replace("\\", "") or f"{name}(" in ROWS[name]


@pytest.mark.parametrize("name", renderer.Renderer().names())
def test_every_text_is_described(name: str) -> None:
    assert name in ROWS


def test_nothing_is_described_that_does_not_exist() -> None:
    assert set(ROWS) == values() | set(FILTERS) | set(renderer.Renderer().names())


def test_every_field_of_the_context_can_be_used_in_a_text() -> None:
    names = {field.name for field in fields(context.Context)}
    assert names <= set(renderer._variables(sample_context(), "en"))


def test_every_class_of_values_is_described() -> None:
    classes = {value for name, value in vars(context).items() if name.endswith(("Words", "Day", "Neighbour"))}
    assert classes == set(CALLED.values())


def test_the_example_text_of_the_page_works(tmp_path: Path) -> None:
    source = re.search(r"^## What a text looks like\n\n((?:    .*\n|\n)+)", PAGE, re.MULTILINE)
    assert source
    path = tmp_path / "mail" / "en" / "own.txt"
    path.parent.mkdir(parents=True)
    path.write_text(re.sub(r"^    ", "", source[1], flags=re.MULTILINE), "utf-8")
    assert renderer.Renderer(str(tmp_path)).check("own") == ()
