"""The way to a token server: every wait ends, nothing grows without bound, and a secret never goes astray."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from gateway.oauth import http
from gateway.oauth.base import TokenUnavailable
from gateway.oauth.http import Http, wait_of
from tests.helpers.oauth import Issuer, issuer
from tests.helpers.servers import Server, server

FORM = {"grant_type": "client_credentials", "client_id": "deskgate", "username": "helpdesk"}
DATE = "Sat, 21 Nov 2026 10:00:00 GMT"


@pytest.fixture(scope="module")
def tokens() -> Iterator[Issuer]:
    with issuer() as one:
        yield one


@pytest.fixture(scope="module")
def proxy(tokens: Issuer) -> Iterator[Server]:
    with server("faultproxy", f"to=127.0.0.1:{port_of(tokens)}") as one:
        yield one


def port_of(tokens: Issuer) -> int:
    return int(tokens.server.text("https_token_url").split(":")[2].split("/")[0])


def test_a_form_is_answered(tokens: Issuer) -> None:
    answer = Http(tokens.ca_file).post(tokens.server.text("https_token_url"), data=FORM)
    assert answer.status_code == 200
    assert answer.document["access_token"]
    assert str(answer.document["access_token"]) not in repr(answer)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_not_followed(tokens: Issuer, status: int) -> None:
    tokens.fail(status=status, location=tokens.server.text("https_token_url"))
    before = len(tokens.asked())
    with pytest.raises(TokenUnavailable, match="is its address in the configuration right"):
        Http(tokens.ca_file).post(tokens.server.text("https_token_url"), data=FORM)
    assert len(tokens.asked()) == before + 1


def test_an_answer_without_end_is_left(tokens: Issuer) -> None:
    tokens.fail(status=200, body="x" * (http.LARGEST + 1))
    with pytest.raises(TokenUnavailable, match="too long or too slow"):
        Http(tokens.ca_file).post(tokens.server.text("https_token_url"), data=FORM)


def test_a_server_that_says_nothing_is_left(tokens: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_SECONDS", 0.3)
    tokens.fail(status=0, delay=3)
    with pytest.raises(TokenUnavailable, match="no answer in time"):
        Http(tokens.ca_file).post(tokens.server.text("https_token_url"), data=FORM)


def test_a_server_that_drips_is_left(tokens: Issuer, proxy: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece comes in time, all of them together would take minutes."""
    monkeypatch.setattr(http, "BODY_SECONDS", 0.5)
    proxy.tell("set", "rate=20000")
    tokens.fail(status=200, body="x" * 900_000)
    try:
        with pytest.raises(TokenUnavailable, match="too long or too slow"):
            Http(tokens.ca_file).post(f"https://localhost:{proxy.number('port')}/token", data=FORM)
    finally:
        proxy.tell("set", "clear")


def test_a_connection_that_breaks_is_told(tokens: Issuer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        port = listening.getsockname()[1]
        listening.close()
        with pytest.raises(TokenUnavailable, match="localhost cannot be reached"):
            Http(tokens.ca_file).post(f"https://localhost:{port}/token", data=FORM)


def test_addresses_that_do_not_answer_are_left_after_a_few(tokens: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def many(_host: str, _port: int, **_more: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1)) for _ in range(40)]

    connect = socket.socket.connect

    class Counting(socket.socket):
        def connect(self, address: object) -> None:
            tried.append(address)
            connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", many)
    monkeypatch.setattr(socket, "socket", Counting)
    with pytest.raises(TokenUnavailable, match="Connection refused"):
        Http(tokens.ca_file).get("https://many.test/")
    assert len(tried) == http.MOST_ADDRESSES


def test_certificates_that_cannot_be_read_are_told(tokens: Issuer) -> None:
    with pytest.raises(TokenUnavailable, match=r"certificates of ca_file .*none\.pem cannot be read"):
        Http(tokens.ca_file.parent / "none.pem").get("https://localhost:1/")


def test_a_proxy_of_the_environment_is_used(tokens: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    with pytest.raises(TokenUnavailable, match="refused"):
        Http(tokens.ca_file).post(tokens.server.text("https_token_url"), data=FORM)
    monkeypatch.setenv("no_proxy", "localhost")
    assert Http(tokens.ca_file).post(tokens.server.text("https_token_url"), data=FORM).status_code == 200


@pytest.mark.parametrize(
    "url", ["http://localhost/", "file:///etc/passwd", "ftp://localhost/", "https:/localhost", "x"]
)
def test_an_address_that_is_not_https_is_refused(url: str) -> None:
    with pytest.raises((TokenUnavailable, ValueError)):
        Http(None).get(url)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, http.DEFAULT_WAIT),
        ({"Retry-After": "0"}, 0),
        ({"retry-after": " 120 "}, 120),
        ({"RETRY-AFTER": "99999999999999999999"}, http.LONGEST_WAIT),
        ({"Retry-After": "-5"}, http.DEFAULT_WAIT),
        ({"Retry-After": "٣"}, http.DEFAULT_WAIT),
        ({"Retry-After": "soon"}, http.DEFAULT_WAIT),
        ({"Date": DATE, "Retry-After": "Sat, 21 Nov 2026 10:01:30 GMT"}, 90),
        ({"Date": DATE, "Retry-After": "Sat, 21 Nov 2026 09:00:00 GMT"}, 0),
        ({"Date": DATE, "Retry-After": "Tue, 01 Dec 2026 10:00:00 GMT"}, http.LONGEST_WAIT),
        ({"Retry-After": "Sat, 21 Nov 2026 10:01:30 GMT"}, http.DEFAULT_WAIT),
        (
            {"Date": "Sat, 21 Nov 2026 10:00:00 -0000", "Retry-After": "Sat, 21 Nov 2026 10:01:30 GMT"},
            http.DEFAULT_WAIT,
        ),
    ],
)
def test_the_wait_a_server_asks_for_is_understood_within_reason(headers: dict[str, str], seconds: float) -> None:
    assert wait_of(headers) == seconds
