"""STARTTLS: offered with a certificate only, and nothing said before it counts after it."""

from __future__ import annotations

import asyncio
import smtplib
import ssl

import pytest
import trustme
import uvloop

from tests.contract.talk import MAIL, Serving, Talk

LOOPS = [pytest.param(asyncio.new_event_loop, id="asyncio"), pytest.param(uvloop.new_event_loop, id="uvloop")]


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def certificate(authority, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    for pem in issued.cert_chain_pems:
        pem.write_to_path(folder / "cert.pem", append=True)
    return {"tls_cert": str(folder / "cert.pem"), "tls_key": str(folder / "key.pem")}


@pytest.fixture
def context(authority):
    made = ssl.create_default_context()
    authority.configure_trust(made)
    return made


@pytest.mark.parametrize("factory", LOOPS)
def test_mail_comes_over_tls(factory, certificate, context):
    mail = MAIL + (b"x" * 70 + b"\r\n") * 30_000
    with Serving(factory=factory, **certificate) as server, smtplib.SMTP("127.0.0.1", server.port) as client:
        client.starttls(context=context)
        client.ehlo("c.test")
        assert not client.has_extn("starttls")
        assert not client.has_extn("auth")
        for _ in range(3):
            client.sendmail("ann@cust.test", ["it@desk.test"], mail)
        assert server.shelf.raws == [mail] * 3


@pytest.mark.parametrize("factory", LOOPS)
def test_commands_pipelined_before_tls_are_thrown_away(factory, certificate, context):
    with Serving(factory=factory, **certificate) as server, Talk(server.port) as client:
        assert "STARTTLS" in client.ask("EHLO c.test")
        client.say(b"STARTTLS\r\nMAIL FROM:<evil@b.test>\r\nRCPT TO:<it@desk.test>\r\n")
        assert client.reply().startswith("220")
        client.socket = context.wrap_socket(client.socket, server_hostname="127.0.0.1")
        assert client.ask("RCPT TO:<it@desk.test>").startswith("503")  # not even the EHLO counts (RFC 3207 4.2)
        client.start("it@desk.test")
        assert client.send().startswith("250")
        assert [mail.envelope.sender for mail in server.shelf.mails] == ["ann@cust.test"]


@pytest.mark.parametrize("factory", LOOPS)
def test_a_bare_line_end_inside_tls_ends_the_conversation(factory, certificate, context):
    with Serving(factory=factory, **certificate) as server, Talk(server.port) as client:
        client.ask("EHLO c.test")
        client.ask("STARTTLS")
        client.socket = context.wrap_socket(client.socket, server_hostname="127.0.0.1")
        client.start().say(b"Subject: x\r\n\r\nbody\n.\nNOOP\r\n")
        assert client.reply().startswith("554 5.5.2")
        assert client.closed


@pytest.mark.parametrize("factory", LOOPS)
def test_a_broken_handshake_leaves_the_place_free(factory, certificate):
    with Serving(factory=factory, max_connections=1, **certificate) as server:
        for _ in range(3):
            with Talk(server.port) as client:
                client.ask("EHLO c.test")
                client.ask("STARTTLS")
                client.say(b"this is no handshake\r\n" * 10)
                while client.line():
                    pass


def test_stopping_ends_encrypted_conversations_too(certificate, context):
    with Serving(**certificate) as server, smtplib.SMTP("127.0.0.1", server.port) as client:
        client.starttls(context=context)
        server.stop()
        assert client.noop()[0] == 421
        client.close()
