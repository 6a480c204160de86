"""Mail that `deskgate import` took in: what its source says about how it is to be filed, and that quiet mail stays quiet.

``import``: like new mail, but no limit on acknowledgements counts it (mail-safety 2.3).  ``import:quiet``: history; nobody
is told of it, nothing is promised, every time is the mail's own.  ``import:quiet-closed``: the same, and its tickets are
closed.
"""

from __future__ import annotations

from typing import Final

IMPORT: Final = "import"
QUIET: Final = "import:quiet"
QUIET_CLOSED: Final = "import:quiet-closed"


def is_import(source: str) -> bool:
    """Whether a mail with this source was imported, in whatever manner."""
    return source in (IMPORT, QUIET, QUIET_CLOSED)


def is_quiet(source: str) -> bool:
    """Whether a mail with this source is history: filed at its own time, without a word to anybody."""
    return source in (QUIET, QUIET_CLOSED)


def ends_closed(source: str) -> bool:
    """Whether the tickets of such mail are closed."""
    return source == QUIET_CLOSED
