"""What codes mean that leave no doubt: enhanced statuses (RFC 3463 and the registry) and the codes of large providers.

Providers publish pages that explain their codes (``AUP#In-1310``, ``OFR_416``, ``[TSS04]``); the text around them is
often too vague or the same for several causes.  All of it is data for `parsers.bouncereason`.
"""

from __future__ import annotations

import re
from typing import Final

_CODES: Final = tuple(f"{sort}.7.{first}" for sort in "45" for first in ("12", "13", "19", "2", "5", "6", "7"))
Signs = tuple[str, ...]
_OF_PROVIDERS: Final[tuple[tuple[Signs, tuple[tuple[str, str], ...]], ...]] = (
    (  # Charter, Spectrum
        ("aup#i",),
        (
            ("toomanyconn", r"aup#i(?:n)?-?(?:13[0-4]0|1000)\b"),
            ("blocked", r"aup#i(?:n)?-?(?:10[1-8]0|14[5-9]0|15[67]0)\b"),
            ("spamdetected", r"aup#i(?:n)?-?1540\b"),
        ),
    ),
    (  # Orange, Wanadoo
        ("ofr",),
        (
            ("toomanyconn", r"\bofr_?0?(?:10[459])\b"),
            ("userunknown", r"\bofr_?0?(?:416|417_?u)\b"),
            ("mailboxfull", r"\bofr_?0?417\b"),
            ("suspend", r"\bofr_?0?418\b"),
            ("spamdetected", r"\bofr_?0?(?:506|515|521)\b|\bofr\d?004_506\b"),
            ("blocked", r"\bofr_?0?(?:403|405|406|513|101)\b|\bofr\d?00[0-9]_40[0-9]\b"),
        ),
    ),
    (  # La Poste
        ("lpn",),
        (
            ("blocked", r"\blpn0?007_(?:510|514)\b"),
            ("policyviolation", r"\blpn(?:000|007)_6\d\d\b"),
        ),
    ),
    (  # Secureserver (GoDaddy)
        ("ib0", "ib1", "ib2", "ib4", "ib5", "ib6", "ib7"),
        (
            ("blocked", r"\bib(?:10[1258]|212|603)\b"),
            ("toomanyconn", r"\bib10[34]\b"),
            ("requireptr", r"\bib(?:110|111|112|113|007a)\b"),
            ("spamdetected", r"\bib40\d\b"),
            ("authfailure", r"\bib(?:510|511|512)\b"),
            ("rejected", r"\bib50[1-6]\b"),
            ("virusdetected", r"\bib70[1-9]\b"),
        ),
    ),
    (  # Cox
        ("cx", "ipbl", "cdrbl", "urlbl"),
        (
            ("blocked", r"\bcxbl\b|\bipbl0{1,4}\d|\bcdrbl\b"),
            ("speeding", r"\bcxthrt\b|\bcxmxrt\b"),
            ("requireptr", r"\bcxdns\b"),
            ("rejected", r"\bcxsndr\b"),
            ("toomanyconn", r"\bcxcnct\b"),
            ("spamdetected", r"\burlbl0*\d|\bcxmj\b"),
        ),
    ),
    (  # Yahoo, AOL
        ("[bl", "(rtr:", "rly:b", "con:b", "(dyn:", "dns:nr", "[ph", "hvu:b", "[ts", "[gl", "delivery error: dd"),
        (
            ("blocked", r"\[bl\d\d\]|\(rtr:b[a-z]\)|\brly:b\d|\bcon:b\d|\(dyn:[a-z]\d\)"),
            ("requireptr", r"\bdns:nr\b"),
            ("policyviolation", r"\[ph\d\d\]"),
            ("spamdetected", r"\bhvu:b\d"),
            ("badreputation", r"\[ts(?:s)?0\d\]|\[gl\d\d\]"),
            ("userunknown", r"\bdelivery error: dd (?:this user|sorry, your message)"),
        ),
    ),
    (  # Apple
        ("[hm08]", "[cs0"),
        (
            ("spamdetected", r"\[hm08\]"),
            ("policyviolation", r"\[cs0\d\]"),
        ),
    ),
    (  # Comcast
        ("bl000", "rl000"),
        (
            ("blocked", r"\bbl0{3,6}\d?\b"),
            ("speeding", r"\brl0{3,6}\d*\b"),
        ),
    ),
    (  # Facebook
        ("rcp-p", "int-p", "pol-p", "dns-p", "con-t", "msg-p"),
        (
            ("userunknown", r"\b(?:rcp|int)-p1\b"),
            ("filtered", r"\brcp-p[23]\b"),
            ("authfailure", r"\bpol-p7\b"),
            ("blocked", r"\bpol-p[1-4]\b"),
            ("virusdetected", r"\bpol-p5\b"),
            ("policyviolation", r"\bpol-p6\b"),
            ("rejected", r"\bdns-p[12]\b"),
            ("requireptr", r"\bdns-p3\b"),
            ("toomanyconn", r"\bcon-t\d\b"),
            ("mesgtoobig", r"\bmsg-p1\b"),
            ("contenterror", r"\bmsg-p2\b"),
        ),
    ),
    (  # NetEase
        ("dt:sp", "mi:", "hl:", "rp:", "ib:dk"),
        (
            ("spamdetected", r"\bdt:sp[mb]\b"),
            ("speeding", r"\bmi:(?:cel|dmc|ccl)\b|\bhl:(?:ifc|mep)\b|\brp:(?:qrc|cel|trc)\b"),
            ("rejected", r"\bmi:(?:nhd|stc|dma|ima)\b"),
            ("blocked", r"\bmi:(?:spb|wmd)\b|\bhl:(?:rep|ipb|ich|ihu)\b|\bib:dk"),
        ),
    ),
    (  # Microsoft
        ("5.4.1", "5.2.12", "5.1.90", "5.1.8", "as(", *_CODES),
        (
            ("userunknown", r"5\.4\.1\b.{0,100}recipient address rejected: access denied"),
            ("norelaying", r"\b5\.7\.(?:54|64|68)\b"),
            ("securityerror", r"\b5\.7\.(?:57|6[01])\b"),
            ("authfailure", r"\b[45]\.7\.(?:509|515|23|26)\b"),
            ("blocked", r"\b[45]\.7\.(?:506|511|51[67]|60[0-9]|6[1-4]\d)\b"),
            ("spamdetected", r"\b5\.7\.(?:501|502|503|512|52[1-9])\b"),
            ("policyviolation", r"\b5\.7\.520\b"),
            ("speeding", r"\b[45]\.7\.(?:508|705|232|233|236|700)\b|\b5\.2\.12[0-9]\b|\b5\.1\.90\b"),
            ("filtered", r"\b5\.7\.50[457]\b"),
            ("rejected", r"\b5\.7\.(?:124|13[3-6]|129|193)\b|\b5\.1\.8\b.{0,60}bad outbound sender"),
            ("badreputation", r"\b5\.7\.708\b"),
            ("spamdetected", r"\bas\(\d{2,8}\)"),
        ),
    ),
    (  # Tencent
        ("frequency limited",),
        (
            ("toomanyconn", r"\b(?:ip|connection) frequency limited"),
            ("speeding", r"\b(?:domain|sender|sending) frequency limited"),
        ),
    ),
    (  # Google: every failure of a DNS query
        ("null mx", "dns type"),
        (
            ("notaccept", r"\bnull mx\b"),
            ("hostunknown", r"\bdns type '[a-z]{1,6}' lookup of [^ ]{1,255} responded with code nxdomain\b"),
            ("networkerror", r"\bdns type '[a-z]{1,6}' lookup of\b"),
        ),
    ),
    (  # KDDI (au): a user who is unknown is named, a filter names nobody
        (": user unknown", ": unknown user"),
        (("filtered", r"\b550:? ?: (?:user unknown|unknown user)"),),
    ),
)
PROVIDER: Final[tuple[tuple[Signs, tuple[tuple[str, re.Pattern[str]], ...]], ...]] = tuple(
    (signs, tuple((reason, re.compile(pattern)) for reason, pattern in rows)) for signs, rows in _OF_PROVIDERS
)
"""By provider: signs, one of which each of its codes holds, and (reason, pattern) over the words of a server in lower case.

The first pattern that is found wins.  The signs are looked for first: that takes a hundredth of the time.
"""

