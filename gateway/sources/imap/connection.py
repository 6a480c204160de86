"""One IMAP session in words of ours; the only user of imapclient.

Every method ends within the mailbox's time-outs and raises nothing but a MailboxError: ConnectionLost (throw it away),
CommandRefused (the session goes on), or what its own docstring says.  Numbers of mails are always UIDs.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import imapclient
import imapclient.exceptions

from gateway.config.settings import Mailbox
from gateway.sources.imap.errors import CommandRefused, ConnectionLost, FolderMissing, LoginUnavailable, MailboxError
from gateway.sources.imap.wire import Wire

SEEN, DELETED, DONE = "\\Seen", "\\Deleted", "$DeskgateDone"
_CODE = re.compile(r"\[([A-Z][A-Z0-9-]*)[^\]\r\n]{0,200}\]", re.IGNORECASE)
_LONGEST_WORDS = 300
_OVERHEAD = 48 * 1024 * 1024
"""What an answer may hold besides one largest mail: a batch of mails, or the numbers of a very large mailbox."""


@dataclass(frozen=True, slots=True)
class Selected:
    """An open folder.  `uidnext` is None where the server does not say; `flags` are those that may be kept for good."""

    uidvalidity: int
    uidnext: int | None
    exists: int
    flags: frozenset[str]
    read_only: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """What is known of a mail before it is fetched: size in bytes as the server says, and when it got it."""

    size: int
    received_at: datetime | None


class _Client(imapclient.IMAPClient):  # type: ignore[misc]  # ships no types
    """imapclient on our wire."""

    def __init__(self, wire: Callable[[], Wire], host: str, port: int) -> None:
        self._make_wire = wire
        super().__init__(host, port, ssl=False, timeout=None)
        self.normalise_times = False
        self._imap.debug = 0  # else every mail is written out as text for a log that nobody keeps

    def _create_IMAP4(self) -> Wire:
        return self._make_wire()

    def _set_read_timeout(self) -> None:
        """The wire sets its own."""


class Connection:
    """A session with the server of a mailbox.  One thread uses it; any thread may `interrupt` it."""

    def __init__(self, mailbox: Mailbox, largest: int) -> None:
        """Connect, with TLS as configured.  `largest` mail in bytes that will be asked for.  Raises ConnectionLost."""
        self._mailbox = mailbox
        context = ssl.create_default_context(cafile=mailbox.ca_file) if mailbox.tls != "none" else None
        at_once = context if mailbox.tls == "tls" else None
        host, port, read = mailbox.host, mailbox.port, mailbox.read_seconds

        def wire() -> Wire:
            return Wire(host, port, at_once, mailbox.connect_seconds, read, 2 * largest + _OVERHEAD)

        with _translated("connect", f"{host}:{port}"):
            self._client = _Client(wire, host, port)
            self._wire: Wire = self._client._imap
        if mailbox.tls == "starttls":
            try:
                with _translated("starttls", f"{host}:{port}"):
                    self._client.starttls(context)
            except MailboxError as problem:
                self.close(polite=False)
                raise ConnectionLost(f"{host}:{port}: no TLS: {problem}") from problem

    # ---------------------------------------------------------------------------------------------- session

    def has(self, capability: str) -> bool:
        """Whether the server can do something."""
        with _translated("capability"):
            return bool(self._client.has_capability(capability))

    def log_in(self, user: str, password: str) -> None:
        """By AUTHENTICATE PLAIN where offered (RFC 4616: any characters), else LOGIN.  Raises CommandRefused."""
        with _translated("login"):
            if self._client.has_capability("AUTH=PLAIN"):
                self._client.sasl_login("PLAIN", lambda _challenge: f"\0{user}\0{password}".encode())
            else:
                self._client.login(_quoted(user), password)

    def log_in_by(self, mechanism: str, answer: Callable[[bytes], bytes]) -> None:
        """By another SASL mechanism; `answer` is asked for what to say to each challenge.  Raises CommandRefused."""
        with _translated("authenticate"):
            self._client.sasl_login(mechanism, answer)

    def introduce(self) -> None:
        """Say who we are (RFC 2971), for those servers that want to know."""
        if self.has("ID"):
            with contextlib.suppress(CommandRefused), _translated("id"):
                self._client.id_({"name": "Deskgate"})

    def interrupt(self) -> None:
        """Make whatever waits on this connection fail with ConnectionLost; from any thread."""
        self._wire.interrupt()

    def close(self, polite: bool = True) -> None:
        """End the session; `polite` says good-bye first."""
        if polite:
            with contextlib.suppress(MailboxError), _translated("logout"):
                self._client.logout()
        with contextlib.suppress(Exception):
            self._wire.shutdown()

    # ---------------------------------------------------------------------------------------------- folders

    def select(self, folder: str) -> Selected:
        """Open a folder.  Raises FolderMissing."""
        try:
            with _translated("select"):
                try:
                    found, read_only = self._client.select_folder(folder), False
                except imaplib.IMAP4.readonly:
                    found, read_only = self._client.select_folder(folder, readonly=True), True
        except CommandRefused as refused:
            if refused.code in ("UNAVAILABLE", "SERVERBUG", "INUSE", "LIMIT"):
                raise
            raise FolderMissing(f'folder "{folder}" cannot be opened: {refused.words}') from refused
        if b"UIDVALIDITY" not in found:
            raise FolderMissing(f'folder "{folder}" has mails without lasting numbers (no UIDVALIDITY)')
        kept = found.get(b"PERMANENTFLAGS", (SEEN.encode(), DELETED.encode(), b"\\*"))  # RFC 3501 7.1: all, if unsaid
        return Selected(
            uidvalidity=int(found[b"UIDVALIDITY"]),
            uidnext=int(found[b"UIDNEXT"]) if b"UIDNEXT" in found else None,
            exists=int(found.get(b"EXISTS", 0)),
            flags=frozenset(flag.decode("ascii", "replace").lower() for flag in kept),
            read_only=read_only or b"READ-ONLY" in found,
        )

    def rights(self, folder: str) -> str | None:
        """The letters of what we may do in a folder (RFC 4314 2.1); None where the server does not say."""
        if not self.has("ACL"):
            return None
        with contextlib.suppress(CommandRefused), _translated("myrights"):
            client = self._client
            (line,) = client._command_and_check("myrights", client._normalise_folder(folder), unpack=False)
            return str(line.split()[-1].decode("ascii", "replace"))
        return None

    def find_folder(self, folder: str) -> str | None:
        """The name by which the server knows this folder: as written, with its own delimiter, or in its namespace."""
        for name in self._spellings(folder):
            with contextlib.suppress(CommandRefused), _translated("list"):
                if any(b"\\Noselect" not in flags for flags, _, _ in self._client.list_folders("", name)):
                    return name
        return None

    def make_folder(self, folder: str) -> str:
        """Create a folder and subscribe to it; its name.  Raises FolderMissing with what the server said."""
        why = ""
        for name in self._spellings(folder):
            try:
                with _translated("create"):
                    self._client.create_folder(name)
            except CommandRefused as refused:
                if refused.code != "ALREADYEXISTS":
                    why = why or refused.words
                    continue
            with contextlib.suppress(CommandRefused), _translated("subscribe"):
                self._client.subscribe_folder(name)
            return name
        raise FolderMissing(f'folder "{folder}" is not there and cannot be made: {why}')

    def _spellings(self, folder: str) -> tuple[str, ...]:
        prefix, delimiter = "", "/"
        with contextlib.suppress(CommandRefused), _translated("list"):
            for _, found, _ in self._client.list_folders("", ""):
                delimiter = found.decode("ascii", "replace") if found else delimiter
        with contextlib.suppress(CommandRefused), _translated("namespace"):
            if self._client.has_capability("NAMESPACE") and (own := self._client.namespace().personal):
                prefix = str(own[0][0])
        local = folder.replace("/", delimiter)
        names = (folder, local, local if local.startswith(prefix) else prefix + local)
        return tuple(dict.fromkeys(names))

    # ---------------------------------------------------------------------------------------------- mails

    def uids_from(self, first: int) -> list[int]:
        """The numbers of all mails from `first` on, ascending."""
        self._wire.news = False  # whatever is announced from here on may be missing in the answer
        with _translated("search"):
            kind, data = self._wire.uid("SEARCH", "UID", f"{first}:*")
            if kind != "OK":
                raise CommandRefused("search", _words(data))
            numbers = (int(word) for line in data if line for word in line.split() if word.isdigit())
            return sorted({number for number in numbers if number >= first})  # "9:*" means the last one, if it is 7

    def listed(self, uids: Sequence[int]) -> dict[int, Listed]:
        """Size and date of these mails; those that are gone are missing."""
        found = self._fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        return {
            uid: Listed(int(one[b"RFC822.SIZE"]), one.get(b"INTERNALDATE"))
            for uid, one in found.items()
            if isinstance(one.get(b"RFC822.SIZE"), int)
        }

    def bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails, byte for byte, without marking them as seen; those that are gone are missing."""
        found = self._fetch(uids, ["BODY.PEEK[]"])
        return {uid: one[b"BODY[]"] for uid, one in found.items() if isinstance(one.get(b"BODY[]"), bytes)}

    def _fetch(self, uids: Sequence[int], what: list[str]) -> Mapping[int, Mapping[bytes, Any]]:
        try:
            with _translated("fetch"):
                found: Mapping[int, Mapping[bytes, Any]] = self._client.fetch(list(uids), what)
                return found
        finally:
            self._wire.forget()  # mails of a fetch that failed would be taken for answers of the next

    def flag(self, uids: Sequence[int], flags: Sequence[str]) -> None:
        """Add flags."""
        with _translated("store"):
            self._client.add_flags(list(uids), list(flags), silent=True)

    def move(self, uids: Sequence[int], folder: str) -> None:
        """MOVE (RFC 6851); ask first whether the server `has` it."""
        with _translated("move"):
            self._client.move(list(uids), folder)

    def copy(self, uids: Sequence[int], folder: str) -> None:
        """COPY."""
        with _translated("copy"):
            self._client.copy(list(uids), folder)

    def remove(self, uids: Sequence[int]) -> None:
        """Delete these mails and no others (UID EXPUNGE, RFC 4315); ask first whether the server `has` UIDPLUS."""
        self.flag(uids, [DELETED])
        with _translated("expunge"):
            self._client.uid_expunge(list(uids))

    # ---------------------------------------------------------------------------------------------- waiting

    def noop(self) -> None:
        """Ask whether the server is still there."""
        with _translated("noop"):
            self._client.noop()
        self._wire.forget()

    @contextmanager
    def idling(self) -> Iterator[Callable[[float], bool]]:
        """Within: the server tells what is new; the function waits for it, at most so many seconds.

        Raises CommandRefused when the server does not want to.
        """
        with _translated("idle"):
            tag = self._wire.begin_idle()
        if tag is None:
            raise CommandRefused("idle", "the server does not want to")
        yield self._watch
        with _translated("idle"):
            self._wire.end_idle(tag)

    def _watch(self, seconds: float) -> bool:
        with _translated("idle"):
            return self._wire.watch(seconds)


