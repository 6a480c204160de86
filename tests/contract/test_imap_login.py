"""Getting into a mailbox by access tokens: renewed when refused, told once when a person has to do something."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from gateway.config.settings import Mailbox, OAuth
from gateway.sources.imap import folder
from tests.contract.test_imap_taking import ids_of
from tests.helpers.desk import mail, wait_for
from tests.helpers.imap import MailServer, Node, mailbox, node
from tests.helpers.oauth import Issuer, issuer
from tests.helpers.servers import server


@pytest.fixture
def tokens() -> Iterator[Issuer]:
    """Where tokens come from."""
    with issuer() as one:
        one.admin("app", username="helpdesk")
        yield one


@pytest.fixture
def box(tokens: Issuer) -> Iterator[MailServer]:
    """A mailbox whose server asks there about each token."""
    with server("dovecot", f"oauth={tokens.server.text('introspect_url')}") as one:
        yield MailServer(one)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Node]:
    """A node of its own."""
    with node(f"sqlite:///{tmp_path}/var/desk.db") as made:
        yield made


def by_token(
    box: MailServer, tokens: Issuer, folder: Path, mechanism: Literal["xoauth2", "oauthbearer"] = "xoauth2"
) -> Mailbox:
    """The mailbox, opened by an application's tokens."""
    oauth = tokens.oauth("other", "application", folder)
    fields = {name: getattr(oauth, name) for name in OAuth.__dataclass_fields__}
    return mailbox(box.port, password=None, oauth=OAuth(**{**fields, "mechanism": mechanism}), poll_seconds=1.0)


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
def test_mail_is_taken_with_tokens_also_after_they_were_withdrawn(
    box: MailServer, tokens: Issuer, here: Node, tmp_path: Path, mechanism: Literal["xoauth2", "oauthbearer"]
) -> None:
    first, second = mail(), mail()
    with here.reading(by_token(box, tokens, tmp_path, mechanism)):
        box.put(first)
        here.wait_for(1)
        tokens.admin("revoke", all="1")
        box.server.tell("kick", "helpdesk")
        box.put(second)
        assert here.wait_for(2) == ids_of([first, second])


def test_tokens_that_live_for_seconds_lose_nothing(here: Node, tmp_path: Path) -> None:
    with issuer("lifetime=2") as tokens, server("dovecot", f"oauth={tokens.server.text('introspect_url')}") as one:
        tokens.admin("app", username="helpdesk")
        box, mails = MailServer(one), [mail() for _ in range(4)]
        with here.reading(by_token(box, tokens, tmp_path)):
            for number, each in enumerate(mails):
                box.put(each)
                here.wait_for(number + 1)
                time.sleep(1.5)
                box.server.tell("kick", "helpdesk")
        assert here.ids() == ids_of(mails)


def test_a_token_server_that_is_down_for_a_while_is_asked_again(
    box: MailServer, tokens: Issuer, here: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "LONGEST_PAUSE", 0.3)
    tokens.admin("fail", endpoint="token", status="503", count="2")
    box.put(mail())
    with here.reading(by_token(box, tokens, tmp_path)):
        wait_for(here.errors, 10, "the problem")
        assert here.states() != ["refused"]
        here.wait_for(1, 60)


def test_a_mail_server_that_cannot_ask_about_the_token_is_not_a_refusal(
    box: MailServer, tokens: Issuer, here: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "LONGEST_PAUSE", 0.3)
    tokens.admin("fail", endpoint="introspect", status="503", count="1")
    box.put(mail())
    with here.reading(by_token(box, tokens, tmp_path)):
        here.wait_for(1, 60)
        assert "refused" not in here.states()


def test_a_token_for_another_mailbox_is_refused_with_advice_and_not_tried_again_and_again(
    box: MailServer, tokens: Issuer, here: Node, tmp_path: Path
) -> None:
    tokens.admin("app", username="alice")
    with here.reading(by_token(box, tokens, tmp_path)) as boxes:
        wait_for(lambda: here.states() == ["refused"], 20, "the refusal")
        assert "does not let helpdesk in" in here.errors()[0]
        time.sleep(2)
        assert boxes.sources()[0].reconnects == 0


def test_no_token_without_a_person_is_said_as_what_to_do(
    box: MailServer, tokens: Issuer, here: Node, tmp_path: Path
) -> None:
    tokens.admin("fail", endpoint="token", status="400", count="100", error="invalid_client")
    with here.reading(by_token(box, tokens, tmp_path)):
        wait_for(lambda: here.states() == ["refused"], 20, "the refusal")
        assert "helpdesk" in here.errors()[0]
