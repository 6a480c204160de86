"""The second half of checking a sender: what the signatures and the DNS's answers come to, in a border's words.

What comes out is the value of an Authentication-Results field (RFC 8601) under our own name.  It is kept with the mail and
read by the same code that reads a border's: there is one decision about senders and not two.  Pure; runs in a reader
process, since hostile mail can make signatures expensive.
"""

from __future__ import annotations

import re

from gateway.auth import dkim, dmarc
from gateway.auth.answers import UNKNOWN, Answers
from gateway.auth.heads import Claims, claims
from routing.proving import OWN_NAME

_UNSAFE = re.compile(r"[^A-Za-z0-9._@+=-]")


def judge(raw: bytes, answers: Answers) -> str:
    """The results for one mail.  Never raises for what stands in it."""
    if not answers.author:
        return f"{OWN_NAME}; none"
    claimed = claims(raw)
    signed = dkim.signatures(raw, claimed, answers.author, answers)
    found = [f"dkim={one.result} header.d={_plain(one.domain)} header.s={_plain(one.selector)}" for one in signed]
    if answers.spf not in ("", UNKNOWN):
        found.append(f"spf={answers.spf} smtp.mailfrom={_plain(answers.sender)}")
    found.append(_dmarc(answers, signed))
    return f"{OWN_NAME}; {'; '.join([*found, *_arc(raw, claimed, answers)])}"


def _arc(raw: bytes, claimed: Claims, answers: Answers) -> list[str]:
    """The chain, where its keys were asked for."""
    sealer, asked = claimed.newest_sealer, {name for name, _ in answers.texts}
    if not sealer or not all(one.key.lower() in asked for one in claimed.seals):
        return []
    result, sealed_by = dkim.chain(raw, claimed, answers)
    return [f"arc={result} header.d={_plain(sealed_by or sealer)}"]


def _dmarc(answers: Answers, signed: list[dkim.Signature]) -> str:
    holding = [one.domain for one in signed if one.result == "pass"]
    spf_domain = answers.sender.rpartition("@")[2] if answers.spf == "pass" else ""
    result, action = dmarc.verdict(answers.author, holding, spf_domain, answers)
    why = ""
    if result == "fail":
        result, why = _doubt(answers, signed)
    reason = f' reason="{why}"' if why else ""
    published = f" policy.published={_plain(action)}" if action else ""
    return f"dmarc={result}{reason}{published} header.from={_plain(answers.author)}"


def _doubt(answers: Answers, signed: list[dkim.Signature]) -> tuple[str, str]:
    """A failure only counts if everything that could have passed was looked at.  `signed` are all the author's own."""
    if answers.spf == "temperror" or any(one.result == "temperror" for one in signed):
        return "temperror", "the DNS did not answer"
    if any(one.result == dkim.POLICY for one in signed):
        return "permerror", "a signature holds, but does not cover the whole mail"
    if answers.spf == UNKNOWN:
        return "permerror", "no signature of the author, and where the mail came from is not known"
    return "fail", ""


def given_up(author: str) -> str:
    """The results for a mail that could not be checked in time."""
    return f'{OWN_NAME}; dmarc=temperror reason="it took too long" header.from={_plain(author)}'


def _plain(text: str) -> str:
    """A value of a property that needs no quotes."""
    return _UNSAFE.sub("?", text[:300]) or "?"
