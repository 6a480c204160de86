"""The way out over a smarthost: every refusal at every step, lost replies, TLS, kept connections."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import trustme
import uvloop

from gateway.delivery.auth import Login
from gateway.delivery.base import OutgoingMail, Result, sendable, wire
from gateway.delivery.link import stuffed
from gateway.delivery.opening import SmarthostSettings
from gateway.delivery.smarthost import Smarthost
from tests.contract.smarthost_stub import CUT, HANG, Stub

RAW = b"From: it@desk.test\r\nTo: ann@cust.test\r\nSubject: Re: Laptop\r\n\r\nHello\r\n.dot\r\n..\r\n"
CODES = ("421", "450", "451", "452", "552", "554")
BEFORE_THE_MAIL = ("banner", "EHLO", "STARTTLS", "AUTH")
ABOUT_THE_MAIL = ("MAIL", "RCPT", "DATA", "dot")


def mail(number: int = 1, **changes: object) -> OutgoingMail:
    values: dict[str, object] = {
        "outbox_id": number,
        "envelope_from": "b+token@desk.test",
        "recipient": "ann@cust.test",
        "raw": RAW,
        "message_id": f"{number}@desk.test",
        "created_at": datetime(2026, 11, 20, 10, tzinfo=UTC),
    }
    return OutgoingMail(**(values | changes))  # type: ignore[arg-type]


def smarthost(port: int, fallback: Callable[[OutgoingMail], str | None] | None = None, **changes: object) -> Smarthost:
    values: dict[str, object] = {"host": "127.0.0.1", "port": port, "tls": "none", "command_timeout": 5.0}
    settings = SmarthostSettings(**(values | changes))  # type: ignore[arg-type]
    return Smarthost(settings, fallback) if fallback else Smarthost(settings)


def send(stub: Stub, *mails: OutgoingMail, **changes: object) -> list[Result]:
    """One after another, over one smarthost."""

    async def run() -> list[Result]:
        out = smarthost(stub.port, **changes)  # type: ignore[arg-type]
        results = [await out.send(one) for one in mails or (mail(),)]
        await out.close()
        return results

    return asyncio.run(run())


@pytest.fixture(autouse=True, params=[(), ("PIPELINING",)], ids=["one by one", "pipelined"])
def _pipelining(request, monkeypatch):
    """Every test twice: whether commands go out one by one or together changes nothing that can be seen."""
    monkeypatch.setattr(Stub, "always", request.param)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


def server_context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


# --- what a reply means


def test_a_mail_arrives_as_it_is_with_its_dots():
    with Stub() as stub:
        assert send(stub) == [Result("sent", "250 2.0.0 queued")]
        (taken,) = stub.taken
    assert (taken.sender, taken.recipient, taken.raw) == ("b+token@desk.test", "ann@cust.test", RAW)
    assert f"MAIL FROM:<b+token@desk.test> SIZE={len(RAW)}" in stub.commands


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("step", BEFORE_THE_MAIL)
def test_a_refusal_of_us_is_tried_again_whatever_its_code(step, code, authority, ca_file):
    changes: dict[str, object] = {"login": Login("desk", "secret"), "ca_file": ca_file, "tls": "starttls"}
    # ELSE it would be offered over clear text
    replies = {step: f"{code} 4.0.0 no", "HELO": f"{code} no"}
    tls = server_context(authority, "127.0.0.1")
    with Stub(replies, extensions=("AUTH PLAIN",), tls=tls) as stub:
        (result,) = send(stub, **changes)
        assert stub.taken == []
    assert result.kind == "retry"
    assert code in result.reply
    assert "secret" not in result.reply


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("step", ABOUT_THE_MAIL)
def test_a_refusal_of_the_mail_is_final_with_5xx_and_tried_again_with_4xx(step, code):
    with Stub({step: f"{code} the reason"}) as stub:
        (result,) = send(stub)
        assert stub.taken == []
    assert result.kind == ("failed" if code.startswith("5") else "retry")
    assert result.reply.startswith(f"{code} the reason (")


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "dot"])
@pytest.mark.parametrize("code", ["450", "554", "421"])
def test_the_next_mail_goes_out_after_a_refusal(step, code):
    asked = []

    def first_refused(_line: str) -> str:
        asked.append(step)
        return f"{code} no" if len(asked) == 1 else ""

    with Stub({step: first_refused}) as stub:
        refused, sent = send(stub, mail(1), mail(2))
        assert (refused.kind == "sent", sent.kind) == (False, "sent")
        assert len(stub.taken) == 1
        assert stub.connections == (2 if code == "421" else 1)


@pytest.mark.parametrize("step", ["banner", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("how", [CUT, HANG])
def test_a_connection_lost_before_the_final_dot_has_sent_nothing(step, how):
    with Stub({step: how}) as stub:
        (result,) = send(stub, command_timeout=0.4)
        assert result.kind == "retry"


@pytest.mark.parametrize("how", [CUT, HANG])
def test_a_reply_lost_behind_the_final_dot_leaves_it_unknown(how):
    with Stub({"dot": how}) as stub:
        (result,) = send(stub, data_timeout=0.4)
        assert result.kind == "unknown"


def test_a_nonsense_reply_behind_the_final_dot_leaves_it_unknown():
    with Stub({"dot": "hello"}) as stub:
        assert send(stub)[0].kind == "unknown"


def test_nobody_listening_is_tried_again():
    with Stub() as stub:
        port = stub.port
    out = smarthost(port)
    assert asyncio.run(out.send(mail())).kind == "retry"


def test_the_whole_exchange_is_bounded():
    with Stub({"RCPT": HANG}) as stub:
        assert send(stub, total_timeout=0.4)[0].kind == "retry"
    with Stub({"dot": HANG}) as stub:
        assert send(stub, total_timeout=0.4)[0].kind == "unknown"


def test_a_large_mail_cut_off_in_the_middle_has_not_been_sent():
    async def run() -> Result:
        async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 stub\r\n")
            for reply in (b"250 stub\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
                await reader.readline()
                writer.write(reply)
            await reader.readexactly(100_000)
            writer.transport.abort()

        server = await asyncio.start_server(cut, "127.0.0.1", 0)
        async with server:
            big = mail(raw=RAW + (b"x" * 76 + b"\r\n") * 300_000)
            return await smarthost(server.sockets[0].getsockname()[1]).send(big)

    assert asyncio.run(run()).kind == "retry"


def test_a_large_mail_arrives_whole():
    big = RAW + (b"x" * 76 + b"\r\n") * 100_000
    with Stub() as stub:
        assert send(stub, mail(raw=big))[0].kind == "sent"
        assert stub.taken[0].raw == big


# --- addresses


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("ann@cust.test", "ann@cust.test"),
        ("ann.o'neil+x@cust.test", "ann.o'neil+x@cust.test"),
        ('"ann lee"@cust.test', '"ann lee"@cust.test'),
        ("ann@bücher.test", "ann@xn--bcher-kva.test"),
        ("jörg@cust.test", "jörg@cust.test"),
        ("ann@[192.0.2.1]", "ann@[192.0.2.1]"),
        ("ann@cust.test> SIZE=1", None),
        ("ann@cust.test\r\nRCPT TO:<evil@b.test", None),
        ("ann@cust.test\n", None),
        ("ann\r\n@cust.test", None),
        ("ann@cust..test", None),
        ('"a>b"@cust.test', None),
        ('"a\r\nb"@cust.test', None),
        ("ann", None),
        ("", None),
        ("ann@", None),
        ("@cust.test", None),
        (".ann@cust.test", None),
        ("ann@cust.test\x00", None),
        ("ann (comment)@cust.test", None),
        ("a" * 400 + "@cust.test", None),
        ("\ud800@cust.test", None),
    ],
)
def test_an_address_is_written_only_if_it_is_one(address, written):
    assert sendable(address) == written


@pytest.mark.parametrize("field", ["recipient", "envelope_from"])
def test_an_impossible_address_never_reaches_a_socket(field):
    with Stub() as stub:
        (result,) = send(stub, mail(**{field: "ann@cust.test>\r\nRCPT TO:<evil@b.test"}))
        assert result.kind == "failed"
        assert stub.connections == 0


def test_an_address_outside_ascii_needs_a_server_that_takes_it():
    unusual = mail(recipient="jörg@cust.test")
    with Stub() as stub:
        assert send(stub, unusual)[0].kind == "failed"
    with Stub(extensions=("SMTPUTF8",)) as stub:
        assert send(stub, unusual)[0].kind == "sent"
        assert stub.taken[0].recipient == "jörg@cust.test"
        assert any(line.startswith("MAIL") and line.endswith("SMTPUTF8") for line in stub.commands)


# --- the null sender


def test_the_null_sender_goes_out_as_such():
    with Stub() as stub:
        assert send(stub, mail(envelope_from=""))[0].kind == "sent"
        assert stub.taken[0].sender == ""
        assert any(line.startswith("MAIL FROM:<>") for line in stub.commands)


@pytest.mark.parametrize(
    ("step", "reply"), [("MAIL", "550 5.7.1 no null senders"), ("RCPT", "554 5.7.1 <>: Sender address rejected")]
)
def test_a_server_that_refuses_the_null_sender_gets_the_other_one(step, reply):
    state = {"sender": ""}

    def mail_reply(line: str) -> str:
        state["sender"] = line.partition("<")[2].partition(">")[0]
        return reply if step == "MAIL" and state["sender"] == "" else ""

    def rcpt_reply(_line: str) -> str:
        return reply if step == "RCPT" and state["sender"] == "" else ""

    with Stub({"MAIL": mail_reply, "RCPT": rcpt_reply}) as stub:
        results = send(stub, mail(envelope_from=""), mail(2), fallback=lambda one: f"b+{one.outbox_id}@desk.test")
        assert [result.kind for result in results] == ["sent", "sent"]
        assert [taken.sender for taken in stub.taken] == ["b+1@desk.test", "b+token@desk.test"]


def test_a_recipient_that_does_not_exist_is_no_reason_for_another_sender():
    with Stub({"RCPT": "550 5.1.1 no such user"}) as stub:
        assert send(stub, mail(envelope_from=""), fallback=lambda _mail: "b@desk.test")[0].kind == "failed"
        assert sum(line.startswith("MAIL") for line in stub.commands) == 1


# --- TLS and AUTH


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_one_encrypted_connection_carries_small_and_large_mails(tls, run, authority, ca_file):
    """Both event loops tell in their own way when what was written has left."""
    large = RAW + (b"x" * 76 + b"\r\n") * 60_000
    mails = [mail(number, raw=large if number % 3 == 1 else RAW) for number in range(9)]

    async def work(port: int) -> list[str]:
        out = smarthost(port, tls=tls, ca_file=ca_file, connections=1)
        kinds = [(await out.send(one)).kind for one in mails]
        await out.close()
        return kinds

    context = server_context(authority, "127.0.0.1")
    with Stub(tls=context, implicit_tls=tls == "tls") as stub:
        assert run(work(stub.port)) == ["sent"] * 9
        assert stub.connections == 1
        assert [taken.raw for taken in stub.taken] == [one.raw for one in mails]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_mail_goes_out_encrypted_to_a_server_whose_certificate_is_right(tls, authority, ca_file):
    context = server_context(authority, "127.0.0.1")
    with Stub(extensions=("AUTH PLAIN",), tls=context, implicit_tls=tls == "tls") as stub:
        (result,) = send(stub, tls=tls, ca_file=ca_file, login=Login("desk", "secret"))
        assert result.kind == "sent"
        assert any(line.startswith("AUTH") for line in stub.commands)


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_wrong_certificate_is_not_spoken_to(tls, authority, ca_file):
    for context, trusted in (
        (server_context(authority, "elsewhere.test"), ca_file),
        (server_context(trustme.CA(), "127.0.0.1"), ca_file),
        (server_context(authority, "127.0.0.1"), None),
    ):
        with Stub(extensions=("AUTH PLAIN",), tls=context, implicit_tls=tls == "tls") as stub:
            (result,) = send(stub, tls=tls, ca_file=trusted, login=Login("desk", "secret"))
            assert result.kind == "retry"
            assert "certificate" in result.reply.lower()
            assert not any(line.startswith(("AUTH", "MAIL")) for line in stub.commands)


def test_a_server_without_starttls_gets_neither_password_nor_mail():
    with Stub(extensions=("AUTH PLAIN",)) as stub:
        (result,) = send(stub, tls="starttls", login=Login("desk", "secret"))
        assert result.kind == "retry"
        assert not any(line.startswith(("AUTH", "MAIL")) for line in stub.commands)


@pytest.mark.parametrize("planted", ["250 planted", "250-planted", "x", ""])
def test_clear_text_behind_the_answer_to_starttls_is_an_error(planted, authority, ca_file):
    context = server_context(authority, "127.0.0.1")
    with Stub({"STARTTLS": f"220-go\r\n220 now\r\n{planted}"}, tls=context) as stub:
        (result,) = send(stub, tls="starttls", ca_file=ca_file)
        assert result.kind == "retry"
        assert "unencrypted text" in result.reply
        assert not any(line.startswith("MAIL") for line in stub.commands)


def test_the_password_is_not_shown():
    assert "secret" not in repr(SmarthostSettings("smtp.test", 587, login=Login("desk", "secret")))


# --- connections


def test_a_connection_is_kept_for_the_next_mail_and_closed_in_the_end():
    with Stub() as stub:
        assert [result.kind for result in send(stub, *(mail(number) for number in range(5)))] == ["sent"] * 5
        assert stub.connections == 1
        assert stub.commands[-1] == "QUIT"


def test_a_connection_carries_only_so_many_mails():
    with Stub() as stub:
        send(stub, *(mail(number) for number in range(5)), mails_per_connection=2)
        assert stub.connections == 3


def test_an_idle_connection_is_let_go():
    async def run(port: int) -> None:
        out = smarthost(port, idle_timeout=0.05)
        assert (await out.send(mail())).kind == "sent"
        await out.rest()
        await asyncio.sleep(0.1)
        await out.rest()
        assert (await out.send(mail(2))).kind == "sent"
        await out.close()

    with Stub() as stub:
        asyncio.run(run(stub.port))
        assert stub.connections == 2
        assert stub.commands.count("QUIT") == 2


@pytest.mark.parametrize("reply", [CUT, "421 4.4.2 idle for too long"])
def test_a_kept_connection_that_is_gone_costs_no_try(reply):
    seen = []

    def second_fails(line: str) -> str:
        seen.append(line)
        return reply if len(seen) == 2 else ""

    with Stub({"MAIL": second_fails}) as stub:
        assert [result.kind for result in send(stub, mail(1), mail(2))] == ["sent", "sent"]
        assert stub.connections == 2


def test_no_more_connections_than_allowed():
    async def run(port: int) -> list[Result]:
        out = smarthost(port, connections=3)
        results = await asyncio.gather(*(out.send(mail(number)) for number in range(30)))
        await out.close()
        return list(results)

    with Stub() as stub:
        assert {result.kind for result in asyncio.run(run(stub.port))} == {"sent"}
        assert stub.most_at_once == 3
        assert len(stub.taken) == 30


# --- bytes


@pytest.mark.parametrize(
    ("raw", "sent"),
    [
        (b"a\r\n", b"a\r\n"),
        (b"a", b"a\r\n"),
        (b"a\nb\rc\r\n", b"a\r\nb\r\nc\r\n"),
        (b"a\n.\nb\r\n", b"a\r\n.\r\nb\r\n"),
        (b"", b"\r\n"),
    ],
)
def test_only_crlf_goes_over_the_wire(raw, sent):
    assert wire(raw) == sent


@pytest.mark.parametrize(
    ("content", "on_the_wire"),
    [(b".\r\n", b"..\r\n"), (b"a\r\n.b\r\n..\r\n", b"a\r\n..b\r\n...\r\n"), (b"a.\r\n", b"a.\r\n")],
)
def test_leading_dots_are_doubled(content, on_the_wire):
    assert stuffed(content) == on_the_wire
