"""Why a mail was not delivered, in a small set of words (those of Sisimai), from the words of servers and the status.

The words of a server say more than its status code, so phrases come first, in the order of how much they prove; then
the precise status codes (RFC 3463 and the registry), then phrases and codes that say little.  All of it is data.
"""

from __future__ import annotations

from typing import Final

PHRASES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("rejected", ("groups.google.com/support",)),
    ("requireptr", ("ptr record", "reverse dns", "rdns", "ptr resource record", "unverifyable sending ip",
      "unverifiable sending ip", "dns ptr", "missing ptr", "fix reverse", "no reverse", "reverse lookup",
      "cannot resolve your address", "cannot find your hostname", "cannot find your reverse hostname", "invalid rdns",
      "ptr lookup", "all hostname lookups", "without a valid sender domain")),
    ("authfailure", ("dmarc", "spf record", "spf fail", "spf check", "fails spf", "dkim",
      "authentication checks failed", "unauthenticated email", "sender policy framework", "authentication check",
      "email address is not authenticated", "sender authentication", "5.7.26", "5.7.509", "failed spf",
      "spf validation")),
    ("mailboxfull", ("mailbox full", "mailbox is full", "mailbox exceed", "over quota", "overquota",
      "over the maximum quota", "quota exceed", "exceeded quota", "exceeds quota", "exceeded storage allocation",
      "exceeded its quota", "exceeded storage", "disk quota", "disc quota", "out of quota", "quota full",
      "exceeded the local limit", "quota violation", "insufficient quota", "is over its limit",
      "not enough storage space", "mailbox size limit", "user is overquota", "storage quota",
      "too many messages on the server", "maildir over", "mail box full", "mailfolder is full",
      "has reached its quota", "inbox full", "inbox is full", "folder is full", "over his/her mail quota",
      "zuviele mails", "boite du destinataire pleine", "buzón lleno", "casilla llena", "exceeds allowed size",
      "mailbox has exceeded", "account is full", "no space left in mailbox", "メールボックスが一杯", "postfach voll",
      "recipient storage full", "mailbox for user is full", "quotaexceeded", "quota limit", "quota usage",
      "user full",
      "delivery would exceed", "user has exhausted", "users mailbox")),
    ("mesgtoobig", ("message too large", "message too big", "message size exceeds", "message size exceed",
      "size limit", "too large message", "line limit exceeded", "exceeds maximum message", "maximum message size",
      "max message size", "message file too big", "message length exceeds limit", "too big for system",
      "message header size", "exceeds the size limit", "mail size", "size exceeds", "message exceeded",
      "larger than the", "message is too large", "message is too big")),
    ("toomanyconn", ("too many connection", "too many concurrent", "connection limit", "too many simultaneous",
      "connection rate", "frequency limited", "rate limit of connection", "exceeded concurrent",
      "all available ips are at maximum connection", "maximum number of connection", "too many sessions")),
    ("speeding", ("rate limit", "too fast", "receiving mail at a rate", "sending rate", "mail rate", "exceeded rate",
      "too many messages", "too much mail", "too many mails", "too many recipients this hour",
      "please try again slower", "throttl", "hourly limit", "daily limit")),
    ("badreputation", ("reputation", "user complaints", "sender score", "senderscore", "poor repu",
      "unexpected volume")),
    ("virusdetected", ("virus", "malware", "infected", "trojan", "worm found")),
    ("suspend", ("is disabled", "account disabled", "disabled account", "disabled recipient", "disabled user",
      "disableduser", "account is inactive", "inactive account", "inactive mailbox", "account inactive",
      "is inactive",
      "suspended", "mailbox disabled", "account has been disabled", "has been disabled", "not accepting mail",
      "currently not accepting", "deactivated due", "is frozen", "mailbox currently suspended",
      "temporarily disabled",
      "user refuses to receive", "recipient suspend", "is currently unavailable", "account locked",
      "mailbox is inactive", "bloqueado", "has discontinued", "vdelivermail: account is locked", "account expired",
      "mailbox unavailable or access denied")),
    ("hasmoved", ("has moved", "been changed", "address changed", "has been replaced", "new address",
      "no longer uses",
      "moved to")),
    ("norelaying", ("relay access denied", "relaying denied", "not permitted to relay", "unable to relay",
      "relay not permitted", "relaying not", "as a relay", "no relaying", "not relay", "cannot relay", "relay denied",
      "not configured to relay", "relay prohibited", "relaying is prohibited", "we do not relay", "don't relay",
      "insecure mail relay", "mail relay denied", "address is not verified", "not a relay", "open relay",
      "relay operation", "that domain isn't in my list", "not allowed to relay", "verify the email address",
      "must be authenticated to relay", "not an authorised relay", "relay not allowed", "relaying mail to")),
    ("blocked", ("blocked using", "rbl", "dnsbl", "blacklist", "black list", "blocklist", "block list",
      "banned sending ip", "banned ip", "blocked ip", "ip blocked", "your ip", "client host rejected", "spamcop",
      "spamhaus", "sorbs", "barracudacentral", "blocked by ldap", "use the smtp server of your isp",
      "no access from mail server", "dynamic ip", "dialup", "dial-up", "access denied...", "s3140", "s3150",
      "client host", "is blocked", "connect from", "connection refused by", "host rejected", "ip address has been",
      "ip address is not allowed", "ip not allowed", "bad sender ip", "rejected by ip",
      "network is temporarily blocked", "from dynamic", "helo rejected", "hosts are not allowed",
      "isn't allowed to send mail", "not allow connection from", "connections not accepted", "unacceptable ip",
      "server access forbidden")),
    ("spamdetected", ("spam", "unsolicited", " ube,", " ube ", " uce ", "bulk mail", "bulk email", "mail rejete",
      "junk mail", "content rejected", "appears to be unwanted", "considered unsolicited", "bogofilter",
      "identified as junk", "phishing", "triggered a", "looks like junk")),
    ("policyviolation", ("policy reasons", "policy violation", "for policy", "email policy", "security policy",
      "header error", "blocked because its content", "attachment type", "banned attachment", "forbidden attachment",
      "attachment not allowed", "policy restriction", "violates", "local policy", "by policy",
      "you have exceeded the maximum", "we have policy", "denied by policy", "unacceptable mail content",
      "not accepted for policy", "closed mailing list", "too many recipients", "we do not accept mail",
      "delivery not authorized", "sendergroup", "please turn on smtp authentication",
      "content presents a potential")),
    ("systemfull", ("insufficient disk", "disk space", "insufficient system storage", "no space left", "disk full",
      "file system full", "mail system full", "out of disk", "insufficient storage")),
    ("hostunknown", ("host unknown", "domain not found", "host not found", "unknown host", "no such domain",
      "domain name not found", "name service error", "host or domain name", "domain does not exist", "nxdomain",
      "no such host", "unrouteable mail domain", "unrouteable address", "unroutable", "couldn't find any host",
      "unknown domain", "nullmx", "domain must exist", "name or service not known", "illegal host/domain",
      "unresolvable", "host/domain", "invalid domain", "recipient domain must exist",
      "this domain is not hosted here",
      "no mail server", "retry timeout exceeded for domain", "host lookup did not complete", "mx host not found",
      "all relevant mx records")),
    ("notaccept", ("null mx", "does not accept mail", "does not receive mail", "doesn't receive email",
      "smtp protocol diag", "no mx found", "does not accept messages", "host does not accept",
      "name server: .: host not found", "not accepting mail", "mail server for .* is not", "doesn't accept",
      "we do not accept any mail")),
    ("securityerror", ("unauthenticated senders", "authentication required", "starttls", "encryption",
      "authentication failed", "tls required", "certificate", "auth failure", "must issue", "verification failure",
      "not an authorized sender", "username and password")),
    ("expired", ("timed out", "timeout", "time out", "message expired", "expired", "too long", "giving up", "give up",
      "connection refused", "could not deliver for the last", "delivery time", "retry time", "delivery failed 20",
      "retry timeout", "after multiple retries", "wasn't able to establish an smtp connection", "failed after",
      "not reachable", "socket error", "did not accept our requests to connect", "delivery attempts",
      "connection was dropped", "have not yet received", "was not delivered within", "message delayed",
      "no route to host", "connection reset", "unable to connect", "connect to", "network is unreachable",
      "could not connect", "cannot connect", "couldn't connect", "host is down", "bad connection",
      "undelivered after")),
    ("networkerror", ("dns error", "dns query", "could not contact dns", "network error", "too many hops",
      "hop count",
      "mail loop", "loop detected", "mail forwarding loop", "routing loop", "loops back to", "name server",
      "dns lookup", "address family mismatch", "message looping", "temporary lookup", "dns failure",
      "malformed or unexpected")),
    ("systemerror", ("system config", "configuration error", "local configuration", "internal error", "server error",
      "transaction failed", "can't create user output", "software error", "duplicated message-id", "system error",
      "i/o error", "cannot open", "could not load", "local error in processing", "mail system configuration",
      "interrupted system call", "infinite loop", "service currently unavailable", "timeout waiting for input",
      "system resources", "cannot send e-mail", "loop alert", "lmtp error", "insufficient system resources",
      "error in processing", "proxy session setup failed", "access denied to this file", "server configuration")),
    ("mailererror", ("command died", "command failed", "command output", "mailer error", "exited", "procmail",
      "exit status", "x-unix", "x.400", "permission denied while", "pipe to", "died with status",
      "returned error code")),
    ("exceedlimit", ("exceeds administrative limit", "exceeds fixed maximum", "message length exceeds",
      "message too large for this", "size exceeds fixed")),
    ("contenterror", ("media error", "improper use of 8-bit", "headers too large", "header too large",
      "content rejected", "bare <lf>", "bare lf", "no from header", "invalid header", "duplicate header", "malformed",
      "conversion", "not rfc", "rfc compliant", "rfc 5322", "message has no", "missing header", "multiple from",
      "message contains invalid", "unacceptable content", "8bit", "improper")),
    ("filtered", ("content filter", "user rejected your mail", "because the recipient is not accepting",
      "delivery not allowed to recipient", "resolver.rst.notauthorized", "this account is protected by",
      "does not want", "delivery restriction", "has blocked", "due to extended inactivity", "refuse mail",
      "recipient is only accepting")),
    ("userunknown", ("user unknown", "unknown user", "no such user", "no such recipient", "unknown recipient",
      "recipient unknown", "recipient does not exist", "does not exist", "doesn't exist", "not exist",
      "no mailbox here", "no such mailbox", "mailbox not found", "mailbox unavailable", "user not found",
      "recipient not found", "not listed in domino directory", "not listed in", "no account", "doesn't have a",
      "invalid recipient", "invalid mailbox", "invalid user", "unknown address", "address unknown", "no such address",
      "bad destination mailbox", "not a valid mailbox", "is not a valid", "unknown mailbox", "deactivated mailbox",
      "not our customer", "user doesn't", "no valid recipient", "undeliverable address", "address rejected",
      "there is no user", "no user by that name", "recipientnotfound", "recipnotfound", "unknown local",
      "unknown account", "addressee unknown", "not our user", "user is unknown", "account does not",
      "unknown recipients", "no longer on server", "no longer valid", "could not be found", "wasn't found",
      "couldn't be found", "user invalid", "utente non", "empfänger", "destinataire inconnu", "not a valid user",
      "not known", "account not available", "bad recipient", "recipients for this", "adresse inconnue", "no existe",
      "unrecognized recipient", "mail receiving disabled", "unavailable: user", "account that you tried to reach",
      "recipient rejected", "invalid address", "user does not")),
    ("rejected", ("sender rejected", "sender address rejected", "domain of sender", "sender domain", "access denied",
      "rejected by recipient", "administrative prohibition", "sender verify failed", "sender is not",
      "invalid sender",
      "may not exist, or you may not have permission", "mail from command rejected", "sender denied",
      "sender refused",
      "denied [", "rejected for policy", "sender not pre-approved", "mail from not owned", "unable to verify sender",
      "you are not allowed", "not allowed to post", "permission to post", "rejected", "refused", "denied",
      "not permitted", "not allowed", "prohibited", "forbidden")),
)  # fmt: skip
"""(reason, what servers say), in the order in which they are asked; lower case, blanks folded."""

