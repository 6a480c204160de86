"""The mails of the benchmarks: the same for the same seed, well-formed, and read as what they are."""

from __future__ import annotations

from itertools import islice

from bench.mails import light, mixed
from parsers.message import Kind
from parsers.parse import parse


def test_the_same_seed_makes_the_same_mails() -> None:
    assert list(islice(mixed(40, 7), 40)) == list(islice(mixed(40, 7), 40))
    assert list(light(10, 1)) != list(light(10, 2))


def test_the_mails_are_well_formed_letters_of_people() -> None:
    for raw in light(300, 3):
        message = parse(raw)
        assert (message.kind, message.complete, message.defects) == (Kind.PERSON, True, ())
        assert message.identity is not None


def test_a_third_of_them_are_replies_whose_quotes_are_cut() -> None:
    read = [parse(raw) for raw in light(400, 5)]
    replies = [one for one in read if one.in_reply_to]
    assert 80 < len(replies) < 160
    assert all(one.cut and ">" not in one.reply for one in replies)


def test_the_mixed_set_has_small_and_large_attachments() -> None:
    sizes = [one.size for raw in mixed(120, 9) for one in parse(raw).attachments]
    assert any(90_000 < size < 110_000 for size in sizes)
    assert any(size > 1_900_000 for size in sizes)
