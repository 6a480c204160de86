"""The files: configuration, templates, signing keys; and whether the daemon runs with what is in them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from gateway import keys
from gateway.config.settings import Settings
from gateway.doctor.findings import Finding, Patient, failed, ok, warning


def findings(patient: Patient) -> Iterator[Finding]:
    """What stands in files.  The configuration itself was read before any check could run."""
    settings = patient.settings
    aliases = len(settings.desk.alias_index)
    yield ok(
        "file",
        f"{settings.file}: {len(settings.desk.teams)} teams, {aliases} aliases, {len(settings.desk.rules)} rules",
    )
    for problem in settings.warnings:
        yield warning("file", str(problem), "docs/configuration.md describes the setting.")
    yield from _keys(settings)
    if settings.templates_folder is not None and not os.access(settings.templates_folder, os.R_OK | os.X_OK):
        yield failed(
            "templates", f"{settings.templates_folder} cannot be read", "Let the user who runs Deskgate read it."
        )


def _keys(settings: Settings) -> Iterator[Finding]:
    file = settings.keys_file
    if not file.exists():
        if os.access(_nearest(file.parent), os.W_OK):
            yield ok("keys", f"{file} is not there yet; the first start makes it")
        else:
            yield failed("keys", f"{file} is not there and cannot be made", f"Let this user write into {file.parent}.")
        return
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        yield failed("keys", f"{file}: others may read the signing keys (mode {mode:04o})", f"chmod 600 {file}")
        return
    try:
        ring = keys.read(file).ring
    except keys.KeyFileProblem as problem:
        advice = f"Restore {file.name} from a backup, or run this as the user who runs Deskgate."
        yield failed("keys", str(problem), advice)
        return
    yield ok("keys", f"{file}: keys {', '.join(key.id for key in ring.keys)}, readable by their owner only")


def _nearest(folder: Path) -> Path:
    """The folder itself, or the nearest above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())
