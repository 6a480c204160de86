"""A mail in, an honest answer out, and both sides converse by replying: over real sockets, read from the Maildir."""

from __future__ import annotations

import os
import re
import smtplib
import subprocess
import sys
import time
from email.message import EmailMessage

import pytest

from tests.helpers.desk import Desk, mail, wait_for

PROMISE = re.compile(
    r"A person will answer by (Monday|Tuesday|Wednesday|Thursday|Friday) \d{1,2} [A-Z][a-z]+( \d{4})?,\s+"
    r"(\d{1,2}(:\d\d)? [ap]m|noon)"
)


def ask(desk: Desk, person: str, **options: str) -> tuple[str, EmailMessage]:
    """A person writes to IT; the ticket's reference and the acknowledgement."""
    desk.post(mail(sender=f"Sam Field <{person}>", **options), sender=person)
    (ack,) = wait_for(lambda: desk.mails(person), 5, "an acknowledgement")
    found = re.search(r"\[(ACME-\d+)\]", str(ack["Subject"]))
    assert found
    return found[1], ack


def reply_address(message: EmailMessage) -> str:
    """The bare address of Reply-To."""
    return str(message["Reply-To"].addresses[0].addr_spec)


def words_of(message: EmailMessage) -> str:
    """The text of a mail of ours."""
    return str(message.get_body(("plain",)).get_content())


def answer(message: EmailMessage, sender: str, text: str) -> EmailMessage:
    """What a mail client sends when somebody presses Reply."""
    quoted = "\n".join(f"> {line}" for line in words_of(message).splitlines())
    return mail(
        subject=f"Re: {message['Subject']}",
        sender=sender,
        to=reply_address(message),
        text=f"{text}\n\nOn Monday, {message['From']} wrote:\n{quoted}\n",
        In_Reply_To=str(message["Message-ID"]),
        References=f"{message['References'] or ''} {message['Message-ID']}".strip(),
    )


def entries(desk: Desk, ref: str) -> list[dict[str, object]]:
    """The history of a ticket."""
    found: list[dict[str, object]] = desk.ask("tickets", "show", ref)["entries"]
    return found


def test_an_acknowledgement_with_reference_and_time_comes_within_two_seconds(desk: Desk) -> None:
    desk.post(mail(sender="Zoe <zoe@cust.example>"), sender="zoe@cust.example")
    before = time.monotonic()
    (ack,) = wait_for(lambda: desk.mails("zoe@cust.example"), 5, "an acknowledgement")
    assert time.monotonic() - before < 2
    text = words_of(ack)
    assert PROMISE.search(" ".join(text.split())), text
    for words in ("laptops, passwords", "To arrange a meeting", "When we are open", "If it is urgent"):
        assert words.lower() in text.lower()
    assert ack["Auto-Submitted"] == "auto-replied"
    assert ack["From"].addresses[0].addr_spec == "it@acme.example"


def test_the_promise_in_the_mail_is_the_one_in_the_ledger(desk: Desk) -> None:
    ref, ack = ask(desk, "ledger@cust.example")
    (promise,) = desk.ask("tickets", "show", ref)["promises"]
    assert (promise["kind"], promise["outcome"], promise["stated_to"]) == ("first_reply", "open", "ledger@cust.example")
    assert promise["shown"] in " ".join(words_of(ack).split())


def test_a_reply_to_the_acknowledgement_lands_in_the_same_ticket_without_the_quoted_text(desk: Desk) -> None:
    ref, ack = ask(desk, "reply@cust.example")
    desk.post(answer(ack, "reply@cust.example", "It is on fire now."), "reply@cust.example", (reply_address(ack),))
    wait_for(lambda: len(entries(desk, ref)) == 2, 5, "the reply in the ticket")
    assert entries(desk, ref)[1]["text"] == "It is on fire now."


def test_a_reply_to_the_plain_alias_threads_by_its_citation(desk: Desk) -> None:
    ref, ack = ask(desk, "cites@cust.example")
    again = answer(ack, "cites@cust.example", "Any news?")
    again.replace_header("To", "it@acme.example")
    again.replace_header("Subject", "something else entirely")
    desk.post(again, "cites@cust.example")
    wait_for(lambda: len(entries(desk, ref)) == 2, 5, "the reply in the ticket")
    assert entries(desk, ref)[1]["text"] == "Any news?"


