"""What the configuration needs from the machine: passwords, folders, a database, addresses to listen on.

Like `checks`, these checks read the tables as they stand and step over what is not what they expect.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path as FilePath

from gateway.config import values
from gateway.config.checks import list_in, table_in
from gateway.config.files import Document, Table
from gateway.config.locate import Path
from gateway.config.problems import Problem, nearest, quoted
from gateway.config.secrets import Secret, SecretMissing, from_environment, from_file
from routing.proving import OWN_NAME

SQLITE = "sqlite:///"
DIALECTS = ("sqlite", "postgresql")
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
NEEDED_FOR_CHECKS = ("dkim", "dns", "spf")
INSTALL_AUTH = "python3 -m pip install 'deskgate[auth]'"

Environment = Mapping[str, str]
Check = Callable[[Document], Iterator[Problem]]


def outside_problems(document: Document, environment: Environment) -> list[Problem]:
    """Everything that the machine does not have as the configuration says."""
    found = [problem for check in CHECKS for problem in check(document)]
    return [*found, *passwords_can_be_had(document, environment)]


def absolute(document: Document, name: str) -> FilePath:
    """A path as the configuration means it: relative to the folder of the main file."""
    return document.main.path.parent / name


def one_way_out(document: Document) -> Iterator[Problem]:
    """Mail goes out by a Maildir or by a smarthost, not both, not neither."""
    send = table_in(document.data, "send")
    if "maildir" in send and "smtp" in send:
        words = "mail goes out one way only: leave out maildir, or the section [send.smtp]"
        yield document.problem(("send", "maildir"), words, at_name=True)
    elif isinstance(document.data.get("send"), dict) and "maildir" not in send and "smtp" not in send:
        words = (
            'there is no way out for mail: write maildir = "var/outgoing" to try things out, or a section [send.smtp]'
        )
        yield document.problem(("send",), words)


def passwords_can_be_had(document: Document, environment: Environment) -> Iterator[Problem]:
    """Each password has one source, and it is there."""
    for path, table, what in secrets(document):
        file, variable = f"{what}_file", f"{what}_env"
        if file in table and variable in table:
            words = f"the {what.replace('_', ' ')} has two sources; leave out {file} or {variable}"
            yield document.problem((*path, variable), words, at_name=True)
            continue
        try:
            password_of(document, text_in(table, file), text_in(table, variable), environment)
        except SecretMissing as missing:
            yield document.problem((*path, file if file in table else variable), str(missing))


def secrets(document: Document) -> Iterator[tuple[Path, Table, str]]:
    """Every section that may name a secret: where it stands, the section, and what the secret is called there."""
    yield ("store",), table_in(document.data, "store"), "password"
    for path, login in logins(document):
        yield path, login, "password"
        for what in ("secret", "refresh_token"):
            yield (*path, "oauth"), table_in(login, "oauth"), what


def logins(document: Document) -> Iterator[tuple[Path, Table]]:
    """Every server that Deskgate logs in to: the smarthost and the mailboxes."""
    yield ("send", "smtp"), table_in(table_in(document.data, "send"), "smtp")
    for number, mailbox in enumerate(list_in(table_in(document.data, "receive"), "imap")):
        if isinstance(mailbox, dict):
            yield ("receive", "imap", number), mailbox


def password_of(document: Document, file: str | None, variable: str | None, environment: Environment) -> Secret | None:
    """The password out of a file or an environment variable; None if neither is named.  Raises SecretMissing."""
    if file:
        return from_file(absolute(document, file))
    return from_environment(variable, environment) if variable else None


def text_in(table: Table, name: str) -> str | None:
    """A text of a table, without blanks around it; None if there is none."""
    value = table.get(name)
    return value.strip() if isinstance(value, str) else None


def logins_are_whole_and_safe(document: Document) -> Iterator[Problem]:
    """A user has one way to log in, a password has a user, and neither travels in the clear."""
    for path, login in logins(document):
        secret = next((name for name in ("password_file", "password_env") if name in login), None)
        way_in = secret or ("oauth" if "oauth" in login else None)
        if secret and "oauth" in login:
            words = f"there are two ways to log in; leave out {secret}, or the section oauth"
            yield document.problem((*path, secret), words, at_name=True)
        if "user" in login and not way_in:
            words = "a user needs a password: name password_file or password_env"
            yield document.problem((*path, "user"), f"{words}, or a section oauth", at_name=True)
        if way_in and "user" not in login and path == ("send", "smtp"):
            yield document.problem((*path, way_in), "a password needs a user: whose is it?", at_name=True)
        if way_in and login.get("tls") == "none" and login.get("host") not in THIS_MACHINE:
            words = 'without encryption the password could be read on the way; take "starttls" or "tls"'
            yield document.problem((*path, "tls"), words)


def files_and_folders_exist(document: Document) -> Iterator[Problem]:
    """What must be there before the start is there."""
    for path, login in logins(document):
        yield from _file(document, (*path, "ca_file"), login)
        for name in ("ca_file", "key_file"):
            yield from _file(document, (*path, "oauth", name), table_in(login, "oauth"))
    for protocol in ("smtp", "lmtp"):
        for number, listener in enumerate(list_in(table_in(document.data, "receive"), protocol)):
            yield from _certificate(
                document, ("receive", protocol, number), listener if isinstance(listener, dict) else {}
            )
    folder = table_in(document.data, "templates").get("folder")
    if isinstance(folder, str) and not _is_there(absolute(document, folder), FilePath.is_dir):
        yield document.problem(("templates", "folder"), f"there is no folder {absolute(document, folder)}")


def _file(document: Document, path: Path, table: Table) -> Iterator[Problem]:
    name = text_in(table, str(path[-1]))
    if name and not _is_there(absolute(document, name), FilePath.is_file):
        yield document.problem(path, f"there is no file {absolute(document, name)}")


def _certificate(document: Document, path: Path, listener: Table) -> Iterator[Problem]:
    """A certificate and its key can be read and belong together; a key alone encrypts nothing."""
    cert, key = text_in(listener, "tls_cert"), text_in(listener, "tls_key")
    if key and not cert:
        yield document.problem((*path, "tls_key"), "a key needs its certificate: name tls_cert too", at_name=True)
    if not cert:
        return
    files = {"tls_cert": absolute(document, cert), **({"tls_key": absolute(document, key)} if key else {})}
    missing = {name: file for name, file in files.items() if not _is_there(file, FilePath.is_file)}
    for name, file in missing.items():
        yield document.problem((*path, name), f"there is no file {file}")
    if not missing:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files["tls_cert"], files.get("tls_key"))
        except (ssl.SSLError, OSError) as problem:
            reason = getattr(problem, "reason", None) or problem.strerror or str(problem)
            words = f"the certificate cannot be used: {str(reason).replace('_', ' ').lower()}"
            yield document.problem((*path, "tls_cert"), words)


def _is_there(path: FilePath, kind: Callable[[FilePath], bool]) -> bool:
    try:
        return kind(path)
    except OSError:  # in a folder that this user may not enter
        return False


def listeners_differ(document: Document) -> Iterator[Problem]:
    """No address is listened on twice."""
    seen: set[values.Address] = set()
    for protocol in ("smtp", "lmtp"):
        for number, listener in enumerate(list_in(table_in(document.data, "receive"), protocol)):
            text = listener.get("listen") if isinstance(listener, dict) else None
            try:
                address = values.listen(text) if isinstance(text, str) else None
            except values.Wrong:
                continue  # the check of the value itself says so
            if address and address.port and address in seen:
                path: Path = ("receive", protocol, number, "listen")
                yield document.problem(
                    path, f"{quoted(str(text))} is listened on already; each listener needs its own port"
                )
            if address:
                seen.add(address)


def database_is_usable(document: Document) -> Iterator[Problem]:
    """The database's URL names a file, or a PostgreSQL server."""
    store = table_in(document.data, "store")
    url = store.get("url")
    if not isinstance(url, str):
        return
    scheme, colon, rest = url.partition("://")
    dialect = scheme.partition("+")[0]
    path: Path = ("store", "url")
    if not colon:
        yield document.problem(path, f"{quoted(url)} is not the URL of a database", f"{SQLITE}{url}" if url else None)
    elif dialect not in DIALECTS:
        hint = "postgresql" if dialect in ("postgres", "psql") else nearest(dialect, DIALECTS)
        words = f"Deskgate keeps its data in SQLite or PostgreSQL, not in {quoted(dialect)}"
        yield document.problem(path, words, f"{hint}://{rest}" if hint else None)
    elif dialect == "sqlite" and (not rest.startswith("/") or rest in ("/", "/:memory:", "/file::memory:")):
        words = "a database in memory would forget accepted mail; name a file"
        hint = f"{SQLITE}{rest}" if rest and not rest.startswith("/") else f"{SQLITE}var/deskgate.db"
        yield document.problem(
            path, words if rest in ("", "/", "/:memory:") else "three slashes stand before a relative file", hint
        )
    elif dialect == "sqlite" and ("password_file" in store or "password_env" in store):
        yield document.problem(path, "SQLite has no password; leave password_file and password_env out")


def senders_can_be_checked(document: Document) -> Iterator[Problem]:
    """What checks senders is installed, and our own results cannot be taken for a border's."""
    trust = table_in(document.data, "trust")
    missing = [name for name in NEEDED_FOR_CHECKS if trust.get("check_senders") is True and not _installed(name)]
    if missing:
        words = f"checking senders needs libraries that are not installed ({', '.join(missing)}); run: {INSTALL_AUTH}"
        yield document.problem(("trust", "check_senders"), words)
    named = text_in(trust, "authserv_id")
    if named is not None and named.lower() == OWN_NAME:
        words = f"{quoted(named)} is the name of Deskgate's own results; name your mail server"
        yield document.problem(("trust", "authserv_id"), words)


def _installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


CHECKS: tuple[Check, ...] = (
    one_way_out,
    senders_can_be_checked,
    logins_are_whole_and_safe,
    files_and_folders_exist,
    listeners_differ,
    database_is_usable,
)


def without_password(url: str) -> str:
    """A URL to show to people."""
    return re.sub(r"(://[^:/@\s]*):[^@/\s]*@", r"\1:…@", url)
