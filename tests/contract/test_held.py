"""Quarantine as a service: who hears of held mail and how often, what leaves and what does not, and how it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from routing.identity import Purpose, reply_address
from store.inbox import InboxRow
from tests.helpers.books import Books, books
from tests.helpers.desk import mail

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
IT = ["maria@acme.example", "otto@acme.example"]
TRUST = 'authserv_id = "mx.acme.example"'
SECRET = "the walrus of accounts payable"
HR = """
[teams.board]
name = "The Board"
aliases = ["board@acme.example"]
hours = "office"
helps_with = "complaints"
meet = "Reply with two times that suit you."
members = ["ines@acme.example", "udo@acme.example"]
confidential = true
[teams.board.turnaround]
first_reply = { normal = "2d" }
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Books]:
    """An empty desk behind a border that checks senders, with a confidential team."""
    with books(tmp_path, trust=TRUST, more=HR) as found:
        yield found


def signed(verdict: str, **fields: str) -> EmailMessage:
    """A mail about which the border has said something."""
    domain = fields.get("sender", "sam@cust.example").rpartition("@")[2].strip(">")
    made = mail(**fields)
    result = f"mx.acme.example; dmarc={verdict} header.from={domain}"
    made._headers.insert(0, ("Authentication-Results", result))  # type: ignore[attr-defined]
    return made


def on(desk: Books, row: InboxRow, purpose: Purpose = Purpose.REQUESTER, party: int = 1) -> str:
    """The reply address of a party of the ticket on which a mail is."""
    ticket = desk.ticket(row)
    keys, site = desk.reader.ring, desk.place.desk.site
    made = reply_address(site, keys, ticket.alias, (purpose, ticket.id, party, desk.now.date()))
    assert made is not None
    return made


def forged(desk: Books, row: InboxRow, subject: str = "Send it to another account") -> InboxRow:
    """A mail in the requester's name that the border has found false, to the requester's reply address."""
    return desk.take(signed("fail", subject=subject, text=SECRET), to=on(desk, row))


def release(desk: Books, row: InboxRow) -> InboxRow:
    """Somebody lets it through."""
    with desk.place.store.transaction() as tx:
        assert desk.place.store.inbox.release(tx, row.id, desk.now, "otto@acme.example")
    desk.file()
    return desk.row(row.id)


# ------------------------------------------------------------------------------------------ who hears, and how often


def test_the_first_held_mail_is_told_at_once_and_the_following_with_the_hour(desk: Books) -> None:
    first = desk.take(signed("pass"))
    desk.sent()
    held = [forged(desk, first, "One")]
    (one, other) = desk.sent()
    assert sorted([one.recipient, other.recipient]) == IT
    for name in ("Two", "Three"):
        desk.now += MINUTE
        held.append(forged(desk, first, name))
    desk.pass_time(30 * MINUTE)
    assert desk.told() == []
    desk.pass_time(30 * MINUTE)
    gathered = desk.sent()
    assert sorted(row.recipient for row in gathered) == IT
    text = desk.letter(gathered[0]).get_content()
    assert [row.id for row in held if f"Message: {row.id}" in text] == [held[1].id, held[2].id]
    desk.pass_time(3 * HOUR)
    assert desk.told() == []


def test_a_notice_tells_what_to_do_and_nothing_of_the_text(desk: Books) -> None:
    first = desk.take(signed("pass"))
    desk.sent()
    row = forged(desk, first, "Pay now: https://evil.example/pay please")
    letter = desk.letter(desk.sent()[0])
    text = letter.get_content()
    for wanted in (f"inbox show {row.id}", f"inbox release {row.id}", f"inbox drop {row.id}", "sam@cust.example",
                   "Pay now", desk.ticket(first).ref, "proven false"):  # fmt: skip
        assert wanted in " ".join(text.split()), wanted
    for unwanted in (SECRET, "evil.example"):
        assert unwanted not in letter.as_string()
    assert letter["Auto-Submitted"] == "auto-generated"