def test_staff_answer_from_their_mail_client_and_the_requester_gets_only_their_words(desk: Desk) -> None:
    ref, _ = ask(desk, "asks@cust.example", text="My screen is upside down.\n")
    notice = next(n for n in desk.mails("maria@acme.example") if ref in str(n["Subject"]))
    assert "My screen is upside down." in words_of(notice)
    reply = answer(notice, "Maria Jones <maria@acme.example>", "Please turn it round.")
    reply.add_attachment(b"how to turn", maintype="application", subtype="pdf", filename="turn.pdf")
    desk.post(reply, "maria@acme.example", (reply_address(notice),))
    words = wait_for(
        lambda: [m for m in desk.mails("asks@cust.example") if str(m["Subject"]).startswith("Re:")], 5, "the answer"
    )
    (sent,) = words
    text = words_of(sent)
    assert text.startswith("Please turn it round.")
    assert "upside down" not in text
    assert "wrote:" not in text
    assert sent["From"].addresses[0].addr_spec == "it@acme.example"
    assert sent["Auto-Submitted"] is None
    assert [part.get_filename() for part in sent.iter_attachments()] == ["turn.pdf"]
    ticket = desk.ask("tickets", "show", ref)
    assert ticket["promises"][0]["outcome"] == "kept"
    assert ticket["assignee"] == "maria@acme.example"


def test_the_requesters_answer_goes_to_whoever_has_the_ticket_and_back(desk: Desk) -> None:
    ref, _ = ask(desk, "pingpong@cust.example")
    notice = next(n for n in desk.mails("otto@acme.example") if ref in str(n["Subject"]))
    desk.post(answer(notice, "otto@acme.example", "Which room?"), "otto@acme.example", (reply_address(notice),))
    words = wait_for(
        lambda: [m for m in desk.mails("pingpong@cust.example") if str(m["Subject"]).startswith("Re:")],
        5,
        "the question",
    )
    back = answer(words[0], "pingpong@cust.example", "Room 3.14")
    desk.post(back, "pingpong@cust.example", (reply_address(words[0]),))

    def told() -> list[EmailMessage]:
        return [n for n in desk.mails("otto@acme.example") if ref in str(n["Subject"]) and "Room 3.14" in words_of(n)]

    (news,) = wait_for(told, 5, "the notice to the assignee")
    assert not [n for n in desk.mails("maria@acme.example") if "Room 3.14" in words_of(n)]
    assert words[0]["Message-ID"].strip() in str(news["References"]) or back["Message-ID"] in str(news["References"])


def test_an_attachment_can_be_fetched_unchanged(desk: Desk) -> None:
    content = bytes(range(256)) * 50
    message = mail(sender="files@cust.example")
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename="zebra.bin")
    desk.post(message, "files@cust.example")
    (ack,) = wait_for(lambda: desk.mails("files@cust.example"), 5, "an acknowledgement")
    ref = re.search(r"ACME-\d+", str(ack["Subject"]))
    assert ref
    assert desk.command("tickets", "attachment", ref[0], "1").stdout == content
    notice = next(n for n in desk.mails("maria@acme.example") if ref[0] in str(n["Subject"]))
    (part,) = notice.iter_attachments()
    assert part.get_content() == content


def test_the_same_mail_twice_is_one_ticket_and_one_acknowledgement(desk: Desk) -> None:
    message = mail(sender="twice@cust.example", Message_ID="<twice@cust.example>")
    for _ in range(3):
        desk.post(message, "twice@cust.example")
    desk.idle()
    outcomes = [row["outcome"] for row in desk.ask("inbox", "list") if row["message_id"] == "twice@cust.example"]
    assert sorted(outcomes) == ["duplicate", "duplicate", "ticket"]
    assert len(desk.mails("twice@cust.example")) == 1


def test_an_equal_message_id_with_other_content_is_a_mail_of_its_own(desk: Desk) -> None:
    for text in ("The first.\n", "The second.\n"):
        desk.post(
            mail(sender="reuse@cust.example", text=text, Message_ID="<reused@cust.example>"), "reuse@cust.example"
        )
    desk.idle()
    assert [r["outcome"] for r in desk.ask("inbox", "list") if r["message_id"] == "reused@cust.example"] == [
        "ticket",
        "ticket",
    ]


def test_a_mail_to_two_teams_is_one_ticket_with_a_helper(desk: Desk) -> None:
    message = mail(sender="both@cust.example", to="it@acme.example, hr@acme.example")
    desk.post(message, "both@cust.example", ("it@acme.example", "hr@acme.example"))
    (ack,) = wait_for(lambda: desk.mails("both@cust.example"), 5, "an acknowledgement")
    ref = re.search(r"ACME-\d+", str(ack["Subject"]))
    assert ref
    ticket = desk.ask("tickets", "show", ref[0])
    assert (ticket["team"], ticket["helpers"]) == ("it", ["hr"])
    wait_for(
        lambda: [n for n in desk.mails("petra@acme.example") if ref[0] in str(n["Subject"])], 5, "the helper's notice"
    )


