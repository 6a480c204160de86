"""What happens because of a mail: the tables of mail-safety 3.2 and 3.4, a row a test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from parsers.message import Envelope
from routing.answering import Answer
from routing.identity import Purpose, make_message_id
from routing.ownwords import STAFF_ONLY
from routing.plan import plan
from routing.steps import (
    Acknowledge,
    AddEntry,
    AddHelper,
    Audience,
    CameBack,
    Candidate,
    Case,
    Notify,
    OpenTicket,
    Outcome,
    Plan,
    Reopen,
    StaffReply,
    StatePromise,
)
from tests.helpers.world import NOW, RING, PartyOf, TicketOf, address, desk, read

SAM, CAROL, EVE, MARIA, PETRA = (
    "sam@cust.example",
    "carol@cust.example",
    "eve@evil.example",
    "maria@acme.example",
    "petra@acme.example",
)
PASS, FAIL = "pass", "fail"


@dataclass(frozen=True)
class Given:
    """A mail and the ticket it may point to."""

    sender: str = SAM
    to: str = "it@acme.example"
    token: tuple[Purpose, int] | None = None
    cites: int | None = None
    tag: bool = False
    dmarc: str | None = None
    fields: str = ""
    subject: str = "Printer"
    text: str = "One more thing.\n"
    ticket: TicketOf = TicketOf()
    answer: Answer = Answer(True, "")
    border: bool = True
    envelope_from: str | None = None
    released: bool = False
    issued_days_ago: int = 0

    def plan(self) -> Plan:
        """Read it and decide."""
        trust = {"authserv_id": "mx.acme.example"} if self.border else {}
        border = (
            f"Authentication-Results: mx.acme.example; dmarc={self.dmarc} header.from={self.sender.rpartition('@')[2]}\n"
            if self.dmarc
            else ""
        )
        cited = make_message_id(RING, "desk.acme.example", self.ticket.id, self.cites, 9) if self.cites else None
        fields = f"In-Reply-To: <{cited}>\n" if cited else ""
        subject = f"Re: [{self.ticket.ref}] {self.subject}" if self.tag else self.subject
        issued = NOW.date() - timedelta(days=self.issued_days_ago)
        to = address(*self.token, self.ticket.id, issued) if self.token else self.to
        raw = (
            f"{border}{self.fields}{fields}From: <{self.sender}>\nTo: {to}\nSubject: {subject}\n"
            f"Message-ID: <m1@cust.example>\n\n{self.text}"
        )
        sender = self.sender if self.envelope_from is None else self.envelope_from
        recipients = tuple(to.split(", "))
        reading = read(raw, sender, recipients, **trust)
        candidates = [Candidate("token", self.ticket, token=token) for token in reading.tokens]
        candidates += [Candidate("citation", self.ticket, party=own.party) for _, own in reading.own_ids]
        candidates += [Candidate("tag", self.ticket) for _ in reading.tags]
        envelope = Envelope(sender, recipients, received_at=NOW)
        return plan(Case(reading, envelope, tuple(candidates), self.answer, desk(**trust), NOW, self.released))


def kinds(made: Plan) -> list[type]:
    """The steps by type."""
    return [type(step) for step in made.steps]


def test_a_new_mail_of_a_person_opens_promises_acknowledges_and_tells_the_team() -> None:
    made = Given().plan()
    assert made.outcome is Outcome.TICKET
    assert kinds(made) == [OpenTicket, AddEntry, StatePromise, Acknowledge, Notify]
    opened = made.steps[0]
    assert isinstance(opened, OpenTicket)
    assert (opened.team, opened.alias, opened.requester.address) == ("it", "it@acme.example", SAM)
    assert made.steps[-1] == Notify(Audience.TEAM, "notice_new")


def test_a_mail_that_may_not_be_answered_opens_a_ticket_all_the_same() -> None:
    made = Given(answer=Answer(False, "limit")).plan()
    assert kinds(made) == [OpenTicket, AddEntry, StatePromise, Notify]
    assert StatePromise("first_reply", made.steps[2].due, told=False) == made.steps[2]  # type: ignore[union-attr]


def test_a_mail_to_two_teams_is_one_ticket_that_promises_the_slower_time() -> None:
    both = Given(to="it@acme.example, hr@acme.example").plan()
    alone = Given().plan()
    opened = both.steps[0]
    assert isinstance(opened, OpenTicket)
    assert (opened.team, opened.helpers) == ("it", ("hr",))
    slow, fast = both.steps[2], alone.steps[2]
    assert isinstance(slow, StatePromise)
    assert isinstance(fast, StatePromise)
    assert slow.due > fast.due


def test_a_participant_with_their_reply_address_adds_to_the_ticket() -> None:
    made = Given(token=(Purpose.REQUESTER, 1)).plan()
    assert (made.outcome, kinds(made)) == (Outcome.ATTACH, [AddEntry, Notify])
    assert made.steps[0] == AddEntry("public")


@pytest.mark.parametrize("status", ["waiting", "closed"])
def test_a_participants_reply_opens_a_waiting_or_freshly_closed_ticket_again(status: str) -> None:
    closed = NOW - timedelta(days=5) if status == "closed" else None
    made = Given(token=(Purpose.REQUESTER, 1), ticket=TicketOf(status=status, closed_at=closed)).plan()
    assert kinds(made) == [AddEntry, Reopen, *([StatePromise] if closed else []), Notify]


def test_a_reply_to_a_ticket_closed_long_ago_becomes_a_new_linked_ticket() -> None:
    made = Given(
        token=(Purpose.REQUESTER, 1), ticket=TicketOf(status="closed", closed_at=NOW - timedelta(days=400))
    ).plan()
    assert made.outcome is Outcome.TICKET
    assert isinstance(made.steps[0], OpenTicket)
    assert made.steps[0].related_to == 1001


def test_an_expired_reply_address_gives_a_new_linked_ticket_never_a_refusal() -> None:
    made = Given(token=(Purpose.REQUESTER, 1), issued_days_ago=500).plan()
    assert made.outcome is Outcome.TICKET
    assert isinstance(made.steps[0], OpenTicket)
    assert made.steps[0].related_to == 1001


def test_a_revoked_reply_address_goes_to_quarantine() -> None:
    revoked = TicketOf(parties=(replace(TicketOf().parties[0], revoked=True), *TicketOf().parties[1:]))
    assert Given(token=(Purpose.REQUESTER, 1), ticket=revoked).plan().outcome is Outcome.QUARANTINE
    assert (
        Given(token=(Purpose.REQUESTER, 1), ticket=TicketOf(token_epoch_day=99999)).plan().outcome is Outcome.QUARANTINE
    )


def test_an_outsider_with_a_forwarded_reply_address_may_add_for_staff_only() -> None:
    closed = TicketOf(status="closed", closed_at=NOW - timedelta(days=1))
    made = Given(sender=EVE, token=(Purpose.REQUESTER, 1), ticket=closed).plan()
    assert (made.outcome, kinds(made)) == (Outcome.ATTACH, [AddEntry, Notify])
    entry = made.steps[0]
    assert isinstance(entry, AddEntry)
    assert (entry.visibility, entry.outsider) == ("staff", True)


@pytest.mark.parametrize("way", [{"token": (Purpose.REQUESTER, 1)}, {"cites": 1}, {"tag": True}])
def test_a_participants_address_proven_false_goes_to_quarantine_by_every_way(way: dict[str, object]) -> None:
    made = Given(dmarc=FAIL, **way).plan()  # type: ignore[arg-type]
    assert made.outcome is Outcome.QUARANTINE
    assert made.ticket is not None


def test_a_participant_who_cites_our_mail_adds_to_the_ticket() -> None:
    assert Given(cites=1).plan().outcome is Outcome.ATTACH
    assert Given(sender=CAROL, cites=1).plan().outcome is Outcome.ATTACH


def test_a_stranger_who_cites_our_mail_gets_a_ticket_of_their_own_marked_related() -> None:
    made = Given(sender=EVE, cites=1).plan()
    assert made.outcome is Outcome.TICKET
    assert isinstance(made.steps[0], OpenTicket)
    assert (made.steps[0].related_to, made.steps[0].requester.address) == (1001, EVE)


def test_a_subject_tag_attaches_only_for_a_participant_who_is_proven_where_a_border_proves() -> None:
    assert Given(tag=True, dmarc=PASS).plan().outcome is Outcome.ATTACH
    assert Given(tag=True).plan().outcome is Outcome.TICKET
    assert Given(tag=True, border=False).plan().outcome is Outcome.ATTACH
    assert Given(sender=EVE, tag=True, dmarc=PASS).plan().outcome is Outcome.TICKET
    assert Given(sender=EVE, tag=True, border=False).plan().outcome is Outcome.TICKET


def test_a_staff_member_with_their_own_reply_address_answers_the_requester() -> None:
    made = Given(sender=MARIA, token=(Purpose.STAFF, 3), dmarc=PASS).plan()
    assert (made.outcome, kinds(made)) == (Outcome.ATTACH, [StaffReply])
    assert Given(sender=MARIA, token=(Purpose.STAFF, 3), border=False).plan().outcome is Outcome.ATTACH


@pytest.mark.parametrize(
    "given",
    [
        Given(sender=EVE, token=(Purpose.STAFF, 3), dmarc=PASS),
        Given(sender=SAM, token=(Purpose.STAFF, 3), dmarc=PASS),
        Given(sender="otto@acme.example", token=(Purpose.STAFF, 3), dmarc=PASS),
        Given(sender=MARIA, token=(Purpose.STAFF, 3), dmarc=FAIL),
        Given(sender=PETRA, token=(Purpose.STAFF, 3), dmarc=PASS),
    ],
)
def test_a_staff_reply_address_in_other_hands_does_nothing(given: Given) -> None:
    assert given.plan().outcome is Outcome.QUARANTINE


def test_staff_mail_without_proof_where_a_border_could_prove_is_held() -> None:
    assert Given(sender=MARIA, token=(Purpose.STAFF, 3)).plan().outcome is Outcome.QUARANTINE
    assert Given(sender=MARIA, cites=3).plan().outcome is Outcome.QUARANTINE


def test_staff_mail_that_only_cites_our_mail_is_not_sent_to_the_requester() -> None:
    made = Given(sender=MARIA, cites=3, dmarc=PASS).plan()
    assert StaffReply not in kinds(made)
    assert isinstance(made.steps[0], AddEntry)
    assert made.steps[0].visibility == "staff"


def test_a_staff_reply_without_words_of_its_own_never_sends_the_quoted_notice_to_the_requester() -> None:
    made = Given(
        sender=MARIA, token=(Purpose.STAFF, 3), dmarc=PASS, text="> New request ACME-1001\n> To answer, reply\n"
    ).plan()
    assert made.outcome is Outcome.QUARANTINE


def test_a_bare_quotation_with_its_introduction_is_not_sent_either() -> None:
    """Where nothing new is found the reading shows everything; that must never be passed on."""
    text = "On Monday, IT wrote:\n> New request ACME-1001\n> To answer, reply\n"
    made = Given(sender=MARIA, token=(Purpose.STAFF, 3), dmarc=PASS, text=text).plan()
    assert made.outcome is Outcome.QUARANTINE


@pytest.mark.parametrize(
    ("own", "sent"),
    [("", None), ("Please try again.\n", "Please try again."), ("> Printer\nYes, that one.\n", "that one")],
)
@pytest.mark.parametrize(
    "quote",
    [
        "\n-----Original Message-----\nFrom: IT <it@acme.example>\nSent: Monday\nTo: Maria\nSubject: x\n\n{notice}",
        "\n{notice}",
        "\n________________________________\nVon: IT\nGesendet: Montag\nAn: Maria\nBetreff: x\n\n{notice}",
    ],
)
def test_however_a_mail_program_quotes_the_notice_it_never_leaves(own: str, sent: str | None, quote: str) -> None:
    notice = f"{STAFF_ONLY}\n\nNew request ACME-1001 for IT\n\nTo answer, reply to this message.\n\nSecret words.\n"
    made = Given(sender=MARIA, token=(Purpose.STAFF, 3), dmarc=PASS, text=own + quote.format(notice=notice)).plan()
    if sent is None:
        assert made.outcome is Outcome.QUARANTINE
        return
    (step,) = made.steps
    assert isinstance(step, StaffReply)
    assert sent in step.text
    assert "ACME-1001" not in step.text
    assert "Secret" not in step.text


def test_a_colleague_of_the_team_that_had_it_before_is_heard_but_not_sent_on() -> None:
    parties = (*TicketOf().parties, PartyOf(5, PETRA, "staff"))
    made = Given(sender=PETRA, token=(Purpose.STAFF, 5), dmarc=PASS, ticket=TicketOf(parties=parties)).plan()
    assert (made.outcome, kinds(made)) == (Outcome.ATTACH, [AddEntry, Notify])
    assert isinstance(made.steps[0], AddEntry)
    assert made.steps[0].visibility == "staff"


REPORT = (
    "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n'
)
STATUS = (
    "--b\nContent-Type: text/plain\n\nNot delivered.\n--b\nContent-Type: message/delivery-status\n\n"
    "Reporting-MTA: dns; mx.cust.example\n\nFinal-Recipient: rfc822; {who}\nAction: failed\nStatus: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n--b--\n"
)


@pytest.mark.parametrize(
    ("party", "who", "told"),
    [(1, SAM, True), (1, "other@cust.example", False), (3, MARIA, False), (99, SAM, False)],
)
def test_a_delivery_report_is_told_only_of_the_person_its_return_path_names_and_never_of_staff(
    party: int, who: str, told: bool
) -> None:
    """A notice that cannot be delivered, told by mail, would come back as the next report."""
    given = Given(
        sender="mailer-daemon@mx.cust.example",
        envelope_from="",
        fields=REPORT,
        text=STATUS.format(who=who),
        token=(Purpose.BOUNCE, party),
    )
    made = given.plan()
    assert made.outcome is Outcome.BOUNCE_RECORD
    assert any(isinstance(step, CameBack) and step.tell for step in made.steps) is told


def test_a_reply_that_also_reaches_another_teams_alias_brings_that_team_in() -> None:
    made = Given(to="it@acme.example, hr@acme.example", cites=1).plan()
    assert made.outcome is Outcome.ATTACH
    assert [step for step in made.steps if isinstance(step, AddHelper)] == [AddHelper("hr")]
    assert made.steps[-1] == Notify(Audience.TEAM, "notice_new", ("hr",))


def test_a_machine_that_only_names_a_number_gets_a_ticket_of_its_own() -> None:
    made = Given(sender="monitor@cust.example", fields="Auto-Submitted: auto-generated\n", tag=True).plan()
    assert made.outcome is Outcome.TICKET


def test_a_person_who_writes_to_a_return_path_is_quarantined() -> None:
    made = Given(token=(Purpose.BOUNCE, 1)).plan()
    assert made.outcome in (Outcome.QUARANTINE, Outcome.BOUNCE_RECORD)
    assert StaffReply not in kinds(made)


ABSENT = "Auto-Submitted: auto-replied\n"


def test_an_absence_note_is_kept_with_its_ticket_and_moves_nothing() -> None:
    closed = TicketOf(status="closed", closed_at=NOW - timedelta(days=5))
    made = Given(fields=ABSENT, token=(Purpose.REQUESTER, 1), ticket=closed).plan()
    assert (made.outcome, kinds(made)) == (Outcome.ATTACH, [AddEntry])
    assert isinstance(made.steps[0], AddEntry)
    assert made.steps[0].visibility == "staff"


def test_an_absence_note_of_nobodys_ticket_or_of_a_stranger_is_quarantined() -> None:
    assert Given(fields=ABSENT).plan().outcome is Outcome.QUARANTINE
    assert Given(sender=EVE, fields=ABSENT, token=(Purpose.REQUESTER, 1)).plan().outcome is Outcome.QUARANTINE


def test_an_absence_note_that_only_its_words_tell_is_held_for_nobody_and_answered_by_nobody() -> None:
    note = Given(subject="Automatic reply: Printer", text="I am on annual leave, back on Monday.\n")
    alone = replace(note, answer=Answer(False, "not a person")).plan()
    assert (alone.outcome, kinds(alone)) == (Outcome.TICKET, [OpenTicket, AddEntry, Notify])
    kept = replace(note, token=(Purpose.REQUESTER, 1)).plan()
    assert (kept.outcome, kinds(kept)) == (Outcome.ATTACH, [AddEntry])


def test_an_absence_note_of_a_staff_member_never_becomes_their_reply() -> None:
    made = Given(sender=MARIA, fields=ABSENT, token=(Purpose.STAFF, 3), dmarc=PASS).plan()
    assert StaffReply not in kinds(made)


def test_a_monitor_opens_a_ticket_and_gets_no_answer() -> None:
    made = Given(fields="Auto-Submitted: auto-generated\n", answer=Answer(False, "not a person")).plan()
    assert (made.outcome, kinds(made)) == (Outcome.TICKET, [OpenTicket, AddEntry, Notify])


def test_a_machine_that_writes_to_somebodys_reply_address_is_quarantined() -> None:
    made = Given(sender="noreply@service.example", token=(Purpose.REQUESTER, 1)).plan()
    assert made.outcome is Outcome.QUARANTINE


def test_mail_from_our_own_alias_is_our_own_mail_come_back() -> None:
    assert Given(sender="it@acme.example").plan().outcome is Outcome.QUARANTINE


@pytest.mark.parametrize("sender", ["a@b.example>, <c@d.example", "not an address"])
def test_a_sender_that_is_not_exactly_one_address_has_no_identity(sender: str) -> None:
    made = Given(sender=sender, envelope_from=SAM).plan()
    assert made.outcome is Outcome.QUARANTINE


def test_a_released_mail_goes_on_where_it_stopped_and_is_not_answered() -> None:
    new = Given(fields=ABSENT, released=True).plan()
    assert new.outcome is Outcome.TICKET
    assert Acknowledge not in kinds(new)
    attached = Given(dmarc=FAIL, token=(Purpose.REQUESTER, 1), released=True).plan()
    assert attached.outcome is Outcome.ATTACH
    assert isinstance(attached.steps[0], AddEntry)
    assert attached.steps[0].visibility == "public", "whoever let it pass vouches for its sender, as a border would"
    by_somebody_else = Given(sender=EVE, dmarc=FAIL, token=(Purpose.STAFF, 3), released=True).plan()
    assert isinstance(by_somebody_else.steps[0], AddEntry)
    assert by_somebody_else.steps[0].visibility == "staff", "and for nothing else"


def test_copied_people_join_only_when_the_sender_is_proven() -> None:
    unproven = Given(fields="Cc: dora@cust.example, hr@acme.example, maria@acme.example\n").plan().steps[0]
    proven = Given(fields="Cc: dora@cust.example, hr@acme.example, maria@acme.example\n", dmarc=PASS).plan().steps[0]
    assert isinstance(unproven, OpenTicket)
    assert isinstance(proven, OpenTicket)
    assert [p.address for p in unproven.proposed] == ["dora@cust.example"]
    assert unproven.joined == ()
    assert [p.address for p in proven.joined] == ["dora@cust.example"]
