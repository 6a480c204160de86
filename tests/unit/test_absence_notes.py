"""Absence notes whose fields a gateway took away: told by subject and words together, and never held for it."""

from __future__ import annotations

import pytest

from parsers.away import absence_note
from parsers.kind import BY_WORDS
from parsers.message import Kind
from parsers.parse import parse

NOTES = (
    ("Automatic reply: Printer", "I am on annual leave and will be back on Monday."),
    ("Automatische Antwort: Drucker", "Ich bin im Urlaub und am Montag wieder im Haus."),
    ("Réponse automatique : imprimante", "Je suis en congé, de retour lundi."),
    ("Respuesta automática: impresora", "Estoy de vacaciones; vuelvo el lunes."),
    ("Автоответ: принтер", "Я в отпуске, вернусь в понедельник."),
    ("自動応答: プリンター", "休暇中です。月曜日に戻ります。"),
    ("Antw: Drucker (Abwesenheitsnotiz)", "Ich bin bis Montag abwesend."),
    ("Out of office: Printer", "I am on vacation and will return on Monday."),
)
PEOPLE = (
    ("Automatic reply: how?", "How do I switch on the automatic reply?"),
    ("Out of office: drinks on Friday", "We meet at six, bring a friend."),
    ("Printer", "I am on annual leave and will be back on Monday."),
    ("Automatic reply", "It does not work for me."),
    ("Automatic reply: Printer", "The lamp blinks."),
    ("Re: leave (annual)", "I am back on Monday."),
)


@pytest.mark.parametrize(("subject", "text"), NOTES)
def test_subject_and_words_together_make_an_absence_note(subject: str, text: str) -> None:
    assert absence_note(subject, text)
    message = parse(f"From: ann@example.net\nSubject: {subject}\n\n{text}\n".encode())
    assert (message.kind, message.kind_reason) == (Kind.AUTO_REPLY, BY_WORDS)


@pytest.mark.parametrize(("subject", "text"), PEOPLE)
def test_people_who_write_about_absence_are_people(subject: str, text: str) -> None:
    assert not absence_note(subject, text)
    assert parse(f"From: ann@example.net\nSubject: {subject}\n\n{text}\n".encode()).kind is Kind.PERSON


def test_a_long_text_is_no_absence_note() -> None:
    assert not absence_note("Automatic reply: Printer", "I am on vacation. " * 200)


@pytest.mark.parametrize("fields", ["Precedence: junk", "Precedence: bulk"])
def test_the_null_sender_and_precedence_alone_make_an_automatic_answer(fields: str) -> None:
    message = parse(
        f"Return-Path: <>\nFrom: ann@example.net\nSubject: Re: Printer\n{fields}\n\nOn the road.\n".encode()
    )
    assert message.kind is Kind.AUTO_REPLY
