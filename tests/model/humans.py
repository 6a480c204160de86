"""Mails of people, as many as wanted: none may be taken for automatic, whatever they talk about.

Header blocks are those of real people's mails where the corpus lies beside the checkout, else made up; subjects and words
are ours, and speak of absence, errors and robots as people do.  What counts as an automatic header is listed here once
more, so that the parser's own list is not asked.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.utils import getaddresses
from functools import cache
from pathlib import Path

from parsers.message import Circumstances, Kind
from parsers.parse import parse

AUTOMATIC = re.compile(
    r"auto-submitted|x-auto.*|x-.*autorepl.*|x-.*autorespond.*|precedence|x-precedence|list-.*|feedback-id|x-failed-recipients"
    r"|x-ms-exchange-(message-is-ndr|inbox-rules-loop|generated-message-source)|x-vacation|x-loop|x-deskgate.*|x-campaign.*"
    r"|x-fc-machinegenerated|x-post-messageclass|return-path|mailing-list|x-mailing-list|x-mailman.*|x-beenthere|resent-.*",
    re.IGNORECASE,
)
"""Fields that machines write; mails with one of them are left out (Return-Path: the envelope is drawn here)."""
ROLE = re.compile(
    r"(mailer-?daemon|postmaster|no-?_?reply|do-?_?not-?_?reply|owner-|listserv|majordomo|bounce).*|.*-(request|owner|bounces?)",
    re.IGNORECASE,
)
SUBJECTS = (
    "Printer on the second floor", "Out of office next week - who takes my calls?", "Re: Annual leave",
    "Vacation days left",
    "Automatic reply does not switch off", "Undeliverable parcel at the reception", "Delivery failure: pallet 12",
    "Mail delivery failed yesterday, can you look?", "Returned mail: what does this mean?", "Abwesenheit nächste Woche",
    "Urlaubsantrag", "Absence du bureau le 12", "Fuori sede domani", "Fwd: Delivery Status Notification (Failure)",
    "Warning: could not send message for past 4 hours - help!", "Read: your note", "Gelesen: Protokoll", "Failure notice",
    "I am away on Friday", "OOO planning", "Your mail server", "[all] Lunch", "Spam complaint of a customer", "不在の予定",
    "Re: Re: AW: the bounce", "Autoresponder for sales@", "Newsletter subscription", "Unsubscribe me", "", "Test",
)  # fmt: skip
TEXTS = (
    "Hello,\n\ncan somebody look at this?\n\nKind regards\n",
    "I am out of the office tomorrow, so please call Ann instead.\n",
    "Our customer got this, what is wrong?\n\n  550 5.1.1 <bob@other.example>: user unknown\n",
    "The text says: This is an automatically generated message, please do not reply. I replied anyway.\n",
    "Hi,\n\nI will be on leave from Monday. My automatic reply still shows last year's dates.\n",
    "When I write to bob@other.example it comes back: Mail delivery failed: returning message to sender.\nCan you help?\n",
    "Guten Tag,\n\nich bin bis Freitag nicht im Hause. Wer kann den Drucker ansehen?\n\nMit freundlichen Grüßen\n",
    "Bonjour,\n\nje suis absent la semaine prochaine, merci de voir avec Paul.\n",
    "On Monday, Postmaster wrote:\n> Your message could not be delivered to the following recipients:\n> bob@other.example"
    "\n\nWhat shall I do now?\n",
    "-------- Forwarded message --------\nFrom: Mail Delivery Subsystem <mailer-daemon@other.example>\nSubject: failure\n\n"
    "The following addresses had permanent fatal errors\nbob@other.example\n",
    "Please unsubscribe me from the list of the third floor.\n",
    "ok\n",
)
NAMES = (
    "Sam Field",
    "Ann-Marie O'Neil",
    "Jürgen Groß",
    "María José",
    "Ľubomír",
    "山田太郎",
    "Auto Weber",
    "Bounce, Peter",
    "",
)
ADDRESSES = ("sam@cust.example", "info@cust.example", "sales@cust.example", "bouncer@club.example", "reply@cust.example",
             "auto.mueller@cust.example", "vacation.homes@cust.example", "robot-fan@cust.example")  # fmt: skip
PROGRAMS = ("X-Mailer: Apple Mail (2.3774)", "User-Agent: Mozilla Thunderbird", "X-Mailer: Microsoft Outlook 16.0",
            "X-Originating-IP: [192.0.2.7]", "Thread-Topic: Printer", "Importance: high", "X-Priority: 1",
            "Disposition-Notification-To: sam@cust.example", "Auto-Submitted: no", "X-MS-Has-Attach: yes")  # fmt: skip


@dataclass(frozen=True)
class Person:
    """The header of somebody's mail, without Subject and without what belongs to its body; and their address."""

    address: str
    fields: tuple[bytes, ...]


