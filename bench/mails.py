"""Makes the two sets of mails that every benchmark uses, the same bytes for the same seed.

`light`: 60 parts short plain text to 25 parts text and HTML with quotes.  `mixed`: 60 % short plain text, 25 % text and
HTML, 10 % with a 100 KB attachment, 5 % with a 2 MB attachment.  30 % of the mails are replies to an earlier mail of the
set.  Every mail is well-formed RFC 5322 with CRLF line ends.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass

WORDS = [
    "printer", "laptop", "password", "meeting", "account", "invoice", "screen", "the", "a", "my", "our", "please",
    "help", "with", "since", "yesterday", "cannot", "open", "login", "server", "folder", "shared", "team", "holiday",
    "payroll", "question", "urgent", "when", "will", "it", "be", "ready", "thank", "you", "regards", "new", "update",
    "broken", "office", "network", "phone", "number", "office", "door", "key", "card", "form", "signed", "attached",
    "see", "below", "again", "still", "not",
]  # fmt: skip
NAMES = (
    "Ann Archer",
    "Björn Lind",
    "Chloé Martin",
    "Dmitri Orlov",
    "Eve Stone",
    "Farid Aziz",
    "Grete Maier",
    "Hana Sato",
)
SHARES = (("plain", 60), ("both", 25), ("small", 10), ("large", 5))
SIZES = {"small": 100_000, "large": 2_000_000}


@dataclass(frozen=True)
class Written:
    """What a later mail of the set needs to answer this one."""

    message_id: str
    subject: str
    author: str
    text: str
    references: tuple[str, ...]


def light(count: int, seed: int) -> Iterator[bytes]:
    """`count` mails without attachments."""
    return _mails(count, seed, SHARES[:2])


def mixed(count: int, seed: int) -> Iterator[bytes]:
    """`count` mails, 15 % of them with an attachment."""
    return _mails(count, seed, SHARES)


def _mails(count: int, seed: int, shares: tuple[tuple[str, int], ...]) -> Iterator[bytes]:
    rng = random.Random(seed)
    blob = rng.randbytes(SIZES["large"])
    past: list[Written] = []
    for number in range(count):
        sort = rng.choices([name for name, _ in shares], [share for _, share in shares])[0]
        parent = rng.choice(past) if past and rng.random() < 0.3 else None
        written = _written(rng, seed, number, parent)
        yield _mail(rng, sort, written, parent, blob)
        past = [*past[-49:], written]


def _written(rng: random.Random, seed: int, number: int, parent: Written | None) -> Written:
    subject = f"Re: {parent.subject.removeprefix('Re: ')}" if parent else _sentence(rng, 3, 8)[:-1]
    text = "\r\n\r\n".join(
        " ".join(_sentence(rng, 5, 14) for _ in range(rng.randint(1, 4))) for _ in range(rng.randint(1, 4))
    )
    references = (*parent.references[-8:], parent.message_id) if parent else ()
    author = parent.author if parent else rng.choice(NAMES)  # whoever replies takes part already
    return Written(f"{seed}.{number}.{rng.getrandbits(64):016x}@mail.example.org", subject, author, text, references)


def _sentence(rng: random.Random, least: int, most: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(least, most))).capitalize() + "."


def _wrapped(text: str) -> str:
    lines = []
    for paragraph in text.split("\r\n"):
        line = ""
        for word in paragraph.split(" "):
            if line and len(line) + len(word) > 72:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return "\r\n".join(lines)


def _plain(written: Written, parent: Written | None) -> str:
    text = f"Hello,\r\n\r\n{_wrapped(written.text)}\r\n\r\nBest regards\r\n{written.author}\r\n"
    if parent:
        quoted = "\r\n".join(f"> {line}" for line in _wrapped(parent.text).split("\r\n"))
        text += f"\r\nOn Mon, 2 Nov 2026 at 10:14, {parent.author} <{_address(parent.author)}> wrote:\r\n{quoted}\r\n"
    return text


def _html(written: Written, parent: Written | None) -> str:
    paragraphs = "".join(f"<div>{paragraph}</div><div><br></div>\r\n" for paragraph in written.text.split("\r\n\r\n"))
    quote = ""
    if parent:
        quote = (
            '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, 2 Nov 2026 at 10:14, '
            f"{parent.author} &lt;{_address(parent.author)}&gt; wrote:<br></div>"
            '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204)">'
            + parent.text.replace("\r\n\r\n", "<br>\r\n<br>\r\n")
            + "</blockquote></div>"
        )
    return (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>'
        f'<div dir="ltr"><div>Hello,</div><div><br></div>{paragraphs}<div>Best regards</div>'
        f"<div>{written.author}</div></div>{quote}</body></html>\r\n"
    )


def _address(author: str) -> str:
    return author.lower().replace(" ", ".").encode("ascii", "ignore").decode() + "@example.org"


def _name(author: str) -> str:
    return author if author.isascii() else f"=?utf-8?b?{base64.b64encode(author.encode()).decode()}?="


def _mail(rng: random.Random, sort: str, written: Written, parent: Written | None, blob: bytes) -> bytes:
    boundary = f"=_{rng.getrandbits(80):020x}"
    fields = [
        "Return-Path: <" + _address(written.author) + ">",
        "Received: from mail.example.org (mail.example.org [192.0.2.17]) by mx.example.com (Postfix) with ESMTPS id"
        f" {rng.getrandbits(40):010X}\r\n\tfor <it@example.com>; Mon, 2 Nov 2026 10:{rng.randint(10, 59)}:12 +0000 (UTC)",
        f"From: {_name(written.author)} <{_address(written.author)}>",
        "To: IT Service Desk <it@example.com>",
        f"Subject: {written.subject}",
        f"Date: Mon, 2 Nov 2026 10:{rng.randint(10, 59)}:09 +0000",
        f"Message-ID: <{written.message_id}>",
        "MIME-Version: 1.0",
        "User-Agent: Mozilla Thunderbird",
    ]
    if parent:
        fields.append(f"In-Reply-To: <{parent.message_id}>")
        fields.append("References: " + "\r\n ".join(f"<{one}>" for one in written.references))
    text = _part("text/plain", _plain(written, parent))
    if sort == "plain":
        return _joined(fields, text)
    both = _multipart("alternative", boundary + "a", [text, _part("text/html", _html(written, parent))])
    if sort == "both":
        return _joined(fields, both)
    start = rng.randrange(1000)
    content = base64.encodebytes(blob[start : SIZES[sort] - 1000 + start]).replace(b"\n", b"\r\n")
    name = f"report-{rng.randint(1, 99)}.pdf"
    head = (
        f'Content-Type: application/pdf; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    )
    return _joined(fields, _multipart("mixed", boundary + "m", [both, head.encode() + content]))


def _part(content_type: str, text: str) -> bytes:
    encoding = "7bit" if text.isascii() else "8bit"
    head = f"Content-Type: {content_type}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + text.encode()


def _multipart(subtype: str, boundary: str, parts: list[bytes]) -> bytes:
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'
    delimiter = f"--{boundary}\r\n".encode()
    return head.encode() + b"".join(delimiter + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()


def _joined(fields: list[str], entity: bytes) -> bytes:
    return "\r\n".join(fields).encode() + b"\r\n" + entity
