"""What stands in text parts: letters, replies over replies, calendars, delivery reports, armour, files inside the text."""

from __future__ import annotations

import binascii
import random
from collections.abc import Callable, Sequence
from typing import Final

from bench.fuzz.words import ADDRESSES, DATES, NAMES, chance, few, prose, token

ATTRIBUTIONS: Final = (
    "On Mon, 2 Nov 2026 at 10:14, {name} <{address}> wrote:", "On 2/11/26 10:14,\n{name} wrote:",
    "Am 02.11.2026 um 10:14 schrieb {name}:", "Le lun. 2 nov. 2026 à 10:14, {name} <{address}> a écrit :",
    "El 2/11/26 a las 10:14, {name} escribió:", "2026年11月2日(月) 10:14 {name} <{address}>:",
    "{name} <{address}> schreef op 2 november:", "02.11.2026 10:14, {name} пишет:",
    "-----Original Message-----\nFrom: {name}\nSent: Monday\nTo: {address}\nSubject: x",
    "________________________________\nVon: {name}\nGesendet: Montag\nAn: {address}\nBetreff: x",
    "---------- Forwarded message ---------\nFrom: {name} <{address}>\nDate: x\nSubject: y\nTo: z",
    "Begin forwarded message:", "> On Mon, {name} wrote:", "On " + "a" * 300, "On wrote:", "wrote:",
    "{name} wrote on Monday, 2 Nov:", "*From:* {name}\n*To:* {address}\n*Subject:* x",
)  # fmt: skip
CLOSINGS: Final = (
    "-- \n{name}\n{address}", "--\n{name}", "Kind regards\n{name}", "Mit freundlichen Grüßen\n\n{name}",
    "Sent from my phone", "Von meinem iPhone gesendet", "Cordialement,\n{name}", "— {name}",
    "________\nlist mailing list\nlist@example.org\nhttps://list.example",
    "Best,\n{name}\n\nThis e-mail is confidential. " * 3, "-- ", "--", "--  \n-- \n-- ", "/ {name}", "Thanks!",
)  # fmt: skip
MARKS: Final = ("> ", ">", ">> ", "> > ", ">>>> ", "| ", "» ", " > ", "\t> ", "A> ", ">\u00a0")


def _said(rng: random.Random, template: str) -> str:
    return template.replace("{name}", rng.choice(NAMES)).replace("{address}", rng.choice(ADDRESSES))


def letter(rng: random.Random) -> str:
    """A mail of a person: words, and often what they answered to, above, between or below."""
    pieces: list[str] = []
    for _ in range(1 + few(rng, 6)):
        sort = rng.random()
        if sort < 0.4:
            pieces.append(prose(rng, 1 + few(rng, 12)))
        elif sort < 0.6:
            pieces.append(_said(rng, rng.choice(ATTRIBUTIONS)))
        elif sort < 0.8:
            pieces.append(quoted(rng, prose(rng, 1 + few(rng, 20))))
        elif sort < 0.95:
            pieces.append(_said(rng, rng.choice(CLOSINGS)))
        else:
            pieces.append(quoted(rng, letter(rng)) if chance(rng, 0.6) else rng.choice(ARMOUR))
    return rng.choice(("\n", "\n\n", "\n\n\n")).join(pieces)


def quoted(rng: random.Random, text: str) -> str:
    """`text` with a mark before its lines; sloppy programs leave some out."""
    mark, sloppy = rng.choice(MARKS), chance(rng, 0.2)
    return "\n".join(line if sloppy and chance(rng, 0.2) else mark + line for line in text.split("\n"))


ARMOUR: Final = (
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nwords\n"
    "-----BEGIN PGP SIGNATURE-----\n\niQ==\n=x\n-----END PGP SIGNATURE-----",
    "-----BEGIN PGP SIGNED MESSAGE-----\n" * 5, "-----BEGIN PGP SIGNATURE-----",
    "-----BEGIN PGP MESSAGE-----\nx\n-----END PGP MESSAGE-----",
    "-----END PGP SIGNATURE-----\n-----BEGIN PGP SIGNATURE-----",
)  # fmt: skip
PROPERTIES: Final = (
    "SUMMARY:Tea", "SUMMARY;LANGUAGE=de:T\\;e\\,a\\n", "DTSTART:20261101T090000Z",
    "DTSTART;TZID=Europe/Paris:20261101T100000", "DTSTART;VALUE=DATE:20261101", "DTSTART:99999999T999999Z", "DTEND:x",
    "DTSTART;TZID=../../etc:20261101T100000", "ATTENDEE;PARTSTAT=ACCEPTED;CN=\"A, B\":mailto:a@example.org",
    "ATTENDEE;PARTSTAT=" + "X" * 200 + ":mailto:", "ORGANIZER:mailto:ann@example.org", "LOCATION:" + "r" * 500,
    "DESCRIPTION:long\n  folded\n\tagain", "BEGIN:VALARM", "END:VALARM", "RRULE:FREQ=SECONDLY", "X;" * 100, ":", ";:",
    "STATUS:CANCELLED", "METHOD:REPLY", "BEGIN:VEVENT", "DURATION:P1D",
)  # fmt: skip


