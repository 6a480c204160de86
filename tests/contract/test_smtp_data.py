"""DATA: where a mail ends, which mails are refused, and that nothing can be smuggled past the end."""

from __future__ import annotations

import asyncio
import socket
import time
from concurrent.futures import Future
from itertools import pairwise

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from gateway.sources.data import MAX_RECEIVED, Collector, Fault, has_long_line, received_fields
from gateway.sources.limits import Memory
from tests.contract.talk import MAIL, Serving, Talk

LOOPS = [pytest.param(asyncio.new_event_loop, id="asyncio"), pytest.param(uvloop.new_event_loop, id="uvloop")]
HEADER = b"Subject: x\r\n\r\n"
SMUGGLED = b"MAIL FROM:<evil@b.test>\r\nRCPT TO:<it@desk.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n"
ENDINGS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\n\r.\r\n",
    b"\r\n\x00.\n",
    b"\r\r\n.\n",
]


def lines_by_line(stream: bytes) -> tuple[bytes, bytes] | None:
    """What RFC 5321 4.5.2 says, written as simply as possible: the mail and the rest, or None for a bare CR or LF."""
    mail = b""
    while True:
        line, end, stream = stream.partition(b"\r\n")
        assert end, "the stream has no end"
        if b"\r" in line or b"\n" in line:
            return None
        if line == b".":
            return mail, stream
        mail += line.removeprefix(b".") + end


def collected(stream: bytes, cuts: list[int], **limits: int) -> tuple[bytes | Fault, bytes | None]:
    """The collector's result and rest when the stream comes in these pieces."""
    collector = Collector(limits.get("max_size", 10_000), limits.get("max_line", 1000), Memory(10_000_000))
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    rest: bytes | None = None
    for start, end in pairwise(edges):
        rest = collector.feed(stream[start:end])
        if rest is not None:
            rest += stream[end:]
            break
    return collector.result(), rest


pieces = st.lists(
    st.sampled_from([b"\r\n", b".", b"..", b"a", b"\r\n.", b"\r\n..", b"text", b"\r", b"\n"]), max_size=25
)


@given(pieces, pieces, st.lists(st.integers(0, 200), max_size=8))
def test_blocks_give_what_lines_give_wherever_the_stream_is_cut(before, after, cuts):
    stream = b"".join(before) + b"\r\n.\r\n" + b"".join(after)
    wanted = lines_by_line(stream)
    result, rest = collected(stream, cuts)
    if wanted is None:
        assert isinstance(result, Fault) and result.closes
    else:
        assert (result, rest) == wanted


@given(st.binary(max_size=300), st.lists(st.integers(0, 400), max_size=8))
def test_any_bytes_give_what_lines_give(content, cuts):
    stream = content + b"\r\n.\r\n"
    wanted = lines_by_line(stream)
    result, rest = collected(stream, cuts)
    assert (isinstance(result, Fault) and result.closes) if wanted is None else (result, rest) == wanted


@pytest.mark.parametrize(
    ("stream", "mail"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"a\r\n..b\r\n...\r\n.\r\n", b"a\r\n.b\r\n..\r\n"),
        (b".a\r\n.\r\n", b"a\r\n"),
    ],
)
def test_leading_dots_are_unstuffed(stream, mail):
    for cut in range(len(stream)):
        assert collected(stream, [cut]) == (mail, b"")


@pytest.mark.parametrize("factory", LOOPS)
@pytest.mark.parametrize("ending", ENDINGS, ids=repr)
def test_no_other_end_of_data_splits_a_mail(factory, ending):
    with Serving(factory=factory) as server, Talk(server.port) as client:
        client.start().say(HEADER + b"body" + ending + SMUGGLED)
        assert client.reply().startswith("554 5.5.2")
        assert client.closed
        client.close()
        server.stop()
        assert server.shelf.mails == []


@pytest.mark.parametrize("ending", ENDINGS, ids=repr)
def test_a_bare_line_end_is_refused_at_once_even_if_no_end_of_data_ever_comes(ending):
    with Serving() as server, Talk(server.port) as client:
        client.start().say(HEADER + b"body" + ending + b"x")
        assert client.reply().startswith("554 5.5.2")
        assert client.closed


