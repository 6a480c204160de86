"""The doors in a process of their own: it speaks SMTP and LMTP with strangers and knows no database and no key.

Mail that is complete goes through a pipe to the daemon, whose writer commits it; the number that comes back lets the door
say 250.  So the promise is unchanged (nothing is confirmed before the COMMIT), and two things are gained: what speaks with
the network holds nothing worth stealing, and conversations do not wait for the filer's turn of the interpreter (measured:
the event loop spent four fifths of its time on such hand-overs).

When the daemon is gone the pipe is closed and the doors end at once; when the doors die the daemon opens new ones, and
senders come again.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import structlog

from gateway.barring import Bars
from gateway.intake import arrival, recipients
from gateway.logs import configure
from gateway.sources.base import Accepted, ListenSettings, NoRoom, TemporarilyUnavailable
from gateway.sources.limits import Connections, Memory, Room
from gateway.sources.smtp import Listener
from gateway.worker import Nudge
from routing.teams import Desk
from store import crashpoints
from store.groupcommit import GroupCommit, QueueFull
from store.inbox import Arrival

log = structlog.get_logger("receive")

OPEN_SECONDS = 30.0
GRACE_SECONDS = 10.0
PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Doors:
    """Everything the process needs.  `room` is the folder whose disk must have `min_free` bytes; None: not ours to ask."""

    listeners: tuple[ListenSettings, ...]
    desk: Desk
    room: Path | None
    min_free: int
    log_json: bool | None


@dataclass(frozen=True, slots=True)
class Opened:
    """All doors are open, at these addresses (host, port), in the order of the settings."""

    addresses: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Shut:
    """A door could not be opened."""

    address: str
    reason: str


@dataclass(frozen=True)
class Handed:
    """A mail, and the number under which its answer is awaited."""

    number: int
    arrival: Arrival


@dataclass(frozen=True)
class Answered:
    """What became of a mail: its inbox id, or why it is not stored (`full`: a matter of room)."""

    number: int
    row_id: int | None
    reason: str = ""
    full: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """How often something was refused since the last word about it."""

    reason: str
    hits: int


@dataclass(frozen=True, slots=True)
class Bar:
    """Turn this client away until then (seconds since 1970)."""

    peer: str
    until: float


@dataclass(frozen=True, slots=True)
class Leave:
    """Let nobody in any more, finish what is under way, and end."""


FromDoors = Opened | Shut | Handed | Refused
ToDoors = Answered | Bar | Leave


# ---------------------------------------------------------------------------------- in the process with the doors


class PipeIntake:
    """The doors' way into the inbox.  Used from the event loop's thread only.

    The first door lets clients in while the next is still being opened; what they hand over waits until the daemon knows
    that all are open, for that is the first word it expects.
    """

    def __init__(self, out: Connection) -> None:
        self._out = out
        self._early: list[FromDoors] | None = []
        self._waiting: dict[int, tuple[Future[int], Arrival]] = {}
        self._last = 0
        self._refused: Counter[str] = Counter()

    def put(self, accepted: Accepted) -> Future[int]:
        """See `gateway.sources.base.Intake`; the future is done when the daemon has answered."""
        self._last += 1
        future: Future[int] = Future()
        given = arrival(accepted)
        self._waiting[self._last] = (future, given)
        self._say(Handed(self._last, given))
        return future

    def opened(self, addresses: tuple[tuple[str, int], ...]) -> None:
        """All doors are open: says so, and then what was handed over before."""
        early, self._early = self._early or [], None
        for one in (Opened(addresses), *early):
            self._out.send(one)

    def _say(self, word: FromDoors) -> None:
        if self._early is None:
            self._out.send(word)
        else:
            self._early.append(word)

    def refused(self, reason: str) -> None:
        """Something was refused; the daemon hears of it within a second, whatever comes at once."""
        if not self._refused:
            asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._tell_refused)
        self._refused[reason] += 1

    def _tell_refused(self) -> None:
        for reason, hits in self._refused.items():
            self._say(Refused(reason, hits))
        self._refused.clear()

    def answered(self, answer: Answered) -> None:
        """The daemon has decided about one mail."""
        future, given = self._waiting.pop(answer.number)
        if answer.row_id is not None:
            log.info(
                "accepted",
                inbox_id=answer.row_id,
                message_id=given.message_id,
                source=given.source,
                size=len(given.raw),
            )
        if not future.set_running_or_notify_cancel():
            return  # nobody waits any more; the row, if there is one, stays
        if answer.row_id is not None:
            future.set_result(answer.row_id)
        else:
            future.set_exception((NoRoom if answer.full else TemporarilyUnavailable)(answer.reason))


def _keep_doors(heard: Connection, out: Connection, doors: Doors) -> None:
    """The life of the process."""
    for number in (signal.SIGINT, signal.SIGTERM):  # they may reach the whole group; the daemon says Leave in its time
        signal.signal(number, signal.SIG_IGN)
    configure(json=doors.log_json)
    with contextlib.suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(_serve(heard, out, doors))


async def _serve(heard: Connection, out: Connection, doors: Doors) -> None:
    intake, leave, bars = PipeIntake(out), asyncio.Event(), Bars()
    # uvloop makes what it watches non-blocking, so the two directions are two pipes; what is heard is small enough to be
    # written and read in one piece (PIPE_BUF)
    asyncio.get_running_loop().add_reader(heard.fileno(), _hear, heard, intake, bars, leave)
    listeners = await _open(out, doors, intake, bars)
    if listeners is None:
        return
    intake.opened(tuple(listener.address for listener in listeners))
    await leave.wait()
    await asyncio.gather(*(listener.stop(GRACE_SECONDS) for listener in listeners))


async def _open(out: Connection, doors: Doors, intake: PipeIntake, bars: Bars) -> list[Listener] | None:
    settings = doors.listeners
    wanted, room = recipients(doors.desk, bars, intake.refused), Room(doors.room, doors.min_free)
    connections = Connections(settings[0].max_connections, settings[0].max_per_address, settings[0].exempt)
    memory = Memory(settings[0].max_data)
    opened: list[Listener] = []
    for one in settings:
        listener = Listener(one, intake, wanted, room=room, connections=connections, memory=memory)
        try:
            await listener.start()
        except OSError as problem:
            out.send(Shut(f"{one.kind} {one.host}:{one.port}", problem.strerror or str(problem)))
            return None
        opened.append(listener)
    return opened


def _hear(heard: Connection, intake: PipeIntake, bars: Bars, leave: asyncio.Event) -> None:
    """Everything the daemon has said by now.  Without a daemon there is nobody to store mail: end at once."""
    try:
        while heard.poll():
            said: ToDoors = heard.recv()
            if isinstance(said, Answered):
                intake.answered(said)
            elif isinstance(said, Bar):
                bars.set(said.peer, said.until)
            else:
                leave.set()
    except (EOFError, OSError):
        os._exit(0)


# ----------------------------------------------------------------------------------------------- in the daemon


class CannotListen(Exception):
    """An address to listen on is taken or not permitted."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"cannot listen on {address}: {reason.lower()}; is another program running there?")


