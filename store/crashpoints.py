"""Named places at which a crash test may kill this process, to show that what was promised survives.

`DESKGATE_CRASH_AT="p2.before_commit:3"` makes the third passing of that point a SIGKILL: no clean-up, no flush, as in a
power cut of the process.  Without the variable `point` is an empty function.  A name that does not exist is an error at
start: a crash test that kills nothing would prove nothing.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from itertools import count

VARIABLE = "DESKGATE_CRASH_AT"
ALSO = "DESKGATE_CRASH_ALSO"
"""In a process that works for the daemon: the daemon's process id.  A crash takes both, as a power cut would."""

NAMES: tuple[str, ...] = (
    "raw.written",  # the bytes are in the transaction, the inbox row is not
    "raw.synced",  # COMMIT has returned: bytes and row are on disk
    "p2.before_commit",  # all rows of an accepted batch are in the transaction
    "p2.after_commit",  # … and committed; no 250 has been said
    "p3.before_reply",  # the 250 is about to be written
    "f3.after_commit",  # IMAP: committed, the server knows nothing yet
    "f4.after_store",  # IMAP: flagged, not yet moved
    "f4.after_move",  # IMAP: moved
    "w1.leased",  # a row is claimed, its try counted
    "w2.parsed",  # the mail is read, nothing is written
    "w3.before_commit",  # ticket, entries, outbox rows and settle are in the transaction
    "w3.after_commit",  # … and committed
    "o1.leased",  # an outgoing mail is claimed
    "o2.after_connect",  # the smarthost is connected
    "o2.after_dot",  # the final dot is sent, no answer read
    "o2.after_250",  # the smarthost has it, the row does not know
    "o3.after_commit",  # the row knows
    "backup.mid",  # a backup is half written
    "migrate.each",  # a step of the tables' making or changing is done, not committed
)


def killer(variables: Mapping[str, str]) -> Callable[[str], None] | None:
    """The function that counts passings and kills, or None when no crash is asked for.

    Raises ValueError when the variable is not ``name:n`` with a known name and a number from 1.
    """
    wanted = variables.get(VARIABLE)
    if not wanted:
        return None
    name, _, number = wanted.partition(":")
    if name not in NAMES or not number.isascii() or not number.isdigit() or int(number) < 1:
        raise ValueError(f"{VARIABLE}={wanted}: write NAME:NUMBER with a NAME of {', '.join(NAMES)}")
    victims = [int(pid) for pid in (variables.get(ALSO), str(os.getpid())) if pid]
    passings = count(1)  # next() on it is one step under the interpreter's lock: threads may share it
    last = int(number)

    def pass_by(passed: str) -> None:
        if passed == name and next(passings) == last:
            for victim in victims:
                os.kill(victim, signal.SIGKILL)

    return pass_by


def _nothing(passed: str) -> None:
    """No crash is asked for."""


point: Callable[[str], None] = killer(os.environ) or _nothing
"""Called with the name of the place that is being passed."""
