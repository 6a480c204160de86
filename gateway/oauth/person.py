"""A person's login in use: the refresh token from the login file or the configuration, turned into an access token.

Whoever asks holds the login's lock, so that of several processes one after another uses the newest refresh token; a new
one is written before the access token is handed out.
"""

from __future__ import annotations

import structlog

from gateway.config.secrets import Secret
from gateway.oauth.base import Granted, Provider, TokenRefused, Who
from gateway.oauth.keeping import Kept, LoginFile, mark_of

log = structlog.get_logger("oauth")


class Person:
    """Asks `provider` for tokens on behalf of the person who logged in.  `seed` is a refresh token of the configuration."""

    def __init__(self, provider: Provider, file: LoginFile, who: Who, seed: Secret | None) -> None:
        self._provider, self._file, self._who = provider, file, who
        self._seed = seed.reveal() if seed else None
        self._unsaved: Kept | None = None

    def fetch(self) -> Granted:
        """An access token.  Raises TokenRefused or TokenUnavailable."""
        with self._file.locked():
            kept = self._current()
            granted = self._provider.by_refresh_token(kept.refresh_token)
            if granted.refresh_token and granted.refresh_token != kept.refresh_token:
                self._save(granted.refresh_token)
            elif self._unsaved is not None:
                self._save(self._unsaved.refresh_token)
        return granted

    def keep(self, granted: Granted) -> bool:
        """Keep a fresh login; False when there is nothing to keep in it.  Raises OSError."""
        if not granted.refresh_token:
            return False
        with self._file.locked():
            self._file.write(self._kept(granted.refresh_token))
        return True

    def _kept(self, refresh_token: str) -> Kept:
        return Kept(refresh_token, self._who.client_id, mark_of(self._seed))

    def _current(self) -> Kept:
        kept = self._unsaved or self._file.read()
        if self._seed is not None and (kept is None or kept.seed != mark_of(self._seed)):
            return self._kept(self._seed)
        if kept is None:
            raise TokenRefused(f"nobody has logged in for {self._who.place} yet: run {self._who.command}", "no login")
        if kept.client_id != self._who.client_id:
            raise TokenRefused(
                f"the login of {self._who.place} was made for another client_id: run {self._who.command}", "no login"
            )
        return kept

    def _save(self, refresh_token: str) -> None:
        """Write it; where that fails it is kept in memory and tried again next time, and the log says so."""
        kept = self._kept(refresh_token)
        try:
            self._file.write(kept)
        except OSError as problem:
            if self._seed is None or self._unsaved is None:
                reason = problem.strerror or type(problem).__name__
                log.error("login not saved", mailbox=self._who.mailbox, file=str(self._file.path), why=reason)
            self._unsaved = kept
        else:
            self._unsaved = None
