"""Line ends of a whole mail, judged at the speed of memory: base64 of two megabytes is looked at by columns.

Mail is CRLF on the wire (RFC 5321 2.3.8); what comes from files and pipes often is not.
"""

from __future__ import annotations

from typing import Final

_SMALL: Final = 64 * 1024
_COLUMN: Final = 16 * 1024
"""Lines looked at in one step."""


def readable(raw: bytes) -> bytes:
    """`raw` with line ends that can be read: old Macs and broken exports write CR alone.

    The header block decides, so that whoever sees only that judges as whoever sees the whole mail.
    """
    line_feed = raw.find(b"\n")
    if line_feed < 0 or 0 <= raw.find(b"\r\r", 0, line_feed) < line_feed - 2:
        return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return raw


def is_crlf(data: bytes) -> bool:
    """Whether every line ends in CRLF and no CR or LF stands alone.

    In rare regular texts the answer may be False though it is CRLF: callers then normalise, which changes nothing.
    """
    ends = data.count(b"\n")
    return ends == data.count(b"\r") and ends == _pairs(data)


def with_crlf(data: bytes) -> bytes:
    """`data` with every line end made CRLF."""
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def _pairs(data: bytes) -> int:
    """How many CRLF there are; lines of equal length, as in base64, are counted by two column slices."""
    pairs = position = 0
    while len(data) - position > _SMALL:
        first = data.find(b"\n", position) + 1
        width = data.find(b"\n", first) + 1 - first
        if not first or width < 20:
            width = 0
        lines = _equal_lines(data, first, width) if width else 0
        if lines > 64:
            pairs += data.count(b"\r\n", position, first) + lines
            position = first + lines * width
            continue
        end = data.find(b"\n", position + _SMALL) + 1 or len(data)
        pairs += data.count(b"\r\n", position, end)
        position = end
    return pairs + data.count(b"\r\n", position)


def _equal_lines(data: bytes, start: int, width: int) -> int:
    """How many lines of exactly `width` bytes with CRLF at their end follow from `start`."""
    stop = start + width * _COLUMN
    feeds = data[start + width - 1 : stop : width]
    returns = data[start + width - 2 : stop : width]
    return min(len(feeds) - len(feeds.lstrip(b"\n")), len(returns) - len(returns.lstrip(b"\r")))