class Receiver:
    """Keeps the doors open: starts their process, stores what they hand over, starts them again should they die."""

    def __init__(self, doors: Doors, writer: GroupCommit, filer: Nudge) -> None:
        self._doors, self._writer, self._filer = doors, writer, filer
        self._stopping = threading.Event()
        self._sending = threading.Lock()
        self._process: BaseProcess | None = None
        self._heard: Connection | None = None
        self._out: Connection | None = None
        self._refused: Counter[str] = Counter()
        self._barred: dict[str, float] = {}
        self._told: dict[str, float] = {}
        self._thread = threading.Thread(target=self._keep, name="receiver", daemon=True)

    def start(self) -> tuple[tuple[str, int], ...]:
        """Open the doors; their addresses.  Raises CannotListen."""
        addresses = self._open()
        self._thread.start()
        return addresses

    def bar(self, barred: Mapping[str, float]) -> None:
        """Turn these clients away, each until its moment (seconds since 1970); also at doors that are opened anew."""
        self._barred = dict(barred)
        self._tell_barred()

    def take_refused(self) -> Counter[str]:
        """What was refused at the doors since the last time, by reason."""
        with self._sending:
            taken, self._refused = self._refused, Counter()
        return taken

    def _tell_barred(self) -> None:
        for peer, until in self._barred.items():
            if self._told.get(peer) != until:
                self._say(Bar(peer, until))
        self._told = self._barred

    def stop(self) -> None:
        """Let nobody in, let mail under way be stored and confirmed, end the process."""
        self._stopping.set()
        self._say(Leave())
        self._thread.join(GRACE_SECONDS + 5)
        if self._process is not None:
            self._process.join(1)
            if self._process.is_alive():
                self._process.kill()
                self._process.join(5)

    def _open(self) -> tuple[tuple[str, int], ...]:
        context = multiprocessing.get_context("spawn")
        heard, their_out = context.Pipe(duplex=False)
        they_hear, out = context.Pipe(duplex=False)
        given = (they_hear, their_out, self._doors)
        process = context.Process(target=_keep_doors, args=given, name="doors", daemon=True)
        os.environ[crashpoints.ALSO] = str(os.getpid())  # read by the new process when it imports crashpoints
        process.start()
        del os.environ[crashpoints.ALSO]
        they_hear.close()
        their_out.close()
        try:
            said: FromDoors = heard.recv() if heard.poll(OPEN_SECONDS) else Shut("the doors", "no answer")
        except (EOFError, OSError):
            said = Shut("the doors", "the process ended while it opened them")
        if not isinstance(said, Opened):
            process.kill()
            process.join(5)
            raise CannotListen(*((said.address, said.reason) if isinstance(said, Shut) else ("the doors", "no answer")))
        self._heard, self._out, self._process = heard, out, process
        return said.addresses

    def _keep(self) -> None:
        """The receiver's thread: hear what is handed over until the pipe ends; open again unless we are stopping."""
        while True:
            self._hear()
            if self._stopping.is_set():
                return
            log.error("the doors died; they are opened again")
            while not self._stopping.is_set():
                try:
                    self._open()
                    self._told = {}  # the new doors know nobody yet
                    self._tell_barred()
                    if self._stopping.is_set():
                        self._say(Leave())  # stop() spoke to the old doors
                    break
                except Exception as problem:  # noqa: BLE001 - whatever it is (no memory, no process), it may pass
                    log.error("the doors cannot be opened; it is tried again", problem=str(problem))
                    time.sleep(PAUSE_SECONDS)

    def _hear(self) -> None:
        heard, out = self._heard, self._out
        assert heard is not None, "start() opens it"
        assert out is not None, "start() opens it"
        try:
            while True:
                said: FromDoors = heard.recv()
                if isinstance(said, Handed):
                    self._writer.put(said.arrival).add_done_callback(partial(self._answer, out, said.number))
                elif isinstance(said, Refused):
                    with self._sending:
                        self._refused[said.reason] += said.hits
        except (EOFError, OSError):
            pass  # they have ended
        except Exception:
            log.exception("the doors said something that cannot be understood; they are opened anew")
        finally:
            if self._process is not None and not self._stopping.is_set():
                self._process.kill()
            heard.close()
            out.close()

    def _answer(self, out: Connection, number: int, written: Future[int]) -> None:
        """Runs in the writer's thread after the COMMIT (or its failure)."""
        problem = written.exception()
        if problem is None:
            self._filer.set()
            self._say(Answered(number, written.result()), out)
        else:
            self._say(Answered(number, None, str(problem)[:500], isinstance(problem, QueueFull)), out)

    def _say(self, words: ToDoors, out: Connection | None = None) -> None:
        """To the doors, if they still are the ones that asked; an answer to dead doors is for nobody."""
        target = out or self._out
        if target is None or target is not self._out:
            return
        with self._sending, contextlib.suppress(OSError, ValueError):
            target.send(words)
