"""Logging in at the smarthost: which mechanism, how often, what a refusal means, and that no secret is ever shown."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass, field

import pytest

from gateway.delivery.auth import Login
from gateway.delivery.base import Result
from gateway.delivery.opening import SmarthostSettings
from gateway.delivery.smarthost import Smarthost
from gateway.oauth.base import TokenRefused, TokenUnavailable
from tests.contract.smarthost_stub import CUT, Stub
from tests.contract.test_delivery_smarthost import mail

PASSWORD = "correct horse"


def b64(text: str) -> str:
    """Base64 of a text."""
    return base64.b64encode(text.encode()).decode()


@dataclass
class Tokens:
    """Gives these tokens in turn, the last one for ever; a token is given until it is forgotten."""

    ready: list[str | Exception]
    forgotten: list[str | None] = field(default_factory=list)

    def token(self) -> str:
        """The one that is current."""
        first = self.ready[0]
        if isinstance(first, Exception):
            raise first
        return first

    def forget(self, token: str | None = None) -> None:
        """Go on to the next."""
        self.forgotten.append(token)
        if len(self.ready) > 1:
            self.ready.pop(0)


def send(stub: Stub, login: Login) -> Result:
    """Send one mail."""

    async def run() -> Result:
        out = Smarthost(SmarthostSettings("127.0.0.1", stub.port, tls="none", login=login, command_timeout=5.0))
        try:
            return await out.send(mail())
        finally:
            await out.close()

    return asyncio.run(run())


def password_check(lines: list[str]) -> str:
    """A server that knows the user desk with its password, by PLAIN and by LOGIN."""
    words = lines[0].split(" ")
    if words[1] == "PLAIN":
        return "235 in" if words[2:] == [b64(f"\0desk\0{PASSWORD}")] else "535 5.7.8 no"
    if words[1] == "LOGIN":
        if len(lines) < 3:
            return ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"][len(lines) - 1]
        return "235 in" if lines[1:] == [b64("desk"), b64(PASSWORD)] else "535 5.7.8 no"
    return "504 5.5.4 what?"


@pytest.mark.parametrize(
    ("offered", "used"),
    [
        ("AUTH PLAIN LOGIN", ["PLAIN"]),
        ("AUTH LOGIN PLAIN XOAUTH2", ["PLAIN"]),
        ("AUTH LOGIN", ["LOGIN"]),
        ("AUTH GSSAPI LOGIN", ["LOGIN"]),
    ],
)
def test_a_password_goes_by_plain_else_by_login(offered: str, used: list[str]) -> None:
    with Stub(extensions=(offered,), auth=password_check) as stub:
        assert send(stub, Login("desk", PASSWORD)).kind == "sent"
        assert [line.split()[1] for line in stub.commands if line.startswith("AUTH")] == used


def test_a_mechanism_that_is_announced_and_not_known_gives_way_to_the_next() -> None:
    def only_login(lines: list[str]) -> str:
        return "504 5.5.4 not known" if "PLAIN" in lines[0] else password_check(lines)

    with Stub(extensions=("AUTH PLAIN LOGIN",), auth=only_login) as stub:
        assert send(stub, Login("desk", PASSWORD)).kind == "sent"


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_wrong_password_is_tried_once_and_fails_no_mail(mechanism: str) -> None:
    with Stub(extensions=(f"AUTH {mechanism} CRAM-MD5",), auth=password_check) as stub:
        result = send(stub, Login("desk", "wrong horse"))
        assert (result.kind, result.cause) == ("retry", "login")
        assert result.reply.startswith("535 5.7.8 no")
        assert sum(line.startswith("AUTH") for line in stub.commands) == 1
        assert "wrong" not in result.reply and b64("wrong horse") not in result.reply


@pytest.mark.parametrize("answer", ["454 4.7.0 not now", "421 4.3.2 going down", CUT])
def test_a_login_that_does_not_work_now_is_no_refusal(answer: str) -> None:
    with Stub(extensions=("AUTH PLAIN",), auth=lambda _lines: answer) as stub:
        result = send(stub, Login("desk", PASSWORD))
        assert (result.kind, result.cause) == ("retry", "access")


@pytest.mark.parametrize("offered", ["SIZE 1000", "AUTH", "AUTH XOAUTH2 GSSAPI"])
def test_a_server_that_offers_nothing_for_passwords_gets_none(offered: str) -> None:
    with Stub(extensions=(offered,)) as stub:
        result = send(stub, Login("desk", PASSWORD))
        assert (result.kind, result.cause) == ("retry", "login")
        assert "no way to log in with a password" in result.reply
        assert not any(line.startswith("AUTH") for line in stub.commands)


def bearer_check(good: str, mechanism: str, port: str = "") -> object:
    """A server that takes one token and says to others what Google and Microsoft say: a challenge, then 535."""
    right = {
        "XOAUTH2": b64(f"user=desk@acme.example\x01auth=Bearer {good}\x01\x01"),
        "OAUTHBEARER": None,
    }[mechanism]

    def check(lines: list[str]) -> str:
        given = lines[0].split(" ")[2]
        if mechanism == "OAUTHBEARER":
            text = base64.b64decode(given).decode()
            fine = text.startswith("n,a=desk@acme.example,\x01host=127.0.0.1\x01port=") and f"Bearer {good}\x01" in text
        else:
            fine = given == right
        if fine:
            return "235 2.7.0 accepted"
        if len(lines) == 1:
            return "334 " + b64(json.dumps({"status": "401", "schemes": "bearer", "scope": "https://mail"}))
        return "535 5.7.8 not accepted" if lines[1] == ("" if mechanism == "XOAUTH2" else b64("\x01")) else "501 what?"

    return check


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
def test_a_token_lets_in(mechanism: str) -> None:
    name = mechanism.upper()
    with Stub(extensions=(f"AUTH PLAIN {name}",), auth=bearer_check("good", name)) as stub:  # type: ignore[arg-type]
        login = Login("desk@acme.example", "", Tokens(["good"]), mechanism)  # type: ignore[arg-type]
        assert send(stub, login).kind == "sent"


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
def test_a_token_that_was_revoked_is_replaced_at_once(mechanism: str) -> None:
    name, tokens = mechanism.upper(), Tokens(["revoked", "good"])
    with Stub(extensions=(f"AUTH {name}",), auth=bearer_check("good", name)) as stub:  # type: ignore[arg-type]
        assert send(stub, Login("desk@acme.example", "", tokens, mechanism)).kind == "sent"  # type: ignore[arg-type]
    assert tokens.forgotten == ["revoked"]


def test_a_token_that_is_refused_twice_is_a_refused_login_with_the_servers_hint() -> None:
    tokens = Tokens(["bad", "worse"])
    with Stub(extensions=("AUTH XOAUTH2",), auth=bearer_check("good", "XOAUTH2")) as stub:  # type: ignore[arg-type]
        result = send(stub, Login("desk@acme.example", "", tokens))
        assert sum(line.startswith("AUTH") for line in stub.commands) == 2
        assert stub.taken == []
    assert (result.kind, result.cause) == ("retry", "login")
    assert "535" in result.reply and "status 401" in result.reply
    assert "bad" not in result.reply and "worse" not in result.reply


@pytest.mark.parametrize(
    ("problem", "cause"),
    [
        (TokenRefused("run: deskgate login smtp", "invalid_grant"), "login"),
        (TokenUnavailable("the token server says 503", 30.0), "access"),
    ],
)
def test_without_a_token_nothing_is_offered(problem: Exception, cause: str) -> None:
    with Stub(extensions=("AUTH XOAUTH2",)) as stub:
        result = send(stub, Login("desk@acme.example", "", Tokens([problem])))
        assert not any(line.startswith("AUTH") for line in stub.commands)
    assert (result.kind, result.cause) == ("retry", cause)
    assert str(problem) in result.reply


def test_a_server_without_the_mechanism_gets_no_token() -> None:
    with Stub(extensions=("AUTH PLAIN LOGIN",)) as stub:
        result = send(stub, Login("desk@acme.example", "", Tokens(["good"])))
        assert not any(line.startswith("AUTH") for line in stub.commands)
    assert (result.kind, result.cause) == ("retry", "login")
    assert "it offers: PLAIN, LOGIN" in result.reply


def test_a_login_shows_no_secret() -> None:
    assert PASSWORD not in repr(Login("desk", PASSWORD))
    assert PASSWORD not in repr(SmarthostSettings("h", 1, login=Login("desk", PASSWORD)))
