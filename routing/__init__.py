"""Decide: what a mail means for whom, by when, and what shall happen.  Pure; reads the values of `parsers` only."""
