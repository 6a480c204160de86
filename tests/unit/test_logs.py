"""Log lines: the same form for our events and those of libraries, one line each whatever a stranger wrote."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from gateway import logs


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Logging set up as in a daemon whose standard error is kept; gives the lines so far."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure(json=True)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_our_events_and_those_of_libraries_have_one_form(written: Callable[[], list[dict[str, Any]]]) -> None:
    structlog.get_logger("filing").info("filed", inbox_id=7)
    logging.getLogger("library").warning("careful with %s", "this")
    ours, theirs = written()
    assert {key: ours[key] for key in ("event", "logger", "level", "inbox_id")} == {
        "event": "filed", "logger": "filing", "level": "info", "inbox_id": 7,
    }  # fmt: skip
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("careful with this", "library", "warning")
    assert ours["timestamp"].endswith("Z")
    assert theirs["timestamp"].endswith("Z")


@pytest.mark.parametrize("end", ["\n", "\r", "\x85", "\u2028", "\x1b[2K", "\u202e", "\udc80"], ids=ascii)
def test_nobody_forges_a_second_line(
    written: Callable[[], list[dict[str, Any]]], end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()  # what pytest keeps for its report goes elsewhere: a report takes no half characters
    monkeypatch.setattr(root, "handlers", [one for one in root.handlers if "_pytest" not in type(one).__module__])
    structlog.get_logger("receive").info("accepted", message_id=f"a{end}b")
    logging.getLogger("library").warning("a%sb", end)
    ours, theirs = written()
    assert ours["message_id"].isprintable()
    assert theirs["event"].isprintable()


def test_long_values_are_cut(written: Callable[[], list[dict[str, Any]]]) -> None:
    structlog.get_logger("receive").info("accepted", message_id="x" * 10_000)
    assert written()[0]["message_id"] == "x" * logs.LONGEST_VALUE


def test_a_failure_is_told_with_its_trace(written: Callable[[], list[dict[str, Any]]]) -> None:
    structlog.get_logger("filing").error("filing failed", exc_info=ValueError("why"))
    assert "ValueError: why" in written()[0]["exception"]


@pytest.mark.parametrize("problem", [BrokenPipeError(), OSError(28, "no space"), ValueError("closed")])
def test_a_log_that_nobody_can_take_stops_no_work(monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise problem

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", Gone())
    try:
        logs.configure(json=True)
        structlog.get_logger("filing").info("filed", inbox_id=7)
    finally:
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)