def _quoted(user: str) -> str:
    """imaplib quotes the password only (RFC 9051 4.3)."""
    return '"' + user.replace("\\", "\\\\").replace('"', '\\"') + '"'


@contextmanager
def _translated(command: str, where: str = "") -> Iterator[None]:
    """What imaplib, imapclient and the socket raise, as ours."""
    at = f"{where}: " if where else ""
    try:
        yield
    except MailboxError:
        raise
    except ssl.SSLCertVerificationError as problem:
        words = f"{at}the server's certificate is not to be trusted: {problem.verify_message}"
        raise ConnectionLost(f"{words} (ca_file names a certificate to trust instead)") from problem
    except TimeoutError as problem:
        raise ConnectionLost(f"{at}no answer to {command} within the time-out") from problem
    except OSError as problem:
        raise ConnectionLost(f"{at}{problem.strerror or problem}") from problem
    except imaplib.IMAP4.readonly as problem:
        raise CommandRefused(command, _text(problem), "READ-ONLY") from problem
    except imaplib.IMAP4.abort as problem:
        words = _text(problem)
        if "UNAVAILABLE" in words.upper():
            raise LoginUnavailable(words) from problem
        raise ConnectionLost(f"{at}{words}") from problem
    except imaplib.IMAP4.error as problem:
        words = _text(problem)
        found = _CODE.search(words)
        raise CommandRefused(command, words, found[1].upper() if found else "") from problem
    except Exception as problem:
        # whatever a server sends, imapclient trips over it in ways of its own; the line itself was read to its end
        raise CommandRefused(command, f"an answer that cannot be understood: {problem!r}"[:_LONGEST_WORDS]) from problem


def _text(problem: BaseException) -> str:
    """The words of an exception whose argument may be bytes, in one line."""
    word = problem.args[0] if problem.args else ""
    text = word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word)
    if text.startswith(("b'", 'b"')):
        text = text[2:-1]
    return " ".join(text.split())[:_LONGEST_WORDS] or type(problem).__name__


def _words(data: Sequence[object]) -> str:
    last = data[-1] if data else b""
    return last.decode("utf-8", "replace")[:_LONGEST_WORDS] if isinstance(last, bytes) else "refused"
