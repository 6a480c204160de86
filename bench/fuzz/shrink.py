"""Makes a mail that breaks a law small, by leaving out ever smaller pieces of it while the law stays broken."""

from __future__ import annotations

import time
from collections.abc import Callable


def shrunk(raw: bytes, still: Callable[[bytes], bool], seconds: float = 20.0) -> bytes:
    """A mail as small as the time allows for which `still` holds; `raw` itself where nothing can be left out.

    Pieces begin as halves and end as single bytes; `still` is asked at most until the time is over.
    """
    until = time.monotonic() + seconds
    piece = len(raw) // 2
    while piece and time.monotonic() < until:
        position, smaller = 0, False
        while position < len(raw) and time.monotonic() < until:
            without = raw[:position] + raw[position + piece :]
            if still(without):
                raw, smaller = without, True
            else:
                position += piece
        if not smaller or piece > len(raw):
            piece = min(piece, len(raw)) // 2
    return raw
