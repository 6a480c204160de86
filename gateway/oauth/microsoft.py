"""Microsoft 365, by msal: an application's own login, a person's refresh token, and the login with a device code.

A new msal application is made for every token (about one an hour): msal keeps tokens, refusals and waits in memory by
its own clock, and one memory (renewing.py) is enough.  All HTTP goes through ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.config.settings import OAuth
from gateway.oauth.advice import judge
from gateway.oauth.base import DeviceCode, Granted, Purpose, TokenRefused, TokenUnavailable, Who
from gateway.oauth.http import DEFAULT_WAIT, Http

PERSON_SCOPES: dict[Purpose, tuple[str, ...]] = {
    "imap": ("https://outlook.office.com/IMAP.AccessAsUser.All",),
    "smtp": ("https://outlook.office.com/SMTP.Send",),
}
APPLICATION_SCOPES = ("https://outlook.office365.com/.default",)
ADDED_BY_MSAL = frozenset({"openid", "profile", "offline_access"})
TOKEN_PATH = "/oauth2/v2.0/token"  # noqa: S105 - the end of an address
PENDING = ("authorization_pending", "slow_down")
SLOWER_SECONDS = 5.0
"""What `slow_down` adds to the wait (RFC 8628 3.5)."""


class Microsoft:
    """Tokens from Microsoft's directory."""

    def __init__(self, oauth: OAuth, who: Who, purpose: Purpose) -> None:
        self._oauth, self._who, self._purpose = oauth, who, purpose
        self._secret = oauth.secret.reveal() if oauth.secret else None

    def for_application(self) -> Granted:
        """Client credentials."""
        http = Http(self._oauth.ca_file)
        application = self._application(http, public=False)
        scopes = list(self._oauth.scopes or APPLICATION_SCOPES)
        return self._granted(self._called(http, application.acquire_token_for_client, scopes))

    def by_refresh_token(self, refresh_token: str) -> Granted:
        """A person who has logged in before."""
        http = Http(self._oauth.ca_file)
        application = self._application(http, public=self._secret is None)
        call = application.acquire_token_by_refresh_token
        return self._granted(self._called(http, call, refresh_token, self._person_scopes()), refresh_token)

    def begin_login(self) -> DeviceCode:
        """Ask for a device code."""
        http = Http(self._oauth.ca_file)
        application = self._application(http, public=True)
        flow = self._called(http, application.initiate_device_flow, self._person_scopes())
        if "user_code" not in flow:
            raise self._refusal(flow)

        def ask(code: DeviceCode) -> Granted | None:
            said = self._called(http, application.acquire_token_by_device_flow, flow, exit_condition=lambda _flow: True)
            if said.get("error") in PENDING:
                code.interval += SLOWER_SECONDS if said["error"] == "slow_down" else 0.0
                return None
            return self._granted(said)

        url = str(flow.get("verification_uri") or flow.get("verification_url") or "")
        return DeviceCode(url, str(flow["user_code"]), float(flow["expires_in"]), float(flow["interval"]), ask)

    def _person_scopes(self) -> list[str]:
        return [one for one in self._oauth.scopes if one not in ADDED_BY_MSAL] or list(PERSON_SCOPES[self._purpose])

    def _authority(self) -> str:
        """The directory's address; a token_url chooses another cloud, as login.microsoftonline.us."""
        if url := self._oauth.token_url:
            if not url.endswith(TOKEN_PATH):
                raise TokenRefused(
                    f"token_url of {self._who.place} must be https://HOST/TENANT{TOKEN_PATH}, or left out"
                )
            return url.removesuffix(TOKEN_PATH)
        return f"https://login.microsoftonline.com/{self._oauth.tenant or 'organizations'}"

    def _application(self, http: Http, *, public: bool) -> Any:
        """msal's client; making it asks for the directory's addresses."""
        import msal

        kind = msal.PublicClientApplication if public else msal.ConfidentialClientApplication
        return self._called(
            http,
            kind,
            self._oauth.client_id,
            client_credential=None if public else self._secret,
            authority=self._authority(),
            http_client=http,
            instance_discovery=False,  # whether the address may be trusted is what the configuration says
        )

    def _called(self, http: Http, call: Any, *words: Any, **more: Any) -> Any:
        """What msal returns; what it raises becomes a refusal in the server's words, never in msal's."""
        try:
            return call(*words, **more)
        except (TokenRefused, TokenUnavailable):
            raise
        except (ValueError, LookupError, TypeError, RuntimeError) as problem:
            if http.last is not None and http.last.status_code >= 400:
                raise self._refusal(http.last.document) from None
            why = f"the answer of Microsoft's token server is not understood ({type(problem).__name__})"
            raise TokenUnavailable(why, DEFAULT_WAIT) from None

    def _granted(self, said: Mapping[str, Any], sent: str = "") -> Granted:
        token = said.get("access_token")
        if token is None:
            raise self._refusal(said, sent)
        if not isinstance(token, str):
            raise TokenUnavailable("Microsoft's token server gave something that is no token", DEFAULT_WAIT)
        claims = said.get("id_token_claims") or {}
        return Granted(
            token,
            float(said.get("expires_in") or 0),
            said.get("refresh_token"),
            str(claims.get("preferred_username", "")),
        )

    def _refusal(self, said: Mapping[str, object], sent: str = "") -> TokenRefused | TokenUnavailable:
        return judge("microsoft", said, self._who, (self._secret or "", sent))
