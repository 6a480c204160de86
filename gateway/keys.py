"""The key ring on disk: made at the first start, readable by the daemon alone, the same on every node.

``keys.toml`` holds the instance name that our own mails carry and the signing keys; the first key signs, all are known.
Losing the file turns every reply address that was given out into an ordinary one: replies then thread by their citations
only.  A change is written beside the file and renamed over it, so that a power cut leaves the old ring or the new one.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from routing.identity import KEY_IDS, REPLY_LIFE, Key, KeyRing

HEAD = "# Signing keys of this Deskgate. Keep a copy with your backups and show it to nobody.\n# The first key signs.\n"


class KeyFileProblem(Exception):
    """The key file cannot be used, or not be changed that way; the message says what to do."""


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
            Key(str(row["id"]), bytes.fromhex(row["secret"]), row["created"], row.get("retired"))
            for row in content["keys"]
        )
        instance = str(content["instance"])
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as problem:
        raise KeyFileProblem(f"{path}: not a usable key file ({problem}); restore it from a backup") from problem
    ids = [key.id for key in keys]
    bad = [key.id for key in keys if key.id not in KEY_IDS or len(key.id) != 1 or len(key.secret) < 32]
    if not keys or bad or len(set(ids)) != len(ids) or len(ids) > len(KEY_IDS):
        raise KeyFileProblem(f"{path}: needs 1 to 32 keys, each with its own letter of a-z2-7 and 32 bytes of secret")
    if keys[0].retired is not None:
        raise KeyFileProblem(f"{path}: the first key signs, and it is retired; run: deskgate keys rotate")
    return Keys(instance, KeyRing(keys))


# ------------------------------------------------------------------------------------------------ changing the ring


def rotate(path: Path, today: date) -> Key:
    """A fresh key signs from now on; those before it are still known.  Raises KeyFileProblem when the ring is full."""

    def renewed(keys: Keys) -> Keys:
        kept = keys.ring.keys
        if len(kept) == len(KEY_IDS):
            outlived = [key for key in kept if key.retired and today - key.retired > REPLY_LIFE]
            if not outlived:
                words = f"the ring has {len(kept)} keys, the most there can be; retire the oldest, and try again in"
                raise KeyFileProblem(f"{words} {REPLY_LIFE.days} days")
            kept = tuple(key for key in kept if key != outlived[-1])
        taken = {key.id for key in kept}
        letter = next(letter for letter in _following(kept[0].id) if letter not in taken)
        return Keys(keys.instance, KeyRing((Key(letter, secrets.token_bytes(32), today), *kept)))

    return _changed(path, renewed).ring.signing


def retire(path: Path, key_id: str, today: date) -> Key:
    """Addresses signed by this key count as expired from now on.  Raises KeyFileProblem for the key that signs."""

    def without(keys: Keys) -> Keys:
        found = keys.ring.find(key_id)
        if found is None:
            known = ", ".join(key.id for key in keys.ring.keys)
            raise KeyFileProblem(f"there is no key {key_id!r}; there are {known}")
        if found == keys.ring.signing:
            raise KeyFileProblem(f"the key {key_id!r} signs; run deskgate keys rotate first, then retire it")
        if found.retired:
            raise KeyFileProblem(f"the key {key_id!r} was retired on {found.retired.isoformat()}")
        gone = replace(found, retired=today)
        return Keys(keys.instance, KeyRing(tuple(gone if key == found else key for key in keys.ring.keys)))

    found = _changed(path, without).ring.find(key_id)
    assert found is not None, "just written"
    return found


def in_use_until(ring: KeyRing, key: Key) -> date | None:
    """The last day on which an address signed by this key may come back; None for the key that signs."""
    if key == ring.signing:
        return None
    if key.retired:
        return key.retired
    position = ring.keys.index(key)
    return ring.keys[position - 1].created + timedelta(days=REPLY_LIFE.days)


def _following(letter: str) -> Iterator[str]:
    """The letters behind this one, then those from the beginning."""
    at = KEY_IDS.index(letter) + 1
    yield from KEY_IDS[at:] + KEY_IDS[:at]


def _changed(path: Path, change: Callable[[Keys], Keys]) -> Keys:
    with _alone(path):
        keys = change(read(path))
        draft = _draft(path, _written(keys))
        draft.replace(path)
        _sync(path.parent)
    return keys


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Within: no other command changes the ring."""
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


# ------------------------------------------------------------------------------------------------ writing


def _write_first(path: Path, today: date) -> None:
    """Write a key file durably, so that no token is given out whose key a power cut could take away."""
    path.parent.mkdir(parents=True, exist_ok=True)
    first = Key("a", secrets.token_bytes(32), today)
    draft = _draft(path, _written(Keys(secrets.token_hex(8), KeyRing((first,)))))
    try:
        os.link(draft, path)  # never replaces: another process may have been first
    except FileExistsError:
        pass  # its keys are the ones that count
    finally:
        draft.unlink()
    _sync(path.parent)


def _written(keys: Keys) -> str:
    """The ring as TOML; everything in it is a letter, hex digits or a date."""
    blocks = [f'{HEAD}instance = "{keys.instance}"\n']
    for key in keys.ring.keys:
        block = f'\n[[keys]]\nid = "{key.id}"\nsecret = "{key.secret.hex()}"\ncreated = {key.created.isoformat()}\n'
        blocks.append(block + (f"retired = {key.retired.isoformat()}\n" if key.retired else ""))
    return "".join(blocks)


def _draft(path: Path, text: str) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
