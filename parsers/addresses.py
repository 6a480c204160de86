"""Address fields: who stands there (tolerant, for showing and answering) and who it surely is (strict, for identity).

Parsers that differ about a From field let a stranger pass for a customer; so `identity` knows one plain form and takes
anything else for nobody, while `parties` reads groups, comments, raw names and Outlook's semicolons.  Both are one pass.
"""

from __future__ import annotations

import re
from typing import Final

from parsers import words
from parsers.limits import LIMITS
from parsers.message import Party, comparable

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_ADDRESS: Final = rf"{_ATOM}(?:\.{_ATOM})*@(?:[A-Za-z0-9_\u0080-\U0010ffff-]+(?:\.[A-Za-z0-9_\u0080-\U0010ffff-]+)*\.?)"
_PLAIN: Final = re.compile(rf"([^\"<>(),;:@\\\[\]]*+)<({_ADDRESS})>")
_BARE: Final = re.compile(_ADDRESS)
_COMMENT: Final = r"\s*+(?:\([^()\\]*+\)\s*+)?"
_STRICT: Final = re.compile(
    rf"""(?:(?:"(?:[^"\\]|\\.)*+"|[^"<>(),;:@\\\[\]])*+|(?P<same>[^\s"<>(),;:\\]++)\s*+)<(?P<address>{_ADDRESS})>{_COMMENT}"""
)
_STRICT_BARE: Final = re.compile(rf"({_ADDRESS}){_COMMENT}")
_SPECIAL: Final = re.compile(r'([",;:<>()\\\[\]])')


def text_of(value: bytes, hint: str = "") -> str:
    """The value of an address field as one line, cut at the limit, encoded words untouched."""
    return words.unfolded(value[: LIMITS.address_field_bytes], hint)


def identity(values: list[bytes]) -> str | None:
    """The comparable address if there is exactly one From field with exactly one mailbox in plain grammar, else None.

    Encoded words are looked at by nobody here: the address is cut out before anything is decoded (RFC 5322 3.4).
    """
    if len(values) != 1 or len(values[0]) > LIMITS.address_field_bytes:
        return None
    text = words.unfolded(values[0])
    text = text.strip()
    found = _STRICT.fullmatch(text)
    if found:
        if found["same"] and found["same"].lower() != found["address"].lower():
            return None
        return _known(found["address"], values[0])
    bare = _STRICT_BARE.fullmatch(text)
    return _known(bare[1], values[0]) if bare else None


def _known(address: str, value: bytes) -> str | None:
    """The address if it is within RFC 5321 4.5.3.1 and nothing in it was guessed (RFC 6532 allows UTF-8 only)."""
    if address.encode() not in value:
        return None
    local, _, domain = address.rpartition("@")
    if len(local.encode()) > 64 or len(domain.encode()) > 255 or "=?" in address or "\ufffd" in address:
        return None
    return comparable(address)


def parties(text: str) -> tuple[Party, ...]:
    """The mailboxes of an address field, names decoded; members of groups count, group names do not."""
    text = text.strip()
    simple = _PLAIN.fullmatch(text)
    if simple:
        return (_party(_name(simple[1]), simple[2]),)
    if _BARE.fullmatch(text):
        return (Party("", text),)
    return tuple(_Scanner(text).read())


def _party(name: str, address: str) -> Party:
    """A name that only repeats the address is none."""
    return Party("" if name.strip("'\"").lower() == address.lower() else name, address)


def _name(text: str) -> str:
    name = words.encoded_words(text) if "=?" in text else text
    return " ".join(name.split())


