"""What a check finds: a state, a sentence, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.config.settings import Settings


class State(StrEnum):
    """How it is."""

    OK = "ok"
    WARNING = "warning"
    """It works, but something deserves a look."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not tried; `found` says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: about what, what was found, and for a trouble what to do about it."""

    about: str
    state: State
    found: str
    advice: str = ""


def ok(about: str, found: str) -> Finding:
    """All is well."""
    return Finding(about, State.OK, found)


def warning(about: str, found: str, advice: str) -> Finding:
    """It works, but."""
    return Finding(about, State.WARNING, found, advice)


def failed(about: str, found: str, advice: str) -> Finding:
    """It does not work."""
    return Finding(about, State.FAILED, found, advice)


def skipped(about: str, found: str, advice: str = "") -> Finding:
    """Not tried."""
    return Finding(about, State.SKIPPED, found, advice)


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined.  `mail_seconds`: how long a mail to ourselves may take; 0 sends none.

    `resolver` is the address and port of a name server to ask instead of the system's.
    """

    settings: Settings
    now: Callable[[], datetime]
    mail_seconds: float
    resolver: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A group of findings.  `run` gives them one by one, so that those made before a hang are not lost."""

    group: str
    run: Callable[[Patient], Iterator[Finding]]
    seconds: float
    """How long it may take in all."""
    network: bool = True
    """Whether it speaks with other machines."""
