"""A daemon that checks senders itself: whoever has a colleague's reply address still has to be that colleague."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.helpers.desk import Desk, free_port, mail, running, wait_for
from tests.helpers.servers import server
from tests.helpers.signing import Dns, Signer

MARIA = "Maria Schmidt <maria@acme.example>"


@dataclass(frozen=True)
class Site:
    """A daemon that asks the name server, and the keys of two domains."""

    desk: Desk
    dns: Dns
    acme: Signer
    evil: Signer

    def row(self, message_id: str) -> dict[str, object]:
        """The inbox row of a mail, once it is decided."""

        def decided() -> dict[str, object] | None:
            rows = [r for r in self.desk.ask("inbox", "list") if r["message_id"] == message_id]
            return rows[0] if rows and rows[0]["outcome"] else None

        return dict(wait_for(decided, 40, f"deciding about {message_id}"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = Path(tmp_path_factory.mktemp("auth"))
    with server("dnsd") as found:
        dns = Dns(found)
        for domain in ("acme.example", "cust.example"):
            dns.say(f"_dmarc.{domain}", "TXT", "v=DMARC1; p=reject")
        trust = f'check_senders = true\nnameservers = ["{dns.place}"]'
        keys = [Signer(domain, dns, folder) for domain in ("acme.example", "evil.example")]
        with running(folder / "desk", trust=trust) as desk:
            yield Site(desk, dns, *keys)


def raw(message: EmailMessage) -> bytes:
    """As it travels."""
    return message.as_bytes(policy=policy.SMTP)


def notice_to_maria(site: Site, subject: str) -> EmailMessage:
    """What a member of the team gets about a new request, with her own reply address."""
    site.desk.post(mail(subject=subject))
    found = wait_for(
        lambda: [m for m in site.desk.mails("maria@acme.example") if subject in str(m["Subject"])], 30, "the notice"
    )
    assert isinstance(found[0], EmailMessage)
    return found[0]


def reply(notice: EmailMessage, name: str, text: str) -> tuple[bytes, str]:
    """A reply that says it is Maria's, and where it goes."""
    to = str(notice["Reply-To"].addresses[0].addr_spec)
    fields = {"Message_ID": f"<{name}@acme.example>", "In_Reply_To": str(notice["Message-ID"])}
    return raw(mail(subject=f"Re: {notice['Subject']}", text=text, sender=MARIA, to=to, **fields)), to


def test_a_leaked_reply_address_of_a_colleague_needs_the_colleague_too(site: Site) -> None:
    notice = notice_to_maria(site, "The door does not close")
    forged, to = reply(notice, "forged", "Please send your passphrase to me.\n")
    site.desk.post(forged, "maria@acme.example", (to,))
    held = site.row("forged@acme.example")
    assert (held["outcome"], held["proof"]) == ("quarantine", "unproven")
    assert "where the mail came from is not known" in str(held["proof_reason"])

    signed, _ = reply(notice, "signed-by-another", "Please send your passphrase to me too.\n")
    site.desk.post(site.evil.sign(signed), "maria@acme.example", (to,))
    assert site.row("signed-by-another@acme.example")["outcome"] == "quarantine"

    true, _ = reply(notice, "true", "I shall come at two.\n")
    site.desk.post(site.acme.sign(true), "maria@acme.example", (to,))
    row = site.row("true@acme.example")
    assert (row["outcome"], row["proof"], row["proof_reason"]) == ("attach", "proven", "dmarc=pass by our own check")
    answers = wait_for(
        lambda: [m for m in site.desk.mails("sam@cust.example") if "at two" in str(m.get_body(("plain",)))], 20, "it"
    )
    assert len(answers) == 1
    everything = "".join(str(m.get_body(("plain",))) for m in site.desk.mails("sam@cust.example"))
    assert "passphrase" not in everything


def test_the_level_and_its_reason_are_shown_for_people_too(site: Site) -> None:
    site.desk.post(raw(mail(subject="A lamp", Message_ID="<lamp@cust.example>")), "sam@cust.example")
    number = site.row("lamp@cust.example")["id"]
    shown = site.desk.command("inbox", "show", str(number)).stdout.decode()
    assert "\nproof        unproven\n" in shown
    assert "\nproof_reason dmarc=permerror (no signature of the author" in shown


def test_a_domain_whose_dns_is_silent_keeps_nobody_else_waiting(site: Site) -> None:
    site.dns.say("_dmarc.silent.example", "FAIL", "timeout")
    silent = mail(sender="x@silent.example", subject="Slow", Message_ID="<slow@silent.example>")
    site.desk.post(silent, "x@silent.example")
    site.desk.post(mail(subject="Quick", Message_ID="<quick@cust.example>"))
    site.row("quick@cust.example")
    slow = site.row("slow@silent.example")
    assert (slow["outcome"], slow["proof"]) == ("ticket", "unproven")
    assert "temperror" in str(slow["proof_reason"])


def test_a_released_mail_is_judged_by_what_was_found_when_it_came(site: Site) -> None:
    notice = notice_to_maria(site, "The window is stuck")
    forged, to = reply(notice, "kept", "Wait for me.\n")
    site.desk.post(forged, "maria@acme.example", (to,))
    held = site.row("kept@acme.example")
    site.dns.say("_dmarc.acme.example", "FAIL", "servfail")
    try:
        assert site.desk.command("inbox", "release", str(held["id"])).returncode == 0
        row = site.row("kept@acme.example")
    finally:
        site.dns.say("_dmarc.acme.example", "FAIL")
    assert (row["proof"], row["proof_reason"]) == (held["proof"], held["proof_reason"])


def test_a_daemon_that_shall_check_senders_without_the_libraries_says_what_to_install(tmp_path: Path) -> None:
    desk = Desk(tmp_path, trust="check_senders = true", smtp=free_port())
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "sitecustomize.py").write_text(
        "import sys\n"
        "class Hidden:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('dkim', 'spf'):\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
    )
    for command in (("check",), ("run",)):
        done = desk.command(*command, PYTHONPATH=f"{tmp_path / 'hidden'}:{Path.cwd()}")
        told = done.stderr.decode() + done.stdout.decode()
        assert done.returncode == 78
        assert "pip install 'deskgate[auth]'" in told
        assert "trust.check_senders" in told
