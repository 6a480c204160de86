"""The mail server that takes our outgoing mail: connection, login, and whether it would take what we send."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gateway.config import settings as configured
from gateway.delivery.base import one_line, sendable
from gateway.delivery.dialogue import Broken, Dialogue, Reply
from gateway.delivery.opening import Opened, Opening, Refused
from gateway.delivery.replies import Step
from gateway.delivery.smarthost import client_context
from gateway.delivery.wiring import smarthost_of
from gateway.doctor.findings import Finding, Patient, failed, ok, warning
from gateway.doctor.reach import READ_SECONDS, Address, Reached, reach

SECTION = "[send.smtp]"
_SIZE = re.compile(r"SIZE[ =](\d+)\Z", re.IGNORECASE)


def findings(patient: Patient) -> Iterator[Finding]:
    """The way out that is configured."""
    send = patient.settings.send
    if send.maildir is not None:
        yield from _maildir(send.maildir)
    if send.smtp is not None:
        yield from _smarthost(patient, send.smtp)


def _maildir(folder: Path) -> Iterator[Finding]:
    above = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=above):
            pass
    except OSError as problem:
        yield failed(
            "folder", f"{above} cannot be written: {problem.strerror}", "Let the user who runs Deskgate write there."
        )
        return
    words = f"outgoing mail is put into {folder} and goes nowhere by itself"
    yield warning("folder", words, f"To send it, name a mail server in {SECTION} instead of `maildir`.")


def _smarthost(patient: Patient, host: configured.Smarthost) -> Iterator[Finding]:
    reached, site = Reached(), patient.settings.desk.site
    address = Address(host.host, host.port, host.tls, "smtp", host.ca_file, SECTION)
    yield from reach(address, site.domain, reached, patient.now())
    if not reached.well:
        return
    yield from _size(reached.offers, patient)
    yield from asyncio.run(_let_in(patient, host))


def _size(offers: list[str], patient: Patient) -> Iterator[Finding]:
    limit = next((int(found[1]) for offer in offers if (found := _SIZE.match(offer.strip()))), 0)
    ours = patient.settings.limits.message_bytes
    if 0 < limit < ours:
        words = f"it takes mails up to {limit / 1e6:.1f} MB, we take {ours / 1e6:.1f} MB: large ones may not get out"
        yield warning(
            "size", words, f"Raise its limit (Postfix: message_size_limit), or set limits.message_size to {limit}."
        )
    elif limit:
        yield ok("size", f"it takes mails up to {limit / 1e6:.1f} MB")


async def _let_in(patient: Patient, host: configured.Smarthost) -> list[Finding]:
    found: list[Finding] = []
    try:
        settings = replace(smarthost_of(host, patient.settings.desk.site.domain), command_timeout=READ_SECONDS)
        opened = await Opening(settings, client_context(settings)).open()
    except Refused as refused:
        login = refused.result.cause == "login" or f"({Step.AUTH.value})" in refused.result.reply
        advice = (
            f"Check user and password in {SECTION}; if the server offers no AUTH without TLS, set tls."
            if login
            else f"Check {SECTION}; the server's log says more."
        )
        return [failed("login" if login else "session", refused.result.reply, advice)]
    if host.user:
        found.append(ok("login", f"{host.user} is let in{' by token' if host.oauth else ''}"))
    able = [name for name, there in (("PIPELINING", opened.pipelining), ("SMTPUTF8", opened.smtputf8)) if there]
    found.append(ok("server", f"it can {', '.join(able) if able else 'neither PIPELINING nor SMTPUTF8'}"))
    try:
        found += await _would_take(opened, patient)
    except (Broken, TimeoutError) as problem:
        found.append(failed("session", f"it broke off: {problem}", "The server's log says more."))
    finally:
        opened.dialogue.close()
    return found


async def _would_take(opened: Opened, patient: Patient) -> list[Finding]:
    """Offer two envelopes, as for an acknowledgement and for an answer, and take both back before any mail is sent."""
    site, found = patient.settings.desk.site, list[Finding]()
    alias = next(iter(sorted(patient.settings.desk.alias_addresses)))
    to = next((good for admin in site.admins if (good := sendable(admin))), sendable(alias) or alias)
    null, answer = (
        await _envelope(opened.dialogue, "", to),
        await _envelope(opened.dialogue, sendable(alias) or alias, to),
    )
    if null is None:
        found.append(ok("null sender", "it takes mail without an envelope sender, as acknowledgements are sent"))
    elif answer is None:
        severe = patient.settings.send.ack_envelope == "null"
        words = f"it refuses mail without an envelope sender: {_said(null)}"
        advice = 'Set ack_envelope = "signed" in [send].'
        found.append(warning("null sender", words, advice) if severe else ok("null sender", f"{words}; not used"))
    if answer is None:
        found.append(ok("envelope", f"it would take a mail from {alias} to {to}"))
    else:
        words = f"it would not take a mail from {alias} to {to}: {_said(answer)}"
        advice = f"Let it relay for this machine (Postfix: mynetworks), or set user and password in {SECTION}."
        found.append(failed("envelope", words, advice))
    return found


def _said(reply: Reply) -> str:
    return one_line(f"{reply.code} {reply.text}")


async def _envelope(dialogue: Dialogue, sender: str, to: str) -> Reply | None:
    """MAIL, RCPT, RSET: the refusal, or None."""
    refusal: Reply | None = None
    for command in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{to}>"):
        dialogue.say(command.encode())
        reply = await dialogue.reply(READ_SECONDS)
        if reply.code >= 400:
            refusal = reply
            break
    dialogue.say(b"RSET")
    await dialogue.reply(READ_SECONDS)
    return refusal
