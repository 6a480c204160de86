"""The bytes of our mail: whatever goes in, they read back as exactly what was set, and no more.

DESKGATE_EXAMPLES=100000 runs as many random mails instead of 2,000.
"""

from __future__ import annotations

import email
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from templates import readback
from templates.bodies import text_body
from templates.fields import cleaned, encoded_words
from templates.filenames import LIMIT, safe_filename
from templates.mail import Built, Mailbox, Outgoing, Part, SpliceOf, UnsafeMail, build

EXAMPLES = int(os.environ.get("DESKGATE_EXAMPLES", "2000"))
MANY = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

DESK = Mailbox("IT Service Desk", "it@acme.example")
SAM = Mailbox("Sam Field", "sam@example.org")
PLAIN = Outgoing(
    from_=DESK,
    to=(SAM,),
    subject="We have your request [ACME-1042] Projector",
    date=datetime(2026, 11, 23, 10, 12, 5, tzinfo=UTC),
    message_id="dg.abc.def@desk.acme.example",
    text="Hello Sam,\n\nWe have your request.\n",
)


def as_sent(built: Built, raws: dict[str, bytes] | None = None) -> bytes:
    """What the smarthost gets."""
    pieces, at = [], 0
    for splice in built.splices:
        pieces += [built.literal[at : splice.at], (raws or {})[splice.sha256][splice.start : splice.end]]
        at = splice.at
    data = b"".join([*pieces, built.literal[at:]])
    assert len(data) == built.size
    return data


def read(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def text_of(message: EmailMessage) -> str:
    """The text as a reader shows it; on the wire its lines end with CRLF."""
    text = message.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert text.count(b"\r\n") == text.count(b"\n") == text.count(b"\r")
    return text.decode("utf-8").replace("\r\n", "\n")


def people_in(data: bytes, name: str) -> list[tuple[str, str]]:
    """(name, address) of an address field; by the older reader, as the newer one of Python 3.11 parts long names."""
    value = email.message_from_bytes(data, policy=policy.compat32)[name] or ""
    return [(str(make_header(decode_header(found))), address) for found, address in getaddresses([value]) if address]


def assert_fit_for_any_transport(data: bytes) -> None:
    assert data.isascii()
    assert b"\0" not in data
    assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r")
    assert data.endswith(b"\r\n")
    assert max(map(len, data.split(b"\r\n"))) <= 998


def test_a_mail_says_what_was_set() -> None:
    outgoing = replace(
        PLAIN,
        cc=(Mailbox("", "maria@acme.example"),),
        reply_to=Mailbox("IT Service Desk", "it+ta-abc@acme.example"),
        in_reply_to="x1@example.org",
        references=("x0@example.org", "<x1@example.org>"),
        auto_submitted="auto-replied",
        suppress_auto_responses=True,
        instance="dg-4f2a",
        language="en",
        precedence="auto_reply",
    )
    message = read(as_sent(build(outgoing)))
    assert list(message.items()) == [
        ("From", "IT Service Desk <it@acme.example>"),
        ("To", "Sam Field <sam@example.org>"),
        ("Cc", "maria@acme.example"),
        ("Reply-To", "IT Service Desk <it+ta-abc@acme.example>"),
        ("Subject", "We have your request [ACME-1042] Projector"),
        ("Date", "Mon, 23 Nov 2026 10:12:05 +0000"),
        ("Message-ID", "<dg.abc.def@desk.acme.example>"),
        ("In-Reply-To", "<x1@example.org>"),
        ("References", "<x0@example.org> <x1@example.org>"),
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("Precedence", "auto_reply"),
        ("X-Deskgate-Instance", "dg-4f2a"),
        ("Content-Language", "en"),
        ("MIME-Version", "1.0"),
        ("Content-Type", 'text/plain; charset="utf-8"'),
        ("Content-Transfer-Encoding", "7bit"),
    ]
    assert text_of(message) == PLAIN.text


def test_what_a_person_wrote_carries_no_sign_of_a_machine() -> None:
    message = read(as_sent(build(PLAIN)))
    assert message.keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    ]  # fmt: skip


