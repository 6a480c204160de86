"""Bytes to text, whatever the sender claims: a ladder that ends in text, never in an exception.

UTF-8 if it is UTF-8; ISO-2022 by its escapes; the declared charset, read as the superset that programs really write
(``iso-8859-1`` is windows-1252, ``gb2312`` is GB 18030); detection; windows-1252.  Only charsets of the fixed list are
ever used: Python's registry also holds codecs that unpack, hang or hide markup (``zlib``, ``punycode``, ``utf-7``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from encodings.aliases import aliases
from functools import lru_cache
from typing import Final

import cchardet

from parsers.iso2022 import decode_iso2022_jp
from parsers.limits import BOUNDS

SUPERSETS: Final[dict[str, str]] = {
    "usascii": "", "ascii": "", "ansix341968": "", "646": "", "utf8": "utf-8", "unicode11utf8": "utf-8",
    "utf8mb4": "utf-8", "cp65001": "utf-8",
    "utf16": "utf-16", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf32": "utf-32", "ucs2": "utf-16",
    "unicode": "utf-16",
    "iso88591": "cp1252", "latin1": "cp1252", "l1": "cp1252", "cp819": "cp1252", "windows1252": "cp1252",
    "cp1252": "cp1252",
    "xansi": "cp1252", "ansi": "cp1252", "iso885915": "iso8859-15", "latin9": "iso8859-15", "iso88592": "iso8859-2",
    "latin2": "iso8859-2", "iso88593": "iso8859-3", "iso88594": "iso8859-4", "iso88595": "iso8859-5",
    "iso88596": "iso8859-6", "iso88597": "iso8859-7", "iso88598": "iso8859-8", "iso88598i": "iso8859-8",
    "iso88598e": "iso8859-8", "iso88599": "cp1254", "latin5": "cp1254", "iso885910": "iso8859-10",
    "iso885911": "cp874", "tis620": "cp874", "windows874": "cp874", "cp874": "cp874", "iso885913": "iso8859-13",
    "iso885914": "iso8859-14", "iso885916": "iso8859-16",
    "windows1250": "cp1250", "cp1250": "cp1250", "windows1251": "cp1251", "cp1251": "cp1251", "windows1253": "cp1253",
    "cp1253": "cp1253", "windows1254": "cp1254", "cp1254": "cp1254", "windows1255": "cp1255", "cp1255": "cp1255",
    "windows1256": "cp1256", "cp1256": "cp1256", "windows1257": "cp1257", "cp1257": "cp1257", "windows1258": "cp1258",
    "cp1258": "cp1258", "koi8r": "koi8-r", "koi8": "koi8-r", "koi8u": "koi8-u", "koi8ru": "koi8-u", "koi8t": "koi8-t",
    "ibm437": "cp437", "cp437": "cp437", "ibm850": "cp850", "cp850": "cp850", "ibm852": "cp852", "cp852": "cp852",
    "ibm855": "cp855", "cp855": "cp855", "ibm866": "cp866", "cp866": "cp866", "macintosh": "mac-roman",
    "macroman": "mac-roman", "xmacroman": "mac-roman", "xmaccyrillic": "mac-cyrillic", "maccyrillic": "mac-cyrillic",
    "gb2312": "gb18030", "gb23121980": "gb18030", "euccn": "gb18030", "gbk": "gb18030", "xgbk": "gb18030",
    "cp936": "gb18030", "ms936": "gb18030", "windows936": "gb18030", "gb18030": "gb18030", "hzgb2312": "hz",
    "hz": "hz",
    "big5": "cp950", "big5hkscs": "big5hkscs", "cp950": "cp950", "xxbig5": "cp950",
    "euckr": "cp949", "ksc56011987": "cp949", "ksc5601": "cp949", "ks": "cp949", "cp949": "cp949", "uhc": "cp949",
    "windows949": "cp949", "iso2022kr": "iso2022_kr", "johab": "johab",
    "shiftjis": "cp932", "sjis": "cp932", "xsjis": "cp932", "mskanji": "cp932", "windows31j": "cp932",
    "cp932": "cp932",
    "eucjp": "euc_jp", "xeucjp": "euc_jp", "iso2022jp": "iso-2022-jp", "iso2022jp1": "iso-2022-jp",
    "iso2022jp2": "iso-2022-jp", "iso2022jp3": "iso-2022-jp", "iso2022jpms": "iso-2022-jp", "cp50220": "iso-2022-jp",
    "cp50221": "iso-2022-jp", "csiso2022jp": "iso-2022-jp",
    "viscii": "cp1258", "armscii8": "", "tcvn": "cp1258", "xmacce": "mac_latin2",
}  # fmt: skip
"""Name as declared (lower case, letters and digits only) to the Python codec that reads what is meant; "" is "ask"."""
_AS_THEY_ARE: Final = frozenset(
    {"cp775", "cp857", "cp858", "cp860", "cp861", "cp862", "cp863", "cp864", "cp865", "cp869", "cp1125", "kz1048",
     "mac_greek", "mac_iceland", "mac_latin2", "mac_turkish", "ptcp154"}
)  # fmt: skip
"""Codecs for text that nobody confuses with a larger one."""

_SMALL: Final = 1_000_000
_ASKED: Final = 8
"""Answers of the detector that are kept: the fields and the words of one mail are asked about several times."""
WIDE: Final = frozenset({"gb18030", "cp950", "big5hkscs", "cp949", "johab", "cp932", "euc_jp"})
UNSAFE: Final = re.compile("[\x00\ud800-\udfff]")
_NOT_NAME: Final = re.compile(r"[^a-z0-9]+")
_THREE_BYTES: Final = re.compile(rb"[\xe0-\xf4]")
_SURROGATES: Final = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")


def _names() -> dict[str, str]:
    """Every name of the charsets above: as Python and IANA know them, with ``x-`` before, and Windows' pages in short."""
    names = dict(SUPERSETS)
    for alias, target in aliases.items():
        meant = target if target in _AS_THEY_ARE else SUPERSETS.get(_NOT_NAME.sub("", target), "")
        if meant:
            names.setdefault(_NOT_NAME.sub("", alias.lower()), meant)
            names.setdefault(_NOT_NAME.sub("", target), meant)
    names |= {f"win{name[7:]}": meant for name, meant in SUPERSETS.items() if name.startswith("windows")}
    return {f"x{name}": meant for name, meant in names.items() if not name.isdecimal()} | names


