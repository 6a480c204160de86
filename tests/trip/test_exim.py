"""Exim in front, as sites have it: by LMTP, by SMTP, and by a pipe."""

from __future__ import annotations

import smtplib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.desk import Desk, free_port, mail, wait_for
from tests.helpers.servers import Server, server
from tests.trip.test_postfix import open_to_all, pipe_command

WAYS = ("lmtp", "smtp", "pipe")
TEAM = """
[teams.rooms]
name = "Rooms"
aliases = ["rooms@lmtp.example", "rooms@smtp.example", "rooms@pipe.example"]
hours = "office"
helps_with = "rooms, keys, heating"
meet = "Reply with two times that suit you."
members = ["ruth@acme.example"]
[teams.rooms.turnaround]
first_reply = { normal = "1d" }
"""


@dataclass(frozen=True)
class Site:
    """A Deskgate with an Exim before it."""

    desk: Desk
    exim: Server

    def post(self, sender: str, to: str, **options: str) -> None:
        """Hand a mail to Exim."""
        with smtplib.SMTP("127.0.0.1", self.exim.number("smtp"), timeout=20) as client:
            client.send_message(mail(sender=sender or "sam@cust.example", to=to, **options), sender, [to])

    def came(self, to: str) -> list[dict[str, Any]]:
        """The inbox rows for one address."""
        return [row for row in self.desk.ask("inbox", "list") if to in row["envelope"]["to"]]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A domain for each way."""
    with tempfile.TemporaryDirectory(prefix="dg-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder, lmtp, smtp = Path(name), free_port(), free_port()
        # Exim refuses addresses from outside in a command ("tainted"); it says them in $RECIPIENT and $SENDER
        pipe = f"{pipe_command(folder)} --to rooms@pipe.example"
        routes = (f"lmtp.example=lmtp:{lmtp}", f"smtp.example=smtp:{smtp}", f"pipe.example=pipe:{pipe}")
        with server("exim", *(f"route={route}" for route in routes)) as exim:
            desk = Desk(folder, lmtp=lmtp, smtp=smtp, more=TEAM)
            desk.start()
            open_to_all(folder)
            try:
                yield Site(desk, exim)
            finally:
                desk.stop()


@pytest.mark.parametrize("way", WAYS)
def test_exim_hands_over_the_envelope_and_a_reply_finds_its_ticket(site: Site, way: str) -> None:
    sender, alias = f"eva@{way}.cust.example", f"rooms@{way}.example"
    site.post(sender, alias, Message_ID=f"<first@{way}.cust.example>")
    (row,) = wait_for(lambda: site.came(alias), 30, f"the mail by {way}")
    assert row["source"] == way
    assert row["envelope"] == {"from": sender, "to": [alias]}
    (ack,) = wait_for(lambda: site.desk.mails(sender), 20, "the acknowledgement")
    reply_to = str(ack["Reply-To"].addresses[0].addr_spec)
    assert reply_to.startswith("rooms+")
    site.post(sender, reply_to, subject="Something else", text="It is the third floor.\n")
    (second,) = wait_for(lambda: site.came(reply_to), 30, f"the reply by {way}")
    done = wait_for(lambda: site.desk.ask("inbox", "show", str(second["id"])).get("outcome"), 20, "filing")
    assert done == "attach"


@pytest.mark.parametrize("way", WAYS)
def test_a_report_without_a_sender_keeps_its_null_sender(site: Site, way: str) -> None:
    alias = f"rooms@{way}.example"
    before = len(site.came(alias))
    site.post("", alias, subject="Undelivered mail", Auto_Submitted="auto-replied")
    rows = wait_for(lambda: site.came(alias) if len(site.came(alias)) > before else None, 30, f"the mail by {way}")
    assert rows[0]["envelope"]["from"] == ""
    site.desk.idle()
    assert not [m for m in site.desk.mails() if "sam@cust.example" in str(m["To"])]
