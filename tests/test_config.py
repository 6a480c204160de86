"""The configuration: what it says when something is wrong, and what it comes to when nothing is."""

from __future__ import annotations

import pickle
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from gateway.config.load import ConfigProblems, Moment, find_config, load
from gateway.config.settings import ReceiveLimits, Send, Settings, Store
from routing.teams import Limits, Site, Trust

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad_configs").glob("*.toml"))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def problems_of(file: Path, environment: dict[str, str] | None = None) -> list[str]:
    """What loading a file complains about, with names of files as seen from its folder."""
    with pytest.raises(ConfigProblems) as raised:
        load(file, Moment(NOW, environment or {"HOME": "x"}))
    return [str(problem).replace(f"{file.parent}/", "") for problem in raised.value.problems]


def expected_by(file: Path) -> list[str]:
    """The problems that a file announces in its first lines; one that names no file is about the file itself."""
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    found = [line.removeprefix("# expected: ") for line in lines if line.startswith("# expected: ")]
    return [line if line.startswith("included/") else f"{file.name}:{line}" for line in found]


def agrees(told: str, expected: str) -> bool:
    """Whether a problem is the expected one; ``***`` stands for words that another room chooses."""
    start, gap, end = expected.partition("***")
    return told.startswith(start) and told.endswith(end) if gap else told == expected


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_wrong_configuration_says_what_is_wrong_and_where(file: Path) -> None:
    told, expected = problems_of(file), [line.replace("{folder}/", "") for line in expected_by(file)]
    assert expected
    assert len(told) == len(expected), "\n".join(told)
    for one, other in zip(told, expected, strict=True):
        assert agrees(one, other), f"told:     {one}\nexpected: {other}"


# ---------------------------------------------------------------------------------- what a right one comes to

GOOD = """\
[site]
name = "Acme"
timezone = "Europe/London"
tag = "ACME"
domain = "Desk.Acme.example"
admins = ["root@acme.example"]

[send]
maildir = "outgoing"

[hours.office]
week = { mon-fri = ["09:00-12:30", "13:30-17:30"], "sat,sun" = ["22:00-02:00"] }
holidays = ["GB-ENG", "FR"]
exceptions = { 2026-12-24 = ["09:00-12:00"], 2026-12-25 = ["10:00-11:00"], 2026-12-28 = [] }

[teams.it]
name = "IT"
aliases = ["it@acme.example"]
hours = "office"
helps_with = "laptops"
meet = "Come by."
members = ["maria@acme.example"]
turnaround.first_reply = { normal = "8h" }
"""


