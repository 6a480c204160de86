"""Commands of `deskgate` without the second that Python needs to read the program: a process that has it in memory forks.

Each command is a process of its own that runs the program's own `main` with its own arguments, standard streams and
environment; only the imports are shared.  Hundreds of tests ask the command line what the daemon did: on two processors
most of a run of the suite was that one second.  That a command starts by itself is shown by the tests that start it
so (`tests/test_*_cli.py`, and every command that is given an environment).
"""

from __future__ import annotations

import atexit
import importlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[2]
LONGEST = 1 << 16
"""Bytes of a request: the folder, the environment and the arguments of one command as JSON."""


class Commands:
    """One process that forks commands; one per process of tests, started when it is first asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ours: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, arguments: list[str], stdin: bytes, seconds: float) -> subprocess.CompletedProcess[bytes]:
        """What `subprocess.run` gives for ``deskgate ARGUMENTS``; after `seconds` the command is killed: TimeoutExpired."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(stdin)
            given.seek(0)
            ended, end = os.pipe()
            with os.fdopen(ended, "rb") as answer:
                try:
                    self._ask(arguments, [given.fileno(), out.fileno(), err.fileno(), end])
                finally:
                    os.close(end)
                code = _awaited(answer, [*arguments], seconds)
            for stream in (out, err):
                stream.seek(0)
            return subprocess.CompletedProcess(["deskgate", *arguments], code, out.read(), err.read())

    def _ask(self, arguments: list[str], files: list[int]) -> None:
        request = json.dumps([str(Path.cwd()), dict(os.environ), arguments]).encode()
        assert len(request) <= LONGEST, "a command line of a test is short"
        with self._lock:
            if self._ours is None:
                self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                command = [sys.executable, "-m", "tests.helpers.forking", str(theirs.fileno())]
                self._process = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()])
                theirs.close()
                atexit.register(self.close)
            socket.send_fds(self._ours, [request], files)

    def close(self) -> None:
        """The process ends when nobody can ask it any more."""
        if self._ours is not None and self._process is not None:
            self._ours.close()
            self._process.wait(10)


DESKGATE = Commands()


def _awaited(answer: io.BufferedReader, arguments: list[str], seconds: float) -> int:
    """The exit code, as `subprocess` counts it; the process number comes first, so that it can be killed."""
    pid = int(_told(answer))
    timer = threading.Timer(seconds, os.kill, [pid, signal.SIGKILL])
    began = time.monotonic()
    timer.start()
    try:
        code = int(_told(answer))
    finally:
        timer.cancel()
    if code == -signal.SIGKILL and time.monotonic() - began >= seconds:
        raise subprocess.TimeoutExpired(["deskgate", *arguments], seconds)
    return code


def _told(answer: io.BufferedReader) -> bytes:
    line = answer.readline()
    assert line, "the process that forks commands has ended; what it said stands in the output of the tests"
    return line


def _serve(asked: socket.socket) -> None:
    """Fork a command for each request, and a process beside it that waits for its end and tells it."""
    from gateway.cli import COMMANDS

    for module in sorted({module for module, _ in COMMANDS.values()}):
        importlib.import_module(f"gateway.cli.{module}")
    for module in ("store.store", "gateway.config.load", "rich.console", "rich.table", "rich.markup"):
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        request, files, _, _ = socket.recv_fds(asked, LONGEST, 4)
        if not request:
            return
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _attend(asked, request, files)
        for file in files:
            os.close(file)


def _attend(asked: socket.socket, request: bytes, files: list[int]) -> NoReturn:
    asked.close()
    with os.fdopen(files[3], "wb", buffering=0) as end:
        pid = os.fork()
        if pid == 0:
            end.close()
            _command(request, files[:3])
        for file in files[:3]:
            os.close(file)
        end.write(f"{pid}\n".encode())
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        end.write(f"{code}\n".encode())
    os._exit(0)


def _command(request: bytes, files: list[int]) -> NoReturn:
    from gateway.cli import main

    folder, environment, arguments = json.loads(request)
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = ["deskgate", *arguments]
    code: object = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
