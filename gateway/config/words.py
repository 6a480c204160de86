"""From pydantic's errors to sentences for an administrator.

One table says what each type of error means in plain words.  What is not in the table gets a sentence that is still
true; pydantic's own messages never come through.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gateway.config.files import Document
from gateway.config.locate import Path
from gateway.config.models import Configuration
from gateway.config.problems import Problem, described, dotted, listed, nearest, quoted
from gateway.config.shape import names_at, settings, spot_at
from gateway.config.types import OURS

SENTENCES: Mapping[str, str] = {
    # error type of pydantic: what to say; {given} is what was written, the other names are pydantic's own
    "string_type": "must be a text in quotes, not {given}",
    "string_too_short": "must not be empty",
    "int_type": "must be a whole number without quotes, not {given}",
    "int_from_float": "must be a whole number, not {given}",
    "bool_type": "must be true or false, without quotes, not {given}",
    "list_type": "must be a list in square brackets, not {given}",
    "dict_type": "must be a section with settings of its own, not {given}",
    "model_type": "must be a section with settings of its own, not {given}",
    "date_type": "must be a date without quotes, like 2026-11-01, not {given}",
    "too_short": "must have at least one entry",
    "greater_than_equal": "must be {ge} or more, not {given}",
    "less_than_equal": "must be {le} or less, not {given}",
}
OTHERWISE = "this value does not fit here"

ALSO_CALLED: Mapping[str, str] = {
    # names that people bring along from other programs, and ours
    "tz": "timezone",
    "address": "aliases",
    "addresses": "aliases",
    "email": "aliases",
    "emails": "aliases",
    "mail": "aliases",
    "agents": "members",
    "people": "members",
    "staff": "members",
    "users": "members",
    "manager": "lead",
    "sla": "turnaround",
    "server": "host",
    "hostname": "host",
    "username": "user",
    "login": "user",
    "database": "url",
    "path": "file",
    "holiday": "holidays",
    "departments": "teams",
    "queues": "teams",
    "calendar": "hours",
    "schedule": "week",
    "bind": "listen",
    "port": "listen",
    "secret": "password_file",
    "if": "when",
    "conditions": "when",
    "match": "when",
    "action": "then",
    "actions": "then",
    "tests": "examples",
}

NO_PASSWORDS = "passwords do not stand in the configuration; name a file or an environment variable that holds it"

STATEMENTS = ("helps_with", "hours", "meet", "turnaround")
"""What every team must state before it can go live."""


def shape_problems(document: Document) -> tuple[Configuration | None, list[Problem]]:
    """Check every value by itself: the configuration, or None and what is wrong."""
    try:
        return Configuration.model_validate(document.data), []
    except ValidationError as error:
        return None, [_problem(document, details) for details in error.errors(include_url=False)]


def _problem(document: Document, details: ErrorDetails) -> Problem:
    kind, path = details["type"], details["loc"]
    if kind == "missing":
        return document.problem(path, _missing(path), at_name=True)
    if kind == "extra_forbidden":
        message, suggestion = _unknown(path)
        return document.problem(path, message, suggestion, at_name=True)
    of_name = bool(path) and path[-1] == "[key]"
    path = path[:-1] if of_name else path
    message, suggestion = _sentence(path, details)
    return document.problem(path, message, suggestion, at_name=of_name)


def _sentence(path: Path, details: ErrorDetails) -> tuple[str, str | None]:
    """The words for a value of the wrong kind, and what was probably meant."""
    context = details.get("ctx", {})
    given = details["input"]
    if details["type"] == OURS:
        return context["words"], context["hint"]
    spot = spot_at(path)
    if spot and spot.choices:
        hint = nearest(given, spot.choices) if isinstance(given, str) else None
        return f"must be {listed(spot.choices)}, not {described(given)}", hint
    if brackets := _brackets(path, given):
        return brackets, None
    message = SENTENCES.get(details["type"], OTHERWISE).format_map({"given": described(given), **context})
    return message + _for_example(path), None


def _brackets(path: Path, given: object) -> str | None:
    """The frequent mix-up of [x] and [[x]]."""
    spot = spot_at(path)
    name = dotted(path)
    if spot and spot.is_list and isinstance(given, dict):
        return f"this may stand several times: write [[{name}]] with two brackets on each side, not [{name}]"
    if spot and spot.is_table and isinstance(given, list):
        return f"each of these has a name: write [{name}.NAME] with one bracket on each side, not [[{name}]]"
    if spot and spot.model and isinstance(given, list):
        return f"there is only one of these: write [{name}] with one bracket on each side, not [[{name}]]"
    return None


def _missing(path: Path) -> str:
    spot = spot_at(path)
    if spot is None or spot.info is None:
        return "missing"
    what = f"missing: {_lower(spot.info.description or '')}"
    if path[0] == "teams" and path[-1] in STATEMENTS:
        what = f"missing, and a team cannot go live without it: {_lower(spot.info.description or '')}"
    if spot.model or (spot.is_table and len(path) == 1):
        section = dotted(tuple(part for part in path if isinstance(part, str)))
        return f"{what}; write a section [{section}{'.NAME' if spot.is_table else ''}]"
    return what + _for_example(path)


def _unknown(path: Path) -> tuple[str, str | None]:
    """Words for a name that nothing is called, and the name that was meant."""
    name = str(path[-1])
    siblings = names_at(path[:-1])
    if name.lower() in ("password", "pass", "passwd") and "password_file" in siblings:
        return NO_PASSWORDS, "password_file"
    if name.lower() in ("secret", "client_secret", "refresh_token") and "secret_file" in siblings:
        return NO_PASSWORDS, "refresh_token_file" if "refresh" in name else "secret_file"
    if name == "include":
        return "include must stand at the very top of the file, above the first section", None
    also = ALSO_CALLED.get(name.lower())
    suggestion = nearest(name, siblings) or (also if also in siblings else None)
    homes = {setting.section for setting in settings() if setting.name == name and setting.section}
    where = f" in [{dotted(path[:-1])}]" if len(path) > 1 else ""
    message = f"there is no {'setting' if len(path) > 1 else 'section'} {quoted(name)}{where}"
    return (message if suggestion or len(homes) != 1 else f"{message}; it belongs into [{homes.pop()}]"), suggestion


def _for_example(path: Path) -> str:
    spot = spot_at(path)
    if spot is None or spot.example is None:
        return ""
    return f"; for example {path[-1]} = {toml(spot.example, as_date=spot.annotation is date)}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")


def toml(value: object, *, as_date: bool = False) -> str:
    """A value as TOML, on one line; `as_date` for a date that is given as a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or as_date:
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(toml(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{dotted((str(key),))} = {toml(item)}' for key, item in value.items())} }}"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
