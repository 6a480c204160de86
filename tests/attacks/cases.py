"""The cases of the corpus as values: what to send, and what must come of it.  Nothing of them is copied into this tree."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

CORPUS = Path(os.environ.get("DESKGATE_SHARED") or Path(__file__).resolve().parents[3] / "shared").joinpath(
    "corpus-attacks"
)


@dataclass(frozen=True)
class Expect:
    """What must come of a case; None in `auto_response` and `notify`: either is right."""

    outcome: str
    ticket: str | None
    auto_response: bool | None
    notify: bool | None
    reopen: bool
    smtp: str
    max_seconds: float
    checks: Mapping[str, Any]

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Expect:
        """From the JSON."""
        return cls(
            **{name: found[name] for name in ("outcome", "ticket", "auto_response", "notify", "reopen", "smtp")},
            max_seconds=found["max_seconds"],
            checks=found.get("checks", {}),
        )


@dataclass(frozen=True)
class Line:
    """One line of a dialogue: what the client says, and the codes it may hear."""

    send: str
    replies: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """One attack: a mail, sent `repeat` times, or a dialogue; and the mails before it."""

    id: str
    category: str
    expect: Expect | None
    sender: str = ""
    recipients: tuple[str, ...] = ()
    raw: bytes = b""
    recipe: Mapping[str, Any] | None = None
    repeat: int = 1
    before: tuple[Case, ...] = ()
    dialogue: tuple[Line, ...] = field(default=(), repr=False)

    def mail(self) -> bytes:
        """The bytes, marks and all; large ones are built now."""
        if self.recipe is None:
            return self.raw
        built: bytes = _builder().build(self.recipe)
        return built


@lru_cache(maxsize=1)
def _builder() -> Any:
    spec = importlib.util.spec_from_file_location("bigmail", CORPUS / "bigmail.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cases() -> tuple[Case, ...]:
    """All cases; none where the corpus is not there."""
    lines = (CORPUS / "cases.jsonl").read_text(encoding="utf-8").splitlines() if CORPUS.exists() else []
    return tuple(_case(json.loads(line), "") for line in lines)


def _case(found: Mapping[str, Any], name: str) -> Case:
    return Case(
        id=found.get("id", name),
        category=found.get("category", ""),
        expect=Expect.of(found["expect"]) if "expect" in found else None,
        sender=found.get("mail_from", ""),
        recipients=tuple(found.get("rcpt_to", ())),
        raw=CORPUS.joinpath(found["mail"]).read_bytes() if "mail" in found else b"",
        recipe=found.get("generate"),
        repeat=found.get("repeat", 1),
        before=tuple(_case(one, f"{found['id']}: before {n}") for n, one in enumerate(found.get("before", ()))),
        dialogue=tuple(Line(one["send"], tuple(one["reply"].split("|"))) for one in found.get("dialogue", ())),
    )
