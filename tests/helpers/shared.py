"""Large material that lies beside the checkout and is read where it lies: ``$DESKGATE_SHARED``, else ``../shared``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def base() -> Path:
    """Where it lies, if it does."""
    return Path(os.environ.get("DESKGATE_SHARED") or ROOT.parent / "shared")


def shared(*parts: str) -> Path:
    """A file or folder of it; skips the test where it is not there."""
    path = base().joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not beside this checkout (set DESKGATE_SHARED)")
    return path
