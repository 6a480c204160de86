"""Mail of ours that comes back: on its ticket, the address marked, whoever wrote told; and nothing goes on for ever."""

from __future__ import annotations

import email
import email.policy
import smtplib
import sqlite3
from collections.abc import Iterator
from email.message import EmailMessage
from itertools import count
from pathlib import Path

import pytest

from tests.contract.smarthost_stub import Stub, Taken
from tests.helpers.desk import Desk, mail, running, wait_for

MARIA, OTTO = "maria@acme.example", "otto@acme.example"
_numbers = count(1)


class Post:
    """A desk, the smarthost it sends by, and what that smarthost's reports do."""

    def __init__(self, desk: Desk, stub: Stub) -> None:
        self.desk, self.stub = desk, stub

    def rows(self, question: str, *values: str) -> list[tuple[str, ...]]:
        """Look into the database, which is quicker than asking a new process each time."""
        database = sqlite3.connect(self.desk.folder / "var" / "deskgate.db")
        try:
            return database.execute(question, values).fetchall()
        finally:
            database.close()

    def idle(self) -> None:
        """Until nothing waits in either book."""
        waiting = "SELECT 1 FROM inbox WHERE state = 'waiting' UNION ALL SELECT 1 FROM outbox WHERE state = 'waiting'"
        wait_for(lambda: not self.rows(waiting), 30, "filing and sending everything")

    def ask(self, person: str) -> str:
        """A person writes; the ticket's reference.  All mail it causes has gone out."""
        self.desk.post(mail(sender=f"Sam Field <{person}>", Message_ID=f"<{person}>"), sender=person)
        self.idle()
        ((number,),) = self.rows("SELECT ticket_id FROM inbox WHERE sender = ?", person)
        return f"ACME-{number}"

    def to(self, person: str, words: str = "") -> list[tuple[Taken, EmailMessage]]:
        """What went to somebody and has these words in its subject or text, oldest first."""
        found = []
        for taken in list(self.stub.taken):
            message = email.message_from_bytes(taken.raw, policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            if taken.recipient == person and words in f"{message['Subject']}\n{text_of(message)}":
                found.append((taken, message))
        return found

    def answer(self, ref: str, staff: str, words: str) -> None:
        """A staff member answers by mail, from the latest notice about the ticket."""
        _taken, notice = self.to(staff, ref)[-1]
        to = str(notice["Reply-To"].addresses[0].addr_spec)
        self.desk.post(mail(sender=staff, to=to, text=words, In_Reply_To=str(notice["Message-ID"])), staff, (to,))
        self.idle()

    def report(
        self,
        taken: Taken,
        message: EmailMessage,
        *,
        who: str = "",
        status: str = "5.1.1",
        action: str = "failed",
        to: str = "",
    ) -> str:
        """A mail server reports that a mail did not arrive; what became of the report."""
        number = next(_numbers)
        raw = REPORT.format(
            to=to or taken.sender, number=number, who=who or taken.recipient, status=status, action=action,
            message_id=message["Message-ID"], subject="what we sent",
        )  # fmt: skip
        with smtplib.SMTP("127.0.0.1", self.desk.smtp, timeout=20) as client:
            client.sendmail("", [to or taken.sender], raw.replace("\n", "\r\n").encode())
        self.idle()
        ((outcome, reason),) = self.rows(
            "SELECT outcome, reason FROM inbox WHERE message_id = ?", f"report-{number}@mx.cust.example"
        )
        assert outcome == "bounce-record", reason
        return reason

    def bouncing(self, ref: str) -> list[str]:
        """The marked addresses of a ticket."""
        return [one["address"] for one in self.desk.ask("tickets", "show", ref)["bouncing"]]

    def history(self, ref: str) -> str:
        """All texts of a ticket's history."""
        return "\n".join(entry["text"] for entry in self.desk.ask("tickets", "show", ref)["entries"])


REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@mx.cust.example>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <report-{number}@mx.cust.example>
Date: Mon, 23 Nov 2026 09:30:00 +0000
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b{number}"

--b{number}
Content-Type: text/plain

Report {number}: your message could not be delivered.
--b{number}
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.cust.example

Final-Recipient: rfc822; {who}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} that is how it is

--b{number}
Content-Type: text/rfc822-headers

Message-ID: {message_id}
Subject: {subject}

--b{number}--
"""


def text_of(message: EmailMessage) -> str:
    """The plain text."""
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    """A running daemon with a smarthost that takes everything, except what goes to gone@ or to hr's Petra."""

    def rcpt(line: str) -> str:
        return "550 5.1.1 no such mailbox" if "gone" in line or "petra@" in line else ""

    with Stub({"RCPT": rcpt}, extensions=("PIPELINING",)) as stub:
        send = f'[send.smtp]\nhost = "127.0.0.1"\nport = {stub.port}\ntls = "none"'
        with running(Path(tmp_path_factory.mktemp("desk")), send=send) as desk:
            yield Post(desk, stub)


def answered(post: Post, person: str, words: str) -> tuple[str, Taken, EmailMessage]:
    """A request that Maria has answered; her answer as it went out."""
    ref = post.ask(person)
    post.answer(ref, MARIA, words)
    ((taken, message),) = post.to(person, words)
    return ref, taken, message


