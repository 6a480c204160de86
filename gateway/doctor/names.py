"""The domains we receive for and write from: where their mail goes, and what others are told about mail from them.

MX: RFC 5321 5.1 and 7505.  SPF: RFC 7208.  DMARC: RFC 7489.  These are hints: whether the site's servers are those that SPF
names is known to the site alone; a mail to ourselves shows whether somebody signs (DKIM).
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

from gateway.doctor.findings import Finding, Patient, failed, ok, skipped, warning
from gateway.doctor.lookup import INSTALL, Names, available
from routing.teams import Desk

MOST_DOMAINS = 20
_POLICY = re.compile(r"\bp\s*=\s*(none|quarantine|reject)\b", re.IGNORECASE)


def findings(patient: Patient) -> Iterator[Finding]:
    """Every domain of the configuration, the first twenty of them."""
    desk = patient.settings.desk
    domains = _domains(desk)
    if not available():
        words = "MX, SPF and DMARC records cannot be looked up: a library is missing"
        yield warning("library", words, INSTALL)
        for domain in domains[:MOST_DOMAINS]:
            yield _address_only(domain)
        return
    names = Names(patient.resolver)
    reply = desk.site.reply_addresses
    for domain in domains[:MOST_DOMAINS]:
        yield _mail_goes(names, domain, replies=domain == reply)
        if domain != reply:
            yield _spf(names, domain, patient)
            yield _dmarc(names, domain)
    if len(domains) > MOST_DOMAINS:
        yield skipped("more", f"{len(domains) - MOST_DOMAINS} further domains")


def _domains(desk: Desk) -> list[str]:
    """Those of the aliases, from which we write, and that of reply addresses where it is one of its own."""
    found = dict.fromkeys(alias.rpartition("@")[2] for alias in sorted(desk.alias_addresses))
    if desk.site.reply_addresses not in ("subaddress", "none"):
        found[desk.site.reply_addresses] = None
    return list(found)


def _address_only(domain: str) -> Finding:
    try:
        socket.getaddrinfo(domain, 25, type=socket.SOCK_STREAM)
    except OSError as problem:
        words = f"it has no address ({problem.strerror or problem}); its MX record was not looked up"
        return skipped(domain, words, INSTALL)
    return ok(domain, "it has an address; its MX record was not looked up")


def _mail_goes(names: Names, domain: str, replies: bool) -> Finding:
    about = f"{domain} MX"
    answer = names.ask(domain, "MX")
    purpose = "replies to our mails" if replies else "mail for our aliases"
    if answer.how == "unknown":
        return failed(
            about, f"nobody says where its mail goes: {answer.why}", "Check the name servers of this machine."
        )
    if answer.how == "nothing":
        if addresses := names.addresses(domain):
            return ok(about, f"there is none; mail goes to its address {addresses[0]}")
        return failed(
            about,
            f"it has neither MX nor address, or does not exist: {purpose} cannot arrive",
            f"Add: {domain}. MX 10 your.mail.server.",
        )
    hosts = [record.split()[-1].rstrip(".") for record in answer.records]
    if hosts == [""]:
        return failed(
            about, 'it says that it takes no mail ("MX 0 .", RFC 7505)', f"Replace that record: {purpose} is refused."
        )
    lost = [host for host in hosts[:10] if not names.addresses(host)]
    if lost == hosts[:10]:
        return failed(
            about, f"none of its mail servers has an address: {', '.join(lost)}", "Add A or AAAA records for them."
        )
    if lost:
        return warning(about, f"no address for {', '.join(lost)}", "Add A or AAAA records, or remove them from the MX.")
    return ok(about, f"{purpose} goes to {', '.join(hosts[:5])}")


def _spf(names: Names, domain: str, patient: Patient) -> Finding:
    about = f"{domain} SPF"
    answer = names.ask(domain, "TXT")
    if answer.how == "unknown":
        return warning(about, f"not known: {answer.why}", "Try again.")
    records = [text for text in answer.records if text.lower().split(" ")[0] == "v=spf1"]
    smtp = patient.settings.send.smtp
    server = smtp.host if smtp is not None else "your.smarthost"
    if not records:
        advice = f'Add a TXT record: {domain}. TXT "v=spf1 mx a:{server} -all" (with every server that sends for it).'
        return warning(about, "no record says which servers may send for it; others may take our mail for spam", advice)
    if len(records) > 1:
        words = f"{len(records)} records, which is the same as a wrong one (RFC 7208 4.5)"
        return failed(about, words, "Join them into a single record.")
    if re.search(r"(?:^|\s)\+?all\b", records[0], re.IGNORECASE):
        return warning(about, f"{records[0]} lets the whole world send for it", 'End it with "-all" or "~all".')
    return ok(about, f"{records[0][:200]}")


def _dmarc(names: Names, domain: str) -> Finding:
    """Of the domain, else of the one above it that has one (its organisation's)."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        name = ".".join(labels[start:])
        answer = names.ask(f"_dmarc.{name}", "TXT")
        if answer.how == "unknown":
            return warning(f"{domain} DMARC", f"not known: {answer.why}", "Try again.")
        records = [text for text in answer.records if text.lower().startswith("v=dmarc1")]
        if len(records) > 1:
            words = f"{len(records)} records at _dmarc.{name}, which count as none (RFC 7489 6.6.3)"
            return failed(f"{domain} DMARC", words, "Leave a single one.")
        if records:
            return _policy(domain, name, records[0])
    record = f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}"
    advice = f'Add: _dmarc.{domain}. TXT "{record}"; look at the reports, then set p=reject.'
    return warning(
        f"{domain} DMARC", "no record: others cannot tell our mail from forgeries, and neither can we", advice
    )


def _policy(domain: str, name: str, record: str) -> Finding:
    found = _POLICY.search(record)
    where = "" if name == domain else f" (of {name})"
    if found is None:
        return failed(
            f"{domain} DMARC", f'"{record[:200]}"{where} names no policy', "Add p=none, p=quarantine or p=reject."
        )
    policy = found[1].lower()
    if policy == "none":
        words = f"p=none{where}: forged mail from {domain} is let through everywhere"
        return warning(
            f"{domain} DMARC", words, "Once the reports show nothing wrong, set p=quarantine, then p=reject."
        )
    return ok(f"{domain} DMARC", f"p={policy}{where}")
