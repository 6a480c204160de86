"""A starting configuration: a few answers become a commented deskgate.toml that passes `deskgate check`.

Promise: an existing file is replaced only when asked to; what is written has been loaded and found right before it gets
its name.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from gateway.config import values
from gateway.config.load import load
from gateway.config.problems import ConfigProblems, Problem
from gateway.config.words import toml


@dataclass(frozen=True, slots=True)
class Answers:
    """What a desk needs to begin with: the site and its first team."""

    site: str
    timezone: str
    tag: str
    admin: str
    team: str
    aliases: tuple[str, ...]
    members: tuple[str, ...]
    helps_with: str
    meet: str
    days: str
    times: str
    first_reply: str


def suggested_tag(site: str) -> str:
    """A tag out of the site's name: ``Acme Ltd`` gives ``ACME``."""
    for word in site.upper().split():
        letters = "".join(c for c in word if c.isascii() and c.isalnum())
        if letters[:1].isalpha():
            return letters[:8]
    return "DESK"


def this_zone() -> str:
    """The machine's time zone, as far as it has a name."""
    for name in (os.environ.get("TZ", ""), str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")[2]):
        try:
            return values.zone(name)
        except values.Wrong:
            continue
    return "UTC"


def write(target: Path, answers: Answers, *, replace: bool) -> None:
    """Write the configuration.  Raises FileExistsError, or ConfigProblems if the answers do not go together."""
    if target.exists() and not replace:
        raise FileExistsError(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    draft.write_text(text_of(answers), encoding="utf-8")
    try:
        load(draft)
        if replace:
            draft.replace(target)
        else:
            os.link(draft, target)  # never replaces: another init may have been first
    except ConfigProblems as wrong:
        raise ConfigProblems([_renamed(problem, target) for problem in wrong.problems]) from wrong
    finally:
        draft.unlink(missing_ok=True)


def _renamed(problem: Problem, target: Path) -> Problem:
    return Problem(str(target), problem.line, problem.column, problem.path, problem.message, problem.suggestion)


def text_of(answers: Answers) -> str:
    """The file for these answers."""
    domain = answers.aliases[0].rpartition("@")[2].lower()
    return _TEXT.format(
        site=toml(answers.site),
        timezone=toml(answers.timezone),
        tag=_noted("tag", answers.tag, f"requests are called {answers.tag}-1042"),
        domain=_noted("domain", f"desk.{domain}", "stands in the Message-IDs of mails from Deskgate"),
        alias=answers.aliases[0],
        reply=answers.aliases[0].replace("@", "+t…@"),
        admins=_noted("admins", [answers.admin], "get the operator's mails, may act on every ticket"),
        domains=_noted("domains", [domain], "colleagues write from here"),
        week=toml({answers.days: [part.strip() for part in answers.times.split(",")]}),
        key=key_of(answers.aliases[0]),
        team=toml(answers.team),
        aliases=toml(list(answers.aliases)),
        helps_with=toml(answers.helps_with),
        meet=toml(answers.meet),
        members=toml(list(answers.members)),
        first_reply=_noted("first_reply", {"normal": answers.first_reply}, "8h: opening time; 3d: working days"),
    )


def _noted(name: str, value: object, note: str) -> str:
    """A setting with a remark, in line with the others."""
    return f"{name} = {toml(value)}".ljust(41) + f" # {note}"


def key_of(alias: str) -> str:
    """A team's short name out of its alias: ``IT.Help@acme.example`` gives ``it-help``."""
    local = alias.rpartition("@")[0]
    try:
        return values.key(local)
    except values.Wrong as wrong:
        return wrong.suggestion or "team"


_TEXT = """\
#:schema ./deskgate.schema.json
#
# The configuration of Deskgate.  deskgate check tells what is wrong with it, deskgate run runs it.
# Paths are relative to this file.  What else can be set stands in config.example.toml and docs/configuration.md.

[site]
name = {site}
timezone = {timezone}
{tag}
{domain}
# Replies go to {reply}; if your mail server does not deliver such addresses, write "none".
reply_addresses = "subaddress"
{admins}

[store]
url = "sqlite:///var/deskgate.db"

[[receive.smtp]]
listen = "127.0.0.1:8025"                 # for mail servers; 0.0.0.0:25 to take mail from everywhere

[[receive.lmtp]]
listen = "127.0.0.1:8024"                 # for a mail server on this machine

[send]
maildir = "var/outgoing"                  # every mail becomes a file here: good for trying things out
# The real thing: take out the line above and put the marks off these.
# [send.smtp]
# host = "smtp.example.com"
# port = 587
# tls = "starttls"
# user = "deskgate"
# password_file = "smtp.password"

[trust]
{domains}

[hours.office]
week = {week}
# holidays = "GB-ENG"                     # public holidays of a country or region
# exceptions = {{ 2026-12-24 = ["09:00-12:00"] }}

# The four statements of a team (helps_with, hours, meet, turnaround) go into the first answer that everybody gets, word
# for word; so write them for somebody who is waiting for help.

[teams.{key}]
name = {team}
aliases = {aliases}
hours = "office"
helps_with = {helps_with}
meet = {meet}
# urgent = "If nobody in a room can work, call 1234."
members = {members}

[teams.{key}.turnaround]
{first_reply}

# Rules send mail elsewhere than to the team it is addressed to.  Their examples are tried at every load.
# [[rules]]
# name = "Payroll questions that reach IT"
# [rules.when]
# subject.word = ["payroll", "payslip"]
# [rules.then]
# tags = ["payroll"]
# [[rules.examples]]
# to = "{alias}"
# subject = "My payslip is wrong"
# expect = {{ tags = ["payroll"] }}
"""
