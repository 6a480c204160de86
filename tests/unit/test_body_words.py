"""Which words a mail has where its parts disagree: a plain part that only points, tables it lacks, what nobody sees."""

from __future__ import annotations

import pytest

from parsers.parse import parse

TABLE = "<table>" + "".join(f"<tr><td>Room {n}</td><td>Lamp {n}</td></tr>" for n in range(1, 5)) + "</table>"


def read(plain: str, look: str) -> str:
    """The text of a mail of these two alternatives."""
    return parse(
        (
            "From: ann@example.org\nSubject: Lamps\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
            f"--b\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n"
            f"--b\nContent-Type: text/html; charset=utf-8\n\n{look}\n--b--\n"
        ).encode()
    ).text


LONG = "The lamp in room seven blinks since Monday, and nobody came to look at it."


@pytest.mark.parametrize(
    "plain",
    [
        "This message needs an HTML reader.",
        "The lamp in room seven blinks ...",
        "https://example.org/view/1",
        "Bitte HTML aktivieren.",
    ],
)
def test_a_plain_part_that_only_points_at_the_html_gives_way_to_it(plain: str) -> None:
    assert LONG in read(plain, f"<p>{LONG}</p>")


@pytest.mark.parametrize(
    "plain",
    [
        "To view the message, please use an HTML compatible email viewer!",
        "Dieses E-Mail benötigt HTML. Bitte verwenden Sie ein HTML-fähiges Programm.",
        "View this email in your browser: https://news.example/v/1",
    ],
)
def test_a_short_request_is_not_lost_below_a_long_pointer(plain: str) -> None:
    text = read(plain, "<p>Lamp 7 is broken.</p>")
    assert text.split() == [*plain.split(), *["Lamp", "7", "is", "broken."]]


@pytest.mark.parametrize("plain", [".", "-- ", "*"])
def test_a_plain_part_that_says_nothing_gives_way(plain: str) -> None:
    assert read(plain, f"<p>{LONG}</p>").strip() == LONG


@pytest.mark.parametrize("plain", ["Yes.", "👍", "The HTML page is broken, please see to it.", "Room 7 ..."])
def test_few_words_that_say_what_the_html_says_stay(plain: str) -> None:
    assert read(plain, f"<p>{plain}</p>").strip() == plain


def test_a_plain_part_without_the_table_of_the_html_gives_way_to_it() -> None:
    assert "Lamp 3" in read("Please see the table.", f"<p>Please see the table.</p>{TABLE}")


def test_a_table_of_few_and_short_cells_is_not_lost_either() -> None:
    rows = (("Item", "Price"), ("Lamp", "90"), ("Bulb", "2"))
    table = f"<table>{''.join(f'<tr><td>{a}</td><td>{b}</td></tr>' for a, b in rows)}</table>"
    assert "90" in read("Prices are below.", f"<p>Prices are below.</p>{table}")


def test_a_plain_part_with_the_table_stays() -> None:
    plain = "Please see the table.\n" + "\n".join(f"Room {n}: Lamp {n}" for n in range(1, 5))
    assert read(plain, f"<p>Please see the table.</p>{TABLE}").strip() == plain


@pytest.mark.parametrize(
    "hidden", ["<p hidden>No.</p>", '<div class="a" hidden="">No.</div>', "<span HIDDEN>No.</span>"]
)
def test_what_the_attribute_hides_is_not_told(hidden: str) -> None:
    raw = f'From: ann@example.org\nContent-Type: text/html\n\n{hidden}<p class="not hidden">{LONG}</p>'
    assert parse(raw.encode()).text.strip() == LONG


@pytest.mark.parametrize(
    "style",
    ["display:none", "display : none;", "visibility: hidden", "display:/**/none", "max-height:0;overflow:hidden"],
)
@pytest.mark.parametrize("element", ["div", "span", "td"])
def test_what_no_reader_sees_is_not_told(element: str, style: str) -> None:
    hidden = f'<{element} style="{style}">Preview of nothing.</{element}>'
    shown = parse(f"From: ann@example.org\nContent-Type: text/html\n\n{hidden}<p>{LONG}</p>".encode()).text
    assert shown.strip() == LONG


@pytest.mark.parametrize("kind", ["text/markdown", "text/x-other", "text/plain\nContent-Disposition: attachment"])
def test_text_of_another_sort_is_told_where_there_is_no_other(kind: str) -> None:
    message = parse(f"From: ann@example.org\nContent-Type: {kind}\n\n{LONG}".encode())
    assert message.text.strip() == LONG
    assert len(message.attachments) == 1


def test_text_for_programs_is_not_told() -> None:
    assert parse(b"From: ann@example.org\nContent-Type: text/csv\n\na;b").text == ""


def test_words_behind_the_last_part_are_told_as_a_defect() -> None:
    raw = "From: ann@example.org\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b--\n"
    assert parse(raw.encode()).defects == ()
    assert parse(f"{raw}more words\n".encode()).defects == ("structure: something stands behind the last part",)


def test_an_envelope_that_is_called_octets_is_told_for_what_it_is() -> None:
    raw = (
        'From: ann@example.org\nContent-Type: application/octet-stream; name="smime.p7m"\n'
        "Content-Transfer-Encoding: base64\n\nMIAGCSqGSIb3DQEHA6CA"
    )
    assert "S/MIME" in parse(raw.encode()).text


def test_where_all_is_hidden_nothing_is_lost() -> None:
    only = parse(f'From: ann@example.org\nContent-Type: text/html\n\n<div style="display:none">{LONG}</div>'.encode())
    assert LONG in only.text
