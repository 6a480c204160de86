"""What our own border found out about a sender: Authentication-Results fields, read as RFC 8601 2.2 writes them.

Comments and quoted strings are taken apart first, so that nothing inside them can look like a result, and the
authserv-id is compared whole.  Only fields of the asked authserv-id are read; which fields of a mail may be trusted at
all (the topmost ones, above the first foreign Received) is for the caller to know.  Never raises; linear time.

Where a field departs from the grammar, doubt goes against the sender: an unfinished comment or quoted string makes the
whole field count for nothing, and a result that cannot be read to its end never counts as ``pass``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from parsers.message import comparable

MOST_FIELDS = 50
MOST_RESULTS = 100
LONGEST_FIELD = 65_536

_SPACE = " \t\r\n"
_KEYWORD = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN = re.compile(r'[^\s;("]+')  # wider than RFC 2045's token: borders write base64, addresses and <> unquoted
_VERSION = "1"
_INSTANCE = re.compile(r"[ \t]{0,10}i[ \t]{0,10}=[ \t]{0,10}([1-9][0-9]?)[ \t]{0,10};", re.ASCII)


@dataclass(frozen=True, slots=True)
class Property:
    """What a result is about, as in ``header.from=acme.example``; type and name in lower case, type may be empty."""

    ptype: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class MethodResult:
    """One result, as in ``dmarc=pass``; method and result in lower case."""

    method: str
    result: str
    reason: str = ""
    properties: tuple[Property, ...] = ()

    def value(self, ptype: str, name: str) -> str | None:
        """The first value of a property such as ``("header", "d")``; None if it is not given."""
        wanted = (ptype.lower(), name.lower())
        return next((one.value for one in self.properties if (one.ptype, one.name) == wanted), None)


@dataclass(frozen=True, slots=True)
class AuthResults:
    """Every result of one authserv-id, in order; `defects` says what was left out and why."""

    results: tuple[MethodResult, ...] = ()
    defects: tuple[str, ...] = ()

    def of(self, method: str) -> tuple[MethodResult, ...]:
        """The results of one method; DKIM often has several."""
        return tuple(one for one in self.results if one.method == method.lower())


def read(values: Sequence[str], authserv_id: str) -> AuthResults:
    """Read the values of Authentication-Results fields (unfolded or not) as far as `authserv_id` wrote them."""
    results: list[MethodResult] = []
    defects: list[str] = []
    for value in values[:MOST_FIELDS] if authserv_id else ():
        if len(value) > LONGEST_FIELD:
            defects.append("a field is too long")
            continue
        found: list[MethodResult] = []
        try:
            _read_field(_Scanner(value), authserv_id, found, defects)
        except _UnfinishedError as error:
            defects.append(f"a field does not count: {error}")
            continue
        results += found
    if len(values) > MOST_FIELDS or len(results) > MOST_RESULTS:
        defects.append("more results than are looked at")
    return AuthResults(tuple(results[:MOST_RESULTS]), tuple(defects[:MOST_RESULTS]))


def read_set(value: str) -> tuple[int, AuthResults]:
    """The instance and the results of an ARC-Authentication-Results field (RFC 8617 4.1.1), whoever wrote it.

    0 and no results where the field does not begin with its instance.  Whether the field is genuine is for the caller.
    """
    begin = _INSTANCE.match(value) if len(value) <= LONGEST_FIELD else None
    if begin is None:
        return 0, AuthResults()
    rest = value[begin.end() :]
    try:
        writer = _Scanner(rest)
        writer.skip()
        return int(begin[1]), read([rest], writer.value())
    except _UnfinishedError:
        return int(begin[1]), AuthResults()


class _UnfinishedError(Exception):
    """A comment or a quoted string has no end: what stands where in the field cannot be known."""


class _Scanner:
    """A place in a field value, which only moves on."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def skip(self) -> bool:
        """Pass white space and comments (CFWS); whether there was any."""
        start = self._at
        while self._at < len(self._text):
            if self._text[self._at] in _SPACE:
                self._at += 1
            elif self._text[self._at] == "(":
                self._comment()
            else:
                break
        return self._at > start

    def _comment(self) -> None:
        """Pass a comment; comments nest, and a backslash takes the next character's meaning away (RFC 5322 3.2.2)."""
        depth = 0
        while self._at < len(self._text):
            character = self._text[self._at]
            self._at += 2 if character == "\\" else 1
            depth += {"(": 1, ")": -1}.get(character, 0)
            if not depth:
                return
        raise _UnfinishedError("a comment has no end")

    def take(self, character: str) -> bool:
        """Pass this character if it stands here."""
        found = self._text.startswith(character, self._at)
        self._at += found
        return found

    def keyword(self) -> str:
        """Pass a name; empty if none stands here."""
        found = _KEYWORD.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return found[0].lower() if found else ""

    def value(self) -> str:
        """Pass a value, plain or quoted or both (``"a b"@example.org``), without its quotes; may be empty."""
        parts = []
        while self._at < len(self._text):
            if self._text[self._at] == '"':
                parts.append(self._quoted())
            elif found := _PLAIN.match(self._text, self._at):
                parts.append(found[0])
                self._at = found.end()
            else:
                break
        return "".join(parts)

    def _quoted(self) -> str:
        self._at += 1
        characters: list[str] = []
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == '"':
                self._at += 1
                return "".join(characters)
            if character == "\\":
                self._at += 1
                character = self._text[self._at : self._at + 1]
            characters.append(character)
            self._at += 1
        raise _UnfinishedError("a quoted string has no end")

    def ended(self) -> bool:
        """Whether the value is over, or the next result begins."""
        return self._at >= len(self._text) or self._text[self._at] == ";"

    def to_next_result(self) -> bool:
        """Pass everything up to and with the next semicolon that stands outside comments and quotes."""
        while self._at < len(self._text):
            self.skip()
            if self.take(";"):
                return True
            if not self.value():
                self._at += 1  # an empty quoted string, or nothing that a value may hold
        return False


