"""What each line of a mail is: quoted, an attribution ("On Monday, Ann wrote:"), a header of a quoted mail, a signature.

Every test looks at a bounded piece of text, so the whole is linear.  Which lines belong to the reply is decided in
`reply`; the words of the languages are in `replywords`.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from parsers import replydevices as devices
from parsers import replyendings as endings
from parsers import replyheads as heads
from parsers import replyintros as intros
from parsers import replywords as data
from parsers.replykinds import (
    ATTRIBUTION,
    BLANK,
    DIVIDER,
    FOOTER,
    FORWARDED,
    HEADER,
    ORIGINAL,
    QUOTED,
    SIGNATURE,
    TEXT,
    lowered,
)

_SPACE: Final = " \t\r\f\v\u00a0\u200b\u200c\u200d\u200e\u200f\u2060\u3000\ufeff"
"""What nobody sees at the ends of a line."""
_QUOTE: Final = re.compile(r"[ \t]{0,3}(?:>|&gt;)")
_DASHES: Final = re.compile(r"(?:--|__|—|–|-{3})[ \t]*")
_RULE: Final = re.compile(r"_{5,}|-{5,}|={5,}|~{5,}|─{5,}|—{3,}")
_RULED_WORDS: Final = re.compile(
    r"([-_=*~\u2010-\u2015\u2500])\1{2,}[ \t]{0,3}([^\W\d_][^\r\n_=~\u2500]{3,60}?)[ \t]{0,3}\1{3,}"
)
"""Words between two rulers at the head of a line; where a field follows on it, they are a program's."""
_AROUND: Final = re.compile(r"^[\s>*_#=~\u2010-\u2015-]*|[\s*_#=~:\u2010-\u2015-]*$")
_WRAPPED_END: Final = re.compile(
    r">[ \t]{0,2}(?:wrote|schrieb|a écrit|escribió|escreveu|ha scritto|schreef|skrev) ?:", re.IGNORECASE
)
_TRACKERS: Final = frozenset({"ᐧ", "\u034f"})
"""Characters by which extensions of Gmail see whether a mail was opened."""
_RULERS: Final = frozenset("-_—–=*~#─‐‑―━═＿‗＝－ー＊～〜☆★◇◆□■○●◎※♪♢♦✿❀+・･゜｡")
_ORNAMENTS: Final = 3
"""So many different signs a ruler is made of at most."""
_BEGINNINGS: Final = ("begin ", "anfang", "début", "inicio", "início", "inizio", "start på")
_LINK: Final = re.compile(r"\]\([^)\s]{0,300}\)|<[^>\s]{0,300}>|\bhttps?://\S+")
_TAGS: Final = re.compile(r"</?(?:div|br|p|b|span|font)\b[^>]{0,100}>")
_INITIALS: Final = re.compile(r"[ \t]{0,2}([^\W\d_a-z][^\W\d_]{0,5})>(?:[ \t>]|$)")
_ARROWS: Final = re.compile(r">>> ?[^>\s].{8,180}>>>\Z")
"""">>> Ann Archer 02.11.2026 10:14 >>>", as GroupWise writes it."""
_ARROW_INTRO: Final = re.compile(r">>> (?:On|Am|Le|El|Il|Op) \d{1,2}[./-]\d")
_MARGINS: Final = frozenset("|:»}#%")
"""What some programs put before quoted lines in place of ">"."""
_OPEN_END: Final = re.compile(r"(?:https?://|www\.)\S*\Z|\([^)\s]*\Z")
_FIRST_QUOTED: Final = re.compile(f"[{TEXT}{BLANK}](?={QUOTED})")
_WRAPPED, _LONGEST, _OFTEN = 62, 82, 3
"""Characters of a line that was broken, and how many of them show that a program broke them."""
_FENCE: Final = re.compile(r"[ \t]{0,3}(?:```|~~~)")
_MOBILE_HEADS: Final = frozenset(one[:2] for one in devices.MOBILE)
_PLAIN: Final = frozenset({TEXT, BLANK})
_ABOVE_ASCII: Final = tuple(filter(str.isascii, data.ABOVE_SIGNS))
_DEVICE_WORDS: Final = 14
_BEHIND: Final = ")]*_~.。 \t"
_BY: Final = frozenset({"via", "with", "by", "using", "mit", "über", "avec", "con", "com", "med", "met", "through"})
"""People send things with the post or via mail; such a line must name a product."""
_NAMED: Final = re.compile("|".join(re.escape(one) for one in devices.PRODUCTS))
_SENT_FROM: Final = re.compile(r"[(\[<*_]?Sent (?:from|via|with|by) (?:my )?[A-Z][\w.+ -]{1,40}[)\]>*_!]?\Z")
_DEVICE: Final = re.compile("|".join(re.escape(one) for one in devices.DEVICES))


