"""What must become of a mail, once more and from scratch: mail-safety 3.2 to 3.4, 2.1 and 5.1 as tables one can read.

Nothing here is the program's: neither its words for things nor its order of questions is imported.  A `Mail` says what is
drawn at random, `due` what must come of it.  The ticket the mail is about is T1; T5 belongs to other people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True)
class Mail:
    """One combination.  Who writes, how well proven, to which addresses, citing what, of which kind, in what state."""

    sender: str
    proof: str
    border: bool
    kind: str
    token: str = "none"
    age: str = "fresh"
    second: bool = False
    citation: str = "none"
    tag: str = "none"
    twin: str = "none"
    status: str = "open"
    policy: str = "reopen"
    words: str = "plain"
    asker: str = "sam"
    helping: bool = False
    released: bool = False
    silence: bool = False
    addressed: bool = True
    envelope: str = "sender"
    reply_to_ours: bool = False


@dataclass(frozen=True)
class Due:
    """What must come of it.  `ticket`: T1, T5, new or none, of held mail the one it waits on (2.1); `seen`: by whom the
    entry is seen, or that it is sent on.
    """

    outcome: str
    ticket: str = "none"
    related: str = "none"
    seen: str = "nobody"
    notify: bool = False
    ack: bool = False
    reopen: bool = False
    also: frozenset[tuple[str, str]] = frozenset()


def held(ticket: str) -> Due:
    """In quarantine, on a ticket or on none."""
    return Due("quarantine", ticket)


# who somebody is to T1, and to T5 ---------------------------------------------------------------------------------------

STAFF: Final = frozenset({"maria", "otto"})
EVER_STAFF: Final = frozenset({"maria", "otto", "petra"})
PEOPLE_OF_T5: Final = frozenset({"bob"})
NOBODY: Final = frozenset({"ambiguous", "anonymous"})
MACHINES: Final = frozenset({"auto-reply", "auto-generated", "null", "role"})
REPORTS: Final = frozenset({"bounce", "receipt", "complaint"})
HOLDERS: Final = {"to-maria": "maria", "to-otto": "otto", "to-gone": "gone"}
"""Reply addresses of staff, and whom each was made for."""


def standing(mail: Mail, ticket: str) -> str:
    """participant, staff or stranger.  Staff who ask are participants of what they asked."""
    if mail.sender in NOBODY:
        return "stranger"
    if ticket == "T5":
        return "participant" if mail.sender in PEOPLE_OF_T5 else "staff" if mail.sender in STAFF else "stranger"
    if mail.sender == mail.asker:
        return "participant"
    if mail.sender in STAFF or (mail.sender == "petra" and mail.helping):
        return "staff"
    return "participant" if mail.sender == "carol" else "stranger"


def points_to(mail: Mail) -> list[str]:
    """Cited tickets, nearest first, with what is cited.  A wrong MAC makes an id unknown (5.3)."""
    return {
        "none": [],
        "forged": [],
        "ours": ["T1"],
        "ours-to-maria": ["T1"],
        "inbound": ["T1"],
        "foreign": ["T5"],
        "foreign-inbound": ["T5"],
        "foreign-then-ours": ["T5", "T1"],
    }[mail.citation]


def has_token(mail: Mail) -> bool:
    """Whether the envelope names a genuine reply address; a wrong MAC makes it none (2.1)."""
    return mail.token not in ("none", "bad")


def token_ticket(mail: Mail) -> str:
    """The ticket it names: T1, or T5 for the address of T5's requester."""
    return "T5" if mail.token == "to-bob" else "T1"


def is_over(mail: Mail) -> bool:
    """5.1: 400 days from issue, some time after closing, or signed with a retired key."""
    return mail.age in ("expired", "retired") or (token_ticket(mail) == "T1" and mail.status == "closed-long-ago")


# 3.2: what is done, by kind ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One row of the table in 3.2: refers to a ticket by somebody who may; by token, but no participant; no ticket."""

    refers: str
    stranger: str
    no_ticket: str
    notify: bool


KINDS: Final[dict[str, Row]] = {
    "own": Row("quarantine", "quarantine", "quarantine", False),
    "loop": Row("quarantine", "quarantine", "quarantine", False),
    "bounce": Row("bounce-record", "bounce-record", "quarantine", False),
    "receipt": Row("bounce-record", "bounce-record", "bounce-record", False),
    "complaint": Row("bounce-record", "bounce-record", "bounce-record", True),
    "auto-reply": Row("attach", "quarantine", "quarantine", False),
    "auto-generated": Row("attach", "quarantine", "ticket", True),
    "null": Row("attach", "quarantine", "ticket", True),
    "role": Row("attach", "quarantine", "ticket", True),
}
"""Lists and bulk are not here: they go the way of persons (3.4), but open nothing again and are never acknowledged."""


