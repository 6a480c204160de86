"""The text of a header value: unfolded, RFC 2047 words decoded, raw 8-bit understood; bounded and linear.

Tolerant where programs err: words that split a character are joined before decoding, blanks inside a word and missing
blanks round it are accepted, and a language (RFC 2231 5) is ignored.
"""

from __future__ import annotations

import binascii
import re
from typing import Final

from parsers import charset, transfer
from parsers.limits import LIMITS, Limits

_WORD: Final = re.compile(r"=\?([\w.:()+-]{1,60})(?:\*[\w-]{0,20})?\?([bBqQ])\?", re.ASCII)
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def decoded(value: bytes, hint: str = "", limits: Limits = LIMITS) -> str:
    """The text of a whole unstructured value (RFC 5322 3.6.5).  `hint` is the charset for raw 8-bit."""
    text = unfolded(value, hint)
    return encoded_words(text, limits) if "=?" in text else text


def unfolded(value: bytes, hint: str = "") -> str:
    """One line of text; encoded words are left as they are."""
    plain = value.isascii() and b"\x1b" not in value
    text = value.decode("ascii") if plain else charset.decode(value, hint).text
    text = _in_one_line(text)
    return text if text.isprintable() else _CONTROL.sub("\ufffd", text)


def _in_one_line(text: str) -> str:
    """Each line end, and the blanks round it, becomes one blank."""
    if "\n" in text:
        first, *folded = text.split("\n")
        last = folded.pop().lstrip(" \t")
        middle = [line.removesuffix("\r").strip(" \t") for line in folded]
        text = " ".join((first.removesuffix("\r").rstrip(" \t"), *filter(None, middle), last))
    return text.replace("\r", " ")


def encoded_words(text: str, limits: Limits = LIMITS) -> str:
    """`text` with its RFC 2047 words decoded, at most as many as the limit allows."""
    out: list[str] = []
    run: list[tuple[str, str]] = []  # adjacent words of one charset, decoded together: they may split a character
    run_charset = ""
    position = 0
    for _ in range(limits.encoded_words):
        start = text.find("=?", position)
        word = _WORD.match(text, start) if start >= 0 else None
        while start >= 0 and word is None:
            start = text.find("=?", start + 2)
            word = _WORD.match(text, start) if start >= 0 else None
        end = text.find("?=", word.end()) if word else -1
        if word is None or end < 0:
            break
        between = text[position:start]
        if run and (between.strip(" \t") or word[1].lower() != run_charset):
            out.append(charset.decode(_contents(run), run_charset).text)
            run = []
            between = between if between.strip(" \t") else ""
        elif run:
            between = ""
        out.append(between)
        run_charset = word[1].lower()
        run.append((text[word.end() : end], word[2]))
        position = end + 2
    if run:
        out.append(charset.decode(_contents(run), run_charset).text)
    out.append(text[position:])
    joined = _in_one_line("".join(out))
    return joined if joined.isprintable() else _CONTROL.sub("\ufffd", joined)


def _contents(run: list[tuple[str, str]]) -> bytes:
    """The bytes of adjacent words.  Some programs cut finished base64 anywhere: its pieces make sense only together."""
    cut = any(len(text) % 4 and not text.endswith("=") for text, _ in run[:-1])
    if cut and all(encoding in "bB" for _, encoding in run):
        return _content("".join(text for text, _ in run), "b")
    return b"".join(_content(text, encoding) for text, encoding in run)


def _content(text: str, encoding: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "bB":
        return transfer.base64(data)[0]
    return binascii.a2b_qp(data, header=True)