def test_an_answer_that_comes_back_is_told_to_whoever_wrote_it_once_a_day(post: Post) -> None:
    ref, taken, message = answered(post, "ann@cust.example", "Restart it twice, Ann.")
    assert taken.sender.startswith("it+t")
    assert "was not reached" in post.report(taken, message)
    (told,) = post.to(MARIA, "did not arrive")
    assert "Restart it twice, Ann." in text_of(told[1]), "which of my mails was it?"
    assert "5.1.1" in text_of(told[1])
    assert post.to(OTTO, "did not arrive") == []
    assert post.bouncing(ref) == ["ann@cust.example"]
    assert "our answer to ann@cust.example came back: nobody has that address (" in post.history(ref)
    shown = post.desk.command("tickets", "show", ref).stdout.decode()
    assert "mail to it came back" in shown
    post.report(taken, message)
    assert len(post.to(MARIA, "did not arrive")) == 1


def test_whoever_answers_a_marked_address_is_warned_until_its_owner_writes(post: Post) -> None:
    ref, taken, message = answered(post, "bea@cust.example", "First answer to Bea.")
    post.report(taken, message)
    post.answer(ref, MARIA, "Second answer to Bea.")
    assert len(post.to("bea@cust.example", "Second answer to Bea.")) == 1, "it goes out all the same"
    (warned,) = [m for _, m in post.to(MARIA, "may not reach") if ref in str(m["Subject"])]
    assert "5.1.1" in text_of(warned)
    done = post.desk.command("tickets", "reply", ref, "--as", MARIA, "Third answer to Bea.")
    assert b"bea@cust.example may not get it" in done.stdout
    to = str(message["Reply-To"].addresses[0].addr_spec)
    post.desk.post(mail(sender="bea@cust.example", to=to, text="I am back.\n"), "bea@cust.example", (to,))
    post.idle()
    assert post.bouncing(ref) == []
    post.answer(ref, MARIA, "Fourth answer to Bea.")
    assert len([m for _, m in post.to(MARIA, "may not reach") if ref in str(m["Subject"])]) == 1


@pytest.mark.parametrize(
    ("status", "action", "who", "told", "marked", "words"),
    [
        ("4.4.1", "delayed", "", False, False, "only for now"),
        ("4.2.2", "delayed", "", False, False, "only for now"),
        ("4.4.7", "failed", "", True, False, "was not reached"),
        ("5.2.2", "failed", "", True, True, "was not reached"),
        ("5.1.1", "failed", "somebody.else@cust.example", False, False, "unverified"),
    ],
)
def test_a_report_moves_only_what_it_proves(
    post: Post, status: str, action: str, who: str, told: bool, marked: bool, words: str
) -> None:
    person = f"p{next(_numbers)}@cust.example"
    ref, taken, message = answered(post, person, f"An answer to {person}.")
    assert words in post.report(taken, message, status=status, action=action, who=who)
    assert bool(post.to(MARIA, f"to {person} did not arrive")) is told
    assert post.bouncing(ref) == ([person] if marked else [])


def test_a_report_that_did_not_come_to_a_return_path_is_recorded_and_moves_nothing(post: Post) -> None:
    ref, taken, message = answered(post, "cleo@cust.example", "An answer to Cleo.")
    reply_to = str(message["Reply-To"].addresses[0].addr_spec)
    for to in (reply_to, "it@acme.example"):
        assert "unverified" in post.report(taken, message, to=to)
    assert post.to(MARIA, "cleo@cust.example did not arrive") == []
    assert post.bouncing(ref) == []


def test_a_notice_that_comes_back_is_told_to_the_lead_and_nothing_tells_of_that(post: Post) -> None:
    ref, _taken, message = answered(post, "dan@cust.example", "An answer to Dan.")
    to = str(message["Reply-To"].addresses[0].addr_spec)
    post.desk.post(mail(sender="dan@cust.example", to=to, text="It still smokes.\n"), "dan@cust.example", (to,))
    post.idle()
    (notice,) = post.to(MARIA, "It still smokes.")
    post.report(*notice)
    (alarm,) = [pair for pair in post.to(OTTO, "may not know about") if ref in str(pair[1]["Subject"])]
    before = len(post.stub.taken)
    post.report(*alarm)
    post.report(*notice)
    assert len(post.stub.taken) == before
    assert OTTO in post.bouncing(ref)
    assert "It still smokes." not in text_of(alarm[1])


def test_a_refused_acknowledgement_marks_the_address_and_is_told_to_the_team_once_a_day(post: Post) -> None:
    ref = post.ask("gone@cust.example")
    assert post.bouncing(ref) == ["gone@cust.example"]
    assert "could not be delivered: 550 5.1.1" in post.history(ref)
    assert [len(post.to(who, "to gone@cust.example did not arrive")) for who in (MARIA, OTTO)] == [1, 1]


def test_a_refused_notice_to_the_only_member_is_told_to_the_admins(post: Post) -> None:
    sender = "eve@cust.example"
    post.desk.post(mail(sender=sender, to="hr@acme.example"), sender, ("hr@acme.example",))
    post.idle()
    (alarm,) = post.to("root@acme.example", "petra@acme.example may not know")
    ref = str(alarm[1]["Subject"]).partition("]")[0].strip("[")
    assert "our mail to petra@acme.example could not be delivered" in post.history(ref)


def test_a_mail_nobody_confirmed_is_told_as_such(post: Post) -> None:
    ref = post.ask("fay@cust.example")
    post.stub.replies = {**post.stub.replies, "dot": lambda line: "cut" if "fay@" in line else ""}
    _taken, notice = post.to(MARIA, ref)[-1]
    to = str(notice["Reply-To"].addresses[0].addr_spec)
    post.desk.post(mail(sender=MARIA, to=to, text="An answer to Fay."), MARIA, (to,))

    def waiting() -> list[dict[str, object]]:
        rows = post.desk.ask("outbox", "list", "--state", "waiting")
        return [row for row in rows if row["to"] == "fay@cust.example" and str(row["last_reply"]).startswith("may")]

    (row,) = wait_for(waiting, 10, "the lost reply")
    assert row["next_attempt_at"]
