"""Several commands in one write (RFC 2920): fewer round trips, and every reply judged as if it had come alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from gateway.delivery.base import Result
from tests.contract.smarthost_stub import CUT, HANG, Stub
from tests.contract.test_delivery_smarthost import RAW, mail, send, smarthost

PIPELINING = ("SIZE 1000000", "PIPELINING")
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def against(serve: Serve, mails: int = 1) -> list[Result]:
    """Send to a server written by hand."""

    async def run() -> list[Result]:
        async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await serve(reader, writer)
            finally:
                writer.close()

        server = await asyncio.start_server(served, "127.0.0.1", 0)
        async with server:
            out = smarthost(server.sockets[0].getsockname()[1], command_timeout=2.0)
            results = [await out.send(mail(number + 1)) for number in range(mails)]
            await out.close()
            return results

    return asyncio.run(run())


async def greeted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Greeting and EHLO."""
    writer.write(b"220 hand\r\n")
    await reader.readline()
    writer.write(b"250-hand\r\n250 PIPELINING\r\n")


def test_the_three_commands_come_before_any_reply() -> None:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greeted(reader, writer)
        seen.extend([await reader.readline() for _ in range(3)])
        writer.write(b"250 ok\r\n250 ok\r\n354 go\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 2.0.0 taken\r\n")
        await reader.readline()
        writer.write(b"221 bye\r\n")

    assert against(serve) == [Result("sent", "250 2.0.0 taken")]
    assert [line.split(b" ")[0].strip() for line in seen] == [b"MAIL", b"RCPT", b"DATA"]


def test_a_server_that_does_not_announce_it_gets_one_command_at_a_time() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hand\r\n")
        await reader.readline()
        writer.write(b"250 hand\r\n")
        for reply in (b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            line = await reader.readline()
            await asyncio.sleep(0.02)
            if reader._buffer:  # type: ignore[attr-defined]
                raise AssertionError(f"more than {line!r} came before the reply")
            writer.write(reply)
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 2.0.0 taken\r\n")

    assert against(serve)[0].kind == "sent"


def test_replies_may_come_in_any_pieces() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greeted(reader, writer)
        for _ in range(3):
            await reader.readline()
        for byte in b"250-a\r\n250 b\r\n250 c\r\n354 go\r\n":
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 2.0.0 taken\r\n")

    assert against(serve)[0].kind == "sent"


@pytest.mark.parametrize(
    ("step", "reply", "kind", "cause"),
    [
        ("MAIL", "451 4.3.0 not now", "retry", "server"),
        ("MAIL", "550 5.7.1 not you", "failed", "mail"),
        ("RCPT", "450 4.2.0 greylisted", "retry", "mail"),
        ("RCPT", "550 5.1.1 no such user", "failed", "recipient"),
    ],
)
def test_a_server_that_asks_for_a_mail_it_has_refused_gets_nothing_and_is_left(
    step: str, reply: str, kind: str, cause: str
) -> None:
    """A lone dot (RFC 2920 3.1) could become an empty mail."""
    refuse_first = []

    def first(_line: str) -> str:
        refuse_first.append(step)
        return reply if len(refuse_first) == 1 else ""

    with Stub({step: first, "DATA": "354 go"}, extensions=PIPELINING) as stub:
        refused, sent = send(stub, mail(1), mail(2))
        assert (refused.kind, refused.cause, sent.kind) == (kind, cause, "sent")
        assert refused.reply.startswith(reply)
        assert [taken.raw for taken in stub.taken] == [RAW]
        assert stub.connections == 2


def test_after_a_refusal_the_same_connection_serves_the_next_mail() -> None:
    refuse_first = []

    def first(_line: str) -> str:
        refuse_first.append(1)
        return "550 5.1.1 no such user" if len(refuse_first) == 1 else ""

    with Stub({"RCPT": first}, extensions=PIPELINING) as stub:
        assert [result.kind for result in send(stub, mail(1), mail(2))] == ["failed", "sent"]
        assert stub.connections == 1
        assert "RSET" in stub.commands


@pytest.mark.parametrize("how", [CUT, HANG])
def test_a_refusal_counts_even_when_nothing_follows_it(how: str) -> None:
    with Stub({"RCPT": "550 5.1.1 no such user", "DATA": how}, extensions=PIPELINING) as stub:
        (result,) = send(stub, command_timeout=0.4)
        assert (result.kind, result.cause) == ("failed", "recipient")


@pytest.mark.parametrize("hangs_up", [False, True])
def test_a_refused_null_sender_is_replaced_whatever_was_said_behind_it(hangs_up: bool) -> None:
    def at_data(_line: str) -> str:
        null = [line for line in stub.commands if line.startswith("MAIL")][-1].startswith("MAIL FROM:<>")
        return CUT if null and hangs_up else ""

    replies = {"MAIL": lambda line: "550 5.7.1 no null senders" if "<>" in line else "", "DATA": at_data}
    with Stub(replies, extensions=PIPELINING) as stub:
        (result,) = send(stub, mail(envelope_from=""), fallback=lambda _mail: "b+1@desk.test")
        assert result.kind == "sent"
        assert [taken.sender for taken in stub.taken] == ["b+1@desk.test"]


@pytest.mark.parametrize(
    "flood",
    [b"250 ok\r\n" * 200, b"2" * 20_000, b"250-" + b"x" * 100 + b"\r\n250-y" * 9000],
    ids=["replies", "a line", "lines of a reply"],
)
def test_a_server_that_never_stops_talking_is_cut_off(flood: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greeted(reader, writer)
        await reader.readline()
        writer.write(flood)

    (result,) = against(serve)
    assert (result.kind, result.cause) == ("retry", "server")


def test_a_reply_that_is_none_is_told_and_sends_nothing() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greeted(reader, writer)
        await reader.readline()
        writer.write(b"HTTP/1.1 400 Bad Request\r\n")

    (result,) = against(serve)
    assert result.kind == "retry"
    assert "no SMTP reply" in result.reply


def test_what_is_said_unasked_between_two_mails_makes_the_connection_worthless() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greeted(reader, writer)
        for _ in range(3):
            await reader.readline()
        writer.write(b"250 ok\r\n250 ok\r\n354 go\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 taken\r\n421 4.4.2 and now good night\r\n")

    assert [result.kind for result in against(serve, mails=2)] == ["sent", "sent"]