def test_of_a_confidential_team_only_number_sender_and_reference_are_told(desk: Books) -> None:
    first = desk.take(signed("pass", subject=f"About {SECRET}", to="board@acme.example"), to="board@acme.example")
    assert desk.ticket(first).team == "board"
    row = desk.take(signed("fail", subject=f"Re: {SECRET}", text=SECRET), to=on(desk, first))
    assert row.state == "held"
    sent = desk.sent()
    notices = [mail_ for mail_ in sent if mail_.kind == "notice"]
    assert {one.recipient for one in notices} == {"ines@acme.example", "udo@acme.example"}
    for one in notices:
        letter = desk.letter(one)
        assert "walrus" not in letter.as_string()
        assert "sam@cust.example" in letter.as_string()
    assert desk.ticket(first).ref in desk.letter(notices[-1]).get_content()


def test_whoever_has_the_request_decides_about_what_points_to_it(desk: Books) -> None:
    first = desk.take(signed("pass"))
    with desk.place.store.transaction() as tx:
        desk.place.store.tickets.change(tx, desk.ticket(first).id, assignee="otto@acme.example")
    desk.sent()
    forged(desk, first)
    assert desk.told() == ["otto@acme.example"]


@pytest.mark.parametrize(
    ("fields", "sender"),
    [
        ({"Auto_Submitted": "auto-replied"}, "sam@cust.example"),
        ({"X_Loop": "it@acme.example"}, "sam@cust.example"),
        ({"sender": "IT <it@acme.example>"}, "it@acme.example"),
    ],
    ids=["absence", "our own", "our alias, not proven"],
)
def test_nobody_is_told_of_noise(desk: Books, fields: dict[str, str], sender: str) -> None:
    row = desk.take(mail(**fields), sender)
    assert row.state == "held"
    assert desk.sent() == []


def test_mail_that_cannot_be_read_is_told_too(desk: Books) -> None:
    raw = b"From: sam@cust.example\r\nTo: it@acme.example\r\nSubject: deep\r\nMessage-ID: <d@x.example>\r\n"
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(60))
    row = desk.take(raw + deep + b"Content-Type: text/plain\r\n\r\nx\r\n")
    assert (row.state, (row.reason or "")[:11]) == ("held", "too complex")
    assert desk.told() == IT


def test_what_somebody_has_decided_meanwhile_is_not_told(desk: Books) -> None:
    first = desk.take(signed("pass"))
    forged(desk, first, "One")
    two, three = forged(desk, first, "Two"), forged(desk, first, "Three")
    desk.sent()
    release(desk, two)
    with desk.place.store.transaction() as tx:
        desk.place.store.inbox.drop(tx, three.id, "dropped", by="otto@acme.example", now=desk.now)
    desk.sent()
    desk.pass_time(HOUR)
    assert desk.told() == []


# ------------------------------------------------------------------------------------------ is the sender told?


def too_complex(sender: str, verdict: str, *fields: str) -> bytes:
    """A mail with more parts than may be read."""
    head = [
        f"Authentication-Results: mx.acme.example; dmarc={verdict} header.from=cust.example",
        f"From: Sam Field <{sender}>", "To: it@acme.example", "Subject: A thousand pictures https://evil.example/x",
        "Message-ID: <parts@cust.example>", "Content-Type: multipart/mixed; boundary=b", *fields,
    ]  # fmt: skip
    return ("\r\n".join(head) + "\r\n\r\n" + "--b\r\n\r\nx\r\n" * 600 + "--b--\r\n").encode()


