"""SMTP spoken by hand: bytes as they stand, dot-stuffed and nothing else, and the server's last word.

A client library would mend what is meant to be broken.
"""

from __future__ import annotations

import contextlib
import socket
from types import TracebackType

SECONDS = 60.0


class Client:
    """One connection; within ``with`` it has said EHLO."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), SECONDS)
        self._heard = b""

    def __enter__(self) -> Client:
        assert self.reply() == "220"
        assert self.command(b"EHLO client.example") == "250"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Drop the connection without a word."""
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Write; a server that has hung up is no error, its last word is still to be heard."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(data)

    def reply(self, seconds: float = SECONDS) -> str:
        """The code of the next whole reply (RFC 5321 4.2.1), ``close`` when the connection has ended."""
        self._socket.settimeout(seconds)
        while True:
            line, newline, rest = self._heard.partition(b"\n")
            if newline:
                self._heard = rest
                if line[3:4] != b"-":
                    return line[:3].decode("ascii", "replace")
                continue
            try:
                data = self._socket.recv(65536)
            except ConnectionError:
                data = b""
            if not data:
                return "close"
            self._heard += data

    def command(self, line: bytes) -> str:
        """One command and the code of its reply."""
        self.send(line + b"\r\n")
        return self.reply()

    def deliver(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> str:
        """One mail: the code of the final dot, or of what ended it before."""
        code = self.command(f"MAIL FROM:<{sender}>".encode())
        if code != "250":
            return code
        codes = [self.command(f"RCPT TO:<{recipient}>".encode()) for recipient in recipients]
        if "250" not in codes:
            return codes[-1]
        code = self.command(b"DATA")
        if code != "354":
            return code
        self.send(stuffed(raw) + b".\r\n")
        return self.reply()


def stuffed(raw: bytes) -> bytes:
    """The bytes inside DATA: an end of line at the end, dots at the start of lines doubled (RFC 5321 4.5.2)."""
    raw = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
    raw = raw.replace(b"\r\n.", b"\r\n..")
    return b"." + raw if raw.startswith(b".") else raw