def calendar(rng: random.Random) -> str:
    """An iCalendar object (RFC 5545), seldom a right one."""
    inside = "\n".join(rng.choice(PROPERTIES) for _ in range(few(rng, 40)))
    method = rng.choice(("REQUEST", "REPLY", "CANCEL", "COUNTER", "x" * 50, ""))
    whole = f"BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\n{inside}\nEND:VEVENT\nEND:VCALENDAR\n"
    return whole if chance(rng, 0.8) else whole[: rng.randrange(len(whole))]


STATUS: Final[Sequence[str]] = (
    "Reporting-MTA: dns; mx.example", "Final-Recipient: rfc822; {address}", "Original-Recipient: rfc822;{address}",
    "Action: failed", "Action: delayed", "Action: {name}", "Status: 5.1.1", "Status: 4.4.7 (x)", "Status: 9.99.999",
    "Diagnostic-Code: smtp; 550 5.1.1 unknown user\n {address}", "Diagnostic-Code: X-Notes; over quota",
    "Remote-MTA: dns;x", "Final-Recipient: ", "Status:", "", "", "Last-Attempt-Date: x",
    "Final-Recipient: utf-8; jörg@example",
)  # fmt: skip


def status(rng: random.Random) -> str:
    """The groups of fields of a delivery report (RFC 3464), in any order."""
    return "\n".join(_said(rng, rng.choice(STATUS)) for _ in range(few(rng, 30))) + "\n"


TOLD: Final = (
    "This is the mail system at host mx.example.\n\n"
    "<{address}>: host mx.example said: 550 5.1.1 User unknown (in reply to RCPT TO)",
    "Hi. This is the qmail-send program at example.\n\n<{address}>:\nSorry, no mailbox here by that name. (#5.1.1)",
    "A message that you sent could not be delivered to one or more of its recipients.\n\n"
    "  {address}\n    mailbox is full: retry timeout exceeded",
    "Your message to {address} couldn't be delivered.",
    "   ----- The following addresses had permanent fatal errors -----\n<{address}>\n",
    "   ----- Transcript of session follows -----\n"
    "... while talking to mx.example:\n>>> RCPT To:<{address}>\n<<< 552 5.2.2 over quota",
    "Delivery to the following recipients failed.\n\n       {address}\n",
    "Wiederherstellung unmöglich: {address}\n#< #5.7.1 smtp;554>",
)  # fmt: skip


def bounced(rng: random.Random) -> str:
    """The words in which mail servers tell people that a mail did not arrive."""
    return "\n\n".join(_said(rng, rng.choice(TOLD)) for _ in range(1 + few(rng, 6)))


def uuencoded(rng: random.Random) -> str:
    """A file inside the text, as programs did before MIME; often broken."""
    lines = [binascii.b2a_uu(rng.randbytes(rng.randint(0, 45))).decode().rstrip("\n") for _ in range(few(rng, 30))]
    if chance(rng, 0.3):
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(("end", "M", "begin 644 y", "~~~~", "")))
    return "\n".join([f"begin {rng.choice(('644', '9999', ''))} {token(rng)}.bin", *lines, "`", "end"]) + "\n"


def flowed(rng: random.Random) -> str:
    """Text with soft line ends and quote marks (RFC 3676)."""
    return "\n".join(
        ">" * few(rng, 5) + rng.choice((" ", "")) + line + rng.choice((" ", "", "  "))
        for line in prose(rng, few(rng, 30)).split("\n")
    )


def dates(rng: random.Random) -> str:
    """Lines that look like fields of a header in the middle of a text."""
    return "\n".join(
        f"{rng.choice(('From', 'Date', 'Von', 'To', 'Sent', 'Subject'))}: {rng.choice(DATES)}"
        for _ in range(few(rng, 12))
    )


TEXTS: Final[tuple[tuple[Callable[[random.Random], str], int], ...]] = (
    (letter, 60), (flowed, 6), (calendar, 4), (status, 4), (bounced, 8), (uuencoded, 4), (dates, 4),
)  # fmt: skip


def text(rng: random.Random) -> str:
    """Any of these."""
    return rng.choices([one for one, _ in TEXTS], [share for _, share in TEXTS])[0](rng)