@pytest.mark.parametrize(
    ("verdict", "sender", "fields", "told"),
    [
        ("pass", "sam@cust.example", (), True),
        ("fail", "sam@cust.example", (), False),
        ("none", "sam@cust.example", (), False),
        ("pass", "other@cust.example", (), False),
        ("pass", "", (), False),
        ("pass", "sam@cust.example", ("X-Auto-Response-Suppress: All",), False),
        ("pass", "sam@cust.example", ("Auto-Submitted: auto-generated",), False),
        ("pass", "sam@cust.example", ("Precedence: bulk",), False),
        ("pass", "sam@cust.example", ("Reply-To: it@acme.example",), False),
    ],
)
def test_only_a_proven_person_is_told_that_their_mail_waits(
    desk: Books, verdict: str, sender: str, fields: tuple[str, ...], told: bool
) -> None:
    row = desk.take(too_complex("sam@cust.example", verdict, *fields), sender)
    assert row.state == "held"
    outside = [one for one in desk.sent() if one.recipient not in IT]
    assert [one.recipient for one in outside] == (["sam@cust.example"] if told else [])
    assert ("the sender was told" in (row.reason or "")) is told
    if told:
        letter = desk.letter(outside[0])
        assert outside[0].envelope_from == ""
        assert letter["Auto-Submitted"] == "auto-replied"
        assert "evil.example" not in letter.as_string()


def test_who_was_told_often_enough_is_not_told_again(desk: Books) -> None:
    for number in range(5):
        desk.take(too_complex("sam@cust.example", "pass", f"X-Number: {number}", f"Date: {number}"))
    assert len([one for one in desk.sent() if one.kind == "ack"]) == 3


# ------------------------------------------------------------------------------------------ letting it through


def test_a_released_mail_goes_on_where_it_stopped_with_its_original_envelope(desk: Books) -> None:
    first = desk.take(signed("pass"))
    with desk.place.store.transaction() as tx:
        desk.place.store.tickets.change(tx, desk.ticket(first).id, status="closed", closed_at=desk.now)
    held = forged(desk, first)
    desk.sent()
    desk.now += HOUR
    row = release(desk, held)
    assert (row.outcome, row.ticket_id, row.recipients, row.sender, row.received_at) == (
        "attach", first.ticket_id, held.recipients, held.sender, held.received_at,
    )  # fmt: skip
    assert (row.proof, row.decided_by, row.decided_at) == ("false", "otto@acme.example", desk.now)
    assert "released from quarantine" in (row.reason or "")
    with desk.place.store.reading() as tx:
        entry = desk.place.store.tickets.entries(tx, desk.ticket(first).id)[-1]
    assert (entry.visibility, entry.text.strip()) == ("public", SECRET)
    assert desk.ticket(first).status == "open"
    sent = desk.sent()
    assert {one.recipient for one in sent} == set(IT)


def test_what_was_held_for_another_reason_is_shown_to_staff_only(desk: Books) -> None:
    first = desk.take(signed("pass"))
    ticket = desk.ticket(first)
    maria = next(party.number for party in ticket.parties if party.key == "maria@acme.example")
    eve = signed("pass", sender="eve@evil.example", text=SECRET)
    held = desk.take(eve, "eve@evil.example", on(desk, first, Purpose.STAFF, maria))
    assert held.state == "held"
    desk.sent()
    row = release(desk, held)
    with desk.place.store.reading() as tx:
        entry = desk.place.store.tickets.entries(tx, ticket.id)[-1]
    assert (row.outcome, entry.visibility) == ("attach", "staff")
    assert {one.recipient for one in desk.sent()} <= set(IT)


# ------------------------------------------------------------------------------------------ block list and rules

BLOCKED = """
[block]
senders = ["win@prizes.example"]
domains = ["bulk.example"]
[[rules]]
name = "What the spam filter marked"
[rules.when]
spam = true
[rules.then]
quarantine = true
[[rules]]
name = "Forged"
[rules.when]
proof = "false"
[rules.then]
quarantine = true
tags = ["forged"]
"""


