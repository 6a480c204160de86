"""What each running daemon last said of itself: one row per node, so that the command line can tell how it is.

A row is only as true as it is young; whoever reads it looks at the time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import bindparam, delete, select

from store.database import Tx
from store.schema import meta

_PREFIX = "daemon:"


@dataclass(frozen=True, slots=True)
class Said:
    """What one node said, and when (UTC)."""

    node: str
    at: datetime
    words: Mapping[str, object]


_FORGET = delete(meta).where(meta.c.name == bindparam("node"))
_ALL = select(meta.c.name, meta.c.value).where(meta.c.name.startswith(_PREFIX)).order_by(meta.c.name).limit(100)


class Status:
    """The daemons' own words."""

    def say(self, tx: Tx, node: str, words: Mapping[str, object], at: datetime) -> None:
        """Replace what this node said before."""
        self.forget(tx, node)
        value = json.dumps({"at": at.astimezone(UTC).isoformat(), "words": dict(words)})
        tx.execute(meta.insert(), {"name": _PREFIX + node, "value": value})

    def forget(self, tx: Tx, node: str) -> None:
        """This node has stopped."""
        tx.execute(_FORGET, {"node": _PREFIX + node})

    def forget_silent(self, tx: Tx, before: datetime) -> None:
        """Nodes that last spoke before this moment are gone for good."""
        for said in self.all(tx):
            if said.at < before:
                self.forget(tx, said.node)

    def all(self, tx: Tx) -> list[Said]:
        """What every node last said, by name."""
        found = []
        for name, value in tx.execute(_ALL):
            said = json.loads(value)
            found.append(Said(name.removeprefix(_PREFIX), datetime.fromisoformat(said["at"]), said["words"]))
        return found
