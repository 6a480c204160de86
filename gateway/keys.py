"""The key ring on disk: made at the first start, readable by the daemon alone, the same on every node.

``keys.toml`` holds the instance name that our own mails carry and the signing keys.  Losing the file turns every reply
address that was given out into an ordinary one: replies then thread by their citations only.
"""

from __future__ import annotations

import os
import secrets
import stat
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from routing.identity import KEY_IDS, Key, KeyRing


class KeyFileProblem(Exception):
    """The key file cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The instance name (marks our own mail) and the ring that signs."""

    instance: str
    ring: KeyRing


def load_or_create(path: Path, today: date) -> Keys:
    """Read the key file; make it with one fresh key when there is none."""
    if not path.exists():
        _write_first(path, today)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise KeyFileProblem(f"{path}: other users can read the signing keys; run: chmod 600 {path}")
    return read(path)


def read(path: Path) -> Keys:
    """Read a key file; raises KeyFileProblem with what is wrong."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        keys = tuple(
            Key(id=str(row["id"]), secret=bytes.fromhex(row["secret"]), created=row["created"])
            for row in content["keys"]
        )
        instance = str(content["instance"])
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as problem:
        raise KeyFileProblem(f"{path}: not a usable key file ({problem}); restore it from a backup") from problem
    ids = [key.id for key in keys]
    bad = [key.id for key in keys if key.id not in KEY_IDS or len(key.id) != 1 or len(key.secret) < 32]
    if not keys or bad or len(set(ids)) != len(ids) or len(ids) > len(KEY_IDS):
        raise KeyFileProblem(f"{path}: needs 1 to 32 keys, each with its own letter of a-z2-7 and 32 bytes of secret")
    return Keys(instance, KeyRing(keys))


def _write_first(path: Path, today: date) -> None:
    """Write a key file durably, so that no token is given out whose key a power cut could take away."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (
        "# Signing keys of this Deskgate. Keep a copy with your backups and show it to nobody.\n"
        f'instance = "{secrets.token_hex(8)}"\n\n[[keys]]\nid = "a"\nsecret = "{secrets.token_hex(32)}"\n'
        f"created = {today.isoformat()}\n"
    )
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # never replaces: another process may have been first
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