def test_equal_input_gives_equal_bytes() -> None:
    outgoing = replace(PLAIN, parts=(Part("a.txt", "text/plain", content=b"x"),))
    assert build(outgoing) == build(replace(outgoing))


# --- threading


LONG_ID = "AM0PR0" + "2MB" * 30 + "@AM0PR02MB9999.eurprd02.prod.outlook.com"


def test_long_ids_are_neither_encoded_nor_broken() -> None:
    ids = tuple(f"{number}{LONG_ID}" for number in range(6))
    data = as_sent(build(replace(PLAIN, in_reply_to=ids[-1], references=ids)))
    header = data.partition(b"\r\n\r\n")[0].decode("ascii")
    for message_id in ids:
        assert f"<{message_id}>" in header
    assert "=?" not in header
    assert read(data)["References"] == " ".join(f"<{message_id}>" for message_id in ids)


def test_references_are_folded_between_ids() -> None:
    data = as_sent(build(replace(PLAIN, references=tuple(f"{number}.abcdefgh@example.org" for number in range(40)))))
    lines = data.partition(b"References: ")[2].partition(b"\r\nMIME")[0].split(b"\r\n")
    assert all(re.fullmatch(rb" ?<\S+>(?: <\S+>)*", line) and len(line) <= 78 for line in lines)


@pytest.mark.parametrize("bad", ["", "a b@c", "a@b\r\nBcc: x@y", "ä@b", "a@b>", "<a@b", "x" * 901, "a\0@b"])
def test_an_id_of_a_stranger_that_cannot_be_written_is_left_out(bad: str) -> None:
    message = read(as_sent(build(replace(PLAIN, in_reply_to=bad, references=(bad, "good@x")))))
    assert message["In-Reply-To"] is None
    assert message["References"] == "<good@x>"


def test_of_very_many_references_the_first_two_and_the_last_48_are_kept() -> None:
    ids = tuple(f"{number}@x" for number in range(500))
    found = str(read(as_sent(build(replace(PLAIN, references=ids))))["References"]).split()
    assert found == [f"<{message_id}>" for message_id in (*ids[:2], *ids[-48:])]


def test_our_own_message_id_must_be_one() -> None:
    with pytest.raises(UnsafeMail, match="Message-ID"):
        build(replace(PLAIN, message_id="a b"))


# --- names and subjects


ENDS_A_LINE = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\0", "\x7f", "\t"]


@pytest.mark.parametrize("end", ENDS_A_LINE)
def test_nothing_in_a_value_can_begin_another_field(end: str) -> None:
    evil = f"Hello{end}Bcc: everybody@example.org{end}{end}body"
    outgoing = replace(PLAIN, subject=evil, from_=Mailbox(evil, DESK.address), to=(Mailbox(evil, SAM.address),))
    message = read(as_sent(build(outgoing)))
    assert message["Bcc"] is None
    assert message["Subject"] == "Hello Bcc: everybody@example.org body"
    assert message["To"].addresses[0].display_name == message["Subject"]
    assert message["To"].addresses[0].addr_spec == SAM.address


@pytest.mark.parametrize(
    "name",
    [
        "Sam Field", "Field, Sam", 'Sam "the cable" Field', "Sam \\ Field", "Sam (IT)", "a@b.example", "Sam;Group:",
        "<evil@example.org>", "Zoë", "Žluťoučký kůň", "山田 太郎", "=?utf-8?q?not_a_word?=", "'Sam'", ".",
        "Sam, Bo, \"x\" <y>",
        "e\u0301" * 40, "👩\u200d👩\u200d👧 family", "x" * 250, '"' * 100, "Sam\u00a0Field", "ß=?=_?",
    ],
)  # fmt: skip
def test_a_display_name_reads_back_as_it_was(name: str) -> None:
    data = as_sent(build(replace(PLAIN, to=(Mailbox(name, SAM.address), DESK))))
    assert people_in(data, "To") == [(name, SAM.address), (DESK.name, DESK.address)]
    assert [found.addr_spec for found in read(data)["To"].addresses] == [SAM.address, DESK.address]


