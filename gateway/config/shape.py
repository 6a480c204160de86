"""Which settings there are, and where: the models of the configuration read as a map.

Used to name the nearest valid setting in a message, to show examples, and to hold the documentation to the models.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.config.locate import Path
from gateway.config.models import Configuration
from gateway.config.section import Section

PLACEHOLDERS = {"hours": "NAME", "teams": "KEY"}
"""How sections that administrators name themselves are called in documentation."""


@dataclass(frozen=True, slots=True)
class Spot:
    """What belongs at a path: the type of the value, and its field (None for entries of lists and tables)."""

    annotation: object
    info: FieldInfo | None

    @property
    def model(self) -> type[Section] | None:
        """The section that stands here, if one does."""
        return self.annotation if isinstance(self.annotation, type) and issubclass(self.annotation, Section) else None

    @property
    def is_list(self) -> bool:
        """Whether a list belongs here."""
        return typing.get_origin(self.annotation) is list

    @property
    def is_table(self) -> bool:
        """Whether a table with names of the administrator's choice belongs here."""
        return typing.get_origin(self.annotation) is dict

    @property
    def choices(self) -> tuple[str, ...]:
        """The words one of which must stand here, if the choice is limited."""
        return typing.get_args(self.annotation) if typing.get_origin(self.annotation) is typing.Literal else ()

    @property
    def example(self) -> object | None:
        """A value to show, if the field has one."""
        return self.info.examples[0] if self.info and self.info.examples else None


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its section as documentation writes it (``teams.KEY``), its name and its field."""

    section: str
    name: str
    spot: Spot


def spot_at(path: Path) -> Spot | None:
    """What belongs at a path, or None where nothing does."""
    spot = Spot(Configuration, None)
    for part in path:
        inside = _inside(spot, part)
        if inside is None:
            return None
        spot = inside
    return spot


def names_at(path: Path) -> tuple[str, ...]:
    """The names that a section at this path may hold."""
    spot = spot_at(path)
    return tuple(_fields(spot.model)) if spot and spot.model else ()


def settings(spot: Spot | None = None, section: str = "") -> Iterator[Setting]:
    """Every setting there is, sections within sections included."""
    model = (spot or Spot(Configuration, None)).model
    for name, info in _fields(model).items() if model else ():
        here = Spot(_plain(info.annotation), info)
        inner = here
        path = f"{section}.{name}" if section else name
        if here.is_table or here.is_list:
            inner = Spot(_plain(typing.get_args(here.annotation)[-1]), None)
            path += f".{PLACEHOLDERS[name]}" if here.is_table and name in PLACEHOLDERS else ""
        if inner.model:
            yield from settings(inner, path)
        else:
            yield Setting(section, name, here)


def _inside(spot: Spot, part: str | int) -> Spot | None:
    if spot.model:
        info = _fields(spot.model).get(str(part))
        return Spot(_plain(info.annotation), info) if info else None
    if (spot.is_table and isinstance(part, str)) or (spot.is_list and isinstance(part, int)):
        return Spot(_plain(typing.get_args(spot.annotation)[-1]), None)
    return None


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _plain(annotation: object) -> object:
    """The type itself, without notes (Annotated) and without "or None"."""
    while True:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        elif origin in (types.UnionType, typing.Union):
            annotation = next(arg for arg in typing.get_args(annotation) if arg is not type(None))
        else:
            return annotation
