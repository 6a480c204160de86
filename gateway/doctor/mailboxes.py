"""A mailbox that is read by IMAP: connection, login, folders, what may be done in them, and where mails go afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from gateway.config.settings import After, Mailbox
from gateway.doctor.findings import Finding, Patient, failed, ok, warning
from gateway.doctor.reach import CONNECT_SECONDS, READ_SECONDS, Address, Reached, reach
from gateway.oauth.wiring import token_source
from gateway.sources.imap.connection import DONE, Connection, Selected
from gateway.sources.imap.errors import FolderMissing, LoginRefused, LoginUnavailable, MailboxError
from gateway.sources.imap.login import log_in

LARGEST = 1_000_000
"""Bytes; no mail is fetched here."""
RIGHTS = {"flag": ("s", "w"), "move": ("t", "e"), "delete": ("t", "e"), "leave": ()}
"""What RFC 4314 calls the rights that each way of treating a mail needs, besides reading."""


def findings_of(mailbox: Mailbox) -> Callable[[Patient], Iterator[Finding]]:
    """The check of this mailbox."""

    def findings(patient: Patient) -> Iterator[Finding]:
        reached, where = Reached(), f"[[receive.imap]] {mailbox.name}"
        address = Address(mailbox.host, mailbox.port, mailbox.tls, "imap", mailbox.ca_file, where)
        yield from reach(address, patient.settings.desk.site.domain, reached, patient.now())
        if reached.well:
            yield from _within(_quick(mailbox))

    return findings


def _quick(mailbox: Mailbox) -> Mailbox:
    return replace(
        mailbox,
        connect_seconds=min(mailbox.connect_seconds, CONNECT_SECONDS),
        read_seconds=min(mailbox.read_seconds, READ_SECONDS),
    )


def _within(mailbox: Mailbox) -> Iterator[Finding]:
    try:
        connection = Connection(mailbox, LARGEST)
    except MailboxError as problem:
        yield failed("connection", str(problem), "Try again; if it stays so, look into the server's log.")
        return
    try:
        yield from _logged_in(connection, mailbox)
    except MailboxError as problem:
        yield failed("session", str(problem), "Try again; if it stays so, look into the server's log.")
    finally:
        connection.close()


def _logged_in(connection: Connection, mailbox: Mailbox) -> Iterator[Finding]:
    tokens = token_source(mailbox.oauth, mailbox.user, mailbox.name) if mailbox.oauth else None
    try:
        log_in(connection, mailbox, tokens)
    except LoginRefused as refused:
        said = str(refused).removesuffix(refused.advice).strip() or "it is refused"
        yield failed("login", said, refused.advice)
        return
    except LoginUnavailable as problem:
        yield failed("login", str(problem), "It should pass by itself; try again in some minutes.")
        return
    how = f"by {mailbox.oauth.provider} token" if mailbox.oauth else "by password"
    yield ok("login", f"{mailbox.user} is let in, {how}")
    yield from _abilities(connection, mailbox)
    for folder in mailbox.folders:
        yield from _folder(connection, mailbox, folder)
    if mailbox.after.kind == "move":
        yield from _target(connection, mailbox.after)


def _abilities(connection: Connection, mailbox: Mailbox) -> Iterator[Finding]:
    able = [name for name in ("IDLE", "MOVE", "UIDPLUS") if connection.has(name)]
    yield ok("server", f"it can {', '.join(able) if able else 'neither IDLE, MOVE nor UIDPLUS'}")
    if mailbox.idle and "IDLE" not in able:
        words = f"it does not tell of new mail: the mailbox is looked at every {mailbox.poll_seconds:.0f} s"
        yield warning("server", words, "Set a shorter `poll` if that is too slow.")
    removes = mailbox.after.kind == "delete" or (mailbox.after.kind == "move" and "MOVE" not in able)
    if removes and "UIDPLUS" not in able:
        words = f'it cannot remove single mails (no UIDPLUS), so after = "{mailbox.after}" leaves them where they are'
        yield failed("server", words, 'Set after = "flag".')


def _folder(connection: Connection, mailbox: Mailbox, folder: str) -> Iterator[Finding]:
    try:
        selected = connection.select(folder)
    except FolderMissing as problem:
        yield failed(folder, str(problem), "Write the folder's name as the server has it, or let this user read it.")
        return
    yield ok(folder, f"it can be opened and holds {selected.exists:,} mails")
    if mailbox.after.kind == "leave":
        return
    if selected.read_only:
        words = f'it is open for reading only, so after = "{mailbox.after}" cannot be done'
        yield failed(folder, words, f'Let {mailbox.user} write there, or set after = "leave".')
        return
    yield from _flags(folder, selected)
    rights = connection.rights(folder)
    if rights is not None and (missing := _missing(rights, mailbox.after)):
        words = (
            f'{mailbox.user} lacks the rights "{missing}" there (has "{rights}"), which after = "{mailbox.after}" needs'
        )
        yield failed(
            folder, words, "doveadm acl, cyradm or the owner's mail program can give them; or set another `after`."
        )


def _flags(folder: str, selected: Selected) -> Iterator[Finding]:
    if DONE.lower() not in selected.flags and "\\*" not in selected.flags:
        words = f"marks of our own ({DONE}) are not kept there; what is done is known by the database all the same"
        yield ok(folder, words)


def _missing(rights: str, after: After) -> str:
    """The letters that are not there; ``d`` is the older name (RFC 2086) for what ``t`` and ``e`` are now."""
    held = rights + ("te" if "d" in rights else "")
    if after.kind == "flag":
        return "" if set(RIGHTS["flag"]) & set(held) else "".join(RIGHTS["flag"])
    return "".join(letter for letter in RIGHTS[after.kind] if letter not in held)


def _target(connection: Connection, after: After) -> Iterator[Finding]:
    name = connection.find_folder(after.folder)
    if name is None:
        words = f"{after.folder} is not there yet; the daemon makes it when it moves the first mail"
        yield ok(after.folder, words)
        return
    rights = connection.rights(name)
    if rights is not None and "i" not in rights:
        yield failed(after.folder, f'mails cannot be put there (rights "{rights}")', 'Give the right "i" (insert).')
    else:
        yield ok(after.folder, "mails that are done can be moved there")
