"""The words of this package: what a source of tokens is, what a provider gives, and the two ways it can fail.

Promise: no token, password or code is ever in an exception's text or in the repr of a value here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from shlex import quote
from typing import Literal, Protocol

Purpose = Literal["imap", "smtp"]
"""What the token opens: a mailbox that is read, or the smarthost that mail is sent by."""

SMTP = "smtp"
"""What the smarthost is called in `deskgate login smtp`."""


class TokenRefused(Exception):
    """No token until a person does something; `advice` says what, in words that name the mailbox.

    `code` is what the provider calls it, for example AADSTS7000222 or invalid_grant.
    """

    def __init__(self, advice: str, code: str = "") -> None:
        super().__init__(advice)
        self.advice = advice
        self.code = code


class TokenUnavailable(Exception):
    """No token now, but perhaps later by itself: `why`, and the seconds to wait before it is worth asking again."""

    def __init__(self, why: str, retry_after: float) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after = retry_after


class TokenSource(Protocol):
    """Gives access tokens; any thread may ask."""

    def token(self) -> str:
        """A token that is valid now.  Blocks while a new one is asked for, at most about two minutes.

        Raises TokenRefused or TokenUnavailable.  The source has written a refusal to the log, once: who asks tells only
        its own state.
        """
        ...

    def forget(self, token: str | None = None) -> None:
        """The server did not take this token (None: whichever it was): the next `token()` asks for a new one.

        A token that has been replaced since is not missed, so that ten connections which are refused at once lead to
        one question and not to ten.
        """
        ...


@dataclass(frozen=True, slots=True)
class Who:
    """For whom a token is wanted; what the sentences of `advice.py` may name."""

    mailbox: str
    """The mailbox's name in the configuration, or "smtp"."""
    user: str
    client_id: str
    tenant: str

    @property
    def place(self) -> str:
        """How a sentence calls it."""
        return "the smarthost" if self.mailbox == SMTP else f"mailbox {self.mailbox}"

    @property
    def command(self) -> str:
        """The command with which a person logs in."""
        return f"deskgate login {quote(self.mailbox)}"


@dataclass(frozen=True, slots=True)
class Granted:
    """What a provider gave.  `expires_in` is seconds from now."""

    access_token: str = field(repr=False)
    expires_in: float
    refresh_token: str | None = field(default=None, repr=False)
    account: str = ""
    """Who logged in, as far as the provider says it."""


@dataclass(slots=True)
class DeviceCode:
    """A person opens `url` on any device and types `code` (RFC 8628).  Times are seconds."""

    url: str
    code: str = field(repr=False)
    expires_in: float
    interval: float
    """How long to wait between two calls of `poll`; `poll` makes it longer when it is told to slow down."""
    ask: Callable[[DeviceCode], Granted | None] = field(repr=False)

    def poll(self) -> Granted | None:
        """What was granted; None while the person is not done.  Raises TokenRefused or TokenUnavailable."""
        return self.ask(self)


@dataclass(frozen=True, slots=True)
class PastedAddress:
    """A person opens `url`, agrees, and brings back the address that the browser ends at (RFC 8252 7.3)."""

    url: str
    redeem: Callable[[str], Granted] = field(repr=False)
    """Takes that address.  Raises ValueError (it is not the right one), TokenRefused or TokenUnavailable."""


class Provider(Protocol):
    """Somebody who gives tokens.  All methods block for bounded time and raise TokenRefused or TokenUnavailable."""

    def for_application(self) -> Granted:
        """A token without a person: client credentials, or a service account acting for the user."""
        ...

    def by_refresh_token(self, refresh_token: str) -> Granted:
        """A token for a person who has logged in before.  A new refresh token replaces the old one."""
        ...

    def begin_login(self) -> DeviceCode | PastedAddress:
        """Start the login of a person."""
        ...
