"""Who surely wrote a mail: one mailbox that every program reads alike, or nobody."""

from __future__ import annotations

import pytest

from parsers.author import Author, author_of
from parsers.limits import Limits
from parsers.parse import parse

ANN = "ann@example.org"

CLEAR = (
    (b"ann@example.org", ANN),
    (b"Ann <ann@example.org>", ANN),
    (b'"Archer, Ann" <Ann@Example.ORG>', ANN),
    (b"<ann@example.org>", ANN),
    (b"ann@example.org (Ann)", ANN),
    (b"ann@example.org.", ANN + "."),
    (b"=?utf-8?q?bob=40example.com?= <ann@example.org>", ANN),
    (b"=?utf-8?q?Archer,_Ann?= <ann@example.org>", ANN),
    (b"=?utf-8?q?Ann?= =?utf-8?q?_Archer?= <ann@example.org>", ANN),
    (b"J. R. Archer <ann@example.org>", ANN),
    (b"Ann [IT] <ann@example.org>", ANN),
    (b"ann@example.org <ann@example.org>", ANN),
    (b"'ann@example.org' <ann@example.org>", ANN),
    (b'"bob@example.com" <ann@example.org>', ANN),
    (b'"bob@example.com,"<ann@example.org>', ANN),
    (b"Ann\r\n <ann@example.org>", ANN),
    (b"Ann\r\n <\r\n ann@example.org\r\n >", ANN),
    (b'"Ann" Archer <ann@example.org>', ANN),
    (b'"Ann \\"Ace\\" Archer" <ann@example.org>', ANN),
    (b"J\xfcrgen <ann@example.org>", ANN),
    ("J\u00fcrgen <ann@example.org>".encode(), ANN),
    (b"Hans (IT) M <ann@example.org>", ANN),
    (b"Ann (from (the) office) <ann@example.org> (or home)", ANN),
    (b"(first) ann@example.org", ANN),
    (b"Ann (a :\\) b) <ann(at home)@example.org(our host)>", ANN),
    (b"ann @ example.org", ANN),
    (b"Ann <ann@example.org>,", ANN),
    (b'"ann"@example.org', ANN),
    (b'"ann archer"@example.org', '"ann archer"@example.org'),
    (b'Ann <"ann archer"@example.org>', '"ann archer"@example.org'),
    (b"ann..archer.@example.org", "ann..archer.@example.org"),
    (b"scanner@[192.0.2.7]", "scanner@[192.0.2.7]"),
    (b"<scanner@[IPv6:2001:db8::7]>", "scanner@[ipv6:2001:db8::7]"),
    ("ann@b\u00fccher.example".encode(), "ann@xn--bcher-kva.example"),
    ("Z\u00e9 <z\u00e9@example.org>".encode(), "z\u00e9@example.org"),
)


@pytest.mark.parametrize(("value", "wanted"), CLEAR)
def test_one_mailbox_is_an_identity(value: bytes, wanted: str) -> None:
    found = author_of([value])
    assert found.identity == wanted.rstrip(".")
    assert found.party is not None
    assert not found.absent


AMBIGUOUS = (
    [b"ann@example.org", b"ann@example.org"],
    [b"ann@example.org", b""],
    [b"ann@example.org, bob@example.org"],
    [b"bob@example.org <ann@example.org>"],
    [b"bob@example.org, <ann@example.org>"],
    [b"Friends: ann@example.org;"],
    [b"<@relay.example:ann@example.org>"],
    [b"<ann@example.org:bob@example.com>"],
    [b'"ann@example.org"@evil.example'],
    [b'"ann@example.org\\" <"@evil.example'],
    [b'"ann\\@example.org"@evil.example'],
    [b"ann@example.org@evil.example"],
    [b"<ann@example.org> <bob@example.org>"],
    [b"<<ann@example.org>>"],
    [b"ann@example.org>, <bob@example.org>"],
    [b"ann@example.org)<bob@evil.example>"],
    [b"ann@example.org(<bob@evil.example>)"],
    [b"(ann@example.org) bob@example.org"],
    [b"(<ann@example.org>) bob@example.org"],
    [b"(ann@example.org bob@evil.example"],
    [b"(\\) ann@example.org (\\) ) <bob@evil.example>"],
    [b"ann@(evil.example)example.org"],
    [b"ann@example.org(.evil).example"],
    [b"ann(@evil.example)@example.org"],
    [b"=?utf-8?q?ann=40example.org?="],
    [b"=?utf-8?q?=3Cann=40example.org=3E?="],
    [b"=?utf-8?q?ann@example.org,?= <bob@evil.example>"],
    [b"=?utf-8?q?a?=@example.org"],
    [b"ann@=?utf-8?q?example.org?="],
    [b"Ann <ann@example.org"],
    [b"Ann ann@example.org>"],
    [b"Ann ann@example.org"],
    [b"Ann <ann@example.org>x"],
    [b"Ann: <ann@example.org>"],
    [b"mailto:ann@example.org"],
    [b"ann@example.org\0"],
    [b"Bob <bob@evil.example>\0 <ann@example.org>"],
    [b"Ann\0 <ann@example.org>"],
    [b"Ann\r <ann@example.org>"],
    [b"Ann\x0b <ann@example.org>"],
    [b"ann@exa mple.org"],
    [b"ann\\@example.org"],
    [b'"ann@example.org'],
    [b'"\\" <ann@example.org>, "\\" <bob@evil.example>'],
    [b"a" * 65 + b"@example.org"],
    [b"a@" + b"b" * 63 + b".b" * 100 + b".example"],
    [b"ann@[example.org]"],
    [b"ann@[192.0.2.1"],
    [b"ann@"],
    [b"@example.org"],
    [b"Ann"],
    [b"ann@example.org" + b" " * 20_000],
    [b"ann@ex\xe4mple.org"],
    [b"\x1b$B<bob@evil.example>\x1b(B <ann@example.org>"],
    ["ann@\uff45xample.org".encode()],
    ["ann@example\u3002org".encode()],
    ["\u212aim@example.org".encode()],
    ["ann\u200b@example.org".encode()],
    ["ann@exam\u00adple.org".encode()],
    ["ann\uff20example.org".encode()],
    ["ann@stra\u00dfe.example".encode()],
    ["ann@bu\u0308cher.example".encode()],
    ["bob@evil.example\u2028<ann@example.org>".encode()],
)


