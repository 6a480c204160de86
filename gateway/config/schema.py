"""The JSON Schema of the configuration: it lets an editor complete names, explain them and mark mistakes while typing.

It is made from the models and, for the conditions of rules, from the table in routing, so that it cannot fall behind.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.config.models import Configuration
from routing.conditions import CONDITIONS, Spec
from routing.operators import Operator

Schema = dict[str, object]

YES_OR_NO = "true or false"


def schema() -> Schema:
    """The schema as JSON values."""
    found = Configuration.model_json_schema(by_alias=True, mode="validation")
    simple = _without_null(found)
    assert isinstance(simple, dict), "a schema is a table"
    rule = simple["$defs"]["Rule"]["properties"]
    rule["when"] = {**_conditions(), "description": rule["when"]["description"]}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **simple,
        "title": "Deskgate",
        "description": "The configuration of Deskgate, deskgate.toml.",
    }


def _without_null(value: object) -> object:
    """TOML has no null: a setting that may be left out is one of its other kinds."""
    if isinstance(value, list):
        return [_without_null(item) for item in value]
    if not isinstance(value, dict):
        return value
    simple = {name: _without_null(item) for name, item in value.items() if not (name == "default" and item is None)}
    kinds = simple.get("anyOf")
    if isinstance(kinds, list) and {"type": "null"} in kinds:
        others = [kind for kind in kinds if kind != {"type": "null"}]
        del simple["anyOf"]
        return {**simple, **others[0]} if len(others) == 1 else {**simple, "anyOf": others}
    return simple


def _conditions() -> Schema:
    return _table({name: _condition(spec) for name, spec in CONDITIONS.items()})


def _condition(spec: Spec) -> Schema:
    """What may stand behind a condition's name."""
    if not spec.operators:
        return {"description": spec.help, **_operator(spec.asks[""])}
    operators = {name: {"description": ask.takes, **_operator(ask)} for name, ask in spec.asks.items()}
    asked = {**_table(operators), "minProperties": 1}
    if spec.named:
        return {"description": spec.help, "type": "object", "additionalProperties": asked, "minProperties": 1}
    return {"description": spec.help, **asked}


def _operator(ask: Operator[object]) -> Schema:
    if ask.takes == YES_OR_NO:
        return {"type": "boolean"}
    if not ask.listed:
        return {"type": ["string", "integer"]}
    return {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}


def _table(properties: Mapping[str, object]) -> Schema:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}
