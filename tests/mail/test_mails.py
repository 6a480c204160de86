"""Whole mails as programs write them, and what they must become.  Every mail here was written for this project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from parsers.attachments import content
from parsers.message import Circumstances, Kind, Message
from parsers.parse import parse

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Meant:
    """What a mail says, as far as this table asks."""

    sender: tuple[str, str]
    subject: str
    reply: str
    text: str | None = None
    """None: the same as `reply`."""
    files: tuple[tuple[str, str, int, bool], ...] = ()
    """Name, type, size, inline."""
    kind: Kind = Kind.PERSON
    cut: tuple[str, ...] = ()


ANN = ("Ann Archer", "ann@example.org")
BOB = ("Bob Baker", "bob@example.org")
MEETING = (
    "Accepted by Archer, Ann <ann@example.org>: Review, part 2\n"
    "When: Tuesday 3 November 2026, 10:00-11:00 Europe/London\nWhere: Room 4"
)
FORWARDED = (
    "Is this for you?\n\n---------- Forwarded message ---------\nFrom: Cy Young <cy@example.net>\n"
    "Date: Mon, 2 Nov 2026 at 09:00\n"
    "Subject: Contract\nTo: <ann@example.org>\n\nPlease send me the contract."
)
FLOWED = (
    "This is one paragraph that was broken by the program and is one line again.\n> What is it? Tell me.\n"
    "An answer under it.\n"
    "> And this?\nAnother one."
)

MAILS = {
    "gmail-reply": Meant(
        ("Bea Müller", "bea@example.org"),
        "Re: [ACME-7] Drucker für Raum 4",
        "Ja, Raum 4 – bitte bis Freitag.",
        text="Ja, Raum 4 – bitte bis Freitag.\n\nViele Grüße\nBea\n\n"
        "Am Mo., 2. Nov. 2026 um 10:14 Uhr schrieb IT Service Desk <\nit@example.com>:\n\n"
        "> Welcher Raum?\n>\n> Ihr Service Desk\n>",
        cut=("signature", "attribution", "quote"),
    ),
    "outlook-html-only": Meant(
        BOB,
        "RE: Laptop",
        "The screen stays black.\n\nIt began after the update, see the notice. <https://status.example.org/7>",
        text="The screen stays black.\n\nIt began after the update, see the notice. <https://status.example.org/7>\n\n"
        "From: IT Service Desk <it@example.com>\nSent: 02 November 2026 09:00\nTo: Bob Baker\n"
        "Subject: Laptop\n\nWhat do you see?",
        cut=("header",),
    ),
    "outlook-web": Meant(
        BOB,
        "Re: Laptop",
        "Works now, thank you.",
        text="Works now, thank you.\nBob Baker\nExample Ltd\nFrom: IT <it@example.com>\nSent: Monday\n"
        "Subject: Laptop\nDoes it work now?",
        cut=("signature", "header"),
    ),
    "apple-inline-image": Meant(
        ("Eve Stone", "eve@example.org"), "Screen", "Look at this:", files=(("screen shot.png", "image/png", 64, True),)
    ),
    "forward": Meant(ANN, "Fwd: Contract", FORWARDED),
    "forward-attached": Meant(
        ANN, "Fwd: Contract", "See attached.", files=(("Contract.eml", "message/rfc822", 234, False),)
    ),
    "flowed": Meant(("", "mutt@example.org"), "Re: flowed", FLOWED, text=FLOWED + "\n-- \nCy", cut=("signature",)),
    "japanese": Meant(("山田 太郎", "taro@example.jp"), "プリンタの件", "プリンタが動きません。①"),
    "lies-about-charset": Meant(("José", "jose@example.org"), "Café", "“Café” costs 3€"),
    "invitation": Meant(ANN, "Accepted: Review", MEETING, files=(("part-1.ics", "text/calendar", 375, False),)),
    "signed": Meant(ANN, "signed", "Signed words.", files=(("signature.asc", "application/pgp-signature", 58, False),)),
    "encrypted": Meant(
        ANN,
        "encrypted",
        "[This mail is encrypted (S/MIME). What it says is in the attachment smime.p7m.]",
        files=(("smime.p7m", "application/pkcs7-mime", 22, False),),
    ),
    "names": Meant(
        ANN,
        "names",
        "Files.",
        files=(
            ("Angebot für Sie.pdf", "application/pdf", 1, False),
            ("äöü.doc", "application/octet-stream", 1, False),
            ("evil.exe", "application/octet-stream", 1, False),
            ("part-4.png", "image/png", 5, False),
            ("log.txt", "text/plain", 4, True),
        ),
    ),
    "vacation": Meant(
        ("Dora", "dora@example.org"),
        "Automatische Antwort: [ACME-7] Drucker",
        "Ich bin bis Montag nicht da.",
        kind=Kind.AUTO_REPLY,
    ),
    "truncated": Meant(ANN, "cut off", "Words that arrived.", files=(("cut.pdf", "application/pdf", 7, False),)),
    "mailing-list-footer": Meant(
        ANN,
        "[team] Printer",
        "The printer works.",
        text="The printer works.\n_______________________________________________\nteam mailing list\nhttps://lists.example.org/team",
        kind=Kind.LIST,
        cut=("footer",),
    ),
}


def read(name: str, line_end: bytes = b"\r\n") -> Message:
    """The mail as it would be read, its own replies recognised."""
    raw = (HERE / f"{name}.eml").read_bytes().replace(b"\r\n", line_end)
    return parse(raw, Circumstances(is_own_id=lambda one: one.endswith("@desk.example.com")))


@pytest.mark.parametrize("name", sorted(MAILS))
def test_a_mail_is_understood_as_its_sender_meant_it(name: str) -> None:
    message, meant = read(name), MAILS[name]
    assert message.from_ is not None
    assert (message.from_.name, message.from_.address, message.subject) == (*meant.sender, meant.subject)
    assert message.reply == meant.reply
    assert message.text.strip() == (meant.text or meant.reply)
    assert tuple((one.filename, one.content_type, one.size, one.inline) for one in message.attachments) == meant.files
    assert message.kind is meant.kind
    assert tuple(one.why for one in message.cut) == meant.cut
    assert message.complete


@pytest.mark.parametrize("name", sorted(MAILS))
@pytest.mark.parametrize("line_end", [b"\n", b"\r"], ids=["LF", "CR"])
def test_other_line_ends_change_nothing_that_is_read(name: str, line_end: bytes) -> None:
    usual, other = read(name), read(name, line_end)
    assert (other.subject, other.reply, other.kind) == (usual.subject, usual.reply, usual.kind)
    assert [one.filename for one in other.attachments] == [one.filename for one in usual.attachments]
    assert all(one.span is None for one in other.attachments)


@pytest.mark.parametrize("name", sorted(MAILS))
def test_every_attachment_can_be_cut_out_again(name: str) -> None:
    raw = (HERE / f"{name}.eml").read_bytes()
    for one in parse(raw).attachments:
        found = content(raw, one.index)
        assert found is not None and len(found) == one.size


@pytest.mark.parametrize("name", sorted(MAILS))
def test_a_span_is_the_encoded_body_and_may_be_copied(name: str) -> None:
    raw = (HERE / f"{name}.eml").read_bytes()
    for one in parse(raw).attachments:
        assert one.span is not None
        piece = raw[one.span.start : one.span.end]
        assert piece.isascii() and max(map(len, piece.split(b"\r\n"))) <= 998


def test_nobody_looks_inside_an_attached_mail() -> None:
    message = read("forward-attached")
    assert "secret inner text" not in message.text
    assert len(message.attachments) == 1


def test_only_images_of_the_mail_itself_are_shown() -> None:
    html = read("apple-inline-image").html or ""
    assert "cid:pic1@example.org" in html and "tracker" not in html


def test_the_ids_a_mail_cites_come_nearest_first() -> None:
    message = read("gmail-reply")
    assert message.message_id == "CAx2@mail.example.org"
    assert message.citations.message_ids == ("dg.1@desk.example.com", "CAx1@mail.example.org")


def test_the_date_keeps_the_sender_s_offset() -> None:
    date = read("gmail-reply").date
    assert date is not None and date.isoformat() == "2026-11-02T11:20:09+01:00"
