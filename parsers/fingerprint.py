"""The same mail by another way has the same key: a digest of what its author sent, without what relays added.

Left out are the trace fields, everything relays wrote above the first Message-ID or From, folding, the case of field
names, the kind of line ends and empty lines at the end.  A Message-ID alone is never a key: programs repeat them.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from parsers.fields import Block, read_block
from parsers.lineends import is_crlf, with_crlf

_TRACE: Final = frozenset(
    {"received", "return-path", "delivered-to", "x-received", "x-original-to", "envelope-to", "authentication-results",
     "received-spf", "dkim-signature", "dkim-filter", "domainkey-signature", "x-google-smtp-source", "status", "x-status",
     "x-uid", "lines", "bytes"}
)  # fmt: skip
_TRACES: Final = (
    "arc-", "x-spam-", "x-rspamd-", "x-virus-", "x-gm-", "x-deskgate-", "x-ms-exchange-organization-",
    "x-ms-exchange-transport-", "x-mozilla-",
)  # fmt: skip
_ENVELOPE: Final = re.compile(r"x-envelope-\w+")
_AUTHORED: Final = frozenset(
    {"from", "to", "cc", "subject", "date", "message-id", "sender", "reply-to", "mime-version", "content-type",
     "content-transfer-encoding", "content-disposition", "in-reply-to", "references"}
)  # fmt: skip
_FOLD: Final = re.compile(rb"(?=[ \t\r\n])(?:[ \t]*\r?\n[ \t]*|[ \t]+)")


def content_key(raw: bytes) -> str:
    """Hex SHA-256 of the canonical content of `raw`, without the mailbox part."""
    return key_of(raw, read_block(raw), is_crlf(raw))


def key_of(raw: bytes, block: Block, crlf: bool) -> str:
    """`content_key` for a mail whose header block is already read; `crlf`: all its lines are known to end in CRLF."""
    digest = hashlib.sha256()
    digest.update(b"\n".join(_canonical(block)))
    digest.update(b"\n\n")
    body = memoryview(raw)[block.body :]
    if not crlf:
        body = memoryview(with_crlf(bytes(body)))
    digest.update(body[: _end(body)])
    return digest.hexdigest()


def _canonical(block: Block) -> list[bytes]:
    first = next((i for i, one in enumerate(block.fields) if one.key in ("message-id", "from")), len(block.fields))
    return [
        one.key.encode("ascii")
        + b":"
        + (_FOLD.sub(b" ", one.value) if b"\n" in one.value or b"  " in one.value else one.value)
        for index, one in enumerate(block.fields)
        if (index >= first or one.key in _AUTHORED) and not _is_trace(one.key)
    ]


def _is_trace(key: str) -> bool:
    return key in _TRACE or key.startswith(_TRACES) or _ENVELOPE.fullmatch(key) is not None


def _end(body: memoryview) -> int:
    """Where the body ends without trailing empty lines."""
    end = len(body)
    while end:
        tail = bytes(body[max(0, end - 4096) : end]).rstrip(b" \t\r\n")
        if tail:
            return max(0, end - 4096) + len(tail)
        end = max(0, end - 4096)
    return 0
