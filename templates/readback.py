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
_QUOTE_INSIDE = re.compile(r'(?<!\\)(?:\\\\)*"')
_NOT_IN_A_LOCAL_PART = re.compile(r'[\s<>,;:"()\\]')
_FIELD = re.compile(r"([!-9;-~]+):([ -~]*)\r\n((?: +[!-~][ -~]*\r\n)*)")
"""One field and its folded lines.  None of these is blank: some readers would take it for the end of the header."""
_LONGEST_LINE = 998


class Unreadable(ValueError):
    """The block cannot be read; the message says what is wrong with it."""


def fields(block: bytes) -> list[tuple[str, str]]:
    """Names and unfolded values of a header block that ends with CRLF.  Raises Unreadable."""
    if not block.isascii():
        raise Unreadable("a byte that is not ASCII")
    if not block.endswith(b"\r\n"):
        raise Unreadable("a line end that is not CRLF")
    if len(block) > _LONGEST_LINE and max(map(len, block.split(b"\r\n"))) > _LONGEST_LINE:
        raise Unreadable(f"a line over {_LONGEST_LINE} bytes")
    text, at = block.decode("ascii"), 0
    found: list[tuple[str, str]] = []
    while at < len(text):
        field = _FIELD.match(text, at)
        if field is None:
            raise Unreadable("a line that is no field: no name, a control character, a blank line, a fold of nothing")
        name, value, folds = field.groups()
        found.append((name, (value + folds.replace("\r\n", "") if folds else value).strip(" ")))
        at = field.end()
    return found


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
    if len(phrase) < 2 or phrase[-1] != '"' or _QUOTE_INSIDE.search(inner):
        raise Unreadable("a quoted name with a quote inside")
    return re.sub(r"\\(.)", r"\1", inner)


def _address(text: str) -> str:
    if text.count("@") != 1 or _NOT_IN_A_LOCAL_PART.search(text.partition("@")[0]):
        raise Unreadable("an address that is none")
    return text
