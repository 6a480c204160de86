"""Passwords: never written in the configuration, named there by a file or an environment variable instead.

A Secret shows itself only to whoever asks for `reveal()`; its text never gets into a log, an error page or a trace by
being printed along with something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LONGEST = 64 * 1024
"""Bytes read from a password file; an OAuth2 token fits many times over."""


class SecretMissing(Exception):
    """A password cannot be had from where the configuration says; the message says why and what to do."""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A password in memory."""

    _text: str

    def reveal(self) -> str:
        """The password itself; only for the connection that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


def from_file(path: Path) -> Secret:
    """The first line of a file, without its line end.  Raises SecretMissing."""
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = (getattr(error, "strerror", None) or "it cannot be read").lower()
        raise SecretMissing(f"cannot read the password file {path}: {reason}") from error
    text = content.decode("utf-8", "replace").partition("\n")[0].rstrip("\r")
    if not text:
        raise SecretMissing(f"the password file {path} has nothing on its first line")
    return Secret(text)


def from_environment(name: str, environment: Mapping[str, str]) -> Secret:
    """The value of an environment variable.  Raises SecretMissing."""
    if text := environment.get(name):
        return Secret(text)
    state = "empty" if name in environment else "not set"
    raise SecretMissing(f"the environment variable {name} is {state}; set it where Deskgate is started")


def readable_by_others(path: Path) -> bool:
    """True when users other than the owner and the group may read the file."""
    try:
        return bool(path.stat().st_mode & 0o004)
    except OSError:
        return False  # whoever reads the file next says what is wrong with it