def due(mail: Mail) -> Due:
    """What must become of a mail."""
    first = _due(mail)
    if mail.released:
        return _after_release(mail, first)
    return first


def _due(mail: Mail) -> Due:
    if mail.kind in ("own", "loop"):
        return held(_named_first(mail))
    if mail.kind in REPORTS:
        return _report(mail)
    if mail.sender == "ambiguous" or (mail.sender == "anonymous" and mail.envelope == "null"):
        return held(
            _named_first(mail)
        )  # 2.1: exactly one From, one mailbox; nobody at all may still be asked about by the envelope
    if mail.kind in MACHINES:
        return _machine(mail)
    return _writer(mail)


def _named_first(mail: Mail) -> str:
    """The ticket that a mail names, whoever wrote it: by token before citation; a number names none to machines."""
    return token_ticket(mail) if has_token(mail) else (points_to(mail) or ["none"])[0]


def _report(mail: Mail) -> Due:
    """3.2: in the ticket if it names something of ours; a stranger's word about other mail is no reference."""
    row = KINDS[mail.kind]
    named: list[str] = [token_ticket(mail)] if has_token(mail) else []
    for what, ticket in zip(_cited_things(mail), points_to(mail), strict=True):
        if what == "ours" or standing(mail, ticket) != "stranger":
            named.append(ticket)
    if not named:
        return Due(row.no_ticket)
    return Due(row.refers, named[0], seen="staff", notify=row.notify)


def _cited_things(mail: Mail) -> list[str]:
    """Of each cited ticket: whether a mail of ours or one that came in is cited."""
    return {
        "inbound": ["theirs"],
        "foreign-inbound": ["theirs"],
        "foreign-then-ours": ["ours", "ours"],
        "ours": ["ours"],
        "ours-to-maria": ["ours"],
        "foreign": ["ours"],
    }.get(mail.citation, [])


def _machine(mail: Mail) -> Due:
    """3.2, the rows of machines.  "Refers to a ticket" means: by token, or by reference of a participant."""
    row = KINDS[mail.kind]
    if has_token(mail):
        ticket = token_ticket(mail)
        if mail.token in ("to-revoked", "before-epoch", "return-path"):
            return held(ticket)  # 3.4, step 1: revoked
        if mail.token in HOLDERS and HOLDERS[mail.token] != mail.sender:
            return held(ticket)  # 5.1: a forwarded staff token permits nothing
        if standing(mail, ticket) == "stranger" or mail.proof == "false":
            return Due(row.stranger, ticket)
        if not is_over(mail):
            return Due(row.refers, ticket, seen="staff", notify=row.notify)
        return _no_ticket(mail, row, ticket)
    cited = points_to(mail)
    taken = next((ticket for ticket in cited if standing(mail, ticket) != "stranger"), None)
    if taken is not None:
        return held(taken) if mail.proof == "false" else Due(row.refers, taken, seen="staff", notify=row.notify)
    return _no_ticket(mail, row, cited[0] if cited else "none")


def _no_ticket(mail: Mail, row: Row, related: str) -> Due:
    return held(related) if row.no_ticket == "quarantine" else _new(mail, related)


# 3.4: attach or new ticket, in the order of the search ------------------------------------------------------------------


def _writer(mail: Mail) -> Due:
    """A person, or a list or bulk mail that a person wrote."""
    if has_token(mail):
        found = _by_token(mail)
        return _with_second(mail, found) if mail.second else found
    for step in (_by_twin, _by_citation, _by_tag, _by_late_answer):
        by_step = step(mail)
        if by_step is not None:
            return by_step
    cited = points_to(mail)
    return _new(mail, cited[0] if cited else "none")


Test = Callable[[Mail], bool]
STEP_1: Final[Sequence[tuple[str, Test, Callable[[Mail], Due]]]] = (
    ("3.4: revoked", lambda m: m.token in ("to-revoked", "before-epoch"), lambda _: held("T1")),
    (
        "5.1: staff's, in other hands",
        lambda m: m.token in HOLDERS and HOLDERS[m.token] != m.sender,
        lambda _: held("T1"),
    ),
    ("5.1: staff's own", lambda m: m.token in HOLDERS, lambda m: _staff(m, "T1", own=not is_over(m))),
    ("3.4: expired but genuine", is_over, lambda m: _new(m, token_ticket(m))),
    ("3.4: whoever holds it", lambda _: True, lambda m: _added(m, token_ticket(m))),
)
"""The first that holds."""


def _by_token(mail: Mail) -> Due:
    return next(end(mail) for _, holds, end in STEP_1 if holds(mail))


