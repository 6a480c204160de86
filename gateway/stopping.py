"""What SIGTERM and SIGINT mean: the first stops the daemon in order, a later one ends it at once; everything is in rows."""

from __future__ import annotations

import os
import signal
import time
from typing import Final

ONE_BURST: Final = 1.0
"""Signals within so many seconds are one: a group and its leader are both told."""


class Stop:
    """Waits for the signal.  To be made and used by the main thread, once in a process.

    The interpreter runs a handler only between two steps of the main thread.  A signal that comes just before that thread
    goes to sleep, or that the kernel gives to another thread, would be noted and never acted upon.  So the sleep is a
    `read` of a pipe into which the C level of the interpreter itself writes at each signal (`signal.set_wakeup_fd`).
    """

    def __init__(self) -> None:
        self._heard, self._tell = os.pipe()
        os.set_blocking(self._tell, False)
        self._first: float | None = None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: object) -> None:
        now = time.monotonic()
        if self._first is None:
            self._first = now
        elif now - self._first > ONE_BURST:
            os._exit(1)

    def wait(self) -> None:
        """Until a signal came, or at once if one came before."""
        signal.set_wakeup_fd(self._tell, warn_on_full_buffer=False)
        while self._first is None:
            os.read(self._heard, 1)  # the handler runs before the next step
