"""A mail to ourselves: out by the smarthost, to a real reply address of each alias, back through the site's mail servers.

It shows the one thing that no look from outside can: whether the part behind the ``+`` survives.  The mail carries a
Message-ID of ours that names no ticket, so it is an own mail (mail-safety 3.2): never answered, no ticket.  When it is
back, it is taken out of quarantine as what it is; probes that came back too late are cleared away by the next run.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import format_datetime

from gateway import keys
from gateway.delivery.base import OutgoingMail, Result
from gateway.delivery.wiring import transport_of
from gateway.doctor.database import daemons, opened
from gateway.doctor.findings import Finding, Patient, failed, ok, skipped
from gateway.doctor.lookup import Names, available
from gateway.heartbeat import files_now
from parsers.message import comparable
from parsers.parse import parse
from routing.identity import Purpose, make_message_id, read_message_id, reply_address
from store.errors import StoreError
from store.inbox import InboxRow
from store.store import Store

MOST_ALIASES = 10
LOOK_SECONDS = 0.3
LOOKED_AT = 500
"""Newest rows of the books among which a probe is looked for."""
SETTLE_SECONDS = 5.0
WHY = "a mail of deskgate doctor to itself"
_SIGNED = re.compile(r"\b([ds])\s*=\s*([^\s;]+)")


@dataclass(frozen=True, slots=True)
class Probe:
    """One mail to one alias; `to` is the reply address that was tried."""

    alias: str
    to: str
    mail: OutgoingMail


def findings(patient: Patient) -> Iterator[Finding]:
    """Send, wait, look, clear away."""
    if patient.settings.send.smtp is None:
        yield skipped("sending", "outgoing mail goes into a folder, so nothing can come back")
        return
    if patient.mail_seconds <= 0:
        yield skipped("sending", "not asked for (--wait 0)")
        return
    try:
        with opened(patient) as store:
            if store is None or not files_now(daemons(store, patient), patient.now()):
                words = "no daemon runs that could file what comes back"
                yield skipped("sending", words, "Start it (deskgate run), then try again.")
                return
            ring = keys.read(patient.settings.keys_file)
            _clear_old(store, ring, patient)
            yield from _there_and_back(store, ring, patient)
    except (keys.KeyFileProblem, StoreError) as problem:
        yield skipped("sending", f"not possible: {problem}")


def _there_and_back(store: Store, ring: keys.Keys, patient: Patient) -> Iterator[Finding]:
    aliases = [team.aliases[n] for team in patient.settings.desk.teams.values() for n in range(len(team.aliases))]
    probes = [_probe(alias, ring, patient) for alias in aliases[:MOST_ALIASES]]
    began = time.monotonic()
    results = asyncio.run(_send(probes, patient))
    left: dict[str, Probe] = {}
    for probe, result in zip(probes, results, strict=True):
        if result.kind == "sent":
            left[probe.mail.message_id] = probe
        else:
            advice = "deskgate doctor says above what the smarthost thinks of us; its log says more."
            yield failed(probe.alias, f"the smarthost did not take a mail to {probe.to}: {result.reply}", advice)
    while left and time.monotonic() - began < patient.mail_seconds:
        for row in _returned(store, left):
            yield from _judged(store, row, left.pop(row.message_id), time.monotonic() - began, patient)
        time.sleep(LOOK_SECONDS)
    for probe in left.values():
        yield _lost(probe, patient)
    if len(aliases) > MOST_ALIASES:
        yield skipped("more", f"{len(aliases) - MOST_ALIASES} further aliases were not tried")


def _probe(alias: str, ring: keys.Keys, patient: Patient) -> Probe:
    site, now = patient.settings.desk.site, patient.now()
    message_id = make_message_id(ring.ring, site.domain, 0, 0, secrets.randbits(40))
    to = reply_address(site, ring.ring, alias, (Purpose.REQUESTER, 0, 0, now.date())) or alias
    text = (
        f"From: {alias}\r\nTo: {to}\r\nSubject: deskgate doctor\r\nDate: {format_datetime(now)}\r\n"
        f"Message-ID: <{message_id}>\r\nAuto-Submitted: auto-generated\r\nX-Deskgate-Instance: {ring.instance}\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        "deskgate doctor sends this to itself to see whether it comes back. Nobody needs to read it.\r\n"
    )
    sender = "" if patient.settings.send.ack_envelope == "null" else alias
    return Probe(alias, to, OutgoingMail(0, sender, to, text.encode(), message_id, now))


async def _send(probes: Sequence[Probe], patient: Patient) -> list[Result]:
    send = patient.settings.send
    assert send.smtp is not None, "asked before"
    aliases = {probe.mail.message_id: probe.alias for probe in probes}
    domain = patient.settings.desk.site.domain
    way_out = transport_of(send, domain, lambda mail: aliases[mail.message_id])
    try:
        return list(await asyncio.gather(*(way_out.send(probe.mail) for probe in probes)))
    finally:
        await way_out.close()


def _returned(store: Store, wanted: dict[str, Probe]) -> list[InboxRow]:
    """Rows of ours that are decided."""
    with store.reading() as tx:
        rows = store.inbox.list(tx, limit=LOOKED_AT)
    return [row for row in rows if row.message_id in wanted and row.outcome is not None]


def _judged(store: Store, row: InboxRow, probe: Probe, seconds: float, patient: Patient) -> Iterator[Finding]:
    """What the way back did to it; then it leaves quarantine."""
    with store.transaction() as tx:
        store.inbox.drop(tx, row.id, WHY)
        raw = store.inbox.raw(tx, row.id) or b""
    came, way = [comparable(to) for to in row.recipients], f"after {seconds:.1f} s, by {row.source}"
    if comparable(probe.to) in came:
        words = "with its reply address whole" if probe.to != probe.alias else "(reply addresses are switched off)"
        yield ok(probe.alias, f"it came back {way}, {words}")
    else:
        words = f"it came back {way}, but as mail to {', '.join(row.recipients)}: the part behind the + was lost"
        yield failed(probe.alias, words, _survival(patient))
    yield _signature(raw, probe, patient)


def _survival(patient: Patient) -> str:
    if patient.settings.mailboxes:
        header = "recipient_header names the field in which your server writes the address it delivered to"
        return f'{header} (Delivered-To, X-Original-To); if none has the +, set reply_addresses = "none" in [site].'
    return (
        "Postfix: recipient_delimiter = + and ${recipient} in the pipe or LMTP; Exim: rcpt_include_affixes; "
        'or a domain for replies alone; or reply_addresses = "none" in [site].'
    )


def _signature(raw: bytes, probe: Probe, patient: Patient) -> Finding:
    """Whether somebody signed it on its way (DKIM, RFC 6376), and whether the key is published."""
    domain, about = comparable(probe.alias).rpartition("@")[2], f"{probe.alias} DKIM"
    for value in parse(raw).header("DKIM-Signature"):
        tags = dict(_SIGNED.findall(value))
        if "d" not in tags or "s" not in tags or not (f".{domain}").endswith(f".{tags['d'].lower()}"):
            continue
        if not available():
            return ok(about, f"it was signed for {tags['d']} (selector {tags['s']}); the key was not looked up")
        answer = Names(patient.resolver).ask(f"{tags['s']}._domainkey.{tags['d']}", "TXT")
        if answer.how == "found":
            return ok(about, f"it was signed for {tags['d']}, and the key of selector {tags['s']} is published")
        words = f"it was signed for {tags['d']}, but the key of selector {tags['s']} is not published"
        return failed(about, words, f"Publish the TXT record {tags['s']}._domainkey.{tags['d']} that the signer made.")
    advice = (
        "Mail that never left your servers may be unsigned: send one elsewhere and look for dkim=pass in its header."
    )
    return skipped(about, f"it came back without a signature for {domain}", advice)


def _lost(probe: Probe, patient: Patient) -> Finding:
    words = f"a mail to {probe.to} did not come back within {patient.mail_seconds:.0f} s"
    advice = (
        f"Look for {probe.mail.message_id} in the mail server's log: is the address known there, with and without the part "
        "behind the +, and does it lead here? If it is only slow, give more time with --wait."
    )
    return failed(probe.alias, words, advice)


def _clear_old(store: Store, ring: keys.Keys, patient: Patient) -> None:
    """Probes of earlier runs that came back too late."""
    domain = patient.settings.desk.site.domain
    with store.transaction() as tx:
        for row in store.inbox.list(tx, state="held", limit=LOOKED_AT):
            own = read_message_id(ring.ring, domain, row.message_id)
            if own is not None and own.ticket == 0:
                store.inbox.drop(tx, row.id, WHY)
