"""Nothing about the configuration goes undescribed: docs/configuration.md and the JSON Schema know every setting."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import date
from operator import getitem
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter

from gateway.config.schema import schema
from gateway.config.shape import PLACEHOLDERS, Setting, settings
from gateway.config.words import toml
from routing.conditions import CONDITIONS

DOCS = Path(__file__).parent.parent / "docs/configuration.md"
SETTINGS = list(settings())


def documented() -> dict[tuple[str, str], tuple[str, str]]:
    """(section, setting) to (default, example) out of the tables of docs/configuration.md."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    section = ""
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ").strip("`[]") if "[" in line else ""
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `") and len(cells) == 4:
            found[section, cells[0].strip("`")] = (cells[1].strip("`"), cells[3].strip("` |"))
    return found


def default_of(setting: Setting) -> str:
    """A setting's default as documentation writes it."""
    info = setting.spot.info
    assert info is not None
    if info.is_required():
        return "needed"
    extra = info.json_schema_extra
    default = extra["default"] if isinstance(extra, dict) and "default" in extra else info.default
    return "-" if default in (None, [], {}) else toml(default)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: f"{s.section}.{s.name}")
def test_every_setting_is_documented_with_its_default_and_an_example(setting: Setting) -> None:
    default, example = documented()[setting.section, setting.name]
    assert default == default_of(setting)
    assert setting.name in tomllib.loads(example)
    assert setting.spot.info is not None
    assert setting.spot.info.description


def test_nothing_is_documented_that_does_not_exist() -> None:
    sections = {setting.section for setting in SETTINGS}
    known = {(setting.section, setting.name) for setting in SETTINGS}
    assert [row for row in documented() if row not in known and ".".join(row) not in sections] == []


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: f"{s.section}.{s.name}")
def test_the_examples_shown_for_settings_are_right_themselves(setting: Setting) -> None:
    info = setting.spot.info
    assert info is not None
    annotation: Any = getitem(Annotated, (info.annotation, "its own type", *info.metadata))
    for example in info.examples or ():
        value = date.fromisoformat(example) if setting.spot.annotation is date else example
        TypeAdapter(annotation).validate_python(value)


def test_the_schema_describes_every_setting_and_every_condition() -> None:
    found = json.loads(json.dumps(schema()))

    def resolved(node: dict[str, Any]) -> dict[str, Any]:
        node = found["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
        return resolved(node["items"]) if node.get("type") == "array" and "$ref" in node["items"] else node

    def described(node: dict[str, Any], path: str) -> Iterator[str]:
        for name, below in resolved(node).get("properties", {}).items():
            assert below.get("description") or resolved(below).get("description"), f"{path}.{name}"
            yield f"{path}.{name}".lstrip(".")
            yield from described(below, f"{path}.{name}")
        for inner in resolved(node).get("patternProperties", {}).values():
            if "$ref" in inner:
                yield from described(inner, f"{path}.{PLACEHOLDERS[path.rpartition('.')[2]]}")

    names = set(described(found, ""))
    assert {f"{s.section}.{s.name}".lstrip(".") for s in SETTINGS} <= names
    assert {f"rules.when.{name}" for name in CONDITIONS} <= names
    assert resolved(found["properties"]["site"])["additionalProperties"] is False, "unknown names are marked"
    assert '"type": "null"' not in json.dumps(found), "TOML has no null"
