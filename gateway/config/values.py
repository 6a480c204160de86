"""How single values of the configuration are written, and what they come to: addresses, hours, sizes, spans of time.

Each function takes the text and returns the value, or raises Wrong with a sentence that tells the right way.  They know
nothing of files or positions.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo, available_timezones

from gateway.config.problems import nearest, quoted
from gateway.config.settings import After
from routing.hours import Shift, holiday_dates
from routing.promise import Duration

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_SPAN = timedelta(days=3660)
LONGEST_LOCAL_PART = 64
"""Octets before the @ (RFC 5321 4.5.3.1.1)."""

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++)*")
_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")
_SHIFT = re.compile(r"(\d{1,2}):(\d{2})\s*[-\N{EN DASH}]\s*(\d{1,2}):(\d{2})")
_SPAN = re.compile(r"(\d{1,6})\s*(s|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)")
_SPAN_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SIZE = re.compile(r"(\d{1,6})\s*(B|[KMG]i?B)", re.IGNORECASE)
_SIZE_UNITS = {"b": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_LISTEN = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\s\[\]]+)):(\d+)")


class Wrong(ValueError):
    """A value that cannot be used; the message says how to write it, `suggestion` what was probably meant."""

    def __init__(self, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class Address:
    """Host and port to listen on.  Port 0 means any free one."""

    host: str
    port: int


def words(text: str) -> str:
    """A text for people on one line, not empty."""
    if not text.strip():
        raise Wrong("must not be empty")
    if any(not c.isprintable() for c in text.strip()):
        raise Wrong("must stand on one line, without tabs or invisible characters")
    return text.strip()


def paragraph(text: str) -> str:
    """A text for people, maybe over several lines, not empty."""
    if not text.strip():
        raise Wrong("must not be empty: write a sentence that somebody who waits for help understands")
    return text.strip()


def mailbox(text: str) -> str:
    """A mail address, ``name@domain`` (RFC 5321 4.1.2 without quoted local parts)."""
    if "<" in text or ">" in text:
        inner = text.partition("<")[2].partition(">")[0]
        raise Wrong("only the address, without a name and angle brackets", inner or None)
    local, at, host = text.rpartition("@")
    if not at:
        raise Wrong(f"{quoted(text)} is not a mail address: there is no @ in it, as in it@acme.example")
    if not _LOCAL.fullmatch(local):
        raise Wrong(
            f"{quoted(text)} is not a mail address: before the @ stand letters a-z, digits and signs like . _ -"
        )
    if len(local) > LONGEST_LOCAL_PART:
        raise Wrong(f"what stands before the @ has {len(local)} characters, {LONGEST_LOCAL_PART} are the most")
    _check_domain(host, f"{quoted(text)} is not a mail address: {quoted(host)} is not a domain")
    return text


def domain(text: str) -> str:
    """A mail domain like ``acme.example``, in lower case."""
    if "@" in text:
        raise Wrong("a domain has no @: only what stands behind it", text.rpartition("@")[2] or None)
    if "://" in text or "/" in text:
        raise Wrong(
            "a domain is not a web address: write it like acme.example", text.partition("://")[2].strip("/") or None
        )
    _check_domain(text, f"{quoted(text)} is not a domain; write it like acme.example")
    return text.lower()


def blocked_domain(text: str) -> str:
    """A mail domain, or with a dot in front all domains below it."""
    return "." + domain(text[1:]) if text.startswith(".") else domain(text)


def _check_domain(text: str, message: str) -> None:
    if len(text) > 253 or not all(_LABEL.fullmatch(label) for label in text.split(".")):
        raise Wrong(message)


def reply_addresses(text: str) -> str:
    """``subaddress``, ``none``, or a domain of its own."""
    if text in ("subaddress", "none"):
        return text
    if "." not in text:
        raise Wrong(
            'write "subaddress", "none", or a domain of its own like reply.acme.example',
            nearest(text, ("subaddress", "none")),
        )
    return domain(text)


def tag(text: str) -> str:
    """The prefix of references, ``ACME`` in ``[ACME-1042]``."""
    if not re.fullmatch(r"[A-Z][A-Z0-9]{0,11}", text):
        upper = "".join(c for c in text.upper() if c.isascii() and c.isalnum())[:12]
        raise Wrong(
            "a tag has 1 to 12 capital letters and digits, and begins with a letter",
            upper if upper[:1].isalpha() else None,
        )
    return text


def zone(text: str) -> str:
    """An IANA time zone like ``Europe/London``."""
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        known = available_timezones()
        ends = [name for name in known if name.rpartition("/")[2].lower() == text.lower().replace(" ", "_")]
        hint = min(ends) if ends else nearest(text, known)
        raise Wrong(f"no time zone called {quoted(text)}; zones are written like Europe/London", hint) from error
    return text


def language(text: str) -> str:
    """A language like ``en`` or ``pt-BR``."""
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Z][A-Za-z]{1,3})?", text):
        raise Wrong(f"{quoted(text)} is not a language; write its code, like en, de or pt-BR")
    return text


def key(text: str) -> str:
    """The short name of a team or of hours."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", text):
        better = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")[:40]
        raise Wrong(
            "a short name has small letters, digits, - and _ only; the full name goes into name = …", better or None
        )
    return text


