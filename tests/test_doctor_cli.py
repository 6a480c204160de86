"""``deskgate doctor`` against real servers: what is right is called right, and each trouble is told with its cure."""

from __future__ import annotations

import json
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli import cli
from gateway.cli.doctor import ServerType
from gateway.config.load import load
from gateway.doctor import clock, configuration, database, doors, lookup, names, smarthost
from gateway.doctor.examination import examine
from gateway.doctor.findings import Check, Finding, Patient, State
from gateway.doctor.mailboxes import findings_of
from gateway.keys import load_or_create
from tests.helpers.desk import Desk, free_port, wait_for
from tests.helpers.servers import Server, server

OK, WARNING, FAILED, SKIPPED = State.OK, State.WARNING, State.FAILED, State.SKIPPED
GOOD_ZONE = {
    "acme.example": {"MX": ["10 mx.acme.example"], "TXT": ["google-verification=1", "v=spf1 mx -all"]},
    "mx.acme.example": {"A": ["127.0.0.1"]},
    "_dmarc.acme.example": {"TXT": ["v=DMARC1; p=reject"]},
}


def now() -> datetime:
    return datetime.now(UTC)


def patient_of(folder: Path, **options: Any) -> Patient:
    """A desk that is examined without the command line."""
    return Patient(load(Desk(folder, **options).config), now, 0)


def states(findings: list[Finding] | Iterator[Finding]) -> dict[str, State]:
    """What is the matter with what; the worst, if several are about the same."""
    found: dict[str, State] = {}
    order = [SKIPPED, OK, WARNING, FAILED]
    for one in findings:
        found[one.about] = max(one.state, found.get(one.about, SKIPPED), key=order.index)
    return found


def ask(desk: Desk, *arguments: str) -> tuple[int, dict[str, list[dict[str, str]]]]:
    """What the command says, by group."""
    done = desk.command("doctor", "--json", *arguments)
    assert done.stdout, done.stderr.decode()
    found: dict[str, list[dict[str, str]]] = {}
    answer = json.loads(done.stdout)
    for check in answer["checks"]:
        found.setdefault(check["group"], []).append(check)
    assert answer["ok"] is (done.returncode == 0)
    return done.returncode, found


def about(found: list[dict[str, str]], name: str) -> dict[str, str]:
    """The one finding about something."""
    (one,) = [check for check in found if check["about"] == name]
    return one


# ------------------------------------------------------------------------------------------------ at home


