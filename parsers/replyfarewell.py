"""Formulas of farewell, and what stands under them: who wrote it.

Known formulas are data.  Of unknown ones ("Le gach dea-ghuí,") the place tells: short, with a comma, without a word that
could say something, and under them nothing but the sender's own name.
"""

from __future__ import annotations

import re
from typing import Final

from parsers import replyendings as data
from parsers import replykinds as kinds
from parsers.replycontacts import ORNAMENT, contacts, is_prose, is_sentence, is_small_print
from parsers.replykinds import lowered
from parsers.replynamed import AND as _AND
from parsers.replynamed import NOBODY, Signer
from parsers.replypage import Page

CLOSING_LINES: Final = 30
"""So many lines may follow a formula of farewell, itself included."""
_SIGNED: Final = re.compile(r"(?://?|--?)[^\W\d_][\w.-]{0,30}(?: [^\W\d_][\w.-]{0,30}){0,2}")
"""A name after a slash (as Scandinavians sign) or a dash, at the very end."""
_PARTS: Final = re.compile(r"[,.!;|/、。，！،] ?| [-–—&+] | (?:and|und|et|y|e|en|og|och|ja|i|a|и|та|és|ve|şi|și|și) ")
_TOKEN: Final = re.compile(r"[^\s,.!;:*_\-–—~、。，！：،|/&+]+")
_FIRST_WORDS: Final = frozenset(_TOKEN.findall(one)[0] for one in data.VALEDICTIONS)
_THANKS: Final = re.compile(
    "thank|thx|dank|merci|gracias|obrigad|grazie|bedankt|tak|tack|takk|kiito|dzięk|děkuj|díky|ďakuj|kösz|mulțum|спасиб"
    "|благодар|дяку|хвала|hvala|ευχαρ|teşekkür|תודה|شكر|ممنون|धन्यवाद|ขอบคุณ|cảm ơn|terima|谢|謝|ありがと|감사|aitäh|tänan"
    "|paldies|ačiū|gràcies"
)
_FROM: Final = frozenset(
    {"aus", "from", "de", "da", "fra", "från", "van", "uit", "von", "vom", "z", "ze", "iz", "из", "з"}
)
_WIDEST: Final = 80
_STOPS: Final = frozenset(".?!:：;。！？…")
_COMMAS: Final = frozenset(",，、")
_FORMULA_WORDS, _FORMULA_CHARS, _ONE_WORD = 5, 45, 15
_CORE_WORDS: Final = 4
_PLAIN: Final = re.compile(r"[^\W\d_]+")
_ENDS: Final = frozenset(".!。！")
_VALUE: Final = re.compile(r"[^\W\d_][^:：]{1,30}[:：] ?[\w-]{0,20}\d")


def closing(page: Page, end: int, signer: Signer = NOBODY) -> None:
    """A farewell with the name under it, when it is the last of the sender's text, or an afterthought follows."""
    end = page.words_end(end)
    left = [
        index
        for index in range(end)
        if index not in page.gone and page.codes[index] not in (kinds.BLANK, kinds.DIVIDER)
    ]
    for at in range(max(1, len(left) - CLOSING_LINES), len(left)):
        if page.codes[left[at]] == kinds.TEXT and _takes_leave(page, left, at, signer):
            stop = _closing_end(page, left, at, end, signer)
            if stop > 0:
                page.cut(left[at], stop, "signature")
                return


def _takes_leave(page: Page, left: list[int], at: int, signer: Signer) -> bool:
    """Whether a line is a farewell where it stands."""
    line = page.lines[left[at]]
    if len(line) > _WIDEST:
        return False
    if is_farewell(line, signer):
        return not _listed(page, left, at) or _named(page, left[at], signer)
    if at == len(left) - 1 and _signed(page, left[at]):
        return True
    comma = line.rstrip()[-1:] in _COMMAS
    if not (comma or not page.lines[left[at] - 1].strip()) or not _named(page, left[at], signer):
        return False
    return _is_formula(page, left, at, comma or page.below(left[at]) in page.gone)


def _named(page: Page, index: int, signer: Signer) -> bool:
    """Whether the sender's name stands below a line."""
    below = page.below(index)
    return below >= 0 and (signer.heads(page.lines[below]) or signer.signs(page.lines[below]))


def _is_formula(page: Page, left: list[int], at: int, placed: bool) -> bool:
    """Whether a line above the sender's name says nothing, in whatever language: with a comma, or apart above a card."""
    line = page.lines[left[at]].strip()
    core = line.rstrip(" ,!~.*_")
    words = core.split()
    short = 0 < len(words) <= _FORMULA_WORDS and len(core) <= (_ONE_WORD if len(words) == 1 else _FORMULA_CHARS)
    if not placed or not short or line[-1] in _STOPS or any(one.isdigit() for one in core):
        return False
    if not data.SAYING.isdisjoint(_PLAIN.findall(lowered(core))):
        return False
    above = [page.lines[one].strip() for one in left[:at]]
    return any(len(one.split()) > 2 or (len(one) > 8 and not one.isascii()) for one in above[1:] or above)


def _listed(page: Page, left: list[int], at: int) -> bool:
    """Whether a short word that may be a farewell ("BR", "best") stands among others, as in a list."""
    index = left[at]
    word = page.lines[index].strip()
    return len(word) <= 4 and bool(page.lines[index - 1].strip()) and left[at - 1] == index - 1