def written(folder: Path, text: str = GOOD, name: str = "deskgate.toml") -> Path:
    """A configuration file in a folder."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def team(key: str) -> str:
    """The team of GOOD under another name."""
    return GOOD[GOOD.index("[teams.it]") :].replace("teams.it", f"teams.{key}").replace("it@", f"{key}@")


def loaded(file: Path, environment: dict[str, str] | None = None) -> Settings:
    return load(file, Moment(NOW, environment or {}))


def test_what_is_left_out_has_the_documented_default(tmp_path: Path) -> None:
    settings = loaded(written(tmp_path))
    assert settings.store == Store(f"sqlite:///{tmp_path}/var/deskgate.db", f"sqlite:///{tmp_path}/var/deskgate.db")
    assert settings.keys_file == tmp_path / "var/keys.toml"
    assert settings.templates_folder is None
    assert settings.receive == ()
    assert settings.send == Send(tmp_path / "outgoing", None, "null", timedelta(days=5))
    assert settings.limits == ReceiveLimits(
        message_bytes=25 * 1024 * 1024,
        line_bytes=64 * 1024,
        recipients=100,
        connections=500,
        connections_per_address=20,
        command_seconds=300,
        data_seconds=600,
        session_seconds=1800,
        min_free_bytes=200 * 1024 * 1024,
    )
    assert (settings.reader.memory, settings.reader.cpu_seconds, settings.reader.wall_seconds) == (512 * 1024**2, 10, 3)
    assert settings.desk.limits == Limits()
    assert settings.desk.trust == Trust()
    assert settings.desk.site == Site(
        "Acme", "Europe/London", "ACME", "desk.acme.example", ("root@acme.example",), reply_addresses="subaddress"
    )
    team = settings.desk.teams["it"]
    assert (team.acknowledge, team.confidential, team.after_reply) == (True, False, "open")
    assert (team.reopen_within, team.language, team.reviewed, team.lead) == (timedelta(days=180), "en", None, None)


def test_a_week_is_read_by_days_ranges_and_lists(tmp_path: Path) -> None:
    hours = loaded(written(tmp_path)).desk.teams["it"].hours
    office, night = ((540, 750), (810, 1050)), ((1320, 120),)
    assert hours.week == {0: office, 1: office, 2: office, 3: office, 4: office, 5: night, 6: night}
    assert hours.zone == "Europe/London"


def test_holidays_are_closed_in_three_years_and_exceptions_win_over_them(tmp_path: Path) -> None:
    hours = loaded(written(tmp_path)).desk.teams["it"].hours
    for year in (2025, 2026, 2027):
        assert hours.exceptions[date(year, 1, 1)] == ()
        assert date(year, 1, 1) in hours.closed_names
        assert date(year, 7, 14) in hours.closed_names  # Bastille Day: several countries add up
    assert date(2024, 1, 1) not in hours.exceptions
    assert hours.exceptions[date(2026, 12, 24)] == ((540, 720),)
    assert hours.exceptions[date(2026, 12, 25)] == ((600, 660),)
    assert date(2026, 12, 25) not in hours.closed_names, "open that morning, so it is no closed day"
    assert hours.exceptions[date(2026, 12, 28)] == ()
    assert date(2026, 12, 28) in hours.closed_names, "closed either way: the holiday keeps its name"


def test_paths_are_relative_to_the_file_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "etc", GOOD + '\n[keys]\nfile = "secret/keys.toml"\n[templates]\nfolder = "texts"\n')
    (tmp_path / "etc/texts").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    settings = loaded(Path("../etc/deskgate.toml"))
    assert settings.keys_file.resolve() == (tmp_path / "etc/secret/keys.toml").resolve()
    assert settings.templates_folder is not None
    assert settings.templates_folder.resolve() == tmp_path / "etc/texts"
    assert settings.store.url.endswith("/etc/var/deskgate.db")
    assert all(path.is_absolute() for path in (settings.keys_file, settings.file, *settings.files))


def test_an_absolute_database_stays_where_it_is_and_keeps_the_keys_beside_it(tmp_path: Path) -> None:
    settings = loaded(written(tmp_path, GOOD + '\n[store]\nurl = "sqlite:////srv/deskgate/mail.db"\n'))
    assert settings.store.url == "sqlite:////srv/deskgate/mail.db"
    assert settings.keys_file == Path("/srv/deskgate/keys.toml")


def test_included_files_come_in_name_order_and_rules_in_file_order(tmp_path: Path) -> None:
    rule = '[[rules]]\nname = "{}"\n[rules.when]\n[rules.then]\ntags = ["t"]\n'
    written(tmp_path, rule.format("b1") + rule.format("b2") + team("bb"), "teams/b.toml")
    written(tmp_path, rule.format("a1") + team("aa"), "teams/a.toml")
    settings = loaded(written(tmp_path, 'include = ["teams/*.toml", "teams/a.toml"]\n' + GOOD + rule.format("main")))
    assert [rule.name for rule in settings.desk.rules] == ["main", "a1", "b1", "b2"]
    assert [(Path(rule.file).name, rule.line) for rule in settings.desk.rules[1:]] == [
        ("a.toml", 1),
        ("b.toml", 1),
        ("b.toml", 6),
    ]
    assert list(settings.desk.teams) == ["it", "aa", "bb"]
    assert [file.name for file in settings.files] == ["deskgate.toml", "a.toml", "b.toml"]


def test_a_pattern_that_also_names_the_main_file_does_not_include_it_twice(tmp_path: Path) -> None:
    written(tmp_path, team("aa"), "a.toml")
    assert len(loaded(written(tmp_path, 'include = ["*.toml"]\n' + GOOD)).files) == 2


def test_the_revision_changes_with_every_byte_of_every_file_and_with_nothing_else(tmp_path: Path) -> None:
    written(tmp_path, team("aa"), "a.toml")
    file = written(tmp_path, 'include = ["a.toml"]\n' + GOOD)
    first = loaded(file).revision
    assert loaded(file).revision == first
    written(tmp_path, team("aa") + "# a remark\n", "a.toml")
    assert loaded(file).revision != first


def test_a_command_that_routes_nothing_may_leave_the_examples_untried() -> None:
    file = HERE / "bad_configs/example_comes_out_otherwise.toml"
    assert load(file, Moment(NOW, {}), try_examples=False).desk.rules[0].name == "Payroll"
    never_open = HERE / "bad_configs/never_open.toml"
    with pytest.raises(ConfigProblems):
        load(never_open, Moment(NOW, {}), try_examples=False)


def test_settings_travel_to_the_readers_and_come_out_equal(tmp_path: Path) -> None:
    desk = loaded(written(tmp_path)).desk
    assert pickle.loads(pickle.dumps(desk)) == desk


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "deskgate.toml"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert loaded(file).desk.site.name == "Acme"


def test_the_smarthost_gets_the_port_and_encryption_that_go_together(tmp_path: Path) -> None:
    for lines, port, tls in (
        ('host = "mail.acme.example"', 587, "starttls"),
        ('host = "mail.acme.example"\ntls = "tls"', 465, "tls"),
        ('host = "mail.acme.example"\ntls = "none"', 25, "none"),
        ('host = "localhost"', 25, "none"),
        ('host = "127.0.0.1"\nport = 2525', 2525, "none"),
        ('host = "mail.acme.example"\nport = 2587', 2587, "starttls"),
    ):
        text = GOOD.replace('maildir = "outgoing"', f"[send.smtp]\n{lines}")
        smtp = loaded(written(tmp_path, text)).send.smtp
        assert smtp is not None
        assert (smtp.port, smtp.tls) == (port, tls), lines


def test_passwords_come_from_a_file_or_the_environment_and_never_show(tmp_path: Path) -> None:
    (tmp_path / "smtp.password").write_text("s3cret word \nsecond line\n")
    from_file = GOOD.replace(
        'maildir = "outgoing"', '[send.smtp]\nhost = "m.example"\nuser = "u"\npassword_file = "smtp.password"'
    )
    settings = loaded(written(tmp_path, from_file))
    assert settings.send.smtp is not None
    assert settings.send.smtp.password is not None
    assert settings.send.smtp.password.reveal() == "s3cret word "
    assert "s3cret" not in repr(settings) + str(settings.send.smtp.password) + f"{settings.send.smtp.password!r}"
    from_variable = from_file.replace('password_file = "smtp.password"', 'password_env = "SMTP"')
    smtp = loaded(written(tmp_path, from_variable), {"SMTP": "pa55"}).send.smtp
    assert smtp is not None
    assert smtp.password is not None
    assert smtp.password.reveal() == "pa55"


def test_the_database_password_is_put_into_the_url_and_kept_out_of_sight(tmp_path: Path) -> None:
    text = GOOD + '\n[store]\nurl = "postgresql://desk@db.example/desk"\npassword_env = "DB"\n'
    settings = loaded(written(tmp_path, text), {"DB": "p@ss/w:rd"})
    assert settings.store.url == "postgresql://desk:p%40ss%2Fw%3Ard@db.example/desk"
    assert settings.store.shown == "postgresql://desk:…@db.example/desk"
    assert "p%40ss" not in repr(settings)
    assert settings.keys_file == tmp_path / "keys.toml"


def test_whom_to_believe_is_kept_in_the_form_in_which_it_is_compared(tmp_path: Path) -> None:
    text = (
        GOOD + '\n[trust]\nauthserv_id = "mx.acme.example"\ncheck_senders = true\n'
        'nameservers = ["192.0.2.53", "192.0.2.54:5353", "2001:db8::53", "[2001:DB8::54]:53"]\n'
        'arc_sealers = ["Lists.Acme.example"]\n'
    )
    settings = loaded(written(tmp_path, text))
    assert settings.nameservers == ("192.0.2.53", "192.0.2.54:5353", "2001:db8::53", "[2001:db8::54]:53")
    assert settings.desk.trust == Trust(
        authserv_id="mx.acme.example", check_senders=True, arc_sealers=frozenset({"lists.acme.example"})
    )


# ---------------------------------------------------------------------------------- warnings


def warnings_of(file: Path, environment: dict[str, str] | None = None) -> list[tuple[str, str]]:
    return [(problem.path, problem.message) for problem in loaded(file, environment).warnings]


LISTENING = GOOD.replace("[send]", '[[receive.smtp]]\nlisten = "127.0.0.1:8025"\n\n[send]')


@pytest.mark.parametrize(
    ("reviewed", "asked"), [("2025-11-21", False), ("2025-11-20", True), ("2026-11-21", False), ("2026-11-22", True)]
)
def test_statements_that_nobody_has_read_for_a_year_are_asked_about(tmp_path: Path, reviewed: str, asked: bool) -> None:
    found = warnings_of(written(tmp_path, LISTENING.replace("[teams.it]", f"[teams.it]\nreviewed = {reviewed}")))
    assert [path for path, _ in found] == (["teams.it.reviewed"] if asked else [])


def test_a_password_file_that_everybody_can_read_is_told(tmp_path: Path) -> None:
    secret = tmp_path / "smtp.password"
    secret.write_text("x\n")
    text = LISTENING.replace(
        'maildir = "outgoing"', '[send.smtp]\nhost = "m.example"\nuser = "u"\npassword_file = "smtp.password"'
    )
    secret.chmod(0o644)
    assert warnings_of(written(tmp_path, text)) == [
        ("send.smtp.password_file", f"every user of this machine can read the password; run: chmod 600 {secret}")
    ]
    secret.chmod(0o640)
    assert warnings_of(written(tmp_path, text)) == []


def test_what_is_probably_forgotten_is_told(tmp_path: Path) -> None:
    unused = LISTENING.replace("[teams.it]", '[hours.night]\nweek = { mon = ["20:00-22:00"] }\n\n[teams.it]')
    assert warnings_of(written(tmp_path, unused)) == [("hours.night", 'no team keeps the hours "night"')]
    assert [path for path, _ in warnings_of(written(tmp_path, GOOD))] == ["receive"]
    shared = LISTENING.replace('tag = "ACME"', 'tag = "ACME"\nreply_addresses = "acme.example"')
    assert [path for path, _ in warnings_of(written(tmp_path, shared))] == ["site.reply_addresses"]
    spoken = LISTENING.replace('tag = "ACME"', 'tag = "ACME"\nlanguage = "tlh"')
    assert [path for path, _ in warnings_of(written(tmp_path, spoken))] == ["site.language"]
    outside = LISTENING.replace("127.0.0.1:8025", "0.0.0.0:8025") + '\n[trust]\nauthserv_id = "mx.acme.example"\n'
    assert [path for path, _ in warnings_of(written(tmp_path, outside))] == ["trust.authserv_id"]
    assert warnings_of(written(tmp_path, outside + 'relays = ["192.0.2.10"]\n')) == []
    unasked = LISTENING + '\n[trust]\nnameservers = ["192.0.2.53"]\n'
    assert [path for path, _ in warnings_of(written(tmp_path, unasked))] == ["trust.nameservers"]
    open_secret = LISTENING + '\n[store]\nurl = "postgresql://u:pw@db/desk"\n'
    assert [path for path, _ in warnings_of(written(tmp_path, open_secret))] == ["store.url"]


def test_a_mailbox_that_says_for_whom_its_mail_is_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("secret\n")
    (tmp_path / "pw").chmod(0o600)
    box = '\n[[receive.imap]]\nname = "desk"\nhost = "m.example"\nuser = "u"\npassword_file = "pw"\nafter = "flag"\n'
    assert [path for path, _ in warnings_of(written(tmp_path, LISTENING + box))] == ["receive.imap[0]"]
    for said in ('aliases = ["it@acme.example"]', 'recipient_header = "Delivered-To"'):
        assert warnings_of(written(tmp_path, LISTENING + box + said)) == []


# ---------------------------------------------------------------------------------- finding the file


def test_the_file_that_was_named_wins_then_the_variable_then_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    named, by_variable = written(tmp_path, name="a.toml"), written(tmp_path, name="b.toml")
    assert find_config(str(named), {"DESKGATE_CONFIG": str(by_variable)}) == named
    assert find_config(None, {"DESKGATE_CONFIG": str(by_variable)}) == by_variable
    written(tmp_path)
    assert find_config(None, {}) == Path("deskgate.toml")


def test_a_file_that_was_named_but_is_not_there_is_never_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    for explicit, environment, origin in (
        ("x.toml", {}, "--config"),
        (None, {"DESKGATE_CONFIG": "x.toml"}, "$DESKGATE_CONFIG"),
    ):
        with pytest.raises(ConfigProblems, match=re.escape(f"x.toml: there is no such file (named by {origin})")):
            find_config(explicit, environment)


def test_without_any_configuration_the_message_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gateway.config.load.SYSTEM_FILE", tmp_path / "nowhere/deskgate.toml")
    with pytest.raises(ConfigProblems, match="deskgate init"):
        find_config(None, {})


# ---------------------------------------------------------------------------------- the example, bit by bit

EXAMPLE = HERE.parent / "config.example.toml"
OPTIONAL = re.compile(r"# (\[\[?[a-z.]+\]\]?|[A-Za-z_.\"-]+ = .+)$")


def optional_blocks() -> list[tuple[int, int]]:
    """The runs of commented-out settings in the example: first line and the one behind the last."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    marked = [bool(OPTIONAL.match(line)) for line in lines]
    starts = [n for n, yes in enumerate(marked) if yes and not (n and marked[n - 1])]
    return [(start, next((n for n in range(start, len(marked)) if not marked[n]), len(marked))) for start in starts]


