"""How values become columns: moments, texts, keys and small lists, the same on SQLite and on PostgreSQL.

A text that a database would refuse (NUL, a lone surrogate, a key too long for an index) is made storable here, once, so
that no sender can keep a mail from being stored by what it contains.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_KEY = 300
"""Characters of an indexed text.  PostgreSQL refuses index rows over 2,704 bytes; a character has at most four."""
_DAY = 86_400_000_000
_SECOND = 1_000_000


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970, exact.  A moment without zone is an error, never a guess."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone: moments in the store are aware")
    passed = moment - EPOCH
    return passed.days * _DAY + passed.seconds * _SECOND + passed.microseconds


def from_micros(micros: int) -> datetime:
    """The moment in UTC."""
    return EPOCH + timedelta(microseconds=micros)


def storable(text: str) -> str:
    """The text with NUL and lone surrogates as U+FFFD: PostgreSQL refuses the first, both refuse the second."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def as_key(text: str) -> str:
    """A storable text of bounded length that is equal exactly when the whole texts are."""
    text = storable(text)
    if len(text) <= LONGEST_KEY:
        return text
    return f"{text[:200]}~{sha256(text.encode()).hexdigest()}"


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as whole microseconds since 1970 and read as UTC: it orders and compares exactly."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else from_micros(value)


class Words(TypeDecorator[str]):
    """Any text, made storable."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else storable(value)


class Key(TypeDecorator[str]):
    """A text that is looked up: storable and of bounded length, in columns and in questions alike."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else as_key(value)


class Strings(TypeDecorator[tuple[str, ...]]):
    """A short list of texts, kept as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if not value:
            return None if value is None else "[]"
        return json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:  # noqa: ARG002
        return tuple(json.loads(value)) if value and value != "[]" else ()


class Pairs(TypeDecorator[Mapping[str, str]]):
    """A few names with their texts, kept as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, str] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if not value:
            return None if value is None else "{}"
        return json.dumps(dict(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Mapping[str, str]:  # noqa: ARG002
        return dict(json.loads(value)) if value and value != "{}" else {}
