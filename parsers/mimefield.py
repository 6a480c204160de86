"""Content-Type and Content-Disposition: the value and its parameters (RFC 2045 5.1, RFC 2231), as broken as they come.

Sections (``name*0*=``) are joined, charsets undone, RFC 2047 words inside parameters decoded (forbidden, and everywhere).
One pass over at most 16 KiB; never raises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from parsers import charset, words
from parsers.limits import BOUNDS

_PARAMETER: Final = re.compile(
    r"""[;\s]*+([^\s=;"]{1,80})\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|"([^"]*+)|([^;]*+))""", re.DOTALL
)
_SIMPLE: Final = re.compile(r"([\w!#$&^.+-]+/[\w!#$&^.+-]+)(?:; ?charset=\"?([\w:.+-]+)\"?)?", re.ASCII)
_TYPE: Final = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Typed:
    """A value in lower case, such as ``text/plain`` or ``attachment``, and its parameters by lower-case name."""

    value: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """The parameter, or ""."""
        return self.parameters.get(name, "")


NOTHING: Final = Typed("")
"""A field that is not there."""


def read(raw: bytes, hint: str = "") -> Typed:
    """The value of a Content-Type or Content-Disposition field."""
    if not raw:
        return NOTHING
    text = words.unfolded(raw[: BOUNDS.parameter_field_bytes], hint)
    simple = _SIMPLE.fullmatch(text)
    if simple:
        return Typed(simple[1].lower(), {"charset": simple[2]} if simple[2] else {})
    value, _, rest = text.partition(";")
    value = value.strip()
    if "=" in value and "/" not in value:  # no value at all, only parameters
        value, rest = "", text
    if " " in value:  # a missing semicolon
        value, _, more = value.partition(" ")
        rest = f"{more};{rest}"
    return Typed(_uncommented(value).lower(), _parameters(rest) if rest else {})


def content_type(raw: bytes, default: str, hint: str = "") -> Typed:
    """A Content-Type; what is no type becomes `default` (RFC 2045 5.2)."""
    typed = read(raw, hint) if raw else Typed(default)
    if _TYPE.fullmatch(typed.value):
        return typed
    if typed.value == "text":
        return Typed("text/plain", typed.parameters)
    if typed.value == "html":
        return Typed("text/html", typed.parameters)
    return Typed(default, typed.parameters)


def _uncommented(value: str) -> str:
    return value.split("(", 1)[0].strip().strip("\"'")


def _parameters(text: str) -> dict[str, str]:
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    position = 0
    for _ in range(BOUNDS.parameters):
        match = _PARAMETER.match(text, position)
        if match is None:
            semicolon = text.find(";", position + 1)
            if semicolon < 0:
                break
            position = semicolon
            continue
        position = match.end()
        name, value = match[1].lower(), _value(match)
        base, star, number = name.partition("*")
        if not star:
            plain.setdefault(name, words.encoded_words(value) if "=?" in value else value)
            continue
        extended = number.endswith("*") or number == ""
        index = number.rstrip("*")
        if index.isascii() and (index.isdigit() or not index) and len(index) < 4:
            sections.setdefault(base, {}).setdefault(int(index or 0), (value, extended))
    for base, found in sections.items():
        plain[base] = _joined(found)
    return plain


def _value(match: re.Match[str]) -> str:
    if match[2] is not None:
        return re.sub(r"\\([\"\\])", r"\1", match[2])
    if match[3] is not None:
        return match[3]
    value = (match[4] or "").strip()
    if value.endswith(")") and " (" in value:
        value = value[: value.index(" (")]
    return (
        value.strip("'")
        if value.startswith("'") and value.endswith("'") and len(value) > 1 and "''" not in value
        else value
    )


def _joined(sections: dict[int, tuple[str, bool]]) -> str:
    """The sections of RFC 2231 3 and 4 put together; the first extended one names the charset."""
    declared, content = "", b""
    for number in sorted(sections):
        value, extended = sections[number]
        if extended:
            if value.count("'") >= 2 and not content:
                declared, _, value = value.split("'", 2)
            content += unquote_to_bytes(value)
        else:
            content += value.encode("utf-8", "replace")
    text = charset.decode(content, declared).text
    return words.encoded_words(text) if "=?" in text else text
