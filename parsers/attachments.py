"""What lies in a stored mail, found again when somebody asks: the content of its attachments, and the tree of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parsers import body, prescan, tree
from parsers.limits import LIMITS, Limits
from parsers.lineends import readable


@dataclass(frozen=True, slots=True)
class Outlined:
    """One part of a mail, for showing: how deep it lies, what it is, its encoded size in bytes, its name if it has one."""

    depth: int
    content_type: str
    size: int
    name: str


def content(raw: bytes, index: int, limits: Limits = LIMITS) -> bytes | None:
    """The decoded bytes of attachment `index` (as in `Message.attachments` under the same limits), or None."""
    return contents(raw, [index], limits)[0]


def contents(raw: bytes, indexes: Sequence[int], limits: Limits = LIMITS) -> tuple[bytes | None, ...]:
    """The same for several attachments, reading the mail once."""
    root = _root(raw, limits)
    files = body.read(root, limits).files if root is not None else []
    return tuple(
        files[index].content()[0] if 0 <= index < min(len(files), limits.attachments) else None for index in indexes
    )


def outline(raw: bytes, limits: Limits = LIMITS) -> tuple[Outlined, ...]:
    """The mail's parts in order, the whole first; nothing when a structure limit was crossed."""
    root = _root(raw, limits)
    return tuple(_outlined(root, 0)) if root is not None else ()


def _outlined(part: tree.Part, depth: int) -> Iterator[Outlined]:
    name = part.disposition.get("filename") or part.type.get("name")
    yield Outlined(depth, part.type.value, len(part.body), name)
    for child in part.children:
        yield from _outlined(child, depth + 1)


def _root(raw: bytes, limits: Limits) -> tree.Part | None:
    whole = readable(raw)
    scanned = prescan.scan(whole, limits)
    return None if scanned.excess else tree.build(whole, scanned).root
