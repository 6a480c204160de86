"""Keys told, renewed and retired from the command line; what is given out goes on working, or expires, never breaks."""

from __future__ import annotations

import json
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import cli
from gateway.keys import HEAD, KeyFileProblem, load_or_create, read, retire, rotate
from routing.identity import KEY_IDS, Key, KeyRing, Purpose, expired, make_token, read_token

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CONFIG = (Path(__file__).parent.parent / "config.example.toml").read_text(encoding="utf-8")


def made(folder: Path) -> Path:
    """A key file with its first key."""
    path = folder / "keys.toml"
    load_or_create(path, TODAY)
    return path


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """A `deskgate keys` command on a configuration in this folder: exit code and everything it said."""
    config = folder / "deskgate.toml"
    config.write_text(CONFIG)
    done = CliRunner().invoke(cli, ["keys", *arguments, "--config", str(config)])
    return done.exit_code, done.output if done.exception is None else f"{done.output}{done.exception}"


def test_addresses_signed_before_a_rotation_still_work_and_new_ones_are_signed_by_the_new_key(tmp_path: Path) -> None:
    path = made(tmp_path)
    old = make_token(read(path).ring, Purpose.REQUESTER, 7, 1, TODAY, "it@acme.example")
    fresh = rotate(path, TODAY)
    ring = read(path).ring
    assert [key.id for key in ring.keys] == [fresh.id, "a"]
    assert make_token(ring, Purpose.REQUESTER, 7, 1, TODAY, "it@acme.example")[1] == fresh.id
    token = read_token(ring, old, "it@acme.example")
    assert token is not None
    assert not expired(token, NOW, None, timedelta(days=180))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith(HEAD)


def test_what_a_retired_key_signed_is_known_but_expired(tmp_path: Path) -> None:
    path = made(tmp_path)
    old = make_token(read(path).ring, Purpose.REQUESTER, 7, 1, TODAY, "it@acme.example")
    rotate(path, TODAY)
    retire(path, "a", TODAY)
    token = read_token(read(path).ring, old, "it@acme.example")
    assert token is not None
    assert token.ticket == 7
    assert expired(token, NOW, None, timedelta(days=180))


def test_the_key_that_signs_and_unknown_keys_cannot_be_retired(tmp_path: Path) -> None:
    path = made(tmp_path)
    before = path.read_text()
    for key_id, words in (("a", "rotate first"), ("q", "there is no key")):
        with pytest.raises(KeyFileProblem, match=words):
            retire(path, key_id, TODAY)
    rotate(path, TODAY)
    retire(path, "a", TODAY)
    with pytest.raises(KeyFileProblem, match="was retired"):
        retire(path, "a", TODAY)
    assert path.read_text() != before


def test_a_full_ring_gives_up_only_keys_whose_addresses_have_all_run_out(tmp_path: Path) -> None:
    path = made(tmp_path)
    for _ in range(len(KEY_IDS) - 1):
        rotate(path, TODAY)
    assert len({key.id for key in read(path).ring.keys}) == len(KEY_IDS)
    with pytest.raises(KeyFileProblem, match="retire the oldest"):
        rotate(path, TODAY)
    retire(path, "a", TODAY)
    with pytest.raises(KeyFileProblem, match="400 days"):
        rotate(path, TODAY)
    fresh = rotate(path, TODAY + timedelta(days=401))
    assert fresh.id == "a"
    assert len(read(path).ring.keys) == len(KEY_IDS)


def test_a_ring_whose_first_key_is_retired_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path)
    path.write_text(path.read_text() + "retired = 2026-11-21\n")
    with pytest.raises(KeyFileProblem, match="keys rotate"):
        read(path)


def test_the_command_line_tells_no_secret_and_asks_before_it_voids_addresses(tmp_path: Path) -> None:
    assert run(tmp_path, "list")[0] == 1
    path = tmp_path / "var" / "keys.toml"
    ring = load_or_create(path, datetime.now(UTC).date()).ring
    assert run(tmp_path, "rotate")[0] == 0
    code, said = run(tmp_path, "retire", "a")
    assert code == 1
    assert "--yes" in said
    assert run(tmp_path, "retire", "a", "--yes")[0] == 0
    code, said = run(tmp_path, "list", "--json")
    assert [(row["id"], row["state"]) for row in json.loads(said)] == [("b", "signs"), ("a", "retired")]
    for key in (*ring.keys, *read(path).ring.keys):
        assert key.secret.hex() not in said + run(tmp_path, "list")[1]


def test_a_key_can_be_found_by_its_letter_only() -> None:
    key = Key("a", bytes(32), TODAY)
    assert KeyRing((key,)).find("b") is None
