"""Columns, errors, statements, turns and crash points: the small parts on which the rest stands."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import bindparam, select

import store
from store.columns import LONGEST_KEY, as_key, from_micros, storable, to_micros
from store.crashpoints import NAMES, VARIABLE, killer
from store.database import Database
from store.errors import Conflict, Corrupt, Refused, StoreError, StoreUnavailable, translate
from store.schema import inbox
from store.statement import Statement
from store.turn import Turn


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - as it asks
def test_a_moment_is_stored_exactly_whatever_its_zone(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment.astimezone(UTC)


def test_moments_order_as_their_numbers_do_and_one_without_zone_is_refused() -> None:
    early = datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert to_micros(early) == -1
    assert to_micros(early.astimezone(timezone(timedelta(hours=9)))) == -1
    with pytest.raises(ValueError, match="time zone"):
        to_micros(early.replace(tzinfo=None))


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_can_be_stored(text: str) -> None:
    stored = storable(text)
    assert "\0" not in stored
    stored.encode()
    if "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text):
        assert stored == text


@given(st.text(min_size=LONGEST_KEY - 2, max_size=LONGEST_KEY + 20), st.text(max_size=3))
def test_keys_are_bounded_and_equal_only_when_the_texts_are(text: str, more: str) -> None:
    assert len(as_key(text).encode()) <= 4 * LONGEST_KEY
    assert (as_key(text) == as_key(text + more)) is (storable(text) == storable(text + more))


ERRORS = {
    "locked": (sqlite3.SQLITE_BUSY, StoreUnavailable),
    "disk full": (sqlite3.SQLITE_FULL, StoreUnavailable),
    "fsync failed": (sqlite3.SQLITE_IOERR_FSYNC, StoreUnavailable),
    "read-only": (sqlite3.SQLITE_READONLY, StoreUnavailable),
    "cannot open": (sqlite3.SQLITE_CANTOPEN, StoreUnavailable),
    "malformed": (sqlite3.SQLITE_CORRUPT, Corrupt),
    "malformed index": (sqlite3.SQLITE_CORRUPT_INDEX, Corrupt),
    "not a database": (sqlite3.SQLITE_NOTADB, Corrupt),
    "no such table": (sqlite3.SQLITE_ERROR, Refused),
}


@pytest.mark.parametrize(("code", "meaning"), ERRORS.values(), ids=ERRORS.keys())
def test_what_sqlite_says_gets_its_meaning(code: int, meaning: type[StoreError]) -> None:
    error = sqlite3.OperationalError("words")
    error.sqlite_errorcode = code
    assert type(translate(error)) is meaning
    assert "words" in str(translate(error))


SQLSTATES = {
    "08006": StoreUnavailable,
    "40001": StoreUnavailable,
    "40P01": StoreUnavailable,
    "53100": StoreUnavailable,
    "55P03": StoreUnavailable,
    "57P01": StoreUnavailable,
    "25006": StoreUnavailable,
    "23505": Conflict,
    "23503": Conflict,
    "XX001": Corrupt,
    "42P01": Refused,
    "22021": Refused,
}


@pytest.mark.parametrize(("state", "meaning"), SQLSTATES.items())
def test_what_postgresql_says_gets_its_meaning(state: str, meaning: type[StoreError]) -> None:
    class Said(Exception):
        sqlstate = state

    assert type(translate(Said("words"))) is meaning


def test_a_statement_takes_exactly_its_values(database: Database) -> None:
    statement = Statement(select(inbox.c.id).where(inbox.c.id == bindparam("row_id")))
    with database.reading() as tx:
        assert statement.rows(tx, {"row_id": 1}) == []
        assert statement.row(tx, {"row_id": 1}) is None
        for values in ({}, {"row_id": 1, "other": 2}):
            with pytest.raises(TypeError, match="row_id"):
                statement.rows(tx, values)
        with pytest.raises(KeyError):
            statement.rows(tx, {"other": 2})


def test_a_waiting_writer_is_served_before_one_who_comes_again_and_again() -> None:
    turn = Turn()
    served = threading.Event()
    rounds = 0

    def wait() -> None:
        with turn.taken():
            served.set()

    with turn.taken():
        thread = threading.Thread(target=wait)
        thread.start()
        while not turn._waiting:
            time.sleep(0.001)
        time.sleep(0.02)
    while not served.is_set() and rounds < 100_000:  # without a queue this thread would win nearly every time
        with turn.taken():
            rounds += 1
    thread.join()
    assert rounds <= 1


def test_a_writer_does_not_wait_for_ever_and_its_place_is_given_up() -> None:
    turn = Turn(longest=0.05)
    outcome: list[BaseException] = []

    def wait() -> None:
        try:
            with turn.taken():
                pass
        except StoreUnavailable as error:
            outcome.append(error)

    with turn.taken():
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
    assert len(outcome) == 1
    with turn.taken():
        pass


def test_turns_are_taken_by_one_thread_at_a_time() -> None:
    turn = Turn()
    inside: list[int] = []
    together: list[int] = []

    def work() -> None:
        for _ in range(200):
            with turn.taken():
                inside.append(1)
                together.append(len(inside))
                time.sleep(0)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(together) == 1000 and set(together) == {1}


def test_a_crash_point_kills_at_the_nth_passing_and_not_before() -> None:
    program = (
        "from store.crashpoints import point\n"
        "for n in range(5):\n"
        "    point('p2.after_commit'); point('w1.leased'); print(n, flush=True)\n"
    )
    table = {
        "w1.leased:3": (-signal.SIGKILL, "0\n1\n"),
        "o1.leased:1": (0, "0\n1\n2\n3\n4\n"),
        "": (0, "0\n1\n2\n3\n4\n"),
    }
    for wanted, (code, printed) in table.items():
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, VARIABLE: wanted},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stdout) == (code, printed)


@pytest.mark.parametrize(
    "wrong", ["nowhere:1", "w1.leased", "w1.leased:", "w1.leased:0", "w1.leased:-1", "w1.leased:x"]
)
def test_a_crash_that_could_never_happen_is_an_error_at_start(wrong: str) -> None:
    with pytest.raises(ValueError, match=re.escape(wrong)):
        killer({VARIABLE: wrong})
    assert killer({}) is None


def test_every_crash_point_that_the_program_passes_has_a_known_name() -> None:
    root = Path(str(store.__file__)).parent.parent
    passed = {
        name
        for room in ("store", "gateway")
        for file in (root / room).rglob("*.py")
        for name in re.findall(r'\bpoint\("([^"]+)"\)', file.read_text())
    }
    assert passed <= set(NAMES)
    assert {"raw.written", "raw.synced", "p2.before_commit", "p2.after_commit", "migrate.each"} <= passed
