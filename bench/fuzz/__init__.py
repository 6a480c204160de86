"""Mails nobody would write, made by the hundred thousand, and the promises that reading them must keep.

`sources` makes a mail from a number (grammar, giants, damage, the shared corpus), `laws` says what must hold, `measured`
takes processor time and memory, `campaign` runs it on all cores, `guided` lets coverage choose, `shrink` makes findings
small.
"""
