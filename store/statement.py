"""A Core statement, compiled once per database and from then on handed straight to the driver.

SQLAlchemy writes the SQL and converts the values, both learned at the first use; its machinery round each execution,
which costs several times SQLite's own work on a row, is left out.  Transactions and the pool of connections stay its.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Delete,
    Dialect,
    Float,
    Insert,
    Numeric,
    SelectBase,
    Text,
    Update,
    bindparam,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NULLTYPE, TypeDecorator, TypeEngine

from store.database import Tx

Row = tuple[Any, ...]
Convert = Callable[[Any], Any]
Core = SelectBase | Insert | Update | Delete
Values = Mapping[str, Any]
NONE: Values = {}


class Cursor(Protocol):
    """What the drivers of both databases give back."""

    rowcount: int

    def execute(self, sql: str, values: Sequence[Any], /) -> Any: ...
    def executemany(self, sql: str, rows: Sequence[Sequence[Any]], /) -> Any: ...
    def fetchall(self) -> list[Row]: ...


class ManyResults(Cursor, Protocol):
    """psycopg's cursor, which keeps what each row of `executemany` gave back."""

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]], /, *, returning: bool = False) -> Any: ...
    def nextset(self) -> bool | None: ...


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement in the words of one database.  `values` has what is the same at every use, and gaps for the rest."""

    sql: str
    values: tuple[Any, ...]
    gaps: tuple[tuple[int, str, Convert | None], ...]
    names: int
    readers: tuple[tuple[int, Convert], ...]

    def fill(self, given: Values) -> list[Any]:
        if len(given) != self.names:
            known = sorted({name for _position, name, _convert in self.gaps})
            raise TypeError(f"this statement takes {', '.join(known)}; given were {', '.join(given)}")
        values = list(self.values)
        for position, name, convert in self.gaps:
            value = given[name]
            values[position] = value if convert is None else convert(value)
        return values

    def read(self, rows: list[Row]) -> list[Row]:
        if not self.readers:
            return rows
        return [self._read(row) for row in rows]

    def _read(self, row: Row) -> Row:
        values = list(row)
        for position, convert in self.readers:
            values[position] = convert(values[position])
        return tuple(values)


class Statement:
    """One statement for both databases, or with `postgresql` one for each.

    `columns` are the columns an INSERT or UPDATE sets from values of the same name.  Every method takes exactly the
    statement's values by name, TypeError if not; errors of the driver become StoreErrors at the transaction's edge.
    """

    def __init__(self, core: Core, *columns: str, postgresql: Core | None = None) -> None:
        self._core = {"sqlite": core, "postgresql": core if postgresql is None else postgresql}
        self._columns = columns
        self._ready: dict[str, _Ready] = {}

    def rows(self, tx: Tx, values: Values = NONE) -> list[Row]:
        """Every row."""
        ready, cursor = self._run(tx, values)
        return ready.read(cursor.fetchall())

    def row(self, tx: Tx, values: Values = NONE) -> Row | None:
        """The first row, or None."""
        ready, cursor = self._run(tx, values)
        rows = ready.read(cursor.fetchall()[:1])
        return rows[0] if rows else None

    def value(self, tx: Tx, values: Values = NONE) -> Any:
        """The first column of the first row, or None."""
        row = self.row(tx, values)
        return None if row is None else row[0]

    def pairs(self, tx: Tx, values: Values = NONE) -> dict[Any, Any]:
        """The first column of every row, with the second."""
        return {row[0]: row[1] for row in self.rows(tx, values)}

    def run(self, tx: Tx, values: Values = NONE) -> int:
        """How many rows were written."""
        return self._run(tx, values)[1].rowcount

    def run_each(self, tx: Tx, rows: Sequence[Values]) -> None:
        """Run for every row."""
        ready, cursor = self._open(tx)
        if len(rows) == 1:
            cursor.execute(ready.sql, ready.fill(rows[0]))
        else:
            cursor.executemany(ready.sql, [ready.fill(row) for row in rows])

    def value_of_each(self, tx: Tx, rows: Sequence[Values]) -> list[Any]:
        """Run for every row; the value that each gives back, in order."""
        ready, cursor = self._open(tx)
        found: list[Row] = []
        if tx.dialect.name == "postgresql" and len(rows) > 1:  # all in one exchange with the server
            several = cast(ManyResults, cursor)
            several.executemany(ready.sql, [ready.fill(row) for row in rows], returning=True)
            found += several.fetchall()
            while several.nextset():
                found += several.fetchall()
        else:
            for row in rows:
                cursor.execute(ready.sql, ready.fill(row))
                found += cursor.fetchall()
        return [row[0] for row in ready.read(found)]

    def _run(self, tx: Tx, values: Values) -> tuple[_Ready, Cursor]:
        ready, cursor = self._open(tx)
        cursor.execute(ready.sql, ready.fill(values))
        return ready, cursor

    def _open(self, tx: Tx) -> tuple[_Ready, Cursor]:
        dialect = tx.dialect
        ready = self._ready.get(dialect.name)
        if ready is None:  # two threads may both compile it, to the same end
            ready = self._ready[dialect.name] = _compile(self._core[dialect.name], self._columns, dialect)
        return ready, cast(Cursor, tx.connection.cursor())


def _compile(core: Core, columns: Sequence[str], dialect: Dialect) -> _Ready:
    compiled = core.compile(dialect=dialect, column_keys=list(columns))
    assert compiled.positiontup is not None, "both drivers count their parameters"
    values: list[Any] = []
    gaps: list[tuple[int, str, Convert | None]] = []
    for position, name in enumerate(compiled.positiontup):
        bind = compiled.binds[name]
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if bind.required or name in columns:
            gaps.append((position, name, convert))
            values.append(None)
        else:
            values.append(bind.value if convert is None else convert(bind.value))
    types: list[TypeEngine[Any]] = [column.type for column in core.exported_columns]
    readers = [
        (position, kind.dialect_impl(dialect).result_processor(dialect, None))
        for position, kind in enumerate(types)
        if not isinstance(kind, (Float, Numeric))  # both drivers give numbers as numbers
    ]
    return _Ready(
        str(compiled),
        tuple(values),
        tuple(gaps),
        len({name for _position, name, _convert in gaps}),
        tuple((position, read) for position, read in readers if read is not None),
    )


class Many(TypeDecorator[Sequence[Any]]):
    """Several values as one: JSON text on SQLite, an array on PostgreSQL."""

    impl = Text
    cache_ok = False

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item
        self._converts: dict[str, Convert | None] = {}  # by dialect: finding it takes longer than the conversion

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        impl: TypeEngine[Any] = Text() if dialect.name == "sqlite" else ARRAY(self.item.dialect_impl(dialect))
        return dialect.type_descriptor(impl)

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        if dialect.name not in self._converts:
            self._converts[dialect.name] = self.item.dialect_impl(dialect).bind_processor(dialect)
        convert = self._converts[dialect.name]
        values = list(value or ()) if convert is None else [convert(item) for item in value or ()]
        return json.dumps(values) if dialect.name == "sqlite" else values


class Among(ColumnElement[bool]):
    """``column IN values`` as one parameter, so that the statement is the same for any number of values."""

    inherit_cache = False
    type = cast(TypeEngine[bool], NULLTYPE)  # a Boolean would be written "… = 1" for SQLite

    def __init__(self, column: Column[Any], name: str) -> None:
        self.column = column
        self.bind = bindparam(name, type_=Many(column.type))


@compiles(Among, "sqlite")
def _among_sqlite(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = compiler.process(element.column, **options), compiler.process(element.bind, **options)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - a name and a question mark


@compiles(Among, "postgresql")
def _among_postgresql(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = compiler.process(element.column, **options), compiler.process(element.bind, **options)
    return f"{column} = ANY ({values})"
