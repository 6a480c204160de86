"""Delivery reports in the standard form (RFC 3464), read from the bytes of their parts.

Groups of fields are separated by empty lines; the first is about the report, each further one about a recipient.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from parsers import words
from parsers.fields import read_block
from parsers.limits import BOUNDS

_GROUPS: Final = re.compile(rb"\r?\n(?:[ \t]*\r?\n)+")
_LOCAL: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]"
_DOMAIN: Final = r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z0-9-]{1,63}"
AN_ADDRESS: Final = rf"{_LOCAL}{{1,256}}@{_DOMAIN}"
"""For expressions that say themselves where an address begins.  Those of mailing lists have more than 64 characters."""
ADDRESS: Final = re.compile(rf"(?<!{_LOCAL}){AN_ADDRESS}")
"""An address in running text, sought from where a word begins and not from each of its letters."""
STATUS: Final = re.compile(r"([245])(?<![\d.].)\.([0-9])\.(\d{1,3})(?![\d.]*\d)", re.DOTALL)
_XTEXT: Final = re.compile(r"\+([0-9A-F]{2})")
"""How ORCPT writes what an address must not contain (RFC 3461 4); some programs leave it in their report."""


@dataclass(frozen=True, slots=True)
class Failed:
    """One recipient of a report, with what is said about it."""

    recipient: str
    action: str
    status: str
    diagnostic: str
    local: bool = False
    """The diagnostic is a program's on the reporting host (``x-unix``), not a server's."""


def recipients(content: bytes) -> tuple[Failed, ...]:
    """The recipients of a message/delivery-status part; repeats are kept, one that is no address (a pipe) is ""."""
    found: list[Failed] = []
    for group in _GROUPS.split(content[: BOUNDS.bounce_chars].strip(b"\r\n"))[: BOUNDS.bounce_recipients * 2]:
        block = read_block(group + b"\n\n")
        values = {one.key: words.decoded(one.value) for one in reversed(block.fields)}
        final = _address(values.get("final-recipient", ""))
        original = _address(values.get("original-recipient", ""))
        if "final-recipient" not in values and "original-recipient" not in values:
            continue
        status = STATUS.search(values.get("status", ""))
        found.append(
            Failed(
                final if _XTEXT.sub(_character, original).lower() == final.lower() else original or final,
                values.get("action", "").split(";")[0].split("(")[0].strip().lower(),
                status[0] if status else "",
                _diagnostic(values.get("diagnostic-code", "")),
                values.get("diagnostic-code", "").lstrip().lower().startswith("x-unix"),
            )
        )
    return tuple(found[: BOUNDS.bounce_recipients])


def _address(value: str) -> str:
    """The address of ``rfc822; <a@b>``, with or without type."""
    kind, semicolon, rest = value.partition(";")
    address = (rest if semicolon and "@" not in kind else value).strip()
    if "<" in address:
        address = address.partition("<")[2].partition(">")[0]
    address = address.split(" ", 1)[0].strip("<>\"'() ")
    return address if "@" in address else ""


def _character(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16))


def _diagnostic(value: str) -> str:
    kind, semicolon, rest = value.partition(";")
    return (rest if semicolon and len(kind) < 20 else value).strip()[:2000]
