"""`deskgate login`: a person agrees and the mailbox opens, against a real token server and a real Dovecot."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.cli.login import login
from tests.helpers.oauth import SECRET, Issuer, issuer, key_file
from tests.helpers.servers import Server, server

DESK = """
[site]
name = "Acme"
timezone = "Europe/London"
tag = "ACME"
domain = "desk.acme.example"
admins = ["root@acme.example"]
{receive}
[send]
{send}
[hours.office]
week = {{ mon-fri = ["09:00-17:00"] }}
[teams.it]
name = "IT"
aliases = ["it@acme.example"]
hours = "office"
helps_with = "computers"
meet = "Reply."
members = ["maria@acme.example"]
[teams.it.turnaround]
first_reply = {{ normal = "8h" }}
"""
MAILBOX = """
[[receive.imap]]
name = "desk"
host = "localhost"
port = {port}
tls = "starttls"
ca_file = "{mail_ca}"
user = "{user}"
aliases = ["it@acme.example"]
{way}
"""


@pytest.fixture(scope="module")
def tokens() -> Iterator[Issuer]:
    with issuer() as one:
        yield one


@pytest.fixture(scope="module")
def dovecot(tokens: Issuer) -> Iterator[Server]:
    with server("dovecot", f"oauth={tokens.server.text('introspect_url')}") as one:
        yield one


def configuration(folder: Path, dovecot: Server, way: str, user: str = "helpdesk", send: str = "") -> Path:
    """A desk with one mailbox called "desk"."""
    (folder / "secret").write_text(SECRET)
    (folder / "secret").chmod(0o600)
    ca = dovecot.folder / "tls" / "ca.pem"
    receive = MAILBOX.format(port=dovecot.number("imap"), mail_ca=ca, user=user, way=way)
    file = folder / "deskgate.toml"
    file.write_text(DESK.format(receive=receive, send=send or 'maildir = "outgoing"'))
    return file


def oauth(tokens: Issuer, provider: str, section: str = "receive.imap.oauth", **more: str) -> str:
    url = tokens.server.text("https_ms_token_url" if provider == "microsoft" else "https_token_url")
    words = {"provider": provider, "token_url": url, "ca_file": str(tokens.ca_file), "client_id": "deskgate"}
    if provider == "microsoft":
        words["tenant"] = "tenant-id"
    if provider == "other":
        words["device_url"] = tokens.server.text("https_device_url")
    return f"[{section}]\n" + "".join(f'{name} = "{value}"\n' for name, value in {**words, **more}.items())


def run(file: Path, *arguments: str, typed: str = "", expect: int = 0) -> Result:
    done = CliRunner().invoke(login, [*arguments, "--config", str(file)], input=typed)
    code = getattr(done.exception, "code", done.exit_code)
    assert code == expect, (done.output, done.exception)
    return done


def said(done: Result) -> str:
    """All that a person reads."""
    return f"{done.output}{done.exception or ''}"


def started(file: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from gateway.cli import main; main()", "login", *arguments, "--config", str(file)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=environment
    )


def approved(tokens: Issuer, going: subprocess.Popen[str], user: str = "helpdesk") -> tuple[int, str, str]:
    """Type the code that is shown, as `user`; how it ended and what it printed."""
    assert going.stdout is not None
    shown = ""
    for line in going.stdout:
        shown += line
        if code := re.fullmatch(r" {4}([0-9A-F]{8})\n", line):
            tokens.admin("approve", user_code=code[1], username=user)
            break
    rest, errors = going.communicate(timeout=60)
    return going.returncode, shown + rest, errors


@pytest.mark.parametrize("provider", ["microsoft", "other"])
def test_a_person_types_the_code_and_the_mailbox_opens(
    tokens: Issuer, dovecot: Server, tmp_path: Path, provider: str
) -> None:
    file = configuration(tmp_path, dovecot, oauth(tokens, provider))
    code, shown, errors = approved(tokens, started(file, "desk"))
    assert (code, errors) == (0, "")
    assert "http://localhost/device" in shown
    assert "All is well: localhost lets helpdesk in." in shown
    (kept,) = tmp_path.rglob("desk.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text())["refresh_token"] not in shown
    assert "All is well" in run(file, "desk", "--check").output


def test_a_person_with_another_account_is_told_which_one_and_what_that_means(
    tokens: Issuer, dovecot: Server, tmp_path: Path
) -> None:
    file = configuration(tmp_path, dovecot, oauth(tokens, "microsoft"))
    code, shown, errors = approved(tokens, started(file, "desk"), user="alice")
    assert code == 1
    assert "alice logged in, and the mailbox is helpdesk" in shown
    assert "full access to the shared mailbox" in errors
    assert "deskgate login desk" in errors


def test_googles_login_by_a_pasted_address(
    tokens: Issuer, dovecot: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = configuration(tmp_path, dovecot, oauth(tokens, "google", secret_file="secret"))
    code = tokens.admin("code", username="helpdesk")["code"]
    monkeypatch.setattr("gateway.oauth.google.secrets.token_urlsafe", lambda _size: "fixed")
    done = run(file, "desk", typed=f"what?\nhttp://127.0.0.1:1/?state=fixed&code={code}\n")
    assert "https://accounts.google.com/" in done.output
    assert "That does not fit" in done.output
    assert "All is well" in done.output


def test_a_login_without_a_terminal_that_needs_one_says_so(tokens: Issuer, dovecot: Server, tmp_path: Path) -> None:
    file = configuration(tmp_path, dovecot, oauth(tokens, "google", secret_file="secret"))
    assert "no address was given" in said(run(file, "desk", typed="", expect=1))


@pytest.mark.parametrize(
    ("provider", "more", "words"),
    [
        ("microsoft", {"secret_file": "secret"}, "logs in as application"),
        ("other", {"secret_file": "secret"}, "logs in as application"),
        ("google", {"key_file": "key.json"}, "logs in as service account"),
    ],
)
def test_where_no_person_logs_in_the_token_and_the_mailbox_are_tried(
    tokens: Issuer, dovecot: Server, tmp_path: Path, provider: str, more: dict[str, str], words: str
) -> None:
    tokens.admin("app", username="helpdesk")
    key_file(tmp_path).chmod(0o600)
    way = oauth(tokens, provider, **more)
    if provider == "google":
        way = way.replace('client_id = "deskgate"\n', "")
    if provider == "other":
        way = re.sub(r"device_url.*\n", "", way)
    done = run(configuration(tmp_path, dovecot, way), "desk")
    assert words in done.output
    assert "so no login by a person is needed" in done.output
    assert "All is well" in done.output


def test_a_refused_token_ends_with_the_advice(tokens: Issuer, dovecot: Server, tmp_path: Path) -> None:
    file = configuration(tmp_path, dovecot, oauth(tokens, "microsoft", secret_file="secret"))
    tokens.fail(status=401, error="invalid_client", description="AADSTS7000222: The provided keys are expired.")
    done = run(file, "desk", expect=1)
    assert said(done).count("has expired: make a new one") == 1


def test_a_busy_token_server_ends_with_75(tokens: Issuer, dovecot: Server, tmp_path: Path) -> None:
    file = configuration(tmp_path, dovecot, oauth(tokens, "microsoft", secret_file="secret"))
    tokens.fail(status=503)
    assert "try again later" in said(run(file, "desk", expect=75))


def test_a_login_that_is_declined_changes_nothing(tokens: Issuer, dovecot: Server, tmp_path: Path) -> None:
    file = configuration(tmp_path, dovecot, oauth(tokens, "microsoft"))
    tokens.fail(status=400, error="authorization_declined")
    assert "declined: run deskgate login desk again" in said(run(file, "desk", expect=1))
    assert list(tmp_path.rglob("desk.json")) == []


def test_a_short_outage_while_waiting_does_not_end_the_login(tokens: Issuer, dovecot: Server, tmp_path: Path) -> None:
    file = configuration(tmp_path, dovecot, oauth(tokens, "other"))
    tokens.fail(status=502, count=1)
    code, shown, _ = approved(tokens, started(file, "desk"))
    assert (code, "All is well" in shown) == (0, True)


def test_nobody_agrees_and_patience_ends(
    tokens: Issuer, dovecot: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = configuration(tmp_path, dovecot, oauth(tokens, "other"))
    monkeypatch.setattr("gateway.cli.login.MINUTE", 0.02)
    assert "nobody has agreed in time; nothing was changed" in said(run(file, "desk", "--wait", "60", expect=1))


def test_a_check_without_a_login_says_how_to_log_in(tokens: Issuer, dovecot: Server, tmp_path: Path) -> None:
    file = configuration(tmp_path, dovecot, oauth(tokens, "other"))
    asked = tokens.codes()
    assert "nobody has logged in for mailbox desk yet: run deskgate login desk" in said(
        run(file, "desk", "--check", expect=1)
    )
    assert tokens.codes() == asked


def test_a_mailbox_with_a_password_is_tried(dovecot: Server, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret-h")
    (tmp_path / "password").chmod(0o600)
    file = configuration(tmp_path, dovecot, 'password_file = "password"')
    done = run(file, "desk")
    assert "logs in with a password" in done.output
    assert "All is well" in done.output


def test_a_mailbox_that_does_not_exist_is_a_wrong_usage_with_the_names_there_are(
    tokens: Issuer, dovecot: Server, tmp_path: Path
) -> None:
    file = configuration(tmp_path, dovecot, oauth(tokens, "other"))
    assert "there is no mailbox called 'desc'; there is desk" in said(run(file, "desc", expect=2))


def test_a_mail_server_that_cannot_be_reached_ends_with_75(tokens: Issuer, dovecot: Server, tmp_path: Path) -> None:
    tokens.admin("app", username="helpdesk")
    way = re.sub(r"device_url.*\n", "", oauth(tokens, "other", secret_file="secret"))
    file = configuration(tmp_path, dovecot, way)
    file.write_text(file.read_text().replace(f"port = {dovecot.number('imap')}", "port = 1"))
    assert "the mail server could not be asked" in said(run(file, "desk", expect=75))


@pytest.fixture(scope="module")
def smarthost(dovecot: Server) -> Iterator[Server]:
    with server("postfix", f"sasl=127.0.0.1:{dovecot.number('auth')}") as one:
        yield one


def sending(tokens: Issuer, smarthost: Server, user: str = "helpdesk") -> str:
    words = f'host = "localhost"\nport = {smarthost.number("submission")}\ntls = "starttls"\nuser = "{user}"\n'
    ca = f'ca_file = "{smarthost.folder}/tls/ca.pem"\n'
    return "[send.smtp]\n" + words + ca + oauth(tokens, "microsoft", section="send.smtp.oauth")


def test_the_smarthost_has_a_login_of_its_own(
    tokens: Issuer, dovecot: Server, smarthost: Server, tmp_path: Path
) -> None:
    file = configuration(tmp_path, dovecot, oauth(tokens, "other"), send=sending(tokens, smarthost))
    code, shown, errors = approved(tokens, started(file, "smtp"))
    assert (code, errors) == (0, ""), shown
    assert "All is well: localhost lets helpdesk in." in shown
    (kept,) = tmp_path.rglob("smtp.json")
    assert kept.exists()
    assert "SMTP.Send" in tokens.asked("refresh_token")[-1]["scope"]


def test_a_smarthost_that_refuses_a_good_token_is_told_with_what_to_do(
    tokens: Issuer, dovecot: Server, smarthost: Server, tmp_path: Path
) -> None:
    file = configuration(tmp_path, dovecot, oauth(tokens, "other"), send=sending(tokens, smarthost))
    code, _, errors = approved(tokens, started(file, "smtp"), user="alice")
    assert code == 1
    assert "The token is good" in errors
    assert "SMTP AUTH must be on" in errors


def test_a_smarthost_without_a_user_needs_no_login(tokens: Issuer, dovecot: Server, tmp_path: Path) -> None:
    send = '[send.smtp]\nhost = "localhost"\n'
    file = configuration(tmp_path, dovecot, oauth(tokens, "other"), send=send)
    assert "nothing to log in with" in said(run(file, "smtp", expect=1))


def test_the_command_is_one_of_the_program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["deskgate", "login", "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "Start no new login" in capsys.readouterr().out
