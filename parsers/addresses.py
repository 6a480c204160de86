"""Address fields: who stands there, read tolerantly, for showing and answering; who surely wrote is `parsers.author`.

Groups, comments, source routes, raw names, Outlook's semicolons, forgotten brackets and commas: what its writer meant
counts.  One pass over the pieces of the field.
"""

from __future__ import annotations

import re
from typing import Final

from parsers import words
from parsers.addresstokens import Token, content, tokens
from parsers.limits import LIMITS, Limits
from parsers.message import Party

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_ADDRESS: Final = rf"{_ATOM}(?:\.{_ATOM})*@(?:[A-Za-z0-9_\u0080-\U0010ffff-]+(?:\.[A-Za-z0-9_\u0080-\U0010ffff-]+)*\.?)"
_PLAIN: Final = re.compile(rf"([^\"<>(),;:@\\\[\]]*+)<({_ADDRESS})>")
_BARE: Final = re.compile(_ADDRESS)
_Q_WORD: Final = re.compile(r"(=\?[\w.:()+*-]{1,80}\?[qQ]\?)([^\s\"]{1,1000}?)(?=\?=)", re.ASCII)
_SPECIAL: Final = re.compile(r'[()<>@,;:\\".\[\]]')
_NOISE: Final = frozenset({">", ")", "(", "\\", '"'})


def text_of(value: bytes, hint: str = "", limits: Limits = LIMITS) -> str:
    """The value of an address field as one line, cut at the limit, encoded words left encoded.

    What stands bare in an encoded word though it has a meaning in an address is encoded as it ought to be (RFC 2047 5).
    """
    text = words.unfolded(value[: limits.address_field_bytes], hint)
    return _Q_WORD.sub(_encoded_whole, text) if "?q?" in text or "?Q?" in text else text


def _encoded_whole(word: re.Match[str]) -> str:
    return word[1] + _SPECIAL.sub(lambda one: f"={ord(one[0]):02X}", word[2])


def parties(text: str, limits: Limits = LIMITS) -> tuple[Party, ...]:
    """The mailboxes of an address field, names decoded; members of groups count, group names do not."""
    text = text.strip()
    simple = _PLAIN.fullmatch(text)
    if simple:
        return (_party(_name(simple[1], limits), simple[2]),)
    if _BARE.fullmatch(text):
        return (Party("", text),)
    return tuple(_Scanner(tokens(text), limits).read())


def _party(name: str, address: str) -> Party:
    """A name that only repeats the address is none."""
    return Party("" if name.strip("'\"").lower() == address.lower() else name, address)


def _name(text: str, limits: Limits) -> str:
    name = words.encoded_words(text, limits) if "=?" in text else text
    return " ".join(name.split())


class _Scanner:
    """One pass over the pieces of an address field; state is the mailbox being read."""

    def __init__(self, pieces: list[Token], limits: Limits) -> None:
        self._pieces, self._limits = pieces, limits
        self._found: list[Party] = []
        self._surname = ""  # ``Archer`` of an unquoted ``Archer, Ann <ann@…>``
        self._start_over()

    def _start_over(self) -> None:
        self._phrase: list[str] = []  # words; one that holds an at sign is an address
        self._behind: list[str] = []  # words behind the angle brackets
        self._comment: list[str] = []
        self._address = ""
        self._angle = False
        self._quoted = False
        self._glue = False  # the next piece belongs to the word before it
        self._apart = False  # noise stands before the next piece

    def read(self) -> list[Party]:
        """The mailboxes, at most as many as the limit allows."""
        position, pieces = 0, self._pieces
        while position < len(pieces) and len(self._found) < self._limits.addresses:
            piece = pieces[position]
            position += 1
            if piece.sort == "comment":
                self._comment.append(content(piece))
            elif piece.sort == "<":
                position = self._angled(position)
            elif piece.sort in (",", ";"):
                self._end(piece.sort)
            elif piece.sort == ":":
                self._group()
            elif piece.sort in _NOISE:
                self._apart = True
            else:
                local = position < len(pieces) and pieces[position].sort == "@"
                self._add_piece(piece, local)
        self._end(";")
        return self._found[: self._limits.addresses]

    def _add_piece(self, piece: Token, local: bool) -> None:
        """A piece of a name or of an address without brackets; `local`: an at sign follows."""
        text = piece.text if piece.sort != "quoted" or local else content(piece)
        into = self._behind if self._angle else self._phrase
        obsolete = "@" in "".join(into[-1:]) and text.startswith(".")  # blanks round a dot (RFC 5322 4.4)
        spaced, self._apart = piece.spaced or self._apart, False
        if into and (piece.sort == "@" or self._glue or not spaced or obsolete):
            into[-1] += text
        else:
            into.append(text)
        self._quoted = self._quoted or piece.sort == "quoted"
        self._glue = piece.sort == "@" or ("@" in into[-1] and text.endswith("."))

    def _angled(self, position: int) -> int:
        inner: list[str] = []
        pieces = self._pieces
        while position < len(pieces) and pieces[position].sort not in ("<", ">"):
            piece = pieces[position]
            if piece.sort in (",", ";") and not (inner and inner[0] == "@"):
                break
            if piece.sort != "comment":
                inner.append(piece.text)
            position += 1
        closed = position < len(pieces) and pieces[position].sort == ">"
        text = "".join(inner)
        if text.startswith("@") and ":" in text:  # a source route (RFC 5322 4.4)
            text = text.rpartition(":")[2]
        if text[:7].lower() == "mailto:":
            text = text[7:]
        if "@" in self._address and "@" in text:  # a comma was forgotten between two
            following = self._behind
            self._behind = []
            self._end(",")
            self._phrase = following
        if not self._angle or "@" in text:
            self._address = text
        self._angle, self._glue = True, False
        return position + 1 if closed else position

    def _group(self) -> None:
        """A colon ends a group name, unless an address stands before it (a sloppy port or annotation)."""
        if any("@" in word for word in self._phrase):
            self._phrase[-1] += ":"
        else:
            self._surname = ""
            self._start_over()

    def _end(self, separator: str) -> None:
        phrase = " ".join((*self._phrase, *self._behind))
        comment = " ".join(self._comment)
        surname, self._surname = self._surname, ""
        if self._angle:
            if surname:
                phrase = f"{surname}, {phrase}"
            if self._address or phrase or comment:
                self._add(phrase or comment, self._address)
        else:
            if surname:
                self._add("", surname) if " " not in surname else self._add(surname, "")
            if phrase and separator == "," and not self._quoted and "@" not in phrase and "=?" not in phrase:
                self._surname = phrase
            elif phrase:
                self._end_bare(phrase, comment)
        self._start_over()

    def _end_bare(self, phrase: str, comment: str) -> None:
        """No angle brackets: the words with an at sign are addresses, the rest is a name."""
        found = [word for word in self._phrase if "@" in word]
        if not found:
            if "=?" not in phrase or "@" not in words.encoded_words(phrase, self._limits):
                self._add(comment, phrase) if " " not in phrase else self._add(phrase, "")
                return
            self._found += parties(words.encoded_words(phrase, self._limits).replace("=?", ""), self._limits)
            return
        name = " ".join(word for word in self._phrase if "@" not in word)
        for address in found:
            self._add((name or comment) if len(found) == 1 else "", address)

    def _add(self, name: str, address: str) -> None:
        self._found.append(_party(_unmark(_name(name, self._limits)), address.strip("'")))


def _unmark(name: str) -> str:
    return name.strip().strip("'") if name.startswith("'") and name.endswith("'") else name.strip()
