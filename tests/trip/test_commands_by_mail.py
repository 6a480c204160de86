"""Staff run their desk by mail: commands in the first lines of an answer, over real sockets, seen in the books."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import pytest

from gateway.cli.as_json import entry_json, ticket_json
from store.database import Database
from store.inbox import InboxRow
from store.store import Store
from tests.helpers.desk import Desk, mail, wait_for

MARIA, OTTO, PETRA = "maria@acme.example", "otto@acme.example", "petra@acme.example"


@pytest.fixture(scope="module")
def store(desk: Desk) -> Iterator[Store]:
    """The daemon's books, opened beside it for reading."""
    database = Database(f"sqlite:///{desk.folder}/var/deskgate.db")
    yield Store(database)
    database.close()


@dataclass(frozen=True)
class House:
    """The daemon, its books, and what can be seen of a ticket."""

    desk: Desk
    store: Store

    def idle(self) -> None:
        """Wait until nothing waits to be filed or sent."""

        def quiet() -> bool:
            with self.store.reading() as tx:
                return not self.store.inbox.counts(tx).waiting and not self.store.outbox.counts(tx).waiting

        wait_for(quiet, 30, "filing and sending everything")

    def ticket(self, ref: str) -> dict[str, Any]:
        """As `tickets show` has it."""
        with self.store.reading() as tx:
            found = self.store.tickets.by_ref(tx, ref)
            assert found is not None
            shown: dict[str, Any] = dict(ticket_json(found, self.store.promises.for_ticket(tx, found.id)))
            shown["entries"] = [entry_json(entry, 0) for entry in self.store.tickets.entries(tx, found.id)]
        return shown

    def newest(self) -> str:
        """The reference of the newest ticket."""
        with self.store.reading() as tx:
            return self.store.tickets.list(tx, limit=1)[0].ref

    def row(self, message_id: str) -> InboxRow:
        """The row of an accepted mail."""
        with self.store.reading() as tx:
            return self.store.inbox.by_message_id(tx, message_id.strip().strip("<>"))[-1]

    def sent(self, person: str) -> int:
        """How many mails went to them, whoever stands in To."""
        with self.store.reading() as tx:
            return sum(row.recipient == person for row in self.store.outbox.list(tx, limit=10_000))


@pytest.fixture
def house(desk: Desk, store: Store) -> House:
    """Both."""
    return House(desk, store)


def words_of(message: EmailMessage) -> str:
    """The text of a mail of ours."""
    body = message.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return str(body.get_content())


def line_of(message: EmailMessage) -> str:
    """The same without line ends."""
    return " ".join(words_of(message).split())


def asked(house: House, person: str, *, to: str = "it@acme.example") -> str:
    """A person writes; the reference of their ticket."""
    house.desk.post(mail(sender=person, text=f"A question of {person}.\n", to=to), person, (to,))
    (ack,) = wait_for(lambda: house.desk.mails(person), 5, "an acknowledgement")
    found = re.search(r"ACME-\d+", str(ack["Subject"]))
    assert found
    return found[0]


def told(house: House, who: str, ref: str) -> list[EmailMessage]:
    """What this colleague was sent about a ticket, oldest first."""
    return [n for n in house.desk.mails(who) if ref in str(n["Subject"])]


def commanded(house: House, ref: str, text: str, who: str = MARIA, days_ago: int = 0, html: str = "") -> dict[str, Any]:
    """A colleague answers their notice; the ticket after that, with the row of the mail under ``row``."""
    notice = wait_for(lambda: told(house, who, ref), 5, "a notice")[0]
    to = str(notice["Reply-To"].addresses[0].addr_spec)
    quoted = "\n".join(f"> {line}" for line in words_of(notice).splitlines())
    message = mail(
        subject=f"Re: {notice['Subject']}",
        sender=who,
        to=to,
        text=f"{text}\n\nOn Monday, IT wrote:\n{quoted}\n",
        In_Reply_To=str(notice["Message-ID"]),
    )
    message.replace_header("Date", format_datetime(datetime.now(UTC) - timedelta(days=days_ago)))
    if html:
        message.add_alternative(html, subtype="html")
    house.desk.post(message, who, (to,))
    house.idle()
    return {**house.ticket(ref), "row": house.row(str(message["Message-ID"]))}