def test_mails_byte_by_byte_are_the_same():
    mail = HEADER + b"..dots\r\n.. \r\n"
    with Serving() as server, Talk(server.port) as client:
        client.start()
        for position in range(len(mail)):
            client.say(mail[position : position + 1])
        assert client.send(b"").startswith("250")
        assert server.shelf.raws == [HEADER + b".dots\r\n. \r\n"]


@pytest.mark.parametrize("factory", LOOPS)
def test_commands_pipelined_behind_the_dot_are_obeyed(factory):
    with Serving(factory=factory) as server, Talk(server.port) as client:
        client.ask("EHLO c.test")
        client.say(b"MAIL FROM:<a@b.test>\r\nRCPT TO:<it@desk.test>\r\nRCPT TO:<no@desk.test>\r\nDATA\r\n")
        assert [client.reply()[:3] for _ in range(4)] == ["250", "250", "550", "354"]
        client.say(MAIL + b".\r\nMAIL FROM:<c@d.test>\r\nRCPT TO:<hr@desk.test>\r\nDATA\r\n")
        assert [client.reply()[:3] for _ in range(4)] == ["250", "250", "250", "354"]
        client.say(MAIL + b".\r\nQUIT\r\n")
        assert [client.reply()[:3] for _ in range(2)] == ["250", "221"]
        assert [mail.envelope.sender for mail in server.shelf.mails] == ["a@b.test", "c@d.test"]
        assert server.shelf.raws == [MAIL, MAIL]


def test_a_client_that_does_not_wait_for_354_is_understood():
    with Serving() as server, Talk(server.port) as client:
        client.start(data=False).say(b"DATA\r\n" + MAIL + b".\r\nNOOP\r\n")
        assert [client.reply()[:3] for _ in range(3)] == ["354", "250", "250"]
        assert server.shelf.raws == [MAIL]


def test_every_byte_value_that_is_no_line_end_is_kept():
    mail = HEADER + bytes(value for value in range(256) if value not in b"\r\n") + b"\r\n"
    with Serving() as server, Talk(server.port) as client:
        assert client.start().send(mail).startswith("250")
        assert server.shelf.raws == [mail]


def exactly(size: int) -> bytes:
    whole, rest = divmod(size - len(HEADER), 100)
    return HEADER + (b"x" * 98 + b"\r\n") * (whole - 1) + b"x" * (98 + rest) + b"\r\n"


def test_a_mail_of_the_advertised_size_is_taken_and_one_byte_more_is_not():
    with Serving(max_size=50_000) as server, Talk(server.port) as client:
        assert client.start().send(exactly(50_000)).startswith("250")
        assert client.start().send(exactly(50_001)).startswith("552 5.3.4")
        assert client.start().send().startswith("250")
        assert [len(raw) for raw in server.shelf.raws] == [50_000, len(MAIL)]


def test_stuffed_dots_do_not_count_to_the_size():
    mail = HEADER + b".\r\n" * 10_000
    with Serving(max_size=len(mail)) as server, Talk(server.port) as client:
        assert client.start().send(HEADER + b"..\r\n" * 10_000).startswith("250")
        assert server.shelf.raws == [mail]


def test_a_mail_far_too_large_is_not_read_to_its_end():
    with Serving(max_size=10_000) as server, Talk(server.port) as client:
        client.start()
        try:
            for _ in range(400):
                client.say(exactly(10_000))
        except ConnectionError:
            pass  # the other side has heard enough
        else:
            assert client.reply().startswith("552 5.3.4")
        assert client.closed
        client.close()
        server.stop()
        assert server.shelf.mails == []


def test_a_long_line_is_taken_up_to_64_kib():
    with Serving() as server, Talk(server.port) as client:
        assert client.start().send(HEADER + b"x" * 65_534 + b"\r\n").startswith("250")
        assert client.start().send(HEADER + b"x" * 65_535 + b"\r\n").startswith("500 5.5.2")
        assert client.start().send().startswith("250")
        assert len(server.shelf.mails) == 2


