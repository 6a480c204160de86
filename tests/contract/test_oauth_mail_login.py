"""The tokens open a real mailbox: Dovecot asks the token server about each, by XOAUTH2 and OAUTHBEARER."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import imapclient
import pytest
from imapclient.exceptions import LoginError

from gateway.oauth.base import TokenSource
from gateway.oauth.wiring import Login
from tests.contract.test_oauth_providers import WAYS, Provider
from tests.helpers.oauth import Clock, Grant, Issuer, issuer
from tests.helpers.servers import Server, server


@pytest.fixture(scope="module")
def tokens() -> Iterator[Issuer]:
    with issuer() as one:
        one.admin("app", username="helpdesk")
        yield one


@pytest.fixture(scope="module")
def dovecot(tokens: Issuer) -> Iterator[Server]:
    with server("dovecot", f"oauth={tokens.server.text('introspect_url')}") as one:
        yield one


def source_of(tokens: Issuer, provider: Provider, grant: Grant, folder: Path) -> TokenSource:
    oauth = tokens.by_seed(provider, folder) if grant == "person" else tokens.oauth(provider, grant, folder)
    return Login(oauth, "helpdesk", "desk").source(Clock())


def opened(dovecot: Server, mechanism: str, user: str, token: str) -> int:
    """How many folders there are; LoginError when the server does not let us in."""
    with imapclient.IMAPClient("127.0.0.1", dovecot.number("imap"), ssl=False, timeout=20) as client:
        client.oauth2_login(user, token) if mechanism == "xoauth2" else client.oauthbearer_login(user, token)
        return len(client.list_folders())


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
@pytest.mark.parametrize(("provider", "grant"), WAYS)
def test_a_token_of_every_provider_opens_the_mailbox(
    tokens: Issuer, dovecot: Server, tmp_path: Path, provider: Provider, grant: Grant, mechanism: str
) -> None:
    source = source_of(tokens, provider, grant, tmp_path)
    assert opened(dovecot, mechanism, "helpdesk", source.token())


def test_a_token_that_was_withdrawn_is_forgotten_and_the_next_one_works(
    tokens: Issuer, dovecot: Server, tmp_path: Path
) -> None:
    source = source_of(tokens, "other", "application", tmp_path)
    old = source.token()
    tokens.admin("revoke", token=old)
    with pytest.raises(LoginError):
        opened(dovecot, "xoauth2", "helpdesk", old)
    source.forget(old)
    assert opened(dovecot, "xoauth2", "helpdesk", source.token())


def test_a_good_token_opens_no_other_mailbox(tokens: Issuer, dovecot: Server, tmp_path: Path) -> None:
    source = source_of(tokens, "other", "application", tmp_path)
    with pytest.raises(LoginError):
        opened(dovecot, "xoauth2", "alice", source.token())


def test_short_lived_tokens_are_renewed_in_the_middle_of_the_work(dovecot: Server, tmp_path: Path) -> None:
    """Tokens of ten seconds, a clock that a test moves: no login ever meets one that has run out."""
    with issuer("lifetime=10") as short, server("dovecot", f"oauth={short.server.text('introspect_url')}") as box:
        short.admin("app", username="helpdesk")
        clock = Clock()
        source = Login(short.oauth("other", "application", tmp_path), "helpdesk", "desk").source(clock)
        used = set()
        for _ in range(5):
            used.add(token := source.token())
            assert opened(box, "oauthbearer", "helpdesk", token)
            clock.advance(9.5)
        assert len(used) == 5
