"""Reply text of HTML-only mails in the forms of the common programs; every mail here is written for this test."""

from __future__ import annotations

import pytest

from parsers.parse import parse

ANN = "Ann Archer &lt;ann@example.org&gt;"
ON = f"On Mon, 2 Nov 2026 at 10:14, {ANN} wrote:"

PROGRAMS = (
    (
        "Gmail",
        f'<div dir="ltr">It works.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{ON}<br></div>'
        '<blockquote class="gmail_quote" style="margin:0"><div>Does it?</div></blockquote></div>',
    ),
    (
        "Gmail with a signature",
        '<div dir="ltr"><div>It works.</div><div><br></div>-- <br>'
        '<div class="gmail_signature">Bob Baker<br>Example Ltd</div></div>'
        f'<div class="gmail_quote"><div class="gmail_attr">{ON}</div>'
        f'<blockquote class="gmail_quote">Does it?</blockquote></div>',
    ),
    (
        "any program that names its signature",
        '<div>It works.</div><div class="acme-signature"><p>Bo<br>Lamps and more<br>acme.example</p></div>'
        f'<blockquote type="cite"><div>{ON}<br></div><div>Does it?</div></blockquote>',
    ),
    (
        "Thunderbird",
        '<p>It works.</p><div class="moz-cite-prefix">On 02/11/2026 10:14, Ann Archer wrote:<br></div>'
        '<blockquote type="cite" cite="mid:1@x"><p>Does it?</p></blockquote>'
        '<pre class="moz-signature">-- \nBob</pre>',
    ),
    (
        "Apple Mail",
        '<html><body>It works.<br><div><br><blockquote type="cite"><div>On 2 Nov 2026, at 10:14, '
        f"{ANN} wrote:</div><br><div>Does it?</div></blockquote></div><br></body></html>",
    ),
    (
        "Outlook",
        '<div class="WordSection1"><p class="MsoNormal">It works.</p><div style="border-top:solid">'
        '<p class="MsoNormal"><b>From:</b> '
        f"{ANN}<br><b>Sent:</b> Monday, 2 November 2026 10:14<br><b>To:</b> IT<br><b>Subject:</b>"
        f" Help</p></div><p>Does it?</p></div>",
    ),
    (
        "Outlook on the web",
        '<div>It works.</div><div id="Signature">Bob</div><div id="appendonsend"></div><hr>'
        '<div id="divRplyFwdMsg"><b>Von:</b> Ann<br>'
        "<b>Gesendet:</b> Montag<br><b>Betreff:</b> Hilfe</div><div>Does it?</div>",
    ),
    (
        "Outlook for iOS",
        "<div>It works.</div>"
        '<div id="ms-outlook-mobile-signature">Get <a href="https://example.org/o">Outlook for iOS</a></div><hr>'
        '<div id="divRplyFwdMsg"><b>From:</b> Ann<br><b>Sent:</b> Monday<br><b>To:</b> IT<br>'
        "<b>Subject:</b> Help</div>Does it?",
    ),
    (
        "Yahoo",
        '<div>It works.</div><div id="yahoo_quoted_1" class="yahoo_quoted">'
        "<div>On Monday, Ann Archer wrote:</div><div>Does it?</div></div>",
    ),
    (
        "Proton",
        f'<div>It works.</div><div class="protonmail_signature_block">Sent with Proton Mail</div>'
        f'<div class="protonmail_quote">{ON}<br>'
        '<blockquote class="protonmail_quote" type="cite">Does it?</blockquote></div>',
    ),
    (
        "Zimbra",
        '<div>It works.</div><hr id="zwchr"><div><b>From: </b>Ann<br><b>To: </b>IT<br>'
        "<b>Sent: </b>Monday<br><b>Subject: </b>Help</div>"
        "<div>Does it?</div>",
    ),
    (
        "Domino",
        "<font size=2>It works.</font><br><br><font color=#5f5f5f>From: </font><font>Ann</font><br>"
        "<font>To: </font>IT<br>"
        "<font>Date: </font>02.11.2026 10:14<br><font>Subject: </font>Help<hr>Does it?",
    ),
    (
        "Domino, framed",
        "It works.<br>"
        "<br>-----Ann Archer/ACME wrote: -----<br>To: IT<br>From: Ann<br>Date: 11/02/2026<br>Subject: Help<br>Does it?",
    ),
    (
        "K-9",
        f"It works.<br>"
        f'<div class="gmail_quote">Am 2. November 2026 10:14:00 MEZ schrieb {ANN}:<blockquote class="gmail_quote">Does it?'
        "</blockquote></div>",
    ),
    (
        "GMX",
        '<div>It works.</div><div style="border-left:2px solid"><div><b>Gesendet:</b>'
        " Montag, 02. November 2026 um 10:14 Uhr<br><b>Von:</b> Ann<br>"
        "<b>An:</b> IT<br><b>Betreff:</b> Hilfe</div><div>Does it?</div></div>",
    ),
    ("Roundcube", f'<p>It works.</p><p id="reply-intro">{ON}</p><blockquote type="cite">Does it?</blockquote>'),
    ("Mail.ru", f"<p>It works.</p>Mon, 2 Nov 2026 10:14:00 +0300 от {ANN}:<br><blockquote>Does it?</blockquote>"),
    (
        "Tutanota",
        "<div>It works.</div><div>2 Nov 2026, 10:14 by ann@example.org:<br></div>"
        '<blockquote class="tutanota_quote">Does it?</blockquote>',
    ),
)


def mail(markup: str) -> bytes:
    """An HTML-only answer."""
    head = (
        "From: Bob <bob@example.org>\r\nTo: it@example.com\r\nSubject: Re: Help\r\n"
        "Content-Type: text/html; charset=utf-8\r\n\r\n"
    )
    return (head + markup).encode()


@pytest.mark.parametrize(("program", "markup"), PROGRAMS, ids=[program for program, _ in PROGRAMS])
def test_the_reply_of_an_html_mail_is_what_was_added(program: str, markup: str) -> None:
    message = parse(mail(markup))
    assert message.reply == "It works."
    assert "Does it?" in message.text
    assert "Does it?" in "".join(one.text for one in message.cut)


def test_answers_between_html_quotes_stay_with_what_they_answer() -> None:
    markup = (
        f'<div class="gmail_quote"><div class="gmail_attr">{ON}</div>'
        f'<blockquote class="gmail_quote">Which room?</blockquote>'
        '<div>Seven.</div><blockquote class="gmail_quote">Which day?</blockquote><div>Monday.</div></div>'
    )
    assert parse(mail(markup)).reply == "> Which room?\nSeven.\n> Which day?\nMonday."


def test_a_mail_that_is_only_a_quote_stays_whole() -> None:
    assert parse(mail('<div class="yahoo_quoted">Does it?</div>')).reply == "Does it?"
