"""Reply text of single mails: human sentences that merely look like history, and the stranger habits of programs."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from parsers.reply import Setting, reply_of

TEXTS = tomllib.loads((Path(__file__).parent.parent / "helpers" / "replytexts.toml").read_text(encoding="utf-8"))
KEPT = [one["text"] for one in TEXTS["kept"]]
ADDED = [(one["text"], one["reply"]) for one in TEXTS["added"]]


@pytest.mark.parametrize("answers", [True, False])
@pytest.mark.parametrize("text", KEPT, ids=[text[:40] for text in KEPT])
def test_what_people_write_is_kept_whatever_it_looks_like(text: str, answers: bool) -> None:
    assert reply_of(text, setting=Setting(answers=answers))[0] == text.strip()


@pytest.mark.parametrize(("text", "reply"), ADDED, ids=[text[-40:] for text, _ in ADDED])
def test_what_programs_write_around_it_is_no_part_of_the_reply(text: str, reply: str) -> None:
    assert reply_of(text)[0] == reply.strip()


HEADER = "From: Ann Archer <ann@example.org>\nSent: Monday, 2 November 2026 10:14\nTo: Bob\nSubject: Lamp"


def test_a_mail_forwarded_without_a_word_of_its_own_above_keeps_what_it_forwards() -> None:
    text = f"See what Ann says.\n\n{HEADER}\n\nThe lamp blinks."
    assert reply_of(text, setting=Setting(answers=False, forwards=True))[0] == text


def test_who_says_that_the_answers_stand_inside_keeps_the_older_mail_around_them() -> None:
    text = f"My answers are in red.\n\n{HEADER}\n\nDoes it blink?\nYes."
    assert reply_of(text)[0] == text


@pytest.mark.parametrize(
    "line",
    [
        "On Mon 1 " * 30 + "wrote:\n> a",
        "Am x 1 schrieb " * 20 + ":\n> a",
        "From: " + "a: " * 80,
        "\t" * 280 + ":",
        " " * 60 + " " * 100 + "Subject",
        "kind," * 15,
        "Monday " * 40 + ":\n> x",
        "1. 1. " * 45 + ":\n> x",
        "<" * 290 + ":",
        "](" * 140,
        "this email and any attach confidential " * 9 + "\n",
        "a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + ":",
        ">>> " + "1.1.2026 " * 19 + ">>>",
    ],
)
def test_hostile_lines_in_great_number_are_read_and_never_lost(line: str) -> None:
    text = f"{line}\n" * (200_000 // len(line))
    reply, cut = reply_of(text)
    assert reply
    assert sum(len(one.text) for one in cut) + len(reply) > 0
