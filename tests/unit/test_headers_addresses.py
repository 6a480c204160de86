"""Address fields as they are shown and answered: read as their writers meant them."""

from __future__ import annotations

import pytest

from parsers import addresses
from parsers.limits import Limits
from parsers.message import Party

PARTIES: tuple[tuple[str, bytes, list[tuple[str, str]]], ...] = (
    ("a plain mailbox", b"Ann Archer <ann@example.org>", [("Ann Archer", "ann@example.org")]),
    ("an address alone", b"ann@example.org", [("", "ann@example.org")]),
    (
        "a quoted name with a comma",
        b'"Archer, Ann" <ann@example.org>, bob@example.org',
        [("Archer, Ann", "ann@example.org"), ("", "bob@example.org")],
    ),
    ("an encoded name", b"=?utf-8?q?J=C3=BCrgen?= <j@example.org>", [("Jürgen", "j@example.org")]),
    (
        "an encoded name split in a character",
        b"=?utf-8?q?J=C3?= =?utf-8?q?=BCrgen?= <j@example.org>",
        [("Jürgen", "j@example.org")],
    ),
    ("an encoded word in quotes", b'"=?utf-8?q?J=C3=BCrgen?=" <j@example.org>', [("Jürgen", "j@example.org")]),
    ("a raw Latin-1 name", b"J\xfcrgen <j@example.org>", [("Jürgen", "j@example.org")]),
    ("a raw UTF-8 name", "Jürgen <j@example.org>".encode(), [("Jürgen", "j@example.org")]),
    ("a comment as name", b"ann@example.org (Ann Archer)", [("Ann Archer", "ann@example.org")]),
    ("a nested comment", b"ann@example.org (Ann (the first) Archer)", [("Ann (the first) Archer", "ann@example.org")]),
    (
        "a group",
        b"Friends: ann@example.org, Bob <bob@example.org>;",
        [("", "ann@example.org"), ("Bob", "bob@example.org")],
    ),
    ("an empty group", b"undisclosed-recipients:;", []),
    (
        "semicolons between addresses",
        b"ann@example.org; bob@example.org",
        [("", "ann@example.org"), ("", "bob@example.org")],
    ),
    ("a source route", b"Ann <@relay.example,@x.example:ann@example.org>", [("Ann", "ann@example.org")]),
    ("a name that repeats the address", b"ann@example.org <ann@example.org>", [("", "ann@example.org")]),
    ("a folded field", b"Ann\r\n Archer\r\n <ann@example.org>", [("Ann Archer", "ann@example.org")]),
    ("an unclosed quote", b'"Ann <ann@example.org>', [("Ann", "ann@example.org")]),
    ("a comment within a name", b"Ann (IT) Archer <ann@example.org>", [("Ann Archer", "ann@example.org")]),
    ("comments within an address", b"Ann <ann(home)@example.org(ours)>", [("Ann", "ann@example.org")]),
    ("a bracket quoted in a comment", b"ann@example.org (Ann :\\) Archer)", [("Ann :) Archer", "ann@example.org")]),
    ("a quoted local part", b'"ann archer"@example.org', [("", '"ann archer"@example.org')]),
    ("a quoted local part in brackets", b'Ann <"ann archer"@example.org>', [("Ann", '"ann archer"@example.org')]),
    ("an at sign in a quoted local part", b'"a@b"@example.org', [("", '"a@b"@example.org')]),
    ("quoted pairs in a name", b'"Ann \\"Ace\\" Archer" <ann@example.org>', [('Ann "Ace" Archer', "ann@example.org")]),
    ("blanks round the signs", b"ann @ example . org", [("", "ann@example.org")]),
    (
        "an address literal",
        b"ann@[192.0.2.7], Bob <bob@[IPv6:2001:db8::7]>",
        [("", "ann@[192.0.2.7]"), ("Bob", "bob@[IPv6:2001:db8::7]")],
    ),
    (
        "a comma in an encoded word",
        b"=?utf-8?Q?Archer,_Ann?= <ann@example.org>, bob@example.org",
        [("Archer, Ann", "ann@example.org"), ("", "bob@example.org")],
    ),
    (
        "a comma that nobody quoted",
        b"Archer, Ann <ann@example.org>; Box, Bob <bob@example.org>",
        [("Archer, Ann", "ann@example.org"), ("Box, Bob", "bob@example.org")],
    ),
    ("dots that nobody quoted", b"A. B. Archer Jr. <ann@example.org>", [("A. B. Archer Jr.", "ann@example.org")]),
    (
        "an international address",
        "J\u00fcrgen <j\u00fcrgen@b\u00fccher.example>".encode(),
        [("J\u00fcrgen", "j\u00fcrgen@b\u00fccher.example")],
    ),
    ("no brackets round the address", b"Ann Archer ann@example.org", [("Ann Archer", "ann@example.org")]),
    ("one bracket missing", b"Ann <ann@example.org", [("Ann", "ann@example.org")]),
    ("the other bracket missing", b"ann@example.org>", [("", "ann@example.org")]),
    (
        "a bracket missing in a list",
        b"Ann <ann@example.org, Bob <bob@example.org>",
        [("Ann", "ann@example.org"), ("Bob", "bob@example.org")],
    ),
    (
        "commas too many",
        b", ann@example.org,, bob@example.org,",
        [("", "ann@example.org"), ("", "bob@example.org")],
    ),
    (
        "a comma forgotten",
        b"Ann <ann@example.org> Bob <bob@example.org>",
        [("Ann", "ann@example.org"), ("Bob", "bob@example.org")],
    ),
    (
        "blanks instead of commas",
        b"ann@example.org bob@example.org",
        [("", "ann@example.org"), ("", "bob@example.org")],
    ),
    (
        "groups in a group",
        b"All: ann@example.org, Some: bob@example.org;;, cat@example.org",
        [("", "ann@example.org"), ("", "bob@example.org"), ("", "cat@example.org")],
    ),
    ("a link instead of an address", b"<mailto:ann@example.org>", [("", "ann@example.org")]),
    ("apostrophes round the address", b"'ann@example.org' <ann@example.org>", [("", "ann@example.org")]),
    (
        "an unclosed comment",
        b"ann@example.org (Ann, bob@example.org",
        [("Ann", "ann@example.org"), ("", "bob@example.org")],
    ),
    ("an address in an encoded word", b"=?utf-8?q?Ann_=3Cann=40example=2Eorg=3E?=", [("Ann", "ann@example.org")]),
    ("a name without an address", b"Ann Archer <>", [("Ann Archer", "")]),
    ("nothing", b"", []),
)


@pytest.mark.parametrize(("what", "value", "wanted"), PARTIES, ids=[one[0] for one in PARTIES])
def test_an_address_field_is_read_as_its_writer_meant_it(
    what: str, value: bytes, wanted: list[tuple[str, str]]
) -> None:
    assert addresses.parties(addresses.text_of(value)) == tuple(Party(name, address) for name, address in wanted)


def test_a_hundred_addresses_are_taken_and_no_more() -> None:
    value = b", ".join(b"a%d@example.org" % number for number in range(1000))
    assert len(addresses.parties(addresses.text_of(value))) == 100


def test_the_number_of_addresses_can_be_set() -> None:
    value = b", ".join(b"a%d@example.org" % number for number in range(9))
    assert len(addresses.parties(addresses.text_of(value), Limits(addresses=3))) == 3


@pytest.mark.parametrize(
    "sign", [b"(", b'"', b"<", b"[", b"\\", b"(\\", b'"\\', b"=?a?q?", b"@", b":", b",", b"a<", b"<a@b>"]
)
def test_a_field_of_one_sign_is_read_to_its_end(sign: bytes) -> None:
    assert len(addresses.parties(addresses.text_of(sign * 100_000))) <= 100