_NAMES: Final = _names()


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text without NUL and lone surrogates, and what had to be guessed ("" when nothing)."""

    text: str
    flaw: str = ""


def codec(declared: str) -> str | None:
    """The codec for a declared charset; "" means the name says nothing, None that it is not in the list."""
    name = _NOT_NAME.sub("", declared.lower())[:40]
    return _NAMES.get(name) if name else ""


def decode(data: bytes, declared: str = "") -> Decoded:
    """The text that `data` means.  Never raises; linear in the length of `data`."""
    if data.isascii() and 0 not in data and 0x1B not in data and b"~{" not in data:
        name = (
            codec(declared)
            if declared and declared.lower()[:5] in ("utf-1", "utf16", "utf-3", "unico", "ucs-2")
            else ""
        )
        if not name:
            return Decoded(data.decode("ascii"))
    text, flaw = _ladder(data, declared)
    text = text.replace("\0", "\ufffd")  # of millions of NULs the expression below would make millions of pieces
    return Decoded(text if _is_whole(text) else UNSAFE.sub("\ufffd", text), flaw)


def _is_whole(text: str) -> bool:
    """Whether there are no lone surrogates: the quick answer, for texts of which a copy costs nothing."""
    if len(text) >= _SMALL:
        return text.isascii()
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _ladder(data: bytes, declared: str) -> tuple[str, str]:
    marked = _by_mark(data)
    if marked is not None:
        return marked, ""
    name = codec(declared)
    wide = name in WIDE
    if not (name or "").startswith(("utf-16", "utf-32")) and not (wide and not _THREE_BYTES.search(data)):
        text = _strict(data, "utf-8")
        if text is not None and not _escaped(data, name):
            return text, "" if name in ("utf-8", "") or data.isascii() else f"charset: {declared[:40]} is really utf-8"
        if _SURROGATES.search(data) and (text := _cesu8(data)) is not None:
            return text, "charset: utf-8 with characters in two halves (CESU-8)"
    if _escaped(data, name):
        return _by_escapes(data, name)
    if name:
        text = _strict(data, name)
        if text is not None:
            return text, ""
    return _guess(data, declared, name)


def _by_mark(data: bytes) -> str | None:
    """By a byte order mark."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _strict(data, name)
    return None


def _escaped(data: bytes, name: str | None) -> bool:
    if name == "hz":
        return True
    return b"\x1b$" in data or b"\x1b(" in data or (name in ("iso-2022-jp", "iso2022_kr") and b"\x1b" in data)


def _by_escapes(data: bytes, name: str | None) -> tuple[str, str]:
    if name == "hz":
        return data.decode("hz", "replace"), ""
    if b"\x1b$)C" in data[: BOUNDS.detect_bytes]:
        return data.decode("iso2022_kr", "replace"), ""
    return decode_iso2022_jp(data), ""


def _strict(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):
        return None


def _cesu8(data: bytes) -> str | None:
    """UTF-8 with what lies beyond the basic plane as two surrogates, as Oracle, MySQL and Java write it (Unicode TR 26)."""
    try:
        halves = data.decode("utf-8", "surrogatepass")
    except UnicodeError:
        return None
    return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _guess(data: bytes, declared: str, name: str | None) -> tuple[str, str]:
    """The charset is missing or wrong: mostly right with few errors, detected, or windows-1252."""
    text, used = _guessed(data, name)
    why = "is not known" if name is None else "does not fit"
    stated = f"{declared[:40]} {why}" if declared else "none is stated"
    return text, f"charset: {stated}, read as {used}"


def _guessed(data: bytes, name: str | None) -> tuple[str, str]:
    """The text, and the codec by which it was read."""
    if name and (name in WIDE or name == "utf-8"):
        text = data.decode(name, "replace")
        if text.count("\ufffd") * 50 <= len(text):
            return text, name
        del text  # megabytes, and two more readings follow
    text = _mostly_utf8(data)
    if text:
        return text, "utf-8"
    found = detect(data) or "cp1252"
    text_found = _strict(data, found)
    return data.decode(found, "replace") if text_found is None else text_found, found


def _mostly_utf8(data: bytes) -> str:
    """UTF-8 with a few broken bytes, as bad cutting leaves them; "" if it is not that."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    head = text[: BOUNDS.detect_bytes]
    whole = len(head) - len(head.encode("ascii", "ignore")) - head.count("\ufffd")
    return text if whole > 10 * broken else ""


def detect(data: bytes) -> str:
    """The codec that the detector believes in, or "": of the common ones, since the rare pages of DOS fit any few bytes."""
    return _detected(data[: BOUNDS.detect_bytes])


@lru_cache(maxsize=_ASKED)
def _detected(sample: bytes) -> str:
    guess = cchardet.detect(sample)["encoding"]
    return SUPERSETS.get(_NOT_NAME.sub("", guess.lower()), "") if guess else ""
