"""Every test of this folder that asks for `store` or `database` runs twice: on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from store.database import Database
from store.store import Store
from tests.helpers.servers import Server, server

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A private server for this run; quick (no fsync), but with the setting that Deskgate insists on."""
    with server("postgres", "set=synchronous_commit=on") as running:
        with psycopg.connect(running.text("url"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE prepared")
        _prepare(_url(running, "prepared"))
        yield running


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)


_NUMBERS = count(1)


@pytest.fixture
def new_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., str]:
    """Makes the URL of a database that holds nothing yet (or, `prepared`, its empty tables)."""

    def make(*, prepared: bool = False) -> str:
        number = next(_NUMBERS)
        if kind == "sqlite":
            url = f"sqlite:///{tmp_path}/var/{number}.db"
            if prepared:
                _prepare(url)
            return url
        running: Server = request.getfixturevalue("postgresql")
        name = f"t{number}"
        template = "TEMPLATE prepared STRATEGY file_copy" if prepared else ""
        with psycopg.connect(running.text("url"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} {template}")
        return _url(running, name)

    return make


@pytest.fixture
def url(new_url: Callable[..., str]) -> str:
    """A database with empty tables."""
    return new_url(prepared=True)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """… opened."""
    opened = Database(url, pool_size=8)
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database) -> Store:
    """… with its tables' classes."""
    return Store(database)


def _prepare(url: str) -> None:
    database = Database(url)
    database.prepare()
    database.close()


def _url(running: Server, name: str) -> str:
    return f"postgresql://{running.text('user')}:{running.text('password')}@127.0.0.1:{running.number('port')}/{name}"
