"""Login files: nobody else reads them, a newer token is never lost, and several processes use one without quarrel."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from gateway.config.secrets import Secret
from gateway.oauth import keeping
from gateway.oauth.base import Granted, TokenRefused, TokenUnavailable, Who
from gateway.oauth.keeping import Kept, LoginFile
from gateway.oauth.wiring import Login
from tests.helpers.oauth import CLIENT, Clock, Issuer, issuer

WHO = Who("desk", "helpdesk", CLIENT, "")


@pytest.fixture(scope="module")
def server() -> Iterator[Issuer]:
    with issuer() as one:
        yield one


@pytest.fixture
def file(tmp_path: Path) -> LoginFile:
    return LoginFile(tmp_path / "logins" / "desk.json", WHO)


def way_of(server: Issuer, folder: Path, *, logged_in: bool = True) -> Login:
    way = Login(server.oauth("other", "person", folder), "helpdesk", "desk")
    if logged_in:
        way.keep(Granted("", 0, server.refresh_token()))
    return way


def test_what_is_written_is_read_and_belongs_to_the_owner_alone(file: LoginFile) -> None:
    assert file.read() is None
    file.write(Kept("one", CLIENT, "seed"))
    file.write(Kept("two", CLIENT))
    assert file.read() == Kept("two", CLIENT)
    folder = file.path.parent
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["desk.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666, 0o610])
def test_a_login_that_others_can_reach_is_refused_with_the_command_that_mends_it(file: LoginFile, mode: int) -> None:
    file.write(Kept("secret", CLIENT))
    file.path.chmod(mode)
    with pytest.raises(TokenRefused, match=f"chmod 600 {file.path}"):
        file.read()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        '{"refresh_token": "x"}',
        '{"refresh_token": 7, "client_id": "x"}',
        "[" * 100_000,
        "\xff",
    ],
)
def test_a_damaged_login_is_told_with_the_command_that_makes_a_new_one(file: LoginFile, content: str) -> None:
    file.write(Kept("secret", CLIENT))
    file.path.write_text(content, encoding="latin-1")
    with pytest.raises(TokenRefused, match="is damaged: run deskgate login desk"):
        file.read()


def test_a_login_that_is_a_folder_is_told(file: LoginFile) -> None:
    file.path.mkdir(parents=True)
    with pytest.raises(TokenRefused, match="cannot be read"):
        file.read()


def test_a_write_that_fails_leaves_the_old_login_whole(file: LoginFile, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write(Kept("old", CLIENT))

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        file.write(Kept("new", CLIENT))
    monkeypatch.undo()
    assert file.read() == Kept("old", CLIENT)
    assert [path.name for path in file.path.parent.iterdir()] == ["desk.json"]


def test_a_link_to_a_login_is_followed_and_stays_a_link(file: LoginFile, tmp_path: Path) -> None:
    target = tmp_path / "real.json"
    file.path.parent.mkdir()
    file.path.symlink_to(target)
    file.write(Kept("token", CLIENT))
    assert file.path.is_symlink()
    assert json.loads(target.read_text())["refresh_token"] == "token"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_writes_belongs_to_whom_the_folder_belongs(file: LoginFile) -> None:
    file.path.parent.mkdir()
    os.chown(file.path.parent, 5000, 5000)
    with file.locked():
        file.write(Kept("token", CLIENT))
    assert {path.stat().st_uid for path in file.path.parent.iterdir()} == {5000}


def test_a_second_process_waits_for_the_first_but_not_for_ever(
    file: LoginFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "LOCK_SECONDS", 0.2)
    other = LoginFile(file.path, WHO)
    with file.locked(), pytest.raises(TokenUnavailable, match="another process"), other.locked():
        pass
    with other.locked():
        pass


def test_where_nothing_can_be_written_there_is_no_lock_and_no_quarrel(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with LoginFile(tmp_path / "file" / "desk.json", WHO).locked():
        assert [path.name for path in tmp_path.iterdir()] == ["file"]


# ------------------------------------------------------------------------------------------------ in use


def test_every_new_refresh_token_is_kept_at_once(server: Issuer, tmp_path: Path) -> None:
    way, clock = way_of(server, tmp_path), Clock()
    source = way.source(clock)
    seen = set()
    for _ in range(4):
        source.token()
        seen.add(json.loads(way.oauth.login_file.read_text())["refresh_token"])
        clock.advance(3600)
    assert len(seen) == 4
    assert way.source(clock).token(), "another process goes on from where this one is"


def test_several_processes_renew_one_login_at_the_same_time(server: Issuer, tmp_path: Path) -> None:
    """The server takes each refresh token once: without the lock all but one would be refused."""
    way = way_of(server, tmp_path)

    def renew(_number: int) -> str:
        return way.source(Clock()).token()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(renew, range(24)))) == 24


CRASHES = """
import os, sys
from pathlib import Path
from gateway.config.settings import OAuth
from gateway.oauth import keeping, wiring
from gateway.config.secrets import Secret
ca, url, login, secret = sys.argv[1:]
oauth = OAuth("other", "person", "deskgate", Secret(secret), "", None, url, None, (), None, Path(login), ca_file=Path(ca))
write = keeping.LoginFile.write
def written(self, kept):
    write(self, kept)
    os.kill(os.getpid(), 9)