def announced(page: Page, index: int) -> bool:
    """Whether the sender's own line just above announces what stands at `index`; a formula of farewell announces a name."""
    line = page.announcing(index)
    return bool(line) and not is_farewell(line)


def is_farewell(line: str, signer: Signer = NOBODY) -> bool:
    """Whether a line is a formula of farewell, alone, with another, after thanks, or with the name behind it."""
    core = line.strip().strip(ORNAMENT)
    if len(line) > _WIDEST or not core:
        return False
    lower = lowered(core)
    if lower in data.VALEDICTIONS or (not lower.isascii() and "".join(lower.split()) in data.VALEDICTIONS):
        return True
    tokens = _TOKEN.findall(lower)
    if tokens and tokens[-1] in data.HUMBLE:
        return 1 < len(core.split()) <= 4
    first, cored = not _FIRST_WORDS.isdisjoint(tokens), not data.CORES.isdisjoint(tokens)
    if not first and not cored:
        return False
    words = core.split()
    if (cored and _is_core(core)) or (lowered(words[0]) in data.VALEDICTIONS and signer.signs(" ".join(words[1:]))):
        return True
    parts = [one.strip(ORNAMENT) for one in _PARTS.split(core) if one.strip(ORNAMENT)]
    formula = [lowered(one) in data.VALEDICTIONS or (cored and _is_core(one)) for one in parts]
    if any(formula) and len(parts) > 1:
        if formula[0]:
            return all(said or _is_name(one) for one, said in zip(parts[1:], formula[1:], strict=True))
        return formula[-1] and len(parts) == 2 and bool(_THANKS.search(parts[0].lower())) and len(parts[0].split()) <= 4
    return any(
        lowered(" ".join(words[:count])).strip(ORNAMENT) in data.VALEDICTIONS and _is_name(" ".join(words[count:]))
        for count in range(1 if len(words) > 2 and words[1].lower() in _FROM else 2, min(len(words), 6))
    )


def _is_name(text: str) -> bool:
    """Whether words could be a person's or a place's name: few, and all in capitals or after "from"."""
    words = text.split()
    if words and words[0].lower() in _FROM:
        words = words[1:]
    return 0 < len(words) <= 4 and all(one[:1].isupper() or not one[:1].isalpha() for one in words)


def _is_core(text: str) -> bool:
    """Whether a few words have the word for greetings in them ("veel warme groetjes van Ann"), and no other message."""
    if not text[:1].isalpha():
        return False
    tokens = _PLAIN.findall(text[:100])
    words = [lowered(one) for one in tokens]
    source = next((at for at, one in enumerate(words) if at and one in _FROM), len(words))
    if len(tokens) - source > _CORE_WORDS or not all(one[:1].isupper() or one in _AND for one in tokens[source + 1 :]):
        return False
    words = words[:source]
    return 0 < len(words) <= _CORE_WORDS and not data.CORES.isdisjoint(words) and data.SAYING.isdisjoint(words)


def _closing_end(page: Page, left: list[int], at: int, end: int, signer: Signer) -> int:
    """Where the signature under a farewell ends; 0 when what stands there is no name, address or small print.

    What is written below a card whose owner is known, set apart, is an afterthought and stays.
    """
    lines = [page.lines[one].strip() for one in left[at + 1 :]]
    contact = owned = False
    for number, line in enumerate(lines):
        index, lower = left[at + 1 + number], lowered(line)
        if number and is_small_print(lines[number:]):
            return end
        apart = number > 0 and not page.lines[index - 1].strip()
        card = number > 1 and owned and not apart  # a slogan among the lines of a card
        owned = owned or (number == 0 and (signer.signs(line) or signer.heads(line)))
        following = lines[number + 1] if number + 1 < len(lines) else ""
        prose = is_prose(line, following)
        after = lower.startswith(data.AFTERTHOUGHTS) or line.endswith("?") or (contact and prose)
        after = after or (apart and owned and not contact and _says_more(line, prose))
        if after:
            return index if apart and owned and not page.lines[left[at - 1]].rstrip().endswith(":") else 0
        contact = contact or contacts([line]) > 0
        if not contact and (len(line) > 70 or (number > 0 and is_sentence(line) and not card)):
            return 0
    return end


def _says_more(line: str, prose: bool) -> bool:
    """Whether a line below the sender's name, set apart, is a short sentence, or tells a value ("Invoice number: 9921")."""
    words = line.split()
    small = sum(one[:1].islower() for one in words) * 2 > len(words) > 3
    said = (small and (prose or line[-1:] in _ENDS)) or bool(_VALUE.match(line))
    return said and contacts([line]) == 0


def _signed(page: Page, index: int) -> bool:
    """Whether a last line is a name after a dash or slash, not the last item of a list."""
    line = page.lines[index].strip()
    if not _SIGNED.fullmatch(line) or len(line.split()) > 3:
        return False
    above = [page.lines[one].strip() for one in range(max(0, index - 4), index) if page.codes[one] == kinds.TEXT]
    return line.lstrip("/–—-~ ")[:1].isupper() and not any(one.startswith(line[0]) for one in above)
