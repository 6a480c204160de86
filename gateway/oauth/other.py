"""Any other provider that keeps to the standards: client credentials, refresh token (RFC 6749), device code (RFC 8628).

The three are a form post each.  A client with a secret says it by HTTP Basic, which every provider must take (RFC 6749
2.3.1), and once more in the form where a provider does not.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from urllib.parse import quote_plus

from gateway.config.settings import OAuth
from gateway.oauth.advice import judge
from gateway.oauth.base import DeviceCode, Granted, TokenRefused, TokenUnavailable, Who
from gateway.oauth.http import DEFAULT_WAIT, Http

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LIFE_NOT_SAID = 600.0
"""Seconds a token is believed when the provider does not say how long it lives (RFC 6749 5.1: it should)."""
CODE_LIFE, POLL_SECONDS, SLOWER_SECONDS = 900.0, 5.0, 5.0
"""RFC 8628 3.2 and 3.5: what counts when nothing else is said."""


class Other:
    """Tokens from the provider at token_url."""

    def __init__(self, oauth: OAuth, who: Who, scopes: tuple[str, ...]) -> None:
        self._oauth, self._who = oauth, who
        self._secret = oauth.secret.reveal() if oauth.secret else ""
        self._scope = {"scope": " ".join(scopes)} if scopes else {}

    def for_application(self) -> Granted:
        """Client credentials."""
        return self._granted({"grant_type": "client_credentials", **self._scope})

    def by_refresh_token(self, refresh_token: str) -> Granted:
        """A person who has logged in before."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **self._scope}
        return self._granted(form, refresh_token)

    def begin_login(self) -> DeviceCode:
        """Ask for a device code."""
        if not self._oauth.device_url:
            raise TokenRefused(
                f"there is no way to log in for {self._who.place}: the provider's device_url is not configured; set it, or"
                " give a refresh token"
            )
        said = self._post(self._oauth.device_url, dict(self._scope))
        code, shown = said.get("device_code"), said.get("user_code")
        if not isinstance(code, str) or not isinstance(shown, str):
            raise self._refusal(said)

        def ask(self_: DeviceCode) -> Granted | None:
            answer = self._post(self._token_url, {"grant_type": DEVICE_GRANT, "device_code": code})
            if answer.get("error") in ("authorization_pending", "slow_down"):
                self_.interval += SLOWER_SECONDS if answer["error"] == "slow_down" else 0.0
                return None
            return granted_of(self._oauth.provider, answer, self._who, (self._secret, code))

        url = said.get("verification_uri_complete") or said.get("verification_uri") or said.get("verification_url")
        life, pause = _number(said.get("expires_in"), CODE_LIFE), _number(said.get("interval"), POLL_SECONDS)
        return DeviceCode(str(url or ""), shown, life, max(pause, 1.0), ask)

    @property
    def _token_url(self) -> str:
        if not self._oauth.token_url:
            raise TokenRefused(f"the configuration gives {self._who.place} no token_url")
        return self._oauth.token_url

    def _granted(self, form: Mapping[str, str], sent: str = "") -> Granted:
        said = self._post(self._token_url, form)
        return granted_of(self._oauth.provider, said, self._who, (self._secret, sent))

    def _post(self, url: str, form: Mapping[str, str]) -> Mapping[str, object]:
        http = Http(self._oauth.ca_file)
        named = {**form, "client_id": self._oauth.client_id}
        if not self._secret:
            return http.post(url, data=named).document
        pair = f"{quote_plus(self._oauth.client_id)}:{quote_plus(self._secret)}"
        said = http.post(
            url, data=form, headers={"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        ).document
        if said.get("error") in ("invalid_client", "invalid_request"):
            return http.post(url, data={**named, "client_secret": self._secret}).document
        return said

    def _refusal(self, said: Mapping[str, object]) -> TokenRefused | TokenUnavailable:
        return judge(self._oauth.provider, said, self._who, (self._secret,))


def granted_of(provider: str, said: Mapping[str, object], who: Who, sent: Iterable[str]) -> Granted:
    """What an answer of a token endpoint grants (RFC 6749 5.1).  Raises TokenRefused or TokenUnavailable."""
    if "error" in said:
        raise judge(provider, said, who, sent)
    token, refresh_token = said.get("access_token"), said.get("refresh_token")
    if not isinstance(token, str) or not token:
        raise TokenUnavailable("the token server's answer has no token in it", DEFAULT_WAIT)
    kept = refresh_token if isinstance(refresh_token, str) else None
    return Granted(token, _number(said.get("expires_in"), LIFE_NOT_SAID), kept)


def _number(value: object, default: float) -> float:
    """A number that may be written as text."""
    try:
        return float(value) if isinstance(value, int | float | str) else default
    except ValueError:
        return default
