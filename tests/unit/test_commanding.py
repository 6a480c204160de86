"""Who may command by mail: a row for each thing that must hold, and what becomes of a mail for which it does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from gateway.actions import VERBS
from parsers.message import Envelope
from routing.answering import Answer
from routing.commanding import REPLAYED
from routing.identity import Purpose, make_message_id
from routing.ownwords import STAFF_ONLY
from routing.plan import plan
from routing.steps import AddEntry, Audience, Candidate, Case, Joins, Notify, Outcome, Plan, StaffTasks, TellWriter
from routing.teams import Desk, Trust
from tests.helpers.world import NOW, RING, PartyOf, TicketOf, address, desk, read

SAM, MARIA, OTTO, PETRA = "sam@cust.example", "maria@acme.example", "otto@acme.example", "petra@acme.example"
TOLD = [AddEntry, TellWriter]
ALARMED = [AddEntry, Notify, TellWriter]


@dataclass(frozen=True)
class Given:
    """A mail of Maria's to her own reply address, with one thing changed."""

    text: str = "#close\n"
    sender: str = MARIA
    token: tuple[Purpose, int] | None = (Purpose.STAFF, 3)
    cites: int | None = None
    tag: bool = False
    dmarc: str | None = "pass"
    border: bool = True
    days_ago: float | None = 0
    fields: str = ""
    html: str | None = None
    ticket: TicketOf = TicketOf()
    followed: str = ""
    confidential: bool = False
    reply_addresses: str = "subaddress"
    name: str = ""

    def plan(self) -> Plan:
        """Read it and decide."""
        trust = {"authserv_id": "mx.acme.example"} if self.border else {}
        trust_too = Trust(domains=frozenset({"acme.example"}), **trust)  # type: ignore[arg-type]
        to = address(*self.token, self.ticket.id) if self.token else "it@acme.example"
        raw = f"{self._head(to)}{self._body()}"
        reading = read(raw, self.sender, (to,), domains=frozenset({"acme.example"}), **trust)
        candidates = [Candidate("token", self.ticket, token=t, followed=self.followed) for t in reading.tokens]
        candidates += [Candidate("citation", self.ticket, party=own.party) for _, own in reading.own_ids]
        candidates += [Candidate("tag", self.ticket) for _ in reading.tags]
        case = Case(
            reading,
            Envelope(self.sender, (to,), received_at=NOW),
            tuple(candidates),
            Answer(False, "a test"),
            self._desk(trust_too),
            NOW,
            verbs=VERBS,
        )
        return plan(case)

    def _desk(self, trust: Trust) -> Desk:
        made = desk()
        teams = {**made.teams, "it": replace(made.teams["it"], confidential=self.confidential)}
        return replace(made, teams=teams, trust=trust, site=replace(made.site, reply_addresses=self.reply_addresses))

    def _head(self, to: str) -> str:
        domain = self.sender.rpartition("@")[2]
        border = (
            f"Authentication-Results: mx.acme.example; dmarc={self.dmarc} header.from={domain}\n" if self.dmarc else ""
        )
        date = "" if self.days_ago is None else f"Date: {format_datetime(NOW - timedelta(days=self.days_ago))}\n"
        cited = make_message_id(RING, "desk.acme.example", self.ticket.id, self.cites, 9) if self.cites else None
        cites = f"In-Reply-To: <{cited}>\n" if cited else ""
        subject = f"Re: [{self.ticket.ref}] Printer" if self.tag else "Re: Printer"
        people = f"From: {self.name}<{self.sender}>\nTo: {to}\n"
        return f"{border}{self.fields}{cites}{date}{people}Subject: {subject}\nMessage-ID: <m@x>\n"

    def _body(self) -> str:
        if self.html is None:
            return f"\n{self.text}"
        parts = f"--b\n\n{self.text}\n--b\nContent-Type: text/html\n\n{self.html}\n--b--\n"
        return f'MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="b"\n\n{parts}'


