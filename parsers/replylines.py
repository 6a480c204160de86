"""What each line of a mail is: quoted, an attribution ("On Monday, Ann wrote:"), a header of a quoted mail, a signature.

Every test looks at a bounded piece of text, so the whole is linear.  Which lines belong to the reply is decided in
`reply`; the words of the languages are in `replywords`.
"""

from __future__ import annotations

import re
from typing import Final

from parsers import replywords as data

BLANK, TEXT, QUOTED, ATTRIBUTION, HEADER, ORIGINAL, FORWARDED, SIGNATURE, FOOTER, DIVIDER = "etqahdfslx"
"""One letter a line, so that the shape of a mail is a string."""

_QUOTE: Final = re.compile(r"[ \t]{0,3}(?:>|&gt;)")
_DASHES: Final = re.compile(r"(?:--|__|—|–|-{3})[ \t]*")
_RULE: Final = re.compile(r"_{5,}|-{5,}|={5,}|~{5,}|─{5,}|—{3,}")
_AROUND: Final = re.compile(r"^[\s>*_#=~\u2010-\u2015-]*|[\s*_#=~:\u2010-\u2015-]*$")
_FIELD: Final = re.compile(
    r"[ \t]{0,8}\*{0,2}([^\s:*：][^:*：]{0,29}?)[ \t\u00a0]{0,3}\*{0,2}[ \t\u00a0]?[:：]\*{0,2}(.*)", re.DOTALL
)
_ADDRESS: Final = re.compile(r"[\w.+'%=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_DATE: Final = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\b\d{1,2}[.:h]\d{2}\b|(?:19|20)\d\d|\d{4}[年년]"
    r"|\b\d{1,2}(?:st|nd|rd|th|\.|er)?,? [^\W\d]{3,12}\.?,? \d{2,4}"
)
_TIME: Final = re.compile(r"\b\d{1,2}[.:h]\d{2}\b|\d{1,2}[時点시]")
_INTRO: Final = re.compile(
    r"(?:(?:"
    + "|".join(sorted({re.escape(one) for one in data.INTROS}, key=len, reverse=True))
    + r")\b[ ,.\u00a0]|[在於ב])",
    re.IGNORECASE,
)
_STARTS_DATED: Final = re.compile(
    r"[ \t]{0,8}(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{4}[年년]|[^\W\d]{2,12}\.?,? \d{1,2}[ .]"
    r"|\d{1,2}\.? [^\W\d]{3,12}\.?,? \d{4})"
)
_WROTE: Final = re.compile(
    r"(?:^|[\s,>\"'’”)])(?:"
    + "|".join(sorted({re.escape(w) for ws in data.WROTE.values() for w in ws}, key=len, reverse=True))
    + r")(?:[\s:：.(,)]|$)|(?:写道|寫道|書きました|작성)",
    re.IGNORECASE,
)
_MIDLINE: Final = re.compile(
    r"[ \t]*-{0,4}[ \t](?=On (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|\d{1,2}[ ./])[^\n]{5,200}wrote:\s*$)"
)
_AROUND_NAME: Final = re.compile(r"^[ \t]*[-_*=\u2010-\u2015]{2,}[ \t]*|[ \t]*[-_*=\u2010-\u2015]{2,}[ \t]*$")
_FIRST_PERSON: Final = re.compile(
    r"(?:^|\s)(?:I|[Ww]e|[Ii]ch|[Ww]ir|[Jj]e|[Nn]ous|[Yy]o|[Ii]o|[Nn]oi|[Ee]u|[Ii]k|[Ww]ij|[Jj]ag|[Jj]eg|[Jj]a|[Яя]|[Мм]ы)\s"
)
"""Who writes "on Monday at ten I wrote:" introduces words of their own."""
_ENDINGS: Final = frozenset(":：>*_-=‐‑‒–—―")
_ENDS_WROTE: Final = re.compile(
    r"(?:wrote|schrieb|écrit|escribió|escreveu|scritto|skrev|schreef|napisał|пишет|написал)[ :]*$", re.IGNORECASE
)
_FRAMED: Final = re.compile(r"[ \t]*[-=\u2010-\u2015]{2,}.{3,150}[-=\u2010-\u2015]{2,}[ \t]*\Z")
_INNER_FIELD: Final = re.compile(r"(?:^|\s)([^\W\d_]{2,14})\*?[ \u00a0]?:")
_WRAPPED_END: Final = re.compile(
    r">[ \t]{0,2}(?:wrote|schrieb|a écrit|escribió|escreveu|ha scritto|schreef|skrev) ?:", re.IGNORECASE
)
_TRACKERS: Final = frozenset({"ᐧ", "\u034f"})
"""Characters by which extensions of Gmail see whether a mail was opened."""
_RULERS: Final = frozenset("-_—–=*~#─‐‑―")
_BEGINNINGS: Final = ("begin ", "anfang", "début", "inicio", "início", "inizio", "start på")
_ABOVE_WORD: Final = re.compile("above|oberhalb|au-dessus|encima|acima|sopra|boven|svar over|ovanför")
_FENCE: Final = re.compile(r"[ \t]{0,3}(?:```|~~~)")
_MOBILE_HEADS: Final = frozenset(one[:3] for one in data.MOBILE)
_SENT_FROM: Final = re.compile(r"[(\[<*_]?Sent (?:from|via|with|by) (?:my )?[A-Z][\w.+ -]{1,40}[)\]>*_!]?\Z")
_DEVICE: Final = re.compile("|".join(re.escape(one) for one in data.DEVICES))
_DEVICE_LAST: Final = tuple(
    one for one in data.MOBILE if one[0] in "から에" or one.endswith(("送信", "보냄", "gönderildi", "küldve"))
)
SIGNED: Final = re.compile(r"[/-][^\W\d_][\w.-]{1,30}(?: [^\W\d_][\w.-]{0,30})?")
"""A name after a slash (as Scandinavians sign) or a dash, at the very end."""
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

