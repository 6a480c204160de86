"""Finding tickets by words that people remember: in the subject, in a party's name or address, in the history."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, func, or_, select

from store.schema import entries, ticket_parties, tickets

MOST_WORDS = 8
LONGEST_WORD = 100
HORIZON = 100_000
"""How many ticket numbers back a search looks: it reads texts, and its cost must have an end."""
_ESCAPE = "\\"


def conditions(words: str) -> list[ColumnElement[bool]]:
    """Every one of the first 8 words must occur somewhere in the ticket; upper and lower case are one."""
    wanted = words.split()[:MOST_WORDS]
    newest = select(func.max(tickets.c.id)).scalar_subquery()
    return [tickets.c.id > newest - HORIZON, *[_occurs(word[:LONGEST_WORD]) for word in wanted]]


def _occurs(word: str) -> ColumnElement[bool]:
    party = exists().where(
        ticket_parties.c.ticket_id == tickets.c.id,
        or_(_like(ticket_parties.c.name, word), _like(ticket_parties.c.address, word)),
    )
    entry = exists().where(entries.c.ticket_id == tickets.c.id, _like(entries.c.text, word))
    return or_(_like(tickets.c.subject, word), party, entry)


def _like(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """SQLite folds the case of ASCII only, so other letters are tried in the usual forms."""
    forms = [word] if word.isascii() else list(dict.fromkeys((word, word.lower(), word.upper(), word.capitalize())))
    return or_(*[column.ilike(f"%{_escaped(form)}%", escape=_ESCAPE) for form in forms])


def _escaped(word: str) -> str:
    return word.replace(_ESCAPE, _ESCAPE * 2).replace("%", _ESCAPE + "%").replace("_", _ESCAPE + "_")
