"""What a case may ask beyond its end, under ``checks``: each as a function that gives its faults as sentences."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from parsers.message import comparable
from parsers.parse import parse
from tests.attacks.html import dangers
from tests.attacks.outcome import Outcome
from tests.attacks.world import SECRET

KEPT = {"deskgate.toml", "keys.toml", "log", "heartbeat"}


def _visible(found: Outcome, wanted: bool) -> list[str]:
    public = [e.text[:40] for e in found.entries if e.visibility == "public"]
    return [f"the customer sees {public}"] if bool(public) != wanted else []


def _text(found: Outcome, wanted: str) -> list[str]:
    return [] if any(wanted in e.text for e in found.entries) else [f"{wanted!r} stands in no entry"]


def _attachments(found: Outcome, wanted: int) -> list[str]:
    counts = [len(e.attachments) for e in found.entries if e.direction == "in"]
    return [] if wanted in counts else [f"{counts} attachments, not {wanted}"]


def _subject(found: Outcome, most: int) -> list[str]:
    lengths = [len(str(found.letter(row)["Subject"])) for row in found.mails]
    return [f"a subject of {max(lengths)} characters"] if lengths and max(lengths) > most else []


def _only_recipient(found: Outcome, wanted: str) -> list[str]:
    others = {row.recipient for row in found.outside} | {
        address.addr_spec
        for row in found.outside
        for name in ("To", "Cc", "Bcc")
        for address in getattr(found.letter(row)[name], "addresses", ())
    }
    return [f"mail for {sorted(others)}"] if others - {wanted} else []


def _identity(found: Outcome, forbidden: str) -> list[str]:
    writers = {comparable(e.author_address) for e in found.entries if e.direction == "in"}
    people = {p.key for n in found.opened for p in found.after.tickets[n].parties if p.role == "requester"}
    return [f"{forbidden} became the author"] if forbidden in writers | people else []


def _joined(found: Outcome, wanted: list[str]) -> list[str]:
    joined = sorted(p.key for p in found.joined if p.role != "staff")
    return [f"{joined} take part now"] if joined != sorted(wanted) else []


def _commands(found: Outcome, wanted: int) -> list[str]:
    run = [e.text for e in found.entries if e.kind == "change"]
    changed = [
        n
        for n, t in found.before.tickets.items()
        if (t.status == "closed", t.team, t.priority)
        != ((now := found.after.tickets[n]).status == "closed", now.team, now.priority)
    ]
    done = max(len(run), len(changed))
    return [f"{done} commands were run ({run})"] if (done > 0) != (wanted > 0) else []


def _discloses(found: Outcome, wanted: list[str]) -> list[str]:
    leaked = []
    for row in found.outside:
        whole = found.world.sent(row.id).decode()
        own = {p.key for p in found.after.tickets[row.ticket_id].parties} if row.ticket_id else set()
        leaked += [f"{row.recipient} reads {word!r}" for word in (SECRET,) if word in whole and word not in wanted]
        leaked += [
            f"{row.recipient} reads {who}"
            for who in ("alice@customer.example", "bob@other.example")
            if who in whole and who not in own
        ]
    return leaked


def _literal(found: Outcome, wanted: list[str]) -> list[str]:
    places = [
        *(e.text for e in found.entries),
        *(found.after.tickets[n].subject for n in found.opened),
    ]
    letters = [str(found.letter(row)["Subject"]) + _words(found.letter(row)) for row in found.mails]
    return [
        f"{word!r} is not everywhere as it was written"
        for word in wanted
        if not any(word in place for place in places) or not all(word in letter for letter in letters)
    ]


def _words(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return str(body.get_content()) if isinstance(body, EmailMessage) else ""


def _html(found: Outcome, wanted: bool) -> list[str]:
    looks = [parse(found.world.stored(row.id)).html or "" for row in found.rows]
    told = [part for row in found.mails for part in found.letter(row).walk() if part.get_content_type() == "text/html"]
    return [danger for look in looks for danger in dangers(look)] + ["HTML in a mail of ours"] * len(told) * wanted


def _remote(found: Outcome, most: int) -> list[str]:
    looks = [parse(found.world.stored(row.id)).html or "" for row in found.rows]
    loads = [danger for look in looks for danger in dangers(look) if danger.startswith("loads")]
    return loads if len(loads) > most else []


def _files(found: Outcome, most: int) -> list[str]:
    folder = found.world.folder
    outside = [
        p.name for p in folder.rglob("*") if p.is_file() and p.name not in KEPT and p.parent.name not in ("var", "new")
    ]
    bad = [
        a.filename
        for e in found.entries
        for a in e.attachments
        if not a.filename
        or len(a.filename.encode()) > 150
        or not a.filename.isprintable()
        or set(a.filename) & set("/\\:\u2044\u2215\uff0f\u29f8")
        or a.filename.startswith("..")
        or a.filename.partition(".")[0].lower() in ("con", "prn", "aux", "nul", "com1", "lpt1")
    ]
    return [f"files {outside}, names {bad}"] if len(outside) + len(bad) > most else []


def _also(found: Outcome, wanted: list[str]) -> list[str]:
    touched = {found.marks.name(e.ticket_id) for e in found.entries if e.direction == "in"}
    return [f"{name} has no entry" for name in wanted if name not in touched]


def _at_most(what: Callable[[Outcome], int], name: str) -> Callable[[Outcome, Any], list[str]]:
    return lambda found, most: [f"{what(found)} {name}, not at most {most}"] if what(found) > most else []


CHECKS: dict[str, Callable[[Outcome, Any], list[str]]] = {
    "visible_to_customer": _visible,
    "text_contains": _text,
    "attachments": _attachments,
    "subject_max": _subject,
    "only_recipient": _only_recipient,
    "identity_not": _identity,
    "participants_added": _joined,
    "commands_run": _commands,
    "discloses": _discloses,
    "literal": _literal,
    "html_safe": _html,
    "remote_loads": _remote,
    "files_outside": _files,
    "also_attached": _also,
    "max_auto_responses_total": _at_most(lambda o: sum(r.kind == "ack" for r in o.mails), "acknowledgements"),
    "mails_to_sender": _at_most(lambda o: sum(r.recipient == o.case.sender for r in o.mails), "mails to the sender"),
    "mails_stored_max": _at_most(lambda o: len(o.rows), "mails stored"),
    "tickets_total": lambda o, n: [] if len(o.opened) == n else [f"{len(o.opened)} tickets, not {n}"],
}
"""What a key under ``checks`` asks for."""
READ_ELSEWHERE = ("accept_outcomes", "smtp_any", "injected_fields")
"""The first two belong to the end of a mail; the third holds for every case."""
UNSEEN = ("max_lookup_queries",)
"""What cannot be seen from outside."""
