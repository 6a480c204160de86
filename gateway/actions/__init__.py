"""What staff may do to a ticket: one file an action, the same code for the command line, mail and pages."""

from gateway.actions import assign, close, move, note, reopen, reply, take

ACTIONS = (reply.ACTION, note.ACTION, take.ACTION, assign.ACTION, move.ACTION, close.ACTION, reopen.ACTION)
"""The registry, in the order people read it."""
