"""What the made-up mails are made of: names, sentences, addresses, dates, charsets, ordinary ones and impossible ones.

Everything here takes its choices from the `random.Random` it is given, so that the same number makes the same mail.
"""

from __future__ import annotations

import base64
import quopri
import random
from typing import Final

SENTENCES: Final = (
    "The printer on the third floor is on strike.", "Could you look at it before Friday?", "Danke, das geht jetzt.",
    "Merci beaucoup, ça marche à nouveau.", "Das Paßwort ist abgelaufen; wer hilft?", "パスワードを忘れました。",
    "打印机又坏了，请帮忙。",
    "Не могу войти в систему.", "לא מצליח להתחבר למערכת.", "لا أستطيع فتح الملف.", "문서가 열리지 않습니다.", "Yes.",
    "No, not yet.", "see https://example.org/a?b=c&d=%41 for more", "Regards", "Ok 👍🏽 fine",
    "e\u0301e\u0301 \u200b\u200d\ufeff", "\u202eevil\u202c txt", "Ticket [ACME-1042] please", "1. one\n2. two",
    "-----", "___________", "* * *", "From here on it fails", "On the whole I wrote: nothing", "> not a quote? yes",
    "Sent", "http://[::1]/ mailto:x@example.org", "\x1b[31mred\x1b[0m", "a\tb\vc\fd",
)  # fmt: skip
NAMES: Final = (
    "Ann Archer", "Björn Lind", "Chloé Martin", "О. Орлова", "王小明", "\"O'Neil, Pat\"", "d'Arcy (IT)", "a@b", "=?x?=",
    "", "IT Service Desk", "undisclosed", "Müller\u2028Zeile", "N" * 300, "<b>Bob</b>", "\u202eanna",
    "Jörg \\\"J\\\" K",
)  # fmt: skip
ADDRESSES: Final = (
    "ann@example.org", "bjorn.lind@example.com", "it+t2abc-def-ghi@desk.example", "\"a b\"@example.org",
    "a@[192.0.2.1]", "x@", "@y", "a@b@c", "no-reply@example.org", "jörg@bücher.example", "a..b@example.org",
    "a@xn--bcher-kva.example", "a" * 70 + "@example.org", "a@" + "b." * 130 + "org", "undisclosed-recipients:;",
    "root", "a@example.org,b@example.org", "%41@example.org", "\"\"@example.org",
)  # fmt: skip
MACHINES: Final = (
    "MAILER-DAEMON@mx.example.net", "Mail Delivery Subsystem <postmaster@example.org>", "<>",
    "Mail Delivery System <MAILER-DAEMON>", "postmaster@example.org",
)  # fmt: skip
"""Who reports that mail did not arrive; one mail in twenty comes from them."""
CHARSETS: Final = (
    "utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "windows-1251", "koi8-r", "gb2312", "gbk",
    "gb18030", "big5", "euc-kr", "shift_jis", "iso-2022-jp", "iso-2022-kr", "euc-jp", "utf-16", "utf-16le", "utf-32",
    "utf-7", "unicode_escape", "undefined", "punycode", "idna", "zlib", "hex", "rot13", "raw_unicode_escape",
    "x-unknown", "", "cp437", "mac-roman", "utf8", "UTF_8", "\"utf-8", "ks_c_5601-1987", "hz-gb-2312", "iso-8859-8-i",
    "binary", "utf-8\x00", "utf-8" * 50, "macintosh", "tis-620", "cp65001", "mbcs", "ebcdic-cp-us",
)  # fmt: skip
DATES: Final = (
    "Mon, 2 Nov 2026 10:14:00 +0000", "2 Nov 26 10:14 EST", "Mon, 02 Nov 2026 10:14:00 +9999",
    "Thu, 1 Jan 1970 00:00:00 -0000", "Fri, 31 Feb 2026 25:61:61 +0100", "Mon, 2 Nov 99999 10:14:00 +0000", "now", "",
    "2026-11-02T10:14:00Z", "Mon, 2 Nov 2026 10:14:00 +0000 (a (b (c", "1" * 400, "Mon, 2 Nov 0000 10:14:00 -2400",
    "Mon, -2 Nov 2026 10:14:00 +00:00", "Tue, 29 Feb 2028 23:59:60 +1400",
)  # fmt: skip
EOLS: Final = (b"\r\n",) * 40 + (b"\n",) * 8 + (b"\r", b"\n\r", b"\r\r\n")


def chance(rng: random.Random, share: float) -> bool:
    """True in this share of the cases."""
    return rng.random() < share


def few(rng: random.Random, most: int) -> int:
    """A number from 0 to `most`, small ones far more often."""
    return min(most, int((most + 1) * rng.random() ** 3))


def prose(rng: random.Random, lines: int) -> str:
    """Lines of words, wrapped anyhow, now and then with an empty one."""
    return "\n".join("" if chance(rng, 0.15) else _line(rng) for _ in range(lines))


def _line(rng: random.Random) -> str:
    text = " ".join(rng.choice(SENTENCES) for _ in range(1 + few(rng, 4)))
    if chance(rng, 0.02):
        text = text * (2 + few(rng, 40))
    return " " * rng.choice((0, 0, 0, 0, 1, 4)) + text + " " * rng.choice((0, 0, 0, 0, 1, 2))


def encoded_word(rng: random.Random, text: str) -> str:
    """`text` as RFC 2047 words, right or nearly right."""
    charset = rng.choice(CHARSETS) if chance(rng, 0.3) else "utf-8"
    body = encoded(rng, text, charset)
    if chance(rng, 0.5):
        inner = base64.b64encode(body).decode()
        inner = inner.rstrip("=") if chance(rng, 0.2) else inner
        word = f"=?{charset}?{rng.choice('bB')}?{inner}?="
    else:
        inner = quopri.encodestring(body, header=True).decode().replace("\n", "")
        word = f"=?{charset}{rng.choice(('', '', '', '*en'))}?{rng.choice('qQ')}?{inner}?="
    return word if chance(rng, 0.92) else word[: rng.randrange(len(word) + 1)]


def encoded(rng: random.Random, text: str, charset: str) -> bytes:
    """`text` in `charset` where that exists and can, else in another: mails lie about it."""
    try:
        if charset in (
            "zlib",
            "hex",
            "rot13",
            "undefined",
            "idna",
            "punycode",
            "unicode_escape",
            "raw_unicode_escape",
        ) or chance(rng, 0.04):
            return text.encode("utf-8", "replace")
        return text.encode(charset, "replace")
    except (LookupError, UnicodeError, ValueError):
        return text.encode(rng.choice(("utf-8", "latin-1", "utf-16")), "replace")


def token(rng: random.Random) -> str:
    """A short random word for ids and boundaries."""
    return f"{rng.getrandbits(40):x}"