def test_the_same_mail_through_another_teams_alias_makes_that_team_a_helper(desk: Desk) -> None:
    message = mail(sender="late@cust.example", to="it@acme.example", Message_ID="<late@cust.example>")
    desk.post(message, "late@cust.example")
    ref, _ = "", wait_for(lambda: desk.mails("late@cust.example"), 5, "an acknowledgement")
    message.replace_header("To", "it@acme.example")
    desk.post(message, "late@cust.example", ("hr@acme.example",))
    desk.idle()
    rows = [row for row in desk.ask("inbox", "list") if row["message_id"] == "late@cust.example"]
    assert sorted(row["outcome"] for row in rows) == ["attach", "ticket"]
    ref = rows[0]["ticket"]
    ticket = desk.ask("tickets", "show", ref)
    assert (ticket["team"], ticket["helpers"]) == ("it", ["hr"])
    wait_for(lambda: [n for n in desk.mails("petra@acme.example") if ref in str(n["Subject"])], 5, "word to the helper")


def test_lmtp_answers_each_recipient(desk: Desk) -> None:
    with smtplib.LMTP("127.0.0.1", desk.lmtp, timeout=10) as client:
        client.ehlo()
        client.mail("lmtp@cust.example")
        assert client.rcpt("it@acme.example")[0] == 250
        assert client.rcpt("hr@acme.example")[0] == 250
        assert client.rcpt("nobody@acme.example")[0] == 550
        client.putcmd("data")
        assert client.getreply()[0] == 354
        client.send(mail(sender="lmtp@cust.example").as_bytes().replace(b"\n", b"\r\n") + b"\r\n.\r\n")
        assert [client.getreply()[0], client.getreply()[0]] == [250, 250]


def test_a_pipe_alias_needs_no_running_daemon_and_works_beside_one(desk: Desk) -> None:
    raw = mail(sender="pipe@cust.example").as_bytes()
    done = desk.command("deliver", "--to", "it@acme.example", "--from", "pipe@cust.example", stdin=raw)
    assert (done.returncode, done.stdout) == (0, b"")
    wait_for(lambda: desk.mails("pipe@cust.example"), 5, "an acknowledgement")
    assert desk.command("deliver", "--to", "nobody@acme.example", stdin=raw).returncode == 67
    assert desk.command("deliver", "--to", "it@acme.example", stdin=b"\x00\x01").returncode == 65


def test_a_pipe_alias_hears_the_subaddress_from_the_mail_server(desk: Desk) -> None:
    """An alias line names only ``it@``; what stands behind the + makes a reply a staff reply."""
    ref, _ = ask(desk, "piped@cust.example")
    notice = next(n for n in desk.mails("maria@acme.example") if ref in str(n["Subject"]))
    raw = answer(notice, "maria@acme.example", "By the pipe.").as_bytes()
    options = ("deliver", "--to", "it@acme.example", "--from", "maria@acme.example")
    assert desk.command(*options, stdin=raw, ORIGINAL_RECIPIENT=reply_address(notice)).returncode == 0
    wait_for(lambda: [m for m in desk.mails("piped@cust.example") if "By the pipe." in words_of(m)], 5, "the answer")
    other = desk.command(*options, stdin=raw, ORIGINAL_RECIPIENT="hr+x@acme.example")
    assert other.returncode == 0
    assert desk.ask("inbox", "list", "--limit", "1")[0]["envelope"]["to"] == ["it@acme.example"]


def test_a_mistake_of_ours_makes_the_mail_server_wait_and_tells_a_person_what_it_is(desk: Desk) -> None:
    raw = mail().as_bytes()
    broken = desk.folder / "broken.toml"
    broken.write_text("[site\n")
    command = [sys.executable, "-m", "gateway", "deliver", "--to", "it@acme.example"]

    def exit_code(*options: str, **environment: str) -> int:
        done = subprocess.run(
            [*command, *options], input=raw, capture_output=True, env={**os.environ, **environment}, check=False
        )
        return done.returncode

    assert exit_code("--config", str(broken)) == 78
    assert exit_code("--config", str(broken), RECIPIENT="it@acme.example") == 75
    assert exit_code("--config", "/no/such/file", MAIL_CONFIG="/etc/postfix") == 75
    assert exit_code("--no-such-option") == 2
    assert exit_code("--no-such-option", LOCAL_PART="it") == 75


def test_words_for_a_closed_ticket_are_not_dropped_in_silence(desk: Desk) -> None:
    ref, _ = ask(desk, "closed@cust.example")
    by = ("--as", "otto@acme.example")
    assert desk.command("tickets", "close", ref, "It works again.", *by).returncode == 0
    wait_for(lambda: [m for m in desk.mails("closed@cust.example") if "It works again." in words_of(m)], 5, "the words")
    again = desk.command("tickets", "close", ref, "And this.", *by)
    assert again.returncode == 1
    assert b"not sent" in again.stderr


