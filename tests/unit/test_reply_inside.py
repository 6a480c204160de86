"""Answers typed into the older mail, and how their writers say so: then the older mail stays."""

from __future__ import annotations

import pytest

from parsers.reply import reply_of
from parsers.replyinside import only_greets, says_inside

HEADER = "From: Ann <ann@example.org>\nSent: Monday, 2 November 2026 10:14\nTo: Bob\nSubject: Lamp"
SAID = (
    "My answers are in red below.",
    "See my comments inline.",
    "Meine Antworten stehen in Rot in deiner Mail.",
    "Ich habe die Tabelle unten ausgefüllt.",
    "Voir mes réponses en bleu dans le texte.",
    "He puesto mis respuestas en rojo.",
    "Le mie risposte sono in rosso.",
    "Mijn antwoorden staan in het rood tussen je regels.",
    "Mina svar i rött nedan.",
    "Moje odpowiedzi na czerwono w tekście.",
    "Мои ответы красным в тексте.",
    "回答は赤字で記入しました。以下をご覧ください。",
)


@pytest.mark.parametrize("words", SAID)
def test_who_says_where_the_answers_stand_is_believed(words: str) -> None:
    text = f"{words}\n\n{HEADER}\n\nDoes it blink? Yes."
    assert says_inside(words)
    assert reply_of(text)[0] == text


@pytest.mark.parametrize(
    "words",
    [
        "Thanks, that answers it.",
        "The red lamp blinks.",
        "I have written to the landlord. The lamp is in the kitchen.",
        "As you can see below, it was ordered in May.",
        "Bitte siehe unten.",
        "In the text of the contract there is nothing about it.",
    ],
)
def test_words_about_other_things_announce_no_answers(words: str) -> None:
    assert not says_inside(words)


def test_a_long_text_is_no_note_about_answers() -> None:
    assert not says_inside("My answers are in red below. " + "The lamp blinks. " * 40)


@pytest.mark.parametrize(
    ("lines", "greets"), [(["Hi Ann,", ""], True), (["Hi Ann,", "yes."], False), (["Yes!"], False)]
)
def test_a_mere_greeting_says_nothing(lines: list[str], greets: bool) -> None:
    assert only_greets(lines) is greets


def test_answers_typed_into_quoted_lines_stay_with_them() -> None:
    introduction = "On Mon, 2 Nov 2026 at 10:14, Ann <ann@example.org> wrote:"
    text = f"Hi Ann,\n\nmy answers in capitals:\n\n{introduction}\n> Blinks it? YES"
    assert reply_of(text)[0].endswith("> Blinks it? YES")
