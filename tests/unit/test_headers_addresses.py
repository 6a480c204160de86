"""Address fields: tolerant for showing, strict for identity; every mail here is written for this test."""

from __future__ import annotations

import pytest

from parsers import addresses
from parsers.message import Party

PARTIES = (
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
    ("nothing", b"", []),
)


@pytest.mark.parametrize(("what", "value", "wanted"), PARTIES, ids=[one[0] for one in PARTIES])
def test_an_address_field_is_read_as_its_writer_meant_it(
    what: str, value: bytes, wanted: list[tuple[str, str]]
) -> None:
    assert addresses.parties(addresses.text_of(value)) == tuple(Party(name, address) for name, address in wanted)


KNOWN = (
    b"ann@example.org",
    b"Ann <ann@example.org>",
    b'"Archer, Ann" <Ann@Example.ORG>',
    b"<ann@example.org>",
    b"ann@example.org (Ann)",
    b"=?utf-8?q?bob=40example.com?= <ann@example.org>",
    b"J. R. Archer <ann@example.org>",
    b"ann@example.org <ann@example.org>",
    b"Ann\r\n <ann@example.org>",
    b'"Ann" Archer <ann@example.org>',
    b"J\xfcrgen <ann@example.org>",
)


@pytest.mark.parametrize("value", KNOWN)
def test_one_mailbox_in_plain_grammar_is_an_identity(value: bytes) -> None:
    assert addresses.identity([value]) == "ann@example.org"


UNKNOWN = (
    [],
    [b""],
    [b"ann@example.org", b"ann@example.org"],
    [b"ann@example.org, bob@example.org"],
    [b"bob@example.org <ann@example.org>"],
    [b"Friends: ann@example.org;"],
    [b"<@relay.example:ann@example.org>"],
    [b'"ann@example.org"@evil.example'],
    [b'"ann"@example.org'],
    [b"<ann@example.org> <bob@example.org>"],
    [b"ann@example.org>, <bob@example.org>"],
    [b"=?utf-8?q?ann=40example.org?="],
    [b"(ann@example.org) bob@example.org"],
    [b"Ann <ann@example.org"],
    [b"Ann <ann@example.org>x"],
    [b"ann@example.org\0"],
    [b"ann@exa mple.org"],
    [b"a" * 65 + b"@example.org"],
    [b"undisclosed-recipients:;"],
    [b"ann@[192.0.2.1]"],
    [b"Ann"],
    [b"ann@example.org" + b" " * 20_000],
)


@pytest.mark.parametrize("values", UNKNOWN)
def test_anything_else_is_nobody(values: list[bytes]) -> None:
    assert addresses.identity(values) is None


def test_an_international_domain_is_compared_by_its_a_labels() -> None:
    assert addresses.identity(["ann@bücher.example".encode()]) == "ann@xn--bcher-kva.example"


def test_a_hundred_addresses_are_taken_and_no_more() -> None:
    value = b", ".join(b"a%d@example.org" % number for number in range(1000))
    assert len(addresses.parties(addresses.text_of(value))) == 100