PRECISE: Final[dict[str, str]] = {
    "1.1": "userunknown", "1.2": "hostunknown", "1.3": "userunknown", "1.4": "filtered", "1.6": "hasmoved",
    "1.7": "rejected", "1.8": "rejected",
    "1.9": "systemerror", "1.10": "userunknown", "2.1": "suspend", "2.2": "mailboxfull", "2.3": "exceedlimit",
    "2.4": "filtered", "3.1": "systemfull",
    "3.2": "notaccept", "3.3": "systemerror", "3.4": "mesgtoobig", "3.5": "systemerror", "4.1": "expired",
    "4.2": "networkerror", "4.3": "systemerror",
    "4.4": "hostunknown", "4.5": "systemfull", "4.6": "networkerror", "4.7": "expired", "4.14": "networkerror",
    "5.3": "toomanyconn", "6.1": "contenterror", "6.0": "contenterror",
    "6.2": "contenterror", "6.3": "contenterror", "6.5": "contenterror", "6.6": "contenterror", "6.7": "contenterror",
    "6.9": "contenterror", "7.2": "filtered", "7.3": "securityerror",
    "7.4": "securityerror", "7.5": "securityerror", "7.6": "securityerror", "7.7": "securityerror",
    "7.8": "securityerror", "7.9": "policyviolation", "7.13": "suspend", "7.20": "authfailure", "7.21": "authfailure",
    "7.22": "authfailure",
    "7.23": "authfailure", "7.24": "authfailure", "7.25": "requireptr", "7.26": "authfailure", "7.27": "notaccept",
    "7.28": "speeding", "7.30": "securityerror",
    "7.509": "authfailure", "7.606": "blocked", "4.312": "networkerror", "4.316": "expired", "4.300": "expired",
    "1.351": "filtered", "1.0": "userunknown",
}  # fmt: skip
"""Subject and detail of an enhanced status (RFC 3463) that says what is the matter."""
VAGUE: Final[dict[str, str]] = {
    "2.0": "filtered", "3.0": "systemerror", "4.0": "networkerror", "5.0": "mailererror", "5.1": "mailererror",
    "5.2": "mailererror", "7.0": "securityerror", "7.1": "policyviolation",
}  # fmt: skip
SUPPORT: Final[frozenset[str]] = frozenset({"userunknown", "rejected", "expired", "contenterror", "filtered"})
"""Reasons whose phrases are so general that a precise status counts more."""