class _Scanner:
    """One pass over the tokens of an address field; state is the mailbox being read."""

    def __init__(self, text: str) -> None:
        self._tokens = [sign for sign in _SPECIAL.split(text) if sign]
        self._found: list[Party] = []
        self._unclosed = False
        self._start_over()

    def _start_over(self) -> None:
        self._phrase: list[str] = []
        self._comment: list[str] = []
        self._address = ""
        self._angle = False
        self._at = False  # an at sign stands in the phrase

    def read(self) -> list[Party]:
        """The mailboxes, at most as many as the limit allows."""
        position, tokens = 0, self._tokens
        while position < len(tokens) and len(self._found) < LIMITS.addresses:
            sign = tokens[position]
            position += 1
            if sign == '"' and not self._unclosed:
                position = self._quoted(position)
            elif sign == "(":
                position = self._skip_comment(position)
            elif sign == "<":
                position = self._angled(position)
            elif sign in ",;":
                self._end()
            elif sign == ":":
                self._group()
            elif sign not in '\\"':
                self._phrase.append(sign)
                self._at = self._at or "@" in sign
        if len(self._found) < LIMITS.addresses:
            self._end()
        return self._found

    def _quoted(self, start: int) -> int:
        position = start
        piece: list[str] = []
        tokens = self._tokens
        while position < len(tokens) and tokens[position] != '"':
            if tokens[position] == "\\" and position + 1 < len(tokens):
                position += 1
            piece.append(tokens[position])
            position += 1
        if position >= len(tokens):  # never closed: the quotation mark is noise
            self._unclosed = True
            return start
        content = "".join(piece)
        following = tokens[position + 1] if position + 1 < len(tokens) else ""
        quoted_local = following.startswith("@")
        self._phrase.append(f'"{content}"' if quoted_local else content)
        return position + 1

    def _skip_comment(self, position: int) -> int:
        depth, piece, tokens = 1, [], self._tokens
        while position < len(tokens):
            sign = tokens[position]
            position += 1
            depth += (sign == "(") - (sign == ")")
            if depth == 0:
                break
            if sign == "\\" and position < len(tokens):
                sign = tokens[position]
                position += 1
            piece.append(sign)
        self._comment.append("".join(piece))
        return position

    def _angled(self, position: int) -> int:
        piece: list[str] = []
        tokens = self._tokens
        while position < len(tokens) and tokens[position] not in (">", "<"):
            if tokens[position] == "," and not (piece and piece[0].lstrip().startswith("@")):
                break
            piece.append(tokens[position])
            position += 1
        closed = position < len(tokens) and tokens[position] == ">"
        inner = "".join(piece).strip()
        if inner.startswith("@") and ":" in inner:  # a source route (RFC 5322 4.4)
            inner = inner.rpartition(":")[2]
        if not self._angle or "@" in inner:
            self._address = "".join(inner.split())
        self._angle = True
        return position + 1 if closed else position

    def _group(self) -> None:
        """A colon ends a group name, unless an address stands before it (a sloppy ``mailto:`` or a port)."""
        if self._at:
            self._phrase.append(":")
        else:
            self._start_over()

    def _end(self) -> None:
        phrase = " ".join("".join(self._phrase).split())
        if self._angle:
            name = phrase or " ".join(self._comment)
            if self._address or name:
                self._add(name, self._address)
        elif phrase:
            self._end_bare(phrase)
        self._start_over()

    def _end_bare(self, phrase: str) -> None:
        """No angle brackets: the sign with an at sign is the address, the rest is a name."""
        tokens = phrase.split(" ")
        at = next((index for index, sign in enumerate(tokens) if "@" in sign), None)
        comment = " ".join(self._comment)
        if at is None:
            if "=?" not in phrase or "@" not in words.encoded_words(phrase):
                self._add(comment, phrase) if " " not in phrase else self._add(phrase, "")
                return
            self._found += parties(words.encoded_words(phrase).replace("=?", ""))
            return
        address = tokens[at]
        name = " ".join(tokens[:at] + tokens[at + 1 :])
        if address.startswith("@") or address.endswith("@"):  # blanks round the at sign (RFC 5322 4.4)
            address, name = phrase.replace(" ", ""), ""
        self._add(name or comment, address)

    def _add(self, name: str, address: str) -> None:
        self._found.append(_party(_unmark(_name(name)), address.strip("'")))


def _unmark(name: str) -> str:
    return name.strip().strip("'") if name.startswith("'") and name.endswith("'") else name.strip()
