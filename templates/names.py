"""A name to greet with, out of what a stranger calls themselves.

Promise: the answer is one word of letters of one script, at most 30 long, or empty.  Better no name than a wrong one:
an advertisement or a link in the name of a sender must not come back in our greeting.
"""

from __future__ import annotations

import re
import unicodedata

from templates.plain import one_line

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*\.?")
_TITLES = frozenset({"dr", "mr", "mrs", "ms", "miss", "mx", "prof", "professor", "sir", "dame", "herr", "frau", "ing"})
_NOT_PEOPLE = frozenset(
    {
        "admin", "administrator", "accounts", "billing", "contact", "customer", "desk", "do-not-reply",
        "facilities", "finance", "free", "help", "helpdesk", "hr", "info", "it", "list", "mail", "mailer",
        "marketing", "me", "news", "newsletter", "no-reply", "noreply", "notification", "notifications",
        "office", "order", "orders", "postmaster", "reception", "root", "sales", "scan", "scanner",
        "security", "service", "services", "staff", "support", "system", "team", "test", "the", "user",
        "webmaster",
    }
)  # fmt: skip


def greeting_name(name: str) -> str:
    """The first name in `name` (``"Field, Sam (IT)"`` gives ``Sam``), or empty where it is not clearly one."""
    shown = one_line(name[:250])
    if "@" in shown or "/" in shown or any(character.isdigit() for character in shown):
        return ""
    shown = shown.partition("(")[0].strip("\"' ")
    family, comma, given = shown.partition(",")
    words = (given if comma and given.strip() else family).split()
    while words and words[0].rstrip(".").lower() in _TITLES:
        words = words[1:]
    if not words or len(words) > 5:
        return ""
    return _as_written(unicodedata.normalize("NFC", words[0]))


def _as_written(word: str) -> str:
    if not 2 <= len(word) <= 30 or word.endswith(".") or not _WORD.fullmatch(word) or word.lower() in _NOT_PEOPLE:
        return ""
    if not word.isascii() and len({_script(letter) for letter in word if letter.isalpha()}) > 1:
        return ""
    return word.capitalize() if word.isupper() or word.islower() else word


def _script(letter: str) -> str:
    """The script as the first word of the letter's Unicode name: near enough to see two scripts in one word."""
    script = unicodedata.name(letter, "?").split(" ", 1)[0]
    return "HAN" if script in {"HIRAGANA", "KATAKANA", "CJK"} else script
