"""Bytes to text: the ladder of charsets, and transfer encodings."""

from __future__ import annotations

import pytest

from parsers import charset, transfer
from parsers.flowed import unflowed

GREETING = "Grüße aus Köln, schöne Tage"
RUSSIAN = "Здравствуйте, принтер не работает уже третий день, помогите пожалуйста"

CASES = (
    ("UTF-8 as declared", GREETING.encode(), "utf-8", GREETING),
    ("UTF-8 undeclared", GREETING.encode(), "", GREETING),
    ("UTF-8 declared as Latin-1", GREETING.encode(), "iso-8859-1", GREETING),
    ("windows-1252 as Latin-1", b"\x93x\x94 \x80", "iso-8859-1", "“x” €"),
    ("GBK as GB2312", "打印机坏了鎔".encode("gbk"), "gb2312", "打印机坏了鎔"),
    ("two Chinese characters that are valid UTF-8 too", "模".encode("gbk"), "gbk", "模"),
    ("UHC as EUC-KR", "똠방각하".encode("cp949"), "euc-kr", "똠방각하"),
    ("windows-31j as Shift JIS", "①㈱".encode("cp932"), "shift_jis", "①㈱"),
    ("ISO-2022-JP", "プリンタ".encode("iso-2022-jp"), "iso-2022-jp", "プリンタ"),
    ("ISO-2022-JP undeclared", "プリンタ".encode("iso-2022-jp"), "", "プリンタ"),
    ("ISO-2022-JP with vendor characters", b"\x1b$B-!\x1b(B", "iso-2022-jp", "①"),
    ("half-width katakana", b"\x1b(I1\x1b(B", "iso-2022-jp", "ｱ"),
    (
        "ISO-2022-KR",
        b"\x1b$)C\x0e" + bytes(b & 0x7F for b in "한".encode("euc-kr")) + b"\x0f",
        "iso-2022-kr",
        "한",
    ),
    ("KOI8-R", RUSSIAN.encode("koi8-r"), "koi8-r", RUSSIAN),
    ("Russian undeclared", RUSSIAN.encode("cp1251"), "", RUSSIAN),
    ("GB2312 by the name that Python gives it", "报销系统".encode("gb2312"), "eucgb2312_cn", "报销系统"),
    ("Latin-1 by its name at IANA", b"\xfc", "csISOLatin1", "ü"),
    ("a code page in short", "Žižka".encode("cp1250"), "win-1250", "Žižka"),
    ("with x- before", "Ąžuolas".encode("cp1257"), "x-windows-1257", "Ąžuolas"),
    ("CESU-8", b"f\xc3\xbcr \xed\xa0\xbd\xed\xb8\x80 da", "utf-8", "für 😀 da"),
    ("half of a pair", b"f\xc3\xbcr \xed\xa0\xbd\xed\xb8\x80 \xed\xa0\xbd.", "", "für 😀 \ufffd."),
    ("a quoted name", b"\xfc", '"iso-8859-1"', "ü"),
    ("an invented name", GREETING.encode(), "x-invented", GREETING),
    ("UTF-16 with a mark", GREETING.encode("utf-16"), "utf-16", GREETING),
    ("UTF-16 little-endian", "ab".encode("utf-16-le"), "utf-16le", "ab"),
    ("a UTF-8 mark", b"\xef\xbb\xbfab", "", "ab"),
    ("never UTF-7", b"+ADw-script+AD4-", "utf-7", "+ADw-script+AD4-"),
    ("never punycode", b"abc-def", "punycode", "abc-def"),
    ("never a codec that unpacks", b"abc", "zlib", "abc"),
    ("never escapes", b"\\x41", "unicode_escape", "\\x41"),
    ("UTF-8 with one broken byte", GREETING.encode() * 5 + b"\xff" + b"x", "", GREETING * 5 + "\ufffdx"),
    (
        "Shift JIS declared as Latin-1",
        ("プリンタが動きません。" * 4).encode("cp932"),
        "iso-8859-1",
        "プリンタが動きません。" * 4,
    ),
    ("NUL", b"a\0b", "us-ascii", "a\ufffdb"),
    ("nothing", b"", "undefined", ""),
)


@pytest.mark.parametrize(("what", "data", "declared", "wanted"), CASES, ids=[one[0] for one in CASES])
def test_bytes_become_the_text_that_was_meant(what: str, data: bytes, declared: str, wanted: str) -> None:
    assert charset.decode(data, declared).text == wanted


@pytest.mark.parametrize(
    "declared", ["", "utf-8", "gb2312", "iso-2022-jp", "hz", "utf-16", "big5", "undefined", "koi8-r", "cp1252"]
)
def test_any_bytes_become_text_without_nul_and_surrogates(declared: str) -> None:
    text = charset.decode(bytes(range(256)) * 4 + b"\x1b$B\x1b(I\x0e~{", declared).text
    text.encode("utf-8")
    assert "\0" not in text


def test_a_wrong_charset_is_told() -> None:
    assert charset.decode(b"\xe4\xff\xfe", "utf-8").flaw


ENCODED = (
    ("base64", b"SGVsbG8=\r\n", b"Hello"),
    ("base64", b"SGVs\r\nbG8", b"Hello"),
    ("base64", b"SGVsbG8=SGVsbG8=", b"HelloHello"),
    ("base64", b"SGVs*bG8=", b"Hello"),
    ("base64", b"S", b""),
    ("quoted-printable", b"a=3Db=\r\nc", b"a=bc"),
    ("quoted-printable", b"a=ZZ", b"a=ZZ"),
    ("x-uuencode", b"begin 644 x\r\n%2&5L;&\\\r\n`\r\nend\r\n", b"Hello"),
    ("8bit", b"\xff", b"\xff"),
    ("x-invented", b"abc", b"abc"),
)


@pytest.mark.parametrize(("encoding", "data", "wanted"), ENCODED)
def test_a_transfer_encoding_is_undone_over_what_gateways_do(encoding: str, data: bytes, wanted: bytes) -> None:
    assert transfer.undo(data, encoding)[0] == wanted


FLOWED = (
    ("a b \nc", False, "a b c"),
    ("a b \nc", True, "a bc"),
    ("> a \n> b\nc", False, "> a b\nc"),
    ("> a \n>> b", False, "> a\n>> b"),
    (" From here", False, "From here"),
    ("text\n-- \nname", False, "text\n-- \nname"),
    ("a\n\nb", False, "a\n\nb"),
)


@pytest.mark.parametrize(("text", "delsp", "wanted"), FLOWED)
def test_soft_broken_paragraphs_become_one_line(text: str, delsp: bool, wanted: str) -> None:
    assert unflowed(text, delsp) == wanted