def classified(lines: list[str], subject: str = "") -> list[str]:
    """One letter for each line; attributions and header blocks of several lines have the letter on each of them."""
    letters = {line: _simple(line) for line in dict.fromkeys(lines)}  # half of the lines of a long mail are repeated
    codes = [letters[line] for line in lines]
    whole = "\n".join(lines).lower()
    signs = [one for one in (_ABOVE_ASCII if whole.isascii() else data.ABOVE_SIGNS) if one in whole]
    if signs:
        _requests(lines, codes, signs)
    if ">" in whole:
        _initials(lines, codes)
    if "```" in whole or "~~~" in whole:
        _fences(lines, codes)
    heads.mark(lines, codes, subject, whole)
    if "```" in whole or "~~~" in whole:
        _fences(lines, codes)
    _above(lines, codes)
    if QUOTED in codes:
        _torn(lines, codes)
    free, known = 0, intros.Known()
    near = _before_quotes(codes)
    for index, line in enumerate(lines):
        code = codes[index]
        if code == TEXT and (index in near or intros.may_introduce(line)):
            _attribution(lines, codes, index, free, known)
            code = codes[index]
        if code not in _PLAIN:
            free = index + 1
    _inside(lines, codes, known)
    if ATTRIBUTION in codes or QUOTED in codes:
        _margins(lines, codes)
    return codes


def _requests(lines: list[str], codes: list[str], signs: list[str]) -> None:
    """Marks the lines of ticket systems that ask for the answer to be written above them; `signs`: those in the text."""
    for index, line in enumerate(lines):
        if codes[index] in (TEXT, FOOTER) and len(line) < 200:
            lower = lowered(line)
            if any(one in lower for one in signs) and any(one in lower for one in data.ABOVE):
                codes[index] = ORIGINAL


def _torn(lines: list[str], codes: list[str]) -> None:
    """Marks what a server broke off a quoted line that was too long: it has lost its mark."""
    _rewrapped(lines, codes)
    for index in range(1, len(lines)):
        if codes[index] != TEXT or codes[index - 1] != QUOTED:
            continue
        piece, above = lines[index].strip(), lines[index - 1].rstrip()[-300:]
        follows = codes[index + 1] if index + 1 < len(codes) else BLANK
        if len(piece) > 60 or (follows == TEXT and len(piece) > 20):
            continue
        open_end = bool(_OPEN_END.search(above)) and not piece[:1].isupper() and " " not in piece
        if open_end or (follows == QUOTED and _breaks(above, piece)):
            codes[index] = QUOTED


def _rewrapped(lines: list[str], codes: list[str]) -> None:
    """Marks the ends of quoted lines where a program broke nearly all that were too long: each goes on a sentence."""
    torn, others = [], 0
    for index in range(1, len(lines)):
        if codes[index] != TEXT or codes[index - 1] != QUOTED:
            continue
        piece, above = lines[index].strip(), lines[index - 1].rstrip()
        alone = index + 1 < len(codes) and codes[index + 1] == QUOTED
        goes_on = (above[-1:].isalnum() or above[-1:] == ",") and (piece[:1].islower() or piece[:1] in "(")
        if alone and goes_on and _WRAPPED <= len(above) < _LONGEST and len(piece) < len(above):
            torn.append(index)
        else:
            others += 1
    if len(torn) >= _OFTEN and not others:
        for index in torn:
            codes[index] = QUOTED


def _breaks(above: str, piece: str) -> bool:
    """Whether a line stops in the middle of a sentence that the next, with a comma or a stop inside, goes on with."""
    return len(above) >= 74 and above[-1:].isalnum() and piece[:1].islower() and (piece[-1:] in ".,;" or "," in piece)


