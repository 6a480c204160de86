"""Outgoing mail to the site's mail server, over a few connections that are kept and used again.

At most `connections` at once, each for at most a hundred mails and a minute of idleness: a smarthost that comes back
after an outage is met by a steady stream and not by a crowd.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

import structlog

from gateway.delivery.base import OutgoingMail, Result, sendable
from gateway.delivery.link import HungUp, Link, Stale
from gateway.delivery.opening import Refused, SmarthostSettings
from gateway.delivery.replies import Step, lost

log = structlog.get_logger("deliver")

Fallback = Callable[[OutgoingMail], str | None]
"""The envelope sender to use instead of the null sender when the server refuses that; None: there is none."""


def client_context(settings: SmarthostSettings) -> ssl.SSLContext | None:
    """How the server's certificate is judged.  OSError when `ca_file` cannot be read."""
    if settings.tls == "none":
        return None
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=settings.ca_file)
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _no_fallback(_mail: OutgoingMail) -> str | None:
    return None


class Smarthost:
    """The site's mail server as a way out.  Belongs to one event loop."""

    def __init__(self, settings: SmarthostSettings, fallback: Fallback = _no_fallback) -> None:
        self._settings = settings
        self._fallback = fallback
        self._context = client_context(settings)
        self._places = asyncio.Semaphore(settings.connections)
        self._idle: list[Link] = []

    @property
    def width(self) -> int:
        """One mail per connection."""
        return self._settings.connections

    async def send(self, mail: OutgoingMail) -> Result:
        """Try once, within `total_timeout` seconds."""
        sender = "" if not mail.envelope_from else sendable(mail.envelope_from)
        recipient = sendable(mail.recipient)
        if sender is None or recipient is None:
            return Result("failed", "553 5.1.3 This is not an address that mail can be sent to", "address")
        link: Link | None = None
        try:
            async with asyncio.timeout(self._settings.total_timeout), self._places:
                link = await self._link()
                try:
                    return await self._over(link, mail, sender, recipient)
                except (Stale, HungUp) as problem:
                    link.close()
                    link = await self._open()
                    sender = problem.sender if isinstance(problem, HungUp) else sender
                    return await self._over(link, mail, sender, recipient)
        except Refused as problem:
            return problem.result
        except (Stale, HungUp, TimeoutError):
            return lost(link.step if link is not None else Step.CONNECT, "it took too long")
        finally:
            if link is not None:
                self._put_back(link)

    async def _over(self, link: Link, mail: OutgoingMail, sender: str, recipient: str) -> Result:
        fallback = self._fallback(mail) if sender == "" else None
        return await link.send(mail, sender, recipient, sendable(fallback) if fallback else None)

    async def _link(self) -> Link:
        """A kept connection, the last used first; else a new one."""
        while self._idle:
            link = self._idle.pop()
            if link.usable and not self._too_old(link):
                return link
            await link.quit()
        return await self._open()

    async def _open(self) -> Link:
        link = Link(self._settings, self._context)
        try:
            await link.open()
        except BaseException:
            link.close()
            raise
        return link

    def _too_old(self, link: Link) -> bool:
        return asyncio.get_running_loop().time() - link.idle_since > self._settings.idle_timeout

    def _put_back(self, link: Link) -> None:
        if link.usable:
            link.idle_since = asyncio.get_running_loop().time()
            self._idle.append(link)
        else:
            link.close()

    async def rest(self) -> None:
        """Say goodbye on connections that were idle for too long."""
        old = [link for link in self._idle if self._too_old(link) or not link.usable]
        self._idle = [link for link in self._idle if link not in old]
        for link in old:
            await link.quit()

    async def close(self) -> None:
        """Say goodbye on all connections."""
        idle, self._idle = self._idle, []
        for link in idle:
            await link.quit()
