"""From the configuration to a source of tokens: which provider, which grant, where the login is kept.

This is the door of the package: the IMAP source, the smarthost, `deskgate login` and `deskgate doctor` come in here and
see a TokenSource.  The libraries are imported when the first token is asked for, so that a site without OAuth needs none.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from gateway.config.settings import OAuth
from gateway.oauth.base import (
    SMTP,
    DeviceCode,
    Granted,
    PastedAddress,
    Provider,
    Purpose,
    TokenRefused,
    TokenSource,
    Who,
)
from gateway.oauth.google import Google
from gateway.oauth.keeping import LoginFile
from gateway.oauth.microsoft import Microsoft
from gateway.oauth.other import Other
from gateway.oauth.person import Person
from gateway.oauth.renewing import Renewing

NEEDED = {"microsoft": ("msal",), "google": ("google.auth", "google.oauth2"), "other": ()}
INSTALL = "python3 -m pip install 'deskgate[oauth]'"


def token_source(oauth: OAuth, user: str, mailbox: str, clock: Callable[[], float] = time.monotonic) -> TokenSource:
    """Tokens that open `user`'s mailbox.  One source for each mailbox, shared by all its connections.

    `mailbox` is its name in the configuration, or SMTP ("smtp") for the smarthost.
    """
    return Login(oauth, user, mailbox).source(clock)


@dataclass(frozen=True, slots=True)
class Login:
    """How one mailbox, or the smarthost, logs in."""

    oauth: OAuth
    user: str
    mailbox: str

    @property
    def who(self) -> Who:
        """For the words of problems."""
        return Who(self.mailbox, self.user, self.oauth.client_id, self.oauth.tenant)

    @property
    def by_person(self) -> bool:
        """Whether `deskgate login` has to be run: a person's login that the configuration does not give."""
        return self.oauth.grant == "person"

    def source(self, clock: Callable[[], float] = time.monotonic, *, quiet: bool = False) -> TokenSource:
        """Tokens, renewed in time.  `quiet`: what goes wrong is told by who asks, and not by the log."""
        if not self.by_person:
            return Renewing(lambda: self._provider().for_application(), clock, self.who, quiet=quiet)
        file = LoginFile(self.oauth.login_file, self.who)
        person: list[Person] = []

        def fetch() -> Granted:
            if not person:
                person.append(self._person(file))
            return person[0].fetch()

        return Renewing(fetch, clock, self.who, file.state, quiet=quiet)

    def begin(self) -> DeviceCode | PastedAddress:
        """Start the login of a person.  Raises TokenRefused or TokenUnavailable."""
        return self._provider().begin_login()

    def keep(self, granted: Granted) -> bool:
        """Keep what a person's login gave; False when the provider gave nothing that lasts.  Raises OSError."""
        return self._person(LoginFile(self.oauth.login_file, self.who)).keep(granted)

    def _person(self, file: LoginFile) -> Person:
        return Person(self._provider(), file, self.who, self.oauth.refresh_token)

    def _provider(self) -> Provider:
        self._require()
        match self.oauth.provider:
            case "microsoft":
                return Microsoft(self.oauth, self.who, self._purpose)
            case "google":
                return Google(self.oauth, self.who)
            case "other":
                return Other(self.oauth, self.who, self.oauth.scopes)

    @property
    def _purpose(self) -> Purpose:
        return "smtp" if self.mailbox == SMTP else "imap"

    def _require(self) -> None:
        """A missing library is what a person has to do something about.  Raises TokenRefused."""
        if missing := [name for name in NEEDED[self.oauth.provider] if not _there(name)]:
            words = f"the login of {self.who.place} needs a library that is not installed ({missing[0]}): {INSTALL}"
            raise TokenRefused(words, "not installed")


def _there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # not even the package it is in
        return False
