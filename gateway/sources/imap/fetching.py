"""Bringing mails over (mail-safety 4.4, F1 and F2): a few at a time, whole, without a trace in the mailbox.

A mail that cannot be had never keeps the others: what fails together is asked for one by one, and who fails alone is
named with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gateway.sources.imap.connection import Connection, Listed
from gateway.sources.imap.errors import CommandRefused

BATCH_MAILS = 50
BATCH_BYTES = 8 * 1024 * 1024
LISTED_AT_ONCE = 200

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Brought:
    """Mails by number, and why others could not be had.  Those that are in neither are gone."""

    mails: Mapping[int, bytes]
    problems: Mapping[int, str]


def listing(connection: Connection, uids: Sequence[int]) -> tuple[dict[int, Listed], dict[int, str]]:
    """Sizes and dates of these mails, and why there is none of some."""
    return _together_or_alone(connection.listed, uids)


def batches(listed: Mapping[int, Listed], alone: frozenset[int]) -> Iterator[list[int]]:
    """The numbers in groups that are fetched together, ascending; those `alone` by themselves."""
    batch: list[int] = []
    size = 0
    for uid in sorted(listed):
        full = len(batch) >= BATCH_MAILS or size + listed[uid].size > BATCH_BYTES
        if batch and (full or uid in alone or batch[-1] in alone):
            yield batch
            batch, size = [], 0
        batch.append(uid)
        size += listed[uid].size
    if batch:
        yield batch


def bring(connection: Connection, listed: Mapping[int, Listed]) -> Brought:
    """Fetch these mails.  One whose length is not what the server said counts when it comes twice the same."""
    mails, problems = _together_or_alone(connection.bodies, list(listed))
    odd = [uid for uid, raw in mails.items() if len(raw) != listed[uid].size]
    second, _ = _together_or_alone(connection.bodies, odd)
    for uid in odd:
        if second.get(uid) != mails[uid]:
            problems[uid] = f"the server says {listed[uid].size} bytes and sends other lengths"
            del mails[uid]
    missing = [uid for uid in listed if uid not in mails and uid not in problems]
    for uid in _together_or_alone(connection.listed, missing)[0]:
        problems[uid] = "the server lists this mail and does not send it"
    return Brought(mails, problems)


def _together_or_alone(
    ask: Callable[[Sequence[int]], dict[int, _Found]], uids: Sequence[int]
) -> tuple[dict[int, _Found], dict[int, str]]:
    if not uids:
        return {}, {}
    try:
        return ask(uids), {}
    except CommandRefused as refused:
        if len(uids) == 1:
            return {}, {uids[0]: refused.words}
    found: dict[int, _Found] = {}
    problems: dict[int, str] = {}
    for uid in uids:
        try:
            found.update(ask([uid]))
        except CommandRefused as refused:
            problems[uid] = refused.words
    return found, problems
