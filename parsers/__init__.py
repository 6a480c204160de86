"""Understand: bytes of a mail to its meaning.  Pure: no socket, no clock, no database, none of our other rooms."""