def test_encoded_words_keep_characters_and_their_marks_whole() -> None:
    words = encoded_words("e\u0301" * 60)
    for word in words:
        assert len(word) <= 75
        assert readback.decoded(word).count("e") == readback.decoded(word).count("\u0301")


def test_a_long_subject_is_cut_at_250_characters() -> None:
    assert read(as_sent(build(replace(PLAIN, subject="ä" * 400))))["Subject"] == "ä" * 250


def test_header_lines_are_folded_at_78_columns() -> None:
    data = as_sent(build(replace(PLAIN, subject="word " * 50, to=(Mailbox("ü" * 60, SAM.address), *([SAM] * 20)))))
    assert max(map(len, data.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78


# --- addresses


@pytest.mark.parametrize(
    "address",
    [
        "", "sam", "@example.org", "sam@", "sam @example.org", "sam@exa mple.org", "a@b@c.org", "sam@-x.org", "sam@x..org",
        ".sam@x.org", "sam.@x.org", "sa..m@x.org", '"sam"@x.org', "sam@x.org>", "sam@x.org\r\nBcc: y@z", "sam@x.org\n",
        "x" * 65 + "@x.org", "sam@" + "x" * 64 + ".org", "sam@" + "x.".join(["y"] * 200), "sam@stra\u00dfe.example",
        "sam@[300.1]", "sam@[1.2.3.4", "a,b@x.org", "sam@x\u2028.org", "sam@\ud800.org",
    ],
)  # fmt: skip
def test_what_is_no_address_is_not_written_to(address: str) -> None:
    with pytest.raises(UnsafeMail):
        build(replace(PLAIN, to=(Mailbox("Sam", address),)))


def test_a_local_part_beyond_ascii_is_refused_and_says_why() -> None:
    with pytest.raises(UnsafeMail, match="SMTPUTF8 is not supported yet"):
        build(replace(PLAIN, to=(Mailbox("", "jörg@example.org"),)))


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("sam@bücher.example", "sam@xn--bcher-kva.example"),
        ("o'neil+tag/x=1@example.org", "o'neil+tag/x=1@example.org"),
        ("sam@[192.0.2.1]", "sam@[192.0.2.1]"),
        ("sam@[IPv6:2001:db8::1]", "sam@[IPv6:2001:db8::1]"),
        ("sam@localhost", "sam@localhost"),
    ],
)
def test_an_address_is_written_as_the_transport_takes_it(address: str, written: str) -> None:
    header = as_sent(build(replace(PLAIN, to=(Mailbox("Sam", address),)))).decode()
    assert f"To: Sam <{written}>\r\n" in header


# --- dates and other fields