@pytest.mark.parametrize("values", AMBIGUOUS)
def test_what_can_be_read_in_two_ways_or_not_at_all_is_nobody(values: list[bytes]) -> None:
    assert author_of(values) == Author()


NOBODY: tuple[list[bytes], ...] = (
    [],
    [b""],
    [b"undisclosed:;"],
    [b"Undisclosed recipients:"],
    [b"(no (one))"],
    [b"<>"],
    [b"Scanner <>"],
    [b"A:;, B : ;"],
    [b", ;"],
)


@pytest.mark.parametrize("values", NOBODY)
def test_a_from_that_names_nobody_is_told_apart(values: list[bytes]) -> None:
    assert author_of(values) == Author(absent=True)


def test_the_author_is_shown_as_identified() -> None:
    """The tolerant reading must not put another address beside the identity."""
    message = parse(b"From: Pete (A nice \\) chap) <pete(work)@example.org>\r\n\r\nhello\r\n")
    assert message.from_ is not None
    assert (message.from_.name, message.from_.address, message.identity) == (
        "Pete",
        "pete@example.org",
        "pete@example.org",
    )


@pytest.mark.parametrize(
    ("field", "anonymous"), [(b"", True), (b"From: x:;\r\n", True), (b"From: a@b.example c\r\n", False)]
)
def test_a_message_says_whether_nobody_is_named(field: bytes, anonymous: bool) -> None:
    message = parse(field + b"Subject: x\r\n\r\nhello\r\n")
    assert (message.identity, message.anonymous) == (None, anonymous)


def test_a_field_over_its_limit_is_nobody() -> None:
    value = b"Ann Archer <ann@example.org>"
    assert author_of([value], Limits(address_field_bytes=len(value))).identity == ANN
    assert author_of([value], Limits(address_field_bytes=len(value) - 1)) == Author()


@pytest.mark.parametrize("sign", [b"(", b'"', b"<", b"[", b"\\", b"(\\", b'"\\', b"=?a?q?", b"@", b":", b"a,", b"a@b "])
def test_a_field_of_one_sign_is_read_to_its_end(sign: bytes) -> None:
    assert author_of([sign * (16_000 // len(sign))]).identity is None


@pytest.mark.parametrize("name", [b"Ann ", b'"Archer, Ann" ', b"", b"J. R. O'Archer ", b'"" ', b"  Ann   Archer "])
def test_the_short_way_for_usual_fields_says_what_the_long_way_says(name: bytes) -> None:
    """A comma behind the address keeps a field from the short way and changes nothing else."""
    usual = name + b"<ann.archer+x@mail.example.org>"
    assert author_of([usual]) == author_of([usual + b","])
    assert author_of([usual]).identity == "ann.archer+x@mail.example.org"


@pytest.mark.parametrize("stated", [True, False], ids=["stated", "not stated"])
@pytest.mark.parametrize(
    ("charset", "name", "text"),
    [
        ("shift_jis", "山田太郎", "お世話になっております。プリンタが動きません。"),
        ("euc-kr", "홍길동", "안녕하세요. 프린터가 작동하지 않습니다."),
        ("gb18030", "王小明", "你好，打印机又坏了，请帮忙。"),
        ("koi8-r", "Иван Петров", "Здравствуйте, принтер не работает."),
    ],
)
def test_a_raw_name_is_read_by_the_charset_of_the_mail(charset: str, name: str, text: str, stated: bool) -> None:
    kind = f"Content-Type: text/plain; charset={charset}\r\n" if stated else ""
    head = f"From: {name} <sam@example.org>\r\nTo: {name} <it@desk.example>\r\nSubject: {name}\r\n{kind}\r\n"
    message = parse((head + text).encode(charset))
    assert message.from_ is not None
    assert {message.from_.name, message.to[0].name, message.subject} == {name}
    assert (message.identity, message.text) == ("sam@example.org", text)