def _by_twin(mail: Mail) -> Due | None:
    """4.3: an equal id with other content is a new mail; a list's copy of the same words joins its original."""
    same_author = mail.sender == mail.asker
    if mail.twin not in ("list-first", "direct-first") or not same_author or mail.proof == "false":
        return None
    passed_on = mail.twin == "list-first" or mail.kind in ("list", "bulk")
    if not passed_on:
        return None
    first_word = mail.twin == "list-first" and mail.kind == "person" and _answerable(mail)
    return Due("attach", "T1", seen="staff", ack=first_word)


def _by_citation(mail: Mail) -> Due | None:
    """The nearest in which the writer has a place; a stranger's citation gives nothing but the word "related"."""
    for ticket in points_to(mail):
        place = standing(mail, ticket)
        if place != "stranger":
            return _added(mail, ticket) if place == "participant" else _staff(mail, ticket)
    return None


def _by_tag(mail: Mail) -> Due | None:
    """Only a proven participant; where nobody can prove anything, a participant (docs/trip.md)."""
    if mail.tag == "none" or standing(mail, mail.tag) != "participant":
        return None
    if mail.proof == "false":
        return held(mail.tag)  # 2.1: the customer's address, DMARC fail, and a number
    return None if mail.border and mail.proof != "proven" else _added(mail, mail.tag)


def _by_late_answer(mail: Mail) -> Due | None:
    """The answer came before the question and opened T1; the same person wrote both, and the question cites nothing."""
    if mail.twin != "answered" or mail.citation != "none" or mail.proof == "false" or mail.sender != mail.asker:
        return None
    return _added(mail, "T1")


def _staff(mail: Mail, ticket: str, own: bool = False) -> Due:
    """2.2: sent on needs one's own token, a place on the team, words of one's own, and proof where anybody proves."""
    place = standing(mail, ticket)
    wrong = (
        mail.proof == "false"
        or mail.sender not in EVER_STAFF  # who has left
        or (mail.border and mail.proof != "proven")
        or (own and place == "staff" and mail.words == "quote-only")
    )
    if wrong:
        return held(ticket)
    if own and place == "staff":
        return Due("attach", ticket, seen="sent on")
    return Due("attach", ticket, seen="staff", notify=True)


def _added(mail: Mail, ticket: str) -> Due:
    """3.4, steps 1 to 3, for whoever came this far: participants add for all, others for staff only."""
    place = standing(mail, ticket)
    if mail.proof == "false" and place != "stranger":
        return held(ticket)
    if place != "participant":
        return Due("attach", ticket, seen="staff", notify=True)
    status = mail.status if ticket == "T1" else "open"
    thanks = status != "open" and mail.words == "thanks" and mail.kind == "person" and mail.sender == mail.asker
    if status == "closed-long-ago" or (status == "closed" and mail.policy == "new" and not thanks):
        return _new(mail, ticket)
    if thanks:
        return Due("attach", ticket, seen="everybody", notify=status == "waiting")
    again = status in ("waiting", "closed") and mail.kind == "person"
    return Due("attach", ticket, seen="everybody", notify=True, reopen=again)


def _with_second(mail: Mail, first: Due) -> Due:
    """hijack-two-tokens: where the writer takes part it counts; the other ticket keeps it by the writer's rights there."""
    second = _added(mail, "T5")
    ends = sorted((first, second), key=_weight)
    if ends[0].outcome == "quarantine" or ends[1].outcome != "attach" or ends[0].ticket == ends[1].ticket:
        return ends[0]
    seen = "staff" if ends[1].seen == "sent on" else ends[1].seen
    return replace(ends[0], also=frozenset({(ends[1].ticket, seen)}))


def _weight(end: Due) -> int:
    if end.outcome == "attach":
        return 0 if end.seen in ("everybody", "sent on") else 3
    return 1 if end.outcome == "quarantine" else 2


# 3.3: the acknowledgement of a person's new ticket ----------------------------------------------------------------------


def _answerable(mail: Mail) -> bool:
    return (
        mail.kind == "person"
        and mail.sender not in NOBODY
        and mail.proof != "false"
        and not mail.silence
        and mail.addressed
        and mail.envelope == "sender"
        and not mail.reply_to_ours
        and not mail.released
    )


def _new(mail: Mail, related: str) -> Due:
    return Due("ticket", "new", related, seen="everybody", notify=True, ack=_answerable(mail))


# quarantine as a service ------------------------------------------------------------------------------------------------


def _after_release(mail: Mail, first: Due) -> Due:
    """A released mail goes on as if its sender were proven; else to its ticket for staff, else it is a new one."""
    if first.outcome != "quarantine":
        return first
    again = _due(replace(mail, proof="proven"))
    if again.outcome == "attach":
        return again
    if first.ticket != "none":
        return Due("attach", first.ticket, seen="staff", notify=True)
    return replace(_new(mail, "none"), ack=False)