FIELD_SORTS: Final[dict[str, str]] = {
    **dict.fromkeys(data.SUBJECT, "subject"),
    **dict.fromkeys(data.TO, "to"),
    **dict.fromkeys(data.SENT, "sent"),
    **dict.fromkeys(data.DATE, "date"),
    **dict.fromkeys(data.FROM, "from"),
}


def classified(lines: list[str]) -> list[str]:
    """One letter for each line; attributions and header blocks of several lines have the letter on each of them."""
    codes = [_simple(line) for line in lines]
    _fences(lines, codes)
    position = 0
    while position < len(lines):
        if codes[position] == TEXT:
            position = max(position + 1, _header_block(lines, codes, position))
        else:
            position += 1
    for index in range(len(lines)):
        if codes[index] == TEXT:
            _attribution(lines, codes, index)
    return codes


def _simple(line: str) -> str:
    """The letter of a line that can be told by itself."""
    stripped = line.strip()
    if not stripped:
        return BLANK
    first = stripped[0]
    if first in ">&" and _QUOTE.match(line):
        return TEXT if _WRAPPED_END.fullmatch(stripped) else QUOTED
    if stripped in _TRACKERS:
        return FOOTER
    if first in _RULERS or len(stripped) < 80:
        return _marker(stripped[:200])
    return TEXT


def _marker(stripped: str) -> str:
    lower = stripped.lower()
    if lower[0] in _RULERS or lower.endswith(("--", "__")):
        if _DASHES.fullmatch(stripped):
            return SIGNATURE
        core = stripped.strip("* \t")
        if _RULE.fullmatch(core) or (not core and len(stripped) >= 5):
            return DIVIDER
        bare = _AROUND.sub("", lower)
        if len(bare) < 60 and (bare.startswith(data.ORIGINAL) or bare == "original"):
            return ORIGINAL
        if bare.startswith(data.FORWARDED):
            return FORWARDED
    elif lower.startswith(_BEGINNINGS) and lower.startswith(data.FORWARDED):
        return FORWARDED
    if _ABOVE_WORD.search(lower) and any(one in lower for one in data.ABOVE):
        return ORIGINAL
    return FOOTER if _by_device(stripped, lower) else TEXT


def _by_device(stripped: str, lower: str) -> bool:
    """Whether a line is what a device or program adds about itself: it names one."""
    plain = lower.lstrip("([*_~-– ")
    if plain[:3] in _MOBILE_HEADS and plain.startswith(data.MOBILE):
        return plain.startswith(data.MOBILE_ALWAYS) or bool(_DEVICE.search(plain))
    if "sent " in lower[:8] and _SENT_FROM.match(stripped):
        return bool(_DEVICE.search(plain))
    return lower.endswith(_DEVICE_LAST) and bool(_DEVICE.search(plain))


def _fences(lines: list[str], codes: list[str]) -> None:
    """Code between ``` fences is the sender's text, whatever it looks like."""
    opened = -1
    for index, line in enumerate(lines):
        if _FENCE.match(line):
            if opened >= 0:
                codes[opened : index + 1] = [TEXT if one != BLANK else BLANK for one in codes[opened : index + 1]]
                opened = -1
            else:
                opened = index


def field_sort(line: str) -> str:
    """``from``, ``sent``, ``date``, ``to`` or ``subject`` when the line begins like a field of a quoted mail, else ""."""
    if ":" not in line[:44] and "：" not in line[:44]:
        return ""
    match = _FIELD.match(_INVISIBLE.sub("", line[:200]))
    return FIELD_SORTS.get(match[1].strip().lower(), "") if match else ""


