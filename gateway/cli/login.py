"""``deskgate login``: a person agrees that Deskgate opens a mailbox, and the login is tried at once."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.common import EX_TEMPFAIL, EX_USAGE, Complaint, config_option, settings_of
from gateway.config.settings import Mailbox, OAuth, Settings, Smarthost

if TYPE_CHECKING:
    from gateway.oauth.base import DeviceCode, Granted, PastedAddress, TokenSource
    from gateway.oauth.wiring import Login

SMTP = "smtp"
MINUTE = 60.0
WAIT_MINUTES = 15
PASTES = 3
"""How often a wrong address may be pasted."""
LARGEST_ANSWER = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Place:
    """What is logged in to: a mailbox or the smarthost."""

    name: str
    user: str
    server: str
    oauth: OAuth | None
    mailbox: Mailbox | None = None
    smarthost: Smarthost | None = None


@click.command()
@click.argument("mailbox", metavar="MAILBOX")
@click.option(
    "--wait",
    "minutes",
    type=click.IntRange(1, 60),
    default=WAIT_MINUTES,
    show_default=True,
    metavar="MINUTES",
    help="How long to wait for the person to agree.",
)
@click.option("--check", "only_check", is_flag=True, help="Start no new login: try the one there is.")
@config_option
def login(mailbox: str, minutes: int, only_check: bool, config: Path | None) -> None:
    """Log in to MAILBOX (its name, by default its user; "smtp" for the smarthost), and try the login at once.

    Shows a page and a code.  Open the page on any computer, type the code, log in and agree; Deskgate keeps what it is
    given and renews it by itself.  Where an application or a service account logs in, nobody has to: then this only
    tries it.
    """
    place = _place(settings_of(config), mailbox)
    if place.oauth is None:
        if not place.user:
            raise Complaint("the configuration gives the smarthost no user, so there is nothing to log in with")
        click.echo(f"{place.name}: logs in with a password, so no login by a person is needed.")
        _try_server(place, None)
        return
    from gateway.oauth.base import TokenRefused, TokenUnavailable
    from gateway.oauth.wiring import Login

    way = Login(place.oauth, place.user, place.name)
    try:
        if not way.by_person:
            click.echo(f"{place.name}: logs in as {place.oauth.grant}, so no login by a person is needed.")
        elif not only_check:
            _keep(way, place, _granted(way.begin(), minutes))
        source = way.source(quiet=True)
        source.token()
    except TokenRefused as refused:
        raise Complaint(refused.advice) from None
    except TokenUnavailable as problem:
        raise Complaint(f"{problem.why}; try again later", EX_TEMPFAIL) from None
    click.echo("The provider gives access tokens.")
    _try_server(place, source)


def _place(settings: Settings, name: str) -> _Place:
    for found in settings.mailboxes:
        if found.name == name:
            return _Place(name, found.user, found.host, found.oauth, found)
    smtp = settings.send.smtp
    if name == SMTP and smtp is not None:
        return _Place(name, smtp.user or "", smtp.host, smtp.oauth, smarthost=smtp)
    names = [one.name for one in settings.mailboxes] + ([SMTP] if smtp is not None else [])
    known = f"there is {', '.join(names)}" if names else "the configuration has none"
    raise Complaint(f"there is no mailbox called {name!r}; {known}", EX_USAGE)


# ------------------------------------------------------------------------------------------------ the person


def _granted(question: DeviceCode | PastedAddress, minutes: int) -> Granted:
    from gateway.oauth.base import DeviceCode

    return _by_code(question, minutes) if isinstance(question, DeviceCode) else _by_address(question)


def _by_code(question: DeviceCode, minutes: int) -> Granted:
    """Wait until the person has agreed, at most as long as asked for and as the code is good."""
    from gateway.oauth.base import TokenUnavailable

    click.echo(f"Open this page in a browser, on any computer:\n\n    {question.url}\n")
    click.echo(f"and type this code:\n\n    {question.code}\n")
    until = time.monotonic() + min(minutes * MINUTE, question.expires_in)
    pause = question.interval
    while _waited(pause, until):
        try:
            granted = question.poll()
        except TokenUnavailable as problem:  # a moment without network must not end a login half made
            pause = max(question.interval, problem.retry_after)
            continue
        if granted is not None:
            _progress("")
            return granted
        pause = question.interval
    raise Complaint("nobody has agreed in time; nothing was changed")


def _waited(seconds: float, until: float) -> bool:
    """Wait, with a line that says how long there is still time; False when there is none left."""
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        if now >= until:
            _progress("")
            return False
        left = int(until - now)
        _progress(f"waiting for you to agree … {left // 60}:{left % 60:02d} left (Ctrl-C gives up)")
        time.sleep(min(1.0, end - now))
    return True


def _progress(line: str) -> None:
    """One line that is written over, at a terminal; elsewhere nothing."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{line}", nl=False, err=True)