@pytest.mark.parametrize(
    ("author", "envelope", "entry"),
    [
        ("win@prizes.example", "win@prizes.example", "win@prizes.example"),
        ("Win@Prizes.Example", "bounce@mailer.example", "win@prizes.example"),
        ("sam@cust.example", "win@prizes.example", "win@prizes.example"),
        ("a@bulk.example", "sam@cust.example", "bulk.example"),
        ("a@news.bulk.example", "", "bulk.example"),
    ],
)
def test_a_blocked_sender_is_held_without_a_word_to_anybody(
    tmp_path: Path, author: str, envelope: str, entry: str
) -> None:
    with books(tmp_path, more=BLOCKED) as desk:
        row = desk.take(mail(sender=author), envelope)
        assert (row.state, row.reason) == ("held", f"blocked: {entry} stands on the block list")
        desk.pass_time(2 * HOUR)
        assert desk.sent() == []
        released = release(desk, row)
        assert released.outcome == "ticket"
        assert [one.kind for one in desk.sent()] == ["notice", "notice"], "nobody is answered all the same"


@pytest.mark.parametrize(("author", "blocked"), [("a@bulk.example", True), ("a@notbulk.example", False)])
def test_a_blocked_participant_is_held_too(tmp_path: Path, author: str, blocked: bool) -> None:
    with books(tmp_path, more=BLOCKED) as desk:
        first = desk.take(mail())
        row = desk.take(mail("Re: it", "more\n", sender=author), author, on(desk, first))
        assert (row.state == "held") is blocked


def test_a_rule_can_hold_what_the_spam_filter_or_the_border_marked(tmp_path: Path) -> None:
    with books(tmp_path, more=BLOCKED, trust=TRUST) as desk:
        spam = desk.take(mail(X_Spam_Flag="YES"))
        assert (spam.state, spam.reason) == ("held", 'held by the rule "What the spam filter marked"')
        assert desk.told() == IT
        fake = desk.take(signed("fail", subject="Another"))
        assert (fake.state, fake.reason) == ("held", 'held by the rule "Forged"')
        fine = desk.take(signed("pass", subject="A third", X_Spam_Flag="NO"))
        assert fine.outcome == "ticket"
        assert (released := release(desk, spam)).outcome == "ticket"
        assert "was released" not in (released.reason or "") or "acknowledged" not in (released.reason or "")
        answer = desk.take(mail("Re: x", "Thanks, and one more thing.\n", X_Spam_Flag="YES"), to=on(desk, fine))
        assert answer.outcome == "attach", "rules decide about new requests"


# ------------------------------------------------------------------------------------------ one team asks another


def test_a_team_asks_another_team_as_itself_and_gets_the_answer(desk: Books) -> None:
    row = desk.take(signed("pass", sender="Human Resources <hr@acme.example>"), "hr@acme.example")
    assert (row.outcome, row.kind) == ("ticket", "person")
    sent = desk.sent()
    assert sorted(one.recipient for one in sent) == IT, "and nothing automatic goes to the alias"
    ticket = desk.ticket(row)
    maria = next(party for party in ticket.parties if party.key == "maria@acme.example")
    reply = signed("pass", subject="Re: it", text="We will look at it.\n", sender="maria@acme.example")
    assert desk.take(reply, "maria@acme.example", on(desk, row, Purpose.STAFF, maria.number)).outcome == "attach"
    answers = [one for one in desk.sent() if one.kind == "reply"]
    assert [one.recipient for one in answers] == ["petra@acme.example"], "the members of the team that asked"
    back = desk.letter(answers[0])
    assert "hr@acme.example" in back["To"]
    more = signed("pass", subject="Re: it", text="Thank you, it is urgent though.\n", sender="petra@acme.example")
    added = desk.take(more, "petra@acme.example", str(back["Reply-To"].addresses[0].addr_spec))
    assert (added.outcome, added.ticket_id) == ("attach", ticket.id)
    with desk.place.store.reading() as tx:
        assert desk.place.store.tickets.entries(tx, ticket.id)[-1].visibility == "public"


@pytest.mark.parametrize("verdict", ["none", "fail"])
def test_who_only_claims_to_be_a_team_is_held(desk: Books, verdict: str) -> None:
    row = desk.take(signed(verdict, sender="hr@acme.example"), "hr@acme.example")
    assert (row.state, row.kind) == ("held", "own")
    assert desk.sent() == []
