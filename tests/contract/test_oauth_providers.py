"""Every provider and grant against a real server: a token comes, renewed in time, and refusals say what to do."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
import structlog
import time_machine

from gateway.config.secrets import Secret
from gateway.oauth.base import DeviceCode, PastedAddress, TokenRefused, TokenUnavailable
from gateway.oauth.keeping import LoginFile
from gateway.oauth.refusals import MICROSOFT, MICROSOFT_PASSING
from gateway.oauth.wiring import Login, token_source
from tests.helpers.oauth import SECRET, Clock, Grant, Issuer, issuer

Provider = Literal["microsoft", "google", "other"]
WAYS: list[tuple[Provider, Grant]] = [
    ("microsoft", "application"),
    ("microsoft", "person"),
    ("google", "service account"),
    ("google", "person"),
    ("other", "application"),
    ("other", "person"),
]
HOUR = 3600.0


@pytest.fixture(scope="module")
def running() -> Iterator[Issuer]:
    with issuer() as one:
        yield one


@pytest.fixture
def server(running: Issuer) -> Iterator[Issuer]:
    running.well()
    yield running
    running.well()


def configured(server: Issuer, provider: Provider, grant: Grant, folder: Path) -> Login:
    if grant == "person":
        return Login(server.by_seed(provider, folder), "helpdesk", "desk")
    return Login(server.oauth(provider, grant, folder), "helpdesk", "desk")


@pytest.mark.parametrize(("provider", "grant"), WAYS)
def test_a_token_is_asked_for_once_and_renewed_five_minutes_before_its_end(
    server: Issuer, tmp_path: Path, provider: Provider, grant: Grant
) -> None:
    clock = Clock()
    source = configured(server, provider, grant, tmp_path).source(clock)
    before = len(server.asked())
    first = source.token()
    clock.advance(HOUR - 301)
    assert source.token() == first
    assert len(server.asked()) == before + 1
    clock.advance(2)
    assert source.token() != first
    assert len(server.asked()) == before + 2


@pytest.mark.parametrize(("provider", "grant"), WAYS)
def test_a_forgotten_token_is_replaced_and_one_replaced_since_is_not_missed(
    server: Issuer, tmp_path: Path, provider: Provider, grant: Grant
) -> None:
    source = configured(server, provider, grant, tmp_path).source(Clock())
    first = source.token()
    source.forget(first)
    second = source.token()
    assert second != first
    source.forget(first)
    assert source.token() == second
    source.forget()
    assert source.token() != second


@pytest.mark.parametrize(("provider", "grant"), WAYS)
def test_a_busy_server_is_left_alone_as_long_as_it_asks_and_the_old_token_serves_meanwhile(
    server: Issuer, tmp_path: Path, provider: Provider, grant: Grant
) -> None:
    clock = Clock()
    source = configured(server, provider, grant, tmp_path).source(clock)
    old = source.token()
    before = len(server.asked())
    clock.advance(HOUR - 200)
    server.fail(status=503, retry_after=120, count=1)
    for _ in range(10):
        assert source.token() == old
    assert len(server.asked()) == before + 1
    clock.advance(121)
    assert source.token() != old


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize(("provider", "grant"), WAYS)
def test_without_an_old_token_a_busy_server_is_told_with_the_wait(
    server: Issuer, tmp_path: Path, provider: Provider, grant: Grant, status: int
) -> None:
    source = configured(server, provider, grant, tmp_path).source(Clock())
    server.fail(status=status, retry_after=77, body="<html>busy</html>")
    with pytest.raises(TokenUnavailable, match=f"busy or broken .HTTP {status}") as problem:
        source.token()
    assert problem.value.retry_after == (77 if status in (429, 503) else 5)


def test_the_wait_grows_while_a_server_cannot_be_reached_and_is_short_again_afterwards(
    server: Issuer, tmp_path: Path
) -> None:
    clock = Clock()
    oauth = server.oauth("other", "application", tmp_path)
    dead = Login(replace(oauth, token_url="https://localhost:1/token"), "helpdesk", "desk").source(clock)
    waits = []
    for _ in range(10):
        with pytest.raises(TokenUnavailable, match="localhost cannot be reached: Connection refused") as problem:
            dead.token()
        waits.append(problem.value.retry_after)
        clock.advance(problem.value.retry_after + 0.1)
    assert waits[0] == 5
    assert waits == sorted(waits)
    assert waits[-1] == 300


@pytest.mark.parametrize(("provider", "grant"), WAYS)
def test_a_certificate_that_nobody_vouches_for_is_refused(
    server: Issuer, tmp_path: Path, provider: Provider, grant: Grant
) -> None:
    way = configured(server, provider, grant, tmp_path)
    before = len(server.asked())
    with pytest.raises(TokenUnavailable, match=r"certificate is not trusted.*ca_file"):
        Login(replace(way.oauth, ca_file=None), "helpdesk", "desk").source(Clock()).token()
    assert len(server.asked()) == before


@pytest.mark.parametrize("body", ["<html>log in to the hotel's network</html>", "[]", "null", "{", '"x"', "{}"])
@pytest.mark.parametrize(("provider", "grant"), WAYS)
def test_an_answer_that_is_not_oauth_is_tried_again_later(
    server: Issuer, tmp_path: Path, provider: Provider, grant: Grant, body: str
) -> None:
    source = configured(server, provider, grant, tmp_path).source(Clock())
    server.fail(status=200, body=body)
    with pytest.raises((TokenUnavailable, TokenRefused)) as problem:
        source.token()
    if body != "{}":
        assert isinstance(problem.value, TokenUnavailable)
        assert "is not OAuth" in problem.value.why


def test_a_secret_goes_to_no_address_but_the_one_it_is_for(server: Issuer, tmp_path: Path) -> None:
    oauth = server.oauth("other", "application", tmp_path)
    plain = replace(oauth, token_url=server.server.text("token_url"))
    before = len(server.asked())
    with pytest.raises(TokenUnavailable, match="must begin with https"):
        Login(plain, "helpdesk", "desk").source(Clock()).token()
    assert len(server.asked()) == before


def test_many_connections_that_are_refused_at_once_lead_to_one_question(server: Issuer, tmp_path: Path) -> None:
    source = token_source(server.oauth("other", "application", tmp_path), "helpdesk", "desk", Clock())
    old = source.token()
    before = len(server.asked())
    server.fail(status=0, count=1, delay=0.3)

    def again(_number: int) -> str:
        source.forget(old)
        return source.token()

    with ThreadPoolExecutor(16) as pool:
        tokens = set(pool.map(again, range(16)))
    assert len(tokens) == 1
    assert old not in tokens
    assert len(server.asked()) == before + 1


# ------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize("number", sorted(MICROSOFT))
def test_each_refusal_of_microsoft_is_told_with_what_to_do_about_it(
    server: Issuer, tmp_path: Path, number: str
) -> None:
    source = token_source(server.oauth("microsoft", "application", tmp_path), "helpdesk", "desk", Clock())
    words = f"{number}: What happened. Trace ID: 11-22 Correlation ID: 33-44 Timestamp: 2026-11-21 10:00:00Z"
    server.fail(status=400, error="invalid_grant", description=words)
    with pytest.raises(TokenRefused) as refused:
        source.token()
    assert refused.value.code == number
    assert "mailbox desk" in refused.value.advice or "deskgate" in refused.value.advice
    assert "{" not in refused.value.advice
    assert "Trace ID" not in refused.value.advice


@pytest.mark.parametrize("number", sorted(MICROSOFT_PASSING))
def test_what_microsoft_calls_transient_is_tried_again(server: Issuer, tmp_path: Path, number: str) -> None:
    source = token_source(server.oauth("microsoft", "application", tmp_path), "helpdesk", "desk", Clock())
    server.fail(status=400, error="invalid_request", description=f"{number}: A moment please.")
    with pytest.raises(TokenUnavailable, match=number):
        source.token()


@pytest.mark.parametrize(
    ("error", "description", "words"),
    [
        ("unauthorized_client", "Client is unauthorized to retrieve access tokens", "Domain-wide delegation.*ID 104"),
        ("invalid_grant", "Token has been expired or revoked.", "deskgate login desk.*seven days"),
        ("invalid_grant", "Invalid email or User ID", "no user helpdesk"),
        ("invalid_grant", "Not a valid email or user ID. Account not found", "service account"),
        ("invalid_grant", "reauth related error (invalid_rapt)", "session length"),
        ("access_denied", "Requested client not authorized.", "scope https://mail.google.com/"),
        ("deleted_client", "The OAuth client was deleted.", "was deleted"),
        ("invalid_client", "The provided client secret is invalid.", "client_id or secret"),
        ("brand_new_error", "Something nobody knows.", "brand_new_error: Something nobody knows"),
    ],
)
def test_each_refusal_of_google_is_told_with_what_to_do_about_it(
    server: Issuer, tmp_path: Path, error: str, description: str, words: str
) -> None:
    source = token_source(server.oauth("google", "service account", tmp_path), "helpdesk", "desk", Clock())
    server.fail(status=400 if error != "unauthorized_client" else 401, error=error, description=description)
    with pytest.raises(TokenRefused, match=words):
        source.token()


def test_a_clock_that_is_wrong_is_named_as_the_reason(server: Issuer, tmp_path: Path) -> None:
    source = token_source(server.oauth("google", "service account", tmp_path), "helpdesk", "desk", Clock())
    wrong = datetime.now(UTC) + timedelta(minutes=20)
    with time_machine.travel(wrong), pytest.raises(TokenRefused, match="clock right"):
        source.token()


def test_an_address_that_is_not_microsofts_kind_is_told(server: Issuer, tmp_path: Path) -> None:
    oauth = replace(server.oauth("microsoft", "application", tmp_path), token_url="https://login.acme.example/token")
    with pytest.raises(TokenRefused, match=r"must be https://HOST/TENANT/oauth2/v2\.0/token"):
        token_source(oauth, "helpdesk", "desk", Clock()).token()


def test_a_directory_that_does_not_exist_is_told_in_microsofts_words(server: Issuer, tmp_path: Path) -> None:
    source = token_source(server.oauth("microsoft", "application", tmp_path), "helpdesk", "desk", Clock())
    server.fail(
        "openid-configuration",
        status=400,
        error="invalid_tenant",
        description="AADSTS90002: Tenant 'tenant-id' not found.",
    )
    with pytest.raises(TokenRefused, match="no Microsoft directory called tenant-id"):
        source.token()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is not JSON"),
        ("[]", "no key of a service account"),
        ('{"type": "authorized_user"}', "no key of a service account"),
        ('{"type": "service_account"}', "no key of a service account"),
        ('{"type": "service_account", "client_email": "a", "token_uri": "b", "private_key": "c"}', "no key"),
    ],
)
def test_a_key_file_that_is_none_is_told(server: Issuer, tmp_path: Path, content: str, words: str) -> None:
    oauth = server.oauth("google", "service account", tmp_path)
    assert oauth.key_file is not None
    oauth.key_file.write_text(content)
    with pytest.raises(TokenRefused, match=words):
        token_source(oauth, "helpdesk", "desk", Clock()).token()


def test_a_key_file_that_is_missing_is_told(server: Issuer, tmp_path: Path) -> None:
    oauth = replace(server.oauth("google", "service account", tmp_path), key_file=tmp_path / "none.json")
    with pytest.raises(TokenRefused, match="cannot be read: no such file"):
        token_source(oauth, "helpdesk", "desk", Clock()).token()


def test_a_refusal_is_logged_once_and_asked_about_again_after_five_minutes(server: Issuer, tmp_path: Path) -> None:
    clock = Clock()
    source = token_source(server.oauth("microsoft", "application", tmp_path), "helpdesk", "desk", clock)
    server.fail(status=401, count=2, error="invalid_client", description="AADSTS7000222: The secret is expired.")
    before = len(server.asked())
    with structlog.testing.capture_logs() as logged:
        for _ in range(5):
            with pytest.raises(TokenRefused, match="has expired"):
                source.token()
        assert len(server.asked()) == before + 1
        clock.advance(301)
        with pytest.raises(TokenRefused, match="has expired"):
            source.token()
        clock.advance(301)
        source.token()
    assert [entry["event"] for entry in logged] == ["token refused", "token given again"]
    assert logged[0]["mailbox"] == "desk"
    assert "Certificates & secrets" in logged[0]["advice"]


# ------------------------------------------------------------------------------------------------ logins by a person


@pytest.mark.parametrize("provider", ["microsoft", "other"])
def test_a_person_types_the_code_and_the_login_lasts(server: Issuer, tmp_path: Path, provider: Provider) -> None:
    way = Login(server.oauth(provider, "person", tmp_path), "helpdesk", "desk")
    with pytest.raises(TokenRefused, match=r"nobody has logged in for mailbox desk yet: run deskgate login desk"):
        way.source(Clock()).token()
    question = way.begin()
    assert isinstance(question, DeviceCode)
    assert question.poll() is None
    server.admin("approve", user_code=question.code, username="helpdesk")
    granted = question.poll()
    assert granted is not None
    assert granted.account == ("helpdesk" if provider == "microsoft" else "")
    assert way.keep(granted)
    assert way.source(Clock()).token()


@pytest.mark.parametrize("provider", ["microsoft", "other"])
@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("access_denied", "was declined: run deskgate login desk"),
        ("authorization_declined", "was declined: run deskgate login desk"),
        ("expired_token", "in time: run deskgate login desk"),
    ],
)
def test_a_login_that_comes_to_nothing_is_told(
    server: Issuer, tmp_path: Path, provider: Provider, error: str, words: str
) -> None:
    question = Login(server.oauth(provider, "person", tmp_path), "helpdesk", "desk").begin()
    assert isinstance(question, DeviceCode)
    server.fail(status=400, error=error)
    with pytest.raises(TokenRefused, match=words):
        question.poll()


@pytest.mark.parametrize("provider", ["microsoft", "other"])
def test_a_server_that_says_slow_down_is_asked_less_often(server: Issuer, tmp_path: Path, provider: Provider) -> None:
    question = Login(server.oauth(provider, "person", tmp_path), "helpdesk", "desk").begin()
    assert isinstance(question, DeviceCode)
    before = question.interval
    server.fail(status=400, error="slow_down")
    assert question.poll() is None
    assert question.interval == before + 5


def test_googles_login_by_an_address_that_is_pasted(server: Issuer, tmp_path: Path) -> None:
    way = Login(server.oauth("google", "person", tmp_path), "helpdesk", "desk")
    question = way.begin()
    assert isinstance(question, PastedAddress)
    asked = dict(part.split("=", 1) for part in question.url.partition("?")[2].split("&"))
    assert asked["scope"] == "https%3A%2F%2Fmail.google.com%2F"
    code = server.admin("code", username="helpdesk", challenge=asked["code_challenge"])["code"]
    for wrong in ("", "https://mail.google.com/", f"http://127.0.0.1:1/?code={code}&state=other"):
        with pytest.raises(ValueError, match="not the address"):
            question.redeem(wrong)
    assert way.keep(question.redeem(f"http://127.0.0.1:1/?state={asked['state']}&code={code}&scope=x\n"))
    assert way.source(Clock()).token()
    with pytest.raises(TokenRefused, match="did not agree"):
        question.redeem("http://127.0.0.1:1/?error=access_denied")


def test_a_secret_that_a_provider_takes_in_the_form_only_is_given_there(tmp_path: Path) -> None:
    with issuer("auth=post") as server:
        assert token_source(server.oauth("other", "application", tmp_path), "helpdesk", "desk").token()


def test_a_library_that_is_missing_is_told_with_the_command_that_installs_it(
    server: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.oauth.wiring.find_spec", lambda _name: None)
    source = token_source(server.oauth("microsoft", "application", tmp_path), "helpdesk", "desk")
    with pytest.raises(TokenRefused, match=r"pip install 'deskgate\[oauth\]'"):
        source.token()
    assert token_source(server.oauth("other", "application", tmp_path), "helpdesk", "desk").token()


# ------------------------------------------------------------------------------------------------ nothing leaks


@pytest.mark.parametrize(("provider", "grant"), WAYS)
def test_no_token_secret_or_code_is_in_a_log_an_exception_or_a_repr(
    server: Issuer, tmp_path: Path, provider: Provider, grant: Grant, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = Clock()
    way = configured(server, provider, grant, tmp_path)
    hidden = {SECRET}
    if way.oauth.refresh_token:
        hidden.add(way.oauth.refresh_token.reveal())
    seen: list[str] = []
    with structlog.testing.capture_logs() as logged:
        source = way.source(clock)
        hidden.add(source.token())
        sent = {SECRET if way.oauth.secret else "-", "a.long.token." + "x" * 40} - {"-"}
        if grant == "person":
            kept = LoginFile(way.oauth.login_file, way.who).read()
            sent |= {kept.refresh_token} if kept else set()
        hidden |= sent
        echo = " ".join([*sent, "is what you sent"])
        for how in (
            {"status": 400, "error": "new_error", "description": echo},
            {"status": 400, "error": "invalid_grant", "description": echo},
            {"status": 503},
            {"status": 200, "body": f"no json: {echo}"},
            {"status": 200, "body": f'{{"access_token": 7, "echo": "{echo}"}}'},
        ):
            clock.advance(2 * HOUR)
            server.fail(**how)
            with pytest.raises((TokenRefused, TokenUnavailable)) as problem:
                source.token()
            seen += traceback.format_exception(problem.value)
            seen.append(repr(problem.value))
        clock.advance(2 * HOUR)
        if not way.oauth.refresh_token:
            hidden.add(source.token())
        seen += [repr(way), repr(source), repr(vars(source)), repr(way.oauth)]
    for form in server.asked():
        hidden |= {form[name] for name in ("refresh_token", "device_code", "assertion") if form.get(name)}
    seen += [str(entry) for entry in logged] + [caplog.text]
    assert [text for text in seen if any(secret in text for secret in hidden)] == []
    assert {entry["event"] for entry in logged} >= {"token refused", "no token now"}


def test_a_device_code_shows_itself_to_the_person_only(server: Issuer, tmp_path: Path) -> None:
    question = Login(server.oauth("other", "person", tmp_path), "helpdesk", "desk").begin()
    assert isinstance(question, DeviceCode)
    assert question.code not in repr(question)


def test_a_wrong_secret_of_the_configuration_is_told(server: Issuer, tmp_path: Path) -> None:
    oauth = replace(server.oauth("other", "application", tmp_path), secret=Secret("wrong"))
    with pytest.raises(TokenRefused, match="client_id or secret of mailbox desk is not accepted"):
        token_source(oauth, "helpdesk", "desk").token()


def test_the_libraries_are_imported_by_nobody_who_does_not_need_them(tmp_path: Path) -> None:
    source = "import sys, gateway.oauth.wiring, gateway.cli.login; print({'msal', 'google.auth'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "set()\n"
