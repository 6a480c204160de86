"""The moment a Date field names (RFC 5322 3.3), also as scripts write it: ISO 8601, JavaScript, 4:05 PM, months in other
languages, years counted from 1900.  Never raises; what cannot be read is None.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import Final

from parsers.limits import BOUNDS

_USUAL: Final = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}"
    r" \d\d:\d\d:\d\d [+-]\d{4}(?: \([A-Z]{1,5}\))?",
    re.ASCII,
)
"""What nearly all programs write, and every library reads."""
_OFFSET: Final = re.compile(r"(?<=[\d ])(?:GMT|UTC)?([+-]\d\d):?([0-5]\d)(?=\s|\(|\Z)")
_ZONES: Final[dict[str, str]] = {
    "WET": "+0000", "WEST": "+0100", "CET": "+0100", "MET": "+0100", "MEZ": "+0100", "CEST": "+0200", "MEST": "+0200",
    "MESZ": "+0200", "EET": "+0200", "EEST": "+0300", "SAST": "+0200", "MSK": "+0300", "HKT": "+0800", "SGT": "+0800",
    "JST": "+0900", "KST": "+0900", "AEST": "+1000", "AEDT": "+1100", "NZST": "+1200", "NZDT": "+1300",
}  # fmt: skip
"""Names of zones that mean one thing.  RFC 5322 4.3 lets other names than the American ones count as "unknown"."""
_NAMED: Final = re.compile(rf"(?<=:\d\d )({'|'.join(_ZONES)})(?=\s|\(|\Z)", re.ASCII)
_ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,]\d{1,9})?[ ]?(Z|[+-]\d\d:?\d\d)?(?=\s|\Z)", re.ASCII
)
_SCRIPT: Final = re.compile(
    r"(?:\w{3},? )?(\w{3}) (\d{1,2}),? (\d{4}) (\d\d:\d\d(?::\d\d)?) ?(?:GMT|UTC)?([+-]\d{4})?(?=\s|\(|\Z)", re.ASCII
)
_HALVES: Final = re.compile(r"\b(\d{1,2})(:\d\d(?::\d\d)?) ?([AaPp])\.?[Mm]\.?(?=\s|\Z)", re.ASCII)
_YEAR: Final = re.compile(r"(?<=[A-Za-z] )1(\d\d)(?= \d{1,2}:)", re.ASCII)
_MONTH: Final = re.compile(r"(?<=\d[ .-])[ ]?([^\W\d_]{3,12})\.?(?=[ -]\d{2,4}\b)")
_ENGLISH: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NAMES: Final[tuple[tuple[str, ...], ...]] = (
    ("jän", "jan", "ene", "gen", "sty", "янв", "oca", "tam"), ("feb", "fév", "fev", "lut", "фев", "şub", "hel"),
    ("mär", "mar", "maa", "mrz", "mrt", "мар"), ("apr", "avr", "abr", "kwi", "апр", "nis", "huh"),
    ("mai", "maj", "may", "mag", "mei", "май", "мая", "tou"), ("jun", "juin", "giu", "cze", "июн", "haz", "kes"),
    ("jul", "juil", "lug", "lip", "июл", "tem", "hei"), ("aug", "aoû", "aou", "ago", "sie", "авг", "ağu", "elo"),
    ("sep", "set", "wrz", "сен", "eyl", "syy"), ("okt", "oct", "out", "ott", "paź", "окт", "eki", "lok"),
    ("nov", "lis", "ноя", "kas", "mar\u0131"), ("dez", "déc", "dec", "dic", "des", "gru", "дек", "ara", "jou"),
)  # fmt: skip
"""How the months begin in the languages of common locales; the longest beginning that fits counts."""
_BEGINNINGS: Final = sorted(
    ((name, at) for at, names in enumerate(_NAMES) for name in names), key=lambda one: -len(one[0])
)


def moment(value: str, seen: datetime | None = None) -> datetime | None:
    """The moment, aware; `seen` is what mail-parser took the field for, None if it did not take it."""
    value = value[: BOUNDS.date_bytes].strip()
    if seen is not None and _USUAL.fullmatch(value):
        return seen
    iso = _ISO.match(value)
    if iso:
        return _of_iso(iso) or seen
    text = _NAMED.sub(lambda one: _ZONES[one[1]], _OFFSET.sub(r"\1\2", value))
    script = _SCRIPT.match(text)
    if script:
        text = f"{script[2]} {script[1]} {script[3]} {script[4]} {script[5] or '+0000'}"
    text = _YEAR.sub(lambda one: str(2000 + int(one[1])), _HALVES.sub(_whole_day, _MONTH.sub(_english, text)))
    if text == value and seen is not None:
        return seen
    return _of_mail(text) or seen


def _of_iso(found: re.Match[str]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3] or '+00:00'}")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _of_mail(text: str) -> datetime | None:
    try:
        found = parsedate_tz(text)
        if found is None:
            return None
        return datetime(*found[:6], tzinfo=timezone(timedelta(seconds=found[9] or 0)))
    except (ValueError, TypeError, OverflowError):
        return None


def _whole_day(time: re.Match[str]) -> str:
    """A time of two halves of a day in 24 hours."""
    hour = int(time[1])
    later = time[3] in "pP"
    return f"{hour % 12 + 12 if later else hour % 12:02}{time[2]}" if 1 <= hour <= 12 else time[0]


def _english(month: re.Match[str]) -> str:
    lower = month[1].lower()
    if lower[:3].capitalize() in _ENGLISH:
        return month[0]
    return next((_ENGLISH[at] for name, at in _BEGINNINGS if lower.startswith(name)), month[0])
