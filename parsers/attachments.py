"""The content of one attachment, cut out of the stored mail again when somebody asks for it."""

from __future__ import annotations

from parsers import body, prescan, tree
from parsers.limits import LIMITS
from parsers.parse import readable


def content(raw: bytes, index: int) -> bytes | None:
    """The decoded bytes of attachment `index` of this mail (as in `Message.attachments`), or None."""
    if not 0 <= index < LIMITS.attachments:
        return None
    whole = readable(raw)
    outline = prescan.scan(whole)
    if outline.excess:
        return None
    files = body.read(tree.build(whole, outline).root).files
    return files[index].content()[0] if index < len(files) else None
