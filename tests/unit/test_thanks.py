"""Thanks are recognised only where nothing else can be meant."""

from __future__ import annotations

import pytest

from routing.thanks import BESIDES, THANKS, is_only_thanks
from tests.helpers.world import read

ONLY_THANKS = [
    "Thank you, that solved it.",
    "Thanks!",
    "Hi Maria,\n\nthat worked, thank you so much 👍\n\nBest regards\nSam",
    "Vielen Dank für die schnelle Hilfe, jetzt geht es wieder :-)\n\nViele Grüße\nSam Field",
    "Merci beaucoup, c’est réglé. Bonne journée !",
    "Grazie mille, ora funziona!\nCordiali saluti\nSam",
    "¡Muchas gracias! Ya funciona.",
    "Muito obrigada, já funciona.",
    "Hartelijk dank, het werkt weer.\nMet vriendelijke groet,\nSam",
    "Tusen takk for hjelpen!",
    "Tack så mycket, nu fungerar det.\nMvh Sam",
    "Kiitos avusta, nyt toimii.",
    "Dziękuję bardzo, już działa. Pozdrawiam",
    "Děkuji moc, funguje to.",
    "Большое спасибо, всё работает!",
    "Дякую, все працює.",
    "ありがとうございました。解決しました。",
    "谢谢您,问题解决了。",
    "감사합니다! 해결되었습니다.",
    "Teşekkür ederim, sorun çözüldü.",
    "Ευχαριστώ πολύ!",
    "Köszönöm szépen, már működik.",
]
MORE_THAN_THANKS = [
    "",
    "👍",
    "Perfect.",
    "Thanks, but it is broken again.",
    "Thank you. Can you also look at the door?",
    "Thanks, the code was 4711.",
    "Thanks for nothing.",
    "No thanks.",
    "Thank you, that did not solve it.",
    "Danke, aber der Drucker streikt wieder.",
    "Danke, das hat leider nicht geholfen.",
    "Merci, mais ça ne marche pas.",
    "Grazie, però non funziona.",
    "Gracias, pero no funciona.",
    "Tak.",
    "Dziękuję, ale nadal nie działa.",
    "Спасибо, но не работает.",
    "谢谢，但是还没有解决",
    "ありがとうございます。まだ動きません。",
    "Thanks. See https://files.example/new",
    "Thanks, please close the other one as well.",
    "Hi printer, thanks",
    "Thanks 😡",
    "Thanks! " * 60,
]


def said(text: str, fields: str = "") -> bool:
    """Whether Sam, who writes this, says nothing but thanks."""
    raw = f"From: Sam Field <sam@cust.example>\nTo: it@acme.example\nSubject: Re: Printer\n{fields}"
    raw += f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    return is_only_thanks(read(raw, "sam@cust.example").message, ("maria@acme.example", "IT"))


@pytest.mark.parametrize("text", ONLY_THANKS)
def test_thanks_alone_are_recognised(text: str) -> None:
    assert said(text)


@pytest.mark.parametrize("text", MORE_THAN_THANKS)
def test_whatever_may_mean_more_is_not(text: str) -> None:
    assert not said(text)


def test_quotes_and_a_signature_do_not_matter() -> None:
    assert said("Thank you very much!\n\n-- \nSam Field\nAcme Works, Room 12\n")
    assert said(
        "Thanks, that worked!\n\nOn Mon, 23 Nov 2026 at 10:00, IT <it@acme.example> wrote:\n> Try the other cable?\n"
    )


def test_what_a_machine_says_is_no_thanks() -> None:
    assert not said("Thank you.", "Auto-Submitted: auto-replied\n")


def test_an_attachment_says_more() -> None:
    raw = (
        "From: Sam Field <sam@cust.example>\nTo: it@acme.example\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nThanks!\n'
        "--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\nx\n--b--\n"
    )
    assert not is_only_thanks(read(raw, "sam@cust.example").message)


@pytest.mark.parametrize("language", THANKS)
def test_every_phrase_of_the_table_is_recognised(language: str) -> None:
    for phrase in THANKS[language]:
        assert said(f"{phrase.capitalize()}!"), phrase
        assert all(said(f"{phrase.capitalize()}. {other.capitalize()}.") for other in BESIDES.get(language, ()))
    assert not any(said(other) for other in BESIDES.get(language, ()))


def test_at_least_fifteen_languages_are_known() -> None:
    assert len(THANKS) >= 15
    assert BESIDES.keys() <= THANKS.keys()
