"""Mails that belong together are filed together: late questions, copies by lists and other aliases, several addresses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.intake import arrival
from gateway.sources.base import Accepted
from parsers.message import Envelope
from routing.identity import Purpose, reply_address
from store.inbox import InboxRow
from store.tickets import Entry, Ticket
from tests.contract.test_filing import World, drain, now
from tests.contract.test_filing import world as world  # noqa: PLC0414 - the fixture
from tests.helpers.desk import Desk, mail

SAM, CAROL, BOB = "sam@cust.example", "carol@cust.example", "bob@other.example"
LONG = "The drawer of the printer on the second floor does not close any more.\n"


def arrives(world: World, message: EmailMessage, *to: str, sender: str = SAM, source: str = "smtp") -> InboxRow:
    """One mail comes in and is filed; its row."""
    store = world.place.store
    raw = message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    with store.transaction() as tx:
        envelope = Envelope(sender, to or ("it@acme.example",), "", source, now())
        (number,) = store.inbox.add(tx, [arrival(Accepted(source, envelope, raw))])
    drain(world.filer())
    with store.reading() as tx:
        row = store.inbox.get(tx, number)
    assert row is not None
    return row


def ticket(world: World, row: InboxRow) -> Ticket:
    """The ticket it went to."""
    with world.place.store.reading() as tx:
        found = world.place.store.tickets.get(tx, row.ticket_id or 0)
    assert found is not None
    return found


def entries(world: World, number: int) -> list[Entry]:
    """Its history."""
    with world.place.store.reading() as tx:
        return world.place.store.tickets.entries(tx, number)


def mails(world: World, kind: str, to: str = "") -> int:
    """How many mails of ours of a kind there are."""
    with world.place.store.reading() as tx:
        return sum(row.kind == kind and to in row.recipient for row in world.place.store.outbox.list(tx))


def close(world: World, row: InboxRow, days_ago: int = 1) -> None:
    """Its ticket is closed since then."""
    with world.place.store.transaction() as tx:
        world.place.store.promises.withdraw(tx, row.ticket_id or 0, now())
        world.place.store.tickets.change(
            tx, row.ticket_id or 0, status="closed", closed_at=now() - timedelta(days=days_ago)
        )


def answer(first: str, sender: str = SAM, text: str = "It is the lower one.\n", **fields: str) -> EmailMessage:
    """A mail that cites another."""
    return mail(sender=sender, text=text, In_Reply_To=f"<{first}>", **fields)


def test_a_question_that_comes_after_its_answer_joins_it(world: World) -> None:
    second = arrives(world, answer("first@cust.example"))
    first = arrives(world, mail(sender=SAM, Message_ID="<first@cust.example>"))
    assert (second.outcome, first.outcome, first.ticket_id) == ("ticket", "attach", second.ticket_id)
    assert mails(world, "ack") == 1


def test_a_question_joins_only_what_the_same_or_a_copied_person_answered(world: World) -> None:
    second = arrives(world, answer("first@cust.example", sender=BOB), sender=BOB)
    first = arrives(world, mail(sender=SAM, Message_ID="<first@cust.example>"))
    assert (first.outcome, first.ticket_id != second.ticket_id) == ("ticket", True)


def test_a_stranger_who_awaits_an_id_beforehand_catches_nobody(world: World) -> None:
    """Whoever knows an id early could cite it, with its author copied; the author must have written to them."""
    arrives(world, answer("first@cust.example", sender=BOB, Cc=SAM), sender=BOB)
    first = arrives(world, mail(sender=SAM, Message_ID="<first@cust.example>"))
    assert first.outcome == "ticket"


def test_an_awaited_id_is_no_citation(world: World) -> None:
    """Only the mail itself may join; others that cite the same id have nothing to do with the ticket that awaits it."""
    arrives(world, answer("first@cust.example"))
    other = arrives(world, answer("first@cust.example", sender=BOB), sender=BOB)
    assert other.outcome == "ticket"
    assert ticket(world, other).related_to is None


@pytest.mark.parametrize("list_first", [False, True])
def test_a_list_s_copy_with_its_footer_joins_the_direct_one_and_one_acknowledgement_goes_out(
    world: World, list_first: bool
) -> None:
    direct = mail(sender=SAM, text=LONG, to="it@acme.example, all@lists.example", Message_ID="<one@cust.example>")
    copy = mail(
        sender=SAM, text=f"{LONG}\n____\nAll staff, https://lists.example\n", subject="[all] The printer is broken",
        to="it@acme.example, all@lists.example", Message_ID="<one@cust.example>", List_Id="<all.lists.example>",
    )  # fmt: skip
    both = [(copy, "all-bounces@lists.example"), (direct, SAM)]
    first, second = [arrives(world, one, sender=by) for one, by in (both if list_first else both[::-1])]
    assert (first.outcome, second.outcome, second.ticket_id) == ("ticket", "attach", first.ticket_id)
    assert (mails(world, "ack"), mails(world, "ack", SAM)) == (1, 1)
    assert [e.visibility for e in entries(world, first.ticket_id or 0) if e.kind == "mail"] == ["public", "staff"]


@pytest.mark.parametrize(
    ("sender", "text", "fields"),
    [
        (BOB, LONG, {"List_Id": "<all.lists.example>"}),
        (SAM, "Another matter, and not at all about the printer on the second floor.\n", {"List_Id": "<a.example>"}),
        (SAM, f"{LONG}And the door.\n", {}),
    ],
)
def test_an_equal_id_from_somebody_else_with_other_words_or_without_a_list_is_a_mail_of_its_own(
    world: World, sender: str, text: str, fields: dict[str, str]
) -> None:
    first = arrives(world, mail(sender=SAM, text=LONG, Message_ID="<one@cust.example>"))
    second = arrives(world, mail(sender=sender, text=text, Message_ID="<one@cust.example>", **fields), sender=sender)
    assert (second.outcome, second.ticket_id != first.ticket_id) == ("ticket", True)


def signed(world: World, row: InboxRow, role: str) -> str:
    """A reply address of somebody on its ticket."""
    about = ticket(world, row)
    party = next(p for p in about.parties if p.role == role)
    purpose = {"requester": Purpose.REQUESTER, "staff": Purpose.STAFF}[role]
    site = world.place.desk.site
    made = reply_address(site, world.reader.ring, about.alias, (purpose, about.id, party.number, now().date()))
    assert made is not None
    return made


@pytest.mark.parametrize("own_first", [True, False])
def test_a_mail_to_two_reply_addresses_counts_where_its_writer_takes_part_and_the_other_ticket_keeps_it(
    world: World, own_first: bool
) -> None:
    mine, theirs = arrives(world, mail(sender=SAM)), arrives(world, mail(sender=BOB), sender=BOB)
    to = [signed(world, row, "requester") for row in (mine, theirs)]
    quoting = answer("x@y.example", text="For both of you.\n\nOn Monday, IT wrote:\n> Sam's own secret\n")
    quoting.add_attachment(b"data", maintype="application", subtype="pdf", filename="plan.pdf")
    both = arrives(world, quoting, *(to if own_first else to[::-1]))
    assert (both.outcome, both.ticket_id) == ("attach", mine.ticket_id)
    kept = entries(world, theirs.ticket_id or 0)[-1]
    assert (kept.kind, kept.visibility, kept.author_address, kept.mail_id) == ("mail", "staff", SAM, both.id)
    assert "secret" not in kept.text
    assert [a.filename for a in kept.attachments] == ["plan.pdf"]
    assert SAM not in {p.key for p in ticket(world, theirs).parties}
    assert mails(world, "ack") == 2


def test_a_mail_to_two_reply_addresses_of_one_person_is_added_to_both(world: World) -> None:
    rows = [arrives(world, mail(sender=SAM)) for _ in range(2)]
    close(world, rows[1])
    both = arrives(world, mail(sender=SAM, text="For both.\n"), *(signed(world, row, "requester") for row in rows))
    assert (both.outcome, both.ticket_id) == ("attach", rows[0].ticket_id)
    assert [entries(world, row.ticket_id or 0)[-1].visibility for row in rows] == ["public", "public"]
    assert ticket(world, rows[1]).status == "open"


def test_a_colleague_s_answer_to_two_reply_addresses_is_sent_once(world: World) -> None:
    rows = [arrives(world, mail(sender=SAM)), arrives(world, mail(sender=BOB), sender=BOB)]
    maria = "maria@acme.example"
    arrives(world, mail(sender=maria, text="Done.\n"), *(signed(world, row, "staff") for row in rows), sender=maria)
    assert (mails(world, "reply", SAM), mails(world, "reply", BOB)) == (1, 0)
    assert [e.visibility for e in entries(world, rows[1].ticket_id or 0)] == ["public", "staff"]


@pytest.mark.parametrize("header_names_both", [False, True])
@pytest.mark.parametrize("order", [("it", "hr"), ("hr", "it")])
def test_one_mail_through_two_aliases_one_after_the_other_is_one_ticket_and_tells_each_team_once_more(
    world: World, order: tuple[str, str], header_names_both: bool
) -> None:
    to = "it@acme.example, hr@acme.example" if header_names_both else "it@acme.example"
    message = mail(sender=SAM, to=to, Message_ID="<both@cust.example>")
    first, second, third = [arrives(world, message, f"{team}@acme.example") for team in (*order, order[1])]
    assert (first.outcome, second.outcome, third.outcome) == ("ticket", "attach", "duplicate")
    assert first.ticket_id == second.ticket_id == third.ticket_id
    assert {ticket(world, first).team, *ticket(world, first).helpers} == {"it", "hr"}
    assert mails(world, "ack") == 1
    with world.place.store.reading() as tx:
        assert world.place.store.inbox.books(tx).balanced


def test_a_reply_opens_a_closed_ticket_again_and_settled_promises_stay_settled(world: World) -> None:
    row = arrives(world, mail(sender=SAM))
    close(world, row)
    arrives(world, mail(sender=SAM, text="It is broken again.\n"), signed(world, row, "requester"))
    with world.place.store.reading() as tx:
        promises = world.place.store.promises.for_ticket(tx, row.ticket_id or 0)
    assert ticket(world, row).reopened == 1
    assert [(p.kind, p.outcome, bool(p.stated_to)) for p in promises] == [
        ("first_reply", "withdrawn", True),
        ("first_reply", "open", False),
    ]


def test_thanks_on_a_closed_ticket_are_kept_and_change_nothing(world: World) -> None:
    row = arrives(world, mail(sender=SAM))
    close(world, row)
    before = mails(world, "notice")
    thanks = arrives(
        world, mail(sender=SAM, text="Thank you, that solved it!\n\nSam\n"), signed(world, row, "requester")
    )
    assert (thanks.outcome, thanks.reason) == ("attach", "nothing but thanks")
    assert (ticket(world, row).status, ticket(world, row).reopened) == ("closed", 0)
    assert entries(world, row.ticket_id or 0)[-1].text.startswith("Thank you")
    assert mails(world, "notice") == before


@pytest.fixture
def new_world(tmp_path: Path) -> Iterator[World]:
    """An empty desk whose IT team wants a new ticket for each reply to a closed one."""
    from tests.contract import test_filing

    desk = Desk(tmp_path)
    text = desk.config.read_text().replace('lead = "otto@acme.example"', 'reply_to_closed = "new"')
    desk.config.write_text(text)
    yield from test_filing.opened_world(desk.config)


def test_a_team_may_want_a_new_ticket_for_each_reply_to_a_closed_one(new_world: World) -> None:
    row = arrives(new_world, mail(sender=SAM))
    close(new_world, row)
    again = arrives(new_world, mail(sender=SAM, text="And the door?\n"), signed(new_world, row, "requester"))
    assert (again.outcome, ticket(new_world, again).related_to) == ("ticket", row.ticket_id)
    assert (ticket(new_world, row).status, ticket(new_world, row).reopened) == ("closed", 0)
    thanks = arrives(new_world, mail(sender=SAM, text="Thanks a lot!\n"), signed(new_world, row, "requester"))
    assert (thanks.outcome, thanks.ticket_id) == ("attach", row.ticket_id)


def test_staff_are_told_what_a_stranger_s_mail_mentions(world: World) -> None:
    row = arrives(world, mail(sender=SAM))
    about = ticket(world, row)
    arrives(world, mail(sender=BOB, subject=f"Re: [{about.ref}] mine now"), sender=BOB)
    with world.place.store.reading() as tx:
        store = world.place.store
        texts = {
            found.kind: (store.outbox.raw(tx, found.id) or b"").decode()
            for found in store.outbox.list(tx)
            if found.ticket_id != about.id
        }
    assert f"mentions {about.ref}" in texts["notice"].replace("\r\n", " ")
    assert f"mentions {about.ref}" not in texts["ack"].replace("\r\n", " ")
