"""An explanation says what filing does, for stored mail what it did, and changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import cli
from gateway.cli.explain import explanation_json
from gateway.explaining import Explanation, explained, stranger
from parsers.message import Envelope
from routing.rules import Rule
from store.inbox import InboxRow
from tests.contract.test_filing import World, now
from tests.contract.test_filing import world as world  # noqa: PLC0414 - the fixture
from tests.contract.test_threads import BOB, SAM, answer, arrives, close, signed
from tests.helpers.desk import Desk, mail

KEYS = {
    "kind", "kind_reason", "proof", "duplicate_of", "ticket", "ticket_reason", "team", "helpers", "rules", "winner",
    "runner_up", "answer", "promises", "outcome",
}  # fmt: skip


def told(world: World, row: InboxRow) -> Explanation:
    """What is said of a stored mail."""
    store = world.place.store
    with store.reading() as tx:
        raw = store.inbox.raw(tx, row.id) or b""
        return explained(tx, world.place, world.reader, row, raw, now())


def foretold(world: World, raw: bytes, sender: str, *to: str) -> Explanation:
    """What is said of a mail that has not come."""
    row = stranger(raw, Envelope(sender, to or ("it@acme.example",)), now())
    with world.place.store.reading() as tx:
        return explained(tx, world.place, world.reader, row, raw, now())


def test_what_is_foretold_of_a_mail_is_what_filing_then_does(world: World) -> None:
    limits = replace(world.place.desk.limits, machine_after=1000)  # tests answer faster than people
    world.place = replace(world.place, desk=replace(world.place.desk, limits=limits))
    asked = arrives(world, mail(sender=SAM))
    closed = arrives(world, mail(sender=SAM))
    close(world, closed, days_ago=400)
    mine, old = signed(world, asked, "requester"), signed(world, closed, "requester")
    cases = [
        (mail(sender=BOB), BOB, ()),
        (mail(sender=BOB, to="it@acme.example, hr@acme.example"), BOB, ("it@acme.example", "hr@acme.example")),
        (mail(sender=SAM, text="More.\n"), SAM, (mine,)),
        (mail(sender=SAM, text="More.\n"), SAM, (old,)),
        (mail(sender=BOB, text="Mine?\n"), BOB, (mine,)),
        (answer(asked.message_id), SAM, ()),
        (answer(asked.message_id, sender=BOB), BOB, ()),
        (mail(sender=SAM, Auto_Submitted="auto-replied"), SAM, (mine,)),
        (mail(sender=BOB, Auto_Submitted="auto-replied"), BOB, ()),
        (mail(sender="it@acme.example"), SAM, ()),
    ]
    for message, sender, to in cases:
        raw = message.as_bytes().replace(b"\n", b"\r\n")
        before = foretold(world, raw, sender, *to)
        row = arrives(world, message, *to, sender=sender)
        assert (before.outcome, before.kind) == (row.outcome, row.kind)
        if before.ticket is not None:
            assert before.ticket == row.ticket_ref
        after = told(world, row)
        assert (after.outcome, after.ticket, after.now) == (row.outcome, row.ticket_ref, None)
        assert (after.answer.send, after.team) == (before.answer.send, before.team)
        assert len(after.promises) == len(before.promises)


def test_a_copy_names_its_original(world: World) -> None:
    message = mail(sender=SAM)
    first, second = arrives(world, message), arrives(world, message)
    assert (told(world, second).outcome, told(world, second).duplicate_of) == ("duplicate", first.id)
    assert told(world, first).duplicate_of is None
    again = foretold(world, message.as_bytes().replace(b"\n", b"\r\n"), SAM)
    assert (again.outcome, again.duplicate_of, again.answer.send) == ("duplicate", first.id, False)


def test_a_copy_through_another_team_s_alias_is_news_once(world: World) -> None:
    message = mail(sender=SAM)
    raw = message.as_bytes().replace(b"\n", b"\r\n")
    first = arrives(world, message)
    assert foretold(world, raw, SAM, "hr@acme.example").outcome == "attach"
    second, third = [arrives(world, message, "hr@acme.example") for _ in range(2)]
    assert [told(world, row).outcome for row in (first, second, third)] == ["ticket", "attach", "duplicate"]
    assert [told(world, row).now for row in (first, second, third)] == [None] * 3
    assert foretold(world, raw, SAM, "hr@acme.example").outcome == "duplicate"


def test_a_stored_mail_is_told_as_it_was_and_as_it_would_be_today(world: World) -> None:
    row = arrives(world, mail(sender=SAM))
    rule = Rule(name="All to HR", file="rules.toml", line=3, conditions=(), team="hr")
    world.place = replace(world.place, desk=replace(world.place.desk, rules=(rule,)))
    world.reader = replace(world.reader, desk=world.place.desk)
    found = told(world, row)
    assert (found.team, found.outcome) == ("it", "ticket")
    assert found.now is not None
    assert (found.now.team, found.now.winner, found.now.rules[0].line) == ("hr", "All to HR", 3)


def test_an_explanation_changes_nothing(world: World) -> None:
    row = arrives(world, mail(sender=SAM))
    store = world.place.store

    def books() -> tuple[object, ...]:
        with store.reading() as tx:
            rates = store.rates.read(tx, (("ack-site", 3600),), now())
            return (store.inbox.list(tx), store.outbox.list(tx), store.tickets.list(tx), rates)

    before = books()
    told(world, row)
    foretold(world, mail(sender=SAM).as_bytes(), SAM)
    assert books() == before


def test_the_keys_are_those_of_the_contract(world: World) -> None:
    found = explanation_json(told(world, arrives(world, mail(sender=SAM))))
    assert found.keys() >= KEYS
    assert found["answer"] == {"send": True, "template": "acknowledgement", "reason": "a person wrote to us"}


@pytest.mark.parametrize("broken", [b"", b"\x00\xff" * 50, b"From: a@b.example, c@d.example\r\n\r\nx"])
def test_whatever_stands_in_a_file_is_explained(tmp_path: Path, broken: bytes) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(broken)
    done = CliRunner().invoke(cli, ["explain", str(file), "--json", "--config", str(Desk(tmp_path).config)])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["outcome"] in ("ticket", "quarantine")


def test_before_the_first_start_a_file_is_explained_for_a_person(tmp_path: Path) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(mail(sender=SAM).as_bytes())
    options = ["--config", str(Desk(tmp_path).config), "--to", "hr@acme.example", "--from", "sam@cust.example"]
    done = CliRunner().invoke(cli, ["explain", str(file), *options])
    assert done.exit_code == 0, done.output
    for words in ("ticket: new request", "person, because", "it, helped by hr", "acknowledgement, a person wrote"):
        assert words in done.output
    assert not (tmp_path / "var").exists()


def test_what_is_neither_a_file_nor_a_stored_mail_is_said_so(tmp_path: Path) -> None:
    config = str(Desk(tmp_path).config)
    for what in ("17", "nobody@knows.example", "missing.eml"):
        done = CliRunner().invoke(cli, ["explain", what, "--config", config])
        assert done.exit_code != 0
    done = CliRunner().invoke(cli, ["explain", "17", "--to", "it@acme.example", "--config", config])
    assert "belong to a FILE" in str(done.exception)