def _margins(lines: list[str], codes: list[str]) -> None:
    """Marks quotes with another sign at the margin, where an attribution stands above them."""
    for index in range(1, len(lines)):
        margin = lines[index].lstrip()[:1]
        if codes[index] != TEXT or margin not in _MARGINS or not margin:
            continue
        above = index - 1
        if codes[above] == BLANK and above:
            above -= 1
        same = codes[above] == QUOTED and lines[above].lstrip()[:1] == margin
        if codes[above] == ATTRIBUTION or same:
            codes[index] = QUOTED


def _above(lines: list[str], codes: list[str]) -> None:
    """Marks what a program wrote above the header of an older mail, or above a quote, in words of any language."""
    last = -1  # the last line that is not empty
    for index, code in enumerate(codes):
        if code in (HEADER, QUOTED) and last >= 0 and codes[last] == TEXT and index - last <= 3:
            bare = lowered(_AROUND.sub("", lines[last].strip()[:200]))
            if 0 < len(bare) < 70:
                if bare.startswith(data.FORWARDED):
                    codes[last] = FORWARDED
                elif _names_original(lines[last], bare, code):
                    codes[last] = ORIGINAL
        if code != BLANK:
            last = index


def _names_original(line: str, bare: str, code: str) -> bool:
    """Whether a line above a header or a quote says "Original message" between rulers, or anything between them."""
    if heads.RULED.match(line):
        return code == HEADER or bare.startswith(data.ORIGINAL)
    return code == HEADER and len(bare) < 40 and bare.startswith(data.ORIGINAL)


def _inside(lines: list[str], codes: list[str], known: intros.Known) -> None:
    """Marks an attribution that stands, quoted itself, at the head of the first quote, as some programs write it."""
    if QUOTED not in codes:
        return
    first = codes.index(QUOTED)
    inner: list[str] = []
    for index in range(first, min(first + intros.LINES, len(lines))):
        if codes[index] != QUOTED:
            return
        inner.append(_QUOTE.sub("", lines[index], count=1))
        if intros.introduces(inner, len(inner) - 1, 0, False, known) == 0:
            codes[first : index + 1] = [ATTRIBUTION] * (index + 1 - first)
            return


def _simple(line: str) -> str:
    """The letter of a line that can be told by itself."""
    stripped = line.strip(_SPACE)
    if not stripped:
        return BLANK
    first = stripped[0]
    if first in ">&" and _QUOTE.match(line):
        if stripped.startswith(">-----") and _marker(stripped[1:200]) == ORIGINAL:
            return ORIGINAL
        if first == ">" and _ARROWS.match(stripped[:200]) and intros.DATE.search(stripped[:200]):
            return ORIGINAL
        return TEXT if _WRAPPED_END.fullmatch(stripped) else QUOTED
    if stripped in _TRACKERS:
        return FOOTER
    if first == "[" and lowered(stripped) in data.HIDDEN:
        return QUOTED
    if first == "<" and stripped.startswith(("<div", "<br", "<p")):
        stripped = _TAGS.sub("", stripped[:100].partition("</div>")[0]).strip() or stripped
        first = stripped[0]
    if first in _RULERS or len(stripped) < 120:
        return _marker(stripped[:200])
    return TEXT


def _marker(stripped: str) -> str:
    lower = lowered(stripped)
    if stripped.startswith("##-") and stripped.endswith("-##"):
        return ORIGINAL  # ticket systems: what stands above is the answer
    if lower[0] in _RULERS or lower.endswith(("--", "__")):
        if _DASHES.fullmatch(stripped):
            return SIGNATURE
        core = stripped.strip("* \t")
        if _RULE.fullmatch(core) or (not core and len(stripped) >= 5) or _is_ornament(stripped):
            return DIVIDER
        ruled = _RULED_WORDS.match(lower)
        bare = ruled[2] if ruled and heads.field_sort(lower[ruled.end() :].lstrip()) else _AROUND.sub("", lower)
        if len(bare) < 60 and (bare.startswith(data.ORIGINAL) or bare == "original"):
            return ORIGINAL
        if bare.startswith(data.FORWARDED):
            return FORWARDED
    elif lower.startswith(_BEGINNINGS) and lower.startswith(data.FORWARDED):
        return FORWARDED
    return FOOTER if _by_device(stripped, lower) or lower.startswith(endings.SCANNERS) else TEXT