def texts(ticket: dict[str, Any], kind: str) -> str:
    """What stands in the entries of a kind."""
    return "\n".join(entry["text"] for entry in ticket["entries"] if entry["kind"] == kind)


def test_close_closes_and_tells_nobody(house: House) -> None:
    ref = asked(house, "close@cust.example")
    ticket = commanded(house, ref, "#close")
    assert (ticket["status"], ticket["row"].outcome, ticket["row"].ticket_ref) == ("closed", "attach", ref)
    assert len(house.desk.mails("close@cust.example")) == 1
    assert len(told(house, MARIA, ref)) == 1
    assert len(told(house, OTTO, ref)) == 1


def test_words_below_close_are_its_last_word(house: House) -> None:
    ref = asked(house, "lastword@cust.example")
    ticket = commanded(house, ref, "#close\n\nIt prints horses again.")
    (_, last) = house.desk.mails("lastword@cust.example")
    assert "It prints horses again." in words_of(last)
    assert "#close" not in words_of(last)
    assert (ticket["status"], ticket["promises"][0]["outcome"]) == ("closed", "kept")


def test_several_commands_run_in_order_and_the_words_answer(house: House) -> None:
    ref = asked(house, "several@cust.example")
    ticket = commanded(house, ref, "#assign otto you know that room\n#watch\n\nOtto comes at ten.")
    (_, reply) = house.desk.mails("several@cust.example")
    assert "Otto comes at ten." in words_of(reply)
    assert "you know that room" not in words_of(reply)
    assert ticket["assignee"] == OTTO
    assert {"name": "", "address": MARIA, "role": "watcher"} in ticket["participants"]
    assert any("you know that room" in words_of(n) for n in told(house, OTTO, ref))


def test_a_note_stays_among_colleagues(house: House) -> None:
    ref = asked(house, "note@cust.example")
    ticket = commanded(house, ref, "#take\n#note\nHe is angry.\n#really")
    assert "He is angry.\n#really" in texts(ticket, "note")
    assert ticket["assignee"] == MARIA
    assert len(house.desk.mails("note@cust.example")) == 1
    assert all(e["visibility"] == "staff" for e in ticket["entries"] if "angry" in e["text"])


@pytest.mark.parametrize(
    ("person", "text", "why"),
    [
        ("typo@cust.example", "#clsoe\nGood bye, fool.", "no command #clsoe"),
        ("hash@cust.example", "#hashtag is what he calls it", "no command #hashtag"),
        ("noteam@cust.example", "#take\n#move sales\nGood bye.", "no team"),
        ("nobody@cust.example", "Words first.\n".join(["#assign nina@acme.example\n", ""]), "not on the team"),
    ],
)
def test_what_cannot_be_done_is_not_begun_and_its_writer_is_told(
    house: House, person: str, text: str, why: str
) -> None:
    ref = asked(house, person)
    ticket = commanded(house, ref, text)
    (notice, back) = told(house, MARIA, ref)
    assert why in line_of(back)
    assert "#close" in words_of(back)
    assert back["Auto-Submitted"] == "auto-generated"
    assert notice["Reply-To"].addresses[0].addr_spec.startswith("it+t")
    assert len(house.desk.mails(person)) == 1
    assert (ticket["status"], ticket["assignee"], ticket["row"].outcome) == ("open", None, "attach")
    assert text.splitlines()[-1] in texts(ticket, "mail")
    assert texts(ticket, "change") == ""


def test_an_old_command_is_not_run_and_others_are_told(house: House) -> None:
    ref = asked(house, "old@cust.example")
    ticket = commanded(house, ref, "#close", days_ago=8)
    assert (ticket["status"], "cmd.replay" in ticket["row"].reason) == ("open", True)
    assert len(told(house, OTTO, ref)) == 2
    assert len(told(house, MARIA, ref)) == 2


def test_a_command_that_only_one_part_has_is_not_run(house: House) -> None:
    ref = asked(house, "parts@cust.example")
    assert commanded(house, ref, "#close", html="<p>Thank you</p>")["status"] == "open"
    assert len(house.desk.mails("parts@cust.example")) == 1
    assert commanded(house, ref, "#close", html="<div dir=ltr>#close</div>")["status"] == "closed"


