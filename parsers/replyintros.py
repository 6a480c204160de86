"""Lines that introduce a quote ("On Monday, Ann wrote:"), in one line or folded into several, in any language.

A program writes who, when and a word for writing; which of these suffice depends on what follows: above quoted lines
little is needed, above plain lines only what no person writes.  Every test looks at a bounded piece of text.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from parsers import replywords as data
from parsers.limits import BOUNDS

LONGEST: Final = 400
"""Characters of an introduction; people's sentences above a list are shorter, programs' lines too."""
LINES: Final = 5
"""Lines into which an introduction is folded at most."""

ADDRESS: Final = re.compile(r"(?<![\w.+'%=-])[\w.+'%=-]{1,256}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
DATE: Final = re.compile(
    r"(?=\d)(?:\d{1,4}\. ?\d{1,2}\. ?\d{1,4}|\d{1,4}[/-]\d{1,2}[/-]\d{1,4}|\b\d{1,2}[.:h]\d{2}\b|(?:19|20)\d\d"
    r"|(?:(?![0-9])\d){4}|\d{4}[年년]|\b\d{1,2}(?:st|nd|rd|th|\.|er)?,? [^\W\d]{3,12}\.?,? \d{2,4})"
)
TIME: Final = re.compile(r"(?=\d)(?:(?<!\d)\d{1,2}[.:] ?\d{2}(?!\d)|\d{1,2} ?h ?\d{2}|\d{1,2}[時点시])")
INVISIBLE: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_UNSEEN: Final = "".join(one for one in map(chr, range(0x10000)) if one.isspace() or INVISIBLE.match(one))
_DIGIT: Final = re.compile(r"\d")
_BRACKETED: Final = re.compile(r"[<(\[][ \u00a0]{0,2}(?:mailto:)?[\w.+'%=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_LAST_ADDRESS: Final = re.compile(r"@[\w.-]{3,90}[\s*_>)\]]{0,4}[:：]?[\s*_>]{0,4}\Z")
_INTRO: Final = re.compile(
    r"(?:(?:"
    + "|".join(sorted({re.escape(one) for one in data.INTROS}, key=len, reverse=True))
    + r")\b[ ,.\u00a0]|[在於于ב])",
    re.IGNORECASE,
)


def _folded(text: str) -> str:
    """In lower case, all letters i of Turkish being one."""
    return text.lower().replace("\u0131", "i").replace("i\u0307", "i")


_STARTS_DATED: Final = re.compile(
    r"[ \t]{0,8}(?:\d{1,4}\. ?\d{1,2}\. ?\d{1,4}|\d{1,4}[/-]\d{1,2}[/-]\d{1,4}|\d{4}[年년]"
    r"|[^\W\d]{2,12}\.?,? {1,2}\d{1,2}[ .]"
    r"|\d{1,2}\.? [^\W\d]{3,12}\.?,? \d{4}|\S{1,14},? (?:19|20)\d\d)"
)
_WROTE: Final = re.compile(
    r"(?:^|[\s,>\"'’”)])(?:"
    + "|".join(sorted({re.escape(_folded(w)) for ws in data.WROTE.values() for w in ws}, key=len, reverse=True))
    + r")(?:[\s:：.(,]|$)|(?:写道|寫道|書きました|작성)"
)
"""In lower case: a search that ignores case takes three times as long."""
_APART: Final = re.compile(r"[\s,>\"'’”):：.(]+")
_VERBS: Final = frozenset(_folded(w) for ws in data.WROTE.values() for w in ws)
_SIGNS: Final = frozenset(max(_APART.split(one), key=len) for one in _VERBS)
"""The longest word of each: it stands apart wherever they do."""
_RUN_ON: Final = ("写道", "寫道", "書きました", "작성")
"""Those before and behind which no blank stands."""


def wrote(lower: str) -> bool:
    """Whether a word for writing stands in text that was folded; quick where none does, which is nearly everywhere."""
    signs = not _SIGNS.isdisjoint(_APART.split(lower)) or (not lower.isascii() and any(one in lower for one in _RUN_ON))
    return signs and bool(_WROTE.search(lower))


_MIDLINE: Final = re.compile(
    r"[\s>.!?)](?=On (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|[A-Z][a-z]{2} \d|\d{1,2}[ ./-])"
    r"|(?:Am|Le|El|Il|Em|Op|Den) \S{1,12} \d)"
)
"""Where in a line an introduction may begin that a program put behind the sender's words."""
_FRAME: Final = re.compile(
    r"^[ \t]*[-_*=\u2010-\u2015]{2,}[ \t]*|(?<![ \t_*=\u2010-\u2015-])[ \t]*[-_*=\u2010-\u2015]{2,}[ \t]*$"
)
_FRAMES: Final = frozenset("-_*=‐‑‒–—―")
_FRAMED: Final = re.compile(r"[ \t]*[-=\u2010-\u2015]{2,}.{3,150}[-=\u2010-\u2015]{2,}[ \t]*\Z")
_ENDS: Final = re.compile(r"[:：][\s>*_\u202f]{0,4}\Z")
_ENDS_WROTE: Final = re.compile(
    r"(?:wrote|writes|schrieb|geschrieben|écrit|escribió|escreveu|scritto|skrev|schreef|napisał|пишет|написал|kirjoitti)"
    r"[ :]*$",
    re.IGNORECASE,
)
_COLON: Final = re.compile(r"[:：](?=[\s\u00a0])")
_ENDINGS: Final = frozenset(":：>*_-=‐‑‒–—―")
_PRONOUN: Final = re.compile(
    r"(?:^|[\s,])(?:I|[Ww]e|[Yy]ou|[Hh]e|[Ss]he|[Tt]hey|ich|[Ww]ir|[Dd]u|Sie|[Ii]hr|[Ii]k|[Ww]ij|jij|[Jj]ag|[Vv]i|[Jj]eg"
    r"|han|hun|hon|[Yy]o|usted|[Ii]o|[Nn]oi|[Nn]ous|[Jj]e (?:vous|te)|você|[Яя]|[Мм]ы|[Вв]ы|[Тт]ы|он|она)\s"
)
"""Who writes "on Monday at ten I wrote:" introduces words of their own."""
_TELLS: Final = re.compile(
    r"^(?:I|[Ww]e|[Yy]ou|[Hh]e|[Ss]he|[Tt]hey|[Ii]ch|[Ww]ir|[Ss]ie|[Ii]k|[Ww]ij|[Jj]ag|[Vv]i|[Jj]eg|[Pp]lease|[Bb]itte)\s"
    r"|\b(?:and|but|that|und|dass|et|que|y|e|che|en|dat|och|og) (?:I|we|you|he|she|they|ich|wir|sie|er|il|elle|nous) "
)
"""The same where an address stands, which people write too."""
_STOPS: Final = re.compile(r"(?:[!?…。！？;:：]|[^\W\d]{5,}[.)]|\.{2,})[\s*_]*\Z")
"""A line that ends a sentence is not continued by the next; an abbreviated month or a number with a point may be."""
_ALONE: Final = 8
"""Words in "Ann Archer (Example Ltd) wrote:", where neither date nor address tell more."""


