"""What has to fit together about mailboxes and logins by OAuth, and the values that come of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Literal

from gateway.config import model_mail as models
from gateway.config.checks import all_aliases, list_in, table_in
from gateway.config.files import Document, Table
from gateway.config.locate import Path
from gateway.config.outside import Environment, absolute, logins, password_of, text_in
from gateway.config.problems import Problem, nearest, quoted
from gateway.config.settings import Mailbox, OAuth, Tls
from parsers.message import comparable

SMARTHOST = "smtp"
"""What the smarthost is called where mailboxes are called by their names."""
Grant = Literal["application", "person", "service account"]

IMAPS, IMAP = 993, 143
"""RFC 8314 3.2 and RFC 3501."""

NEEDED: Mapping[str, Mapping[Grant, tuple[str, ...]]] = {
    "microsoft": {"application": ("client_id", "tenant", "secret"), "person": ("client_id", "tenant")},
    "google": {"service account": ("key_file",), "person": ("client_id", "secret")},
    "other": {"application": ("client_id", "secret", "token_url"), "person": ("client_id", "token_url")},
}
"""What each way of logging in needs; ``secret`` is secret_file or secret_env."""


# ---------------------------------------------------------------------------------------------------- checks


def mailbox_problems(document: Document) -> list[Problem]:
    """Everything that does not fit together about mailboxes and logins."""
    return [problem for check in CHECKS for problem in check(document)]


def mailboxes_differ(document: Document) -> Iterator[Problem]:
    """No two mailboxes have one name, and no folder is read twice."""
    names: dict[str, int] = {}
    places: set[tuple[str, str, str]] = set()
    for number, mailbox in _mailboxes(document):
        path: Path = ("receive", "imap", number)
        name = text_in(mailbox, "name") or text_in(mailbox, "user")
        if name == SMARTHOST:
            words = f"{quoted(SMARTHOST)} means the smarthost (deskgate login {SMARTHOST}); call the mailbox otherwise"
            yield document.problem((*path, "name" if "name" in mailbox else "user"), words)
        name = file_name(name) if name else None  # as different as the files in which logins are kept
        if name and names.setdefault(name, number) != number:
            words = f"there is a mailbox called {quoted(name)} already; give this one a name of its own"
            yield document.problem((*path, "name" if "name" in mailbox else "user"), f'{words}: name = "…"')
        for folder in folders_of(mailbox):
            place = (str(mailbox.get("host")).lower(), str(mailbox.get("user")).lower(), folder)
            if place in places:
                yield document.problem(path, f"the folder {quoted(folder)} of this mailbox is read already")
            places.add(place)


def mail_moves_out_of_sight(document: Document) -> Iterator[Problem]:
    """What was fetched and moved does not come in again."""
    for number, mailbox in _mailboxes(document):
        path: Path = ("receive", "imap", number)
        after = text_in(mailbox, "after") or ""
        target = after.removeprefix("move:").strip()
        if after.startswith("move:") and target in folders_of(mailbox):
            words = f"mail moved to {quoted(target)} would be read again: that folder is one of those read"
            yield document.problem((*path, "after"), words)


def mailboxes_are_for_aliases(document: Document) -> Iterator[Problem]:
    """What a mailbox is for is an alias of a team."""
    known = all_aliases(document)
    if known is None:
        return
    keys = {comparable(alias) for alias in known}
    for number, mailbox in _mailboxes(document):
        written = mailbox.get("aliases")
        for index, alias in enumerate(written if isinstance(written, list) else [written]):
            if isinstance(alias, str) and "@" in alias and comparable(alias) not in keys:
                path: Path = ("receive", "imap", number, "aliases")
                spot = (*path, index) if isinstance(written, list) else path
                yield document.problem(spot, f"{quoted(alias)} is no alias of a team", nearest(alias, known))


def oauth_is_whole(document: Document) -> Iterator[Problem]:
    """Every login by OAuth has what its provider needs."""
    for place, login in logins(document):
        oauth = table_in(login, "oauth")
        provider = text_in(oauth, "provider") or ""
        if provider not in NEEDED:
            continue  # the check of the value itself says so, or there is no such section
        grant = grant_of(oauth)
        path: Path = (*place, "oauth")
        needed = NEEDED[provider].get(grant)
        if needed is None:
            ways = " or ".join(quoted(way) for way in NEEDED[provider])
            words = f"{quoted(provider)} knows no such way to log in; take {ways}"
            yield document.problem((*path, "grant") if "grant" in oauth else path, words)
            continue
        for name in needed:
            if not any(text_in(oauth, one) for one in _names(name)):
                words = f"missing: {_names(name)[0]} (to log in as {grant} at {quoted(provider)})"
                yield document.problem(path, words)
        yield from _superfluous(document, path, oauth, grant)


def _superfluous(document: Document, path: Path, oauth: Table, grant: Grant) -> Iterator[Problem]:
    useless = {"application": ("key_file", "device_url"), "person": ("key_file",)}.get(
        grant, ("secret_file", "secret_env")
    )
    for name in useless:
        if name in oauth:
            yield document.problem(
                (*path, name), f"{name} is not used to log in as {grant}; leave it out", at_name=True
            )


CHECKS = (mailboxes_differ, mail_moves_out_of_sight, mailboxes_are_for_aliases, oauth_is_whole)


def _names(name: str) -> tuple[str, ...]:
    return ("secret_env", "secret_file") if name == "secret" else (name,)


def grant_of(oauth: Table) -> Grant:
    """Who logs in: as written, else what the other settings allow."""
    written = oauth.get("grant")
    if written in ("application", "person", "service account"):
        return written
    if "key_file" in oauth and oauth.get("provider") == "google":
        return "service account"
    secret = "secret_file" in oauth or "secret_env" in oauth
    return "application" if secret and oauth.get("provider") != "google" else "person"


def _mailboxes(document: Document) -> Iterator[tuple[int, Table]]:
    for number, mailbox in enumerate(list_in(table_in(document.data, "receive"), "imap")):
        if isinstance(mailbox, dict):
            yield number, mailbox


def folders_of(mailbox: Table) -> list[str]:
    """The folders a mailbox's section names, INBOX if none."""
    written = mailbox.get("folders", "INBOX")
    return [str(folder) for folder in (written if isinstance(written, list) else [written])]


