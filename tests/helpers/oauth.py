"""A real OAuth 2.0 server for tests, how to talk to its other side, and the values of a configuration for it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.config.secrets import Secret
from gateway.config.settings import OAuth
from tests.helpers.servers import Server, server

CLIENT, SECRET = "deskgate", "client-secret-that-nobody-may-see"
Grant = Literal["application", "person", "service account"]


class Clock:
    """Monotonic seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True, slots=True)
class Issuer:
    """The running server."""

    server: Server

    def admin(self, verb: str, **form: object) -> dict[str, object]:
        """Do what only the server's owner can."""
        data = urlencode({name: str(value) for name, value in form.items()}).encode()
        with urllib.request.urlopen(f"{self.server.text('admin')}/{verb}", data=data, timeout=10) as answer:
            found = json.load(answer)
        assert isinstance(found, dict)
        return found

    def fail(self, endpoint: str = "token", **how: object) -> None:
        """The next requests there go wrong."""
        self.admin("fail", endpoint=endpoint, **how)

    def well(self) -> None:
        """No request goes wrong any more."""
        for endpoint in ("token", "devicecode", "openid-configuration", "introspect"):
            self.fail(endpoint, count=0)

    def refresh_token(self, user: str = "helpdesk") -> str:
        """A refresh token of this person."""
        return str(self.admin("mint", username=user, refresh=1)["refresh_token"])

    def asked(self, grant: str = "") -> list[dict[str, str]]:
        """The forms that came to the token endpoint, oldest first; of one grant if it is named."""
        with urllib.request.urlopen(f"{self.server.text('admin')}/log", timeout=10) as answer:
            log = json.load(answer)
        forms = [entry["form"] for entry in log if entry["path"].endswith("/token")]
        return [form for form in forms if not grant or form.get("grant_type") == grant]

    def codes(self) -> int:
        """How many device codes were asked for."""
        with urllib.request.urlopen(f"{self.server.text('admin')}/log", timeout=10) as answer:
            return sum(entry["path"].endswith("/devicecode") for entry in json.load(answer))

    @property
    def ca_file(self) -> Path:
        return Path(self.server.text("ca"))

    def oauth(self, provider: Literal["microsoft", "google", "other"], grant: Grant, folder: Path) -> OAuth:
        """The configuration for it; a login file in `folder`."""
        microsoft = provider == "microsoft"
        return OAuth(
            provider=provider,
            grant=grant,
            client_id=CLIENT,
            secret=None if microsoft and grant == "person" else Secret(SECRET),
            tenant="tenant-id" if microsoft else "",
            key_file=key_file(folder) if grant == "service account" else None,
            token_url=self.server.text("https_ms_token_url" if microsoft else "https_token_url"),
            device_url=self.server.text("https_device_url") if provider == "other" else None,
            scopes=(),
            refresh_token=None,
            login_file=folder / "logins" / "helpdesk.json",
            ca_file=self.ca_file,
        )

    def by_seed(self, provider: Literal["microsoft", "google", "other"], folder: Path) -> OAuth:
        """A person's login whose refresh token stands in the configuration."""
        return replace(self.oauth(provider, "person", folder), refresh_token=Secret(self.refresh_token()))


@contextmanager
def issuer(*options: str) -> Iterator[Issuer]:
    """Within: a server that takes public clients, so that it serves all three providers."""
    with server("oauth_introspection", f"client={CLIENT}:{SECRET}", "tls=yes", "public=yes", *options) as running:
        yield Issuer(running)


def key_file(folder: Path, **changes: object) -> Path:
    """The key of a service account, made anew."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    words = {
        "type": "service_account",
        "client_id": "104",
        "client_email": "desk@project.iam.test",
        "private_key_id": "1",
        "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "token_uri": "https://elsewhere.test/token",
    }
    path = folder / "key.json"
    path.write_text(json.dumps({**words, **changes}), encoding="utf-8")
    return path