def may_introduce(line: str) -> bool:
    """The quick way out for nearly every line: how introductions end, or what one that runs on holds."""
    return line[:600].rstrip(_UNSEEN)[-1:] in _ENDINGS or (
        "@" in line[:300] and (":" in line[:300] or "：" in line[:300])
    )


Known = dict[tuple[str, bool, bool], int]
"""What `introduces` found out about lines of the same mail, which in long mails are repeated."""


def introduces(lines: list[str], end: int, free: int, quoted: bool, known: Known) -> int:
    """The first line of the introduction whose last line is `end`, or -1.

    `free`: the first line that may belong to it.  `quoted`: quoted lines follow.
    """
    if not quoted and lines[end][:600].rstrip(_UNSEEN)[-1:] not in _ENDINGS:
        return -1  # the quick way out, for nearly every line
    line = _clear(lines[end])
    if len(line) > 300 or not (quoted or line[-1:] in _ENDINGS):
        return -1
    bare = line.strip(" \t")
    plain = _FRAME.sub("", line) if bare[:1] in _FRAMES or bare[-1:] in _FRAMES else line
    ends = bool(_ENDS.search(line[-6:])) or (plain != line and bool(_ENDS_WROTE.search(plain)))
    if not ends and not quoted:
        return -1
    if ends and len(plain) + 4 <= len(line) and _FRAMED.match(line) and _ENDS_WROTE.search(plain):
        return end  # "---- Ann schrieb ----"
    joined, best, most = "", -1, 0
    for start in range(end, max(free - 1, end - LINES), -1):
        if not lines[start].strip():
            if lines[start + 1].lstrip().startswith("<"):
                continue  # some programs set the address apart
            break
        if start < end and not _continued(lines[start]):
            break
        joined = f"{_clear(lines[start]).strip()} {joined}" if joined else plain.strip()
        if len(joined) > LONGEST:
            break
        score = _known(joined, ends, quoted, known)
        if score > most:
            best, most = start, score
        if most == _ALL:
            break
    return _from_name(lines, best, free) if best >= 0 else -1


def _known(joined: str, ends: bool, quoted: bool, known: Known) -> int:
    """`_says`, asked once for each text and for so many texts of one mail."""
    score = known.get((joined, ends, quoted), -1)
    if score < 0:
        score = _says(joined, ends, quoted) if len(known) < 2 * BOUNDS.guesses else 0
        known[joined, ends, quoted] = score
    return score


