"""Which lines of a mail are its reply: the rules, one sentence each."""

from __future__ import annotations

import pytest

from parsers.reply import Setting, reply_of

INTRO = "On Mon, 2 Nov 2026 at 10:14, Ann <ann@example.org> wrote:"

RAW = (
    "Received: from relay.example (relay.example\n [198.51.100.7])\n"
    "From: a@x.example\nTo: b@y.example\nDate: 1 Apr 2025 18:01"
)

CASES = (
    (
        "the raw header of a mail that somebody shows stays",
        f"Here it is:\n\n{RAW}\nSubject: Bill\n\nWhy so late?\n\n{INTRO}\n\n> Show me.\n",
        f"Here it is:\n\n{RAW}\nSubject: Bill\n\nWhy so late?",
    ),
    (
        "the raw header under a ruler is that of the older mail",
        f"Yes.\n\n-----Original Message-----\n{RAW}\nSubject: Bill\n\nIs it you?\n",
        "Yes.",
    ),
    (
        "rulers above a signature that is cut go with it",
        f"It works.\n\n********\n-- \nBob\n********\n\n{INTRO}\n> Does it?\n",
        "It works.",
    ),
    (
        "pieces of quoted lines that a program broke are quoted",
        f"Yes, now.\n\n{INTRO}\n> we need the certified copy of the articles of incorporation of\nthe company\n"
        "> and of both annexes before the hearing on the fifteenth, so please\nsay when\n"
        "> it is there. Everything else is in the file that my colleague left\nwith you.\n>\n> Ann\n",
        "Yes, now.",
    ),
    (
        "short answers below long quoted lines stay",
        f"{INTRO}\n> we need the certified copy of the articles of incorporation of it,\nwhich one\n"
        "> and both annexes before the hearing on the fifteenth, please do say\nGranted.\n> Ann\n",
        "> we need the certified copy of the articles of incorporation of it,\nwhich one\n"
        "> and both annexes before the hearing on the fifteenth, please do say\nGranted.",
    ),
    ("a mail without history is its own reply", "Hello\n\nworld", "Hello\n\nworld"),
    ("an answer under the quote stands alone", f"{INTRO}\n> Which room?\n\nRoom 7.\n", "Room 7."),
    (
        "words above and below the quote both stay",
        f"See below.\n\n{INTRO}\n> a\n> b\n\nThanks, Bob",
        "See below.\n\nThanks, Bob",
    ),
    (
        "answers between quotes stay with the lines they answer",
        f"{INTRO}\n> Which room?\n\nSeven.\n\n> Which day?\n\nMonday.\n",
        "> Which room?\n\nSeven.\n\n> Which day?\n\nMonday.",
    ),
    (
        "a last quote that nobody answers is history",
        f"{INTRO}\n> Which room?\nSeven.\n> Kind greetings\n> Ann\n",
        "> Which room?\nSeven.",
    ),
    ("a quote without attribution that is answered stays", "> Which room?\n\nSeven.", "> Which room?\n\nSeven."),
    ("a nested quote goes with its quote", f"Yes.\n\n{INTRO}\n> {INTRO}\n>> old\n> newer\n", "Yes."),
    (
        "an attribution on the line of the reply is cut off",
        "Yes. On Thu, Nov 5, 2026 at 9:12 AM, cy@example.org wrote:\n> Ready?",
        "Yes.",
    ),
    ("unquoted history under an attribution is history", f"Yes.\n\n{INTRO}\n\nDoes it work?\nAnn\n", "Yes."),
    ("an answer under an unquoted attribution at the top stays", f"{INTRO}\n\nDoes it work?\n", "Does it work?"),
    ("a signature after dashes is cut", "It works.\n\n-- \nBob Baker\nExample Ltd\n", "It works."),
    ("dashes before a long text are no signature", "Intro\n--\n" + "\n".join(f"line {n}" for n in range(40)), None),
    ("a signature above the quote is cut too", f"It works.\n-- \nBob\n\n{INTRO}\n> Does it?\n", "It works."),
    ("a formula of farewell and a name are cut", "It works.\n\nMit freundlichen Grüßen\nBob Baker\n", "It works."),
    ("thanks are words of the sender", "It works.\n\nThanks,\nBob", "It works.\n\nThanks,\nBob"),
    (
        "a farewell in the middle is text",
        "Best regards\nfrom the beach, all is well, and here is\nwhat I wanted to say to all of you.\n",
        None,
    ),
    ("a mail that is only a farewell stays", "Best regards", "Best regards"),
    ("a mail that is only a quote stays", "> Which room?", "> Which room?"),
    ("a mail that is only a device's line stays", "Sent from my iPhone", "Sent from my iPhone"),
    ("code between fences is text", "Look:\n\n```\n> prompt\n--\nSent from my code\n```\n\nright?", None),
    ("an arrow is no quote", "These blink:\n--> left lamp\n--> right lamp", None),
    ("a sentence that ends in wrote and a colon is text", "I asked what he wrote:\n\nNothing.", None),
    ("a list of things after a colon is text", "We need on Monday:\n- chairs\n- tables", None),
    (
        "a form somebody filled in is text",
        "From: Ann\nDate: 2 Nov 2026\nTo: Paris\nSubject: trip\n\nPlease book.",
        None,
    ),
    (
        "the footer of a mailing list is cut",
        "It works.\n\n_______________________________________________\nannounce mailing list\nhttps://lists.example.org/\n",
        "It works.",
    ),
    ("a name after a slash at the end is a signature", "Ja, gerne.\n\n/Bo", "Ja, gerne."),
    ("the last item of a list is no signature", "Bring:\n- Ann\n- Bob", "Bring:\n- Ann\n- Bob"),
    ("old line ends of quotes without blank", f"Yes\n{INTRO}\n>a\n>b", "Yes"),
)