def _by_address(question: PastedAddress) -> Granted:
    click.echo(f"Open this page in a browser, on any computer, log in and agree:\n\n    {question.url}\n")
    click.echo(
        "The browser then says that a page at 127.0.0.1 cannot be opened.  That is as it should be: copy the whole"
    )
    click.echo("address of that page from the browser's address bar and paste it here.\n")
    for _ in range(PASTES):
        try:
            return question.redeem(click.prompt("Address", type=str))
        except ValueError as problem:
            click.echo(f"That does not fit: {problem}.", err=True)
        except click.Abort:
            raise Complaint("no address was given; nothing was changed") from None
    raise Complaint("no fitting address was given; nothing was changed")


def _keep(way: Login, place: _Place, granted: Granted) -> None:
    file = way.oauth.login_file
    try:
        kept = way.keep(granted)
    except OSError as problem:
        reason = (problem.strerror or type(problem).__name__).lower()
        raise Complaint(f"the login cannot be kept in {file}: {reason}") from problem
    if not kept:
        raise Complaint(
            "the provider gave a login that ends within the hour (no refresh token): allow the application offline access,"
            " and where the provider wants it add offline_access to scopes"
        )
    click.echo(f"Kept in {file}.  A running daemon takes it up by itself.")
    if granted.account and granted.account.casefold() != place.user.casefold():
        click.echo(
            f"Note: {granted.account} logged in, and the mailbox is {place.user}.  That is right for a shared mailbox to"
            " which this account has full access; else log in again with the right account."
        )


# ------------------------------------------------------------------------------------------------ the server


def _try_server(place: _Place, source: TokenSource | None) -> None:
    """Log in to the server as the daemon will."""
    if place.mailbox is not None:
        _try_mailbox(place.mailbox, source)
    elif place.smarthost is not None:
        _try_smarthost(place, place.smarthost)
    click.echo(f"All is well: {place.server} lets {place.user} in.")


def _try_mailbox(mailbox: Mailbox, source: TokenSource | None) -> None:
    from gateway.sources.imap.connection import Connection
    from gateway.sources.imap.errors import LoginRefused, MailboxError
    from gateway.sources.imap.login import log_in

    connection: Connection | None = None
    try:
        connection = Connection(mailbox, LARGEST_ANSWER)
        log_in(connection, mailbox, source)
    except LoginRefused as refused:
        raise Complaint(str(refused)) from None
    except MailboxError as problem:
        raise Complaint(f"the mail server could not be asked: {problem}", EX_TEMPFAIL) from None
    finally:
        if connection is not None:
            connection.close()


def _try_smarthost(place: _Place, host: Smarthost) -> None:
    import asyncio

    from gateway.delivery.link import Link
    from gateway.delivery.opening import Refused
    from gateway.delivery.smarthost import client_context
    from gateway.delivery.wiring import smarthost_of
    from gateway.oauth.advice import login_refused

    way = smarthost_of(host, "localhost")

    async def there_and_back() -> None:
        link = Link(way, client_context(way))
        await link.open()
        await link.quit()

    try:
        asyncio.run(there_and_back())
    except Refused as refused:
        if refused.result.cause == "login":
            advice = f". {login_refused(host.oauth, place.user, SMTP)}" if host.oauth else ""
            raise Complaint(f"{place.server}: {refused.result.reply}{advice}") from None
        raise Complaint(f"the smarthost could not be asked: {refused.result.reply}", EX_TEMPFAIL) from None
