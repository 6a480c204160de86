"""What staff may do to a ticket: one file an action, the same code for the command line, mail and pages."""

from gateway.actions import (
    assign,
    close,
    join,
    merge,
    move,
    note,
    reopen,
    reply,
    split,
    take,
    unjoin,
    unwatch,
    watch,
)
from routing.commands import Verb

ACTIONS = (
    reply.ACTION, note.ACTION, take.ACTION, assign.ACTION, move.ACTION, close.ACTION, reopen.ACTION, merge.ACTION,
    split.ACTION, watch.ACTION, unwatch.ACTION, join.ACTION, unjoin.ACTION,
)  # fmt: skip
"""The registry, in the order people read it."""
VERBS = tuple(Verb(one.name, one.argument, one.text, one.internal, one.leaves) for one in ACTIONS)
"""The same as commands by mail."""
