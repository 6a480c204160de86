"""Logging in at the smarthost: one mechanism, one try, so that a wrong password locks no account.

With a token: XOAUTH2, or OAUTHBEARER (RFC 7628) where that is configured.  With a password: PLAIN (RFC 4616), else LOGIN,
else CRAM-MD5, whichever of them the server offers first in this order; the next one only when the server says that it
does not know the mechanism it has announced (504).  A token that is refused is thrown away and asked for once more, for
it may have been revoked since.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import aiosmtplib

from gateway.delivery.base import Result, one_line
from gateway.oauth.base import TokenRefused, TokenSource, TokenUnavailable

MOST_CHALLENGES = 3


class NotLetIn(Exception):
    """We cannot log in now; `result` says why, and what it means for the mail."""

    def __init__(self, reply: str, *, refused: bool) -> None:
        super().__init__(reply)
        self.result = Result("retry", one_line(f"{reply} (AUTH)"), "login" if refused else "access")


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are to the smarthost: a user with a password, or with a source of tokens."""

    user: str
    password: str
    tokens: TokenSource | None = None
    mechanism: Literal["xoauth2", "oauthbearer"] = "xoauth2"

    def __repr__(self) -> str:
        return f"Login({self.user!r})"


async def log_in(client: aiosmtplib.SMTP, login: Login, host: str, port: int) -> None:
    """Log in on a connection that has said EHLO.  Raises NotLetIn, or what aiosmtplib raises for a broken one."""
    offered = [name.lower() for name in client.server_auth_methods]
    if login.tokens is not None:
        await _with_token(client, login, login.tokens, offered, (host, port))
    else:
        await _with_password(client, login, offered)


# --- a token


async def _with_token(
    client: aiosmtplib.SMTP, login: Login, tokens: TokenSource, offered: Sequence[str], where: tuple[str, int]
) -> None:
    name = login.mechanism
    if name not in offered:
        raise NotLetIn(f"the server does not offer {name.upper()}{_instead(client, offered)}", refused=True)
    refused = said = ""
    for _ in range(2):
        token = await _token(tokens)
        if token == refused:
            break
        first = _xoauth2(login.user, token) if name == "xoauth2" else _oauthbearer(login.user, token, *where)
        code, text, hint = await _talk(client, name, [first], b"" if name == "xoauth2" else b"\x01")
        if code == 235:
            return
        if not 500 <= code <= 599:
            raise NotLetIn(f"{code} {text}", refused=False)
        refused, said = token, f"{code} {text}{hint}"
        await asyncio.to_thread(tokens.forget, token)
        if not client.is_connected:
            break
    raise NotLetIn(said, refused=True)


async def _token(tokens: TokenSource) -> str:
    try:
        return await asyncio.to_thread(tokens.token)
    except TokenRefused as problem:
        raise NotLetIn(f"no access token: {problem}", refused=True) from problem
    except TokenUnavailable as problem:
        raise NotLetIn(f"no access token now: {problem}", refused=False) from problem


def _xoauth2(user: str, token: str) -> bytes:
    return f"user={user}\x01auth=Bearer {token}\x01\x01".encode()


def _oauthbearer(user: str, token: str, host: str, port: int) -> bytes:
    """RFC 7628 3.1; in a user name ``=`` and ``,`` are written as RFC 5801 4 has it."""
    name = user.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01".encode()


# --- a password


async def _with_password(client: aiosmtplib.SMTP, login: Login, offered: Sequence[str]) -> None:
    known = [name for name in ("plain", "login", "cram-md5") if name in offered]
    if not known:
        raise NotLetIn(f"the server offers no way to log in with a password{_instead(client, offered)}", refused=True)
    for name in known:
        code, text = await _once(client, name, login)
        if code == 235:
            return
        if code != 504 or name == known[-1]:
            raise NotLetIn(f"{code} {text}", refused=500 <= code <= 599)


async def _once(client: aiosmtplib.SMTP, name: str, login: Login) -> tuple[int, str]:
    user, password = login.user.encode(), login.password.encode()
    if name == "plain":
        code, text, _hint = await _talk(client, name, [b"\0" + user + b"\0" + password])
        return code, text
    if name == "login":
        code, text, _hint = await _talk(client, name, [None, user, password])
        return code, text
    try:
        code, text = await client.auth_crammd5(user, password)
    except aiosmtplib.SMTPAuthenticationError as problem:
        return problem.code, problem.message
    return code, text


# --- the dialogue


async def _talk(
    client: aiosmtplib.SMTP, name: str, says: Sequence[bytes | None], then: bytes = b"*"
) -> tuple[int, str, str]:
    """AUTH with what we say first (None: nothing) and to each challenge, and `then` to any further one.

    The final code and text, and what the last challenge said beyond what was expected, for people.
    """
    first, *rest = says
    words = [b"AUTH", name.upper().encode()]
    if first is not None:
        words.append(base64.b64encode(first))
    code, text = await client.execute_command(*words)
    hint = ""
    for _ in range(MOST_CHALLENGES):
        if code != 334:
            break
        if rest:
            answer = base64.b64encode(rest.pop(0) or b"")
        else:
            hint = _hint(text)
            answer = then if then == b"*" else base64.b64encode(then)
        code, text = await client.execute_command(answer)
    return code, text, hint


def _hint(challenge: str) -> str:
    """What a token's refusal says about itself (RFC 7628 3.2.2): a status, and the scope that is wanted."""
    try:
        found = json.loads(base64.b64decode(challenge, validate=False)[:2000])
    except (ValueError, binascii.Error):
        return ""
    if not isinstance(found, dict):
        return ""
    said = [f"{key} {found[key]}" for key in ("status", "scope") if isinstance(found.get(key), str)]
    return f" [{one_line(', '.join(said))[:200]}]" if said else ""


def _instead(client: aiosmtplib.SMTP, offered: Sequence[str]) -> str:
    encrypted = client.get_transport_info("sslcontext") is not None
    what = ", ".join(name.upper() for name in offered[:10]) or "none"
    return f" (it offers: {what}{'' if encrypted else '; many offer more after STARTTLS'})"