def kinds(made: Plan) -> list[type]:
    """The steps by type."""
    return [type(step) for step in made.steps]


def run(made: Plan) -> list[str]:
    """The names of what is done."""
    return [task.name for step in made.steps if isinstance(step, StaffTasks) for task in step.tasks]


@pytest.mark.parametrize(
    "given",
    [
        Given(),
        Given(border=False, dmarc=None),
        Given(days_ago=6.9),
        Given(days_ago=-1),
        Given(text="\n\n#Close\n"),
        Given(html="<div>#close</div>"),
        Given(html="<p>#close</p><blockquote>On Monday you wrote: #take</blockquote>"),
        Given(text="#close\n\nOn Monday, IT wrote:\n> #take\n> Hello\n"),
        Given(text=f"#close\n\nOn Monday, IT wrote:\n{STAFF_ONLY}\n#take\n"),
    ],
)
def test_a_command_by_the_staff_member_the_address_was_made_for_is_run(given: Given) -> None:
    made = given.plan()
    assert (made.outcome, kinds(made), run(made)) == (Outcome.ATTACH, [StaffTasks], ["close"])


@pytest.mark.parametrize(
    ("given", "steps"),
    [
        (Given(text="#clsoe\n"), TOLD),
        (Given(text="#close the door\n"), TOLD),
        (Given(days_ago=7.1), ALARMED),
        (Given(days_ago=-8), ALARMED),
        (Given(days_ago=None), ALARMED),
        (Given(html="<p>Thanks</p>"), ALARMED),
        (Given(text="Thanks\n", html="<p>#close</p>"), ALARMED),
        (Given(html="<p>#take</p>"), ALARMED),
        (Given(html="<blockquote>#close</blockquote><p>Thanks</p>"), ALARMED),
        (Given(text="#delete\n", html="<p>Thanks</p>"), ALARMED),
        (Given(fields="Precedence: list\nList-Id: <staff.acme.example>\n"), TOLD),
        (Given(followed="ACME-1000"), TOLD),
        (Given(token=None, cites=3), TOLD),
        (Given(token=None, cites=3, border=False, dmarc=None, reply_addresses="none"), TOLD),
    ],
)
def test_otherwise_nothing_is_run_or_sent_and_the_writer_hears_why(given: Given, steps: list[type]) -> None:
    made = given.plan()
    assert (made.outcome, kinds(made)) == (Outcome.ATTACH, steps)
    assert isinstance(made.steps[0], AddEntry)
    assert made.steps[0].visibility == "staff"


@pytest.mark.parametrize("days", [7.1, 60, None])
def test_a_captured_command_is_worth_nothing_a_week_later(days: float | None) -> None:
    assert REPLAYED in Given(days_ago=days).plan().reason


@pytest.mark.parametrize(
    "given",
    [
        Given(dmarc="fail"),
        Given(dmarc=None),
        Given(sender=OTTO),
        Given(sender=SAM),
        Given(sender="eve@evil.example"),
        Given(token=(Purpose.REQUESTER, 1)),
        Given(token=(Purpose.PARTICIPANT, 2)),
    ],
)
def test_a_command_that_is_false_or_by_another_or_to_anothers_address_is_held(given: Given) -> None:
    assert given.plan().outcome is Outcome.QUARANTINE


@pytest.mark.parametrize(
    "given",
    [
        Given(sender=SAM, token=(Purpose.REQUESTER, 1)),
        Given(sender=SAM, token=None, cites=1),
        Given(sender="carol@cust.example", token=(Purpose.PARTICIPANT, 2)),
    ],
)
def test_a_customers_command_is_text(given: Given) -> None:
    made = given.plan()
    assert made.outcome is Outcome.ATTACH
    assert made.steps[0] == AddEntry("public")
    assert run(made) == []