def _read_field(scanner: _Scanner, authserv_id: str, results: list[MethodResult], defects: list[str]) -> None:
    """authserv-id [version] 1*(; result)"""
    scanner.skip()
    # Whole, and mapped in nothing but case: a border that does not know its own name in other dress would let it in
    written = scanner.value()
    if not written.isascii() or written.lower() != comparable(f"x@{authserv_id}").removeprefix("x@"):
        return
    scanner.skip()
    version = scanner.value()
    if version not in ("", _VERSION):
        defects.append(f"a field of version {version[:20]} does not count")
        return
    scanner.skip()
    while scanner.to_next_result():
        scanner.skip()
        if scanner.ended():
            continue
        found, complete = _read_result(scanner)
        if found is None and not complete:
            defects.append("a result cannot be read")
        elif found and not complete:
            defects.append(f"a result of {found.method} cannot be read to its end")
        if found and (complete or found.result != "pass"):
            results.append(found)


def _read_result(scanner: _Scanner) -> tuple[MethodResult | None, bool]:
    """method [/ version] = result [reason = value] *(ptype.property = value), and whether it was read to its end."""
    method = scanner.keyword()
    scanner.skip()
    if method == "none" and scanner.ended():
        return None, True
    if scanner.take("/"):
        scanner.skip()
        scanner.keyword()
        scanner.skip()
    if not method or not scanner.take("="):
        return None, False
    scanner.skip()
    result = scanner.keyword()
    if not result:
        return None, False
    properties, complete = _read_properties(scanner)
    reason = next((one.value for one in properties if (one.ptype, one.name) == ("", "reason")), "")
    about = tuple(one for one in properties if (one.ptype, one.name) != ("", "reason"))
    return MethodResult(method, result, reason, about), complete


def _read_properties(scanner: _Scanner) -> tuple[list[Property], bool]:
    """Properties and the reason, each after white space, and whether the result was over behind them."""
    found: list[Property] = []
    while scanner.skip() and not scanner.ended():
        ptype, name = "", scanner.keyword()
        scanner.skip()
        if scanner.take("."):
            scanner.skip()
            ptype, name = name, scanner.keyword()
            scanner.skip()
        if not name or not scanner.take("="):
            return found, False
        scanner.skip()
        found.append(Property(ptype, name, scanner.value()))
    return found, scanner.ended()
