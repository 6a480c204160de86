"""From a configuration in which everything is right to the values that the rooms want.

Nothing is checked here any more; what still can fail is what only the finished desk shows: a rule's example that comes
out otherwise, and a team whose promise can never fall due.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path as FilePath
from urllib.parse import quote

from gateway.config import model_block, model_mail, models, values
from gateway.config.files import Document
from gateway.config.locate import Path
from gateway.config.mailboxes import SMARTHOST, mailbox_of, oauth_of
from gateway.config.outside import SQLITE, THIS_MACHINE, Environment, absolute, password_of, without_password
from gateway.config.problems import Problem
from gateway.config.secrets import Secret
from gateway.config.settings import (
    Listener,
    Protocol,
    ReaderLimits,
    ReceiveLimits,
    Send,
    Settings,
    Smarthost,
    Store,
    Tls,
)
from parsers.limits import Limits as ReadingLimits
from parsers.message import comparable
from routing.alignment import as_compared
from routing.blocking import Block
from routing.conditions import build as conditions_of
from routing.hours import Hours, Shift, holiday_dates
from routing.promise import due
from routing.router import run_examples
from routing.rules import Example, Rule
from routing.teams import Desk, Limits, NotHere, Site, Team, Trust, Turnaround

PORTS: dict[Tls, int] = {"starttls": 587, "tls": 465, "none": 25}
"""Submission, submissions (RFC 8314), and plain SMTP."""


def build(document: Document, found: models.Configuration, today: date, environment: Environment) -> Settings:
    """The settings of a configuration that passed every check."""
    url = database_url(document, found.store, environment)
    keys_file = _keys_file(document, found, url)
    return Settings(
        file=document.main.path,
        files=tuple(source.path for source in document.sources),
        revision=document.revision,
        desk=_desk(document, found, today),
        store=Store(url, without_password(url), found.store.unsafe_async),
        receive=tuple(_listeners(document, found.receive)),
        mailboxes=tuple(mailbox_of(document, one, keys_file, environment) for one in found.receive.imap),
        send=_send(document, found.send, keys_file, environment),
        keys_file=keys_file,
        templates_folder=absolute(document, found.templates.folder) if found.templates.folder else None,
        limits=_limits(found.limits),
        reader=ReaderLimits(
            memory=found.limits.reader_memory,
            cpu_seconds=int(found.limits.reader_cpu.total_seconds()),
            wall_seconds=found.limits.reader_time.total_seconds(),
        ),
        readers=found.limits.readers,
        nameservers=tuple(found.trust.nameservers),
        metrics=(found.metrics.listen.host, found.metrics.listen.port) if found.metrics else None,
    )


def promise_problems(document: Document, desk: Desk, now: datetime) -> Iterator[Problem]:
    """Teams that are never open, and promises that would not fall due within 400 days."""
    for team in desk.teams.values():
        yield from _never_due(document, team, now)


def example_problems(document: Document, desk: Desk) -> Iterator[Problem]:
    """Examples of rules that come out otherwise."""
    places = dict(_example_places(desk.rules))
    for failure in run_examples(desk.rules, desk):
        yield document.problem(places[failure.rule.name, failure.line], failure.message)


def _never_due(document: Document, team: Team, now: datetime) -> Iterator[Problem]:
    if team.hours.next_opening(now) is None:
        path: Path = ("teams", team.key, "hours")
        yield document.problem(path, "with these hours the team is not open once in the next 400 days")
        return
    for name, promised in (("first_reply", team.turnaround.first_reply), ("resolve", team.turnaround.resolve)):
        for priority, duration in promised.items():
            if due(team.hours, now, duration).at is None:
                words = f"{duration} of this team's opening time take longer than 400 days; nobody waits that long"
                yield document.problem(("teams", team.key, "turnaround", name, priority), words)


def _example_places(rules: tuple[Rule, ...]) -> Iterator[tuple[tuple[str, int], Path]]:
    for number, rule in enumerate(rules):
        for index, example in enumerate(rule.examples):
            yield (rule.name, example.line), ("rules", number, "examples", index, "expect")


def _desk(document: Document, found: models.Configuration, today: date) -> Desk:
    hours = {name: _hours(one, found.site.timezone, today) for name, one in found.hours.items()}
    limits = found.limits
    return Desk(
        site=Site(
            name=found.site.name,
            zone=found.site.timezone,
            tag=found.site.tag,
            domain=found.site.domain,
            admins=tuple(found.site.admins),
            language=found.site.language,
            reply_addresses=found.site.reply_addresses,
            web_url=found.site.web_url or "",
        ),
        teams={key: _team(key, team, hours[team.hours], found.site.language) for key, team in found.teams.items()},
        rules=tuple(_rule(document, number, rule) for number, rule in enumerate(found.rules)),
        trust=Trust(
            frozenset(found.trust.domains),
            tuple(found.trust.relays),
            found.trust.authserv_id,
            found.trust.check_senders,
            frozenset(as_compared(domain) for domain in found.trust.arc_sealers),
        ),
        limits=Limits(
            acks_per_address_hour=limits.acks_per_address_hour,
            acks_per_address_day=limits.acks_per_address_day,
            acks_per_domain_hour=limits.acks_per_domain_hour,
            acks_per_site_hour=limits.acks_per_site_hour,
            mute_after=limits.mute_after,
            machine_after=limits.machine_after,
            same_text_hour=limits.same_text_hour,
            tickets_per_sender_hour=limits.tickets_per_sender_hour,
            auto_notices_per_sender_hour=limits.auto_notices_per_sender_hour,
            bad_tokens_per_client_hour=limits.bad_tokens_per_client_hour,
            held_notice_every=limits.held_notice_every,
        ),
        block=_block(found.block),
        reading=_reading(limits),
    )


def _block(found: model_block.Block) -> Block:
    """The block list in comparable form."""
    dotted = (("." if one.startswith(".") else "", one.lstrip(".")) for one in found.domains)
    return Block(
        senders=frozenset(comparable(one) for one in found.senders),
        domains=frozenset(dot + comparable(f"x@{name}").removeprefix("x@") for dot, name in dotted),
        refuse=found.at == "refuse",
    )


def _reading(found: models.Limits) -> ReadingLimits:
    """How much of one mail is looked at."""
    return ReadingLimits(
        header_bytes=found.header_size,
        fields=found.header_fields,
        depth=found.mime_depth,
        parts=found.mime_parts,
        field_bytes=found.field_size,
        address_field_bytes=found.address_field_size,
        addresses=found.addresses,
        encoded_words=found.encoded_words,
        citations=found.references,
        text_chars=found.text_length,
        strip_chars=found.quote_length,
        strip_lines=found.quote_lines,
        attachments=found.attachments,
    )


def _hours(found: models.Hours, zone: str, today: date) -> Hours:
    """Opening hours with the holidays of last year, this and the next; exceptions win over holidays."""
    week = {day: tuple(shifts) for days, shifts in found.week.items() for day in values.days(days)}
    years = (today.year - 1, today.year, today.year + 1)
    names = {day: name for code in found.holidays for day, name in holiday_dates(code, years).items()}
    exceptions: dict[date, tuple[Shift, ...]] = dict.fromkeys(names, ())
    exceptions.update({day: tuple(shifts) for day, shifts in found.exceptions.items()})
    closed = {day: name for day, name in names.items() if not exceptions[day]}
    return Hours(found.timezone or zone, week, exceptions, closed)


def _team(key: str, found: models.Team, hours: Hours, language: str) -> Team:
    return Team(
        key=key,
        name=found.name,
        aliases=tuple(found.aliases),
        hours=hours,
        helps_with=found.helps_with,
        meet=found.meet,
        turnaround=Turnaround(dict(found.turnaround.first_reply), dict(found.turnaround.resolve)),
        members=tuple(found.members),
        lead=found.lead,
        not_here=tuple(NotHere(one.topic, one.team) for one in found.not_here),
        urgent=found.urgent or "",
        confidential=found.confidential,
        acknowledge=found.acknowledge,
        after_reply=found.after_reply,
        reply_to_closed=found.reply_to_closed,
        reopen_within=found.reopen_within,
        language=found.language or language,
        reviewed=found.reviewed,
    )


def _rule(document: Document, number: int, found: models.Rule) -> Rule:
    source, _, position = document.place(("rules", number))
    return Rule(
        name=found.name,
        conditions=conditions_of(found.when),
        team=found.then.team,
        tags=tuple(found.then.tags),
        priority=found.then.priority,
        helpers=tuple(found.then.helpers),
        stop=found.then.stop,
        quarantine=found.then.quarantine,
        file=source.shown,
        line=position.line,
        examples=tuple(
            _example(one, document.place(("rules", number, "examples", index))[2].line)
            for index, one in enumerate(found.examples)
        ),
    )


def _example(found: models.Example, line: int) -> Example:
    return Example(
        to=tuple(found.to),
        from_=found.from_ or "",
        subject=found.subject,
        body=found.body,
        headers=tuple(found.headers.items()),
        expect_team=found.expect.team,
        expect_tags=tuple(found.expect.tags),
        expect_priority=found.expect.priority,
        expect_quarantine=found.expect.quarantine,
        line=line,
    )


def _listeners(document: Document, found: model_mail.Receive) -> Iterator[Listener]:
    kinds: tuple[tuple[Protocol, list[model_mail.Listener]], ...] = (("smtp", found.smtp), ("lmtp", found.lmtp))
    for protocol, listeners in kinds:
        for one in listeners:
            cert = absolute(document, one.tls_cert) if one.tls_cert else None
            key = absolute(document, one.tls_key) if one.tls_key else None
            yield Listener(protocol, one.listen.host, one.listen.port, cert, key)


def _send(document: Document, found: model_mail.Send, keys_file: FilePath, environment: Environment) -> Send:
    return Send(
        maildir=absolute(document, found.maildir) if found.maildir else None,
        smtp=_smarthost(document, found.smtp, keys_file, environment) if found.smtp else None,
        ack_envelope=found.ack_envelope,
        give_up_after=found.give_up_after,
    )


def _smarthost(
    document: Document, found: model_mail.Smarthost, keys_file: FilePath, environment: Environment
) -> Smarthost:
    tls: Tls = found.tls or ("none" if found.host in THIS_MACHINE else "starttls")
    return Smarthost(
        host=found.host,
        port=found.port or PORTS[tls],
        tls=tls,
        user=found.user,
        password=_password(document, found, environment),
        max_connections=found.max_connections,
        ca_file=absolute(document, found.ca_file) if found.ca_file else None,
        oauth=oauth_of(document, found.oauth, SMARTHOST, keys_file, environment) if found.oauth else None,
    )


def _password(
    document: Document, found: model_mail.Smarthost | models.Store, environment: Environment
) -> Secret | None:
    return password_of(document, found.password_file, found.password_env, environment)


def database_url(document: Document, found: models.Store, environment: Environment) -> str:
    """The URL with an absolute file, or with the password in it."""
    if found.url.startswith(SQLITE):
        return f"{SQLITE}{absolute(document, found.url.removeprefix(SQLITE))}"
    secret = _password(document, found, environment)
    return found.url if secret is None else with_password(found.url, secret)


def with_password(url: str, secret: Secret) -> str:
    """A URL with the password behind its user."""
    scheme, _, rest = url.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}:{quote(secret.reveal(), safe='')}{at or '@'}{host}"


def _keys_file(document: Document, found: models.Configuration, url: str) -> FilePath:
    if found.keys.file:
        return absolute(document, found.keys.file)
    database = FilePath(url.removeprefix(SQLITE))
    return (database.parent if url.startswith(SQLITE) else document.main.path.parent) / "keys.toml"


def _limits(found: models.Limits) -> ReceiveLimits:
    return ReceiveLimits(
        message_bytes=found.message_size,
        line_bytes=found.line_length,
        recipients=found.recipients,
        connections=found.connections,
        connections_per_address=found.connections_per_address,
        command_seconds=found.command_timeout.total_seconds(),
        data_seconds=found.data_timeout.total_seconds(),
        session_seconds=found.session_timeout.total_seconds(),
        min_free_bytes=found.min_free,
    )
