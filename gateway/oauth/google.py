"""Google Workspace and Gmail, by google-auth: a service account that acts for the user, or a person's refresh token.

Google gives no device codes for mail.  Its login is the one for programs without a web address of their own: the
browser ends at a page on this very computer that need not exist, and the person brings that page's address back
(RFC 8252 7.3, with PKCE, RFC 7636).
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from gateway.config.settings import OAuth
from gateway.oauth.advice import judge
from gateway.oauth.base import DeviceCode, Granted, PastedAddress, TokenRefused, TokenUnavailable, Who
from gateway.oauth.http import DEFAULT_WAIT, Http
from gateway.oauth.other import Other, granted_of

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

SCOPES = ("https://mail.google.com/",)
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
LOGIN_URL = "https://accounts.google.com/o/oauth2/v2/auth"
BACK_URL = "http://127.0.0.1:1"
"""Where the browser ends: nothing listens there, on purpose."""
LARGEST_KEY = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer in the shape google-auth expects."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    data: bytes = field(repr=False)


class _Transport:
    """Our HTTP in the shape google-auth expects."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_unused: object,
    ) -> _Answer:
        done = self._http.post(url, data=body, headers=headers) if method == "POST" else self._http.get(url)
        return _Answer(done.status_code, done.headers, done.text.encode())


class Google:
    """Tokens from Google."""

    def __init__(self, oauth: OAuth, who: Who) -> None:
        self._oauth, self._who = oauth, who
        self._secret = oauth.secret.reveal() if oauth.secret else ""
        self._scopes = list(oauth.scopes or SCOPES)
        self._token_url = oauth.token_url or TOKEN_URL

    def for_application(self) -> Granted:
        """The service account of the key file acts for the user (domain-wide delegation)."""
        from google.oauth2.service_account import Credentials

        key = self._key()
        who = replace(self._who, client_id=str(key.get("client_id", "")) or self._who.client_id)
        try:
            account = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                {**key, "token_uri": self._oauth.token_url or key.get("token_uri") or TOKEN_URL},
                scopes=self._scopes,
                subject=self._who.user,
            )
        except (ValueError, TypeError, AttributeError):
            raise self._bad_key("is no key of a service account") from None
        return self._refreshed(account, who)

    def by_refresh_token(self, refresh_token: str) -> Granted:
        """A person who has logged in before."""
        from google.oauth2.credentials import Credentials

        person = Credentials(  # type: ignore[no-untyped-call]
            None,
            refresh_token=refresh_token,
            token_uri=self._token_url,
            client_id=self._oauth.client_id,
            client_secret=self._secret,
            scopes=self._scopes,
        )
        granted = self._refreshed(person, self._who, refresh_token)
        return replace(granted, refresh_token=person.refresh_token)

    def begin_login(self) -> DeviceCode | PastedAddress:
        """The page on which the person agrees; with a device_url of one's own a device code."""
        if self._oauth.device_url:
            return Other(replace(self._oauth, token_url=self._token_url), self._who, tuple(self._scopes)).begin_login()
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        question = {
            "client_id": self._oauth.client_id,
            "redirect_uri": BACK_URL,
            "response_type": "code",
            "scope": " ".join(self._scopes),
            "access_type": "offline",  # with it and "consent" there is a refresh token, every time
            "prompt": "consent",
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "login_hint": self._who.user,
        }
        return PastedAddress(f"{LOGIN_URL}?{urlencode(question)}", self._redeemer(state, verifier))

    def _redeemer(self, state: str, verifier: str) -> Callable[[str], Granted]:
        def redeem(address: str) -> Granted:
            found = parse_qs(urlsplit(address.strip()).query)
            if "error" in found:
                raise judge("google", {"error": found["error"][0]}, self._who)
            if not (code := found.get("code", [""])[0]) or found.get("state") != [state]:
                raise ValueError("this is not the address at which the browser ended after this login")
            form = {
                "grant_type": "authorization_code",
                "code": code,
                "client_id": self._oauth.client_id,
                "client_secret": self._secret,
                "redirect_uri": BACK_URL,
                "code_verifier": verifier,
            }
            said = Http(self._oauth.ca_file).post(self._token_url, data=form).document
            return granted_of("google", said, self._who, (self._secret, code, verifier))

        return redeem

    def _key(self) -> dict[str, object]:
        file = self._oauth.key_file
        if file is None:
            raise TokenRefused(f"Google gives {self._who.place} a token without a person only by a key_file")
        try:
            with file.open("rb") as opened:
                key = json.loads(opened.read(LARGEST_KEY))
        except OSError as problem:
            raise self._bad_key(f"cannot be read: {(problem.strerror or 'it is unreadable').lower()}") from problem
        except (ValueError, RecursionError):
            raise self._bad_key("is not JSON") from None
        if not isinstance(key, dict) or key.get("type") != "service_account":
            raise self._bad_key("is no key of a service account")
        return key

    def _bad_key(self, why: str) -> TokenRefused:
        return TokenRefused(
            f"the key file of {self._who.place}, {self._oauth.key_file}, {why}; the Google Cloud console gives one under"
            " IAM & Admin, Service Accounts, Keys, Add key, JSON",
            "key_file",
        )

    def _refreshed(self, login: Credentials, who: Who, sent: str = "") -> Granted:
        from google.auth.exceptions import GoogleAuthError

        http = Http(self._oauth.ca_file)
        try:
            login.refresh(_Transport(http))  # type: ignore[no-untyped-call]
        except GoogleAuthError:
            if http.last is not None and http.last.status_code >= 400:
                raise judge("google", http.last.document, who, (self._secret, sent)) from None
            raise TokenUnavailable("the answer of Google's token server is not understood", DEFAULT_WAIT) from None
        except (ValueError, TypeError, LookupError):
            raise TokenUnavailable("the answer of Google's token server is not understood", DEFAULT_WAIT) from None
        if not isinstance(login.token, str):
            raise TokenUnavailable("Google's token server gave no token", DEFAULT_WAIT)
        now = datetime.now(UTC).replace(tzinfo=None)  # google-auth's moments have no zone and mean UTC
        return Granted(login.token, (login.expiry - now).total_seconds() if login.expiry else 0.0)
