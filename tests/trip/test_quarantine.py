"""Quarantine, the block list and a confidential team on a real daemon, by its command line."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.desk import Desk, mail, running, wait_for

MORE = """
[teams.board]
name = "The Board"
aliases = ["board@acme.example"]
hours = "office"
helps_with = "complaints"
meet = "Reply with two times that suit you."
members = ["ines@acme.example"]
confidential = true
[teams.board.turnaround]
first_reply = { normal = "2d" }

[block]
domains = ["prizes.example"]
at = "refuse"

[[rules]]
name = "Marked as spam"
[rules.when]
spam = true
[rules.then]
quarantine = true
"""
IT = ("maria@acme.example", "otto@acme.example")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A running daemon with a confidential team and a block list."""
    with running(
        Path(tmp_path_factory.mktemp("quarantine")), more=MORE, trust='authserv_id = "mx.acme.example"'
    ) as found:
        yield found


def test_held_mail_is_announced_explained_released_and_dropped(desk: Desk) -> None:
    for subject in ("First", "Second"):
        desk.post(mail(subject, f"{subject} text\n", X_Spam_Flag="YES"))
    desk.idle()
    rows = {row["subject"]: row for row in desk.ask("inbox", "list", "--state", "held")}
    assert {row["reason"] for row in rows.values()} == {'held by the rule "Marked as spam"'}
    notices = [found for who in IT for found in desk.mails(who)]
    assert len(notices) == 2, "one mail for each, about the first; the second waits for its hour"
    text = notices[0].get_content()
    assert f"inbox release {rows['First']['id']}" in text
    assert "First text" not in text
    assert desk.mails("sam@cust.example") == []

    said = desk.command("inbox", "release", str(rows["First"]["id"]), "--as", "otto@acme.example")
    assert b"released by otto@acme.example" in said.stdout
    desk.idle()
    released = desk.ask("inbox", "show", str(rows["First"]["id"]))
    assert (released["outcome"], released["decided_by"]) == ("ticket", "otto@acme.example")
    assert released["envelope"] == rows["First"]["envelope"]
    assert desk.mails("sam@cust.example") == [], "never answered automatically"

    dropped = desk.command("inbox", "drop", str(rows["Second"]["id"]), "--reason", "an advert", "--as", IT[0])
    assert dropped.returncode == 0, dropped.stderr
    row = desk.ask("inbox", "show", str(rows["Second"]["id"]))
    assert (row["state"], row["outcome"], row["decided_by"]) == ("filed", "quarantine", IT[0])
    assert row["decided_at"]
    assert "an advert" in row["reason"]
    assert desk.command("inbox", "drop", str(rows["Second"]["id"])).returncode == 1
    assert desk.ask("books")["balanced"]


@pytest.mark.parametrize("door", ["smtp", "lmtp"])
def test_a_blocked_envelope_sender_is_refused_at_the_door_and_counted(desk: Desk, door: str) -> None:
    before = desk.ask("books")["refused"].get("blocked", 0)
    kind = smtplib.SMTP if door == "smtp" else smtplib.LMTP
    with kind("127.0.0.1", getattr(desk, door)) as client:
        client.ehlo() if door == "smtp" else client.docmd("LHLO", "here.example")
        client.docmd("MAIL", "FROM:<win@mail.prizes.example>")
        code, words = client.docmd("RCPT", "TO:<it@acme.example>")
        assert (code, words[:5]) == (550, b"5.7.1")
        client.docmd("RSET")
        client.docmd("MAIL", "FROM:<sam@cust.example>")
        assert client.docmd("RCPT", "TO:<it@acme.example>")[0] == 250
    wait_for(lambda: desk.ask("books")["refused"].get("blocked", 0) == before + 1, 20, "counting what was refused")


def test_a_blocked_author_is_held_without_a_word(desk: Desk) -> None:
    sent = len(desk.mails())
    desk.post(mail("You have won", sender="win@prizes.example"), "innocent@cust.example")
    desk.idle()
    row = desk.ask("inbox", "list", "--state", "held")[0]
    assert row["reason"] == "blocked: prizes.example stands on the block list"
    assert len(desk.mails()) == sent


def test_a_confidential_request_is_seen_by_its_team_and_admins_and_nothing_of_it_leaves(desk: Desk) -> None:
    secret = "zanzibar"
    desk.post(mail(f"About {secret}", f"The {secret} affair.\n", to="board@acme.example"), to=("board@acme.example",))
    desk.idle()
    (ticket,) = [one for one in desk.ask("tickets", "list", "--as", "ines@acme.example") if one["team"] == "board"]
    ref = ticket["ref"]
    assert desk.ask("tickets", "show", ref, "--as", "root@acme.example")["ref"] == ref
    other = desk.command("tickets", "show", ref, "--as", "maria@acme.example")
    absent = desk.command("tickets", "show", "ACME-999999", "--as", "maria@acme.example")
    assert (other.returncode, other.stdout) == (absent.returncode, absent.stdout) == (1, b"")
    assert other.stderr.replace(ref.encode(), b"X") == absent.stderr.replace(b"ACME-999999", b"X")
    assert ref not in [one["ref"] for one in desk.ask("tickets", "list", "--as", "maria@acme.example")]
    acted = desk.command("tickets", "take", ref, "--as", "maria@acme.example")
    assert (acted.returncode, acted.stderr.replace(ref.encode(), b"X")) == (
        1,
        absent.stderr.replace(b"ACME-999999", b"X"),
    )
    assert desk.command("tickets", "show", ref, "--as", "eve@evil.example").returncode == 1
    row = desk.ask("inbox", "list")[0]
    assert row["subject"] == "(confidential)"
    assert secret in desk.ask("inbox", "show", str(row["id"]), "--as", "ines@acme.example")["subject"]

    given = desk.command("tickets", "assign", ref, "ines@acme.example", "--as", "root@acme.example")
    assert given.returncode == 0, given.stderr
    desk.idle()
    ours = desk.mails("ines@acme.example")
    assert len(ours) >= 2
    assert all(secret not in found.as_string() for found in ours)
    assert any("sam@cust.example" in found.as_string() and ref in found.as_string() for found in ours)
    assert secret not in desk.log
