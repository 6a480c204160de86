"""What can go wrong with a mailbox, by what is to be done about it."""

from __future__ import annotations


class MailboxError(Exception):
    """A mailbox cannot be read now.  The message is for the operator: what happened, and what to do."""


class ConnectionLost(MailboxError):
    """No connection, or it ended or fell silent: connect again after a pause."""


class LoginRefused(MailboxError):
    """The server does not let us in; trying again soon changes nothing."""

    def __init__(self, why: str, advice: str) -> None:
        super().__init__(f"{why.rstrip('.')}. {advice}" if why else advice)
        self.advice = advice


class LoginUnavailable(MailboxError):
    """Logging in is not possible for now: a time-out, an overloaded server, no token to be had."""

    def __init__(self, why: str, retry_after: float = 0.0) -> None:
        super().__init__(why)
        self.retry_after = retry_after
        """Seconds before which it is not worth trying; 0: as usual."""


class FolderMissing(MailboxError):
    """There is no such folder, or we may not open it."""


class CommandRefused(MailboxError):
    """The server said NO or BAD, or something that cannot be understood; the connection is still good.

    `code` is the response code (RFC 9051 7.1), for example OVERQUOTA; empty: none.
    """

    def __init__(self, command: str, words: str, code: str = "") -> None:
        super().__init__(f"{command}: {words}")
        self.command, self.words, self.code = command, words, code


class Stopped(Exception):
    """The daemon is stopping."""