STATUS_OF: Final[dict[str, str]] = {
    "userunknown": "5.1.1",
    "hostunknown": "5.1.2",
    "mailboxfull": "5.2.2",
    "mesgtoobig": "5.3.4",
}
"""The status for a report that names none, where the reason leaves no doubt (RFC 3463 3.2 to 3.4)."""


def reason_of(status: str, said: str, about: str, action: str) -> str:
    """One word: from what the server said, the status, the report's text, in this order; "undefined" if nothing tells."""
    spoken = _by_phrase(said)
    precise = PRECISE.get(status[2:], "")
    if spoken and not (precise and spoken in SUPPORT):
        return spoken
    if precise:
        return "userunknown" if precise == "suspend" and spoken == "userunknown" else _checked(precise, spoken, said)
    told = spoken or _by_phrase(about)
    if told:
        return told
    if action == "delayed":
        return "expired"
    return VAGUE.get(status[2:], "") or ("onhold" if status else "undefined")


def _checked(precise: str, spoken: str, said: str) -> str:
    """Microsoft answers an unknown address with 5.4.1 "Recipient address rejected"."""
    return (
        "userunknown"
        if spoken == "userunknown" and precise == "expired" and "address rejected" in said.lower()
        else precise
    )


def _by_phrase(text: str) -> str:
    lower = " ".join(text[:6000].lower().split())
    if not lower:
        return ""
    return next((reason for reason, phrases in PHRASES if any(one in lower for one in phrases)), "")
