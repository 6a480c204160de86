"""Who surely wrote a mail: the one mailbox of its one From field, in strict grammar (RFC 5322 3.4), or nobody.

Parsers that differ about a From field let a stranger pass for a customer (CVE-2023-27043, CVE-2019-16056).  So a From has
an author only when there is no second way to read it: every ``@``, ``<`` and ``>`` outside quotation marks belongs to the
one address, which is cut out before anything is decoded.  A From that names nobody at all is told apart from one that is
ambiguous: it claims nothing, so nothing can be wrong about it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from parsers import addresses, words
from parsers.addresstokens import Token, content, tokens
from parsers.limits import LIMITS, Limits
from parsers.message import Party, comparable


@dataclass(frozen=True, slots=True)
class Author:
    """The mailbox as written and in the form of `comparable`; or None, and `absent` if From names nobody at all."""

    party: Party | None = None
    identity: str | None = None
    absent: bool = False


ABSENT: Final = Author(absent=True)
UNCLEAR: Final = Author()

_SHAPES: Final = {"atom": "a", "quoted": "q", "word": "w", "literal": "l", "[": "b", "]": "b"}
_NOBODY: Final = re.compile(r"(?:[aqw]*+(?::|<>)|[,;])*")
"""Empty groups (RFC 6854), empty brackets with or without a name, separators, or nothing."""
_MAILBOX: Final = re.compile(r"(?:[aqwlb]*+<([aq]@[al])>|([aq]@[al])(?:<([aq]@[al])>)?)[,;]*+")

_USUAL: Final = re.compile(
    rb"""(?:"([ !#-;=?A-\[\]-~]*+)"[ ]?|([A-Za-z0-9 .'_-]*+))"""
    rb"""<([A-Za-z0-9._%+'-]{1,64})@((?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z0-9-]{1,63})>"""
)
"""What nine of ten From fields are; the long way would say the same, ten times slower."""
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
_FOLD: Final = re.compile(rb"\r?\n(?=[ \t])")
_SIGNS: Final = tuple('@<>"(),;:\\')
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u0080-\U0010ffff-]+")
_QUOTED_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/?^_`{|}~. -]+")
_LABEL: Final = r"[A-Za-z0-9_\u0080-\U0010ffff-]+"
_DOMAIN: Final = re.compile(
    rf"{_LABEL}(?:\.{_LABEL})*\.?|\[(?:[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}|IPv6:[0-9A-Fa-f:.]{{2,60}})\]"
)
_DEVIATIONS: Final = frozenset("ßς\u200c\u200d")
"""Characters that IDNA 2003 and 2008 map to different domains (UTS 46, section 7)."""


def author_of(values: list[bytes], limits: Limits = LIMITS, hint: str = "") -> Author:
    """The author by the values of all From fields, as they stand in the header block.

    `hint` is the charset for raw 8-bit; it decides how the name is shown, and never whose mail it is.
    """
    if not values:
        return ABSENT
    if len(values) > 1 or len(values[0]) > limits.address_field_bytes:
        return UNCLEAR
    usual = _USUAL.fullmatch(values[0])
    if usual and b"=?" not in values[0] and len(usual[4]) <= 255:
        return _usual_author(usual)
    text = _text(values[0])
    if text is None:
        return UNCLEAR
    pieces = tokens(text)
    if any(one.sort == "comment" and any(sign in one.text for sign in "@<>") for one in pieces):
        return UNCLEAR
    signs = [one for one in pieces if one.sort != "comment"]
    shape = "".join([_SHAPES.get(one.sort, one.sort) for one in signs])
    if _NOBODY.fullmatch(shape):
        return ABSENT
    found = _MAILBOX.fullmatch(shape)
    if found is None or _odd_comment_in_address(pieces):
        return UNCLEAR
    first, second = found.span(2), found.span(1 if found[1] else 3 if found[3] else 2)
    address = _address(signs[slice(*second)])
    guessed = any(one.text.encode() not in values[0] for one in signs[slice(*second)])  # RFC 6532 allows UTF-8 only
    if not address or guessed or (found[3] and _written(signs[slice(*first)]) != address.lower()):
        return UNCLEAR
    named = addresses.parties(addresses.text_of(values[0], hint, limits) if hint else text, limits)
    same = len(named) == 1 and comparable(named[0].address) == comparable(address)
    return Author(Party(named[0].name if same else "", address), comparable(address))


def _usual_author(found: re.Match[bytes]) -> Author:
    name, address = (found[1] or found[2] or b"").decode(), f"{found[3].decode()}@{found[4].decode()}"
    return Author(Party(" ".join(name.split()), address), comparable(address))


def _text(value: bytes) -> str | None:
    """The field as one line; None if it holds what programs read differently: NUL, control characters, bare line ends,
    or signs of the grammar that are half of a character in some charset.
    """
    line = _FOLD.sub(b"", value)
    if _CONTROL.search(line) or b"\r" in line or b"\n" in line:
        return None
    text = words.unfolded(line)
    if line.isascii() and b"\x1b" not in line:
        return text
    try:
        return line.decode() if b"\x1b" not in line else _same_signs(line, text)
    except UnicodeDecodeError:
        return _same_signs(line, text)


def _same_signs(line: bytes, text: str) -> str | None:
    """A raw name in some other charset: whoever reads the bytes one by one must see the same signs."""
    return text if all(line.count(sign.encode()) == text.count(sign) for sign in _SIGNS) else None


def _odd_comment_in_address(pieces: list[Token]) -> bool:
    """A comment beside the at sign that could be taken for a piece of the address (``ann@(evil.example)cust.example``)."""
    for index, one in enumerate(pieces):
        beside = any(near.sort == "@" for near in pieces[max(0, index - 1) : index + 2])
        if one.sort == "comment" and beside and not all(sign.isalnum() or sign == " " for sign in one.text):
            return True
    return False


def _written(pieces: list[Token]) -> str:
    """An address that stands as a name before itself, as some programs write it, with or without apostrophes."""
    return "".join(one.text for one in pieces).strip("'").lower()


def _address(pieces: list[Token]) -> str:
    """The address of the three pieces local part, at sign, domain; "" if it is not one that everybody reads alike."""
    local, _, domain = pieces
    name = local.text
    if local.sort == "quoted":
        name = content(local)
        if not _QUOTED_LOCAL.fullmatch(name) or name != name.strip():
            return ""
        name = name if " " not in name else f'"{name}"'
    elif not _LOCAL.fullmatch(name) or "=?" in name:
        return ""
    if not _DOMAIN.fullmatch(domain.text) or len(name.encode()) > 64 or len(domain.text.encode()) > 255:
        return ""
    return f"{name}@{domain.text}" if _means_itself(name) and _is_domain(domain.text) else ""


def _means_itself(text: str) -> bool:
    """Whether no character is invisible, a look-alike sign, or one that lower-casing or NFKC turns into another."""
    if text.isascii():
        return True
    others = [one for one in text if not one.isascii()]
    return unicodedata.normalize("NFC", text) == text and all(
        unicodedata.category(one)[0] in "LMN"
        and not any(small.isascii() for small in one.lower())
        and unicodedata.normalize("NFKC", one.lower()) == one.lower()
        for one in others
    )


def _is_domain(domain: str) -> bool:
    """Whether an international domain is the same for every program (RFC 5890)."""
    if domain.isascii():
        return True
    if not _means_itself(domain) or _DEVIATIONS & set(domain.lower()):
        return False
    try:
        labels = [one.encode("idna") for one in domain.rstrip(".").split(".")]
    except UnicodeError:
        return False
    return len(b".".join(labels)) <= 255
