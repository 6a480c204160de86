"""The way out that the configuration names, ready to run."""

from __future__ import annotations

import random
import uuid

from gateway.config.settings import Send
from gateway.config.settings import Smarthost as Configured
from gateway.delivery.auth import Login
from gateway.delivery.base import Transport
from gateway.delivery.courier import Courier, CourierSettings, OnFailed
from gateway.delivery.maildir import Maildir
from gateway.delivery.opening import SmarthostSettings
from gateway.delivery.smarthost import Fallback, Smarthost
from gateway.oauth.base import SMTP
from gateway.oauth.wiring import token_source
from store.store import Store


def courier_of(send: Send, store: Store, hostname: str, on_failed: OnFailed, fallback: Fallback) -> Courier:
    """The courier for this configuration.  OSError when the Maildir or the CA file cannot be used."""
    return Courier(
        store,
        transport_of(send, hostname, fallback),
        on_failed=on_failed,
        chance=random.random,
        new_token=lambda: uuid.uuid4().hex,
        settings=CourierSettings(give_up_after=send.give_up_after),
    )


def transport_of(send: Send, hostname: str, fallback: Fallback) -> Transport:
    """A Maildir, or the smarthost; `fallback` gives the envelope sender where the null sender is refused."""
    if send.maildir is not None:
        return Maildir(send.maildir)
    assert send.smtp is not None, "the configuration sets exactly one of the two"
    return Smarthost(smarthost_of(send.smtp, hostname), fallback)


def smarthost_of(host: Configured, hostname: str) -> SmarthostSettings:
    """What the smarthost's client needs, from the configuration."""
    return SmarthostSettings(
        host=host.host,
        port=host.port,
        tls=host.tls,
        login=_login(host),
        ca_file=str(host.ca_file) if host.ca_file else None,
        hostname=hostname,
        connections=host.max_connections,
    )


def _login(host: Configured) -> Login | None:
    if host.user is None:
        return None
    if host.oauth is not None:
        return Login(host.user, "", token_source(host.oauth, host.user, SMTP), host.oauth.mechanism)
    return Login(host.user, host.password.reveal() if host.password else "")
