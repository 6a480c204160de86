"""Which lines of a mail are commands, what they ask for, and where the words below them go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.actions import VERBS
from routing.commands import MOST_COMMANDS, Asked, Command, Task, asked, tasks

CLOSE, TAKE, NOTE = Command("close"), Command("take"), Command("note")


@pytest.mark.parametrize(
    ("text", "commands", "words"),
    [
        ("#close", (CLOSE,), ""),
        ("#Close.", (CLOSE,), ""),
        ("\n \n  #close  \n\n", (CLOSE,), ""),
        ("\u200b#close\u00a0\nDone.", (CLOSE,), "Done."),
        ("#take\n#close\n\nThank you,\nMaria", (TAKE, CLOSE), "Thank you,\nMaria"),
        ("#take\n\n#close\nDone.", (TAKE, CLOSE), "Done."),
        ("#assign otto@acme.example", (Command("assign", "otto@acme.example"),), ""),
        ("#assign: Otto Smith <otto@acme.example>", (Command("assign", "otto@acme.example"),), ""),
        ("#assign otto@acme.example<mailto:otto@acme.example>", (Command("assign", "otto@acme.example"),), ""),
        ("#assign otto@acme.example your room", (Command("assign", "otto@acme.example", "your room"),), ""),
        ("#assign otto", (Command("assign", "otto"),), ""),
        ("#move HR it is about pay", (Command("move", "HR", "it is about pay"),), ""),
        ("#watch", (Command("watch"),), ""),
        ("#watch petra@acme.example.", (Command("watch", "petra@acme.example"),), ""),
        ("#merge [ACME-1042]", (Command("merge", "ACME-1042"),), ""),
        ("#split", (Command("split"),), ""),
        ("#split 17-", (Command("split", "17-"),), ""),
        ("#note he called\nagain", (Command("note", aside="he called"),), "again"),
        ("#note\n#1042 is the same\n#nothing", (NOTE,), "#1042 is the same\n#nothing"),
        ("Hello\n#close", (), "Hello\n#close"),
        ("> #close", (), "> #close"),
        ("#1 priority: the door", (), "#1 priority: the door"),
        ("# Steps\n1. Press", (), "# Steps\n1. Press"),
        ("##close", (), "##close"),
        ("#", (), "#"),
        ("", (), ""),
    ],
)
def test_commands_are_the_first_lines_that_begin_with_a_known_word(
    text: str, commands: tuple[Command, ...], words: str
) -> None:
    assert asked(text, VERBS) == Asked(commands, words, "")


@pytest.mark.parametrize(
    "text",
    [
        "#clsoe\nDone.",
        "#hashtag is what everybody writes",
        "#delete",
        "#закрыть",
        "#take\n#nonsense\nHello",
        "#close the door",
        "#close#take",
        "#assign",
        "#assign Otto Smith",
        "#merge",
        "#merge ACME-1042 and ACME-1043",
        "#watch Petra, please",
        "#take\n" * (MOST_COMMANDS + 1),
    ],
)
def test_what_is_nearly_a_command_is_wrong_and_never_an_answer(text: str) -> None:
    found = asked(text, VERBS)
    _, wrong = tasks(found, VERBS)
    assert found
    assert wrong or found.commands == (Command("assign", "Otto", "Smith"),)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("#close\nIt works.", (Task("close", text="It works.", public=True),)),
        ("#close", (Task("close"),)),
        ("#take\nHello", (Task("take"), Task("reply", text="Hello", public=True))),
        ("#take\n#move hr\nHello", (Task("take"), Task("reply", text="Hello", public=True), Task("move", "hr"))),
        ("#move hr\nHello", (Task("reply", text="Hello", public=True), Task("move", "hr"))),
        ("#reply\n#take\nHello", (Task("reply", text="Hello", public=True), Task("take"))),
        ("#note\nHe is angry.", (Task("note", text="He is angry."),)),
        ("#note He is angry.\nVery.", (Task("note", text="He is angry.\nVery."),)),
        ("#close\n#note\nHe gave up.", (Task("close"), Task("note", text="He gave up."))),
        ("#note\n#close\nHe gave up.", (Task("note", text="He gave up."), Task("close"))),
        ("#assign otto your room\nOtto comes.", (Task("assign", "otto", "your room"),
                                                Task("reply", text="Otto comes.", public=True))),
        ("#assign otto\n#note\nHe is angry.", (Task("assign", "otto"), Task("note", text="He is angry."))),
    ],
)  # fmt: skip
def test_the_words_below_answer_the_requester_and_below_a_note_they_stay(text: str, wanted: tuple[Task, ...]) -> None:
    assert tasks(asked(text, VERBS), VERBS) == (wanted, "")


def test_words_cannot_be_a_note_and_a_reply_at_once() -> None:
    made, wrong = tasks(asked("#note\n#reply\nWords", VERBS), VERBS)
    assert (made, bool(wrong)) == ((), True)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("#close\nThanks", "#close", True),
        ("#assign otto@acme.example", "#Assign otto@ACME.example<mailto:otto@acme.example>", True),
        ("#close", "Thanks", False),
        ("#close", "#take", False),
        ("#close", "#delete", False),
        ("#assign otto", "#assign maria", False),
    ],
)
def test_two_texts_ask_for_the_same_when_their_commands_are_the_same(one: str, other: str, same: bool) -> None:
    assert asked(one, VERBS).same_as(asked(other, VERBS)) is same


LINES = st.sampled_from(
    ["#close", "#note", "#note x", "#take it", "#x", "#1", "", "words", "#assign a@b.example", "> #close"]
)


@given(st.lists(LINES, max_size=12).map("\n".join))
def test_no_word_below_a_note_is_ever_public_and_no_word_is_lost(text: str) -> None:
    wish = asked(text, VERBS)
    made, wrong = tasks(wish, VERBS)
    if any(task.name == "note" for task in made):
        assert not any(task.public for task in made)
    if not wrong and wish.words.strip():
        assert any(wish.words in task.text for task in made)


@given(st.text(alphabet="#@<>mailto: \n\u00a0abcde.", max_size=400))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    tasks(asked(text, VERBS), VERBS)
