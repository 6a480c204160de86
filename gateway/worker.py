"""The one shape of a thread in the daemon: a name, a nudge, a step, a back-off, a stop.

A worker calls `step` again and again.  A step that found something to do returns true and is called again at once; a step
that found nothing waits for the nudge, at most `idle` seconds, so that a lost nudge costs a second and never a mail.  A
step that fails is logged and tried again after a growing pause; what it was doing lies in the database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger("worker")

IDLE_SECONDS = 1.0
LONGEST_PAUSE = 30.0


class Nudge:
    """ "Look now", without content.  Set from any thread; a worker that waits is woken."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Wake whoever waits, or whoever waits next."""
        self._event.set()

    def wait(self, timeout: float) -> bool:
        """Wait for a nudge, at most `timeout` seconds, and take it."""
        woken = self._event.wait(timeout)
        self._event.clear()
        return woken


class Worker:
    """A named thread that repeats one step until it is told to stop."""

    def __init__(self, name: str, step: Callable[[], bool], nudge: Nudge, idle: float = IDLE_SECONDS) -> None:
        self.name = name
        self._step = step
        self._nudge = nudge
        self._idle = idle
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float = 30.0) -> bool:
        """Ask the worker to stop after its step and wait for it; false when it did not within `timeout` seconds."""
        self._stopping.set()
        self._nudge.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        """Whether the worker was asked to stop."""
        return self._stopping.is_set()

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.is_set():
            try:
                busy = self._step()
                pause = 0.0
            except Exception:
                pause = min(LONGEST_PAUSE, pause * 2 or 0.5)
                log.exception("worker failed; it goes on after a pause", worker=self.name, pause_seconds=pause)
                self._stopping.wait(pause)
                continue
            if not busy and not self._stopping.is_set():
                self._nudge.wait(self._idle)