def uncommented(blocks: list[tuple[int, int]]) -> str:
    """The example with these blocks put in; a setting that a block gives anew is taken out where it stood before."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for start, end in blocks:
        for number in range(start, end):
            lines[number] = lines[number].removeprefix("# ")
        again = "maildir = " if lines[start] == "[send.smtp]" else lines[start].partition("=")[0] + "= "
        for number in range(start - 1, -1, -1):
            if lines[number].startswith("[") and again != "maildir = ":
                break
            if lines[number].startswith(again):
                lines[number] = ""
                break
    return "\n".join(lines) + "\n"


def surroundings(folder: Path) -> dict[str, str]:
    """What the optional parts of the example need to be there; gives the environment."""
    written(folder, team("sales"), "teams/sales.toml")
    (folder / "texts").mkdir()
    for name in ("acme-ca.pem", "google-key.json"):
        (folder / name).write_text("")
    trustme.CA().issue_cert("desk.acme.example").private_key_and_cert_chain_pem.write_to_path(folder / "tls.pem")
    return {"DESKGATE_DB_PASSWORD": "x", "DESKGATE_SMTP_PASSWORD": "y", "DESKGATE_IMAP_SECRET": "z"}


def test_the_example_is_right_as_it_stands_and_serves_the_first_run(tmp_path: Path) -> None:
    settings = load(EXAMPLE, Moment(NOW, {}))
    root = EXAMPLE.parent
    assert settings.warnings == ()
    assert EXAMPLE.read_text(encoding="utf-8").startswith("#:schema ./deskgate.schema.json\n")
    assert settings.store.url == f"sqlite:///{root}/var/deskgate.db"
    assert [str(listener) for listener in settings.receive] == ["smtp 127.0.0.1:8025", "lmtp 127.0.0.1:8024"]
    assert settings.send.maildir == root / "var/outgoing"
    assert settings.keys_file == root / "var/keys.toml"
    assert list(settings.desk.teams) == ["it", "hr"]
    assert sum(len(rule.examples) for rule in settings.desk.rules) >= 2


@pytest.mark.parametrize("block", optional_blocks(), ids=lambda block: f"line-{block[0] + 1}")
def test_every_optional_part_of_the_example_is_right_when_it_is_put_in(tmp_path: Path, block: tuple[int, int]) -> None:
    loaded(written(tmp_path, uncommented([block])), surroundings(tmp_path))


def test_all_optional_parts_of_the_example_are_right_together(tmp_path: Path) -> None:
    assert len(optional_blocks()) >= 12
    settings = loaded(written(tmp_path, uncommented(optional_blocks())), surroundings(tmp_path))
    assert set(settings.desk.teams) == {"it", "hr", "sales"}
    assert settings.send.smtp is not None
    assert settings.store.url == "postgresql://deskgate:x@db.acme.example/deskgate"


def test_the_limits_shown_in_the_example_are_the_defaults(tmp_path: Path) -> None:
    plain = loaded(written(tmp_path))
    shown = EXAMPLE.read_text(encoding="utf-8").partition("# [limits]\n")[2].partition("\n\n")[0]
    settings = loaded(written(tmp_path, GOOD + "\n[limits]\n" + re.sub(r"^# ", "", shown, flags=re.M)))
    assert settings.limits == plain.limits
    assert settings.reader == plain.reader
    assert settings.desk.limits == plain.desk.limits


# ---------------------------------------------------------------------------------- whatever stands in the file

EXAMPLE_TEXT = EXAMPLE.read_text(encoding="utf-8")
SCRAPS = st.sampled_from(
    [
        "",
        '"',
        "[",
        "]]",
        "{",
        "}",
        "=",
        "\n",
        "[site]\n",
        "[[rules]]\n",
        "1",
        "true",
        "2026-11-01",
        "[]",
        "{}",
        "a.b = 1\n",
    ]
)


@given(st.lists(st.tuples(st.integers(0, len(EXAMPLE_TEXT)), st.integers(0, 30), SCRAPS), min_size=1, max_size=3))
@settings_of_hypothesis(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_configuration_is_refused_with_places_or_loaded_and_nothing_else(
    tmp_path: Path, damage: list[tuple[int, int, str]]
) -> None:
    text = EXAMPLE_TEXT
    for start, length, scrap in damage:
        text = text[:start] + scrap + text[start + length :]
    try:
        loaded(written(tmp_path, text))
    except ConfigProblems as wrong:
        assert wrong.problems
        for problem in wrong.problems:
            assert 1 <= problem.line <= text.count("\n") + 2
            assert problem.column >= 1
            assert problem.message
            assert "Input should" not in problem.message


def test_problems_are_told_once_each_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.replace('hours = "office"', 'hours = "ofice"').replace("Europe/London", "Mars").replace('"ACME"', "5")
    with pytest.raises(ConfigProblems) as raised:
        loaded(written(tmp_path, text))
    places = [(problem.line, problem.column) for problem in raised.value.problems]
    assert places == sorted(places)
    assert len(set(raised.value.problems)) == len(places) == 3


def test_a_file_that_cannot_be_read_is_told_without_a_trace(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblems, match="there is no such file"):
        load(tmp_path / "none.toml")
    with pytest.raises(ConfigProblems, match="cannot be read: is a directory"):
        load(tmp_path)
    deep = written(tmp_path, "a = " + "[" * 100_000)
    with pytest.raises(ConfigProblems, match="nested too deeply"):
        load(deep)
