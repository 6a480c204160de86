"""Rules whose patterns take too long, again and again: after twenty mails such a rule is switched off, loudly.

Each time costs every mail behind it; a pattern that was checked when the configuration was read and is slow all the same
meets mails that nobody foresaw.  The count lives in memory and begins anew with the daemon.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import structlog

from routing.reading import Reader, Reading

log = structlog.get_logger("reading")

MOST = 20


class SlowRules:
    """Counts, from several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._disabled: tuple[str, ...] = ()

    @property
    def disabled(self) -> tuple[str, ...]:
        """Names of the rules that are switched off."""
        return self._disabled

    def note(self, readings: Iterable[object]) -> bool:
        """Look at what was read; true when a rule is to be switched off from now on."""
        fresh = False
        for reading in readings:
            decision = reading.decision if isinstance(reading, Reading) else None
            for tried in decision.trace if decision else ():
                fresh |= tried.slow and self._count(tried.name, f"{tried.file}:{tried.line}")
        return fresh

    def without(self, reader: Reader) -> Reader:
        """The reader without the rules that are switched off."""
        if not self._disabled:
            return reader
        rules = tuple(rule for rule in reader.desk.rules if rule.name not in self._disabled)
        return replace(reader, desk=replace(reader.desk, rules=rules))

    def _count(self, name: str, place: str) -> bool:
        with self._lock:
            self._counts[name] += 1
            if self._counts[name] < self._most or name in self._disabled:
                return False
            self._disabled = (*self._disabled, name)
        log.error("rule disabled: its pattern took too long", rule=name, place=place, times=self._most)
        return True
