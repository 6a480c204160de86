"""One connection to the smarthost, used for several mails one after another.

What a failure means depends on the step it happened at, and above all on whether the final dot had been sent, so every
step is taken here.  Where the server announces PIPELINING (RFC 2920), MAIL, RCPT and DATA go out in one write: a mail
then costs two round trips instead of four.
"""

from __future__ import annotations

import asyncio
import ssl

from gateway.delivery.base import OutgoingMail, Result, wire
from gateway.delivery.dialogue import Broken, Dialogue, Reply
from gateway.delivery.opening import Opened, Opening, SmarthostSettings
from gateway.delivery.replies import Step, blames_the_sender, judge, lost
from store.crashpoints import point

Refusal = tuple[Step, int, str]
"""A reply that was not the wanted one: at which step, the code, the text."""

QUIT_SECONDS = 5.0


class Stale(Exception):
    """A connection kept from before turned out to be closed; the mail has not been offered on it."""


class HungUp(Exception):
    """The server refused the null sender and closed: the mail goes over another connection, with this sender."""

    def __init__(self, sender: str) -> None:
        super().__init__(sender)
        self.sender = sender


class Link:
    """A connection.  `step` is where it is; `sent` how many mails it has carried."""

    def __init__(self, settings: SmarthostSettings, context: ssl.SSLContext | None) -> None:
        self._settings, self._opening = settings, Opening(settings, context)
        self._opened: Opened | None = None
        self._used = self._unfinished = self._busy = False
        self._step = Step.MAIL
        self.sent = 0
        self.idle_since = 0.0

    @property
    def step(self) -> Step:
        """Where in the conversation it is."""
        return self._step if self._opened is not None else self._opening.step

    @property
    def usable(self) -> bool:
        """Whether another mail may be tried on it."""
        open_ = self._opened is not None and self._opened.dialogue.alive
        return open_ and not self._busy and self.sent < self._settings.mails_per_connection

    async def open(self) -> None:
        """Connect, encrypt, log in.  Raises Refused."""
        self._opened = await self._opening.open()

    def close(self) -> None:
        """Close without a word."""
        if self._opened is not None:
            self._opened.dialogue.close()

    async def quit(self) -> None:
        """Say goodbye if the other side is still there; waits at most five seconds for its answer."""
        try:
            if self._opened is not None and self._opened.dialogue.alive:
                self._opened.dialogue.say(b"QUIT")
                await self._opened.dialogue.reply(QUIT_SECONDS)
        except (Broken, TimeoutError):
            pass  # whoever wants to go is gone
        finally:
            self.close()

    # --- one mail

    async def send(self, mail: OutgoingMail, sender: str, recipient: str, fallback: str | None) -> Result:
        """One transaction.  The addresses are `sendable` (`sender` may be empty: the null sender).

        `fallback` is the sender to use when the server refuses the null sender.  Raises Stale when a connection that
        has been used before turns out to be closed, HungUp when it was closed over the null sender: the mail has not been
        offered then.
        """
        assert self._opened is not None, "open() comes first"
        self._busy = True  # stays so when this is cancelled: the connection is then of no use to anybody
        result = await self._guarded(self._opened, mail, (sender, recipient), fallback)
        self._busy, self._used = False, True
        return result

    async def _guarded(self, to: Opened, mail: OutgoingMail, path: tuple[str, str], fallback: str | None) -> Result:
        try:
            return await self._transaction(to, mail, path, fallback)
        except TimeoutError:
            return self._broken("no reply in time")
        except Broken as problem:
            if self._step is Step.MAIL and self._used:
                raise Stale from problem
            return self._broken(str(problem))

    def _broken(self, why: str) -> Result:
        self.close()
        return lost(self._step, why)

    async def _transaction(self, to: Opened, mail: OutgoingMail, path: tuple[str, str], fallback: str | None) -> Result:
        content = wire(mail.raw)
        refusal = await self._envelope(to, content, path)
        if refusal is not None and path[0] == "" and fallback and blames_the_sender(*refusal):
            if not to.dialogue.alive:
                raise HungUp(fallback)
            refusal = await self._envelope(to, content, (fallback, path[1]))
        return await self._data(to.dialogue, content) if refusal is None else self._then_close(refusal)

    def _then_close(self, refusal: Refusal) -> Result:
        """What a refusal means; after 421 the server closes (RFC 5321 3.8)."""
        if refusal[1] == 421:
            self.close()
        return judge(*refusal)

    async def _envelope(self, to: Opened, content: bytes, path: tuple[str, str]) -> Refusal | None:
        """MAIL, RCPT and DATA; None when the server waits for the mail."""
        self._step = Step.MAIL
        dialogue = to.dialogue
        if self._unfinished:
            await self._reset(dialogue)
        sender, recipient = path
        options = _mail_options(to, content, sender + recipient)
        if options is None:
            return Step.RCPT, 553, "5.6.7 The server does not take addresses outside ASCII (no SMTPUTF8)"
        self._unfinished = True
        commands = (f"MAIL FROM:<{sender}>{options}".encode(), f"RCPT TO:<{recipient}>".encode(), b"DATA")
        if to.pipelining:
            dialogue.say(*commands)
            return await self._judged_together(dialogue)
        for step, command in zip(_STEPS, commands, strict=True):
            self._step = step
            dialogue.say(command)
            if (refusal := _refused(step, await self._reply(dialogue))) is not None:
                return refusal
        return None

    async def _judged_together(self, dialogue: Dialogue) -> Refusal | None:
        """The replies to three commands that went out at once: the first refusal is the verdict.

        Whoever refuses MAIL or RCPT refuses the rest as well (503, 554).  A server that asks for the mail all the same
        is left: anything we said now, be it a single dot (RFC 2920 3.1), might become a mail.
        """
        first: Refusal | None = None
        for step in _STEPS:
            self._step = step if first is None else first[0]
            try:
                reply = await self._reply(dialogue)
            except (Broken, TimeoutError):
                if first is None:
                    raise
                self.close()  # it has said no and hung up: the no counts
                return first
            if first is not None and step is Step.DATA and reply.code == 354:
                self.close()
            first = first or _refused(step, reply)
            if reply.code == 421:
                self.close()
                return first
        return first

    async def _reply(self, dialogue: Dialogue) -> Reply:
        reply = await dialogue.reply(self._settings.command_timeout)
        if reply.code == 421 and self._step is Step.MAIL and self._used:
            raise Broken(reply.text)  # it has had enough of this connection, not of the mail
        return reply

    async def _reset(self, dialogue: Dialogue) -> None:
        dialogue.say(b"RSET")
        code, text = await dialogue.reply(self._settings.command_timeout)
        if code != 250:
            self.close()
            raise Broken(f"RSET was answered {code} {text}")
        self._unfinished = False

    async def _data(self, dialogue: Dialogue, content: bytes) -> Result:
        """The mail itself, and the dot, and what the server says to it."""
        self._step = Step.DATA
        async with asyncio.timeout(self._settings.data_timeout):
            dialogue.write(stuffed(content))
            if await dialogue.flushed(self._settings.data_timeout):
                # only now can the server take the mail; a connection that broke before has sent nothing
                self._step = Step.DOT
                dialogue.write(b".\r\n")
                point("o2.after_dot")
            code, text = await dialogue.reply(self._settings.data_timeout)
        self._unfinished = self._step is not Step.DOT
        result = judge(self._step, code, text)
        if result.kind == "sent":
            point("o2.after_250")
            self.sent += 1
        elif self._unfinished or code == 421:
            self.close()  # what answers in the middle of the mail: nobody knows where it is reading now
        return result


_STEPS = (Step.MAIL, Step.RCPT, Step.DATA)


def _refused(step: Step, reply: Reply) -> Refusal | None:
    wanted = reply.code == 354 if step is Step.DATA else 200 <= reply.code <= 299
    return None if wanted else (step, reply.code, reply.text)


def _mail_options(to: Opened, content: bytes, addresses: str) -> str | None:
    """Parameters of MAIL FROM, or None when the server cannot take such addresses or such a header (RFC 6531)."""
    options = f" SIZE={len(content)}" if to.size else ""
    if not (addresses.isascii() and content.partition(b"\r\n\r\n")[0].isascii()):
        if not to.smtputf8:
            return None
        options += " SMTPUTF8"
    return options if content.isascii() or not to.eight_bit else options + " BODY=8BITMIME"


def stuffed(content: bytes) -> bytes:
    """The mail with its leading dots doubled (RFC 5321 4.5.2)."""
    content = content.replace(b"\r\n.", b"\r\n..")
    return b"." + content if content.startswith(b".") else content
