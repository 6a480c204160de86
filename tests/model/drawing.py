"""Combinations drawn at random, built as the program sees them, and what the program then plans, in the model's words."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import lru_cache

from parsers.message import NOTHING_OWN, Citations, Cut, Envelope, Kind, Message, Party
from routing.answering import Answer, refusal
from routing.identity import KeyRing, OwnId, Proof, Purpose, Token, make_message_id, read_message_id, token_of
from routing.plan import plan
from routing.reading import Reading
from routing.router import Decision
from routing.steps import (
    Acknowledge,
    AddEntry,
    Candidate,
    Case,
    Earlier,
    Notify,
    OpenTicket,
    Plan,
    Reopen,
    StaffReply,
)
from routing.teams import Desk
from tests.helpers.world import NOW, RING, PartyOf, TicketOf, address, desk, read
from tests.model.table import Due, Mail, due

ADDRESSES = {
    "sam": "sam@cust.example", "carol": "carol@cust.example", "maria": "maria@acme.example",
    "otto": "otto@acme.example", "petra": "petra@acme.example", "gone": "gone@acme.example",
    "outsider": "eve@evil.example", "colleague": "dora@acme.example", "proposed": "paul@cust.example",
    "revoked": "rita@cust.example", "bob": "bob@other.example",
}  # fmt: skip
KINDS = ("person",) * 8 + tuple(str(kind) for kind in Kind if kind is not Kind.PERSON)
CHOICES: dict[str, tuple[object, ...]] = {
    "sender": (*ADDRESSES, "sam", "sam", "maria", "ambiguous", "anonymous"),
    "proof": ("proven", "unproven", "false"),
    "border": (True, False),
    "kind": KINDS,
    "token": ("none", "none", "none", "bad", "to-sam", "to-sam", "to-carol", "to-maria", "to-otto", "to-gone",
              "to-revoked", "before-epoch", "return-path", "to-bob"),
    "age": ("fresh", "fresh", "fresh", "expired", "retired"),
    "second": (False, False, True),
    "citation": ("none", "none", "forged", "ours", "ours-to-maria", "inbound", "foreign", "foreign-inbound",
                 "foreign-then-ours"),
    "tag": ("none", "none", "T1", "T5"),
    "twin": ("none", "none", "none", "same-id", "list-first", "direct-first", "answered"),
    "status": ("open", "waiting", "closed", "closed-long-ago"),
    "policy": ("reopen", "new"),
    "words": ("plain", "plain", "thanks", "quote-only"),
    "asker": ("sam", "sam", "petra"),
    "helping": (False, True),
    "released": (False, False, False, True),
    "silence": (False, False, False, True),
    "addressed": (True, True, True, False),
    "envelope": ("sender", "sender", "sender", "null", "role", "ours"),
    "reply_to_ours": (False, False, False, True),
}  # fmt: skip
TEXTS = {
    "plain": "The drawer of the printer does not close any more.",
    "thanks": "Hello Maria,\n\nThank you very much, that solved it!\n\nBest regards\n{}",
    "quote-only": "On Monday, IT wrote:\n> What is broken?",
}
PURPOSES = {
    "to-sam": (Purpose.REQUESTER, 1), "to-carol": (Purpose.PARTICIPANT, 2), "to-maria": (Purpose.STAFF, 3),
    "to-otto": (Purpose.STAFF, 4), "to-gone": (Purpose.STAFF, 5), "to-revoked": (Purpose.PARTICIPANT, 6),
    "before-epoch": (Purpose.REQUESTER, 1), "return-path": (Purpose.BOUNCE, 1), "bad": (Purpose.REQUESTER, 1),
}  # fmt: skip
EPOCH_DAY = (NOW.date() - date(1970, 1, 1)).days
RETIRED = KeyRing(tuple(replace(key, retired=date(2026, 6, 1)) if key.id == "b" else key for key in RING.keys))
"""The ring of the site: its second key is retired."""
RETIRING = KeyRing((RING.keys[1], RING.keys[0]))
"""As it was while that key signed."""


def drawn(count: int, seed: int) -> Iterator[Mail]:
    """Combinations that can be: nobody is proven where nobody proves, what a kind decides about the envelope is so."""
    chance = random.Random(seed)
    for _ in range(count):
        mail = Mail(**{field.name: chance.choice(CHOICES[field.name]) for field in fields(Mail)})  # type: ignore[arg-type]
        yield possible(mail)


def possible(mail: Mail) -> Mail:
    """The nearest combination that can occur."""
    if not mail.border:
        mail = replace(mail, proof="unproven")
    if mail.kind == "null" or mail.kind == "bounce":
        mail = replace(mail, envelope="null")
    elif mail.envelope == "null" and mail.kind in ("person", "role"):
        mail = replace(mail, envelope="sender")  # 3.1: the null sender makes another kind of it
    if mail.token == "return-path" and mail.kind not in ("own", "loop"):
        mail = replace(mail, kind="bounce", envelope="null")  # 3.1, class 4
    if mail.kind not in ("person", "list", "bulk") or mail.token in ("none", "bad", "to-bob"):
        mail = replace(mail, second=False)
    return mail


@dataclass(frozen=True)
class Seen:
    """What the program sees of a combination, and what it plans."""

    case: Case
    planned: Plan


def tickets(mail: Mail) -> tuple[TicketOf, TicketOf]:
    """T1 and T5."""
    asker = PartyOf(1, ADDRESSES[mail.asker], "requester")
    parties = (
        asker,
        PartyOf(2, ADDRESSES["carol"], "cc"),
        PartyOf(3, ADDRESSES["maria"], "staff"),
        PartyOf(4, ADDRESSES["otto"], "staff"),
        PartyOf(5, ADDRESSES["gone"], "staff"),
        PartyOf(6, ADDRESSES["revoked"], "cc", revoked=True),
        PartyOf(7, ADDRESSES["proposed"], "proposed"),
    )
    closed = {"closed": NOW - timedelta(days=3), "closed-long-ago": NOW - timedelta(days=300)}.get(mail.status)
    status = "closed" if closed else mail.status
    epoch = EPOCH_DAY + 1 if mail.token == "before-epoch" else 0
    helpers = ("hr",) if mail.helping else ()
    first = TicketOf(status=status, closed_at=closed, token_epoch_day=epoch, helpers=helpers, parties=parties)
    others = (PartyOf(1, ADDRESSES["bob"], "requester"), PartyOf(2, ADDRESSES["maria"], "staff"))
    return first, TicketOf(id=1005, parties=others)


@lru_cache(maxsize=1)
def _plain() -> Message:
    raw = "From: Sam Field <sam@cust.example>\nTo: it@acme.example\nSubject: Drawer\nMessage-ID: <one@cust.example>\n\nHi\n"
    return read(raw, ADDRESSES["sam"]).message


@lru_cache(maxsize=4)
def _desk(border: bool, policy: str) -> Desk:
    trust: dict[str, object] = {"domains": frozenset({"acme.example"})}
    found = desk(**trust, **({"authserv_id": "mx.acme.example"} if border else {}))
    teams = {key: replace(team, reply_to_closed=policy) for key, team in found.teams.items()}
    return replace(found, teams=teams)


@lru_cache(maxsize=64)
def _token(name: str, age: str) -> Token | None:
    """The genuine token of a reply address, as it is read from the envelope."""
    purpose, party = PURPOSES.get(name, (Purpose.REQUESTER, 1))
    issued = NOW.date() - timedelta(days=500 if age == "expired" else 1)
    ring = RETIRING if age == "retired" else RING
    made = address(purpose, party, 1005 if name == "to-bob" else 1001, issued, ring=ring)
    if name == "bad":
        local, _, domain = made.partition("@")
        made = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"
    return token_of(desk().site, RETIRED, made)


@lru_cache(maxsize=16)
def _own_id(ticket: int, party: int, forged: bool) -> tuple[str, OwnId | None]:
    made = make_message_id(RING, "desk.acme.example", ticket, party, 7)
    if forged:
        left, _, right = made.partition("@")
        made = f"{left[:-1]}{'a' if left[-1] != 'a' else 'b'}@{right}"
    return made, read_message_id(RING, "desk.acme.example", made)


CITED: dict[str, list[tuple[int, int | None]]] = {
    "ours": [(1001, 1)], "ours-to-maria": [(1001, 3)], "inbound": [(1001, None)], "foreign": [(1005, 1)],
    "foreign-inbound": [(1005, None)], "foreign-then-ours": [(1005, 1), (1001, 1)],
}  # fmt: skip
"""Ticket and party of each id that is known, nearest first."""


def _cited(mail: Mail) -> list[tuple[int, int | None]]:
    assert _own_id(1001, 1, forged=True)[1] is None, "a forged one is not known"
    return CITED.get(mail.citation, [])


def _message(mail: Mail) -> Message:
    key = ADDRESSES.get(mail.sender)
    quote = mail.words == "quote-only"
    cites = [_own_id(t, p, False)[0] if p else f"theirs-{t}@cust.example" for t, p in _cited(mail)]
    if mail.citation == "forged":
        cites = [_own_id(1001, 1, forged=True)[0]]
    return replace(
        _plain(),
        from_=None if mail.sender == "anonymous" else Party("", key or "two@a.example"),
        identity=key,
        anonymous=mail.sender == "anonymous",
        to=(Party("", "it@acme.example" if mail.addressed else "list@elsewhere.example"),),
        reply_to=(Party("", "hr@acme.example"),) if mail.reply_to_ours else (),
        text=TEXTS[mail.words].format(mail.sender),
        reply=TEXTS[mail.words].format(mail.sender),
        cut=(Cut(NOTHING_OWN, ""),) if quote else (),
        kind=Kind(mail.kind),
        kind_reason="drawn",
        citations=Citations(tuple(cites)),
        headers=(("X-Auto-Response-Suppress", "All"),) if mail.silence else (),
    )


def _candidates(mail: Mail, tokens: tuple[Token, ...]) -> tuple[Candidate, ...]:
    """What the books would give, in the order of `gateway.pointing`."""
    first, fifth = tickets(mail)
    by_id = {first.id: first, fifth.id: fifth}
    found = [Candidate("token", by_id[token.ticket], token=token) for token in tokens]
    words = TEXTS[mail.words].format(mail.sender)
    if mail.twin in ("same-id", "list-first", "direct-first"):
        text = {"same-id": "Something else entirely, at length.", "list-first": words + "\n--\nOur list"}.get(
            mail.twin, words
        )
        kind = "list" if mail.twin == "list-first" else "person"
        found.append(Candidate("copy", first, earlier=Earlier(ADDRESSES[mail.asker], text, kind, opened=True)))
    found += [Candidate("citation", by_id[ticket], party=party) for ticket, party in _cited(mail)]
    found += [Candidate("tag", {"T1": first, "T5": fifth}[mail.tag])] if mail.tag != "none" else []
    found += [Candidate("answer", first)] if mail.twin == "answered" else []
    return tuple(found)


def seen(mail: Mail) -> Seen:
    """The combination as the program sees it, and its plan."""
    where = _desk(mail.border, mail.policy)
    token = _token(mail.token, mail.age) if mail.token != "none" else None
    tokens = tuple(t for t in (token, _token("to-bob", "fresh") if mail.second else None) if t is not None)
    message = _message(mail)
    sender = {
        "sender": ADDRESSES.get(mail.sender, "somebody@far.example"),
        "null": "",
        "role": "list-owner@far.example",
        "ours": "hr@acme.example",
    }[mail.envelope]
    decision = _decision()
    own = tuple((i, o) for t, p in _cited(mail) if p for i, o in [_own_id(t, p, False)] if o is not None)
    reading = Reading(message, Proof(mail.proof), tokens, own, (), decision)
    envelope = Envelope(sender, ("it@acme.example",), received_at=NOW)
    refused = refusal(reading, envelope, where)
    answer = Answer(refused is None, refused or "a person wrote to us")
    case = Case(reading, envelope, _candidates(mail, tokens), answer, where, NOW, mail.released)
    return Seen(case, plan(case))


@lru_cache(maxsize=1)
def _decision() -> Decision | None:
    return read("From: <sam@cust.example>\nTo: it@acme.example\n\nHi\n", ADDRESSES["sam"]).decision


def planned(made: Plan) -> Due:
    """A plan in the model's words."""
    names = {1001: "T1", 1005: "T5", None: "none"}
    opens = next((step for step in made.steps if isinstance(step, OpenTicket)), None)
    ticket = "new" if opens else names[made.ticket.id if made.ticket else None]
    return Due(
        outcome=str(made.outcome),
        ticket=ticket,
        related=names[opens.related_to] if opens else "none",
        seen=_seen_by(made),
        notify=any(isinstance(step, Notify) for step in made.steps),
        ack=any(isinstance(step, Acknowledge) for step in made.steps),
        reopen=any(isinstance(step, Reopen) for step in made.steps),
        also=frozenset((names[other.ticket.id], _seen_by(other)) for other in made.also if other.ticket),
    )