@given(st.lists(st.integers(0, 12), max_size=30), st.integers(2, 12))
def test_a_long_line_is_found_wherever_it_stands(lengths, limit):
    raw = b"".join(b"x" * length + b"\r\n" for length in lengths)
    assert has_long_line(raw, limit) == any(length + 2 > limit for length in lengths)


def test_a_mail_that_goes_in_circles_is_refused():
    hop = b"Received: from a\r\n\tby b\r\n"
    with Serving() as server, Talk(server.port) as client:
        assert client.start().send(hop * MAX_RECEIVED + MAIL).startswith("250")
        assert client.start().send(hop * (MAX_RECEIVED + 1) + MAIL).startswith("554 5.4.6")
        assert client.start().send(MAIL + hop * 200).startswith("250")  # in the body they are words


def test_received_fields_are_counted_in_any_case_and_only_in_the_header():
    assert received_fields(b"RECEIVED: a\r\nX-Received: b\r\nreceived: c\r\n\r\nReceived: d\r\n") == 2
    assert received_fields(b"") == 0


def test_more_mail_at_once_than_memory_is_set_aside_for_is_asked_to_come_later():
    with Serving(max_data=150_000) as server, Talk(server.port) as one, Talk(server.port) as two:
        one.start().say(exactly(100_000))
        deadline = time.monotonic() + 10
        while server.listener._house.memory._free > 60_000 and time.monotonic() < deadline:
            time.sleep(0.01)
        two.start().say(exactly(90_000))
        two.say(exactly(90_000))
        assert two.send(b"").startswith("452 4.3.1")
        assert one.send(b"").startswith("250")
        two.start().say(exactly(90_000))
        assert two.send(b"").startswith("250")
        assert server.listener._house.memory._free == 150_000


def test_memory_is_given_back_when_the_connection_breaks():
    with Serving(max_data=150_000) as server:
        for _ in range(5):
            with Talk(server.port) as client:
                client.start().say(exactly(100_000))
        server.stop()
        assert server.listener._house.memory._free == 150_000


PIPELINED = b"EHLO c.test\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<it@desk.test>\r\nDATA\r\n"


@pytest.mark.parametrize("factory", LOOPS)
@pytest.mark.parametrize("quits", [b"QUIT\r\n", b"", b"NOO"])
def test_a_client_that_has_said_its_last_word_still_hears_what_became_of_its_mail(factory, quits):
    """Exim closes its side of the connection together with the end of the mail."""
    waiting: Future[int] = Future()
    with Serving(factory=factory) as server, Talk(server.port) as client:
        server.shelf.answer = lambda _accepted: waiting
        client.start().say(MAIL + b".\r\n" + quits)
        client.socket.shutdown(socket.SHUT_WR)
        time.sleep(0.3)
        waiting.set_result(77)
        assert client.reply() == "250 2.0.0 77 stored"
        last = client.reply()
        assert (client.reply() if quits == b"NOO" else last).startswith("221")
        assert client.closed


@pytest.mark.parametrize("factory", LOOPS)
def test_all_at_once_and_the_end_of_it_is_a_whole_conversation(factory):
    with Serving(factory=factory) as server, Talk(server.port) as client:
        client.say(PIPELINED + MAIL + b".\r\nQUIT\r\n")
        client.socket.shutdown(socket.SHUT_WR)
        codes = [client.reply()[:3] for _ in range(6)]
        assert codes == ["250", "250", "250", "354", "250", "221"]
        assert client.closed
    assert server.shelf.raws == [MAIL]


@pytest.mark.parametrize("factory", LOOPS)
@pytest.mark.parametrize("said", [b"", PIPELINED, PIPELINED + MAIL, PIPELINED + MAIL + b".\r", b"NOO"])
def test_whoever_leaves_in_the_middle_of_something_is_not_waited_for(factory, said):
    with Serving(factory=factory, command_timeout=60, data_timeout=60) as server, Talk(server.port) as client:
        client.say(said)
        client.socket.shutdown(socket.SHUT_WR)
        client.socket.settimeout(5)
        while client.socket.recv(1000):
            pass
    assert server.shelf.mails == []
