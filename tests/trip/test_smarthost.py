"""A real Postfix behind us as the smarthost: TLS, every way to log in, addresses outside ASCII, and faults on the line."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from gateway.delivery.auth import Login
from gateway.delivery.base import OutgoingMail, Result
from gateway.delivery.opening import SmarthostSettings
from gateway.delivery.smarthost import Smarthost
from gateway.oauth.base import SMTP
from gateway.oauth.wiring import token_source
from tests.helpers.desk import mail, running, wait_for
from tests.helpers.oauth import Issuer, issuer
from tests.helpers.servers import Server, server

USER, PASSWORD = "helpdesk", "secret-h"
Way = Literal["none", "starttls", "tls"]


@dataclass(frozen=True)
class Behind:
    """A Postfix that lets in whom Dovecot knows, and the token server that Dovecot asks."""

    postfix: Server
    tokens: Issuer

    def settings(self, way: Way, login: Login | None, port: int = 0, connections: int = 4) -> SmarthostSettings:
        """How to reach it: submission with STARTTLS, or the port that begins with TLS."""
        there = self.postfix.number({"none": "smtp", "starttls": "submission", "tls": "smtps"}[way])
        ca_file = self.postfix.text("ca")
        return SmarthostSettings(
            "localhost", port or there, tls=way, login=login, ca_file=ca_file, command_timeout=60, data_timeout=8,
            connections=connections,
        )  # fmt: skip

    def sunk(self, recipient: str) -> list[bytes]:
        """What it delivered for one recipient."""
        return [Path(path).read_bytes() for path in self.postfix.tell("sunk", recipient).split()]


@pytest.fixture(scope="module")
def behind() -> Iterator[Behind]:
    """Postfix, with Dovecot to ask about passwords and tokens."""
    with (
        issuer() as tokens,
        server("dovecot", f"oauth={tokens.server.text('introspect_url')}") as dovecot,
        server("postfix", f"sasl=127.0.0.1:{dovecot.number('auth')}") as postfix,
    ):
        yield Behind(postfix, tokens)


def outgoing(number: int, recipient: str, text: str = "Hello", sender: str = "b+1@desk.test") -> OutgoingMail:
    """A mail of ours."""
    raw = f"From: it@desk.test\r\nTo: somebody\r\nMessage-ID: <m{number}@desk.test>\r\n\r\n{text}\r\n".encode()
    return OutgoingMail(number, sender, recipient, raw, f"m{number}@desk.test", datetime.now(UTC))


def send(settings: SmarthostSettings, *mails: OutgoingMail) -> list[Result]:
    """All at once, over one smarthost."""

    async def run() -> list[Result]:
        out = Smarthost(settings)
        results = await asyncio.gather(*(out.send(one) for one in mails))
        await out.close()
        return results

    return asyncio.run(run())


@pytest.mark.parametrize("way", ["starttls", "tls"])
def test_a_password_lets_in_over_tls(behind: Behind, way: Way) -> None:
    to = f"{way}@cust.example"
    (result,) = send(behind.settings(way, Login(USER, PASSWORD)), outgoing(1, to))
    assert (result.kind, result.reply[:10]) == ("sent", "250 2.0.0 ")
    (raw,) = wait_for(lambda: behind.sunk(to), 10, "delivery")
    assert b"with ESMTPSA" in raw


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
def test_a_token_lets_in_and_one_that_was_revoked_is_renewed(
    behind: Behind, mechanism: Literal["xoauth2", "oauthbearer"], tmp_path: Path
) -> None:
    source = token_source(behind.tokens.by_seed("other", tmp_path), USER, SMTP)
    settings = behind.settings("starttls", Login(USER, "", source, mechanism))
    to = f"{mechanism}@cust.example"
    assert send(settings, outgoing(1, to))[0].kind == "sent"
    behind.tokens.admin("revoke", token=source.token())
    assert send(settings, outgoing(2, to))[0].kind == "sent"
    assert len(wait_for(lambda: len(behind.sunk(to)) == 2 and behind.sunk(to), 10, "delivery")) == 2


def test_whom_the_server_does_not_know_waits_and_no_mail_fails(behind: Behind, tmp_path: Path) -> None:
    (wrong,) = send(behind.settings("starttls", Login(USER, "wrong")), outgoing(1, "x@cust.example"))
    assert (wrong.kind, wrong.cause, wrong.reply[:3]) == ("retry", "login", "535")
    nobody = token_source(behind.tokens.by_seed("other", tmp_path), "alice", SMTP)
    (other,) = send(behind.settings("starttls", Login("alice", "", nobody)), outgoing(1, "x@cust.example"))
    assert (other.kind, other.cause) == ("retry", "login")


def test_without_a_login_the_server_refuses_the_mail_with_its_reason(behind: Behind) -> None:
    (result,) = send(behind.settings("starttls", None), outgoing(1, "x@cust.example"))
    assert (result.kind, result.cause) == ("failed", "mail")
    assert "Access denied" in result.reply or "Relay access denied" in result.reply


def test_a_certificate_of_somebody_else_is_not_trusted(behind: Behind) -> None:
    settings = SmarthostSettings("localhost", behind.postfix.number("submission"), login=Login(USER, PASSWORD))
    (result,) = send(settings, outgoing(1, "x@cust.example"))
    assert (result.kind, result.cause) == ("retry", "access")
    assert "certificate" in result.reply.lower()


def test_an_address_outside_ascii_arrives_or_is_refused_with_the_reason(behind: Behind) -> None:
    to = "jörg@cust.example"
    (sent,) = send(behind.settings("none", None), outgoing(1, to))
    assert sent.kind == "sent"
    delivered = f"to=<{to}>, relay=virtual".encode()
    wait_for(lambda: delivered in Path(behind.postfix.text("log")).read_bytes(), 10, "delivery")
    with server("postfix", "set=smtputf8_enable=no") as old:
        settings = SmarthostSettings("127.0.0.1", old.number("smtp"), tls="none")
        (refused,) = send(settings, outgoing(1, to))
    assert refused.kind == "failed"
    assert "SMTPUTF8" in refused.reply


def test_each_recipient_has_a_result_of_their_own(behind: Behind) -> None:
    answers = {
        "gone@cust.example": ("550 5.1.1 no such user", ("failed", "recipient")),
        "full@cust.example": ("452 4.2.2 mailbox full", ("retry", "mail")),
        "down@cust.example": ("451 4.3.0 table lookup failed", ("retry", "server")),
        "fine@cust.example": ("OK", ("sent", "mail")),
    }
    for address, (answer, _) in answers.items():
        behind.postfix.tell("access", address, *answer.split(" "))
    wanted = {address: result for address, (_, result) in answers.items()}

    def found() -> bool:
        mails = [outgoing(number, address) for number, address in enumerate(answers)]
        results = send(behind.settings("none", None), *mails)
        got = {m.recipient: (r.kind, r.cause) for m, r in zip(mails, results, strict=True)}
        return got == wanted

    wait_for(found, 20, "an answer for each (Postfix takes a moment to reload)")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("cut_on_up=MAIL FROM", "retry"),
        ("cut_on_up=RCPT TO", "retry"),
        ("cut_on_up=Hello", "retry"),
        ("cut_on_up=\\r\\n.\\r\\n", "unknown"),
        ("swallow_on=250 2.0.0", "unknown"),
        ("cut_on=354", "retry"),
        ("cut_on=250 2.1.5", "retry"),
    ],
)
def test_a_line_that_breaks_is_judged_by_where_it_broke(behind: Behind, fault: str, kind: str) -> None:
    """Cut or swallowed on the way, at each step: before the dot nothing has been sent, behind it nobody knows."""
    target = f"to=127.0.0.1:{behind.postfix.number('smtp')}"
    with server("faultproxy", target) as proxy:
        proxy.tell("set", fault, "times=1")
        settings = behind.settings("none", None, port=proxy.number("port"))
        big = "\r\n".join(["Hello", *["x" * 70] * 170_000])
        (result,) = send(settings, outgoing(1, f"cut{abs(hash(fault))}@cust.example", big))
        assert result.kind == kind, result
        (after,) = send(settings, outgoing(2, "after@cust.example"))
        assert after.kind == "sent"


def test_a_slow_line_of_single_bytes_carries_mail_all_the_same(behind: Behind) -> None:
    target = f"to=127.0.0.1:{behind.postfix.number('smtp')}"
    with server("faultproxy", target) as proxy:
        proxy.tell("set", "chunk=1")
        (result,) = send(behind.settings("none", None, port=proxy.number("port")), outgoing(1, "slow@cust.example"))
        assert result.kind == "sent"


def test_many_mails_go_over_few_connections(behind: Behind) -> None:
    settings = behind.settings("starttls", Login(USER, PASSWORD), connections=3)
    mails = [outgoing(number, f"many{number}@cust.example") for number in range(90)]
    assert {result.reply[:9] for result in send(settings, *mails)} == {"250 2.0.0"}
    log = Path(behind.postfix.text("log")).read_text()
    assert log.count("many0@cust.example") >= 1
    logins = [line for line in log.splitlines() if "sasl_username=helpdesk" in line]
    assert len(logins) >= 90, "each mail is named with who sent it"


def test_a_desk_sends_through_it(behind: Behind, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD)
    section = (
        f'[send.smtp]\nhost = "localhost"\nport = {behind.postfix.number("submission")}\ntls = "starttls"\n'
        f'user = "{USER}"\npassword_file = "password"\nca_file = "{behind.postfix.text("ca")}"'
    )
    with running(tmp_path, send=section) as desk:
        desk.post(mail(sender="lena@cust.example"), "lena@cust.example")
        (ack,) = wait_for(lambda: behind.sunk("lena@cust.example"), 20, "the acknowledgement")
    assert b"with ESMTPSA" in ack
    assert ack.startswith(b"Return-Path: <>") or b"\nReturn-Path: <>" in ack
