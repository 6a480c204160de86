"""Real servers for tests: one of the scripts in ``tests/servers``, started and stopped by subprocess.

A server that cannot be had (not installed, no root) skips the test with the reason; where CI=true it is an error, so that
nothing is left untested by accident.  `owner=<pid>` ends the server when this test run is killed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

SCRIPTS = Path(__file__).parent.parent / "servers"
START_SECONDS = 90.0
VERB_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: the script's name, its folder, and what it said when it started."""

    name: str
    folder: Path
    info: Mapping[str, object]

    def text(self, key: str) -> str:
        """One thing it said, for example its ``url``."""
        return str(self.info[key])

    def number(self, key: str) -> int:
        """One number it said, for example its ``port``."""
        return int(self.text(key))

    def tell(self, verb: str, *arguments: str) -> str:
        """Run another verb of the script, for example ``restart`` or ``cut``; what it printed."""
        return _run(self.name, verb, str(self.folder), *arguments, seconds=VERB_SECONDS)


class Unavailable(Exception):
    """The script could not start its server."""


@contextmanager
def server(name: str, *options: str) -> Iterator[Server]:
    """Within: ``tests/servers/NAME.py`` runs, with these ``key=value`` options."""
    with tempfile.TemporaryDirectory(prefix="dg-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # servers drop root, and must still find their files
        try:
            said = _run(name, "start", folder, f"owner={os.getpid()}", *options, seconds=START_SECONDS)
            running = Server(name, Path(folder), json.loads(said.splitlines()[-1]))
        except Unavailable as problem:
            cannot_be_had(f"{name}: {problem}")
        try:
            yield running
        finally:
            _run(name, "stop", folder, seconds=VERB_SECONDS)


def cannot_be_had(reason: str) -> NoReturn:
    """Skip the test that needs it, with the reason; in CI fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"needed in CI, but cannot be had: {reason}")
    pytest.skip(reason)


def _run(name: str, *arguments: str, seconds: float) -> str:
    command = [sys.executable, str(SCRIPTS / f"{name}.py"), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"no answer within {seconds:.0f} s") from error
    if done.returncode:
        raise Unavailable((done.stderr or done.stdout).strip()[-500:] or f"ended with {done.returncode}")
    return done.stdout
