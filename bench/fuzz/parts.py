"""MIME trees: parts in parts, with boundaries, encodings, charsets and names that are right, nearly right and absurd."""

from __future__ import annotations

import base64
import binascii
import quopri
import random
from typing import Final

from bench.fuzz import markup, writing
from bench.fuzz.envelopes import signed
from bench.fuzz.fields import block, line
from bench.fuzz.winmail import winmail
from bench.fuzz.words import CHARSETS, EOLS, NAMES, chance, encoded, encoded_word, few, prose, token

ENCODINGS: Final = (
    "7bit", "8bit", "base64", "quoted-printable", "BASE64", "base64 (by hand)", "\"base64\"", "x-uuencode", "binary",
    "x-unknown", "base64; x", "quoted-printable\r\n", "", "utf-8",
)  # fmt: skip
FILES: Final = (
    "application/pdf", "image/png", "application/octet-stream", "application/ms-tnef",
    "application/pkcs7-mime; smime-type=signed-data", "application/pgp-encrypted", "application/zip", "text/csv",
    "text/calendar; method=REPLY", "application/ics", "text/rfc822-headers", "text/x-amp-html", "text/html",
    "text/plain", "message/external-body; access-type=URL; URL=\"http://t.example\"",
    "message/partial; number=1; total=2; id=x", "audio/mpeg", "x", "/", "text/", "text plain", "TEXT/PLAIN; charset",
    "application/" + "x" * 300,
)  # fmt: skip
FILE_NAMES: Final = (
    "report.pdf", "../../etc/passwd", "C:\\boot.ini", "con.txt", "a\u202egpj.exe", "x" * 400 + ".pdf", "", ".", "...",
    " ", "naïve résumé.doc", "日本語.txt", "%2e%2e%2fx", "a\x00b.txt", "a\r\nX: y.txt", "\u200b.txt", "\u2215etc\u2215x",
    "aux", "a:b|c?.txt", "e\u0301" * 120 + ".x", "👨‍👩‍👧‍👦" * 30, "winmail.dat", "x." + "y" * 200,
    "\ud800".encode("utf-8", "replace").decode(), "\u2066x\u2069.txt", "nul.", "LPT1 .txt", "‥／x",
)  # fmt: skip
SUBTYPES: Final = (
    ("mixed", 30), ("alternative", 25), ("related", 12), ("report; report-type=delivery-status", 5),
    ("signed; protocol=\"application/pgp-signature\"", 5), ("encrypted", 3), ("digest", 5),
    ("report; report-type=disposition-notification", 2), ("appledouble", 1), ("x-unknown", 3), ("", 1),
    ("form-data", 1),
)  # fmt: skip


def mail(rng: random.Random) -> bytes:
    """A whole mail."""
    end = rng.choice(EOLS)
    fields, body = entity(rng, rng.choice((0, 0, 0, 1, 1, 1, 2, 2, 3, 6)), end)
    head = block(rng, fields)
    if chance(rng, 0.02):
        head.insert(0, b"From ann@example.org Mon Nov  2 10:14:00 2026")
    if chance(rng, 0.01):
        head.insert(
            rng.randrange(len(head) + 1),
            rng.choice((b"no colon here", b" folded into nothing", b"\xef\xbb\xbf", b":", b"\0: \0")),
        )
    raw = (end.join(head) + end + end + body).replace(b"\r\n", end)
    return raw if chance(rng, 0.97) else b"\xef\xbb\xbf" + raw


