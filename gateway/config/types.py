"""The types of single settings: a text that is parsed into a value, one text or a list of them.

They tie the functions of `config_values` to pydantic, so that a model can say ``Size`` and hold bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from annotated_types import Ge
from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from gateway.config import values
from gateway.config.settings import After
from routing.hours import Shift
from routing.promise import Duration

OURS = "deskgate"
"""The error type of checks whose words are already those for the administrator."""


@dataclass(frozen=True, slots=True)
class Written:
    """For a value that is written as a text: `parse` turns the text into the value or raises `values.Wrong`."""

    parse: Callable[[str], object]
    pattern: str | None = None
    format: str | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """A text first, then our own check of it."""
        return core_schema.no_info_after_validator_function(self._parsed, core_schema.str_schema(strict=True))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """A string, with the pattern for editors."""
        hints = {"pattern": self.pattern, "format": self.format}
        return {"type": "string", **{name: hint for name, hint in hints.items() if hint}}

    def _parsed(self, text: str) -> object:
        try:
            return self.parse(text)
        except values.Wrong as wrong:
            raise PydanticCustomError(OURS, "{words}", {"words": str(wrong), "hint": wrong.suggestion}) from wrong


@dataclass(frozen=True, slots=True)
class OneOrMore:
    """A list of texts that may also be written as one text without brackets."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Put a lone text into a list before the list is checked."""
        return core_schema.no_info_before_validator_function(_in_list, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """One item, or a list of them."""
        listed = handler(schema)
        return {"anyOf": [listed["items"], listed]}


def _in_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


SIZE = r"^\d+ *[KMG]?B$"

Words = Annotated[str, Written(values.words)]
Paragraph = Annotated[str, Written(values.paragraph)]
Mailbox = Annotated[str, Written(values.mailbox, format="email")]
Domain = Annotated[str, Written(values.domain)]
Zone = Annotated[str, Written(values.zone)]
Language = Annotated[str, Written(values.language)]
Key = Annotated[str, Written(values.key, pattern="^[a-z0-9][a-z0-9_-]{0,39}$")]
Days = Annotated[str, Written(values.checked(values.days))]
Times = Annotated[Shift, Written(values.shift, pattern=r"^\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}$")]
Turnaround = Annotated[Duration, Written(values.duration)]
Span = Annotated[timedelta, Written(values.span)]
SomeTime = Annotated[timedelta, Written(values.some_time)]
Size = Annotated[int, Written(values.size, pattern=SIZE)]
LineSize = Annotated[int, Written(values.size_from("1KB"), pattern=SIZE)]
MailSize = Annotated[int, Written(values.size_from("64KB"), pattern=SIZE)]
ReaderSize = Annotated[int, Written(values.size_from("128MB"), pattern=SIZE)]
WhatAfter = Annotated[After, Written(values.after, pattern=r"^(move:.+|delete:\d+ days?|flag|leave)$")]
Count = Annotated[int, Ge(1)]


def written(parse: Callable[[str], Any], text: str, description: str) -> Any:
    """A field with a default that is written as a text."""
    return Field(parse(text), description=description, json_schema_extra={"default": text})