keeping.LoginFile.write = written
wiring.token_source(oauth, "helpdesk", "desk").token()
"""


def test_a_crash_after_the_answer_loses_no_login(server: Issuer, tmp_path: Path) -> None:
    way = way_of(server, tmp_path)
    assert way.oauth.token_url and way.oauth.secret
    arguments = [server.ca_file, way.oauth.token_url, way.oauth.login_file, way.oauth.secret.reveal()]
    done = subprocess.run(
        [sys.executable, "-c", CRASHES, *map(str, arguments)], cwd=Path.cwd(), check=False, timeout=60
    )
    assert done.returncode == -9
    assert way.source(Clock()).token()


def test_a_login_that_cannot_be_saved_is_used_and_saved_later(
    server: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    way, clock = way_of(server, tmp_path), Clock()
    source = way.source(clock)

    def full(_self: LoginFile, _kept: Kept) -> None:
        raise OSError(28, "No space left on device")

    with structlog.testing.capture_logs() as logged:
        monkeypatch.setattr(LoginFile, "write", full)
        for _ in range(3):
            assert source.token()
            clock.advance(3600)
        monkeypatch.undo()
        assert source.token()
    assert {entry["event"] for entry in logged} == {"login not saved"}
    assert way.source(Clock()).token()


def test_a_new_login_ends_a_refusal_at_once(server: Issuer, tmp_path: Path) -> None:
    way = way_of(server, tmp_path, logged_in=False)
    source = way.source(Clock())
    with pytest.raises(TokenRefused, match="nobody has logged in"):
        source.token()
    way.keep(Granted("", 0, server.refresh_token()))
    assert source.token()


def test_a_withdrawn_login_is_told_with_the_command(server: Issuer, tmp_path: Path) -> None:
    way, clock = way_of(server, tmp_path), Clock()
    source = way.source(clock)
    source.token()
    server.admin("revoke", username="helpdesk")
    clock.advance(3600)
    with pytest.raises(TokenRefused, match="no longer valid: run deskgate login desk") as refused:
        source.token()
    assert refused.value.code == "invalid_grant"


def test_a_login_of_another_application_is_not_tried(server: Issuer, tmp_path: Path) -> None:
    way = way_of(server, tmp_path)
    before = len(server.asked())
    other = Login(replace(way.oauth, client_id="another"), "helpdesk", "desk")
    with pytest.raises(TokenRefused, match="another client_id: run deskgate login desk"):
        other.source(Clock()).token()
    assert len(server.asked()) == before


def test_a_refresh_token_of_the_configuration_counts_until_it_is_replaced(server: Issuer, tmp_path: Path) -> None:
    oauth = server.by_seed("other", tmp_path)
    assert Login(oauth, "helpdesk", "desk").source(Clock()).token()
    assert Login(oauth, "helpdesk", "desk").source(Clock()).token(), "it was used up, and its successor kept"
    renewed = replace(oauth, refresh_token=Secret(server.refresh_token("bob")))
    assert Login(renewed, "helpdesk", "desk").source(Clock()).token()
    assert server.asked("refresh_token")[-1]["refresh_token"] == renewed.refresh_token.reveal()  # type: ignore[union-attr]


def test_a_provider_that_keeps_its_refresh_token_needs_no_login_file(tmp_path: Path) -> None:
    with issuer("rotate=no") as server:
        oauth = server.by_seed("google", tmp_path)
        for _ in range(2):
            assert Login(oauth, "helpdesk", "desk").source(Clock()).token()
        assert not oauth.login_file.exists()


def test_nobody_waits_for_the_next_token_while_the_old_one_is_good(server: Issuer, tmp_path: Path) -> None:
    clock = Clock()
    source = way_of(server, tmp_path).source(clock)
    old = source.token()
    clock.advance(3400)
    before = len(server.asked())
    server.fail(status=0, delay=2.0)
    asking = threading.Thread(target=source.token)
    asking.start()
    try:
        until = time.monotonic() + 10
        while len(server.asked()) == before and time.monotonic() < until:
            time.sleep(0.01)
        assert source.token() == old
    finally:
        asking.join(30)
    assert source.token() != old
