"""What somebody who does not know the program expects of a mail, and whether it was read so.

An expectation is one JSON object for each mail: ``{"mail": "name.eml", "expect": {check: value}, "note": "why"}``.  Words
are compared without regard to white space, to the sort of dashes and quotation marks and to characters nobody sees.
"""

from __future__ import annotations

import datetime
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f", '"'),
        **dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"),
    }
)
ROUGHLY = {
    "auto-generated": "auto-reply",
    "receipt": "auto-reply",
    "null": "auto-reply",
    "complaint": "bounce",
    "bulk": "list",
    "role": "person",
}
"""The four kinds that everybody knows, for the finer ones."""

Read = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A mail and what is expected of it."""

    path: Path
    expect: dict[str, Any]
    note: str

    def missed(self, read: Read) -> list[str]:
        """The checks that what was read does not meet."""
        return [name for name, value in self.expect.items() if not CHECKS[name](read, value)]


def cases(folder: Path) -> Iterator[Case]:
    """The cases of a folder, in order."""
    for line in (folder / "cases.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        yield Case(folder / case["mail"], case["expect"], case["note"])


def words(value: str | None) -> str:
    """Words as they are compared."""
    return " ".join(unicodedata.normalize("NFC", (value or "").translate(_PLAIN)).split())


def _says(read: Read, key: str, value: str | list[str]) -> bool:
    return words(read[key]) in [words(one) for one in ([value] if isinstance(value, str) else value)]


def _has(read: Read, key: str, values: list[str]) -> list[bool]:
    said = words(read[key])
    return [words(one) in said for one in values]


def _markup(read: Read, values: list[str]) -> list[bool]:
    said = re.sub(r"\s+", " ", read["html"] or "").lower()
    return [re.sub(r"\s+", " ", one).lower() in said for one in values]


def _people(read: Read, key: str, value: list[dict[str, str]]) -> bool:
    left = [(one["name"], one["address"].lower()) for one in read[key]]
    for one in value:
        found = [at for at in left if at[1] == one["address"].lower() and one.get("name", at[0]) == at[0]]
        if not found:
            return False
        left.remove(found[0])
    return not left


def _files(read: Read, value: list[dict[str, Any]]) -> bool:
    left = list(read["attachments"])
    for one in value:
        fit = [file for file in left if all(_same(file.get(key), wanted) for key, wanted in one.items())]
        if not fit:
            return False
        left.remove(fit[0])
    return True


def _same(have: object, wanted: object) -> bool:
    return (
        words(have).lower() == words(wanted).lower()
        if isinstance(have, str) and isinstance(wanted, str)
        else (have == wanted)
    )


def _count(read: Read, value: int) -> bool:
    files = read["attachments"]
    return value in (len(files), sum(not file["inline"] for file in files))


def _kind(read: Read, value: list[str]) -> bool:
    return ROUGHLY.get(read["kind"], read["kind"]) in value


def _moment(read: Read, value: str) -> bool:
    return bool(read["date"]) and _instant(read["date"]) == _instant(value)


def _instant(stamp: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(stamp)
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)


def _bounce(read: Read, key: str) -> Any:
    return (read["bounce"] or {}).get(key)


CHECKS: dict[str, Callable[[Read, Any], bool]] = {
    "from_address": lambda read, value: (read["from"]["address"].lower() if read["from"] else "") == value.lower(),
    "from_name": lambda read, value: (read["from"]["name"] if read["from"] else "") == value,
    "to": lambda read, value: _people(read, "to", value),
    "cc": lambda read, value: _people(read, "cc", value),
    "reply_to": lambda read, value: _people(read, "reply_to", value),
    "subject": lambda read, value: words(read["subject"]) == words(value),
    "message_id": lambda read, value: (read["message_id"] or "").strip("<>") == value.strip("<>"),
    "in_reply_to": lambda read, value: read["in_reply_to"] == value,
    "references": lambda read, value: read["references"] == value,
    "date": _moment,
    "kind": lambda read, value: _kind(read, [value]),
    "kind_not": lambda read, value: not _kind(read, value),
    "text_equals": lambda read, value: _says(read, "text", value),
    "text_contains": lambda read, value: all(_has(read, "text", value)),
    "reply_equals": lambda read, value: _says(read, "reply", value),
    "reply_contains": lambda read, value: all(_has(read, "reply", value)),
    "reply_absent": lambda read, value: not any(_has(read, "reply", value)),
    "html_contains": lambda read, value: all(_markup(read, value)),
    "html_absent": lambda read, value: not any(_markup(read, value)),
    "attachments": _files,
    "attachment_count": _count,
    "bounce_recipients": lambda read, value: (
        {one.lower() for one in _bounce(read, "recipients") or ()} == {one.lower() for one in value}
    ),
    "bounce_status": lambda read, value: (_bounce(read, "status") or "") in value,
    "bounce_reason": lambda read, value: _bounce(read, "reason") in value,
}
