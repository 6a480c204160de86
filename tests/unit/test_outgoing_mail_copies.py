"""One mail to several people: each copy is what it would be alone, and a stranger's attachment cannot take it apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from templates.mail import Built, Face, Mailbox, Outgoing, Part, SpliceOf, UnsafeMail, build, build_each

NOTICE = Outgoing(
    from_=Mailbox("Zoë Field via IT", "it@acme.example"),
    to=(Mailbox("", "nobody@acme.example"),),
    subject="[ACME-7] Größe",
    date=datetime(2026, 11, 23, 10, 12, 5, tzinfo=UTC),
    message_id="unused@acme.example",
    text="New request\n\nGrüße\n",
    cc=(Mailbox("", "copied@acme.example"),),
    in_reply_to="x1@example.org",
    references=("x0@example.org", "x1@example.org"),
    auto_submitted="auto-generated",
    suppress_auto_responses=True,
    instance="dg-1",
    language="en",
)
FACES = [
    Face((Mailbox("Ann Ex", "ann@acme.example"),), Mailbox("IT", "it+ta-1@acme.example"), "one@acme.example"),
    Face((Mailbox("", "bob@acme.example"),), None, "two@acme.example"),
]
PARTS = (
    Part("a.txt", "text/plain", content=b"x"),
    Part("b.bin", "application/pdf", splice=SpliceOf("0" * 64, 10, 90, "base64")),
)


def alone(outgoing: Outgoing, face: Face) -> Built:
    return build(replace(outgoing, to=face.to, reply_to=face.reply_to, message_id=face.message_id))


def boundary(built: Built) -> bytes:
    return built.literal.partition(b'boundary="')[2].partition(b'"')[0]


def test_each_copy_is_the_mail_that_its_reader_alone_would_get() -> None:
    assert build_each(NOTICE, FACES) == [alone(NOTICE, face) for face in FACES]


def test_copies_with_attachments_differ_from_mails_of_their_own_in_the_boundary_only() -> None:
    outgoing = replace(NOTICE, parts=PARTS)
    for copy, face in zip(build_each(outgoing, FACES), FACES, strict=True):
        own = alone(outgoing, face)
        assert own.literal.replace(boundary(own), boundary(copy)) == copy.literal
        assert (own.splices, own.size) == (copy.splices, copy.size)


def test_whoever_wrote_the_attachments_cannot_foresee_the_boundary() -> None:
    outgoing = replace(NOTICE, parts=PARTS)
    others = [replace(face, message_id=f"3{face.message_id}") for face in FACES]
    assert boundary(build_each(outgoing, FACES)[0]) != boundary(build_each(outgoing, others)[0])


def test_a_mail_for_nobody_is_no_mail() -> None:
    assert build_each(NOTICE, []) == []


@pytest.mark.parametrize(
    "bad",
    [
        replace(FACES[1], to=()),
        replace(FACES[1], to=(Mailbox("", "not an address"),)),
        replace(FACES[1], reply_to=Mailbox("", "a@b@c")),
        replace(FACES[1], message_id="in two\r\nlines@acme.example"),
    ],
)
def test_one_copy_that_cannot_be_sent_stops_all_of_them(bad: Face) -> None:
    with pytest.raises(UnsafeMail):
        build_each(NOTICE, [FACES[0], bad])
