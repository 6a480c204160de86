"""A case carried out against a running world: its earlier mails, its mail or dialogue, and what the books say after."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime

from tests.attacks.cases import Case, Expect
from tests.attacks.judging import faults
from tests.attacks.marks import Marks, dated
from tests.attacks.outcome import Outcome
from tests.attacks.talking import Client
from tests.attacks.world import World

PATIENCE = 20
"""An end must come, and is waited for this many times as long as the corpus allows: tests are not timed."""
LEAST_SECONDS = 60.0
_DOING = re.compile(r"@@(?:(CLOSE|CONNECT|KILL|RESTART)|REPEAT:(\d+):(.*?)|SLOW:([\d.]+):(.*?))@@", re.DOTALL)


def judged(case: Case, world: World, marks: Marks) -> list[str]:
    """Everything that is wrong with what came of this case and of the mails before it."""
    said: list[str] = []
    moment = datetime.now(UTC)
    for one in (*case.before, case):
        found = _carried_out(one, world, marks, moment)
        said += faults(found) if found else []
    return [*said, *_next_mail(world)]


def _carried_out(case: Case, world: World, marks: Marks, moment: datetime) -> Outcome | None:
    before = world.seen()
    heard, sent = _dialogue(case, world, marks) if case.dialogue else _mails(case, world, marks, moment)
    expect = case.expect
    world.settled(max(LEAST_SECONDS, PATIENCE * expect.max_seconds) if expect else LEAST_SECONDS)
    if expect is None:
        return None
    case = replace(case, sender=case.sender or _sender(case))
    return Outcome(world, marks, case, expect, _last(heard, case, expect), sent, before, world.seen())


def _last(heard: list[str], case: Case, expect: Expect) -> str:
    """The reply that counts: the last one, in a dialogue the wanted one if it was heard."""
    return expect.smtp if case.dialogue and expect.smtp in heard else heard[-1]


def _sender(case: Case) -> str:
    """Who a dialogue says it is."""
    said = re.search(r"MAIL FROM:<([^>]*)>", "".join(line.send for line in case.dialogue))
    return said[1] if said else ""


def _mails(case: Case, world: World, marks: Marks, moment: datetime) -> tuple[list[str], tuple[bytes, ...]]:
    heard, sent = [], []
    well_formed = not case.id.startswith("malformed-date-")
    mail = case.mail() if case.recipe is None or "@@" not in str(case.recipe) else _with_marks(case, marks)
    to = tuple(marks.filled(one.encode()).decode() for one in case.recipients)
    for number in range(1, case.repeat + 1):
        raw = marks.filled(mail, number)
        raw = dated(raw, moment) if well_formed else raw
        raw = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
        with world.client() as client:
            heard.append(client.deliver(case.sender, to, raw))
        sent.append(raw)
        if case.repeat > 1:
            world.settled(LEAST_SECONDS)
    return heard, tuple(sent)


def _with_marks(case: Case, marks: Marks) -> bytes:
    """A generated mail whose recipe has marks: they are replaced before it is built."""
    recipe = {k: marks.filled(v.encode()).decode() if isinstance(v, str) else v for k, v in (case.recipe or {}).items()}
    return replace(case, recipe=recipe).mail()


def _dialogue(case: Case, world: World, marks: Marks) -> tuple[list[str], tuple[bytes, ...]]:
    """Line by line; a reply that nobody expected ends it."""
    talk = _Talk(world)
    for line in case.dialogue:
        text = marks.filled(line.send.encode("latin-1")).decode("latin-1")
        assert "@@" not in _DOING.sub("", text), f"a mark that nobody knows: {text[:80]!r}"
        wanted = [one for one in line.replies if one]
        position = 0
        for doing in _DOING.finditer(text):
            talk.say(text[position : doing.start()])
            position = doing.end()
            talk.do(doing, wanted)
        talk.say(text[position:])
        if wanted and not talk.expected(wanted):
            return [*talk.heard, f"heard {talk.heard[-1]} after {line.send[:40]!r}"], ()
    talk.client.close()
    return talk.heard, ()


class _Talk:
    """A dialogue under way: the connection, and all codes heard."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.heard: list[str] = []
        self.client = Client(world.smtp)
        self._owed = False  # a reply is due for what was said
        assert self.client.reply() == "220"

    def say(self, text: str) -> None:
        """Send text as it stands."""
        if text:
            self.client.send(text.encode("latin-1"))
            self._owed = True

    def do(self, doing: re.Match[str], wanted: list[str]) -> None:
        """Carry out one mark of a dialogue."""
        what, times, text, seconds, slow = doing.groups()
        if what == "CLOSE":
            self.client.close()
        elif what == "CONNECT":
            self.client = Client(self.world.smtp)
            self._owed = True
        elif what == "KILL":
            self.world.kill()
        elif what == "RESTART":
            self.world.begin()
        elif times:
            for _ in range(int(times)):
                self.say(text)
                if not self.expected(wanted) or self.heard[-1] == "close":
                    return
        else:
            for sign in slow:
                self.say(sign)
                time.sleep(float(seconds))

    def expected(self, wanted: list[str]) -> bool:
        """Whether the next reply, if one is due, is one of these."""
        if self._owed:
            self._owed = False
            self.heard.append(self.client.reply())
        return self.heard[-1] in wanted


def _next_mail(world: World) -> list[str]:
    """The daemon lives, and the next person is served."""
    sender = f"next{len(world.seen().inbox)}@bystander.example"
    world.say(sender, "support@desk.example", "Another question", "How are you?")
    row = world.seen().inbox[-1]
    alive = world.process is not None and world.process.poll() is None
    return [] if alive and row.outcome == "ticket" else [f"the next mail: {row.outcome} ({row.reason}), alive: {alive}"]
