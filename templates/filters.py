"""The filters of the template language: how times, hours, names and texts are written.

Each is described in docs/templates.md (a test fails when one is missing).  Times come out in the zone of the team,
seen from the moment of writing; both are taken from the context of the rendering.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context as JinjaContext

from templates import openings, times
from templates.context import TeamWords
from templates.plain import GLUE, KEEP, KEPT, Ready, as_value, kept, one_line

_SUBJECT_LIMIT = 80
_LIST_LIMIT = 1_000
_GLUED = re.compile(r"(?<=\d) (?=[ap]m\b|[A-Z])")
_PREFIX = re.compile(r"(?:(?:re|fwd?|aw|wg|sv|vs|antw|tr|r|i)(?:\[\d{1,3}\])?:\s*)", re.IGNORECASE)
_LINKED = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,20}:/|www\.)\S*|\S+\.[a-z]{2,24}/\S*", re.IGNORECASE)


@pass_context
def when(context: JinjaContext, moment: datetime) -> Ready:
    """``Tuesday 24 November, 4 pm``."""
    return _glued(times.in_words(moment, context["team"].zone, context["now"], context["language"]))


@pass_context
def on(context: JinjaContext, moment: datetime) -> Ready:
    """``on Tuesday 24 November, 4 pm``; ``at midnight at the end of Friday 27 November``."""
    return _glued(times.on_words(moment, context["team"].zone, context["now"], context["language"]))


@pass_context
def zone_words(context: JinjaContext, zone: str) -> Ready:
    """``(London time)``."""
    return Ready(times.zone_in_words(zone, context["language"]))


@pass_context
def hours(context: JinjaContext, team: TeamWords) -> Ready:
    """The opening hours of a team, a line for each group of days."""
    return _glued("\n".join(openings.week_in_words(team.week, context["language"], team.zone)))


@pass_context
def closed_days(context: JinjaContext, team: TeamWords) -> Ready:
    """The exceptions of the next days, a line each; empty when there are none."""
    language, today = context["language"], context["now"].astimezone(ZoneInfo(team.zone)).date()
    return _glued(
        "\n".join(
            openings.closed_day_in_words(day.date, name and as_value(name), day.shifts, today, language)
            for day in islice(team.closed_days, _LIST_LIMIT)
            for name in [one_line(day.name)]
        )
    )


def sentence(value: str) -> Ready:
    """A statement of a team as a sentence: first letter large, full stop at the end; its line ends are kept."""
    text = "\n".join(filter(None, map(one_line, kept(value).split("\n"))))
    if not text:
        return Ready("")
    last = text.rsplit(maxsplit=1)[-1]
    stop = "" if text[-1] in ".!?:;\u3002" or "://" in last or "@" in last else "."
    return Ready(text[0].upper() + text[1:] + stop)


def verbatim(value: str, cut: str = "[...]") -> Ready:
    """Somebody's own words, never re-wrapped; where they are too long for a mail they end with the line `cut`."""
    return Ready(f"{KEEP}{kept(value, cut=one_line(cut))}{KEPT}")


@pass_context
def subject(context: JinjaContext, value: str) -> str:
    """A subject without ``Re:``, ``Fwd:`` and our own tag in front."""
    text = one_line(value[:1000])
    tag = re.compile(rf"\[{re.escape(context['site'].tag)}-\d{{1,18}}\]\s*", re.IGNORECASE)
    text = tag.sub("", text)
    for _ in range(10):
        found = _PREFIX.match(text)
        if not found:
            break
        text = text[found.end() :]
    return text.strip(" ")


@pass_context
def short_subject(context: JinjaContext, value: str) -> str:
    """The same for automatic mail: at most 80 characters, no links, so that nobody can advertise through us."""
    text = one_line(_LINKED.sub("", subject(context, value)[: 5 * _SUBJECT_LIMIT]))
    return text if len(text) <= _SUBJECT_LIMIT else text[: _SUBJECT_LIMIT - 3].rstrip() + "..."


def join(items: Iterable[object], separator: str = ", ") -> str:
    """Texts with `separator` between them."""
    return separator[:20].join(one_line(str(item)) for item in islice(items, _LIST_LIMIT))


def first(items: Iterable[Any]) -> Any:
    """The first of several, or nothing."""
    return next(iter(items), "")


def length(items: Any) -> int:
    """How many."""
    return len(items)


def _glued(words: str) -> Ready:
    """Keep "4 pm" and "24 November" on one line."""
    return Ready(_GLUED.sub(GLUE, words))


FILTERS: Mapping[str, Callable[..., Any]] = {
    "when": when,
    "on": on,
    "zone_words": zone_words,
    "hours": hours,
    "closed_days": closed_days,
    "sentence": sentence,
    "verbatim": verbatim,
    "subject": subject,
    "short_subject": short_subject,
    "join": join,
    "first": first,
    "length": length,
    "lower": lambda value: one_line(value).lower(),
    "upper": lambda value: one_line(value).upper(),
}
