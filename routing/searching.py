"""Looking for words and patterns in text, in bounded time whatever the text and whatever the pattern.

Case and the many ways in which Unicode can write the same letters do not matter: both sides are folded alike.  Words
and phrases are found in linear time.  Patterns are regular expressions of administrators: they are checked when the
configuration is read, searched within a time limit, and what takes longer counts as "not found", never as an error.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import regex

LOOKED_AT = 100_000
"""Characters of a text that are looked at; what comes later is neither folded nor searched."""
LONGEST_PATTERN = 1_000
TEST_SECONDS = 0.05
MAIL_SECONDS = 0.2
_LARGEST_PATTERN = 20_000
_FLAGS = regex.IGNORECASE | regex.MULTILINE | regex.VERSION0
_ATTACK_LENGTH = 500  # enough to make cubic patterns fail, while what is merely quadratic takes a millisecond
_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
# Python's normalisation takes quadratic time over a long run of combining marks (seconds for 100 KB).  No script needs
# more than a few; 30 is the limit of the Stream-Safe Text Format (Unicode Annex 15).  The two others turn into marks.
_MARKS = regex.compile(r"([\p{M}\uFF9E\uFF9F]{30})[\p{M}\uFF9E\uFF9F]+")
_WORD = regex.compile(r"\w+")
_REPEATED = regex.compile(r"(\w)[])]*[+*{]")


def fold(text: str) -> str:
    """The text as it is compared: same letters, same case, one blank for any white space, nothing invisible.

    This is the compatibility caseless matching of the Unicode Standard (3.13, D146).
    """
    safe = _MARKS.sub(r"\1", text[:LOOKED_AT].translate(_INVISIBLE))
    once = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", safe).casefold())
    return " ".join(unicodedata.normalize("NFKC", once.casefold()).split())


def as_words(text: str) -> str:
    """The words of a text, folded, each between blanks: a phrase of whole words is then a plain substring."""
    return _between_blanks(fold(text))


def _between_blanks(folded: str) -> str:
    return f" {' '.join(_WORD.findall(folded))} "


@dataclass(frozen=True)
class Text:
    """A text that conditions look at; each form is worked out once, when asked for."""

    written: str

    @cached_property
    def folded(self) -> str:
        """See `fold`."""
        return fold(self.written)

    @cached_property
    def words(self) -> str:
        """See `as_words`."""
        return _between_blanks(self.folded)


@dataclass(frozen=True)
class Pattern:
    """A regular expression of an administrator, equal by its text.  Case is ignored; ``^`` and ``$`` are line ends."""

    source: str

    @cached_property
    def compiled(self) -> regex.Pattern[str]:
        """Raises `regex.error` and others for a bad pattern: use `checked_pattern` first."""
        return regex.compile(self.source, _FLAGS)

    def __reduce__(self) -> tuple[type[Pattern], tuple[str]]:
        """Pickle the text; a copy compiles again."""
        return Pattern, (self.source,)


class TooSlow(Exception):
    """The search was given up; the message says which limit was reached."""


class Budget:
    """The time that patterns may take for one mail.  `clock` gives seconds of work (of this thread, not of the day)."""

    def __init__(self, clock: Callable[[], float] = time.thread_time, seconds: float = MAIL_SECONDS) -> None:
        self._clock = clock
        self._total = self._left = seconds
        self.given_up = 0
        """Searches that took too long by themselves."""

    def search(self, pattern: Pattern, text: str) -> bool:
        """Whether the pattern occurs in the first `LOOKED_AT` characters; raises TooSlow."""
        if self._left <= 0:
            raise TooSlow(f"the {self._total * 1000:.0f} ms that patterns may take for one mail were used up")
        started = self._clock()
        try:
            return pattern.compiled.search(text[:LOOKED_AT], timeout=min(TEST_SECONDS, self._left)) is not None
        except (TimeoutError, MemoryError) as error:
            self.given_up += 1
            raise TooSlow(f"took longer than {TEST_SECONDS * 1000:.0f} ms") from error
        finally:
            self._left -= self._clock() - started


def checked_pattern(source: str) -> Pattern:
    """The pattern, if it can be used; else ValueError with what is wrong in plain words."""
    if len(source) > LONGEST_PATTERN:
        raise ValueError(f"the pattern has {len(source)} characters; at most {LONGEST_PATTERN} are allowed")
    if _size(source) > _LARGEST_PATTERN:
        raise ValueError("the pattern repeats groups inside repeated groups too often; use smaller numbers in { }")
    pattern = Pattern(source)
    try:
        compiled = pattern.compiled
    except (regex.error, RecursionError, MemoryError, OverflowError, ValueError) as error:
        raise ValueError(f"not a regular expression: {error or type(error).__name__}") from error
    for attack in _attacks(source):
        if _too_slow(compiled, attack):
            shown = attack[:8].strip() or "blanks"
            raise ValueError(
                f"the pattern takes too long on a text like {shown}…: look for a repeat inside a repeat, as in (a+)+"
            )
    return pattern


def _attacks(source: str) -> tuple[str, str, str]:
    """Texts that make a bad pattern run for ever: letters, blanks and digits, and what the pattern itself repeats.

    Each ends in something that does not fit, then in the pattern's own words: the library gives up at once on a text
    that lacks a word that must occur.
    """
    end = "!" + source.replace("\\", "")
    own = dict.fromkeys(_REPEATED.findall(source) + [character for character in source if character.isalnum()])
    return (
        "a" * _ATTACK_LENGTH + end,
        " \t" * (_ATTACK_LENGTH // 2) + "\0" + "0" * _ATTACK_LENGTH + end,
        "!".join(character * _ATTACK_LENGTH for character in list(own)[:4]) + end,
    )


def _too_slow(compiled: regex.Pattern[str], text: str) -> bool:
    """Whether the search needs more than the limit.

    The library's time limit counts the work of all threads of the process.  Where others were busy meanwhile, the time
    of this thread decides, and the search is tried again with more patience, a few times.
    """
    for patience in (1, 4, 16, 64):
        started = time.thread_time()
        try:
            compiled.search(text, timeout=TEST_SECONDS * patience)
        except MemoryError:
            return True
        except TimeoutError:
            if time.thread_time() - started >= TEST_SECONDS / 2:
                return True
        else:
            return False
    return True


def _size(source: str) -> int:
    """About how large the library's program for a pattern becomes: it writes repeated parts out, again and again.

    Only for saying no before compiling takes all memory, so it may be wrong about odd patterns.
    """
    stack = [0]  # size of each group that is still open
    last = 0  # size of the item that a quantifier would repeat
    at = 0
    while at < len(source):
        item = _ITEM.match(source, at)
        assert item is not None  # the last alternative takes any character
        at = item.end()
        if item["open"]:
            stack.append(0)
            last = 0
        elif item["close"] and len(stack) > 1:
            last = stack.pop() + 1
            stack[-1] += last
        elif item["times"] or item["plus"]:
            repeated = last * (int(item["times"][:9]) if item["times"] else 1)
            stack[-1] += repeated
            last += repeated
        else:
            last = 1
            stack[-1] += 1
    return sum(stack)


_ITEM = regex.compile(
    r"""(?<open>\() | (?<close>\)) | \{(?<times>[0-9]+)(?:,[0-9]*)?\} | (?<plus>\+)
      | \\. | \[\^?\]?(?:\\.|[^\]\\])*\] | .""",
    regex.VERBOSE | regex.DOTALL,
)