@pytest.mark.parametrize("hours", [0, 1, -5, 5.5, -3.5, 14])
def test_the_date_keeps_its_moment_and_zone(hours: float) -> None:
    moment = datetime(2026, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=hours)))
    found = parsedate_to_datetime(str(read(as_sent(build(replace(PLAIN, date=moment))))["Date"]))
    assert found == moment
    assert (found.utcoffset() or timedelta()) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"date": datetime(2026, 1, 1)}, "zone"),  # noqa: DTZ001
        ({"to": ()}, "one address at least"),
        ({"to": (SAM,) * 101}, "100 at most"),
        ({"auto_submitted": "auto-replied\r\nX: y"}, "Auto-Submitted"),
        ({"instance": "a b"}, "X-Deskgate-Instance"),
        ({"language": "en\r\n"}, "Content-Language"),
        ({"precedence": "bulk; x"}, "Precedence"),
        ({"text": "x" * 3_000_000}, "longer"),
        ({"parts": (Part("a", "text/plain", content=b""),) * 201}, "attachments"),
        ({"parts": (Part("a", "text/plain"),)}, "either content or a place"),
        ({"parts": (Part("a", "text/plain", splice=SpliceOf("0" * 64, 5, 1, "base64")),)}, "as it stands"),
        ({"parts": (Part("a", "text/plain", splice=SpliceOf("0" * 64, 0, 1, "8bit")),)}, "as it stands"),
        ({"parts": (Part("a", "text/plain", splice=SpliceOf("../x", 0, 1, "7bit")),)}, "as it stands"),
    ],
)
def test_what_must_not_be_sent_is_refused_with_its_reason(change: dict[str, object], reason: str) -> None:
    with pytest.raises(UnsafeMail, match=reason):
        build(replace(PLAIN, **change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "block",
    [
        b"Subject: a\nBcc: b\r\n", b"Subject: \xc3\xa4\r\n", b"Subject: a\r\n\r\n", b"no field\r\n", b" folded\r\n",
        b"A: b", b"A: b\0\r\n", b"A: " + b"x" * 999 + b"\r\n", b"A: b\r\n  \r\n", b"A b: c\r\n",
    ],
)  # fmt: skip
def test_the_second_reader_refuses_what_is_not_clean(block: bytes) -> None:
    with pytest.raises(readback.Unreadable):
        readback.fields(block)


@pytest.mark.parametrize("value", ["=?utf-8?q?=C3?=", "=?latin-1?q?x?=", "=?utf-8?b?%%?=", "=?utf-8?x?y?="])
def test_the_second_reader_refuses_words_that_cannot_be_read(value: str) -> None:
    with pytest.raises(readback.Unreadable):
        readback.decoded(value)


def test_a_writer_that_errs_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the folding ever wrong, nothing is sent: each of these writers does one thing wrong."""
    import templates.mail as writer

    for wrong in (
        lambda name, value: f"{name}: {value}\r\nBcc: x@y.example",
        lambda name, value: f"{name}: {value}x",
        lambda name, value: f"{name}: {value}\n x",
        lambda name, value: f"X-{name}: {value}",
    ):
        monkeypatch.setattr(writer, "text_field", wrong)
        with pytest.raises(UnsafeMail):
            build(PLAIN)


# --- texts


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Hello\nworld\n", "7bit"),
        ("", "7bit"),
        ("x" * 78, "7bit"),
        ("x" * 79, "quoted-printable"),
        ("Mit freundlichen Grüßen\n", "quoted-printable"),
        ("日本語の文章です。" * 20, "base64"),
        ("From the start\n", "quoted-printable"),
        ("x\nFrom here " + "y" * 80, "quoted-printable"),
        ("-- \nIT", "7bit"),
        (".\n..\n.x", "7bit"),
    ],
)
def test_a_text_takes_the_encoding_that_suits_it(text: str, encoding: str) -> None:
    assert text_body(text)[0] == encoding
    assert text_of(read(as_sent(build(replace(PLAIN, text=text))))).rstrip("\n") == text.rstrip("\n")


def test_no_line_of_a_body_begins_so_that_a_mailbox_file_would_change_it() -> None:
    for text in ("From x", "ä\nFrom x", "y" * 72 + "ä From x", "ä " * 12 + "From me"):
        assert not re.search(rb"(?m)^From ", as_sent(build(replace(PLAIN, text=text))).partition(b"\r\n\r\n")[2])


def test_line_ends_of_every_kind_become_crlf_and_controls_go() -> None:
    assert text_body("a\rb\r\nc\n\x00\x1bd\te") == ("7bit", b"a\r\nb\r\nc\r\nd\te\r\n")


# --- attachments


def test_attachments_read_back_with_name_type_and_bytes() -> None:
    parts = (
        Part("Bericht für Zoë.pdf", "application/pdf", content=bytes(range(256)) * 40),
        Part("a b;c.txt", "text/plain", content="ä\n".encode("latin-1"), charset="iso-8859-1"),
        Part("logo.png", "image/png", inline=True, content_id="<logo@x>", content=b"\x89PNG"),
    )
    message = read(as_sent(build(replace(PLAIN, parts=parts))))
    body, *found = message.iter_parts()
    assert text_of(body) == PLAIN.text
    assert [(part.get_filename(), part.get_content_type(), part.get_payload(decode=True)) for part in found] == [
        (part.filename, part.content_type, part.content) for part in parts
    ]
    assert [part.get_content_disposition() for part in found] == ["attachment", "attachment", "inline"]
    assert found[1].get_content_charset() == "iso-8859-1"
    assert found[2]["Content-ID"] == "<logo@x>"


def test_an_attachment_of_a_stored_mail_is_named_and_not_copied() -> None:
    raw = b"...." + b"aGVsbG8gd29ybGQ=\r\n" + b"...."
    parts = tuple(
        Part(f"{name}.bin", "application/x-thing", splice=SpliceOf(key * 64, 4, 22, "base64"))
        for name, key in (("one", "a"), ("two", "b"))
    )
    built = build(replace(PLAIN, parts=(parts[0], Part("x.bin", "image/gif", content=b"GIF"), parts[1])))
    assert b"aGVsbG8" not in built.literal
    assert [splice.sha256[0] for splice in built.splices] == ["a", "b"]
    message = read(as_sent(built, {"a" * 64: raw, "b" * 64: raw}))
    assert [part.get_payload(decode=True) for part in message.iter_parts()][1:] == [
        b"hello world",
        b"GIF",
        b"hello world",
    ]


def test_a_splice_without_a_last_line_end_is_still_followed_by_the_boundary() -> None:
    part = Part("x.bin", "application/x-thing", splice=SpliceOf("a" * 64, 0, 4, "base64"))
    message = read(as_sent(build(replace(PLAIN, parts=(part,))), {"a" * 64: b"aGk="}))
    assert list(message.iter_parts())[1].get_payload(decode=True) == b"hi"


@pytest.mark.parametrize("content_type", ["multipart/mixed", "text", "image/png; name=x", "a/b\r\nBcc: x@y", "", "ä/b"])
def test_a_type_that_cannot_be_trusted_becomes_plain_bytes(content_type: str) -> None:
    message = read(as_sent(build(replace(PLAIN, parts=(Part("x", content_type, content=b"x"),)))))
    assert list(message.iter_parts())[1].get_content_type() == "application/octet-stream"


def test_a_mail_as_attachment_is_not_encoded_where_it_can_be_sent_as_it_is() -> None:
    inner = b"Subject: inner\r\n\r\nhello\r\n"
    message = read(as_sent(build(replace(PLAIN, parts=(Part("a.eml", "message/rfc822", content=inner),)))))
    attached = list(message.iter_parts())[1]
    assert attached.get_content_type() == "message/rfc822"
    assert attached.get_content()["Subject"] == "inner"
    message = read(as_sent(build(replace(PLAIN, parts=(Part("a.eml", "message/rfc822", content=b"S: \xff\r\n\r\n"),)))))
    assert list(message.iter_parts())[1].get_content_type() == "application/octet-stream"


def test_a_text_that_holds_the_boundary_gets_another_one() -> None:
    parts = (Part("x", "image/gif", content=b"GIF"),)
    first = build(replace(PLAIN, parts=parts))
    boundary = re.search(rb'boundary="([^"]+)"', first.literal)
    assert boundary
    hostile = f"--{boundary[1].decode()}--\nstill the text"
    body, *rest = read(as_sent(build(replace(PLAIN, parts=parts, text=hostile)))).iter_parts()
    assert text_of(body) == f"{hostile}\n"
    assert len(rest) == 1
    inner = f"Subject: x\r\n\r\n--{boundary[1].decode()}--\r\n".encode()
    parts = (Part("a.eml", "message/rfc822", content=inner), *parts)
    assert len(list(read(as_sent(build(replace(PLAIN, parts=parts)))).iter_parts())) == 3


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\a.doc", "a.doc"),
        ("a\u2215b.txt", "b.txt"),
        ("", "attachment"),
        ("...", "attachment"),
        ("/", "attachment"),
        ("con.txt", "_con.txt"),
        ("NUL", "_NUL"),
        ("COM1.log", "_COM1.log"),
        ("invoice\u202efdp.exe", "invoice fdp.exe"),
        ("a\r\nb\tc.txt", "a b c.txt"),
        (" .hidden. ", "hidden"),
        ("a" * 300 + ".pdf", "a" * 146 + ".pdf"),
        ("日" * 100 + ".pdf", "日" * 48 + ".pdf"),
        ("x." + "y" * 300, "x." + "y" * 148),
    ],
)
def test_a_file_name_is_made_harmless(name: str, safe: str) -> None:
    assert safe_filename(name) == safe


@MANY
@given(st.text(max_size=400))
def test_any_file_name_becomes_a_safe_one_and_stays_it(name: str) -> None:
    safe = safe_filename(name)
    assert safe == safe_filename(safe)
    assert 0 < len(safe.encode()) <= LIMIT
    assert not set(safe) & set("/\\:\0\r\n\u202e")


# --- random mails (mail-safety.md, row 19)

TEXTS = st.text(max_size=300)
LINES = st.lists(st.text(max_size=200), max_size=12).map("\n".join)
ATEXT = st.sampled_from("abcXYZ019!#$%&'*+-/=?^_`{|}~")
ADDRESSES = st.builds(
    lambda local, domain: f"{local}@{domain}.example",
    st.text(ATEXT, min_size=1, max_size=60),
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True),
)
MAILBOXES = st.builds(Mailbox, TEXTS, ADDRESSES)
IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="<>"), min_size=1, max_size=300)
TYPES = st.sampled_from(["image/png", "text/plain", "x"])
PARTS = st.builds(Part, TEXTS, TYPES, st.booleans(), TEXTS, st.binary(max_size=300))


@MANY
@given(
    from_=MAILBOXES, to=st.lists(MAILBOXES, min_size=1, max_size=4), reply_to=st.none() | MAILBOXES, subject=TEXTS,
    text=LINES, own=IDS, references=st.lists(IDS, max_size=8), parts=st.lists(PARTS, max_size=3),
)  # fmt: skip
@example(
    from_=DESK, to=[SAM], reply_to=None, subject="\ud800 \udfff", text="\ud800", own="a@b", references=[], parts=[]
)
@example(from_=DESK, to=[SAM], reply_to=None, subject="=?utf-8?q?x?=", text=".", own="a@b", references=[], parts=[])
@example(
    from_=DESK, to=[SAM], reply_to=None, subject="", text="", own="a@b", references=[],
    parts=[Part("<>", "image/png", False, "", b"")],
)  # fmt: skip
@example(from_=DESK, to=[SAM], reply_to=None, subject="a =?x", text="=", own="a@b", references=[], parts=[])
def test_any_mail_reads_back_as_exactly_what_was_set(
    from_: Mailbox, to: list[Mailbox], reply_to: Mailbox | None, subject: str, text: str, own: str,
    references: list[str], parts: list[Part],
) -> None:  # fmt: skip
    outgoing = replace(
        PLAIN, from_=from_, to=tuple(to), reply_to=reply_to, subject=subject, text=text, message_id=own,
        references=tuple(references), parts=tuple(parts),
    )  # fmt: skip
    data = as_sent(build(outgoing))
    assert_fit_for_any_transport(data)
    message = read(data)
    expected = ["From", "To", *(["Reply-To"] if reply_to else []), "Subject", "Date", "Message-ID"]
    expected += [*(["References"] if references else []), "MIME-Version", "Content-Type"]
    assert message.keys() == expected + ([] if parts else ["Content-Transfer-Encoding"])
    for name, mailboxes in (("From", [from_]), ("To", to), ("Reply-To", [reply_to] if reply_to else [])):
        assert people_in(data, name) == [(cleaned(mailbox.name), mailbox.address) for mailbox in mailboxes]
        found = message[name].addresses if mailboxes else ()
        assert [address.addr_spec for address in found] == [mailbox.address for mailbox in mailboxes]
    assert message["Subject"] == cleaned(subject)
    raw = email.message_from_bytes(data, policy=policy.compat32)
    assert raw["Message-ID"] == f"<{own}>"
    assert (raw["References"] or "").split() == [f"<{found}>" for found in dict.fromkeys(references)]
    leaves = list(message.iter_parts()) if parts else [message]
    assert text_of(leaves[0]) == text_as_sent(text)
    for part, leaf in zip(parts, leaves[1:], strict=True):
        assert leaf.get_filename() == safe_filename(part.filename)
        assert leaf.get_payload(decode=True) == part.content


def text_as_sent(text: str) -> str:
    """Line ends are one, controls are gone, and the text ends with one line end."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        character for character in unified if character in "\n\t" or (character >= " " and character != "\x7f")
    )
    whole = "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in kept)
    return f"{whole.rstrip(chr(10))}\n"