def _is_ornament(stripped: str) -> bool:
    """Whether a line is a ruler of other signs, as people in East Asia set round their signatures."""
    signs = set(stripped) - {" ", "\u3000"}
    return len(stripped) >= 8 and len(signs) <= _ORNAMENTS and signs <= _RULERS and signs.isdisjoint("#+")


def _by_device(stripped: str, lower: str) -> bool:
    """Whether a line is what a device or program adds about itself: it names one, and says no more."""
    if lower.count(" ") > 3 * _DEVICE_WORDS:
        return False
    linked = "<" in lower or "://" in lower or "](" in lower
    if not linked and "[" not in lower and not _may_name_a_device(lower):
        return False
    plain = (_LINK.sub(" ", lower) if linked else lower).replace("[", "").strip("([*_~-–— ")
    words = plain.split()
    if len(words) > _DEVICE_WORDS or plain.endswith("?"):
        return False
    if plain[:2] in _MOBILE_HEADS and plain.startswith(devices.MOBILE):
        device = _NAMED if len(words) > 1 and words[1] in _BY else _DEVICE
        return bool(device.search(plain)) or (plain.startswith(devices.MOBILE_ALWAYS) and _is_brief(plain))
    if "sent " in lower[:8] and _SENT_FROM.match(stripped):
        return bool(_DEVICE.search(plain))
    bare = plain.rstrip(_BEHIND)
    return bare.endswith(devices.MOBILE_ENDS) and len(words) <= 8 and bool(_DEVICE.search(bare))


def _may_name_a_device(lower: str) -> bool:
    """The quick way out for nearly every line: how such lines begin and end in all languages."""
    bare = lower.strip("([*_~-–— ")
    begins = bare[:2] in _MOBILE_HEADS or "sent " in lower[:8]
    return begins or bare.rstrip(_BEHIND).endswith(devices.MOBILE_ENDS)


def _is_brief(plain: str) -> bool:
    """Whether "Sent from my toaster" says nothing more: people write sentences that begin so."""
    return len(plain.split()) <= 7 and "," not in plain and not plain.endswith(".")


def _initials(lines: list[str], codes: list[str]) -> None:
    """Marks quotes whose lines begin with the quoted person's initials ("AA> "), as some programs write them."""
    found = [(index, match[1]) for index, line in enumerate(lines) if (match := _INITIALS.match(line))]
    often = Counter(who for _, who in found)
    for index, who in found:
        if codes[index] == TEXT and often[who] > 1:
            codes[index] = QUOTED


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


def _attribution(lines: list[str], codes: list[str], end: int, free: int, known: intros.Known) -> None:
    """Marks the attribution whose last line is `end`, if it is one; `free` is the first line that may belong to it."""
    quoted = _quote_follows(codes, end)
    if not quoted and intros.runs_on(lines[end]):
        codes[end] = ATTRIBUTION  # the quote begins on the same line
        return
    words = intros.split_line(lines[end]) if quoted else ""
    if words:
        lines[end] = words  # a reply and an attribution on one line
        return
    start = intros.introduces(lines, end, free, quoted, known)
    if start > 0 and codes[start - 1] == QUOTED and _ARROW_INTRO.match(lines[start - 1]):
        start -= 1
    if start >= 0:
        codes[start : end + 1] = [ATTRIBUTION] * (end + 1 - start)
        heads.above_introduction(lines, codes, start)


def _before_quotes(codes: list[str]) -> set[int]:
    """The lines of text behind which, empty ones aside, quoted lines follow at once."""
    found = set()
    for quote in _FIRST_QUOTED.finditer("".join(codes)):
        above = quote.start()
        while above >= max(0, quote.start() - 4) and codes[above] == BLANK:
            above -= 1
        if codes[above] == TEXT:
            found.add(above)
    return found


def _quote_follows(codes: list[str], index: int) -> bool:
    for code in codes[index + 1 : index + 6]:
        if code == QUOTED:
            return True
        if code != BLANK:
            return False
    return False
