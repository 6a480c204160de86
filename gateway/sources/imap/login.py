"""Getting in: a password, or an access token by XOAUTH2 or OAUTHBEARER; and what a "no" means.

A "no" that will pass (overload, a time-out, too many sessions) is LoginUnavailable and tried again as usual.  A "no" for
good is LoginRefused with advice.  A token that is refused is forgotten and a new one tried at once, once.
"""

from __future__ import annotations

import base64
import json
import re

from gateway.config.settings import Mailbox
from gateway.oauth.advice import login_refused
from gateway.oauth.base import TokenRefused, TokenSource, TokenUnavailable
from gateway.sources.imap.connection import Connection
from gateway.sources.imap.errors import CommandRefused, LoginRefused, LoginUnavailable

_PASSING_CODES = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CONTACTADMIN"})
_PASSING_WORDS = re.compile(
    r"unavailable|temporar|try again|too many|throttl|timed? ?out|not connected|overload|maximum number", re.IGNORECASE
)


def log_in(connection: Connection, mailbox: Mailbox, tokens: TokenSource | None) -> None:
    """Log in.  Raises LoginRefused, LoginUnavailable or ConnectionLost."""
    if mailbox.tls == "none" and connection.has("LOGINDISABLED"):
        raise LoginRefused("the server takes no login without TLS", 'Set tls = "starttls" or tls = "tls".')
    if tokens is None:
        _by_password(connection, mailbox)
    elif not _by_token(connection, mailbox, tokens) and not _by_token(connection, mailbox, tokens):
        raise LoginRefused(
            f"{mailbox.host} refuses {mailbox.user} with a new access token, too",
            login_refused(mailbox.oauth, mailbox.user, mailbox.name) if mailbox.oauth else "",
        )
    connection.introduce()


def _by_password(connection: Connection, mailbox: Mailbox) -> None:
    if mailbox.password is None:
        raise LoginRefused("there is no password", "Set password_file or password_env, or [receive.imap.oauth].")
    try:
        connection.log_in(mailbox.user, mailbox.password.reveal())
    except CommandRefused as refused:
        raise _refusal(refused, mailbox) from refused


def _refusal(refused: CommandRefused, mailbox: Mailbox) -> LoginRefused | LoginUnavailable:
    if _will_pass(refused):
        return LoginUnavailable(f"{mailbox.host} lets nobody in for now: {refused.words}")
    host = mailbox.host.lower()
    if host.endswith(("office365.com", "outlook.com")):
        advice = 'Microsoft takes no passwords for IMAP: set [receive.imap.oauth] with provider = "microsoft".'
    elif host.endswith(("gmail.com", "googlemail.com")):
        advice = 'Google takes app passwords only, or [receive.imap.oauth] with provider = "google".'
    else:
        advice = "Check `user` and the password, and that this user may use IMAP."
    return LoginRefused(f"{mailbox.host} refuses {mailbox.user}: {refused.words}", advice)


def _will_pass(refused: CommandRefused) -> bool:
    if refused.code in ("AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED"):
        return False
    return refused.code in _PASSING_CODES or _PASSING_WORDS.search(refused.words) is not None


def _by_token(connection: Connection, mailbox: Mailbox, tokens: TokenSource) -> bool:
    """Whether a token let us in; False: it was refused, and forgotten."""
    try:
        token = tokens.token()
    except TokenRefused as refused:
        raise LoginRefused("", refused.advice) from refused
    except TokenUnavailable as problem:
        raise LoginUnavailable(f"no access token: {problem.why}", problem.retry_after) from problem
    assert mailbox.oauth is not None, "who has tokens has been told how to get them"
    dialogue = _TokenDialogue(mailbox, token, bearer=mailbox.oauth.mechanism == "oauthbearer")
    try:
        connection.log_in_by(mailbox.oauth.mechanism.upper(), dialogue)
    except CommandRefused as refused:
        if _will_pass(refused) or dialogue.status.startswith("5"):
            raise LoginUnavailable(f"{mailbox.host} lets nobody in for now: {refused.words}") from refused
        tokens.forget(token)
        return False
    return True


class _TokenDialogue:
    """What the client says: the token first, then nothing more, since a second challenge only tells why it was refused.

    (RFC 7628 3.2.3 and Google's description of XOAUTH2.  Saying the token again would count as another failed login.)
    """

    def __init__(self, mailbox: Mailbox, token: str, bearer: bool) -> None:
        self._bearer = bearer
        user = mailbox.user.replace("=", "=3D").replace(",", "=2C") if bearer else mailbox.user
        begin = f"n,a={user},\1host={mailbox.host}\1port={mailbox.port}" if bearer else f"user={user}"
        self._first = f"{begin}\1auth=Bearer {token}\1\1".encode()
        self._said = False
        self.status = ""
        """What the server called the refusal, for example 400 or invalid_token; empty: nothing."""

    def __call__(self, challenge: bytes) -> bytes:
        if not self._said:
            self._said = True
            return self._first
        self.status = _status(challenge)
        return b"\1" if self._bearer else b""


def _status(challenge: bytes) -> str:
    for text in (challenge, challenge + b"=="):
        try:
            told = json.loads(text if text.lstrip()[:1] == b"{" else base64.b64decode(text))
        except ValueError:
            continue
        return str(told.get("status", "")) if isinstance(told, dict) else ""
    return ""
