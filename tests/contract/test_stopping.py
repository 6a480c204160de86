"""A signal to stop is never lost, whenever it comes and whichever thread the kernel gives it to."""

from __future__ import annotations

import subprocess
import sys

import pytest

BEGIN = """
import os, signal, sys, threading, time
from gateway.stopping import Stop
stop = Stop()
"""
BEFORE = "os.kill(os.getpid(), signal.SIGTERM)\nstop.wait()\n"
TO_ANOTHER_THREAD = """
def other():
    time.sleep(0.3)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    time.sleep(60)
threading.Thread(target=other, daemon=True).start()
stop.wait()
"""
A_BURST = """
def other():
    time.sleep(0.3)
    for _ in range(50):
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
    time.sleep(60)
threading.Thread(target=other, daemon=True).start()
stop.wait()
"""
AGAIN = """
os.kill(os.getpid(), signal.SIGTERM)
stop.wait()
time.sleep(1.2)
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("lines", "code"),
    [(BEFORE, 0), (TO_ANOTHER_THREAD, 0), (A_BURST, 0), (AGAIN, 1)],
    ids=["before the wait", "to another thread", "a burst", "a later one ends at once"],
)
def test_a_signal_is_heard(lines: str, code: int) -> None:
    done = subprocess.run([sys.executable, "-c", BEGIN + lines + "os._exit(0)"], check=False, timeout=20)
    assert done.returncode == code
