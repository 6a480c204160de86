"""The first half of checking a sender: everything the DNS has to say about a mail.  It waits; it computes next to nothing.

Only what can matter is asked: the author's DMARC policy, the keys of signatures that could speak for the author, SPF of an
envelope sender in the author's organisation, and the keys of an ARC chain whose last sealer is believed.  So a stranger's
own domain can make nobody wait.
"""

from __future__ import annotations

from gateway.auth import dmarc, spf
from gateway.auth.answers import UNKNOWN, Answers, DnsTrouble, Names, Recorder
from gateway.auth.heads import claims
from parsers.message import Envelope, comparable
from parsers.peek import peek
from routing.alignment import aligned, as_compared
from routing.proving import handed_over_by_stranger
from routing.teams import Trust


def author_of(raw: bytes) -> str:
    """The domain in From, as peeked at; empty if there is none."""
    return as_compared(comparable(peek(raw).from_address).rpartition("@")[2])


def ask(raw: bytes, envelope: Envelope, trust: Trust, names: Names) -> Answers:
    """Everything a judgement needs, from the header of a mail and its envelope.  Never raises DnsTrouble."""
    author, sender = author_of(raw), comparable(envelope.sender)
    recorder = Recorder(names)
    if not author:
        return Answers("", sender, "", ())
    try:
        dmarc.published(author, recorder)
    except DnsTrouble:
        return Answers(author, sender, UNKNOWN, recorder.texts)  # nothing can be decided without it
    found = claims(raw)
    for one in found.speaking_for(author):
        recorder.ask(one.key)
    if found.newest_sealer in trust.arc_sealers:
        for one in (*found.seals, *found.marks):
            recorder.ask(one.key)
    return Answers(author, sender, _spf(sender, author, envelope, trust, names), recorder.texts)


def _spf(sender: str, author: str, envelope: Envelope, trust: Trust, names: Names) -> str:
    """For the null sender SPF would ask for the name in HELO, which nobody kept: nothing is known."""
    if not sender or not handed_over_by_stranger(trust, envelope):
        return UNKNOWN
    return spf.check(envelope.peer, sender, names) if aligned(sender, author) else ""
