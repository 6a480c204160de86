"""What the border's spam filter said about a mail: one table of the header fields that filters write.

Anybody can write such a field, so only "it is spam" is believed: whoever forges that harms nobody but themselves, and a
forged "no" is outvoted by any "yes".
"""

from __future__ import annotations

import re
from typing import Final

from parsers.message import Message

LOOKED_AT = 500
"""Characters of a field; verdicts stand at its beginning, in Microsoft's reports among the first."""
_YES = r"\s*(?:yes|true|spam|1)\b"
_SCL = r"\s*(?:[5-9]|10)\b"

VERDICTS: Final[tuple[tuple[str, str], ...]] = (
    ("X-Spam-Flag", _YES),
    ("X-Spam-Status", _YES),
    ("X-Spam", _YES),
    ("X-Spam-Verdict", r"\s*(?:yes|spam|definitely spam)\b"),
    ("X-Spam-Action", r"\s*(?:add header|rewrite subject|quarantine|reject)\b"),
    ("X-Rspamd-Action", r"\s*(?:add header|rewrite subject|quarantine|reject)\b"),
    ("X-Spamd-Result", r"\s*default:\s*true\b"),
    ("X-Spamd-Bar", r"\s*\+{6}"),
    ("X-Ovh-Spam-Status", _YES),
    ("X-VR-SpamState", _YES),
    ("X-MS-Exchange-Organization-SCL", _SCL),
    ("X-Microsoft-Antispam", r".*?\bSCL:(?:[5-9]|10)\b"),
    ("X-Forefront-Antispam-Report", r".*?\b(?:SCL:(?:[5-9]|10)|SFV:(?:SPM|SKS|SKB))\b"),
    ("X-Barracuda-Spam-Flag", _YES),
    ("X-Barracuda-Spam-Status", _YES),
    ("X-Bogosity", r"\s*(?:yes|spam)\b"),
    ("X-DSPAM-Result", r"\s*(?:spam|blacklisted|virus)\b"),
    ("X-CRM114-Status", r"\s*spam\b"),
    ("X-SpamProbe", r"\s*spam\b"),
    ("X-Proofpoint-Spam-Details", r".*?\brule=\w*spam\b"),
    ("X-CMAE-Verdict", r"\s*spam\b"),
    ("X-Yandex-Spam", r"\s*4\b"),
    ("X-UI-Filterresults", r"\s*(?:junk|spam)\b"),
)
"""Field and how it begins where the filter means spam.  Rspamd's bar has a plus for each point; its own threshold is 6."""

_KNOWN: Final = {name.lower(): re.compile(begin, re.IGNORECASE) for name, begin in VERDICTS}


def verdict(message: Message) -> str | None:
    """The field that says the mail is spam, with the beginning of its value; None if none does."""
    for name, value in message.headers:
        begin = _KNOWN.get(name.lower())
        if begin is not None and begin.match(value[:LOOKED_AT]):
            return f"{name}: {value[:40]}"
    return None
