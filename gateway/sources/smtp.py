"""A listening socket for SMTP or LMTP: opened and closed on the daemon's event loop, one `Dialogue` per client.

`start` returns when the socket listens, `stop` when no conversation is left: mails under way may finish, everybody else
is asked to come again (421).
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from gateway.sources.base import Intake, ListenSettings, Recipients
from gateway.sources.connection import House
from gateway.sources.dialogue import Dialogue
from gateway.sources.limits import Connections, Memory, Room
from gateway.sources.lmtp import LmtpDialogue

log = structlog.get_logger("receive")

BACKLOG = 512


def _utc_now() -> datetime:
    return datetime.now(UTC)


def server_context(settings: ListenSettings) -> ssl.SSLContext | None:
    """The certificate for STARTTLS, or None when none is configured.  OSError (ssl.SSLError) when it cannot be read."""
    if settings.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return context


class Listener:
    """One listening socket.  All methods belong to the event loop's thread, except `swap`, which any thread may call.

    `connections` and `memory` may be shared by several listeners, so that their limits count together.
    """

    def __init__(
        self,
        settings: ListenSettings,
        intake: Intake,
        recipients: Recipients,
        *,
        room: Room,
        connections: Connections | None = None,
        memory: Memory | None = None,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._house = House(
            settings=settings,
            intake=intake,
            recipients=recipients,
            connections=connections or Connections(settings.max_connections, settings.max_per_address, settings.exempt),
            memory=memory or Memory(settings.max_data),
            room=room,
            clock=clock,
            tls=server_context(settings),
        )
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port on which it listens."""
        assert self._server is not None, "start() comes first"
        host, port = self._server.sockets[0].getsockname()[:2]
        return str(host), int(port)

    def swap(self, recipients: Recipients) -> None:
        """From now on take mail for these; conversations under way included."""
        self._house.recipients = recipients

    async def start(self) -> None:
        """Listen.  OSError when the address is taken or may not be used."""
        # aiosmtpd tells every line of every conversation at level INFO; what matters is told by `Dialogue`
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        loop = asyncio.get_running_loop()
        settings = self._house.settings
        kind = LmtpDialogue if settings.kind == "lmtp" else Dialogue
        self._server = await loop.create_server(
            lambda: kind(self._house, loop), settings.host, settings.port, backlog=BACKLOG
        )
        log.info("listening", protocol=settings.kind, address=self.address)

    async def stop(self, grace: float = 10.0) -> None:
        """Stop listening, let mails under way finish for at most `grace` seconds, end all conversations."""
        if self._server is not None:
            self._server.close()
        present = self._house.present
        for dialogue in list(present):
            dialogue.leave()
        loop = asyncio.get_running_loop()
        until = loop.time() + grace
        while present and loop.time() < until:
            await asyncio.sleep(0.02)
        for dialogue in list(present):
            dialogue.abort()
        if present:
            await asyncio.sleep(0)
            log.warning("conversations were cut off", left=len(present))
