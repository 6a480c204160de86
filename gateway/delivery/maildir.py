"""Outgoing mail into a Maildir: one file per recipient, exactly the bytes a smarthost would get.

A crash leaves nothing half written: the file is written and fsynced in tmp, renamed into new, and the folder is fsynced
before "sent" is said.  The file's name depends only on the outbox row, so that a repetition after a crash replaces the
file instead of adding one, as long as no reader has moved it to cur.

Mails that are sent in the same moment go together: a few threads write their files, since a file system joins fsyncs
that come at once, and they share one fsync of the folder.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gateway.delivery.base import OutgoingMail, Result, one_line, wire
from store.crashpoints import point

WIDTH = 50
WRITERS = 4


def file_name(mail: OutgoingMail) -> str:
    """A Maildir name: seconds, then what is unique, then where it comes from.  Stable for the same row."""
    mark = hashlib.sha256(mail.message_id.encode("utf-8", "replace")).hexdigest()[:12]
    return f"{int(mail.created_at.timestamp())}.{mail.outbox_id}_{mark}.deskgate"


@dataclass(slots=True)
class _Waiting:
    mail: OutgoingMail
    done: asyncio.Future[Result]
    problem: OSError | None = None


class Maildir:
    """A Maildir as a way out.  Makes the folder and its tmp, new and cur; OSError when that cannot be done."""

    def __init__(self, folder: Path) -> None:
        self._tmp, self._new = folder / "tmp", folder / "new"
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="maildir")
        self._waiting: list[_Waiting] = []
        self._rounds: set[asyncio.Task[None]] = set()
        for name in ("tmp", "new", "cur"):
            (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def width(self) -> int:
        """Many at once."""
        return WIDTH

    async def send(self, mail: OutgoingMail) -> Result:
        """Store the file.  A disk that is full or gone is a retry."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(mail, loop.create_future())
        self._waiting.append(waiting)
        if len(self._waiting) == 1:
            loop.call_soon(self._start_round)  # when all who want to send in this moment have said so
        return await waiting.done

    def _start_round(self) -> None:
        together, self._waiting = self._waiting, []
        task = asyncio.get_running_loop().create_task(self._round(together))
        self._rounds.add(task)
        task.add_done_callback(self._rounds.discard)

    async def _round(self, together: Sequence[_Waiting]) -> None:
        loop = asyncio.get_running_loop()
        shares = [share for number in range(WRITERS) if (share := together[number::WRITERS])]
        await asyncio.gather(*(loop.run_in_executor(self._writers, self._store, share) for share in shares))
        problem = await loop.run_in_executor(self._writers, self._sync_folder)
        for waiting in together:
            if not waiting.done.done():
                waiting.done.set_result(self._result(waiting.mail, waiting.problem or problem))

    def _result(self, mail: OutgoingMail, problem: OSError | None) -> Result:
        if problem is not None:
            return Result("retry", one_line(f"Maildir {self._new.parent}: {problem.strerror or problem}"), "access")
        point("o2.after_250")
        return Result("sent", f"stored as {file_name(mail)}")

    def _store(self, share: Sequence[_Waiting]) -> None:
        """Runs in a writer thread."""
        for waiting in share:
            try:
                self._store_one(waiting.mail)
            except OSError as problem:
                waiting.problem = problem

    def _store_one(self, mail: OutgoingMail) -> None:
        name = file_name(mail)
        tmp = self._tmp / name
        descriptor = os.open(tmp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            point("o2.after_connect")
            content = memoryview(wire(mail.raw))
            while content:
                content = content[os.write(descriptor, content) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        point("o2.after_dot")
        tmp.rename(self._new / name)

    def _sync_folder(self) -> OSError | None:
        try:
            folder = os.open(self._new, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as problem:
            return problem
        return None

    async def rest(self) -> None:
        """A folder needs no rest."""

    async def close(self) -> None:
        """Let the writers go."""
        await asyncio.gather(*self._rounds)
        self._writers.shutdown()