def test_a_new_desk_is_in_order_before_its_first_start_and_nothing_is_made_by_looking(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    done = desk.command("doctor", "--offline")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "the first start makes it" in done.stdout.decode()
    assert not (tmp_path / "var").exists()


def test_the_running_daemon_is_found_and_its_doors_are_its_own(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.start()
    try:
        code, found = ask(desk, "--offline")
        assert code == 0
        assert {check["found"] for check in found["doors"]} == {"the running daemon listens there"}
        assert about(found["database"], "daemon")["state"] == "ok"
        assert about(found["names"], "all of it")["state"] == "skipped"
        desk.config.write_text(desk.config.read_text() + "# changed\n")
        assert "older configuration" in json.dumps(ask(desk, "--offline")[1]["database"])
    finally:
        desk.stop()


def test_a_door_held_by_somebody_else_is_told_with_what_it_says(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        patient = patient_of(tmp_path, smtp=other.getsockname()[1])
        found = {one.about: one for one in doors.findings(patient)}
    taken = found[f"smtp 127.0.0.1:{other_port(patient)}"]
    assert (taken.state, "ss -ltnp" in taken.advice) == (FAILED, True)


def other_port(patient: Patient) -> int:
    return patient.settings.receive[0].port


def test_an_address_that_this_machine_does_not_have_is_no_door(tmp_path: Path) -> None:
    patient = patient_of(tmp_path)
    far = replace(patient.settings.receive[0], host="192.0.2.1")
    settings = replace(patient.settings, receive=(far,))
    assert list(states(doors.findings(replace(patient, settings=settings))).values()) == [FAILED]


@pytest.mark.parametrize(
    ("spoil", "state", "words"),
    [
        (lambda file: file.chmod(0o600), OK, "readable by their owner only"),
        (lambda file: file.chmod(0o640), FAILED, "chmod 600"),
        (lambda file: file.write_text("instance = 1\n"), FAILED, "from a backup"),
        (lambda file: file.unlink(), OK, "the first start makes it"),
    ],
)
def test_signing_keys_are_there_whole_and_secret(tmp_path: Path, spoil: Any, state: State, words: str) -> None:
    patient = patient_of(tmp_path)
    load_or_create(patient.settings.keys_file, now().date())
    spoil(patient.settings.keys_file)
    (found,) = [one for one in configuration.findings(patient) if one.about == "keys"]
    assert found.state is state
    assert words in found.found + found.advice


def test_a_database_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    patient = patient_of(tmp_path)
    file = tmp_path / "var" / "deskgate.db"
    file.parent.mkdir()
    file.write_bytes(b"this is no database " * 1000)
    (found,) = database.findings(patient)
    assert (found.about, found.state) == ("reached", FAILED)


def test_a_database_of_its_own_is_reached_and_its_clock_compared(tmp_path: Path) -> None:
    with server("postgres", "fast=no") as running:
        patient = patient_of(tmp_path, url=running.text("url"))
        assert states(database.findings(patient)) == {"reached": OK, "written": OK, "daemon": WARNING}
        assert states(clock.findings(patient))["database"] is OK
    (gone,) = database.findings(patient)
    assert (gone.about, gone.state, "pg_hba.conf" in gone.advice) == ("reached", FAILED, True)


def test_a_full_disk_is_told_before_mail_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = patient_of(tmp_path)
    real = shutil.disk_usage(tmp_path)
    for free, state in ((10_000_000, FAILED), (400_000_000, WARNING), (50_000_000_000, OK)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder, free=free: real._replace(free=free))
        assert states(database.findings(patient))["room"] is state


def test_two_clocks_may_differ_by_seconds_only() -> None:
    for apart, state in ((0.0, OK), (4.9, OK), (-4.9, OK), (6.0, WARNING), (-3600.0, WARNING)):
        assert clock.compared("database", now(), now() + timedelta(seconds=apart)).state is state


def test_the_kernel_says_whether_its_clock_is_kept() -> None:
    status = clock.kernel_status()
    assert status is None or 0 <= status < 0x10000


def test_a_check_that_hangs_or_breaks_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(_patient: Patient) -> Iterator[Finding]:
        yield Finding("first", OK, "it was asked")
        threading.Event().wait()

    def breaks(_patient: Patient) -> Iterator[Finding]:
        yield Finding("first", OK, "it was asked")
        raise RuntimeError("a fault")

    checks = [Check("hangs", hangs, 0.3), Check("breaks", breaks, 0.3)]
    monkeypatch.setattr("gateway.doctor.examination.checks_for", lambda _patient: checks)
    told: list[str] = []
    found = examine(patient_of(tmp_path), False, lambda group, _findings: told.append(group))
    assert [states(findings) for findings in found.values()] == [{"first": OK, "the rest": FAILED}] * 2
    assert told == ["hangs", "breaks"]


# ------------------------------------------------------------------------------------------------ names


@pytest.fixture(scope="module")
def dns() -> Iterator[Server]:
    """A name server of our own."""
    pytest.importorskip("dns", reason="the extra auth is not installed")
    with tempfile.TemporaryDirectory(prefix="dg-", dir="/tmp") as folder:
        zone = Path(folder) / "zone.json"
        zone.write_text(json.dumps(GOOD_ZONE))
        with server("dnsd", f"zone={zone}") as running:
            yield running


@contextmanager
def changed(dns: Server, name: str, kind: str, *values: str) -> Iterator[None]:
    """Within: another record set."""
    before = GOOD_ZONE.get(name, {}).get(kind, [])
    dns.tell("set", name, kind, *values)
    try:
        yield
    finally:
        dns.tell("set", name, kind, *before)


def names_found(folder: Path, dns: Server) -> dict[str, Finding]:
    patient = replace(patient_of(folder), resolver=("127.0.0.1", dns.number("port")))
    return {one.about: one for one in names.findings(patient)}


def test_a_domain_with_mx_spf_and_dmarc_is_in_order(tmp_path: Path, dns: Server) -> None:
    found = names_found(tmp_path, dns)
    assert {name: one.state for name, one in found.items()} == {
        "acme.example MX": OK,
        "acme.example SPF": OK,
        "acme.example DMARC": OK,
    }


@pytest.mark.parametrize(
    ("record", "values", "about_what", "state", "words"),
    [
        (("acme.example", "MX"), ["0 ."], "acme.example MX", FAILED, "takes no mail"),
        (("acme.example", "MX"), ["10 gone.acme.example"], "acme.example MX", FAILED, "gone.acme.example"),
        (
            ("acme.example", "MX"),
            ["10 mx.acme.example", "20 gone.acme.example"],
            "acme.example MX",
            WARNING,
            "gone.acme.example",
        ),
        (("acme.example", "MX"), [], "acme.example MX", FAILED, "neither MX nor"),
        (("acme.example", "TXT"), ["something else"], "acme.example SPF", WARNING, "v=spf1"),
        (("acme.example", "TXT"), ["v=spf1 mx -all", "v=spf1 a -all"], "acme.example SPF", FAILED, "single"),
        (("acme.example", "TXT"), ["v=spf1 mx +all"], "acme.example SPF", WARNING, "whole world"),
        (("acme.example", "TXT"), ["v=spf1 " + "ip4:192.0.2.1 " * 30 + "-all"], "acme.example SPF", OK, "192.0.2.1"),
        (("_dmarc.acme.example", "TXT"), [], "acme.example DMARC", WARNING, "v=DMARC1"),
        (("_dmarc.acme.example", "TXT"), ["v=DMARC1; p=none"], "acme.example DMARC", WARNING, "p=none"),
        (("_dmarc.acme.example", "TXT"), ["v=DMARC1; rua=x"], "acme.example DMARC", FAILED, "no policy"),
        (
            ("_dmarc.acme.example", "TXT"),
            ["v=DMARC1; p=none", "v=DMARC1; p=reject"],
            "acme.example DMARC",
            FAILED,
            "single",
        ),
    ],
)
def test_each_trouble_with_a_domain_is_told_with_its_cure(
    tmp_path: Path, dns: Server, record: tuple[str, str], values: list[str], about_what: str, state: State, words: str
) -> None:
    with changed(dns, *record, *values):
        found = names_found(tmp_path, dns)[about_what]
    assert (found.state, words in found.found + found.advice) == (state, True), found


def test_name_servers_that_do_not_answer_are_no_verdict_on_the_domain(tmp_path: Path, dns: Server) -> None:
    dns.tell("set", "acme.example", "FAIL", "servfail")
    try:
        found = names_found(tmp_path, dns)
    finally:
        dns.tell("set", "acme.example", "FAIL")
        for kind, values in GOOD_ZONE["acme.example"].items():
            dns.tell("set", "acme.example", kind, *values)
    assert found["acme.example SPF"].state is WARNING
    assert "nobody says" in found["acme.example MX"].found


def test_without_the_library_the_names_are_looked_up_as_far_as_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "find_spec", lambda _name: None)
    found = {one.about: one for one in names.findings(patient_of(tmp_path))}
    assert (found["library"].state, found["library"].advice) == (WARNING, lookup.INSTALL)
    assert FAILED not in {one.state for one in found.values()}


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("9.9.9.9", ("9.9.9.9", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("[2620:fe::fe]:53", ("2620:fe::fe", 53)),
        ("2620:fe::fe", ("2620:fe::fe", 53)),
    ],
)
def test_a_name_server_is_given_with_or_without_a_port(given: str, understood: tuple[str, int]) -> None:
    assert ServerType().convert(given, None, None) == understood


def test_a_name_server_that_is_none_is_wrong_usage() -> None:
    assert CliRunner().invoke(cli, ["doctor", "--resolver", "127.0.0.1:many"]).exit_code == 2


# ------------------------------------------------------------------------------------------------ the way out and back


@contextmanager
def with_postfix(*routes: str, folder_lmtp: int = 0) -> Iterator[tuple[Desk, Server]]:
    """Within: a daemon whose smarthost is a Postfix, which brings its aliases' mail back by LMTP unless told otherwise."""
    with tempfile.TemporaryDirectory(prefix="dg-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        lmtp = folder_lmtp or free_port()
        ways = routes or (f"route=acme.example=lmtp:inet:127.0.0.1:{lmtp}",)
        with server("postfix", *ways) as postfix:
            send = f'[send.smtp]\nhost = "127.0.0.1"\nport = {postfix.number("smtp")}\ntls = "none"'
            desk = Desk(Path(folder), send=send, lmtp=lmtp)
            desk.start()
            try:
                yield desk, postfix
            finally:
                desk.stop()


def test_a_mail_to_ourselves_comes_back_whole_and_leaves_nothing_to_decide(dns: Server) -> None:
    with with_postfix() as (desk, _postfix):
        code, found = ask(desk, "--resolver", f"127.0.0.1:{dns.number('port')}", "--wait", "30")
        assert code == 0, found
        back = {check["about"]: check["found"] for check in found["a mail to ourselves"] if check["state"] == "ok"}
        assert set(back) == {"it@acme.example", "helpdesk@acme.example", "hr@acme.example"}
        assert all("reply address whole" in words for words in back.values())
        assert about(found["outgoing mail"], "null sender")["state"] == "ok"
        assert about(found["outgoing mail"], "envelope")["state"] == "ok"
        rows = desk.ask("inbox", "list")
        assert {(row["state"], row["outcome"], row["kind"]) for row in rows} == {("filed", "quarantine", "own")}
        assert all("deskgate doctor" in row["reason"] for row in rows)
        assert desk.ask("tickets", "list") == []
        assert desk.ask("outbox", "list") == []
        assert desk.ask("books")["balanced"]


def test_a_mail_server_that_cuts_off_subaddresses_is_found_out() -> None:
    with with_postfix_that_cuts() as (desk, _postfix):
        code, found = ask(desk, "--wait", "30")
        lost = [check for check in found["a mail to ourselves"] if check["state"] == "failed"]
        assert code == 1
        assert {check["about"] for check in lost} == {"it@acme.example", "helpdesk@acme.example", "hr@acme.example"}
        assert all("was lost" in check["found"] and "recipient_delimiter" in check["advice"] for check in lost)
        assert desk.ask("inbox", "list", "--state", "held") == []


@contextmanager
def with_postfix_that_cuts() -> Iterator[tuple[Desk, Server]]:
    """One that rewrites every reply address to the plain one."""
    with tempfile.TemporaryDirectory(prefix="dg-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        table = Path(folder) / "cut"
        table.write_text(r"/^([a-z]+)\+.*@acme\.example$/ $1@acme.example" + "\n")
        table.chmod(0o644)
        lmtp = free_port()
        cutting = f"set=recipient_canonical_maps=regexp:{table}"
        with with_postfix(f"route=acme.example=lmtp:inet:127.0.0.1:{lmtp}", cutting, folder_lmtp=lmtp) as both:
            yield both


def test_a_mail_that_does_not_come_back_is_told_with_what_to_look_for(dns: Server) -> None:
    with with_postfix("route=acme.example=discard:") as (desk, _postfix):
        code, found = ask(desk, "--wait", "3")
        lost = [check for check in found["a mail to ourselves"] if check["state"] == "failed"]
        assert (code, len(lost)) == (1, 3)
        assert all("did not come back" in check["found"] and "@desk.acme.example" in check["advice"] for check in lost)


def test_a_mail_that_came_back_too_late_is_cleared_away_by_the_next_run() -> None:
    with with_postfix() as (desk, postfix):
        postfix.tell("route", "acme.example", "lmtp:inet:127.0.0.1:1")
        assert ask(desk, "--wait", "1")[0] == 1
        postfix.tell("route", "acme.example", f"lmtp:inet:127.0.0.1:{desk.lmtp}")
        postfix.tell("flush")
        held = wait_for(lambda: len(found := desk.ask("inbox", "list", "--state", "held")) == 3 and found, 60, "it")
        ask(desk, "--wait", "0.1")
        for row in held:
            now_ = desk.ask("inbox", "show", str(row["id"]))
            assert (now_["state"], "deskgate doctor" in now_["reason"]) == ("filed", True)


def test_a_smarthost_that_does_not_want_us_is_told(tmp_path: Path) -> None:
    with server("postfix", "set=smtpd_client_restrictions=reject", "set=smtpd_delay_reject=yes") as postfix:
        send = f'[send.smtp]\nhost = "127.0.0.1"\nport = {postfix.number("smtp")}\ntls = "none"'
        code, found = ask(Desk(tmp_path, send=send), "--wait", "0")
        refused = about(found["outgoing mail"], "envelope")
        assert (code, refused["state"]) == (1, "failed")
        assert "mynetworks" in refused["advice"]


@pytest.mark.parametrize(
    ("host", "port", "about_what", "words"),
    [
        ("smtp.nowhere.invalid", "25", "name", "getent hosts"),
        ("127.0.0.1", "1", "connection", "Nothing listens"),
    ],
)
def test_a_smarthost_that_is_not_there_is_told(
    tmp_path: Path, host: str, port: str, about_what: str, words: str
) -> None:
    desk = Desk(tmp_path, send=f'[send.smtp]\nhost = "{host}"\nport = {port}\ntls = "none"')
    code, found = ask(desk, "--wait", "0")
    one = about(found["outgoing mail"], about_what)
    assert (code, one["state"], words in one["advice"]) == (1, "failed", True)


def test_a_smarthost_that_says_nothing_holds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.doctor.reach.READ_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        send = f'[send.smtp]\nhost = "127.0.0.1"\nport = {silent.getsockname()[1]}\ntls = "none"'
        found = {one.about: one for one in smarthost.findings(patient_of(tmp_path, send=send))}
    assert found["connection"].state is FAILED
    assert "says nothing" in found["connection"].found


# ------------------------------------------------------------------------------------------------ mailboxes


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Server]:
    """A mail server with mailboxes."""
    with server("dovecot") as running:
        yield running


def box(dovecot: Server, **changes: str) -> str:
    """A mailbox of the configuration; a value of "" leaves a setting out."""
    values = {
        "name": '"helpdesk"',
        "host": '"localhost"',
        "port": dovecot.text("imaps"),
        "tls": '"tls"',
        "ca_file": f'"{dovecot.text("ca")}"',
        "user": '"helpdesk"',
        "password_env": '"DOCTOR_TEST_PASSWORD"',
        "aliases": '["it@acme.example"]',
        "after": '"flag"',
        **changes,
    }
    return "\n[[receive.imap]]\n" + "\n".join(f"{key} = {value}" for key, value in values.items() if value)


def examined(
    folder: Path, monkeypatch: pytest.MonkeyPatch, mailbox: str, password: str = "secret-h"
) -> dict[str, Finding]:
    """What is found about the mailbox."""
    monkeypatch.setenv("DOCTOR_TEST_PASSWORD", password)
    patient = patient_of(folder, more=mailbox)
    found: dict[str, Finding] = {}
    for one in findings_of(patient.settings.mailboxes[0])(patient):
        if one.about not in found or one.state is FAILED:
            found[one.about] = one
    return found


def test_a_mailbox_in_order_is_tried_up_to_its_folders(
    tmp_path: Path, dovecot: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = examined(tmp_path, monkeypatch, box(dovecot, after='"move:Processed"'))
    assert {one.state for one in found.values()} == {OK}
    assert set(found) == {"name", "connection", "TLS", "login", "server", "INBOX", "Processed"}
    assert "another" in found["TLS"].found
    assert "MOVE" in found["server"].found
    assert "holds 0 mails" in found["INBOX"].found


@pytest.mark.parametrize(
    ("changes", "about_what", "words"),
    [
        pytest.param({"ca_file": ""}, "TLS", "ca_file", id="an authority of one's own"),
        pytest.param(
            {"tls": '"starttls"'}, "connection", "993 tls, 143 starttls", id="tls and port do not go together"
        ),
        pytest.param({"user": '"nobody"'}, "login", "password", id="nobody of that name"),
        pytest.param({"folders": '["Support"]'}, "Support", "folder's name", id="no such folder"),
        pytest.param({"port": "1"}, "connection", "Nothing listens", id="no such port"),
        pytest.param({"host": '"imap.nowhere.invalid"'}, "name", "getent hosts", id="no such host"),
    ],
)
def test_each_trouble_with_a_mailbox_is_told_with_its_cure(
    tmp_path: Path, dovecot: Server, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], about_what: str, words: str
) -> None:  # fmt: skip
    found = examined(tmp_path, monkeypatch, box(dovecot, **changes))
    assert found[about_what].state is FAILED
    assert words in found[about_what].advice, found[about_what]


def test_a_certificate_that_is_not_the_server_s_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server("dovecot", "cert=bad") as other:
        found = examined(tmp_path, monkeypatch, box(other))
    assert found["TLS"].state is FAILED
    assert "not to be trusted" in found["TLS"].found
    assert "login" not in found


def test_a_wrong_password_is_told_without_showing_it(
    tmp_path: Path, dovecot: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = examined(tmp_path, monkeypatch, box(dovecot), "not-the-password-7391")
    assert found["login"].state is FAILED
    assert "not-the-password-7391" not in str(found)


def test_starttls_is_tried_as_configured(tmp_path: Path, dovecot: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    found = examined(tmp_path, monkeypatch, box(dovecot, tls='"starttls"', port=dovecot.text("imap")))
    assert {one.state for one in found.values()} == {OK}


def test_a_shared_folder_that_may_only_be_read_is_told(
    tmp_path: Path, dovecot: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.tell("adm", "mailbox", "create", "-u", "alice", "Requests")
    dovecot.tell("share", "alice", "Requests", "helpdesk", "lookup read")
    folders = dovecot.tell("adm", "mailbox", "list", "-u", "helpdesk").split("\n")
    (shared,) = [name for name in folders if name.endswith("Requests")]
    found = examined(tmp_path, monkeypatch, box(dovecot, folders=f'["{shared}"]', after='"move:Done"'))
    assert found[shared].state is FAILED
    assert 'after = "leave"' in found[shared].advice or "rights" in found[shared].found