@pytest.mark.parametrize(
    "text",
    [
        "Please look.\n\n---------- Forwarded message ---------\nFrom: Eve <eve@evil.example>\nSubject: x\n\n#close\n",
        "From: Eve <eve@evil.example>\nSent: Monday\nTo: Maria\nSubject: x\n\n#close\n",
        "Right.\n#close\n",
        "On Monday, Eve wrote:\n> #close\n\nNo.\n",
    ],
)
def test_what_is_quoted_forwarded_or_further_down_is_no_command(text: str) -> None:
    assert run(Given(text=text).plan()) == []


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("#close\n\nMaria\n", False),
        ("#close\n\nMaria Jones\nIT Service Desk\n", False),
        ("#close\n\nKind regards,\nMaria\n", False),
        ("#close\n\nMaria Jones from IT comes at ten.\n", True),
        ("#close\n\nIt works.\nMaria\n", True),
    ],
)
def test_a_bare_name_below_a_command_is_no_answer(text: str, public: bool) -> None:
    (step,) = Given(text=text, name="Maria Jones ").plan().steps
    assert isinstance(step, StaffTasks)
    assert any(task.public for task in step.tasks) is public


def test_an_absence_note_with_a_command_does_nothing() -> None:
    made = Given(fields="Auto-Submitted: auto-replied\n").plan()
    assert run(made) == []
    assert StaffTasks not in kinds(made)


def watchers(*extra: PartyOf) -> TicketOf:
    """The ticket with these parties, too."""
    return TicketOf(parties=(*TicketOf().parties, *extra))


@pytest.mark.parametrize("way", [{"cites": 1}, {"tag": True}, {"token": (Purpose.REQUESTER, 1)}])
@pytest.mark.parametrize(("who", "role"), [(PETRA, "watcher"), ("nina@acme.example", "cc")])
def test_a_verified_colleague_may_ask_to_watch(way: dict[str, object], who: str, role: str) -> None:
    made = Given(**{"text": "#watch\n", "sender": who, "token": None, **way}).plan()  # type: ignore[arg-type]
    assert kinds(made) == [AddEntry, Joins, Notify]
    assert isinstance(made.steps[1], Joins)
    assert (made.steps[1].party.address, made.steps[1].role) == (who, role)


def test_a_confidential_team_has_to_agree_to_a_watcher() -> None:
    made = Given(text="#watch\n", sender=PETRA, token=None, tag=True, confidential=True).plan()
    assert isinstance(made.steps[1], Joins)
    assert made.steps[1].role == "proposed"
    assert made.steps[2] == Notify(Audience.OWNER, "notice_reply")


def test_a_colleague_who_watches_may_stop() -> None:
    mine = watchers(PartyOf(5, PETRA, "watcher"))
    made = Given(text="#unwatch\n", sender=PETRA, token=(Purpose.STAFF, 5), ticket=mine).plan()
    assert isinstance(made.steps[1], Joins)
    assert made.steps[1].role == "outsider"


@pytest.mark.parametrize(
    "given",
    [
        Given(text="#watch\n", sender=PETRA, token=None, tag=True, dmarc=None),
        Given(text="#watch\n", sender=PETRA, token=None, tag=True, border=False, dmarc=None),
        Given(text="#watch\n", sender="eve@evil.example", token=None, tag=True),
        Given(text="#watch nina@acme.example\n", sender=PETRA, token=None, tag=True),
        Given(text="#close\n", sender=PETRA, token=None, tag=True),
        Given(text="#watch\n", sender=PETRA, token=None, tag=True, days_ago=8),
        Given(text="#watch\n", sender=PETRA, token=None, tag=True, html="<p>Hello</p>"),
        Given(text="#watch\n", sender=PETRA, token=(Purpose.STAFF, 3)),
    ],
)
def test_nobody_else_joins_by_asking(given: Given) -> None:
    made = given.plan()
    assert Joins not in kinds(made)
    assert run(made) == []
