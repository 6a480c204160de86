"""What introduces an older mail: the sign that is looked for first says the same as the expression, only sooner."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import replyintros as intros
from parsers import replywords as data
from parsers.reply import Setting, reply_of

VERBS = sorted({word for words in data.WROTE.values() for word in words})


@given(
    st.lists(st.sampled_from([*VERBS, "Ann", "2 Nov", "und", "<", ">", ":", ",", ".", "(", "x", "\n"]), max_size=8),
    st.sampled_from(["", " "]),
)
def test_a_word_for_writing_is_found_where_the_expression_finds_one(words: list[str], between: str) -> None:
    text = intros._folded(between.join(words))
    assert intros.wrote(text) == bool(intros._WROTE.search(text))


@pytest.mark.parametrize("verb", VERBS)
def test_every_word_for_writing_is_found_by_its_sign(verb: str) -> None:
    assert intros.wrote(intros._folded(f"ann {verb}:"))


@pytest.mark.parametrize(
    "header",
    [
        "Od: Ann <ann@example.org>\nPoslano: 2. 11. 2026 10:14\nZa: Bob\nZadeva: The lamp",
        "Abc: Ann <ann@example.org>\nDefg: 2/11/2026 10:14\nHij: Bob <bob@example.org>\nKlmno: Re: The lamp",
    ],
    ids=["a language that is known", "a language that is not"],
)
def test_a_header_is_told_by_the_subject_it_repeats(header: str) -> None:
    assert reply_of(f"Yes.\n\n{header}\n\nDoes it blink?", setting=Setting(subject="the lamp"))[0] == "Yes."


def test_fields_that_repeat_the_subject_without_address_and_time_are_a_form() -> None:
    text = "Please order.\n\nArticle: Chair\nNumber: 7\nColour: red\n\nThank you."
    assert reply_of(text, setting=Setting(subject="chair"))[0] == text


@pytest.mark.parametrize(
    "text",
    [
        "This is what I got:\n\nFrom: Ann <ann@example.org>\nSent: 2 November 2026 10:14\nTo: Bob\n\nPay now!",
        "On 2 November 2026 at 10:14 Ann Archer <ann@example.org> wrote:\n\nThe lamp is broken.",
    ],
)
def test_a_mail_that_answers_none_shows_older_mails_as_its_own_words(text: str) -> None:
    assert reply_of(text, setting=Setting(answers=False))[0] == text