def split_line(line: str) -> str:
    """What stands before an introduction on the same line, "" if nothing does."""
    line = _clear(line)
    if len(line) > 500 or not _ENDS.search(line[-6:]):
        return ""
    for cut in islice(_MIDLINE.finditer(line), 3):
        tail = line[cut.end() :]
        if len(tail) < 250 and DATE.search(tail[:80]) and wrote(_folded(tail[-160:])):
            return line[: cut.end()].rstrip(" \t-")
    return ""


def runs_on(line: str) -> bool:
    """Whether a line begins with a whole introduction, address and all, and goes on with what it introduces."""
    if "@" not in line[:300] or not (":" in line[:300] or "：" in line[:300]):
        return False
    line = _clear(line).lstrip()
    for colon in islice(_COLON.finditer(line, 0, 300), 6):
        head = line[: colon.end()]
        if not ADDRESS.search(head):
            continue
        if len(line) < colon.end() + 2 or not _begins(head):
            return False
        return bool(DATE.search(head) and wrote(_folded(head[-80:])) and not _TELLS.search(head))
    return False


def visible(text: str) -> str:
    """Without the characters that nobody sees."""
    return text if text.isascii() else INVISIBLE.sub("", text)


def _clear(line: str) -> str:
    return visible(line[:600]).replace("\u202f", " ").rstrip()


def _continued(line: str) -> bool:
    """Whether a line may go on in the next."""
    line = _clear(line)
    return not _STOPS.search(line[-40:]) or bool(DATE.search(line[-12:]))


def _from_name(lines: list[str], start: int, free: int) -> int:
    """The line before too, when the address is there torn from its name."""
    first = _clear(lines[start]).lstrip()
    if start > free:
        above = _clear(lines[start - 1])
        torn = first.startswith("<") or above.endswith(("<", "(")) or first.count(">") > first.count("<")
        torn = torn or (above.endswith(",") and (_begins(above) or above.lower().startswith(_IN_ARTICLE)))
        if torn and above.strip() and len(above) < 100 and (above.endswith(("<", "(")) or _continued(above)):
            return start - 1
    return start


_ALL: Final = 6
_IN_ARTICLE: Final = ("in article", "in message", "in reply", "in response", "in news:")


def _says(joined: str, ends: bool, quoted: bool) -> int:
    """How much speaks for an introduction; 0 when too little does."""
    address = "@" in joined and bool(ADDRESS.search(joined))
    dated = bool(_DIGIT.search(joined) and DATE.search(joined))
    if not (dated or address or quoted):
        return 0
    lower = _folded(joined)
    written = wrote(lower[-160:]) or (len(lower) > 160 and wrote(lower[:160]))
    begins, timed = _begins(joined), bool(TIME.search(joined))
    personal = bool(_TELLS.search(joined) if address else _PRONOUN.search(joined))
    short = len(joined) < 160 and len(joined.split()) <= _ALONE
    if not ends:
        enough = dated and len(joined) < 200 and (address or (written and begins and not personal))
    elif quoted:
        enough = (written and (address or dated or short)) or (address and (dated or len(joined) < 120))
        enough = enough or (dated and timed and (begins or _names_first(joined)) and len(joined) < 150)
        enough = (enough or _is_full_name(joined)) and (not personal or short or begins)
    elif written:
        enough = ((dated and (address or timed)) or (address and short)) and not personal
    else:
        apart = bool(_BRACKETED.search(joined) or _LAST_ADDRESS.search(joined)) and not personal
        enough = dated and apart and (begins or (timed and _is_named(joined)))
    return 1 + written + dated + address + begins + (address and _ends_bare(joined)) if enough else 0


def _is_full_name(joined: str) -> bool:
    """Whether the line is "Ann Archer:" and nothing else."""
    words = joined.rstrip(" :：").split()
    return 2 <= len(words) <= 4 and all(one[:1].isupper() and one.replace(".", "").isalpha() for one in words)


def _names_first(joined: str) -> bool:
    """Whether the line is a name and a date, as in "Ann Archer, 02.11.2026 10:14:"."""
    match = DATE.search(joined)
    words = joined[: match.start()].strip(" ,-(").split() if match else []
    return 2 <= len(words) <= 4 and all(one[:1].isupper() for one in words)


def _ends_bare(joined: str) -> bool:
    """Whether the introduction is whole: its brackets are all closed."""
    return joined.count("<") == joined.count(">") and joined[:1] not in "<>"


def _begins(joined: str) -> bool:
    """Whether a line starts as introductions do: "On", a weekday or a date, and soon names a day."""
    joined = joined.lstrip(" \t*_->")[:120]
    return bool((_INTRO.match(joined) and DATE.search(joined[:60])) or _STARTS_DATED.match(joined))


def _is_named(joined: str) -> bool:
    """Whether a name and its address, and nothing else, stand at the start."""
    bracket = _BRACKETED.search(joined)
    if bracket is None:
        return False
    words = joined[: bracket.start()].split()
    return len(words) <= 4 and all(not one[:1].islower() for one in words)
