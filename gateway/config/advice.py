"""What is allowed but deserves a look: warnings that `deskgate check` shows and no load fails for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path as FilePath

import templates
from gateway.config.checks import table_in
from gateway.config.files import Document
from gateway.config.locate import Path
from gateway.config.models import Configuration
from gateway.config.outside import THIS_MACHINE, absolute, logins, secrets, text_in, without_password
from gateway.config.problems import Problem, quoted
from gateway.config.secrets import readable_by_others

REVIEW_AFTER = timedelta(days=365)


def warnings(document: Document, found: Configuration, today: date) -> Iterator[Problem]:
    """Everything worth a look in a configuration that can be used."""
    yield from _reviews(document, found, today)
    yield from _secrets(document, found)
    yield from _addresses(document, found)
    yield from _languages(document, found)
    yield from _border(document, found)
    yield from _mailboxes(document, found)
    used = {team.hours for team in found.teams.values()}
    for name in found.hours:
        if name not in used:
            yield document.problem(("hours", name), f"no team keeps the hours {quoted(name)}", at_name=True)
    if not found.receive.smtp and not found.receive.lmtp and not found.receive.imap:
        words = "nothing listens for mail: it comes in only by deskgate deliver and deskgate import"
        yield document.problem(("receive",), words)


def _reviews(document: Document, found: Configuration, today: date) -> Iterator[Problem]:
    """The four statements are read again once a year."""
    for key, team in found.teams.items():
        if team.reviewed is None:
            continue
        path = ("teams", key, "reviewed")
        if today - team.reviewed > REVIEW_AFTER:
            words = (
                "helps_with, hours, meet and turnaround were last read more than a year ago; "
                f"read them again, then write reviewed = {today.isoformat()}"
            )
            yield document.problem(path, words)
        elif team.reviewed > today:
            yield document.problem(path, f"{team.reviewed.isoformat()} is still to come")


def _secrets(document: Document, found: Configuration) -> Iterator[Problem]:
    """Passwords are for Deskgate's eyes only."""
    named = [((*path, f"{what}_file"), text_in(table, f"{what}_file")) for path, table, what in secrets(document)]
    named += [
        ((*path, "oauth", "key_file"), text_in(table_in(login, "oauth"), "key_file"))
        for path, login in logins(document)
    ]
    for path, name in named:
        if name and readable_by_others(absolute(document, name)):
            file = absolute(document, name)
            yield document.problem(path, f"every user of this machine can read the password; run: chmod 600 {file}")
    if without_password(found.store.url) != found.store.url:
        words = "the password stands in the URL; name password_file or password_env instead"
        yield document.problem(("store", "url"), words)


def _border(document: Document, found: Configuration) -> Iterator[Problem]:
    """Whoever reaches a door that strangers can reach could write our mail server's verdicts himself."""
    trust = found.trust
    doors = [*found.receive.smtp, *found.receive.lmtp]
    if trust.authserv_id and not trust.relays and any(one.listen.host not in THIS_MACHINE for one in doors):
        words = (
            "anybody who reaches Deskgate's doors past your mail server could write its verdicts; name your mail "
            "servers in relays, so that only what they hand over is believed"
        )
        yield document.problem(("trust", "authserv_id"), words)
    if trust.nameservers and not trust.check_senders:
        yield document.problem(("trust", "nameservers"), "nobody asks them; write check_senders = true")


def _mailboxes(document: Document, found: Configuration) -> Iterator[Problem]:
    """Without either, a mail is for the alias that its To and Cc name; many mails name none."""
    for number, mailbox in enumerate(found.receive.imap):
        if not mailbox.aliases and not mailbox.recipient_header:
            words = (
                "a mail that names none of your aliases in To or Cc (a Bcc, a list) will be held for an administrator; "
                'name aliases of this mailbox, or recipient_header = "Delivered-To" (or what your server writes)'
            )
            yield document.problem(("receive", "imap", number), words)


def _languages(document: Document, found: Configuration) -> Iterator[Problem]:
    """Mails in a language for which there are no texts are written in English."""
    folders = [FilePath(templates.__file__ or "").parent / "mail"]
    if found.templates.folder:
        folders.append(absolute(document, found.templates.folder) / "mail")
    wanted: list[tuple[Path, str | None]] = [(("site", "language"), found.site.language)]
    wanted += [(("teams", key, "language"), team.language) for key, team in found.teams.items()]
    for path, language in wanted:
        if language and not any((folder / language).is_dir() for folder in folders):
            yield document.problem(path, f"there are no texts in {quoted(language)}; mails will be in English")


def _addresses(document: Document, found: Configuration) -> Iterator[Problem]:
    """Reply addresses must not pass for people's addresses (the "ticket trick")."""
    replies = found.site.reply_addresses
    ours = {alias.rpartition("@")[2].lower() for team in found.teams.values() for alias in team.aliases}
    if replies in ours | set(found.trust.domains):
        words = (
            f"{quoted(replies)} is the domain of people's addresses too; take one of its own, so that no reply address "
            "can pass for a colleague elsewhere"
        )
        yield document.problem(("site", "reply_addresses"), words)
