"""Throws generated and damaged mails at the reading and looks for anything that breaks its promises.

    python -m bench.fuzz_parse [--count 200000] [--seed 1] [--keep DIR]

A finding is: an exception inside the reading, more than 3 s for one mail, a text with NUL or lone surrogates, an empty
reply under a text, a value that is no JSON, an attachment that cannot be cut out again.  Prints the findings with the
seed of each mail, the times (p99 beside its limit of 60 ms per MB + 5 ms) and the growth of memory; exits 1 on findings.
The full campaign is ``--count 1000000``.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.mails import light
from parsers.as_json import as_json
from parsers.attachments import content
from parsers.message import Message
from parsers.parse import parse
from parsers.peek import peek

WORST = 3.0
"""Seconds of CPU for one mail, whatever its size."""

SNIPPETS: tuple[bytes, ...] = (
    b"Content-Type: multipart/mixed; boundary=x\r\n", b"\r\n--x\r\n", b"\r\n--x--\r\n", b"--", b"\r\n\r\n", b"\r",
    b"\n", b"\0",
    b"Content-Type: text/html; charset=gb2312\r\n", b"Content-Type: message/rfc822\r\n",
    b"Content-Type: text/calendar\r\n",
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: quoted-printable\r\n", b"=?utf-8?b?",
    b"?=", b"=?",
    b"=?iso-2022-jp?B?GyRCJUYbKEI=?=", b"\x1b$B", b"\x1b(B", b"<!--", b"<div>", b"<blockquote>", b"</div>",
    b"<table><tr><td>",
    b"> ", b">>>> ", b"On Mon, 2 Nov 2026 at 10:14, A <a@b.example> wrote:\r\n", b"-- \r\n", b"From: a@b.example\r\n",
    b"References: <a@b> <c@d>\r\n", b"<", b">", b'"', b"(", b")", b";", b",", b":", b"@", b"\\", b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"filename*0*=utf-8''%41", b"; filename=\"../../x\"",
    b"Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: x; a@b\r\n",
    b"Subject: =?undefined?q?x?=\r\n", b"begin 644 x\r\n",
    b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261101T090000Z\r\n",
    b"Content-Type: text/plain; format=flowed; delsp=yes\r\n", b"&#0;&#xD800;&amp;", b" " * 200, b"\t\r\n" * 20,
    b"a" * 1000,
)  # fmt: skip
STRUCTURED: tuple[bytes, ...] = (
    b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nTo: undisclosed-recipients:;\r\n"
    b"Subject: =?utf-8?b?R3LDvMOf?=\r\n =?utf-8?b?ZQ==?=\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"o\"\r\n\r\n--o\r\n"
    b"Content-Type: multipart/alternative; boundary=i\r\n"
    b"\r\n--i\r\nContent-Type: text/plain; charset=iso-8859-1; format=flowed\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Gr=FC=DFe \r\naus K=F6ln\r\n--i\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b"<p>Hi<blockquote type=cite>old</blockquote>\r\n"
    b"--i--\r\n--o\r\nContent-Type: application/pdf; name*=utf-8''%C3%A4.pdf\r\nContent-Disposition: attachment\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n"
    b"Subject: in\r\n\r\nx\r\n--o--\r\n",
    b"Return-Path: <>\r\nFrom: MAILER-DAEMON@example.org\r\nSubject: Undelivered Mail Returned to Sender\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\n"
    b"not delivered\r\n--b\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
    b"Final-Recipient: rfc822; a@example.com\r\nAction: failed\r\n"
    b"Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 unknown\r\n\r\n--b\r\n"
    b"Content-Type: text/rfc822-headers\r\n\r\n"
    b"Message-ID: <q@example.org>\r\n--b--\r\n",
    b"From: a@example.org\r\nSubject: Re: x\r\n\r\nYes.\r\n\r\n"
    b"On Mon, 2 Nov 2026 at 10:14, B <b@example.org> wrote:\r\n> one\r\n\r\nno\r\n> two\r\n",
    b"From: a@example.org\r\nContent-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\n"
    b"METHOD:REPLY\r\nBEGIN:VEVENT\r\nSUMMARY:Tea\r\n"
    b"DTSTART;TZID=Europe/Paris:20261101T100000\r\n"
    b"ATTENDEE;PARTSTAT=ACCEPTED;CN=\"A, B\":mailto:a@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
)  # fmt: skip


@dataclass
class Result:
    """What a campaign found."""

    findings: list[str] = field(default_factory=list)
    excess: list[float] = field(default_factory=list)
    """Seconds over or (negative) under the limit of p99, per mail."""
    worst: float = 0.0


def mails(count: int, seed: int) -> Iterator[tuple[int, bytes]]:
    """`count` damaged mails, each with the seed that makes it again."""
    stock = [*STRUCTURED, *light(40, seed)]
    for number in range(count):
        own = seed * 10_000_000 + number
        yield own, damaged(random.Random(own), stock)


def damaged(rng: random.Random, stock: list[bytes]) -> bytes:
    """One mail of the stock, or two crossed, with up to twelve injuries."""
    raw = bytearray(rng.choice(stock))
    if rng.random() < 0.2:
        other = rng.choice(stock)
        raw[rng.randrange(len(raw)) :] = other[rng.randrange(len(other)) :]
    for _ in range(rng.randint(0, 12)):
        injure(rng, raw)
    return bytes(raw)


def injure(rng: random.Random, raw: bytearray) -> None:
    """Changes `raw` in one place: bytes, a snippet, a piece taken out, repeated or moved."""
    at = rng.randrange(len(raw) + 1)
    sort = rng.random()
    if sort < 0.25:
        raw[at : at + rng.randint(0, 4)] = rng.randbytes(rng.randint(0, 4))
    elif sort < 0.7:
        raw[at:at] = rng.choice(SNIPPETS) * (rng.randint(1, 40) if rng.random() < 0.15 else 1)
    elif sort < 0.8:
        del raw[at : at + rng.randint(1, 200)]
    elif sort < 0.9:
        piece = bytes(raw[at : at + rng.randint(1, 300)])
        raw[at:at] = piece * rng.randint(1, 20)
    else:
        piece = bytes(raw[at : at + rng.randint(1, 300)])
        to = rng.randrange(len(raw) + 1)
        raw[to:to] = piece


def examine(raw: bytes, result: Result) -> str:
    """Reads one mail; gives the promise it broke, or ""."""
    start = time.process_time()
    message = parse(raw)
    taken = time.process_time() - start
    result.worst = max(result.worst, taken)
    result.excess.append(taken - (0.060 * len(raw) / 1e6 + 0.005))
    if taken > WORST:
        return f"{taken:.1f} s"
    return broken(raw, message)


def broken(raw: bytes, message: Message) -> str:
    """The promise that a reading broke, or ""."""
    internal = [one for one in message.defects if one.startswith("limit: internal")]
    if internal:
        return internal[0]
    if message.text.strip() and not message.reply.strip():
        return "the reply is empty though the text is not"
    try:
        json.dumps(as_json(message), ensure_ascii=False).encode("utf-8")
    except (TypeError, ValueError) as error:
        return f"no JSON: {error}"
    if "\0" in message.text or "\0" in message.subject:
        return "NUL in the text"
    for one in message.attachments[:3]:
        found = content(raw, one.index)
        if found is None or len(found) != one.size:
            return f"attachment {one.index} cannot be cut out again"
    peek(raw)
    return ""


def main() -> int:
    """Runs a campaign and prints what it found."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    arguments.add_argument("--count", type=int, default=200_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--keep", type=Path, help="a folder for the mails that broke something")
    chosen = arguments.parse_args()
    result = Result()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for own, raw in mails(chosen.count, chosen.seed):
        finding = examine(raw, result)
        if finding:
            result.findings.append(f"seed {own}: {finding}")
            print(result.findings[-1])
            if chosen.keep:
                (chosen.keep / f"{own}.eml").write_bytes(raw)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    p99 = sorted(result.excess)[int(len(result.excess) * 0.99)] * 1000
    print(f"{chosen.count} mails, seed {chosen.seed}: {len(result.findings)} findings")
    print(f"p99 is {-p99:.1f} ms under its limit, worst {result.worst * 1000:.1f} ms, memory grew by {grown:.0f} MB")
    return 1 if result.findings or p99 > 0 else 0


if __name__ == "__main__":
    sys.exit(main())
