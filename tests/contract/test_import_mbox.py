"""Where the mails of an mbox end, whatever wrote it, and what becomes of "From " lines in their texts."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import pytest

from gateway.archives import mbox
from gateway.archives.mbox import Mbox, is_mbox, unquoted

LINE = "From ann@cust.example Mon Nov 23 10:00:00 2026\n"
HEAD = "From: ann@cust.example\nSubject: {}\n"


def one(name: str, text: str, line: str = LINE, more: str = "") -> str:
    """A mail with its "From " line, without the empty line behind it."""
    return f"{line}{HEAD.format(name)}{more}\n{text}"


def measured(name: str, text: str, said: int | None = None) -> str:
    """The same with a Content-Length."""
    return one(name, text, more=f"Content-Length: {len(text) if said is None else said}\n")


def cut(folder: Path, content: str | bytes) -> tuple[list[bytes], bool]:
    """The mails as they stand in the file, and whether its writer left "From " lines as they are."""
    file = folder / "box"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with file.open("rb") as opened:
        box = Mbox(opened)
        spans = [(mail.start, mail.end) for mail in box.mails()]
    whole = file.read_bytes()
    return [whole[start:end] for start, end in spans], box.unquoted


A, B, C = one("a", "First.\n"), one("b", "Second.\n"), one("c", "Third.\n")


@pytest.mark.parametrize(
    ("content", "mails"),
    [
        ("", []),
        (A, [A]),
        (A + "\n", [A]),
        (f"{A}\n{B}\n{C}\n", [A, B, C]),
        (f"{A}\n{B}\n{C}", [A, B, C]),
        (f"\n\n{A}\n{B}\n", [A, B]),
        (f"{A}\n\n\n{B}\n", [A + "\n\n", B]),
        (f"{A.rstrip()}\n\n{B}\n", [A, B]),
        (one("empty", "") + "\n" + B, [one("empty", ""), B]),
    ],
)
def test_mails_are_parted_by_an_empty_line_and_a_from_line(tmp_path: Path, content: str, mails: list[str]) -> None:
    assert cut(tmp_path, content)[0] == [mail.encode() for mail in mails]
    crlf = content.replace("\n", "\r\n").encode()
    assert cut(tmp_path, crlf)[0] == [mail.replace("\n", "\r\n").encode() for mail in mails]


@pytest.mark.parametrize(
    "text",
    [
        "First.\nFrom here on it is dark: 10:30 in 2026.\nSubject: none\n",  # no empty line before it
        "First.\n\nFrom my window I see a tree.\n",
        "First.\n\nFrom 10:30 until noon in 2026 we are closed.\nCome later.\n",  # no header field behind it
        "First.\n\nFrom me\n",
        "First.\n\n>" + LINE + "Subject: quoted\n\nInside.\n",
        "First.\n\nFrom " + "x" * 5000 + " 10:00 2026\nSubject: a line without end\n",
        "First.\n\n From a 10:00 2026\nSubject: moved in\n",
    ],
)
def test_a_from_line_in_a_text_parts_nothing(tmp_path: Path, text: str) -> None:
    first = one("a", text)
    assert cut(tmp_path, f"{first}\n{B}\n")[0] == [first.encode(), B.encode()]


@pytest.mark.parametrize(
    "line",
    [
        "From - Mon Nov 23 10:00:00 2026\n",
        "From MAILER-DAEMON Mon Nov 23 10:00:00 2026\n",
        "From ann@cust.example Mon Nov 23 10:00:00 CET 2026\n",
        "From 1745@xxx Mon Nov 23 10:00:00 +0000 2026\n",
        "From ann at cust.example  Mon Nov 23 10:00:00 2026\n",
        "From ann@cust.example Mon, 23 Nov 2026 10:00:00 +0000\n",
        'From "Ann B"@cust.example Mon Nov 23 10:00 2026 remote from relay\n',
    ],
)
def test_every_writer_s_from_line_is_known(tmp_path: Path, line: str) -> None:
    second = one("b", "Second.\n", line=line)
    assert cut(tmp_path, f"{A}\n{second}\n")[0] == [A.encode(), second.encode()]
    assert is_mbox(second.encode())


FORWARDED = f"Look what came:\n\n{one('inside', 'Hello.')}\n\nGreetings.\n"


def test_a_length_that_others_kept_to_protects_a_mail_inside_a_mail(tmp_path: Path) -> None:
    first, second, third = measured("a", "First.\n"), measured("b", FORWARDED), measured("c", "Third.\n")
    mails, as_written = cut(tmp_path, f"{first}\n{second}\n{third}\n")
    assert mails == [first.encode(), second.encode(), third.encode()]
    assert as_written


@pytest.mark.parametrize(
    "lying",
    [
        pytest.param(measured("a", "First.\n", 0), id="too short"),
        pytest.param(measured("a", "First.\n", 3), id="in the middle"),
        pytest.param(measured("a", "First.\n", 999_999_999), id="beyond the end"),
        pytest.param(one("a", "First.\n", more="Content-Length: many\n"), id="no number"),
        pytest.param(one("a", "First.\n", more="Content-Length: -5\n"), id="negative"),
    ],
)
def test_a_length_that_lies_costs_no_mail(tmp_path: Path, lying: str) -> None:
    assert cut(tmp_path, f"{lying}\n{B}\n{C}\n")[0] == [lying.encode(), B.encode(), C.encode()]
    assert cut(tmp_path, f"{B}\n{lying}\n{C}\n")[0] == [B.encode(), lying.encode(), C.encode()]


@pytest.mark.parametrize("before", ["", B + "\n", one("z", "No length here.\n") + "\n"])
def test_a_length_that_leads_over_the_next_mail_exactly_to_the_third_swallows_nothing(
    tmp_path: Path, before: str
) -> None:
    """Whoever sends a mail can write any length into it; in a file whose writer measures nothing it means nothing."""
    greedy = measured("a", "First.\n", len(f"First.\n\n{B}\n"))
    mails, _ = cut(tmp_path, f"{before}{greedy}\n{B}\n{C}\n")
    assert [B.encode(), C.encode()] == mails[-2:]
    assert greedy.encode() in mails


@pytest.mark.parametrize("block", [1, 2, 7, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 100, 101, 1000])
def test_the_size_of_the_blocks_makes_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    content = f"{A}\n{one('b', FORWARDED)}\n{C}\n".replace("\n", "\r\n") + f"{A}\n{B}\n"
    whole = cut(tmp_path, content)
    monkeypatch.setattr(mbox, "BLOCK", block)
    assert cut(tmp_path, content) == whole
    assert len(whole[0]) == 6


def test_what_is_appended_while_it_is_read_is_left_for_the_next_time(tmp_path: Path) -> None:
    file = tmp_path / "box"
    file.write_text(f"{A}\n{B}\n")
    with file.open("rb") as opened:
        box = Mbox(opened)
        mails = box.mails()
        next(mails)
        with file.open("a") as writer:
            writer.write(f"{C}\n")
        assert len(list(mails)) == 1


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("a\n>From b\n", "a\nFrom b\n"),
        ("a\n>>From b\n", "a\n>From b\n"),
        (">From a\n>>>From b\n", "From a\n>>From b\n"),
        ("a\n> From b\n", "a\n> From b\n"),
        ("a\n>Fromage\n", "a\n>Fromage\n"),
        ("a >From b\n", "a >From b\n"),
    ],
)
def test_one_sign_is_taken_from_before_from_in_texts(text: str, back: str) -> None:
    assert unquoted(f"Subject: x\n\n{text}".encode()) == f"Subject: x\n\n{back}".encode()
    assert unquoted(f"Subject: x\r\n\r\n{text}".encode()) == f"Subject: x\r\n\r\n{back}".encode()


def test_a_header_keeps_its_old_from_line() -> None:
    mail = b"Subject: x\n>From relay\n\nText\n"
    assert unquoted(mail) == mail


def test_a_writer_who_puts_no_sign_before_from_is_seen(tmp_path: Path) -> None:
    assert not cut(tmp_path, f"{A}\n{B}\n")[1]
    assert cut(tmp_path, f"{A}\n{one('b', 'So.' + chr(10) * 2 + 'From here it is far.' + chr(10))}\n")[1]


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(b"\n\nFrom " * 100_000, id="beginnings"),
        pytest.param(b"\n\n" + LINE.encode() * 40_000, id="lines"),
        pytest.param((LINE.encode() + b"Content-Length: 1\n\n") * 30_000, id="lengths"),
        pytest.param(b"\n\nFrom 10:00 2026 " + b"x" * 2_000_000, id="a line without end"),
        pytest.param(b"\n" * 2_000_000, id="empty lines"),
        pytest.param(LINE.encode() + b"a:" + b">" * 2_000_000, id="signs"),
    ],
)
def test_a_hostile_file_comes_to_an_end_and_takes_little_memory(tmp_path: Path, hostile: bytes) -> None:
    file = tmp_path / "box"
    file.write_bytes(LINE.encode() + b"Subject: x\n\n" + hostile)
    tracemalloc.start()
    with file.open("rb") as opened:
        for _ in Mbox(opened).mails():
            pass
    unquoted(io.BytesIO(hostile).getvalue())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * mbox.BLOCK + 2 * file.stat().st_size
