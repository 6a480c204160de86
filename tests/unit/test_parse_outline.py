"""What lies in a stored mail can be found again: parts for showing, contents for handing out."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from parsers.attachments import content, contents, outline
from parsers.parse import parse


def with_files(*files: bytes) -> bytes:
    """A mail with these attachments."""
    message = EmailMessage()
    message["From"] = "ann@example.org"
    message.set_content("See the files.\n")
    for number, file in enumerate(files):
        message.add_attachment(file, maintype="application", subtype="octet-stream", filename=f"file-{number}.bin")
    return message.as_bytes(policy=SMTP)


def test_each_attachment_is_cut_out_again_unchanged_whatever_its_size() -> None:
    files = [b"", b"small", bytes(range(256)) * 1000]
    raw = with_files(*files)
    assert contents(raw, [0, 1, 2]) == tuple(files)
    assert [content(raw, a.index) for a in parse(raw).attachments] == files


def test_an_attachment_that_is_not_there_is_none() -> None:
    assert contents(with_files(b"one"), [-1, 0, 1]) == (None, b"one", None)


def test_the_outline_tells_the_parts_in_order_with_their_depth_and_names() -> None:
    shown = [(part.depth, part.content_type, part.name) for part in outline(with_files(b"x"))]
    assert shown == [
        (0, "multipart/mixed", ""),
        (1, "text/plain", ""),
        (1, "application/octet-stream", "file-0.bin"),
    ]


def test_a_mail_over_a_structure_limit_has_no_outline() -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(200))
    assert outline(b"From: a@b.example\r\n" + deep) == ()