@pytest.mark.parametrize(
    ("address", "code"), [("nobody@acme.example", b"5.1.1"), ("anyone@elsewhere.example", b"5.7.1")]
)
def test_unknown_and_foreign_recipients_are_refused_at_the_door(desk: Desk, address: str, code: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", desk.smtp, timeout=10) as client:
        client.ehlo()
        client.mail("a@cust.example")
        number, words = client.rcpt(address)
        assert number == 550
        assert words.startswith(code)


def test_an_absence_note_is_held_and_answered_by_nobody(desk: Desk) -> None:
    desk.post(mail(sender="away@cust.example", Auto_Submitted="auto-replied"), "away@cust.example")
    desk.idle()
    (row,) = [r for r in desk.ask("inbox", "list", "--state", "held") if r["envelope"]["from"] == "away@cust.example"]
    assert row["outcome"] == "quarantine"
    assert desk.mails("away@cust.example") == []
    assert desk.command("inbox", "release", str(row["id"])).returncode == 0
    desk.idle()
    assert next(r for r in desk.ask("inbox", "list") if r["id"] == row["id"])["outcome"] == "ticket"
    assert desk.mails("away@cust.example") == []


def test_a_held_mail_can_be_dropped_and_its_bytes_stay(desk: Desk) -> None:
    message = mail(sender="drop@cust.example", Auto_Submitted="auto-replied")
    desk.post(message, "drop@cust.example")
    desk.idle()
    (row,) = [r for r in desk.ask("inbox", "list", "--state", "held") if r["envelope"]["from"] == "drop@cust.example"]
    assert desk.command("inbox", "drop", str(row["id"])).returncode == 0
    after = next(r for r in desk.ask("inbox", "list") if r["id"] == row["id"])
    assert (after["state"], after["outcome"]) == ("filed", "quarantine")
    assert message["Message-ID"].encode() in desk.command("inbox", "raw", str(row["id"])).stdout
    assert desk.ask("books")["balanced"]


def test_staff_actions_from_the_command_line(desk: Desk) -> None:
    ref, _ = ask(desk, "actions@cust.example")
    by = ("--as", "maria@acme.example")
    assert desk.command("tickets", "take", ref, *by).returncode == 0
    assert desk.ask("tickets", "show", ref)["assignee"] == "maria@acme.example"
    assert desk.command("tickets", "assign", ref, "otto@acme.example", *by).returncode == 0
    wait_for(lambda: [n for n in desk.mails("otto@acme.example") if "is yours" in words_of(n)], 5, "word to Otto")
    assert desk.command("tickets", "note", ref, "He called twice.", *by).returncode == 0
    assert desk.command("tickets", "reply", ref, "We are on it.", *by).returncode == 0
    wait_for(lambda: [m for m in desk.mails("actions@cust.example") if "We are on it." in words_of(m)], 5, "the reply")
    assert desk.command("tickets", "move", ref, "hr", "He is waiting; about pay", *by).returncode == 0
    (moved,) = wait_for(
        lambda: [n for n in desk.mails("petra@acme.example") if ref in str(n["Subject"])], 5, "word to HR"
    )
    assert "It prints only zebras." in words_of(moved)
    assert "about pay" in words_of(moved)
    assert "He is waiting; about pay" in str(entries(desk, ref))
    refused = desk.command("tickets", "close", ref, *by)
    assert refused.returncode == 1
    assert b"not a member" in refused.stderr
    assert desk.command("tickets", "close", ref, "--as", "petra@acme.example").returncode == 0
    ticket = desk.ask("tickets", "show", ref)
    assert (ticket["status"], ticket["team"], ticket["hand_offs"]) == ("closed", "hr", 1)
    assert desk.command("tickets", "reopen", ref, "--as", "petra@acme.example").returncode == 0
    assert desk.ask("tickets", "show", ref)["reopened"] == 1
    assert "He called twice." not in "".join(str(m) for m in desk.mails("actions@cust.example"))
    found = desk.ask("tickets", "list", "--search", "called twice")
    assert [t["ref"] for t in found] == [ref]


def test_the_log_tells_a_mails_story_under_one_id(desk: Desk) -> None:
    desk.post(mail(sender="story@cust.example", Message_ID="<story@cust.example>"), "story@cust.example")
    wait_for(lambda: desk.mails("story@cust.example"), 5, "an acknowledgement")
    row = next(r for r in desk.ask("inbox", "list") if r["message_id"] == "story@cust.example")
    lines = [line for line in desk.log.splitlines() if f'"inbox_id": {row["id"]}' in line]
    assert any('"accepted"' in line for line in lines), desk.log[-2000:]
    assert any('"filed"' in line for line in lines)
    assert not any("It prints only zebras" in line for line in desk.log.splitlines())


def test_the_books_balance_after_all_of_this(desk: Desk) -> None:
    books = desk.idle()
    assert books["balanced"]
    assert books["waiting"] == 0
