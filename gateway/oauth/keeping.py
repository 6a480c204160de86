"""Login files: where the refresh token that `deskgate login` was given is kept, and every newer one after it.

Some providers take the old refresh token back as soon as they have given a new one, so a lost write means that a person
has to log in again.  Hence: one at a time uses the token (a lock across processes: daemon, login and doctor may ask at
once), and a new one is on the disk, whole, before anything else happens.  The file belongs to its owner alone (0600); one
that others can read is refused.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from gateway.oauth.base import TokenRefused, TokenUnavailable, Who

LARGEST = 256 * 1024
LOCK_SECONDS = 60.0
"""The longest wait for another process that asks for a token just now; it needs half a minute at worst."""
LOCK_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Kept:
    """What a login file holds."""

    refresh_token: str = field(repr=False)
    client_id: str
    """The application that it was given to; no other may use it."""
    seed: str = ""
    """Mark of the refresh token in the configuration when it was kept: when that one is replaced, it counts again."""


def mark_of(refresh_token: str | None) -> str:
    """A mark that tells two tokens apart and gives neither away."""
    return sha256(refresh_token.encode()).hexdigest()[:16] if refresh_token else ""


class LoginFile:
    """One login file; there need not be one yet.  `who` is for the words of problems."""

    def __init__(self, path: Path, who: Who) -> None:
        self.path = path
        self._who = who

    def state(self) -> tuple[int, int, int] | None:
        """Changes whenever the file is written or its rights are set anew; None while there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_ctime_ns

    def read(self) -> Kept | None:
        """What was kept; None when there is no file.  Raises TokenRefused when it cannot be used."""
        try:
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                    raise TokenRefused(f"others can read the login of {self._who.place}: chmod 600 {self.path}")
                content = file.read(LARGEST)
        except FileNotFoundError:
            return None
        except OSError as problem:
            reason = (problem.strerror or "it cannot be read").lower()
            raise TokenRefused(
                f"the login of {self._who.place} in {self.path} cannot be read: {reason}; it must belong to the user"
                f" that Deskgate runs as: run {self._who.command} as that user"
            ) from problem
        return self._understood(content)

    def _understood(self, content: bytes) -> Kept:
        try:
            found = json.loads(content)
            kept = Kept(found["refresh_token"], found["client_id"], found.get("seed", ""))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            kept = None
        if kept is None or not all(isinstance(part, str) for part in (kept.refresh_token, kept.client_id, kept.seed)):
            damaged = f"the login of {self._who.place} in {self.path} is damaged: run {self._who.command}"
            raise TokenRefused(damaged) from None
        return kept

    def write(self, kept: Kept) -> None:
        """Keep this from now on: the file is the old one or the new one, whenever the machine stops.  Raises OSError.

        When root writes, the file goes to whom the folder (or the file before) belongs: the daemon's user must read it.
        """
        target = self.path.resolve()
        _folder(target.parent)
        words = {"refresh_token": kept.refresh_token, "client_id": kept.client_id, "seed": kept.seed}
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # 0600 from the beginning
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(words, file)
                file.flush()
                _hand_over(file.fileno(), target)
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
        _sync(target.parent)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Within: no other process or thread uses this login.  Raises TokenUnavailable after a minute of waiting.

        Where no lock can be written (a folder that is only to be read) nothing can be kept either: then there is none.
        """
        handle = self._lock_file()
        if handle is None:
            yield
            return
        try:
            until = time.monotonic() + LOCK_SECONDS
            while not _taken(handle):
                if time.monotonic() > until:
                    raise TokenUnavailable(f"another process holds the login of {self._who.place} ({self.path})", 5.0)
                time.sleep(LOCK_POLL_SECONDS)
            yield
        finally:
            os.close(handle)  # gives the lock back, as the end of the process does

    def _lock_file(self) -> int | None:
        target = self.path.resolve()
        name = target.parent / f"{target.name}.lock"
        try:
            _folder(target.parent)
            handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            return None
        _hand_over(handle, target)
        return handle


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _hand_over(handle: int, target: Path) -> None:
    """To the owner of the file there was, else of its folder; only root can, and only root has to."""
    if os.geteuid() != 0:
        return
    try:
        owner = target.stat()
    except OSError:
        owner = target.parent.stat()
    with suppress(OSError):
        os.fchown(handle, owner.st_uid, owner.st_gid)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
