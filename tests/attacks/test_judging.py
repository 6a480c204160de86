"""The judge notices: an ordinary mail, held against expectations that are wrong in one thing each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.attacks.cases import Case, Expect, Line
from tests.attacks.conducting import judged
from tests.attacks.marks import Marks
from tests.attacks.world import MANY_ACKS, World
from tests.attacks.worlds import copied, make

ANN = "ann@customer.example"
RIGHT = Expect("ticket", "new", True, True, False, "250", 2, {})
WRONG = {
    "outcome": replace(RIGHT, outcome="attach"),
    "ticket": replace(RIGHT, ticket="T1"),
    "no answer": replace(RIGHT, auto_response=False),
    "nobody told": replace(RIGHT, notify=False),
    "reopened": replace(RIGHT, reopen=True),
    "reply": replace(RIGHT, smtp="550"),
    "refused": replace(RIGHT, outcome="reject", smtp="554"),
    **{
        name: replace(RIGHT, checks={name: wanted})
        for name, wanted in {
            "text_contains": "words that stand nowhere",
            "attachments": 2,
            "subject_max": 5,
            "only_recipient": "somebody@else.example",
            "identity_not": ANN,
            "participants_added": ["somebody@else.example"],
            "tickets_total": 2,
            "mails_stored_max": 0,
            "mails_to_sender": 0,
            "max_auto_responses_total": 0,
            "commands_run": 1,
            "visible_to_customer": False,
            "also_attached": ["T5"],
            "literal": ["words that stand nowhere"],
        }.items()
    },
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all."""
    folder = Path(tmp_path_factory.mktemp("judging"))
    with copied(make(folder / "template"), folder / "world", MANY_ACKS).open() as found:
        yield found


def ordinary(number: int, expect: Expect, to: str = "support@desk.example") -> Case:
    """A mail that nothing is wrong with."""
    raw = (
        "Authentication-Results: mx.desk.example; dmarc=pass header.from=customer.example\r\n"
        f"From: Ann <{ANN}>\r\nTo: support@desk.example\r\nSubject: The lamp is dark\r\n"
        f"Message-ID: <ordinary{number}@customer.example>\r\n\r\nWhat can be done?\r\n"
    )
    return Case("ordinary", "ordinary", expect, ANN, (to,), raw.encode())


def test_what_is_right_is_found_right(world: World) -> None:
    assert judged(ordinary(0, RIGHT), world, Marks(world)) == []


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_noticed(world: World, name: str) -> None:
    number = 1 + list(WRONG).index(name)
    (fault,) = judged(ordinary(number, WRONG[name]), world, Marks(world))[:1]
    assert fault.startswith("ordinary: ")


def test_somebody_elses_reply_address_shows_nothing_and_is_told_apart(world: World) -> None:
    right = Expect("attach", "T1", False, True, False, "250", 2, {"visible_to_customer": False, "discloses": []})
    assert judged(ordinary(100, right, "@@REPLY:T1@@"), world, Marks(world)) == []
    assert judged(ordinary(101, replace(right, ticket="T5"), "@@REPLY:T1@@"), world, Marks(world)) != []


def test_a_dialogue_is_held_to_its_replies(world: World) -> None:
    expect = Expect("reject", None, False, False, False, "503", 2, {"mails_stored_max": 0})
    right = Case("talk", "smtp", expect, dialogue=(Line("@@SLOW:0.01:DATA\r\n@@", ("503",)), Line("@@CLOSE@@", ("",))))
    assert judged(right, world, Marks(world)) == []
    wrong = replace(right, dialogue=(Line("@@REPEAT:2:NOOP\r\n@@", ("554",)),))
    assert judged(wrong, world, Marks(world)) != []