def test_a_number_after_the_sign_is_a_word(house: House) -> None:
    ref = asked(house, "number@cust.example")
    commanded(house, ref, "#1 priority is your printer.")
    assert "#1 priority is your printer." in words_of(house.desk.mails("number@cust.example")[-1])


def test_merged_tickets_are_followed(house: House) -> None:
    kept, gone = asked(house, "kept@cust.example"), asked(house, "gone@cust.example")
    ack = house.desk.mails("gone@cust.example")[0]
    merged = commanded(house, gone, f"#merge {kept}")
    assert (merged["status"], len(house.desk.mails("gone@cust.example"))) == ("closed", 1)
    to = str(ack["Reply-To"].addresses[0].addr_spec)
    house.desk.post(mail(sender="gone@cust.example", to=to, text="By the address.\n"), "gone@cust.example", (to,))
    cites = mail(sender="gone@cust.example", text="By citation.\n", In_Reply_To=str(ack["Message-ID"]))
    house.desk.post(cites, "gone@cust.example")
    named = asked(house, "named@cust.example")
    assert house.desk.command("tickets", "merge", named, kept, "--as", MARIA).returncode == 0
    number = mail(sender="named@cust.example", subject=f"[{named}]", text="By number.\n")
    house.desk.post(number, "named@cust.example")
    house.idle()
    ticket = house.ticket(kept)
    for words in ("By the address.", "By citation.", "By number."):
        assert words in texts(ticket, "mail")
    assert {"name": "", "address": "gone@cust.example", "role": "cc"} in ticket["participants"]
    assert house.desk.command("tickets", "reply", kept, "To both of you.", "--as", MARIA).returncode == 0
    assert house.sent("gone@cust.example") == 2


def test_a_command_to_a_ticket_that_was_merged_asks_which_is_meant(house: House) -> None:
    kept, gone = asked(house, "stays@cust.example"), asked(house, "goes@cust.example")
    assert house.desk.command("tickets", "merge", gone, kept, "--as", OTTO).returncode == 0
    commanded(house, gone, "#close")
    assert house.ticket(kept)["status"] == "open"
    assert any("which is meant" in line_of(n) for n in told(house, MARIA, kept))


def test_chains_of_merges_end_and_circles_cannot_be_made(house: House) -> None:
    one, two, three = (asked(house, f"chain{n}@cust.example") for n in range(3))
    by = ("--as", MARIA)
    assert house.desk.command("tickets", "merge", one, two, *by).returncode == 0
    assert house.desk.command("tickets", "merge", two, three, *by).returncode == 0
    assert house.desk.command("tickets", "merge", three, one, *by).returncode == 1
    assert house.desk.command("tickets", "merge", three, three, *by).returncode == 1
    assert house.desk.command("tickets", "merge", one, three, *by).returncode == 1
    to = str(house.desk.mails("chain0@cust.example")[0]["Reply-To"].addresses[0].addr_spec)
    house.desk.post(mail(sender="chain0@cust.example", to=to, text="Round the corner.\n"), "chain0@cust.example", (to,))
    house.idle()
    assert "Round the corner." in texts(house.ticket(three), "mail")
    assert house.desk.command("tickets", "reopen", one, *by).returncode == 0
    house.desk.post(mail(sender="chain0@cust.example", to=to, text="On its own.\n"), "chain0@cust.example", (to,))
    house.idle()
    assert "On its own." in texts(house.ticket(one), "mail")


def test_nobody_merges_into_a_ticket_that_is_not_theirs(house: House) -> None:
    mine, theirs = asked(house, "mine@cust.example"), asked(house, "theirs@cust.example", to="hr@acme.example")
    assert commanded(house, mine, f"#merge {theirs}")["status"] == "open"
    assert "not a member" in line_of(told(house, MARIA, mine)[-1])