WORDS = (
    (
        "a sentence about what somebody wrote",
        "On 2 November 2026 I wrote to you:\nplease repair it.\nNothing happened since.",
    ),
    ("a wish to travel", "I need a flight.\n\nFrom: London\nTo: Paris\nDate: 2 November 2026\n\nAnd a hotel, please."),
    ("a parcel that was sent", "Sent via DHL on Monday, number 123.\nWhen will it be there?"),
    ("a card that was sent", "Sent from Berlin yesterday.\nDid it come?"),
    ("a table of bars", "These fail:\n\n| host | state |\n| a    | down  |"),
    ("commands after a prompt, in a mail that answers none", "I ran:\n\n> make all\n> make test"),
    ("an afterthought under the farewell", "It works.\n\nKind regards\nBob\n\nP.S. The screen is still black."),
    ("a question under the farewell", "It works.\n\nKind regards\nBob\n\nWhen can you come?"),
    ("a ruler between two texts", "First matter.\n\n----------\n\nSecond matter, which is longer."),
    ("a heading and a list", "Subject: chairs\nWe need ten."),
    ("a time and a colon", "Monday 10:14, what I saw:\n\nthe lamp was red."),
    ("quotation marks at the start", "»Error 7« is what it says.\n»Error 8« sometimes."),
)


@pytest.mark.parametrize(("what", "text"), WORDS, ids=[what for what, _ in WORDS])
def test_words_of_the_sender_that_look_like_history_are_kept(what: str, text: str) -> None:
    assert reply_of(text, setting=Setting(answers=False))[0] == text


def test_the_frame_of_a_signed_text_is_cut_and_its_words_stay() -> None:
    text = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nIt works.\n-----BEGIN PGP SIGNATURE-----\n\niQEzBAEB\n=abcd\n"
        "-----END PGP SIGNATURE-----\n"
    )
    assert reply_of(text)[0] == "It works."


SMALL_PRINT = (
    "It works.\n\nKind regards\nBob Baker\nExample Ltd\nT: +44 20 7946 0000\n\n" + "This mail is confidential. " * 9
)


def test_the_small_print_of_a_company_goes_with_the_signature() -> None:
    assert reply_of(SMALL_PRINT)[0] == "It works."


def test_how_to_reach_the_sender_under_a_ruler_is_a_signature() -> None:
    assert (
        reply_of("It works.\n\n----------------\n\nBob Baker\nTel. +44 20 7946 0000\nwww.example.org")[0] == "It works."
    )


@pytest.mark.parametrize(("rule", "text", "reply"), CASES, ids=[rule for rule, _, _ in CASES])
def test_the_reply_is_what_the_sender_added(rule: str, text: str, reply: str | None) -> None:
    assert reply_of(text)[0] == (text.strip() if reply is None else reply)


FORWARD = (
    "Please see below.\n\n---------- Forwarded message ----------\nFrom: Ann <ann@example.org>\n"
    "Date: Mon, 2 Nov 2026\nSubject: x\nTo: b\n\nHelp!"
)


HEADER = "-----Original Message-----\nFrom: Otto <o@x.example>\nSent: 2 Nov 2026 10:14\nSubject: No"


@pytest.mark.parametrize("above", [INTRO, HEADER])
def test_what_a_first_mail_announces_stays(above: str) -> None:
    text = f"Hello,\n\nOtto told me this:\n\n{above}\n> You must restart it.\n\nIt did not help."
    assert reply_of(text, setting=Setting(answers=False))[0] == text


def test_what_a_first_mail_shows_of_a_program_stays() -> None:
    text = "It fails.\n\nOn node-3 the agent wrote:\n\n> ERR 111\n\nIt did so before."
    assert reply_of(text, setting=Setting(answers=False))[0] == text
    assert "agent" not in reply_of(text)[0]


def test_a_forwarded_mail_keeps_what_is_forwarded() -> None:
    assert reply_of(FORWARD, setting=Setting(answers=False))[0] == FORWARD


def test_a_forwarded_mail_under_an_answer_is_part_of_the_conversation() -> None:
    assert reply_of(FORWARD, setting=Setting(answers=True))[0] == "Please see below."


def test_what_was_cut_is_kept_with_the_reason() -> None:
    _, cut = reply_of(f"Yes.\n\n{INTRO}\n> Does it?\n\n-- \nBob\n")
    assert [one.why for one in cut] == ["attribution", "quote", "signature"]
    assert cut[1].text == "> Does it?"


@pytest.mark.parametrize(
    "line",
    [
        "On Mon, 2 Nov 2026, A <a@b.example> wrote:",
        "--",
        "> a",
        "From: a",
        "",
        "Sent from my X",
        "-----Original Message-----",
    ],
)
def test_a_text_of_one_line_repeated_is_read_and_never_lost(line: str) -> None:
    text = "\n".join([line] * 20_000)
    reply, _ = reply_of(text)
    assert bool(reply) == bool(text.strip())


def test_a_quote_that_reaches_beyond_the_limit_is_cut_to_its_end() -> None:
    assert reply_of(f"Yes.\n\n{INTRO}\n" + "> old\n" * 20_000)[0] == "Yes."


def test_text_beyond_the_limit_is_not_lost() -> None:
    text = "\n".join(f"line {number}" for number in range(20_000))
    assert reply_of(text)[0] == text