def web_url(text: str) -> str:
    """``https://desk.acme.example``, without a slash at its end."""
    found = re.fullmatch(r"(https?)://([^/\s?#]+)(/[^\s?#]*)?", text)
    if not found:
        raise Wrong(
            "write the whole web address, like https://desk.acme.example", None if "://" in text else f"https://{text}"
        )
    return text.rstrip("/")


def network(text: str) -> str:
    """An IP address or network, ``192.0.2.10`` or ``192.0.2.0/24``."""
    try:
        return str(ipaddress.ip_network(text, strict=False)) if "/" in text else str(ipaddress.ip_address(text))
    except ValueError as error:
        raise Wrong(f"{quoted(text)} is not an IP address or network; write 192.0.2.10 or 192.0.2.0/24") from error


def nameserver(text: str) -> str:
    """An IP address, ``192.0.2.53`` or ``192.0.2.53:5353`` or ``[2001:db8::53]:5353``."""
    host, colon, port = text.rpartition(":")
    whole = colon and port.isdigit() and (host.startswith("[") or ":" not in host)
    try:
        address = ipaddress.ip_address((host if whole else text).strip("[]"))
    except ValueError as error:
        words = f"{quoted(text)} is not the IP address of a name server; write 192.0.2.53 or 192.0.2.53:5353"
        raise Wrong(words) from error
    if whole and not 0 < int(port[:6]) < 65536:
        raise Wrong(f"a port is a number from 1 to 65535, not {port}")
    shown = f"[{address}]" if address.version == 6 else str(address)
    return f"{shown}:{port}" if whole else str(address)


def listen(text: str) -> Address:
    """``127.0.0.1:8025`` or ``[::1]:8025``."""
    found = _LISTEN.fullmatch(text)
    if found is None:
        if text.startswith(":") and text[1:].isdigit():
            raise Wrong("the address is missing: 127.0.0.1 for this machine only, 0.0.0.0 for all", f"127.0.0.1{text}")
        if text.count(":") > 1 and "[" not in text:
            raise Wrong("an IPv6 address stands in square brackets here, and the port behind them, like [::1]:8025")
        if "/" in text:
            raise Wrong(
                "write an address and a port, like 127.0.0.1:8025; sockets in the file system are not supported"
            )
        raise Wrong(f"the port is missing: write it behind a colon, like {text or '127.0.0.1'}:8025")
    host, port = found[1] or found[2], int(found[3])
    if port > 65535:
        raise Wrong(f"a port is a number from 1 to 65535, not {port}")
    if host == "*":
        raise Wrong("for all addresses of this machine write 0.0.0.0 (or [::] for IPv6 as well)", f"0.0.0.0:{port}")
    return Address(host, port)


def span(text: str) -> timedelta:
    """A span of clock time: ``180 days``, ``30 minutes``, ``10s``."""
    found = _SPAN.fullmatch(text.strip().lower())
    if not found:
        raise Wrong(f"{quoted(text)} is not a span of time; write it like 180 days, 12 hours or 30 minutes")
    found_span = timedelta(**{_SPAN_UNITS[found[2][0]]: int(found[1])})
    if found_span > LONGEST_SPAN:
        raise Wrong(f"{quoted(text)} is longer than ten years")
    return found_span


def some_time(text: str) -> timedelta:
    """A span of at least a second."""
    if not (found := span(text)):
        raise Wrong("must be a second or more")
    return found


def size(text: str) -> int:
    """Bytes: ``25MB`` is 25 times 1,048,576."""
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise Wrong(f"{quoted(text)} is not a size; write it like 25MB or 64KB")
    return int(found[1]) * _SIZE_UNITS[found[2][0].lower()]


def size_from(least: str) -> Callable[[str], int]:
    """A size that is not too small to be of use."""

    def read(text: str) -> int:
        if (found := size(text)) < size(least):
            raise Wrong(f"must be {least} or more, not {text}")
        return found

    return read


