"""Mailboxes behind bad lines and bad servers: whatever breaks, every mail is taken once and nothing spins or hangs."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.config.secrets import Secret
from gateway.config.settings import After
from gateway.sources.imap import folder, mailboxes
from gateway.sources.imap.keeping import PAUSES
from tests.contract.test_imap_taking import ids_of
from tests.helpers.desk import free_port, mail, wait_for
from tests.helpers.imap import MailServer, Node, mail_server, mailbox, node
from tests.helpers.servers import Server, server


@pytest.fixture(scope="module")
def dovecot() -> Iterator[MailServer]:
    """A mailbox on Dovecot; each test empties it."""
    with mail_server("dovecot") as running:
        yield running


@pytest.fixture(scope="module")
def line(dovecot: MailServer) -> Iterator[Server]:
    """A bad line to it."""
    with server("faultproxy", f"to=127.0.0.1:{dovecot.port}") as running:
        yield running


@pytest.fixture(autouse=True)
def _clean(dovecot: MailServer, line: Server) -> None:
    line.tell("set", "clear")
    dovecot.empty("INBOX")
    dovecot.empty("Done")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Node]:
    """A node of its own."""
    with node(f"sqlite:///{tmp_path}/var/desk.db") as made:
        yield made


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "LONGEST_PAUSE", 0.2)


CUTS = {
    "the greeting": "cut_on=Dovecot",
    "logging in": "cut_on_up=AUTHENTICATE",
    "the answer to logging in": "cut_on=Logged in",
    "introducing": "cut_on_up=ID (",
    "opening": "cut_on_up=SELECT",
    "what is in the folder": "cut_on= EXISTS",
    "asking for news": "cut_on_up=NOOP",
    "searching": "cut_on_up=SEARCH",
    "the numbers": "cut_on=* SEARCH",
    "asking for sizes": "cut_on_up=RFC822.SIZE",
    "the sizes": "cut_on=RFC822.SIZE ",
    "asking for mails": "cut_on_up=BODY.PEEK",
    "the first mail": "cut_on=BODY[]",
    "the middle of a literal": "cut_on=in-the-middle",
    "the end of the mails": "cut_on=Fetch completed",
    "marking": "cut_on_up=STORE",
    "marked": "cut_on=Store completed",
    "listing": "cut_on_up=LIST",
    "making the folder": "cut_on_up=CREATE",
    "subscribing": "cut_on_up=SUBSCRIBE",
    "moving": "cut_on_up=MOVE",
    "moved": "cut_on=Move completed",
    "starting to idle": "cut_on_up=IDLE",
    "idling": "cut_on=+ idling",
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS.keys())
def test_a_connection_that_is_cut_at(cut: str, dovecot: MailServer, line: Server, here: Node) -> None:
    mails = [mail(text=f"{number}\nin-the-middle\n" + "z" * 60 + "\n") for number in range(20)]
    dovecot.put(*mails)
    with dovecot.session(None) as client:
        client.unsubscribe("Done")
        client.delete("Done")
    line.tell("set", cut, "times=2")
    before = cuts(line)
    with here.reading(mailbox(line.number("port"), after=After("move", "Done"))):
        assert here.wait_for(20) == ids_of(mails)
        wait_for(lambda: dovecot.count("Done") == 20, 20, "moving")
        here.settled()
    assert here.ids() == ids_of(mails)
    assert dovecot.count() == 0
    assert cuts(line) > before


def cuts(line: Server) -> int:
    """How often the line was cut."""
    return int(json.loads(line.tell("stats"))["cut"])


@pytest.mark.parametrize("after", range(200, 9_000, 400))
def test_a_connection_that_is_cut_after_so_many_bytes(
    after: int, dovecot: MailServer, line: Server, here: Node
) -> None:
    mails = [mail(text="z" * 500 + "\n") for _ in range(8)]
    dovecot.put(*mails)
    line.tell("set", f"cut_down={after}", "times=2")
    with here.reading(mailbox(line.number("port"))):
        assert here.wait_for(8) == ids_of(mails)
        here.settled()
    assert here.ids() == ids_of(mails)
    assert dovecot.flags() == [{"\\Seen", "$DeskgateDone"}] * 8


def test_one_byte_at_a_time_is_slow_but_right(dovecot: MailServer, line: Server, here: Node) -> None:
    mails = [mail() for _ in range(3)]
    dovecot.put(*mails)
    line.tell("set", "chunk=1")
    with here.reading(mailbox(line.number("port"))):
        assert here.wait_for(3) == ids_of(mails)
        here.settled()


def test_a_mail_at_which_the_connection_always_ends_does_not_keep_the_others(
    dovecot: MailServer, line: Server, here: Node
) -> None:
    mails = [mail(text=f"{number}\n") for number in range(5)]
    mails[2] = mail(text="poison for the line\n")
    dovecot.put(*mails)
    line.tell("set", "cut_on=poison for the line")
    with here.reading(mailbox(line.number("port"))):
        here.wait_for(4)
        here.settled()
        assert "cannot be fetched" in here.errors()[0]
        assert set(here.ids()) == set(ids_of(mails)) - set(ids_of(mails[2:3]))
        line.tell("set", "clear")
        here.ahead = PAUSES[0] * 2
        dovecot.put(mail())
        here.wait_for(6)
        here.settled()
        assert here.errors() == []
    assert set(ids_of(mails)) <= set(here.ids())


SILENCES = {
    "everything": "blackhole=down",
    "the mails": "swallow_on=BODY[]",
    "the end of the mails": "swallow_on=Fetch completed",
    "marked": "swallow_on=Store completed",
    "the answer to DONE": "swallow_on=Idle completed",
}


@pytest.mark.parametrize("silence", SILENCES.values(), ids=SILENCES.keys())
def test_a_server_that_falls_silent_is_left_within_the_time_out(
    silence: str, dovecot: MailServer, line: Server, here: Node
) -> None:
    reader = mailbox(line.number("port"), read_seconds=0.5, poll_seconds=1.0)
    first, second = mail(), mail()
    with here.reading(reader) as boxes:
        here.settled()
        line.tell("set", silence)
        dovecot.put(first)
        wait_for(lambda: boxes.sources()[0].reconnects > 0, 10, "noticing")
        line.tell("set", "clear")
        dovecot.put(second)
        here.wait_for(2)
        here.settled()
    assert set(here.ids()) == set(ids_of([first, second]))


def test_a_server_that_trickles_for_ever_is_left(dovecot: MailServer, here: Node) -> None:
    """Each byte comes within the read time-out, and the answer never ends."""
    with _script(_trickle) as port, here.reading(mailbox(port, read_seconds=0.3)):
        wait_for(here.errors, 20, "giving up")
        assert "time-out" in here.errors()[0]


def test_a_server_that_announces_a_mail_of_a_terabyte_is_left(here: Node) -> None:
    with _script(_boast) as port, here.reading(mailbox(port)):
        wait_for(here.errors, 20, "giving up")
        assert "announces" in here.errors()[0]


@contextlib.contextmanager
def _script(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Within: a server that does what `talk` says with each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                with client, contextlib.suppress(OSError):
                    talk(client)

        threading.Thread(target=serve, daemon=True).start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)


def _trickle(client: socket.socket) -> None:
    for byte in itertools.chain(b"* OK [", itertools.repeat(ord("x"))):
        client.sendall(bytes([byte]))
        time.sleep(0.02)


def _boast(client: socket.socket) -> None:
    client.sendall(b"* OK hello\r\n")
    client.recv(1000)
    client.sendall(b"* CAPABILITY IMAP4rev1\r\n* 1 FETCH (BODY[] {1000000000000}\r\n")
    client.recv(1000)


def test_a_session_that_is_killed_while_it_idles_is_replaced_without_spinning(dovecot: MailServer, here: Node) -> None:
    with here.reading(mailbox(dovecot.port, poll_seconds=300.0)) as boxes:
        here.settled()
        for number in range(2):
            dovecot.server.tell("kick", "helpdesk", *(["hard"] if number else []))
            wait_for(lambda number=number: boxes.sources()[0].reconnects > number, 10, "a new connection")  # type: ignore[misc]
            here.settled()
        used, began = time.process_time(), time.monotonic()
        time.sleep(3)
        assert (time.process_time() - used) / (time.monotonic() - began) < 0.05
        dovecot.put(mail())
        here.wait_for(1)


def test_a_server_that_ends_every_connection_at_once_is_not_asked_without_pauses(
    line: Server, here: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "LONGEST_PAUSE", 300.0)
    line.tell("set", "refuse=1")
    with here.reading(mailbox(line.number("port"))) as boxes:
        wait_for(lambda: here.states() == ["failed"], 10, "failing")
        used, began = time.process_time(), time.monotonic()
        time.sleep(3)
        assert (time.process_time() - used) / (time.monotonic() - began) < 0.05
        assert boxes.sources()[0].reconnects < 8


def test_stopping_is_prompt_whatever_the_server_does(dovecot: MailServer, line: Server, here: Node) -> None:
    dovecot.put(mail())
    for fault in ("clear", "blackhole=both", "swallow_on=BODY[]"):
        line.tell("set", "clear")
        line.tell("set", fault)
        here.start(mailbox(line.number("port"), read_seconds=60.0, connect_seconds=60.0))
        time.sleep(1)
        began = time.monotonic()
        here.stop()
        assert time.monotonic() - began < 5, fault


def test_the_server_is_restarted(here: Node) -> None:
    with mail_server("dovecot") as box:
        ports = [f"{kind}={box.server.number(kind)}" for kind in ("imap", "imaps", "lmtp", "pop3", "auth")]
        with here.reading(mailbox(box.port)):
            here.settled()
            box.put(mail())
            here.wait_for(1)
            box.server.tell("stop")
            wait_for(here.errors, 40, "noticing")
            box.server.tell("start", *ports)
            here.settled()
            box.put(mail())
            here.wait_for(2)
    assert len(here.ids()) == 2


# ---------------------------------------------------------------------------------------------------- logging in, TLS


def test_a_refused_password_is_said_clearly_and_not_tried_again_soon(dovecot: MailServer, here: Node) -> None:
    with here.reading(mailbox(dovecot.port, password=Secret("wrong"))) as boxes:
        wait_for(lambda: here.states() == ["refused"], 10, "the refusal")
        assert "Check `user` and the password" in here.errors()[0]
        assert "wrong" not in here.errors()[0]
        time.sleep(2)
        assert boxes.sources()[0].reconnects == 0


def test_too_many_sessions_are_a_matter_of_waiting(here: Node) -> None:
    with mail_server("dovecot", "maxconn=1") as box:
        with box.session(), here.reading(mailbox(box.port)):
            wait_for(here.errors, 10, "the refusal")
            assert here.states() != ["refused"]
        box.put(mail())
        with here.reading(mailbox(box.port)):
            here.wait_for(1)


def test_TLS_is_spoken_from_the_first_byte_or_after_STARTTLS_and_certificates_are_verified(
    dovecot: MailServer, here: Node
) -> None:
    trusted = {"host": "localhost", "ca_file": Path(dovecot.server.text("ca"))}
    dovecot.put(mail())
    with here.reading(mailbox(dovecot.server.number("imaps"), tls="tls", **trusted)):
        here.wait_for(1)
        here.settled()
        dovecot.put(mail())
        here.wait_for(2)
    dovecot.put(mail())
    with here.reading(mailbox(dovecot.port, tls="starttls", **trusted)):
        here.wait_for(3)
    for host, ca in (("localhost", None), ("127.0.0.2", trusted["ca_file"])):
        with here.reading(mailbox(dovecot.server.number("imaps"), tls="tls", host=host, ca_file=ca)):
            wait_for(here.errors, 10, "the refusal")
            assert "certificate" in here.errors()[0] or "refused" in here.errors()[0]


def test_a_missing_folder_is_named_and_read_as_soon_as_it_is_there(dovecot: MailServer, here: Node) -> None:
    with here.reading(mailbox(dovecot.port, folders=("Later",))):
        wait_for(here.errors, 10, "the problem")
        assert '"Later"' in here.errors()[0]
        with dovecot.session(None) as client:
            client.create("Later")
        dovecot.put(mail(), folder="Later")
        here.wait_for(1)


# ---------------------------------------------------------------------------------------------------- the operator


def test_the_operator_is_told_once_when_a_mailbox_is_not_read_and_once_when_it_is_again(
    dovecot: MailServer, line: Server, here: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "UNREAD_FOR", timedelta(seconds=1.5))
    monkeypatch.setattr(mailboxes, "TEND_SECONDS", 0.1)
    reader = mailbox(line.number("port"), poll_seconds=0.5, read_seconds=0.5)
    with here.reading(reader) as boxes:
        here.settled()
        line.tell("set", "refuse=1", "kill=1")
        wait_for(lambda: here.operator.told, 10, "telling")
        time.sleep(1)
        assert [told.partition(":")[0] for told in here.operator.told] == ["trouble"]
        assert not boxes.sources()[0].healthy
    with here.reading(reader):  # a restart does not tell it again
        time.sleep(3)
        assert len(here.operator.told) == 1
        line.tell("set", "clear")
        wait_for(lambda: len(here.operator.told) == 2, 10, "telling that all is well")
        time.sleep(1)
    assert here.operator.told[1:] == ["well"]


def test_a_mailbox_that_was_never_read_is_not_healthy_for_long(here: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailboxes, "UNREAD_FOR", timedelta(seconds=1))
    monkeypatch.setattr(mailboxes, "TEND_SECONDS", 0.1)
    with here.reading(mailbox(free_port())) as boxes:
        assert boxes.sources()[0].healthy, "it has only begun"
        wait_for(lambda: not boxes.sources()[0].healthy, 10, "the folder to be called unhealthy")
