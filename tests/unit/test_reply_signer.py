"""Signatures told by the sender's own name, in any language, and what looks like one and is an answer."""

from __future__ import annotations

import pytest

from parsers.reply import Setting, reply_of
from parsers.replynamed import NOBODY, Signer


def reply(text: str, name: str, address: str = "") -> str:
    """What is left of an answer that this person wrote."""
    return reply_of(text, setting=Setting(signer=Signer.of(name, address)))[0]


CARDS = (
    (
        "a name with place and telephone",
        "It works.\n\nBob Baker\nExample Ltd, 7 Mill Lane\nTel. +44 20 7946 0000",
        "Bob Baker",
    ),
    ("the last name first in the From field", "It works.\n\nBob Baker\nFacilities\nbob@example.org", "Baker, Bob"),
    ("a title before the name", "Es geht.\n\nDr. Britta Bäcker\nLeiterin Werkstatt\n+49 30 1234567", "Britta Bäcker"),
    ("a firm with its form", "Funziona.\n\nBruno Bianchi\nOfficine Esempio S.p.A.", "Bruno Bianchi"),
    (
        "a formula nobody listed",
        "Tá sé ag obair anois, a chara.\n\nLe gach dea-ghuí,\nBríd Ní Bhriain",
        "Bríd Ní Bhriain",
    ),
    ("a name of letters without blanks", "動きました。\n\n山田太郎\n例株式会社\n電話 03-1234-5678", "山田 太郎"),
    ("a first name under a formula", "It works.\n\nKind regards,\nBob", "Bob Baker"),
    ("the name behind the formula on one line", "It works.\n\nCheers, Bob", "Bob Baker"),
    ("initials under a formula", "It works.\n\nBest,\nBB", "Bob Baker"),
)


@pytest.mark.parametrize(("text", "name"), [(text, name) for _, text, name in CARDS], ids=[what for what, *_ in CARDS])
def test_a_card_under_the_senders_own_name_is_a_signature(text: str, name: str) -> None:
    assert reply(text, name, "bob@example.org") == text.partition("\n\n")[0]


ANSWERS = (
    ("a list of people who come", "These will come:\n\nAnn Archer\nBob Baker\nCy Carter"),
    ("a name that was asked for", "The name on the badge should be:\n\nBob Baker\nExample Ltd"),
    ("an address to send it to", "Please send it to\nBob Baker\n7 Mill Lane\nExampleton"),
    ("a question below the name", "It works.\n\nBob Baker\n\nCan you close it?"),
    (
        "a sentence that begins with the name",
        "It works.\n\nBob Baker from the workshop says that it rattled again today.",
    ),
)


@pytest.mark.parametrize("text", [text for _, text in ANSWERS], ids=[what for what, _ in ANSWERS])
def test_the_senders_name_in_an_answer_is_part_of_it(text: str) -> None:
    assert reply(text, "Bob Baker", "bob@example.org") == text


def test_only_what_stands_below_is_told_by_the_name() -> None:
    assert reply("Bob Baker\nExample Ltd", "Bob Baker") == "Bob Baker\nExample Ltd"


@pytest.mark.parametrize(
    ("name", "line", "heads"),
    [
        ("Ann Archer", "Ann Archer", True),
        ("Ann Archer", "Ann B. Archer, MSc", True),
        ("Archer, Ann (IT)", "Ann Archer", True),
        ("Ann Archer via List", "Ann Archer", True),
        ("Ann", "Ann", False),
        ("Ann Archer", "Yesterday Ann Archer called", False),
        ("", "Ann Archer", False),
    ],
)
def test_a_line_is_the_senders_when_it_begins_with_the_whole_name(name: str, line: str, heads: bool) -> None:
    assert Signer.of(name, "ann@example.org").heads(line) is heads


@pytest.mark.parametrize(
    ("line", "signs"),
    [("Ann", True), ("Annie", True), ("A.", True), ("AA", True), ("Ann & Bob", True), ("Bob", False), ("Ann 7", False)],
)
def test_people_sign_with_short_forms_of_their_name(line: str, signs: bool) -> None:
    assert Signer.of("Ann Archer", "ann@example.org").signs(line) is signs


def test_nobody_signs_nothing() -> None:
    assert not NOBODY.heads("Ann Archer")
    assert not NOBODY.signs("Ann")
