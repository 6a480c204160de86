"""The bytes of an IMAP connection: every wait ends, nothing grows without bound, and a waiting thread can be woken.

imaplib does the protocol; this takes the place of its socket file.  That is needed because a file on a socket cannot be
read on after a time-out, hides what it has read already from `poll` (a notice that comes right behind the answer to IDLE
would be seen minutes later), and believes any length that a server announces.
"""

from __future__ import annotations

import contextlib
import imaplib
import socket
import ssl
import sys
import time

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes.  A SEARCH in a mailbox of a million mails answers with 8 MB in one line."""
COMMAND_WAITS = 5
"""A whole command may take so many times the read time-out, plus what its bytes take on a slow line."""
SLOWEST = 2_000
"""Bytes a second that must come."""
_BLOCK = 256 * 1024


class Wire(imaplib.IMAP4):
    """One connection.  Times are seconds; `most_bytes` bounds what the server may send as an answer to one command."""

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext | None, connect: float, read: float, most_bytes: int
    ) -> None:
        self._context, self._connect_seconds, self._read_seconds = context, connect, read
        self._most_bytes = most_bytes
        self._buffer = bytearray()
        self._got = 0
        self.news = False
        """Whether the server has spoken of new mail since this was last set to False."""
        self._until = time.monotonic() + connect + COMMAND_WAITS * read
        super().__init__(host, port, timeout=connect)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:  # noqa: ARG002
        """Connect; TLS at once where there is a context."""
        self.host, self.port = host, port
        sock = socket.create_connection((host, port), self._connect_seconds)
        _notice_death(sock)
        try:
            if self._context is not None:
                sock = self._context.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise
        self.sock = sock

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> tuple[str, list[bytes]]:  # type: ignore[override]
        """Speak TLS from here on.  What came before it may be somebody else's (CVE-2011-0411) and is an error."""
        assert ssl_context is not None, "certificates are always verified"
        kind, data = self._simple_command("STARTTLS")
        if kind == "OK":
            if self._buffer:
                raise self.abort("the server sent something between STARTTLS and TLS; somebody may be in between")
            self.sock = ssl_context.wrap_socket(self.sock, server_hostname=self.host)
            self._get_capabilities()
        return kind, data

    def send(self, data: bytes) -> None:  # type: ignore[override]
        """Send all of it, within the read time-out."""
        self.sock.settimeout(self._read_seconds)
        self.sock.sendall(data)

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes of a literal."""
        if size > self._most_bytes:
            raise self.abort(f"the server announces {size} bytes at once")
        self._until += size / SLOWEST
        parts = [bytes(self._buffer[:size])]
        del self._buffer[:size]
        missing = size - len(parts[0])
        while missing:
            part = self._receive(min(missing, _BLOCK))
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def readline(self) -> bytes:
        """One line with its end."""
        looked = 0
        while (end := self._buffer.find(b"\n", looked) + 1) == 0:
            looked = len(self._buffer)
            if looked > LONGEST_LINE:
                raise self.abort(f"the server sends a line of more than {LONGEST_LINE} bytes")
            self._buffer += self._receive(_BLOCK)
        line = bytes(self._buffer[:end])
        del self._buffer[:end]
        return line

    def shutdown(self) -> None:
        """Close the socket."""
        self.interrupt()
        self.sock.close()

    def interrupt(self) -> None:
        """End the connection under a thread that waits on it; from any thread."""
        with contextlib.suppress(OSError, AttributeError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)  # the plain one: TLS would want to say good-bye first

    def forget(self) -> None:
        """Drop answers that nobody asked for, and those of a command that failed."""
        self.untagged_responses = {}

    # ------------------------------------------------------------------------------------------------ IDLE (RFC 2177)

    def begin_idle(self) -> bytes | None:
        """The tag under which the server now tells what is new; None: it does not want to."""
        tag: bytes = self._command("IDLE")
        while self._get_response() is not None:
            if self.tagged_commands[tag]:
                del self.tagged_commands[tag]
                return None
        return tag

    def watch(self, seconds: float) -> bool:
        """Whether new mail was announced; waits for it at most `seconds`, or until anything is said.

        Raises abort at once when the connection has ended.
        """
        if self.news:
            return True
        self._renew()
        if b"\n" not in self._buffer:
            self.sock.settimeout(seconds)
            try:
                part = self.sock.recv(_BLOCK)
            except (TimeoutError, ssl.SSLWantReadError):
                return False
            self._keep(part)
        while b"\n" in self._buffer:
            self._get_response()
        self._check_bye()
        self.forget()
        return self.news

    def end_idle(self, tag: bytes) -> None:
        """Back to commands."""
        self._renew()
        self.send(b"DONE\r\n")
        while not self.tagged_commands[tag]:
            self._get_response()
            self._check_bye()
        del self.tagged_commands[tag]
        self.forget()

    # ------------------------------------------------------------------------------------------------

    def _append_untagged(self, kind: str, data: bytes) -> None:
        if kind == "EXISTS":
            self.news = True
        super()._append_untagged(kind, data)  # type: ignore[misc]  # exists; the stubs do not show it

    def _new_tag(self) -> bytes:
        self._renew()
        tag: bytes = super()._new_tag()  # type: ignore[misc]  # exists; the stubs do not show it
        return tag

    def _renew(self) -> None:
        """Another command begins: its time and its bytes are counted anew."""
        self._until = time.monotonic() + COMMAND_WAITS * self._read_seconds
        self._got = 0

    def _receive(self, most: int) -> bytes:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the server answers too slowly")
        self.sock.settimeout(min(left, self._read_seconds))
        part = self.sock.recv(most)
        self._count(part)
        return part

    def _keep(self, part: bytes) -> None:
        self._count(part)
        self._buffer += part

    def _count(self, part: bytes) -> None:
        if not part:
            raise self.abort("the server has closed the connection")
        self._got += len(part)
        if self._got > self._most_bytes:
            raise self.abort(f"the server answers one command with more than {self._most_bytes} bytes")


def _notice_death(sock: socket.socket) -> None:
    """Let the kernel find out within two minutes that the other end is gone, also while nobody speaks."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    if sys.platform == "linux":
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 120_000)
