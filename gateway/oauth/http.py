"""One HTTPS request to a token server, for all providers: bounded in time and size, and never shown in a log.

msal and google-auth bring their own HTTP, with their own retries, waits and caches; both let us put this in its place,
so that one rule holds everywhere.  A server that cannot be reached, that is busy (429) or broken (5xx), or that speaks no
JSON is TokenUnavailable here already, with the wait it asked for; only real answers get through.  Proxies are those
of the environment (HTTPS_PROXY, NO_PROXY).  Redirects are not followed: a secret goes to the address it was meant for.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import IO
from urllib.parse import urlencode, urlsplit

from gateway.oauth.base import TokenUnavailable

CONNECT_SECONDS, MOST_ADDRESSES = 5.0, 4
"""A large provider has a dozen addresses, and a firewall may swallow what is sent to each of them."""
READ_SECONDS = 10.0
"""The longest silence of the server."""
BODY_SECONDS = 20.0
LARGEST = 1024 * 1024
LONGEST_WAIT = 3600.0
"""Seconds; a server that asks for more is asked again after an hour."""
DEFAULT_WAIT = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; the shape is the one that msal expects of an HTTP library."""

    status_code: int
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    def raise_for_status(self) -> None:
        """Nothing: what is no answer has become TokenUnavailable before."""

    @property
    def document(self) -> Mapping[str, object]:
        """The JSON object."""
        found = json.loads(self.text)
        return found if isinstance(found, dict) else {}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """None lets the redirection come out as an error."""


def _connected(address: tuple[str, int], timeout: float, _source: object = None) -> socket.socket:
    """The first of the server's addresses that takes the call.  Raises OSError.

    Unlike `socket.create_connection` it tries a few of them only, and each for a short time.
    """
    problem = OSError("it has no address")
    for family, kind, number, _name, place in socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[:MOST_ADDRESSES]:
        connection = socket.socket(family, kind, number)
        try:
            connection.settimeout(CONNECT_SECONDS)
            connection.connect(place)
            connection.settimeout(timeout)
        except OSError as refused:
            connection.close()
            problem = refused
        else:
            return connection
    raise problem


class _Connection(HTTPSConnection):
    def connect(self) -> None:
        """As always, with our way to the server's addresses."""
        self._create_connection = _connected
        super().connect()


class _Handler(urllib.request.HTTPSHandler):
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context=context)
        self._ours = context

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        """As always, with our connection."""
        return self.do_open(_Connection, req, context=self._ours)


class Http:
    """Requests to token servers whose certificates are signed by `ca_file` (None: by the system's authorities)."""

    def __init__(self, ca_file: Path | None) -> None:
        self._ca_file = ca_file
        self.last: Answer | None = None
        """The last answer: libraries do not always say what the server said."""

    def get(self, url: str, *, headers: Mapping[str, str] | None = None, **_unused: object) -> Answer:
        """A GET, in the form msal wants."""
        return self._answer(urllib.request.Request(url, headers=dict(headers or {})))  # noqa: S310 - _answer checks

    def post(
        self,
        url: str,
        *,
        data: Mapping[str, str] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_unused: object,
    ) -> Answer:
        """A POST of a form, in the form msal wants."""
        body = data if isinstance(data, bytes) else urlencode(data or {}).encode()
        return self._answer(urllib.request.Request(url, data=body, headers=dict(headers or {})))  # noqa: S310

    def close(self) -> None:
        """Every request has a connection of its own."""

    def _answer(self, request: urllib.request.Request) -> Answer:
        server = urlsplit(request.full_url).hostname or request.full_url
        if request.type != "https":
            raise TokenUnavailable(f"the address of the token server {server} must begin with https://", LONGEST_WAIT)
        request.add_header("Accept", "application/json")
        try:
            status, headers, body = self._exchange(request)
        except (OSError, ValueError, HTTPException) as problem:
            raise TokenUnavailable(f"the token server {server} cannot be reached: {_words(problem)}", 0.0) from None
        if status == 429 or status >= 500:
            raise TokenUnavailable(f"the token server {server} is busy or broken (HTTP {status})", wait_of(headers))
        self.last = answer = Answer(status, body.decode("utf-8", "replace"), headers)
        if 300 <= status <= 399 or not _is_object(answer):
            raise TokenUnavailable(
                f"{server} answered (HTTP {status}) with something that is not OAuth; is its address in the"
                " configuration right, and is there a proxy in between?",
                0.0,
            )
        return answer

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._ca_file)
        except (OSError, ValueError) as problem:
            why = f"the certificates of ca_file {self._ca_file} cannot be read: {_words(problem)}"
            raise TokenUnavailable(why, LONGEST_WAIT) from problem

    def _exchange(self, request: urllib.request.Request) -> tuple[int, dict[str, str], bytes]:
        opener = urllib.request.build_opener(_Handler(self._context()), _NoRedirect)
        try:
            response = opener.open(request, timeout=READ_SECONDS)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, dict(refusal.headers.items()), _read(refusal.read1)
        with response:
            assert isinstance(response, HTTPResponse), "only https:// gets here"
            return response.status, dict(response.headers.items()), _read(response.read1)


def _read(read: Callable[[int], bytes]) -> bytes:
    """The body, read piece by piece so that a server that drips is left in time.  Raises OSError."""
    pieces, size, until = [], 0, time.monotonic() + BODY_SECONDS
    while piece := read(64 * 1024):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST or time.monotonic() > until:
            raise OSError("its answer is too long or too slow")
    return b"".join(pieces)


def _is_object(answer: Answer) -> bool:
    try:
        return isinstance(json.loads(answer.text), dict)
    except (ValueError, RecursionError):
        return False


def _words(problem: Exception) -> str:
    reason = problem.reason if isinstance(problem, urllib.error.URLError) else problem
    if isinstance(reason, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not trusted ({reason.verify_message}); if a proxy of yours stands in between, name its"
            " authority in ca_file"
        )
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    return (getattr(reason, "strerror", None) or str(reason) or type(reason).__name__)[:200]


def wait_of(headers: Mapping[str, str]) -> float:
    """Seconds of Retry-After (RFC 9110 10.2.3: seconds or a date), within reason."""
    lower = {name.lower(): value for name, value in headers.items()}
    said = lower.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said[:9]), LONGEST_WAIT)
    try:
        seconds = (parsedate_to_datetime(said) - parsedate_to_datetime(lower.get("date", ""))).total_seconds()
    except (ValueError, TypeError):
        return DEFAULT_WAIT
    return min(max(seconds, 0.0), LONGEST_WAIT)
