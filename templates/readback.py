"""Read a header block that we built, in a way that shares nothing with the writer, to see that it says what was meant.

It reads RFC 5322 fields, RFC 2047 words and address lists strictly: what it cannot read is not sent.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re

_WORDS = re.compile(r"=\?[^?]*\?[^?]*\?[^?]*\?=")
_ONE_WORD = re.compile(r"=\?utf-8\?([qb])\?([!->@-~]*)\?=")
_BETWEEN = re.compile(r"(\?=)\s+(?==\?)")
_FIELD_NAME = re.compile(r"[!-9;-~]+")


class Unreadable(ValueError):
    """The block cannot be read; the message says what is wrong with it."""


def fields(block: bytes) -> list[tuple[str, str]]:
    """Names and unfolded values of a header block that ends with CRLF.  Raises Unreadable."""
    if not block.isascii():
        raise Unreadable("a byte that is not ASCII")
    ends = block.count(b"\n")
    if not block.endswith(b"\r\n") or block.count(b"\r\n") != ends or block.count(b"\r") != ends:
        raise Unreadable("a line end that is not CRLF")
    found: list[tuple[str, str]] = []
    for line in block.decode("ascii")[:-2].split("\r\n"):
        if len(line) > 998:
            raise Unreadable("a line over 998 bytes")
        if not line.isprintable() or not line.strip():
            raise Unreadable("a control character, or a line that would end the header")
        if line[0] == " ":
            if not found:
                raise Unreadable("a folded line without a field")
            found[-1] = (found[-1][0], found[-1][1] + line)
            continue
        name, colon, value = line.partition(":")
        if not colon or not _FIELD_NAME.fullmatch(name):
            raise Unreadable("a line that is no field")
        found.append((name, value))
    return [(name, value.strip(" ")) for name, value in found]


def decoded(value: str) -> str:
    """A value with its encoded words read (RFC 2047); blanks between neighbouring words do not count."""
    if "=?" not in value:
        return value
    return _WORDS.sub(lambda word: _decoded_word(word[0]), _BETWEEN.sub(r"\1", value))


def _decoded_word(word: str) -> str:
    found = _ONE_WORD.fullmatch(word)
    if not found or len(word) > 75:
        raise Unreadable("an encoded word that is none")
    way, text = found.groups()
    try:
        if way == "b":
            return base64.b64decode(text, validate=True).decode("utf-8")
        return quopri.decodestring(text.encode("ascii"), header=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unreadable("an encoded word that cannot be decoded") from error


def mailboxes(value: str) -> list[tuple[str, str]]:
    """(name, address) of an address list; quotes and backslashes are read, no comments and no groups."""
    found: list[tuple[str, str]] = []
    for item in _split(value):
        text = item.strip(" ")
        if not text.endswith(">"):
            found.append(("", _address(text)))
            continue
        phrase, _, address = text[:-1].rpartition("<")
        phrase = phrase.strip(" ")
        name = _unquoted(phrase) if phrase.startswith('"') else decoded(phrase)
        found.append((name, _address(address)))
    return found


def _split(value: str) -> list[str]:
    """At commas outside quotes."""
    if '"' not in value and "\\" not in value:
        return value.split(",")
    items = [""]
    quoted = escaped = False
    for character in value:
        if character == "," and not quoted:
            items.append("")
            continue
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        items[-1] += character
    if quoted or escaped:
        raise Unreadable("a quoted name that does not end")
    return items


def _unquoted(phrase: str) -> str:
    inner = phrase[1:-1]
    if len(phrase) < 2 or phrase[-1] != '"' or re.search(r'(?<!\\)(?:\\\\)*"', inner):
        raise Unreadable("a quoted name with a quote inside")
    return re.sub(r"\\(.)", r"\1", inner)


def _address(text: str) -> str:
    if text.count("@") != 1 or re.search(r'[\s<>,;:"()\\]', text.partition("@")[0]):
        raise Unreadable("an address that is none")
    return text