def made_up(chance: random.Random) -> Person:
    """Somebody whom nobody knows."""
    address, name = chance.choice(ADDRESSES), chance.choice(NAMES)
    written = f'"{name}" <{address}>' if name else address
    fields = (f"From: {written}", "To: it@acme.example", chance.choice(PROGRAMS), chance.choice(PROGRAMS))
    return Person(address, tuple(dict.fromkeys(one.encode() for one in fields)))


@cache
def people(corpus: Path) -> tuple[Person, ...]:
    """The people of a corpus: the headers of mails that no machine had a part in."""
    return tuple(filter(None, (_person(file) for file in sorted(corpus.glob("*/mails/**/*")) if file.is_file())))


def _person(file: Path) -> Person | None:
    raw = file.read_bytes()[:65536].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if raw.startswith(b"From ") or b"\n\n" not in raw:
        return None
    head = raw.partition(b"\n\n")[0]
    fields = re.split(rb"\n(?![ \t])", head)
    names = [field.partition(b":")[0].decode("ascii", "replace").strip().lower() for field in fields]
    message = message_from_bytes(head + b"\n\n", policy=policy.compat32)
    authors = [address for _, address in getaddresses([str(one) for one in message.get_all("From", [])])]
    if len(authors) != 1 or not re.fullmatch(r"[\w.+-]+@[\w.-]+\.\w+", authors[0], re.ASCII):
        return None
    mechanical = any(AUTOMATIC.fullmatch(name) for name in names) or ROLE.fullmatch(authors[0].partition("@")[0])
    if mechanical or names.count("received") > 90 or names.count("from") != 1:
        return None
    ours = ("subject", "content-type", "content-transfer-encoding", "content-disposition", "mime-version")
    return Person(authors[0], tuple(f for f, name in zip(fields, names, strict=True) if name not in ours and b":" in f))


def mails(count: int, seed: int, known: Sequence[Person] = ()) -> Iterator[tuple[str, bytes]]:
    """So many mails of people: envelope sender and bytes."""
    chance = random.Random(seed)
    for number in range(count):
        person = known[number % len(known)] if known and number % 4 else made_up(chance)
        subject, text = chance.choice(SUBJECTS), chance.choice(TEXTS)
        answers = (b"In-Reply-To: <%d@acme.example>" % number,) if chance.random() < 0.3 else ()
        head = (*person.fields, *answers, f"Subject: {subject}".encode(), b"MIME-Version: 1.0",
                b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: 8bit")  # fmt: skip
        yield person.address, b"\n".join((*head, b"", text.encode())).replace(b"\n", b"\r\n")


def taken_for_machines(count: int, seed: int, known: Sequence[Person] = ()) -> list[str]:
    """What was taken for anything but a person's mail, and why; at most 20."""
    wrong = []
    for sender, raw in mails(count, seed, known):
        message = parse(raw, Circumstances(envelope_from=sender, own_addresses=frozenset({"it@acme.example"})))
        if message.kind is not Kind.PERSON:
            wrong.append(
                f"{message.kind} ({message.kind_reason}): {sender}, {message.subject!r}, {message.text[:60]!r}"
            )
    return wrong[:20]
