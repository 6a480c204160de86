"""What a client may use up: connections, time, recipients, errors, disk; and how the daemon stops."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
import uvloop

from gateway.sources.base import Recipients
from gateway.sources.limits import Room
from tests.contract.talk import MAIL, OURS, Serving, Talk, codes

LOOPS = [pytest.param(asyncio.new_event_loop, id="asyncio"), pytest.param(uvloop.new_event_loop, id="uvloop")]


def test_a_hundred_recipients_are_taken_and_the_rest_is_asked_to_come_later():
    with Serving() as server, Talk(server.port) as client:
        client.ask("EHLO c.test")
        client.ask("MAIL FROM:<a@b.test>")
        replies = [client.ask("RCPT TO:<it@desk.test>") for _ in range(300)]
        assert codes(replies) == ["250"] * 100 + ["452"] * 200
        assert replies[100].startswith("452 4.5.3")


def test_after_ten_errors_the_conversation_ends():
    with Serving() as server, Talk(server.port) as client:
        client.ask("EHLO c.test")
        assert codes(client.ask("FOO") for _ in range(10)) == ["500"] * 10
        assert client.ask("FOO").startswith("421 4.7.0")
        assert client.closed


def test_a_client_that_only_chats_and_never_reads_is_ended():
    with Serving(command_timeout=1.0) as server, Talk(server.port) as client:
        client.ask("EHLO c.test")
        client.socket.settimeout(5)
        with pytest.raises((ConnectionError, TimeoutError)):
            for _ in range(200_000):
                client.say(b"NOOP\r\n" * 10_000)
        with Talk(server.port) as other:
            assert other.ask("NOOP").startswith("250")


def test_guessing_recipients_ends_the_conversation_of_a_stranger_but_not_of_a_relay():
    def guess(client: Talk) -> list[str]:
        client.ask("EHLO c.test")
        client.ask("MAIL FROM:<a@b.test>")
        return codes(client.ask(f"RCPT TO:<nobody{number}@desk.test>") for number in range(11))

    with Serving(exempt=()) as server, Talk(server.port) as client:
        assert guess(client) == ["550"] * 10 + ["421"]
    with Serving() as server, Talk(server.port) as client:
        assert guess(client) == ["550"] * 11


def test_who_has_guessed_too_many_tokens_is_not_let_in():
    barred = Recipients(OURS.accepts, OURS.domains, barred=lambda peer: peer == "127.0.0.1")
    with Serving(recipients=barred) as server, Talk(server.port, greeting=False) as client:
        assert client.reply().startswith("421 4.7.0")
        assert client.closed


def test_a_full_disk_is_said_at_mail_and_forgotten_when_there_is_room_again(tmp_path):
    seconds = [0.0]
    room = Room(tmp_path, 1, clock=lambda: seconds[0])
    spare = [10]
    room._measure = lambda _path: spare[0]  # type: ignore[method-assign]
    with Serving(room=room) as server, Talk(server.port) as client:
        client.ask("EHLO c.test")
        assert client.ask("MAIL FROM:<a@b.test> SIZE=11").startswith("452 4.3.1")
        assert client.ask("MAIL FROM:<a@b.test> SIZE=9").startswith("250")
        spare[0] = -1
        client.ask("RSET")
        assert client.ask("MAIL FROM:<a@b.test>").startswith("250")  # asked less than a second ago
        seconds[0] = 1.0
        client.ask("RSET")
        assert client.ask("MAIL FROM:<a@b.test>").startswith("452 4.3.1")
        spare[0], seconds[0] = 1000, 2.0
        assert client.ask("MAIL FROM:<a@b.test>").startswith("250")


def test_room_is_measured_on_the_disk_and_a_missing_disk_has_none(tmp_path):
    assert Room(tmp_path, 1).enough_for(0)
    assert not Room(tmp_path, 1).enough_for(2**62)
    assert not Room(tmp_path / "gone", 1).enough_for(0)
    assert Room(None, 2**62).enough_for(2**62)


@pytest.mark.parametrize("factory", LOOPS)
def test_connections_are_limited_in_all_and_per_address(factory):
    with (
        Serving(factory=factory, max_connections=3) as server,
        Talk(server.port),
        Talk(server.port),
        Talk(server.port) as third,
    ):
        with Talk(server.port, greeting=False) as fourth:
            assert fourth.reply().startswith("421 4.3.2")
            assert fourth.closed
        assert third.ask("QUIT").startswith("221")
        assert third.closed
        Talk(server.port).close()
    with (
        Serving(factory=factory, max_per_address=1, exempt=()) as server,
        Talk(server.port),
        Talk(server.port, greeting=False) as second,
    ):
        assert second.reply().startswith("421 4.3.2")


def test_a_trusted_relay_is_not_limited_per_address():
    with Serving(max_per_address=1) as server, Talk(server.port) as one, Talk(server.port) as two:
        assert one.ask("NOOP").startswith("250") and two.ask("NOOP").startswith("250")


def test_places_are_free_again_when_clients_have_gone():
    with Serving(max_connections=2) as server:
        for _ in range(20):
            with Talk(server.port) as client:
                client.ask("QUIT")
                assert client.closed


def test_silence_is_ended_with_421():
    with Serving(command_timeout=0.3) as server, Talk(server.port) as client:
        assert client.reply().startswith("421 4.4.2")
        assert client.closed


def test_whoever_speaks_in_time_is_kept_and_ended_when_silent_later():
    with Serving(command_timeout=1.0) as server, Talk(server.port) as client:
        for _ in range(4):
            time.sleep(0.4)
            assert client.ask("NOOP").startswith("250")
        assert client.reply().startswith("421 4.4.2")


def test_a_mail_may_take_longer_than_a_command_and_patience_is_short_again_behind_it():
    with Serving(command_timeout=0.5, data_timeout=30.0) as server, Talk(server.port) as client:
        client.start()
        time.sleep(0.8)
        client.say(MAIL + b".\r\n")
        assert client.reply().startswith("250")
        client.socket.settimeout(5)
        assert client.reply().startswith("421 4.4.2")


def test_a_line_that_never_ends_is_ended_too():
    with Serving(command_timeout=0.5) as server, Talk(server.port) as client:
        client.say(b"NOOP " + b"x" * 100)
        assert client.reply().startswith("421 4.4.2")


def test_data_that_never_ends_is_ended_and_not_stored():
    with Serving(data_timeout=0.5) as server, Talk(server.port) as client:
        client.start().say(MAIL)
        assert client.reply().startswith("421 4.4.2")
        assert client.closed
        assert server.shelf.mails == []


def test_a_conversation_may_not_last_for_ever():
    with Serving(session_timeout=0.5) as server, Talk(server.port) as client:
        said = []
        while not said or said[-1][:3] == "250":
            time.sleep(0.02)
            said.append(client.ask("NOOP"))
        assert said[-1].startswith("421 4.4.2")


def test_stopping_lets_a_mail_finish_and_asks_the_others_to_come_again():
    with Serving() as server, Talk(server.port) as idle, Talk(server.port) as busy:
        busy.start().say(MAIL)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        assert idle.reply().startswith("421 4.3.2")
        assert idle.closed
        assert busy.send(b"").startswith("250")
        assert busy.reply().startswith("421 4.3.2")
        stopping.join(10)
        assert not stopping.is_alive()
        assert server.shelf.raws == [MAIL]
        with pytest.raises(ConnectionRefusedError):
            Talk(server.port)


def test_stopping_cuts_off_who_does_not_finish():
    with Serving() as server, Talk(server.port) as busy:
        busy.start().say(MAIL)
        server.stop(grace=0.2)
        assert busy.closed
        assert server.shelf.mails == []