# ---------------------------------------------------------------------------------------------------- values


def mailbox_of(document: Document, found: models.Imap, keys_file: FilePath, environment: Environment) -> Mailbox:
    """The mailbox a section describes; `keys_file` says where logins are kept."""
    name = found.name or found.user
    tls: Tls = found.tls or ("starttls" if found.port == IMAP else "tls")
    return Mailbox(
        name=name,
        host=found.host,
        port=found.port or (IMAPS if tls == "tls" else IMAP),
        tls=tls,
        ca_file=absolute(document, found.ca_file) if found.ca_file else None,
        user=found.user,
        password=password_of(document, found.password_file, found.password_env, environment),
        oauth=oauth_of(document, found.oauth, name, keys_file, environment) if found.oauth else None,
        folders=tuple(found.folders),
        aliases=tuple(found.aliases),
        recipient_header=found.recipient_header,
        after=found.after,
        old_mail=found.old_mail,
        idle=found.idle,
        poll_seconds=found.poll.total_seconds(),
        connect_seconds=found.connect_timeout.total_seconds(),
        read_seconds=found.read_timeout.total_seconds(),
    )


def oauth_of(
    document: Document, found: models.OAuth, name: str, keys_file: FilePath, environment: Environment
) -> OAuth:
    """How tokens are had for the login called `name`."""
    login_file = absolute(document, found.login_file) if found.login_file else None
    return OAuth(
        provider=found.provider,
        grant=grant_of(found.model_dump(exclude_none=True)),
        client_id=found.client_id or "",
        secret=password_of(document, found.secret_file, found.secret_env, environment),
        tenant=found.tenant or "",
        key_file=absolute(document, found.key_file) if found.key_file else None,
        token_url=found.token_url,
        device_url=found.device_url,
        scopes=tuple(found.scopes),
        refresh_token=password_of(document, found.refresh_token_file, found.refresh_token_env, environment),
        login_file=login_file or keys_file.parent / "logins" / f"{file_name(name)}.json",
        mechanism=found.mechanism,
        ca_file=absolute(document, found.ca_file) if found.ca_file else None,
    )


def file_name(name: str) -> str:
    """A mailbox's name as the name of a file: nothing in it leads elsewhere."""
    return re.sub(r"[^A-Za-z0-9@._-]+", "_", name).lstrip(".")[:100] or "mailbox"
