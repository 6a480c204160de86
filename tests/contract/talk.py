"""Both ends of a conversation for the tests: a listener on a real socket, and a client that speaks bytes."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self

from gateway.sources.base import Accepted, ListenSettings, Recipients
from gateway.sources.limits import Room
from gateway.sources.smtp import Listener

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ALIASES = ("it@desk.test", "hr@desk.test", "it+t1-token@desk.test")
OURS = Recipients(accepts=lambda address: address.lower() in ALIASES, domains=frozenset({"desk.test"}))
ANYWHERE = ListenSettings(host="127.0.0.1", port=0, hostname="mx.desk.test")
MAIL = b"From: ann@cust.test\r\nTo: it@desk.test\r\nSubject: Laptop\r\n\r\nIt is broken.\r\n"


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self, factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop) -> None:
        self.loop = factory()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, Any], timeout: float = 20) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout)

    def close(self) -> None:
        async def cancel_all() -> None:
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self.run(cancel_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


class Shelf:
    """An intake that keeps mail in a list.  `answer` may be replaced to fail, or to wait."""

    def __init__(self) -> None:
        self.mails: list[Accepted] = []
        self.answer: Callable[[Accepted], Future[int]] = self._stored

    def put(self, accepted: Accepted) -> Future[int]:
        return self.answer(accepted)

    def _stored(self, accepted: Accepted) -> Future[int]:
        self.mails.append(accepted)
        future: Future[int] = Future()
        future.set_result(len(self.mails))
        return future

    def fail_with(self, problem: Exception) -> None:
        def refuse(_accepted: Accepted) -> Future[int]:
            future: Future[int] = Future()
            future.set_exception(problem)
            return future

        self.answer = refuse

    @property
    def raws(self) -> list[bytes]:
        return [mail.raw for mail in self.mails]


class Serving:
    """A listener that runs."""

    def __init__(
        self,
        settings: ListenSettings = ANYWHERE,
        *,
        recipients: Recipients = OURS,
        room: Room | None = None,
        factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
        **changes: Any,
    ) -> None:
        self.shelf = Shelf()
        self.loop = Loop(factory)
        self.listener = Listener(
            replace(settings, **changes), self.shelf, recipients, room=room or Room(None, 0), clock=lambda: NOW
        )
        self.loop.run(self.listener.start())
        self.address = self.listener.address
        self.port = self.address[1]

    def stop(self, grace: float = 10.0) -> None:
        self.loop.run(self.listener.stop(grace), grace + 10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(0.1)
        self.loop.close()


class Talk:
    """A client that says bytes and reads replies."""

    def __init__(self, port: int, greeting: bool = True) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=15)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        if greeting:
            self.greeting = self.reply()

    def say(self, what: bytes) -> None:
        self.socket.sendall(what)

    def line(self) -> str:
        """The next line, or "" when the other side has closed."""
        while b"\n" not in self._rest:
            try:
                more = self.socket.recv(65536)
            except ConnectionError:
                more = b""
            if not more:
                return ""
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode().rstrip("\r")

    def reply(self) -> str:
        """One reply, its lines joined by a newline."""
        lines = [self.line()]
        while lines[-1][3:4] == "-":
            lines.append(self.line())
        return "\n".join(lines)

    def ask(self, command: bytes | str) -> str:
        self.say((command.encode() if isinstance(command, str) else command) + b"\r\n")
        return self.reply()

    def start(
        self, *recipients: str, sender: str = "ann@cust.test", hello: str = "EHLO client.test", data: bool = True
    ) -> Self:
        """Up to the 354."""
        assert self.ask(hello).startswith("250")
        assert self.ask(f"MAIL FROM:<{sender}>").startswith("250")
        for recipient in recipients or ("it@desk.test",):
            assert self.ask(f"RCPT TO:<{recipient}>").startswith("250"), recipient
        if data:
            assert self.ask("DATA").startswith("354")
        return self

    def send(self, mail: bytes = MAIL) -> str:
        """A mail with its final dot, as it stands; the reply."""
        self.say(mail + b".\r\n")
        return self.reply()

    @property
    def closed(self) -> bool:
        """Whether the other side closes now (and says nothing more)."""
        return self.line() == ""

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def codes(replies: Iterable[str]) -> list[str]:
    return [reply[:3] for reply in replies]
