"""Replies as real mail programs write them: mutt, neomutt and s-nail answer our mails, and the answers thread."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.desk import Desk, mail, wait_for
from tests.helpers.servers import SCRIPTS, cannot_be_had

CLIENTS = ("mutt", "neomutt", "s-nail")


def answer(desk: Desk, client: str, mail_file: Path, **options: str) -> None:
    """Have a mail program open a mail of ours, answer it, and send the answer to Deskgate."""
    arguments = [f"{name.rstrip('_')}={value}" for name, value in options.items()]
    command = [sys.executable, str(SCRIPTS / "clients.py"), "reply", client, str(mail_file), f"smtp={desk.smtp}"]
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, timeout=90, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-500:]
        if "not found" in said or "No such file" in said:
            cannot_be_had(f"{client}: {said}")
        raise AssertionError(said)


def ours(desk: Desk, to: str, words: str) -> Path:
    """The file of a mail of ours to somebody, with these words in it."""

    def found() -> Path | None:
        for path in sorted(desk.outgoing.glob("*")):
            raw = path.read_bytes()
            if f"To: {to}".encode() in raw.replace(b"<", b"") and words.encode() in raw:
                return path
        return None

    return Path(wait_for(found, 20, f"a mail to {to}"))


def ticket_of(desk: Desk, sender: str) -> dict[str, Any]:
    """The one ticket of a requester."""
    (found,) = [t for t in desk.ask("tickets", "list") if t["requester"]["address"] == sender]
    return dict(desk.ask("tickets", "show", found["ref"]))


@pytest.mark.parametrize("top", ["yes", "no"])
@pytest.mark.parametrize("client", CLIENTS)
def test_answers_of_requester_and_staff_stay_in_one_ticket(desk: Desk, client: str, top: str) -> None:
    sender = f"{client}.{top}@cust.example".replace("s-nail", "snail")
    desk.post(mail(sender=sender, subject=f"Zebras {client} {top}"), sender)
    ack = ours(desk, sender, "We have your request")
    answer(desk, client, ack, from_=sender, text="They are striped.", top=top)
    wait_for(lambda: ticket_of(desk, sender)["entries"][-1]["text"].strip() == "They are striped.", 20, "the entry")
    file = ours(desk, "maria@acme.example", f"Subject: [{ticket_of(desk, sender)['ref']}]")
    answer(desk, client, file, from_="maria@acme.example", text="We bring a new one.", top=top)
    (reply,) = wait_for(
        lambda: [m for m in desk.mails(sender) if "We bring a new one." in m.as_string()], 20, "the staff reply"
    )
    assert "They are striped" not in reply.get_body(("plain",)).get_content()
    after = ticket_of(desk, sender)
    assert [entry["direction"] for entry in after["entries"] if entry["kind"] == "mail"] == ["in", "in", "out"]
    assert json.dumps(after["entries"][-1]["text"]).count("bring") == 1


def test_a_mail_that_is_resent_to_another_team_unchanged_stays_one_ticket(desk: Desk) -> None:
    sender = "resent@cust.example"
    request = mail(sender=sender, subject="Payroll")
    desk.post(request, sender)
    ours(desk, sender, "We have your request")
    stored = desk.folder / "resent.eml"
    stored.write_bytes(request.as_bytes())
    answer(desk, "mutt", stored, from_="maria@acme.example", bounce="yes", forward="hr@acme.example")
    wait_for(
        lambda: [r for r in desk.ask("inbox", "list") if r["envelope"]["to"] == ["hr@acme.example"] and r["outcome"]],
        20,
        "the resent mail",
    )
    ticket = ticket_of(desk, sender)
    assert ticket["team"] == "it"
    assert ticket["helpers"] == ["hr"]
