"""The time: whether this machine's clock is kept right, and whether others think so too.

Promises, reply addresses and leases hang on it.  The kernel says whether something keeps it (adjtimex, which timedatectl
asks, too); PostgreSQL and many mail servers tell their own.
"""

from __future__ import annotations

import ctypes
import re
import socket
import struct
import sys
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime

from gateway.doctor.database import opened
from gateway.doctor.findings import Finding, Patient, ok, skipped, warning
from gateway.doctor.reach import CONNECT_SECONDS
from store.errors import StoreError

MOST_SECONDS = 5.0
"""How far two clocks may be apart."""
UNSYNCHRONISED = 0x0040
"""STA_UNSYNC of adjtimex(2)."""
KEEP_IT = "Let it be kept: timedatectl set-ntp true (systemd-timesyncd), or install chrony."
_DATE = re.compile(r"\w{3}, +\d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")


def findings(patient: Patient) -> Iterator[Finding]:
    """Each clock that can be asked."""
    yield _kernel()
    try:
        with opened(patient) as store:
            if store is not None and not store.database.is_sqlite:
                with store.reading() as tx:
                    store.now(tx)  # the connection is made by now
                    yield compared("database", patient.now(), store.now(tx))
    except StoreError:
        yield skipped("database", "it cannot be asked (see above)")
    host = patient.settings.send.smtp
    if host is not None and host.tls != "tls":
        yield from _greeting(patient, host.host, host.port)


def compared(who: str, ours: datetime, theirs: datetime) -> Finding:
    """How far this machine's clock is from another."""
    apart = (theirs - ours).total_seconds()
    if abs(apart) <= MOST_SECONDS:
        return ok(who, f"its clock and ours agree ({apart:+.1f} s)")
    words = f"its clock is {abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} ours"
    return warning(who, words, KEEP_IT)


def _kernel() -> Finding:
    status = kernel_status()
    if status is None:
        return skipped("this machine", "its kernel does not say whether the clock is kept")
    if status & UNSYNCHRONISED:
        return warning("this machine", "nothing keeps its clock right", f"{KEEP_IT} In a container, on its host.")
    return ok("this machine", "its clock is kept by a time server")


def kernel_status() -> int | None:
    """The status word of adjtimex(2), which is only read; None where there is none."""
    if not sys.platform.startswith("linux") or struct.calcsize("P") != 8:
        return None
    buffer = ctypes.create_string_buffer(256)  # struct timex has 208 bytes on 64 bit; all zero: nothing is set
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    status: int = struct.unpack_from("i", buffer, 40)[0]
    return status


def _greeting(patient: Patient, host: str, port: int) -> Iterator[Finding]:
    """Some mail servers say the time when they greet (Exim, Sendmail, Exchange)."""
    try:
        with socket.create_connection((host, port), CONNECT_SECONDS) as talk:
            talk.settimeout(CONNECT_SECONDS)
            said = talk.recv(1000).decode("ascii", "replace")
    except OSError:
        return
    heard = patient.now()
    if (found := _DATE.search(said)) is not None:
        yield compared("smarthost", heard, parsedate_to_datetime(found[0]))
