"""The model's tables and the program agree, whatever is drawn: who may touch which ticket, who is told, who is answered."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields

from tests.model.drawing import CHOICES, differences, drawn
from tests.model.table import Mail, due

COUNT, SEED = 20_000, 1


def test_model_and_program_agree_on_whatever_is_drawn() -> None:
    different, wrong = differences(COUNT, SEED)
    assert different > COUNT * 0.9
    assert not wrong, "\n".join(map(str, wrong))


def test_what_is_drawn_has_every_value_and_comes_to_every_end() -> None:
    mails = list(drawn(COUNT, SEED))
    for name in CHOICES:
        assert {getattr(mail, name) for mail in mails} == set(CHOICES[name]), name
    ends = [due(mail) for mail in mails]
    assert Counter(end.outcome for end in ends).keys() == {"ticket", "attach", "quarantine", "bounce-record"}
    for what in ("ack", "reopen", "notify", "also"):
        assert sum(bool(getattr(end, what)) for end in ends) > COUNT / 400, what
    assert {end.seen for end in ends} == {"nobody", "staff", "everybody", "sent on"}


def test_every_field_of_a_combination_is_drawn() -> None:
    assert {field.name for field in fields(Mail)} == set(CHOICES)