def _header_block(lines: list[str], codes: list[str], start: int) -> int:
    """Marks a block of fields that begins at `start`; gives the line after it, or `start` when there is none."""
    first = field_sort(lines[start])
    if not first:
        return start
    sorts = {first, *(FIELD_SORTS.get(one.lower(), "") for one in _INNER_FIELD.findall(lines[start][:600]))} - {""}
    if "from" in sorts and sorts & {"sent", "date"} and sorts & {"to", "subject"}:
        codes[start] = HEADER  # all fields on one line
        return start + 1
    sorts = {first}
    last = index = start
    misses = 0
    for index in range(start + 1, min(start + 14, len(lines))):
        sort = field_sort(lines[index]) if codes[index] == TEXT else ""
        if sort:
            sorts.add(sort)
            last, misses = index, 0
        else:
            misses += 1
            if misses > (2 if codes[index] != BLANK else 1):
                break
    joined = _INVISIBLE.sub("", " ".join(lines[start : last + 1])[:1000])
    if not _is_header(sorts, first, joined):
        return start
    after = last + 1
    while after < len(lines) and codes[after] == TEXT and lines[after][:1] in " \t" and lines[last][:1] not in " \t":
        after += 1  # a folded last field
    codes[start:after] = [HEADER] * (after - start)
    return after


def _is_header(sorts: set[str], first: str, joined: str) -> bool:
    """Whether fields are those of a mail: a wish to travel from Paris to London on some date has similar ones."""
    address = bool(_ADDRESS.search(joined))
    when = bool(sorts & {"sent", "date"})
    if "from" not in sorts:
        return when and "to" in sorts and address and bool(_DATE.search(joined))
    if first != "from" and len(sorts) < 3:
        return False
    if "subject" in sorts:
        return when or "to" in sorts or address
    return "sent" in sorts or (when and (address or bool(_TIME.search(joined))))


def _attribution(lines: list[str], codes: list[str], end: int) -> None:
    """Marks the attribution whose last line is `end`, if it is one: of the windows above, the one that says most."""
    line = lines[end].rstrip()
    if len(line) > 300:
        return
    quoted = _quote_follows(codes, end)
    if not quoted and line[-1:] not in _ENDINGS:
        return
    plain = _AROUND_NAME.sub("", line)
    ends = line.endswith((":", "：", ": >", ":*", ":_")) or (plain != line and bool(_ENDS_WROTE.search(plain)))
    if not ends and not quoted:
        return
    if ends and len(plain) + 4 <= len(line) and _FRAMED.match(line) and _ENDS_WROTE.search(plain):
        codes[end] = ATTRIBUTION  # "---- Ann schrieb ----"
        return
    cut = _MIDLINE.search(line) if quoted else None
    if cut and line[: cut.start()].strip():  # a reply and an attribution on one line
        lines[end] = line[: cut.start()]
        return
    joined, best, most = "", -1, 0
    for start in range(end, max(-1, end - 5), -1):
        if codes[start] == BLANK and lines[start + 1].lstrip().startswith("<"):
            continue  # some programs set the address apart
        if codes[start] != TEXT:
            break
        joined = f"{lines[start].strip()} {joined}" if joined else plain.strip()
        if len(joined) > 400:
            break
        score = _says(joined, ends, quoted, _begins(lines[start]))
        if score > most:
            best, most = start, score
    if best > 0 and lines[best].lstrip().startswith("<") and codes[best - 1] == TEXT and len(lines[best - 1]) < 80:
        best -= 1  # the name stands on the line before its address
    if best >= 0:
        codes[best : end + 1] = [ATTRIBUTION] * (end + 1 - best)


def _begins(line: str) -> bool:
    """Whether a line starts as attributions do: "On", a weekday or a date, and names a day."""
    line = line.lstrip(" \t*_-")[:120]
    return bool((_INTRO.match(line) and any(one.isdigit() for one in line)) or _STARTS_DATED.match(line))


def _says(joined: str, ends: bool, quoted: bool, begins: bool) -> int:
    """How much speaks for an attribution; 0 when too little does."""
    wrote = bool(_WROTE.search(joined[-160:]) or _WROTE.search(joined[:160]))
    dated = bool(_DATE.search(joined))
    address = bool(_ADDRESS.search(joined))
    if not ends:
        enough = dated and address and len(joined) < 200
    elif quoted:
        enough = wrote or (address and (dated or len(joined) < 120)) or (dated and len(joined) < 150)
    elif wrote:
        timed = dated and bool(address or _TIME.search(joined))
        enough = (timed or (address and len(joined) < 160)) and not _FIRST_PERSON.search(joined)
    else:
        enough = dated and address and begins
    return wrote + dated + address + begins if enough else 0


def _quote_follows(codes: list[str], index: int) -> bool:
    for code in codes[index + 1 : index + 6]:
        if code == QUOTED:
            return True
        if code != BLANK:
            return False
    return False
