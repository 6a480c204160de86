"""A signed S/MIME envelope is opened for its words and files, in every form in which it is written, and never trusted."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import attachments
from parsers.parse import parse
from parsers.smime import signed_content

INNER = (
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nThe contract is signed.\r\n"
    b'--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="contract.pdf"\r\n\r\n'
    b"%PDF\r\n--b--\r\n"
)
SIGNED, DATA = bytes.fromhex("06092a864886f70d010702"), bytes.fromhex("06092a864886f70d010701")


def der(tag: int, content: bytes) -> bytes:
    """One element of definite length."""
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def ber(tag: int, *contents: bytes) -> bytes:
    """One element that ends with a mark."""
    return bytes([tag, 0x80]) + b"".join(contents) + b"\0\0"


def envelope(inner: bytes, streamed: bool) -> bytes:
    """What a program writes that signs; the signature itself is left out."""
    head = der(0x02, b"\x01") + der(0x31, b"")
    if not streamed:
        content = der(0x30, DATA + der(0xA0, der(0x04, inner)))
        return der(0x30, SIGNED + der(0xA0, der(0x30, head + content + der(0x31, b""))))
    pieces = [der(0x04, inner[at : at + 100]) for at in range(0, len(inner), 100)]
    return ber(0x30, SIGNED, ber(0xA0, ber(0x30, head, ber(0x30, DATA, ber(0xA0, ber(0x24, *pieces))), der(0x31, b""))))


def mail(content: bytes, kind: str = "application/pkcs7-mime; smime-type=signed-data") -> bytes:
    """A mail that is nothing but such an envelope."""
    return (
        b"From: Ann <ann@example.org>\r\nTo: it@example.com\r\nSubject: Contract\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: " + kind.encode() + b'; name="smime.p7m"\r\nContent-Transfer-Encoding: base64\r\n'
        b'Content-Disposition: attachment; filename="smime.p7m"\r\n\r\n' + base64.encodebytes(content)
    )


@pytest.mark.parametrize("streamed", [False, True])
def test_words_and_files_in_a_signed_envelope_are_those_of_the_mail(streamed: bool) -> None:
    raw = mail(envelope(INNER, streamed))
    message = parse(raw)
    assert message.text == message.reply == "The contract is signed."
    assert [one.filename for one in message.attachments] == ["smime.p7m", "contract.pdf"]
    assert attachments.content(raw, 1) == b"%PDF"
    assert message.attachments[1].span is None, "it cannot be copied out of the mail as it stands"


def test_an_envelope_in_an_envelope_is_opened_and_not_more_than_a_few() -> None:
    content, wrapped = INNER, b""
    for _ in range(5):
        wrapped = envelope(content, False)
        content = (
            b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(wrapped)
        )
    message = parse(mail(wrapped))
    assert "wrapped in its signature" in message.text
    assert len(message.attachments) == 4


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x30",
        b"\x30\x80",
        b"\x30\x84\xff\xff\xff\xff" + SIGNED,
        envelope(INNER, False)[:60],
        der(0x30, bytes.fromhex("06092a864886f70d010703") + der(0xA0, der(0x30, b""))),  # encrypted
        der(0x30, SIGNED + der(0xA0, der(0x30, der(2, b"\1") + der(0x31, b"") + der(0x30, DATA)))),  # detached
        b"\x30\x80" * 5000,
        ber(0x30, SIGNED, b"\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80" + DATA + b"\xa0\x80" + b"\x24\x80" * 100_000),
    ],
)
def test_what_is_no_such_envelope_stays_an_attachment_of_which_the_text_tells(content: bytes) -> None:
    assert signed_content(content) in (None, b"") or content == envelope(INNER, False)[:60]
    message = parse(mail(content))
    assert [one.filename for one in message.attachments] == ["smime.p7m"]
    assert "smime.p7m" in message.text or not content


@given(st.binary(max_size=400), st.integers(0, 200), st.binary(min_size=1, max_size=3))
def test_any_bytes_are_read_without_an_error(content: bytes, at: int, damage: bytes) -> None:
    signed_content(content)
    whole = bytearray(envelope(INNER, True))
    whole[at : at + len(damage)] = damage
    found = signed_content(bytes(whole))
    assert found is None or len(found) <= len(whole)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize("streamed", [[], ["-stream"]])
def test_what_openssl_signs_is_read(tmp_path: Path, streamed: list[str]) -> None:
    key, certificate, content = tmp_path / "key.pem", tmp_path / "cert.pem", tmp_path / "content"
    content.write_bytes(INNER)
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Ann", "-days", "2"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    signing = ["openssl", "cms", "-sign", "-binary", "-nodetach", *streamed, "-signer", certificate, "-inkey", key]
    signed = subprocess.run([*signing, "-in", content, "-outform", "DER"], check=True, capture_output=True).stdout
    assert signed_content(signed) == INNER
    assert parse(mail(signed)).text == "The contract is signed."


@pytest.mark.parametrize(("size", "opened"), [(100, True), (1, False)])
def test_an_envelope_in_crumbs_is_not_opened_for_its_cost(size: int, opened: bool) -> None:
    inner = b"Content-Type: text/plain\r\n\r\n" + b"word " * 2000
    pieces = [der(0x04, inner[at : at + size]) for at in range(0, len(inner), size)]
    head = der(0x02, b"\x01") + der(0x31, b"")
    content = ber(0x30, DATA, ber(0xA0, ber(0x24, *pieces)))
    whole = ber(0x30, SIGNED, ber(0xA0, ber(0x30, head, content, der(0x31, b""))))
    message = parse(mail(whole))
    assert message.text.startswith("word word") is opened
    assert [one.filename for one in message.attachments] == ["smime.p7m"]
