"""People's mails are people's mails."""

from __future__ import annotations

from tests.helpers.shared import shared
from tests.model.humans import people, taken_for_machines


def test_nobody_who_is_made_up_is_taken_for_a_machine() -> None:
    assert taken_for_machines(1500, seed=1) == []


def test_no_person_of_the_corpus_is_taken_for_a_machine() -> None:
    known = people(shared("corpus"))
    assert len(known) > 100
    assert taken_for_machines(1500, seed=2, known=known) == []
