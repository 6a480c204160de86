"""Words that look like signatures or older mails and are what the sender says: losing them is the worse error."""

from __future__ import annotations

import pytest

from parsers.parse import parse

HEAD = (
    "From: Tom Becker <tom@kunde.example>\r\nTo: it@example.com\r\nSubject: Re: Order\r\nIn-Reply-To: <1@example.com>\r\n"
    "Content-Type: text/{}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
)


def reply(text: str, subtype: str = "plain") -> str:
    """What Tom's answer adds."""
    return parse((HEAD.format(subtype) + text).encode()).reply


@pytest.mark.parametrize(
    "text",
    [
        "Please bring it to our branch.\n\nPeter Maier\nHafenweg 7\n20457 Hamburg\nTel: +49 40 998877\npm@kunde.example",
        "Please order for my office.\n\nTom Becker\n2 x laptop X200\n1 x dock",
        "Please end my contract.\n\nTom Becker\nCustomer no. 77123\nContract no. 8812",
        "Please pay it back to this account.\n\nTom Becker\nIBAN DE02 1203 0000 0000 2020 51",
        "This colleague cannot log in.\n\nTom Becker\nKunde GmbH\nUser ID: tbecker",
        "1. yes\n2. no\n3. Tom Becker\n4. 030 123456",
        "Sure, my new address is\n\nTom Becker\nHauptstr. 5\n12345 Berlin\nPhone: 030 1234567",
        "Lieferung bitte wie folgt\n\nTom Becker\nHauptstr. 5\n12345 Berlin\nTel: 030 1234567",
        "```\nFrom: a@b.example\nTo: c@d.example\nSubject: x\n-- \nsig\n```\nWhat does it mean?",
        "My alerting file\n\nfrom: x@kunde.example\nto: y@kunde.example\nsubject: test 10:12\n\ndoes not send anything",
        "Our new last line should be this:\n\n-- \nTom Becker\nKunde GmbH",
        "How do I get rid of this line:\nSent from my iPhone",
        "Please put this under all our mails:\n\nThis e-mail is confidential and intended solely for the addressee. "
        "If you are not the intended recipient, please delete it.",
    ],
)
def test_what_only_looks_like_a_signature_stays(text: str) -> None:
    assert reply(text) == text


@pytest.mark.parametrize(
    "after",
    ["The serial number is 12345.", "Invoice number: 9921", "Seriennummer: 8834", "Please call before you come."],
)
def test_an_afterthought_below_the_name_set_apart_stays(after: str) -> None:
    assert reply(f"Yes, please.\n\nKind regards\nTom\n\n{after}") == f"Yes, please.\n\n{after}"


@pytest.mark.parametrize(
    "card",
    [
        "IT Support Specialist\nHelp Desk: x4357",
        "Quality, ext. 2717",
        "12 Mill Lane\n+44 20 7946 0000",
    ],
)
def test_the_senders_own_card_goes(card: str) -> None:
    assert reply(f"Done. Please try it again.\n\nTom Becker\n{card}") == "Done. Please try it again."


def test_words_typed_into_the_place_of_the_signature_stay_when_there_are_no_others() -> None:
    older = (
        '<div id="divRplyFwdMsg"><b>From:</b> IT &lt;it@example.com&gt;<br>'
        "<b>Sent:</b> Monday, November 9, 2026 9:12 AM<br><b>To:</b> Tom<br><b>Subject:</b> Order</div>"
        "<div>Please send us details.</div>"
    )
    assert reply(f'<div id="Signature"><div>It works. Thank you!</div></div>{older}', "html") == "It works. Thank you!"
    assert reply(f'<div>It works.</div><div id="Signature"><div>Tom</div></div>{older}', "html") == "It works."


def test_a_quote_with_a_thin_border_is_one() -> None:
    quote = '<blockquote style="border: 0.5pt solid; margin: 0 0 0 40px">Which?</blockquote>'
    assert (
        reply(f"<div>On Mon, 2 Nov 2026, IT &lt;it@example.com&gt; wrote:</div>{quote}<div>That.</div>", "html")
        == "That."
    )


def test_what_was_indented_by_the_button_is_no_quote() -> None:
    style = "margin:0 0 0 40px;border:none;padding:0px"
    own = f'<div>My points:</div><blockquote style="{style}"><div>First</div></blockquote>'
    quote = (
        '<div class="gmail_quote"><div class="gmail_attr">On Mon, 2 Nov 2026 at 10:14, '
        "IT &lt;it@example.com&gt; wrote:</div>"
        '<blockquote class="gmail_quote" style="margin:0 0 0 0.8ex;border-left:1px solid">Which?</blockquote></div>'
    )
    assert reply(own + quote, "html").split() == ["My", "points:", "First"]
