"""The shared mail corpus, where it lies: nothing crashes, and what is understood stays above a floor.

The floors are what has been reached less a little; the corpus's own checks decide what counts as understood.
"""

from __future__ import annotations

import importlib.util
import os
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from parsers.as_json import as_json
from parsers.parse import parse

SHARED = Path(os.environ.get("DESKGATE_SHARED") or Path(__file__).resolve().parents[3] / "shared")
CORPUS = SHARED / "corpus"

pytestmark = pytest.mark.skipif(not (CORPUS / "score.py").exists(), reason="the shared mail corpus is not here")

FLOORS = {
    "attachment_count": 0.90, "attachments": 0.96, "bounce.reason": 0.76, "bounce.recipients": 0.93,
    "bounce.status": 0.92,
    "date": 0.99, "from_address": 0.98, "from_name": 0.98, "html_absent": 1.0, "kind": 0.98, "message_id": 0.99,
    "reply_absent": 1.0, "reply_contains": 1.0, "reply_equals": 0.85, "reply_to": 1.0, "subject": 0.98,
    "text_contains": 0.89,
    "text_equals": 0.92, "to": 0.98, "to_first": 0.99,
}  # fmt: skip


def _score() -> ModuleType:
    spec = importlib.util.spec_from_file_location("corpus_score", CORPUS / "score.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _cases(score: Any) -> Iterator[dict[str, Any]]:
    for _, cases in score.load(str(CORPUS)):
        yield from cases


@lru_cache(maxsize=1)
def _shares() -> tuple[dict[str, float], tuple[str, ...]]:
    """Share of passed checks by sort, and the cases on which the reading failed inside."""
    score = _score()
    passed: Counter[str] = Counter()
    total: Counter[str] = Counter()
    broken: list[str] = []
    for case in _cases(score):
        message = parse(Path(case["path"]).read_bytes())
        if any(one.startswith("limit: internal") for one in message.defects):
            broken.append(case["id"])
        found = as_json(message)
        for sort, wanted in score.checks_of(case):
            total[sort] += 1
            passed[sort] += _fits(score, sort, wanted, found)
    return {sort: passed[sort] / total[sort] for sort in total}, tuple(broken)


def _fits(score: Any, sort: str, wanted: object, found: dict[str, object]) -> bool:
    try:
        return bool(score.run_check(sort, wanted, found))
    except (ValueError, TypeError, AttributeError):
        return False


def test_no_mail_of_the_corpus_breaks_the_reading() -> None:
    assert _shares()[1] == ()


@pytest.mark.parametrize("sort", sorted(FLOORS))
def test_the_share_that_is_understood_stays_above_its_floor(sort: str) -> None:
    assert _shares()[0][sort] >= FLOORS[sort]


ATTACKS = sorted((SHARED / "corpus-attacks" / "mails").glob("*.eml"))


@pytest.mark.parametrize("path", ATTACKS, ids=[path.stem for path in ATTACKS])
def test_no_hostile_mail_breaks_the_reading(path: Path) -> None:
    message = parse(path.read_bytes())
    assert not any(one.startswith("limit: internal") for one in message.defects)
    assert "<script" not in (message.html or "").lower()
