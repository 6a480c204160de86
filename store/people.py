"""One person with several addresses: who is who, as staff have said.

An address belongs to at most one person, named by the address they were known by first.  Nothing is guessed here, and
nothing follows from it but what a ticket's own participants may do (`gateway.following`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, or_, select, update

from store.database import Tx
from store.schema import same_person as people
from store.statement import Among, Statement

MOST_ADDRESSES = 50
"""Of the persons asked about at once."""
_PERSONS = Statement(select(people.c.person).where(Among(people.c.address_key, "keys")))
_ADDRESSES = Statement(
    select(people.c.address_key, people.c.person)
    .where(or_(Among(people.c.person, "persons"), Among(people.c.address_key, "persons")))
    .order_by(people.c.joined_at, people.c.address_key)
    .limit(MOST_ADDRESSES)
)
_ADD = Statement(people.insert(), "address_key", "person", "joined_at", "joined_by")
_RENAME = Statement(update(people).where(people.c.person == bindparam("before")), "person")
_FORGET = Statement(delete(people).where(people.c.address_key == bindparam("key")))


def same_person(tx: Tx, keys: Sequence[str]) -> frozenset[str]:
    """All addresses of the persons who have one of these, these included."""
    persons = {person for (person,) in _PERSONS.rows(tx, {"keys": list(keys)})} | set(keys)
    rows = _ADDRESSES.rows(tx, {"persons": sorted(persons)})
    return frozenset({*keys, *(one for row in rows for one in row)})


def join(tx: Tx, key: str, other: str, by: str, now: datetime) -> bool:
    """`other`, with all addresses of its person, belongs to the person of `key`.  False: it did already."""
    if other in same_person(tx, [key]):
        return False
    person, before = _person(tx, key), _person(tx, other)
    _RENAME.run(tx, {"before": before, "person": person})
    _ADD.run(tx, {"address_key": before, "person": person, "joined_at": now, "joined_by": by})
    return True


def _person(tx: Tx, key: str) -> str:
    found = _PERSONS.rows(tx, {"keys": [key]})
    return str(found[0][0]) if found else key


def part(tx: Tx, key: str) -> bool:
    """This address belongs to nobody else any more.  Of the address that names the person, the others go together on."""
    if _FORGET.run(tx, {"key": key}):
        return True
    others = sorted(same_person(tx, [key]) - {key})
    if not others:
        return False
    _FORGET.run(tx, {"key": others[0]})
    _RENAME.run(tx, {"before": key, "person": others[0]})
    return True