def duration(text: str) -> Duration:
    """A turnaround in opening time: ``8h``, ``30m``, ``3d``."""
    try:
        return Duration.parse(text)
    except ValueError as error:
        raise Wrong(str(error)) from error


def days(text: str) -> tuple[int, ...]:
    """Weekdays (0 is Monday): ``mon``, ``mon-fri``, ``sat,sun``, ``fri-mon``."""
    found: list[int] = []
    for piece in text.lower().split(","):
        first, dash, last = (part.strip() for part in piece.partition("-"))
        start, end = _day(first), _day(last if dash else first)
        found.extend((start + step) % 7 for step in range((end - start) % 7 + 1))
    return tuple(dict.fromkeys(found))


def _day(text: str) -> int:
    for number, (short, long) in enumerate(zip(DAYS, _DAY_NAMES, strict=True)):
        if text in (short, long):
            return number
    hint = nearest(text, DAYS) or nearest(text, _DAY_NAMES)
    raise Wrong(
        f"no weekday called {quoted(text)}; days are mon, tue, wed, thu, fri, sat, sun, as in mon-fri or sat,sun", hint
    )


def shift(text: str) -> Shift:
    """Opening hours of a day in minutes: ``09:00-17:30``, ``18:00-24:00``, ``22:00-06:00`` over midnight."""
    found = _SHIFT.fullmatch(text.strip())
    if not found:
        raise Wrong(f'{quoted(text)} is not a time of opening; write it like "09:00-17:30"')
    hours_from, minutes_from, hours_to, minutes_to = (int(part) for part in found.groups())
    start, end = hours_from * 60 + minutes_from, hours_to * 60 + minutes_to
    if max(minutes_from, minutes_to) > 59 or start > 1439 or end > 1440:
        raise Wrong(f"{quoted(text)} names a time that no clock shows; the day runs from 00:00 to 24:00")
    if start == end:
        raise Wrong(f'{quoted(text)} opens and closes at the same time; the whole day is "00:00-24:00"')
    return start, end


def day_of_year(text: str) -> date:
    """A date as the name of an exception: ``2026-12-24``."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else _no_date(text)
    except ValueError as error:
        raise error if isinstance(error, Wrong) else Wrong(f"there is no {quoted(text)} in the calendar") from error


def _no_date(text: str) -> date:
    raise Wrong(f"{quoted(text)} is not a date; write year-month-day, like 2026-12-24")


def holiday_code(text: str) -> str:
    """A country or a part of it whose public holidays are closed days: ``GB-ENG``."""
    try:
        holiday_dates(text, (2026,))
    except ValueError as error:
        words = f"no holidays known for {quoted(text)}; write a country like FR or a part of it like GB-ENG"
        raise Wrong(words, _holiday_hint(error)) from error
    return text


def _holiday_hint(error: ValueError) -> str | None:
    found = re.search(r"(?:did you mean|write) '([^']+)'", str(error))
    return found[1] if found else None


_FIELD_NAME = re.compile(r"[!-9;-~]{1,100}")
_DELETE = re.compile(r"delete(?::| after)\s*(\d{1,4})\s*d(?:ays?)?")


def header_name(text: str) -> str:
    """The name of a header field (RFC 5322 2.2), without its colon."""
    if not _FIELD_NAME.fullmatch(text):
        bare = text.strip().removesuffix(":").strip()
        words = f"{quoted(text)} is not the name of a header field; write it without a colon, like Delivered-To"
        raise Wrong(words, bare if _FIELD_NAME.fullmatch(bare) else None)
    return text


def after(text: str) -> After:
    """What becomes of a mail in its mailbox: ``move:Processed``, ``flag``, ``delete:30 days``, ``leave``."""
    for kept in (After("flag"), After("leave")):
        if text == kept.kind:
            return kept
    kind, _, folder = text.partition(":")
    if kind == "move" and words(folder or "-") and folder.strip():
        return After("move", folder=folder.strip())
    if found := _DELETE.fullmatch(text):
        return After("delete", days=int(found[1]))
    hint = {"move": "move:Processed", "delete": "delete:30 days", "seen": "flag", "nothing": "leave"}.get(kind)
    raise Wrong('write "move:FOLDER", "flag", "delete:30 days" or "leave"', hint or nearest(text, ("flag", "leave")))


def checked(parse: Callable[[str], object]) -> Callable[[str], str]:
    """The same check, but the text stays as it was written."""

    def keep(text: str) -> str:
        parse(text)
        return text

    return keep
