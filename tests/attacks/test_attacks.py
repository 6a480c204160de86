"""Every attack of the corpus, put before the real daemon over a real socket; skipped where the corpus is not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.cases import Case, cases
from tests.attacks.checks import CHECKS, READ_ELSEWHERE, UNSEEN
from tests.attacks.conducting import judged
from tests.attacks.marks import Marks
from tests.attacks.not_yet import NOT_YET
from tests.attacks.worlds import Worlds, make

CASES = cases()


def _marks(case: Case) -> list[pytest.MarkDecorator]:
    """A case of the list must fail: when it succeeds, it is to be taken out."""
    return [pytest.mark.xfail(reason=NOT_YET[case.id], strict=True)] if case.id in NOT_YET else []


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    """The worlds of all cases, made from one template."""
    folder = Path(tmp_path_factory.mktemp("worlds"))
    found = Worlds(make(folder / "template"), folder)
    yield found
    found.close()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", [pytest.param(case, id=case.id, marks=_marks(case)) for case in CASES])
def test_an_attack_ends_as_it_must(case: Case, worlds: Worlds) -> None:
    world = worlds.next(own=case.repeat > 1)
    wrong = judged(case, world, Marks(world))
    assert not wrong, "\n".join(wrong)


def test_every_check_that_a_case_asks_for_is_made() -> None:
    asked = {name for case in CASES for one in (case, *case.before) if one.expect for name in one.expect.checks}
    assert asked <= {*CHECKS, *READ_ELSEWHERE, *UNSEEN}


def test_the_list_of_what_is_missing_names_cases_that_exist() -> None:
    assert not CASES or set(NOT_YET) <= {case.id for case in CASES}
