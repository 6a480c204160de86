"""What we say.  Every reply carries an enhanced status code (RFC 3463, RFC 2034) and never a word of the client's.

aiosmtpd's own replies have no such codes; `with_code` adds the general one for their reply code.
"""

from __future__ import annotations

import re

UNKNOWN = "550 5.1.1 No such address here"
BLOCKED = "550 5.7.1 Mail from this sender is not accepted here"
RELAYING = "550 5.7.1 Relaying denied: we take mail for our own addresses only"
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients, please send the rest in another transaction"
NO_ROOM = "452 4.3.1 Not enough room now, please try again later"
FAULT = "451 4.3.0 Something failed on our side, please try again later"
TOO_MANY_CONNECTIONS = "421 4.3.2 Sorry, {}"
BARRED = "421 4.7.0 Too many wrong addresses from you, please try again later"
TOO_MANY_ERRORS = "421 4.7.0 Too many errors, closing"
CLOSING = "421 4.3.2 Closing down, please try again later"
TIMEOUT = "421 4.4.2 Timed out, closing"
NOT_KNOWN = "500 5.5.1 Command not known"
NOT_OFFERED = "502 5.5.1 Command not offered"
CANNOT_VERIFY = "252 2.5.0 Cannot verify, send and see"
HELP = "214 2.0.0 See RFC 5321"

_CODED = re.compile(r"[245]\d\d [245]\.\d{1,3}\.\d{1,3} ")

_GENERAL = {
    "221": "2.0.0",
    "250": "2.0.0",
    "451": "4.3.0",
    "454": "4.7.0",
    "500": "5.5.2",
    "501": "5.5.4",
    "502": "5.5.1",
    "503": "5.5.1",
    "530": "5.7.0",
    "552": "5.3.4",
    "553": "5.1.3",
    "554": "5.5.0",
    "555": "5.5.4",
}


def with_code(reply: str) -> str:
    """The reply with an enhanced status code behind its reply code, if one belongs there and none is there yet.

    Greetings, multi-line replies and 3xx have none (RFC 2034 section 3).
    """
    code = reply[:3]
    general = _GENERAL.get(code)
    if general is None or reply[3:4] != " " or _CODED.match(reply):
        return reply
    return f"{code} {general} {reply[4:].removeprefix('Error: ')}"