def _seen_by(made: Plan) -> str:
    if any(isinstance(step, StaffReply) for step in made.steps):
        return "sent on"
    entry = next((step for step in made.steps if isinstance(step, AddEntry)), None)
    return "nobody" if entry is None else {"public": "everybody", "staff": "staff"}[entry.visibility]


@dataclass(frozen=True)
class Difference:
    """A combination of which model and program think differently."""

    mail: Mail
    wanted: Due
    found: Due

    def __str__(self) -> str:
        drawn_ = {f.name: getattr(self.mail, f.name) for f in fields(Mail) if getattr(self.mail, f.name) != f.default}
        ends = [
            f"{f.name}: wanted {getattr(self.wanted, f.name)!r}, found {getattr(self.found, f.name)!r}"
            for f in fields(Due)
            if getattr(self.wanted, f.name) != getattr(self.found, f.name)
        ]
        return f"{drawn_}\n    " + "; ".join(ends)


def differences(count: int, seed: int, most: int = 20) -> tuple[int, list[Difference]]:
    """Draw so many; how many different ones that were, and the first differences."""
    wrong: list[Difference] = []
    different = set()
    for mail in drawn(count, seed):
        different.add(mail)
        wanted, found = due(mail), planned(seen(mail).planned)
        if wanted != found and len(wrong) < most:
            wrong.append(Difference(mail, wanted, found))
    return len(different), wrong
