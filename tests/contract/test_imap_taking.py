"""Taking mail out of real mailboxes: byte for byte, once, and nothing touched before it is safe."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.config.settings import After
from gateway.sources.imap import mailboxes, taking
from store.database import Tx
from store.errors import StoreUnavailable
from store.mailboxes import Place
from tests.helpers.desk import mail, wait_for
from tests.helpers.imap import MailServer, Node, mail_server, mailbox, node

DAY = 86_400.0
INBOX = Place("helpdesk", "INBOX")


@pytest.fixture(params=["dovecot", "cyrus"])
def box(request: pytest.FixtureRequest) -> Iterator[MailServer]:
    """A mailbox on a real server of either kind."""
    with mail_server(str(request.param)) as running:
        yield running


@pytest.fixture
def dovecot() -> Iterator[MailServer]:
    """A mailbox on Dovecot, whose faults can be arranged."""
    with mail_server("dovecot") as running:
        yield running


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Node]:
    """A node of its own."""
    with node(f"sqlite:///{tmp_path}/var/desk.db") as made:
        yield made


def ids_of(mails: list[EmailMessage]) -> list[str]:
    """Their Message-IDs, without brackets."""
    return [str(one["Message-ID"]).strip("<>") for one in mails]


def test_mails_are_taken_byte_for_byte_and_in_order_whatever_they_are(box: MailServer, here: Node) -> None:
    odd = [
        b"Subject: plain\r\n\r\nhello\r\n",
        b"Subject: no line end\r\n\r\nhello",
        b"Subject: no body\r\n\r\n",
        b"Subject: \xe4\xf6\xfc raw bytes\r\n\r\n\xff\xfe\r\n",
        b"Subject: long line\r\n\r\n" + b"x" * 20_000 + b"\r\n",
        b"Subject: brackets ){7}\r\n\r\n* 9 EXISTS\r\n)\r\na1 OK done {12}\r\n\r\n",
        b"Subject: large\r\n\r\n" + b"0123456789abcdef\r\n" * 60_000,
    ]
    accepted = odd if box.server.name == "dovecot" else [raw for raw in odd if raw.isascii()]  # Cyrus rewrites 8 bit
    box.put(*accepted)
    with here.reading(mailbox(box.port)):
        here.wait_for(len(accepted))
    assert here.raws() == accepted


AFTERS = {
    "flag": (After("flag"), 3, 0),
    "move": (After("move", "Done"), 0, 3),
    "move into a folder below another": (After("move", "Desk/2026/Done"), 0, 3),
    "move into a folder with umlauts": (After("move", "Erledigt & geprüft"), 0, 3),
    "delete at once": (After("delete", days=0), 0, 0),
    "leave": (After("leave"), 3, 0),
}


@pytest.mark.parametrize(("after", "stay", "moved"), AFTERS.values(), ids=AFTERS.keys())
def test_afterwards_mails_are_where_the_configuration_wants_them(
    box: MailServer, here: Node, after: After, stay: int, moved: int
) -> None:
    mails = [mail() for _ in range(3)]
    box.put(*mails)
    with here.reading(mailbox(box.port, after=after)):
        assert here.wait_for(3) == ids_of(mails)
        here.settled()
    assert box.count() == stay
    assert box.count(utf7(after.folder or "Done")) == moved
    expected = {"\\Seen", "$DeskgateDone"} if after.kind == "flag" else set()
    assert box.flags() == [expected] * stay
    assert here.operator.told == []


def utf7(folder: str) -> str:
    """The name as it stands on the wire (RFC 3501 5.1.3), for the names used here."""
    return folder.replace("&", "&-").replace("ü", "&APw-")


def test_mail_is_taken_from_several_folders_also_with_other_letters_in_their_names(box: MailServer, here: Node) -> None:
    with box.session(None) as client:
        client.create(f'"{utf7("Anfragen für IT")}"')
    first, second = mail(), mail()
    box.put(first)
    box.put(second, folder=utf7("Anfragen für IT"))
    with here.reading(mailbox(box.port, folders=("INBOX", "Anfragen für IT"))):
        assert set(here.wait_for(2)) == set(ids_of([first, second]))
        here.settled()
    assert box.flags(utf7("Anfragen für IT")) == [{"\\Seen", "$DeskgateDone"}]


def test_new_mail_is_taken_while_the_server_is_listened_to(box: MailServer, here: Node) -> None:
    with here.reading(mailbox(box.port, poll_seconds=300.0)):
        here.settled()
        for number in range(5):
            box.put(mail())
            here.wait_for(number + 1, 10)


def test_mail_is_taken_by_asking_now_and_then_where_the_server_cannot_tell(here: Node) -> None:
    with (
        mail_server("dovecot", "caps=IMAP4rev1 UIDPLUS LITERAL+") as box,
        here.reading(mailbox(box.port, poll_seconds=0.5)),
    ):
        here.settled()
        box.put(mail())
        here.wait_for(1)


def test_mail_that_a_person_has_opened_is_taken_all_the_same(box: MailServer, here: Node) -> None:
    opened = mail()
    box.put(opened, flags="(\\Seen)")
    with here.reading(mailbox(box.port)):
        assert here.wait_for(1) == ids_of([opened])


def test_nothing_is_marked_or_moved_before_it_is_stored(
    dovecot: MailServer, here: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.put(mail(), mail())
    add = here.store.inbox.add
    refusals: list[int] = []

    def full(tx: Tx, *arguments: object) -> list[int]:
        refusals.append(1)
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(here.store.inbox, "add", full)
    with here.reading(mailbox(dovecot.port, after=After("move", "Done"))):
        wait_for(lambda: len(refusals) >= 2, 10, "two tries")
        assert dovecot.flags() == [set(), set()]
        assert "the disk is full" in here.errors()[0]
        monkeypatch.setattr(here.store.inbox, "add", add)
        here.wait_for(2)
        wait_for(lambda: dovecot.count("Done") == 2, 10, "moving")


# ---------------------------------------------------------------------------------------------------- first start


def test_what_was_there_before_the_first_start_is_left_and_counted(box: MailServer, here: Node) -> None:
    box.put(*[mail() for _ in range(7)], at=time.time() - 30 * DAY)
    with here.reading(mailbox(box.port, old_mail="leave")) as boxes:
        here.settled()
        fresh = mail()
        box.put(fresh)
        assert here.wait_for(1) == ids_of([fresh])
        here.settled()
        (source,) = boxes.sources()
        assert (source.left, source.taken) == (7, 1)
    assert box.flags()[:7] == [set()] * 7


def test_old_mail_stays_left_when_the_folder_is_numbered_anew(dovecot: MailServer, here: Node) -> None:
    dovecot.put(*[mail() for _ in range(7)], at=time.time() - 30 * DAY)
    reader = mailbox(dovecot.port, old_mail="leave", poll_seconds=1.0)
    with here.reading(reader):
        here.settled()
        first = mail()
        dovecot.put(first)
        here.wait_for(1)
        here.settled()
    dovecot.server.tell("uidvalidity", "helpdesk", "INBOX")
    second = mail()
    dovecot.put(second)
    with here.reading(reader):
        assert here.wait_for(2) == ids_of([first, second])
        here.settled()
    assert here.ids() == ids_of([first, second])


# ---------------------------------------------------------------------------------------------------- numbered anew


@pytest.mark.parametrize("after", [After("flag"), After("leave")], ids=str)
def test_nothing_is_taken_twice_when_the_folder_is_numbered_anew_however_long_ago_it_was_taken(
    dovecot: MailServer, here: Node, after: After
) -> None:
    with_id, without = mail(), mail()
    del without["Message-ID"]
    dovecot.put(with_id, without)
    reader = mailbox(dovecot.port, after=after)
    with here.reading(reader):
        here.wait_for(2)
        here.settled()
    here.ahead = timedelta(days=90)  # longer than the filer looks for duplicates
    dovecot.server.tell("uidvalidity", "helpdesk", "INBOX")
    new = mail()
    dovecot.put(new)
    with here.reading(reader):
        here.wait_for(3)
        here.settled()
    assert sorted(here.ids()) == sorted([*ids_of([with_id, new]), ""])


def test_mail_is_taken_when_the_numbers_of_a_folder_went_back_after_a_restore(dovecot: MailServer, here: Node) -> None:
    dovecot.put(mail())
    with here.reading(mailbox(dovecot.port)):
        here.wait_for(1)
        here.settled()
    with here.store.transaction() as tx:  # as if a thousand mails more had been there before the restore
        state = here.store.mailboxes.know(tx, INBOX)
        here.store.mailboxes.advance(tx, INBOX, state.fence, 1_000, here.now())
    dovecot.put(mail())
    with here.reading(mailbox(dovecot.port)):
        here.wait_for(2)
        here.settled()
    assert len(here.ids()) == 2


def test_the_folder_is_numbered_anew_while_it_is_read(dovecot: MailServer, here: Node) -> None:
    with here.reading(mailbox(dovecot.port, after=After("move", "Done"))):
        here.settled()
        for number in range(3):
            dovecot.put(mail())
            here.wait_for(number + 1)
            dovecot.server.tell("uidvalidity", "helpdesk", "INBOX")
        dovecot.put(mail())
        here.wait_for(4)
        wait_for(lambda: dovecot.count("Done") == 4, 20, "moving")
    assert len(here.ids()) == 4


# ---------------------------------------------------------------------------------------------------- refusals


def test_mail_that_another_client_removes_meanwhile_stops_nothing(dovecot: MailServer, here: Node) -> None:
    dovecot.put(*[mail() for _ in range(300)])
    with here.reading(mailbox(dovecot.port)):
        with dovecot.session() as client:
            client.store("100:200", "+FLAGS", "(\\Deleted)")
            client.expunge()
        last = mail()
        dovecot.put(last)
        wait_for(lambda: ids_of([last])[0] in here.ids(), 20, "the last mail")
    taken = here.ids()
    assert len(taken) == len(set(taken)) >= 200


NO_MOVE = "caps=IMAP4rev1 UIDPLUS LITERAL+ IDLE NAMESPACE QUOTA"
NOTHING = "caps=IMAP4rev1 LITERAL+ IDLE NAMESPACE"


def test_without_MOVE_mail_is_copied_and_then_removed(here: Node) -> None:
    with mail_server("dovecot", NO_MOVE) as box:
        box.put(*[mail() for _ in range(3)])
        with here.reading(mailbox(box.port, after=After("move", "Done"))):
            here.wait_for(3)
            here.settled()
            assert (box.count(), box.count("Done")) == (0, 3)


@pytest.mark.parametrize("after", [After("move", "Done"), After("delete")], ids=str)
def test_a_server_that_cannot_remove_single_mails_keeps_them_and_what_others_have_marked(
    here: Node, after: After
) -> None:
    with mail_server("dovecot", NOTHING) as box:
        box.put(mail(), flags="(\\Deleted)")
        box.put(mail())
        with here.reading(mailbox(box.port, after=after)):
            here.wait_for(2)
            here.settled()
            assert "UIDPLUS" in here.errors()[0]
            box.put(mail())
            here.wait_for(3)
        assert box.count() == 3
        assert [flags & {"\\Deleted"} for flags in box.flags()] == [{"\\Deleted"}, set(), set()]


def test_a_full_quota_keeps_mail_in_place_and_is_shown_and_new_mail_is_taken(here: Node) -> None:
    with mail_server("dovecot", NO_MOVE, "quota=3M") as box:
        box.put(*[mail(text="x" * 70 + "\n") for _ in range(3)])
        box.server.tell("fill", "helpdesk")
        with here.reading(mailbox(box.port, after=After("move", "Done"))):
            here.wait_for(3)
            here.settled()
            assert "quota" in here.errors()[0].lower()
            assert "3 mails" in here.errors()[0]
            assert box.count() == 3
            box.server.tell("adm", "expunge", "-u", "helpdesk", "mailbox", "Archive", "all")
            here.ahead = timedelta(minutes=2)
            with box.session() as client:  # any news lets it look again
                client.append("INBOX", "", None, mail().as_bytes())
            here.wait_for(4)
            wait_for(lambda: box.count("Done") == 4, 20, "moving what was refused")
            wait_for(lambda: not here.errors(), 10, "the error to go")


def test_a_folder_that_cannot_be_made_keeps_mail_in_place_and_it_is_not_taken_again(
    dovecot: MailServer, here: Node
) -> None:
    dovecot.put(mail(), mail())
    reader = mailbox(dovecot.port, after=After("move", "shared/nobody/Done"))
    for _ in range(2):
        with here.reading(reader):
            here.wait_for(2)
            here.settled()
            assert "Done" in here.errors()[0]
    assert dovecot.count() == 2
    assert len(here.ids()) == 2
    assert dovecot.flags() == [{"\\Seen", "$DeskgateDone"}] * 2


def test_mail_is_removed_after_its_days_and_not_before(dovecot: MailServer, here: Node) -> None:
    dovecot.put(mail(), mail())
    reader = mailbox(dovecot.port, after=After("delete", days=30))
    with here.reading(reader):
        here.wait_for(2)
        here.settled()
        assert dovecot.flags() == [{"\\Seen", "$DeskgateDone"}] * 2
    here.ahead = timedelta(days=29)
    with here.reading(reader):
        here.settled()
        assert dovecot.count() == 2
    dovecot.put(mail())
    here.ahead = timedelta(days=31)
    with here.reading(reader):
        here.wait_for(3)
        here.settled()
        assert dovecot.count() == 1


def test_a_mail_that_is_too_large_stays_and_is_told_once_and_the_others_are_taken(
    dovecot: MailServer, here: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "SMALLEST_LARGEST", 100_000)
    dovecot.put(mail(), mail(text="x" * 70 + "\n" + "y" * 200_000 + "\n"), mail())
    for _ in range(2):
        with here.reading(mailbox(dovecot.port, after=After("move", "Done"))):
            here.wait_for(2)
            here.settled()
            assert "too large" in here.errors()[0]
    assert (dovecot.count(), dovecot.count("Done")) == (1, 2)
    assert dovecot.flags() == [set()]
    assert [told.partition(":")[0] for told in here.operator.told] == ["left"]


def test_a_folder_that_may_only_be_read_is_read_and_not_marked(here: Node) -> None:
    with mail_server("dovecot") as box:
        shared = box.server.tell("share", "alice", "Team", "helpdesk", "lookup read")
        assert "shared/alice/Team" in shared
        raw = mail().as_bytes().decode()
        box.server.tell("adm", "save", "-u", "alice", "-m", "Team", str(written(box, raw)))
        with here.reading(mailbox(box.port, folders=("shared/alice/Team",))):
            here.wait_for(1)
            here.settled()
            assert "read-only" in here.errors()[0]


def written(box: MailServer, raw: str) -> Path:
    """A mail as a file that the server can read."""
    path = box.server.folder / "mail.eml"
    path.write_text(raw)
    path.chmod(0o644)
    return path


def test_a_shared_folder_is_read_and_marked(dovecot: MailServer, here: Node) -> None:
    dovecot.server.tell("share", "alice", "Team", "helpdesk")
    dovecot.server.tell("adm", "save", "-u", "alice", "-m", "Team", str(written(dovecot, mail().as_bytes().decode())))
    with here.reading(mailbox(dovecot.port, folders=("shared/alice/Team",))):
        here.wait_for(1)
        here.settled()
        assert here.errors() == []


# ---------------------------------------------------------------------------------------------------- pace


def test_mail_stays_in_the_mailbox_while_the_inbox_is_full(
    dovecot: MailServer, here: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "MOST_WAITING", 60)
    monkeypatch.setattr(taking, "ROOM_SECONDS", 0.1)
    dovecot.put(*[mail() for _ in range(200)])
    with here.reading(mailbox(dovecot.port)):
        wait_for(lambda: here.states() == ["paused"], 10, "pausing")
        assert len(here.ids()) == 100
        monkeypatch.setattr(taking, "MOST_WAITING", 5_000)
        here.wait_for(200)


def test_a_large_mailbox_is_read_in_pieces(dovecot: MailServer, here: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "MOST_LISTED", 20)
    monkeypatch.setattr(taking, "LISTED_AT_ONCE", 7)
    mails = [mail() for _ in range(50)]
    dovecot.put(*mails)
    with here.reading(mailbox(dovecot.port)):
        assert here.wait_for(50) == ids_of(mails)
