"""Header blocks: every field that the reading looks at, written rightly, oddly and wrongly (RFC 5322, 2047, 3834)."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from bench.fuzz.words import ADDRESSES, DATES, MACHINES, NAMES, SENTENCES, chance, encoded_word, few, token

Writer = Callable[[random.Random], str]


def mailbox(rng: random.Random) -> str:
    """One address as fields carry it."""
    address, name = rng.choice(ADDRESSES), rng.choice(NAMES)
    form = rng.randrange(12)
    if form < 4:
        return f"{name} <{address}>"
    if form < 6:
        return f"{encoded_word(rng, name)} <{address}>"
    if form == 6:
        return f"{address} ({name})"
    if form == 7:
        return f'"{name}" <{address}> ({"(" * few(rng, 40)}'
    if form == 8:
        return f"<@relay.example,@b.example:{address}>"
    if form == 9:
        return f"{name}: {mailbox(rng)}, {rng.choice(ADDRESSES)};"
    return address if form == 10 else f"{name} <{address}"


def _mailboxes(rng: random.Random) -> str:
    between = rng.choice((", ", ",", ";", ",\r\n ", ",,", " "))
    return between.join(mailbox(rng) for _ in range(1 + few(rng, 12)))


def _subject(rng: random.Random) -> str:
    text = rng.choice(SENTENCES).replace("\n", " ")
    lead = rng.choice(
        (
            "",
            "",
            "Re: ",
            "AW: ",
            "Fwd: ",
            "Re[2]: ",
            "Automatic reply: ",
            "Out of Office: ",
            "[ACME-1042] ",
            "=?utf-8?q?Re=3A_?= ",
            "Undeliverable: " if chance(rng, 0.5) else "",
        )
    )
    return lead + (" ".join(encoded_word(rng, text) for _ in range(1 + few(rng, 6))) if chance(rng, 0.4) else text)


def message_id(rng: random.Random) -> str:
    """An id as Message-ID or References carry it."""
    form = rng.randrange(10)
    local = token(rng)
    if form < 6:
        return f"<{local}@mail.example.org>"
    return (
        f"<{local}@[192.0.2.1]>",
        f'<"{local} x"@example.org>',
        f"{local}@example.org",
        f"<{local}\r\n @example.org",
    )[form - 6]


def _ids(rng: random.Random) -> str:
    return rng.choice((" ", "\r\n ", ",", "")).join(message_id(rng) for _ in range(1 + few(rng, 60)))


def _one(*values: str) -> Writer:
    return lambda rng: rng.choice(values)


def _received(rng: random.Random) -> str:
    hop = f"from {token(rng)}.example ([192.0.2.{rng.randrange(300)}]) by mx.example with ESMTP id {token(rng)}"
    return f"{hop}; {rng.choice(DATES)}"


USUAL: Final[tuple[tuple[str, float, Writer], ...]] = (
    (
        "Return-Path",
        0.5,
        lambda rng: rng.choice((*("<ann@example.org>",) * 20, "<>", "<>", "", "<<>>", rng.choice(ADDRESSES))),
    ),
    ("Received", 0.7, _received),
    ("From", 0.97, lambda rng: rng.choice(MACHINES) if chance(rng, 0.05) else mailbox(rng)),
    ("To", 0.9, _mailboxes),
    ("Cc", 0.3, _mailboxes),
    ("Reply-To", 0.15, _mailboxes),
    ("Subject", 0.95, _subject),
    ("Date", 0.9, lambda rng: rng.choice(DATES)),
    ("Message-ID", 0.9, message_id),
    ("In-Reply-To", 0.35, _ids),
    ("References", 0.35, _ids),
    ("MIME-Version", 0.8, _one("1.0", "1.0 (by hand)", "2.0", "")),
)
"""Name, share of the mails that carry it, writer."""
SELDOM: Final[tuple[tuple[str, Writer], ...]] = (
    ("Auto-Submitted", _one("auto-replied", "auto-generated", "no", "auto-notified; owner-email=\"x\"", "")),
    ("Auto-Submitted", _one("AUTO-REPLIED (vacation)")),
    ("Precedence", _one("bulk", "list", "junk", "auto_reply", "first-class")),
    ("X-Auto-Response-Suppress", _one("All", "OOF", "DR, RN, NRN")), ("List-Id", _one("<a.list.example>", "x", "")),
    ("List-Unsubscribe", _one("<mailto:u@list.example>", "<https://list.example/u>")),
    ("X-Failed-Recipients", _mailboxes), ("X-Loop", mailbox), ("X-Deskgate-Team", _one("hr")), ("Sender", mailbox),
    ("Delivered-To", mailbox), ("Feedback-ID", _one("a:b:c")),
    ("Authentication-Results", _one("mx.example; dmarc=pass header.from=example.org", ";" * 300)),
    ("Authentication-Results", _one("mx.example; spf=pass (a (b) \\) smtp.mailfrom=x;;;")),
    ("X-Autoreply", _one("yes")), ("X-MS-Exchange-Inbox-Rules-Loop", mailbox),
    ("Disposition-Notification-To", mailbox), ("headers", _one("x")), ("Content-Language", _one("de", "en, fr")),
    ("X-Long", lambda rng: "long " * (few(rng, 15_000) + 1)), ("Thread-Index", _one("AdabcD==")),
    ("Subject", _subject), ("From", mailbox), ("Content-Type", _one("text/plain", "multipart/mixed")),
    ("Content-Transfer-Encoding", _one("base64", "quoted-printable")), ("References", _ids),
    ("X-Bytes", lambda rng: rng.randbytes(rng.randint(1, 60)).decode("latin-1")), ("Resent-From", mailbox),
    ("", _one("no name")),
)  # fmt: skip


def block(rng: random.Random, structural: list[tuple[str, str]]) -> list[bytes]:
    """The lines of a header block with the fields `structural` in it; not yet ended by an empty line."""
    fields = [(name, write(rng)) for name, share, write in USUAL if chance(rng, share)]
    fields += [(name, write(rng)) for name, write in rng.sample(SELDOM, few(rng, 8))]
    fields += structural
    if chance(rng, 0.1):
        rng.shuffle(fields)
    return [line(rng, name, value) for name, value in fields]


def line(rng: random.Random, name: str, value: str) -> bytes:
    """One field without the end of its last line."""
    odd = rng.random()
    if odd < 0.03:
        name = name.swapcase()
    colon = rng.choice((":", ": ", " : ", ":\r\n ", ":\t")) if odd < 0.06 else ": "
    if 0.06 < odd < 0.1 and len(value) > 20:
        at = rng.randrange(len(value))
        value = value[:at] + rng.choice(("\r\n ", "\r\n\t", "\r\n  \r\n ", "\n ", "\r\n")) + value[at:]
    return (name + colon + value).encode(rng.choice(("utf-8", "utf-8", "utf-8", "latin-1")), "replace")
