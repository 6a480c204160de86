"""Why a mail was not delivered, in a sentence for each word of `bouncereason`: for people; the words are Sisimai's."""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, str]] = {
    "userunknown": "nobody has that address",
    "filtered": "it was refused after the server had seen it, or by the recipient's own settings",
    "hasmoved": "the recipient has another address",
    "suspend": "the recipient's account is disabled, locked or closed",
    "mailboxfull": "the recipient's mailbox is full",
    "mesgtoobig": "the mail is larger than the server takes",
    "exceedlimit": "the mail is larger than this recipient may get",
    "hostunknown": "the domain or host does not exist",
    "notaccept": "the domain takes no mail at all",
    "norelaying": "the server was asked to pass on mail it is not responsible for",
    "rejected": "the sender's address or domain was refused",
    "blocked": "the sending server was refused by its address or name",
    "requireptr": "the sending server's address has no name in the DNS, or a wrong one",
    "badreputation": "the sending server or domain has a bad name",
    "authfailure": "SPF, DKIM or DMARC did not hold",
    "securityerror": "TLS, login or another protection is missing",
    "spamdetected": "it was taken for spam or fraud",
    "virusdetected": "it was taken for malware",
    "policyviolation": "a rule of the site forbids it",
    "contenterror": "its form is broken",
    "toomanyconn": "there were too many connections or recipients at once",
    "speeding": "too many mails came in a time",
    "expired": "it could not be delivered in time, or is delayed",
    "networkerror": "DNS or the connection failed, or the mail went round in circles",
    "systemerror": "the server is broken or badly set up",
    "systemfull": "the server's disk is full",
    "mailererror": "a program that should have taken the mail failed",
    "onhold": "the report gives a cause that fits no other word",
    "undefined": "the report gives no cause",
}