def entity(rng: random.Random, depth: int, end: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """The structural fields and the body of a part with at most `depth` levels below it."""
    if depth > 0 and chance(rng, 0.85):
        return _multipart(rng, depth, end)
    sort = rng.random()
    if sort < 0.42:
        return _text(
            rng,
            "plain",
            rng.choice(("", "", "", "; format=flowed", "; format=flowed; delsp=yes", "; x=" + "y" * 50)),
            writing.text(rng),
        )
    if sort < 0.65:
        return _text(rng, "html", "", markup.document(rng))
    if sort < 0.7:
        return _text(rng, "calendar", "; method=" + rng.choice(("REQUEST", "REPLY", "")), writing.calendar(rng))
    if sort < 0.78:
        return _attached_mail(rng, depth, end)
    if sort < 0.83:
        return _report(rng)
    if sort < 0.85:
        return _winmail(rng)
    if sort < 0.87:
        return _envelope(rng, depth, end)
    return _file(rng)


def _text(rng: random.Random, subtype: str, more: str, words: str) -> tuple[list[tuple[str, str]], bytes]:
    charset = rng.choice(CHARSETS) if chance(rng, 0.4) else "utf-8"
    stated = charset if chance(rng, 0.9) else rng.choice(CHARSETS)
    content = encoded(rng, words.replace("\n", "\r\n"), charset)
    if chance(rng, 0.03):
        content += rng.choice((b"\x1b$B!!", b"\x1b(B", b"\0\0", b"\xff\xfe", rng.randbytes(40), b"\xed\xa0\x80"))
    kind = f"text/{subtype}; charset={stated}{more}" if chance(rng, 0.92) else f"text/{subtype}{more}"
    fields, body = _encoded(rng, content)
    fields.append(("Content-Type", kind))
    if chance(rng, 0.1):
        fields.append(("Content-Disposition", _disposition(rng)))
    return fields, body


def _encoded(rng: random.Random, content: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """The content under a transfer encoding, which one mail in twenty states wrongly."""
    choice = rng.random()
    name = rng.choice(ENCODINGS)
    if choice < 0.3:
        name, content = "base64", _noisy(rng, base64.encodebytes(content).replace(b"\n", b"\r\n"))
    elif choice < 0.6:
        name, content = "quoted-printable", _qp(rng, content)
    elif choice < 0.65:
        name, content = (
            "x-uuencode",
            b"begin 644 x\r\n"
            + b"".join(binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45))
            + b"`\r\nend\r\n",
        )
    elif choice < 0.95:
        name = "8bit"
    if name == "8bit" and chance(rng, 0.4):
        return [], content
    return [("Content-Transfer-Encoding", name)], content


def _noisy(rng: random.Random, body: bytes) -> bytes:
    odd = rng.random()
    if odd < 0.04:
        return body.rstrip(b"=\r\n")
    if odd < 0.08:
        return body + rng.choice(
            (b"====", b"\r\n-- \r\nlist footer\r\n", b"!!!!", base64.b64encode(b"more"), b"=\r\n=")
        )
    if odd < 0.11 and body:
        at = rng.randrange(len(body))
        return body[:at] + rng.choice((b"=", b"\0", b"  ", b"\xff", b"-")) + body[at:]
    return body if odd < 0.97 else body.replace(b"\r\n", b"")


def _qp(rng: random.Random, content: bytes) -> bytes:
    body = quopri.encodestring(content).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n").replace(b"=0D\r\n", b"\r\n")
    if chance(rng, 0.06):
        at = rng.randrange(len(body) + 1)
        body = (
            body[:at]
            + rng.choice((b"=", b"=Z", b"=4", b"=\r\n" * 20, b"= \r\n", b"=\r\r\n", b"\xff", b"=00"))
            + body[at:]
        )
    return body


def _disposition(rng: random.Random) -> str:
    kind = rng.choice(
        ("attachment", "attachment", "inline", "", "form-data", "ATTACHMENT", "attachment;" + ";" * few(rng, 60))
    )
    return kind + _named(rng, "filename")


def _named(rng: random.Random, key: str) -> str:
    """A file name as a parameter: quoted, bare, in sections, in words (RFC 2183, 2231, 2047)."""
    name = rng.choice(FILE_NAMES)
    form = rng.randrange(8)
    if form == 0:
        return ""
    if form < 3:
        return f'; {key}="{name}"'
    if form == 3:
        return f"; {key}={name}"
    escaped = "".join(f"%{byte:02X}" for byte in name.encode())
    if form == 4:
        return f"; {key}*={rng.choice(CHARSETS)}'en'{escaped}"
    if form == 5:
        pieces = [escaped[at : at + 30] for at in range(0, len(escaped), 30)]
        rng.shuffle(pieces)
        return "".join(f";\r\n {key}*{at}{rng.choice(('*', ''))}={piece}" for at, piece in enumerate(pieces))
    return f'; {key}="{encoded_word(rng, name)}"' if form == 6 else f"; {key}=\"{name}; {key}*0=x; {key}*0*=utf-8''%zz"


def _file(rng: random.Random) -> tuple[list[tuple[str, str]], bytes]:
    content = rng.randbytes(few(rng, 2000)) if chance(rng, 0.7) else writing.text(rng).encode("utf-8", "replace")
    fields, body = _encoded(rng, content)
    fields.append(("Content-Type", rng.choice(FILES) + (_named(rng, "name") if chance(rng, 0.5) else "")))
    if chance(rng, 0.8):
        fields.append(("Content-Disposition", _disposition(rng)))
    if chance(rng, 0.2):
        fields.append(("Content-ID", rng.choice(("<a@b>", "<>", "a b", "<" + "i" * 2000 + ">", "<%00>"))))
    return fields, body


def _winmail(rng: random.Random) -> tuple[list[tuple[str, str]], bytes]:
    kind = rng.choice(("application/ms-tnef", "application/octet-stream", "application/vnd.ms-tnef"))
    content = base64.encodebytes(winmail(rng)).replace(b"\n", b"\r\n")
    return [("Content-Type", f'{kind}; name="winmail.dat"'), ("Content-Transfer-Encoding", "base64")], content


def _envelope(rng: random.Random, depth: int, end: bytes) -> tuple[list[tuple[str, str]], bytes]:
    fields, body = entity(rng, max(0, depth - 1), end)
    inner = b"\r\n".join(line(rng, name, value) for name, value in fields) + b"\r\n\r\n" + body
    kind = rng.choice(("application/pkcs7-mime", "application/x-pkcs7-mime")) + rng.choice(
        ("; smime-type=signed-data", "")
    )
    content = base64.encodebytes(signed(rng, inner)).replace(b"\n", b"\r\n")
    return [("Content-Type", f'{kind}; name="smime.p7m"'), ("Content-Transfer-Encoding", "base64")], content


def _attached_mail(rng: random.Random, depth: int, end: bytes) -> tuple[list[tuple[str, str]], bytes]:
    fields, body = entity(rng, max(0, depth - 1), end)
    whole = b"\r\n".join(block(rng, fields)) + b"\r\n\r\n" + body
    kind = rng.choice(("message/rfc822", "message/rfc822", "message/global", "text/rfc822-headers", "message/news"))
    if chance(rng, 0.1):
        return [("Content-Type", kind), ("Content-Transfer-Encoding", "base64")], base64.encodebytes(whole)
    return [("Content-Type", kind)], whole


def _report(rng: random.Random) -> tuple[list[tuple[str, str]], bytes]:
    kind = rng.choice(
        (
            "message/delivery-status",
            "message/delivery-status",
            "message/disposition-notification",
            "message/feedback-report",
            "message/global-delivery-status",
            "text/rfc822-headers",
        )
    )
    return [("Content-Type", kind)], writing.status(rng).replace("\n", "\r\n").encode("utf-8", "replace")


def _multipart(rng: random.Random, depth: int, end: bytes) -> tuple[list[tuple[str, str]], bytes]:
    subtype = rng.choices([one for one, _ in SUBTYPES], [share for _, share in SUBTYPES])[0]
    boundary = _boundary(rng)
    stated = (
        boundary
        if chance(rng, 0.97)
        else rng.choice(("", boundary + " ", boundary[:-1], boundary.upper(), "no such line"))
    )
    quote = rng.choice(('"', '"', '"', "", "'"))
    out: list[bytes] = [prose(rng, few(rng, 3)).encode("utf-8", "replace")] if chance(rng, 0.2) else []
    delimiter = b"--" + boundary.encode("utf-8", "replace")
    count = rng.choice((0, 1, 1, 2, 2, 2, 2, 3, 3, 5))
    deep = rng.randrange(count + 1)  # one child goes on downwards, else trees grow beyond all measure
    for at in range(count):
        fields, body = entity(rng, depth - 1 if at == deep else min(depth - 1, few(rng, 2)), end)
        head = b"\r\n".join(line(rng, name, value) for name, value in fields)
        out.append(delimiter + rng.choice((b"",) * 20 + (b" ", b"\t ", b"-", b"x")))
        out.append(head + b"\r\n\r\n" + body if chance(rng, 0.97) else rng.choice((head, body, b"", b"\r\n" + head)))
    if chance(rng, 0.93):
        out.append(delimiter + b"--" + rng.choice((b"",) * 20 + (b" ", b"--", b"x")))
    if chance(rng, 0.15):
        out.append(rng.choice((b"epilogue", b"", delimiter, prose(rng, 2).encode("utf-8", "replace"))))
    return [("Content-Type", f"multipart/{subtype}; boundary={quote}{stated}{quote}")], b"\r\n".join(out)


def _boundary(rng: random.Random) -> str:
    """Boundaries that begin like each other are what parsers confuse."""
    form = rng.random()
    if form < 0.5:
        return f"=_{token(rng)}"
    if form < 0.8:
        return rng.choice(
            ("b", "b", "bb", "b-", "b--", "-b", "--", "-", "x" * 70, "b b", "b'", "(b)", "é", "=_b", "b" * 250, "0")
        )
    return "b" * rng.randint(1, 6) if form < 0.95 else rng.choice(NAMES)[:60]
