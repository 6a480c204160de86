"""Reads a provider's refusal: what a person has to do about it (the sentences stand in refusals.py), or that it passes.

A refusal that stands in no table is shown in the provider's own words, without anything secret in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from gateway.config.settings import OAuth
from gateway.oauth.base import SMTP, TokenRefused, TokenUnavailable, Who
from gateway.oauth.http import DEFAULT_WAIT
from gateway.oauth.refusals import (
    ANY,
    DELEGATED,
    ELSEWHERE,
    EXCHANGE,
    GMAIL,
    GOOGLE,
    MICROSOFT,
    MICROSOFT_PASSING,
    NO_SMTP,
    PASSING,
)

_NUMBER = re.compile(r"AADSTS\d{4,8}")
_TOKENS = re.compile(r"\S{41,}")
"""No word is so long, and no id (36 characters); tokens and assertions are."""
LONGEST_WORDS = 300


def judge(
    provider: str, said: Mapping[str, object], who: Who, secrets: Iterable[str] = ()
) -> TokenRefused | TokenUnavailable:
    """What an error answer (RFC 6749 5.2) comes to.  `secrets` is what was sent and must not be shown."""
    error = _text(said.get("error"))
    words = _text(said.get("error_description"))
    number = _number(said, words) if provider == "microsoft" else ""
    if number in MICROSOFT_PASSING or (error in PASSING and number not in MICROSOFT):
        return TokenUnavailable(f"the token server cannot answer now ({number or error})", DEFAULT_WAIT)
    sentence = MICROSOFT.get(number) or (_google(error, said) if provider == "google" else None) or ANY.get(error)
    if sentence is None:
        sentence = "no token for {place}: the provider refuses"
    advice = sentence.format(
        place=who.place, user=who.user, client=who.client_id, tenant=who.tenant or "(none)", command=who.command
    )
    unknown = not number or number not in MICROSOFT
    shown = scrubbed(words, secrets) if unknown else ""
    tail = (
        f". The provider says: {number or error}: {shown}" if shown else f" ({number or error or 'without a reason'})"
    )
    return TokenRefused(advice + tail, number or error)


def _google(error: str, said: Mapping[str, object]) -> str | None:
    words = f"{_text(said.get('error_description'))} {_text(said.get('error_subtype'))}".lower()
    return next((row[2] for row in GOOGLE if row[0] == error and row[1] in words), None)


def _number(said: Mapping[str, object], words: str) -> str:
    """The number for which there is advice, else the first one."""
    codes = said.get("error_codes")
    numbers = [f"AADSTS{code}" for code in codes[:5]] if isinstance(codes, list) else []
    numbers += _NUMBER.findall(words[:2000])[:5]
    return next((one for one in numbers if one in MICROSOFT), numbers[0] if numbers else "")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def scrubbed(words: str, secrets: Iterable[str]) -> str:
    """A stranger's words on one line, short, without what must not be shown, and without Microsoft's trace numbers."""
    for secret in secrets:
        if secret:
            words = words.replace(secret, "…")
    words = _TOKENS.sub("…", words[:10_000].partition("Trace ID:")[0])
    words = "".join(c if c.isprintable() else " " for c in words[:LONGEST_WORDS])
    return " ".join(words.split())


def login_refused(oauth: OAuth, user: str, mailbox: str) -> str:
    """What to do when a mail server refuses a token that its provider has just given.  `mailbox`: name, or SMTP."""
    who = Who(mailbox, user, oauth.client_id, oauth.tenant)
    microsoft = EXCHANGE if oauth.grant == "application" else DELEGATED
    sentence = {"google": GMAIL, "other": ELSEWHERE}.get(oauth.provider, microsoft)
    if oauth.provider == "microsoft" and who.mailbox == SMTP:
        sentence += NO_SMTP
    return sentence.format(user=who.user, client=who.client_id, command=who.command)