BY_HOST: Final[tuple[tuple[str, str, str], ...]] = (
    ("the user(s) account is disabled", "user unknown", "suspend"),
    ("the user(s) account is temporarily limited", "user unknown", "suspend"),
    ("error: invalid user address", "no such user", "userunknown"),
    ("docomo", "too many recipients", "toomanyconn"),
    ("docomo", "unknown user", "rejected"),
    ("ezweb.ne.jp", "<@@>: user unknown", "userunknown"),
    ("@au.com", "<@@>: user unknown", "userunknown"),
)
"""(part of a host name, or the provider's own sentence, in the report; what it says; reason): providers who mean something
of their own, or say it beside the words of the server."""

PRECISE: Final[dict[str, str]] = {
    "1.1": "userunknown", "1.2": "hostunknown", "1.3": "userunknown", "1.4": "filtered", "1.6": "hasmoved",
    "1.7": "rejected", "1.8": "rejected", "1.9": "systemerror", "1.10": "notaccept",
    "2.1": "suspend", "2.2": "mailboxfull", "2.3": "exceedlimit", "2.4": "filtered",
    "3.1": "systemfull", "3.2": "notaccept", "3.3": "systemerror", "3.4": "mesgtoobig", "3.5": "systemerror",
    "4.1": "expired", "4.2": "networkerror", "4.3": "systemerror", "4.4": "hostunknown", "4.5": "systemfull",
    "4.6": "networkerror", "4.7": "expired", "4.14": "networkerror", "4.300": "expired", "4.310": "hostunknown",
    "4.312": "networkerror", "4.316": "expired", "4.317": "networkerror",
    "5.3": "toomanyconn", "5.6": "contenterror",
    "6.0": "contenterror", "6.1": "contenterror", "6.2": "contenterror", "6.3": "contenterror", "6.5": "contenterror",
    "6.6": "contenterror", "6.7": "contenterror", "6.9": "contenterror", "6.11": "contenterror",
    "7.2": "filtered", "7.3": "securityerror", "7.4": "securityerror", "7.5": "securityerror", "7.6": "securityerror",
    "7.7": "securityerror", "7.8": "securityerror", "7.9": "securityerror", "7.11": "securityerror",
    "7.12": "securityerror", "7.13": "suspend", "7.14": "securityerror", "7.17": "hasmoved", "7.18": "hasmoved",
    "7.20": "authfailure", "7.21": "authfailure", "7.22": "authfailure", "7.23": "authfailure", "7.24": "authfailure",
    "7.25": "requireptr", "7.26": "authfailure", "7.27": "notaccept", "7.28": "speeding", "7.29": "authfailure",
    "7.30": "securityerror", "7.509": "authfailure", "7.606": "blocked", "1.351": "userunknown", "1.0": "userunknown",
    "1.20": "contenterror",
}  # fmt: skip
"""Subject and detail of an enhanced status that says what is the matter."""
VAGUE: Final[dict[str, str]] = {
    "2.0": "filtered", "3.0": "systemerror", "4.0": "networkerror", "5.0": "mailererror", "5.1": "mailererror",
    "5.2": "mailererror", "7.0": "securityerror", "7.1": "policyviolation",
}  # fmt: skip
"""What a status points to when nothing else tells."""