def test_a_mail_split_off_is_a_ticket_of_its_sender(house: House) -> None:
    ref = asked(house, "whole@cust.example")
    to = str(house.desk.mails("whole@cust.example")[0]["Reply-To"].addresses[0].addr_spec)
    other = mail(sender="part@cust.example", to=to, text="Another matter.\n", Message_ID="<part@cust.example>")
    other.add_attachment(b"zebra", maintype="application", subtype="pdf", filename="zebra.pdf")
    house.desk.post(other, "part@cust.example", (to,))
    house.idle()
    commanded(house, ref, "#split")
    fresh = house.newest()
    ticket = house.ticket(fresh)
    assert ticket["requester"]["address"] == "part@cust.example"
    assert f"{ref.rpartition('-')[0]}-{ticket['related']}" == ref
    first = ticket["entries"][0]
    assert (first["text"], first["visibility"]) == ("Another matter.", "public")
    assert house.desk.command("tickets", "attachment", fresh, "1").stdout == b"zebra"
    assert "Another matter." not in texts(house.ticket(ref), "mail")
    assert ticket["promises"][0]["outcome"] == "open"
    again = mail(sender="part@cust.example", text="More of it.\n", In_Reply_To="<part@cust.example>")
    house.desk.post(again, "part@cust.example")
    house.idle()
    assert "More of it." in texts(house.ticket(fresh), "mail")
    assert house.desk.command("tickets", "split", ref, "1", "--as", MARIA).returncode == 1
    assert house.desk.ask("books")["balanced"]


def test_everything_from_an_entry_on_can_be_split_off(house: House) -> None:
    ref = asked(house, "long@cust.example")
    ack = house.desk.mails("long@cust.example")[0]
    to = str(ack["Reply-To"].addresses[0].addr_spec)
    for words in ("Second.\n", "Third.\n"):
        house.desk.post(mail(sender="long@cust.example", to=to, text=words), "long@cust.example", (to,))
        house.idle()
    number = next(e["id"] for e in house.ticket(ref)["entries"] if e["text"] == "Second.")
    assert house.desk.command("tickets", "split", ref, f"{number}-", "--as", MARIA).returncode == 0
    assert texts(house.ticket(house.newest()), "mail") == "Second.\nThird."


def test_another_address_of_the_requester_takes_part_once_staff_say_so(house: House) -> None:
    ref = asked(house, "office@cust.example")
    to = str(house.desk.mails("office@cust.example")[0]["Reply-To"].addresses[0].addr_spec)

    def writes(text: str) -> str:
        house.desk.post(mail(sender="home@cust.example", to=to, text=text), "home@cust.example", (to,))
        house.idle()
        entry = house.ticket(ref)["entries"][-1]
        assert entry["text"] == text.strip()
        return str(entry["visibility"])

    assert writes("From home, unknown.\n") == "staff"
    commanded(house, ref, "#join home@cust.example")
    assert writes("From home, known.\n") == "public"
    assert house.desk.command("tickets", "join", ref, PETRA, "--as", MARIA).returncode == 1
    assert house.desk.command("tickets", "unjoin", ref, "home@cust.example", "--as", MARIA).returncode == 0
    assert writes("From home, no longer.\n") == "staff"


def test_a_proposed_participant_is_accepted_by_watch_and_removed_by_unwatch(house: House) -> None:
    sender, other = "asks@cust.example", "listens@cust.example"
    house.desk.post(mail(sender=sender, text="We both ask.\n", Cc=other), sender)
    (ack,) = wait_for(lambda: house.desk.mails(sender), 5, "an acknowledgement")
    ref = re.findall(r"ACME-\d+", str(ack["Subject"]))[0]
    assert house.ticket(ref)["proposed"] == [{"name": "", "address": other}]
    ticket = commanded(house, ref, f"#watch {other}\n\nBoth of you, listen.")
    assert {"name": "", "address": other, "role": "cc"} in ticket["participants"]
    assert house.sent(other) == 1
    assert house.desk.command("tickets", "reply", ref, "Now both.", "--as", MARIA).returncode == 0
    assert house.sent(other) == 2
    assert house.desk.command("tickets", "unwatch", ref, other, "--as", MARIA).returncode == 0
    assert house.ticket(ref)["participants"] == []
    assert house.desk.command("tickets", "unwatch", ref, sender, "--as", MARIA).returncode == 1


def test_the_same_command_twice_is_a_duplicate(house: House) -> None:
    ref = asked(house, "again@cust.example")
    ticket = commanded(house, ref, "#close")
    raw = house.desk.command("inbox", "raw", str(ticket["row"].id)).stdout
    assert house.desk.command("tickets", "reopen", ref, "--as", MARIA).returncode == 0
    house.desk.post(raw, MARIA, ticket["row"].recipients)
    house.idle()
    assert house.ticket(ref)["status"] == "open"
